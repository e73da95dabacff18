"""One node's table → the node, or everything that is wrong with its settings.

Decides whether each setting holds what `nodes.KINDS` says it holds, within its bounds. Must not know what the arrows
between nodes make of a flow: that is `check`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import cast

from ivr.nodes import (
    KEYS,
    KINDS,
    Collect,
    Configured,
    Flag,
    Holds,
    Keypad,
    Kind,
    Menu,
    Node,
    OnePrompt,
    PromptList,
    Seconds,
    Target,
    Targets,
    Whole,
    Word,
)
from schedules.faults import Fault

Table = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Known:
    """The names that exist in the rest of the configuration."""

    queues: Collection[str] = ()
    numbers: Collection[str] = ()
    hooks: Collection[str] = ()

    def of(self, what: str) -> Collection[str]:
        return {"queue": self.queues, "number": self.numbers, "hook": self.hooks}[what]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a node's settings may name: other nodes, prompts (as the line plays them), what is configured elsewhere."""

    nodes: Collection[str]
    resolve: Callable[[str], str | None]
    known: Known


_WRONG = object()
"""Stands for a value whose fault was told."""
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def read_node(table: Table, where: str, around: Surroundings, faults: list[Fault]) -> Node | None:
    """The node that `table` writes; None when there is something wrong with it, which is then added to `faults`."""
    written = table.get("kind")
    kind = KINDS.get(written) if isinstance(written, str) else None
    if kind is None:
        what = "has no kind" if written is None else f"{written!r} is no kind of node"
        faults.append(Fault(f"{where} kind", what, f"use one of {', '.join(KINDS)}"))
        return None
    before = len(faults)
    for setting in table.keys() - kind.settings.keys() - {"kind"}:
        mend = f"use {', '.join(kind.settings)}"
        faults.append(Fault(f"{where} {setting}", f"is no setting of a {written}", mend))
    values = {
        setting: _read(table, setting, holds, kind, f"{where} {setting}", around, faults)
        for setting, holds in kind.settings.items()
    }
    if len(faults) > before:
        return None
    node = cast(Callable[..., Node], kind.node)(**values)
    faults += _contradictions(node, where)
    return node if len(faults) == before else None


def _read(
    table: Table, setting: str, holds: Holds, kind: Kind, where: str, around: Surroundings, faults: list[Fault]
) -> object:
    if setting in table:
        value = table[setting]
    else:
        field = next(field for field in fields(kind.node) if field.name == setting)
        if field.default_factory is not MISSING:
            return field.default_factory()
        if field.default is MISSING:
            faults.append(Fault(where, "is missing", f"write {setting} = {_sample(holds)}"))
            return _WRONG
        if not isinstance(holds, OnePrompt) or field.default is None:
            return field.default
        value = field.default
    return _value(value, holds, where, around, faults)


def _value(value: object, holds: Holds, where: str, around: Surroundings, faults: list[Fault]) -> object:
    def wrong(what: str = f"{value!r} cannot be used") -> object:
        faults.append(Fault(where, what, f"write {_sample(holds)}"))
        return _WRONG

    match holds, value:
        case PromptList(some), list():
            if some and not value:
                return wrong("there is no prompt")
            return tuple(_prompt(name, where, around, faults) for name in value)
        case OnePrompt(), str():
            return _prompt(value, where, around, faults)
        case Target(), str():
            return _target(value, where, around, faults)
        case Targets(keypad=keypad, some=some), dict():
            if some and not value:
                return wrong("leaves no way out")
            for key in value:
                if keypad and (len(key) != 1 or key not in KEYS):
                    faults.append(Fault(f"{where}.{key}", "is no key of a telephone", "use 0 to 9, * or #"))
            return {key: _target(target, f"{where}.{key}", around, faults) for key, target in value.items()}
        case Keypad(optional), str():
            if len(value) == 1 and value in KEYS:
                return value
            return None if optional and not value else wrong(f"{value!r} is no key of a telephone")
        case Seconds(least, most), int() | float():
            return float(value) if not isinstance(value, bool) and least <= value <= most else wrong()
        case Whole(least, most), int():
            return value if not isinstance(value, bool) and least <= value <= most else wrong()
        case Flag(), bool():
            return value
        case Word(allowed), str():
            if allowed and value not in allowed:
                return wrong(f"{value!r} is not one of {', '.join(allowed)}")
            return value if allowed or _NAME.fullmatch(value) else wrong(f"{value!r} is no name")
        case Configured(what), str():
            names = around.known.of(what)
            if value not in names:
                mend = f"use {', '.join(sorted(names))}" if names else f"configure a {what} of this name first"
                faults.append(Fault(where, f"there is no {what} {value!r}", mend))
            return value
        case _:
            return wrong()


def _prompt(name: object, where: str, around: Surroundings, faults: list[Fault]) -> str:
    resolved = around.resolve(name) if isinstance(name, str) else None
    if resolved is None:
        faults.append(Fault(where, f"there is no prompt {name!r}", f"write its text in the catalogue as {name}"))
        return ""
    return resolved


def _target(name: object, where: str, around: Surroundings, faults: list[Fault]) -> str:
    if not isinstance(name, str) or name not in around.nodes:
        faults.append(
            Fault(where, f"leads to {name!r}, and there is no such node", f"write [node.{name}], or name another")
        )
        return ""
    return name


def _contradictions(node: Node, where: str) -> list[Fault]:
    """Faults between the settings of one node."""
    faults: list[Fault] = []
    match node:
        case Menu():
            for name, key in (("repeat", node.repeat), ("back", node.back)):
                if key is not None and key in node.choices:
                    mend = f'choose another key, or none: {name} = ""'
                    faults.append(Fault(f"{where} {name}", f"the key {key} is a choice too", mend))
            if node.repeat is not None and node.repeat == node.back:
                faults.append(Fault(f"{where} back", "is the same key as repeat", "choose another key"))
        case Collect():
            if node.digits_min > node.digits_max:
                faults.append(Fault(f"{where} digits_min", "is more than digits_max", "make it smaller"))
            if node.finish.isdigit():
                faults.append(Fault(f"{where} finish", "is a digit of the number itself", "use * or #"))
        case _:
            pass
    return faults


def _sample(holds: Holds) -> str:
    """What a setting may look like, for the instruction how to mend it."""
    match holds:
        case PromptList():
            return '["welcome"], a list of names of prompts'
        case OnePrompt():
            return '"welcome", the name of a prompt'
        case Target():
            return '"menu", the id of a node'
        case Targets(keypad=True):
            return '{ 1 = "adviser" }, a table from keys to ids of nodes'
        case Targets():
            return '{ yes = "adviser" }, a table from results to ids of nodes'
        case Keypad(optional):
            return '"#", one key' + (', or "" for none' if optional else "")
        case Seconds(least, most) | Whole(least, most):
            return f"{least:g}, a number from {least:g} to {most:g}" + (", whole" if isinstance(holds, Whole) else "")
        case Flag():
            return "true or false"
        case Word(allowed) if allowed:
            return " or ".join(f'"{word}"' for word in allowed)
        case Word():
            return '"postcode", a name in small letters'
        case Configured(what):
            return f'"main", the name of a {what}'
