"""A line's file → its hours and its flow, or everything that is wrong with it, at once.

Decides what an operator may write about a line. Nodes are read by `settings`, faults between them found by `check`.
Pure: text in, values out. Must not know where the file lies.

The file: `id`, `name`, `number` (national figures), `shown` (as people read it), `language`, `recording`, `start`
(a node), the table `[opening]` as `schedules.hours_table` reads it, and one table `[node.NAME]` for each node, with its
`kind` and the settings of that kind. `callback_queue` and `caller_id`, which may stand there too, are read by the
configuration.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ivr.check import graph_faults, reachable
from ivr.flow import Flow, make_flow
from ivr.nodes import Node, branches
from ivr.prompts import REOPENING, Catalogue, seconds_of, sentences
from ivr.settings import Known, Surroundings, Table, read_node
from schedules.faults import Fault
from schedules.hours import Hours
from schedules.hours_table import read_hours

__all__ = ["Known", "LineFlow", "read_line"]

_KEYS = (
    *("id", "name", "number", "shown", "language", "recording", "start", "callback_queue", "caller_id"),
    *("opening", "node"),
)
_ID = re.compile(r"[a-z][a-z0-9_]*")
_NUMBER = re.compile(r"0\d{9}", re.ASCII)
_SHOWN = re.compile(r"\d+( \d+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class LineFlow:
    """A line as its file says it. number: national figures. shown: the same as people read it. name: in French."""

    id: str
    name: str
    number: str
    shown: str
    language: str
    recording: bool
    hours: Hours
    flow: Flow


def read_line(
    text: str,
    where: str,
    catalogue: Catalogue,
    known: Known,
    *,
    minutes_max: float = 3.0,
    durations: Mapping[str, float] | None = None,
) -> LineFlow | list[Fault]:
    """The line that the TOML `text` of the file `where` writes, or every fault in it.

    minutes_max: the most a caller may spend before a person, a callback or an end. durations: seconds of measured
    prompts by the name under which the line plays them; the others are estimated from their text.
    """
    try:
        table: Table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [Fault(where, f"is not TOML: {error}", "correct the file there")]
    faults: list[Fault] = []
    for key in table.keys() - set(_KEYS):
        faults.append(Fault(f"{where} {key}", "is not a key here", f"use {', '.join(_KEYS)}"))
    line = _word(table, "id", where, _ID, '"main", in small letters', faults)
    name = _word(table, "name", where, re.compile(r".*\S.*"), '"Ligne principale"', faults)
    number = _word(table, "number", where, _NUMBER, '"0177771225", ten figures', faults)
    shown = _word(table, "shown", where, _SHOWN, '"01 77 77 12 25", groups of figures', faults)
    if number and shown and shown.replace(" ", "") != number:
        faults.append(Fault(f"{where} shown", f"{shown!r} is another number than {number!r}", "write the same figures"))
    if table.get("language") != "fr":
        faults.append(
            Fault(f"{where} language", f"{table.get('language')!r} is not spoken here", 'write language = "fr"')
        )
    recording = table.get("recording")
    if not isinstance(recording, bool):
        faults.append(Fault(f"{where} recording", "is neither true nor false", "write recording = false"))
    hours = _read_opening(table, where, faults)
    nodes, start = _read_nodes(table, where, line, catalogue, known, faults)
    draft = LineFlow(line, name, number, shown, "fr", recording is True, hours, make_flow(line, start, nodes))
    faults += graph_faults(
        nodes,
        start,
        where,
        _seconds(catalogue, draft, durations or {}),
        minutes_max=minutes_max,
        recording=draft.recording,
    )
    return faults or draft


def _word(table: Table, key: str, where: str, shape: re.Pattern[str], sample: str, faults: list[Fault]) -> str:
    value = table.get(key)
    if isinstance(value, str) and shape.fullmatch(value):
        return value
    what = "is missing" if value is None else f"{value!r} cannot be used"
    faults.append(Fault(f"{where} {key}", what, f"write {key} = {sample}"))
    return ""


def _read_opening(table: Table, where: str, faults: list[Fault]) -> Hours:
    opening = table.get("opening")
    if not isinstance(opening, dict):
        faults.append(Fault(f"{where} [opening]", "the opening hours are missing", "write [[opening.hours]]"))
        return Hours(())
    hours = read_hours(opening, f"{where} [opening]")
    if isinstance(hours, Hours):
        return hours
    faults += hours
    return Hours(())


def _read_nodes(
    table: Table, where: str, line: str, catalogue: Catalogue, known: Known, faults: list[Fault]
) -> tuple[dict[str, Node], str]:
    """The readable nodes and the start; faults of the others, and of those that nothing leads to."""
    tables = table.get("node")
    if not isinstance(tables, dict) or not tables:
        faults.append(Fault(f"{where} [node]", "there are no nodes", "write one table [node.NAME] for each"))
        tables = {}
    around = Surroundings(tables.keys(), lambda name: catalogue.resolve(name, line) if line else name, known)
    nodes: dict[str, Node] = {}
    for name, written in tables.items():
        here = f"{where} [node {name}]"
        if _ID.fullmatch(name) is None:
            faults.append(Fault(here, f"{name!r} is no id", "use small letters, figures and _"))
        if not isinstance(written, dict):
            faults.append(Fault(here, "is not a table", f"write [node.{name}]"))
        elif (node := read_node(written, here, around, faults)) is not None:
            nodes[name] = node
    start = table.get("start")
    if not isinstance(start, str) or start not in tables:
        faults.append(Fault(f"{where} start", f"there is no node {start!r}", "write the id of the first node"))
        return nodes, ""
    # A node that cannot be read still leads somewhere: what it names is not reported as unreachable on top of it.
    arrows = {
        name: [branch.target for branch in branches(nodes[name])] if name in nodes else list(_texts(written))
        for name, written in tables.items()
    }
    for name in [name for name in nodes if name not in reachable(arrows, start)]:
        faults.append(Fault(f"{where} [node {name}]", "nothing leads to it", "lead a node to it, or take it out"))
    return nodes, start


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)


def _seconds(catalogue: Catalogue, line: LineFlow, durations: Mapping[str, float]) -> Callable[[str], float]:
    """How long each prompt takes on this line; with the longest of its hours, whenever they hold."""
    texts: dict[str, float] = {}
    for day in [period.valid_from for period in line.hours.periods] or [date.min]:
        for name, text in sentences(catalogue, [line], day).items():
            texts[name] = max(texts.get(name, 0.0), seconds_of(text))
    texts |= durations
    for family in (REOPENING, "slot"):  # which one is said is not known before the call
        texts[family] = max((s for name, s in texts.items() if name.startswith(f"{family}.")), default=0.0)
    return lambda name: texts.get(name, 0.0)
