"""lines/*.toml and prompts/fr.toml → the lines with their hours and flows, and the catalogue of what they say.

Decides what must agree between lines; one line by itself is read by `ivr.load`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType

from dialer.configuration.calling_back import read_callback_queue, read_caller_id, refuse_empty_promises
from dialer.configuration.folder import Folder, TomlFile
from dialer.configuration.installation import FILE as INSTALLATION
from dialer.configuration.installation import Installation
from dialer.configuration.tables import Named, shown
from dialer.core.numbers import e164
from dialer.core.rules import LineRules, QueueRules
from dialer.core.words import E164, LineId
from ivr.load import Known, LineFlow, read_line
from ivr.prompts import REQUIRED, Catalogue, read_catalogue
from schedules.faults import Fault

FOLDER = "lines"
PROMPTS = "prompts/fr.toml"


@dataclass(frozen=True, slots=True)
class Lines:
    """whole: the lines without fault. is_whole: whether these are all. recorded: those of them that are recorded."""

    whole: Mapping[LineId, LineRules]
    is_whole: bool
    recorded: frozenset[LineId]
    catalogue: Catalogue


def read_lines(folder: Folder, queues: Named[QueueRules], installation: Installation, faults: list[Fault]) -> Lines:
    """The lines, and what they may say; of what cannot be read, the rest is checked all the same."""
    catalogue = _read_prompts(folder, faults)
    known = Known(queues.names, installation.numbers.names, installation.hooks.names)
    before = len(faults)
    names = folder.names(FOLDER, ".toml")
    if not names and len(faults) == before:
        faults.append(Fault(folder.where(FOLDER), "there are no lines", "write one file for each, as lines/main.toml"))
    lines: dict[LineId, LineRules] = {}
    recorded: set[LineId] = set()
    taken: dict[E164, str] = {}
    for name in names:
        file = folder.toml(name)
        if file is None:
            continue
        line = _read_line(file, catalogue, known, installation, faults)
        number = _read_number(file, taken, faults)
        queue = read_callback_queue(file, queues, faults)
        caller_id = read_caller_id(file, number if queue is not None else None, installation, faults)
        if line is not None:
            refuse_empty_promises(file.where, line.flow, queues, faults)
        if line is None or number is None:
            continue
        rules = LineRules(LineId(line.id), line.name, number, line.shown, line.hours, line.flow, queue, caller_id)
        lines[rules.id] = rules
        if line.recording:
            recorded.add(rules.id)
    return Lines(MappingProxyType(lines), len(lines) == len(names), frozenset(recorded), catalogue)


def _read_line(
    file: TomlFile, catalogue: Catalogue, known: Known, installation: Installation, faults: list[Fault]
) -> LineFlow | None:
    minutes_max = installation.limits.help_max_s / 60
    line = read_line(file.text, file.where, catalogue, known, minutes_max=minutes_max)
    stem, written = PurePath(file.where).stem, file.table.get("id")
    # Calls, flows and prompts are kept under the id, and who looks for one of them looks for the file.
    if isinstance(written, str) and written != stem:
        mend = f'write id = "{stem}", or rename the file {written}.toml'
        faults.append(Fault(f"{file.where} id", f"{shown(written)} is not the name of the file", mend))
    if file.table.get("recording") is True and not installation.recording.allowed:
        mend = f"write recording = false, or allowed = true in {INSTALLATION} [recording]"
        faults.append(Fault(f"{file.where} recording", "recording is not allowed in this installation", mend))
    if isinstance(line, LineFlow):
        return line
    faults += line
    return None


def _read_number(file: TomlFile, taken: dict[E164, str], faults: list[Fault]) -> E164 | None:
    """The line's number, which no other line has. `taken`: numbers of the files read before, by file."""
    written = file.table.get("number")
    number = e164(written) if isinstance(written, str) else None
    here = f"{file.where} number"
    if number is None:
        # What has not even the shape of a number was told by `read_line`.
        if isinstance(written, str) and len(written) == 10 and written.isdigit():
            mend = "write the published number, ten figures"
            faults.append(Fault(here, f"{shown(written)} is not a French number", mend))
        return None
    if number in taken:
        faults.append(Fault(here, f"{shown(written)} is the number of {taken[number]} too", "give each line its own"))
    taken.setdefault(number, file.where)
    return number


def _read_prompts(folder: Folder, faults: list[Fault]) -> Catalogue:
    file = folder.toml(PROMPTS)
    if file is None:
        return _stand_in(_AnyText())
    catalogue = read_catalogue(file.text, file.where)
    if isinstance(catalogue, Catalogue):
        return catalogue
    faults += catalogue
    texts = dict(_flat(file.table))
    return _stand_in(texts | dict.fromkeys((*REQUIRED, *(f"digit.{figure}" for figure in range(10))), ""))


def _stand_in(texts: Mapping[str, str]) -> Catalogue:
    """A catalogue of the names alone, so that flows are checked against prompts which are themselves at fault."""
    return Catalogue(texts, defaultdict(lambda: defaultdict(str)))


class _AnyText(Mapping[str, str]):
    """The texts of a catalogue that cannot be read: any prompt could be there."""

    def __getitem__(self, name: str) -> str:
        return ""

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _flat(table: Mapping[str, object], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            # Whether a prompt is one for each line depends on what it tells of a line; nothing else of it matters.
            yield f"{before}{key}", "{hours}" if "{hours}" in str(value) or "{number}" in str(value) else ""
