"""contacts.toml: why people call on each line, as advisers tick it once a call is over.

Decides what may name a reason and what it may be called. Where there is no such file nobody is asked for reasons. Must
not know what becomes of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pydantic_core import PydanticCustomError

from dialer.configuration.folder import Folder
from dialer.configuration.queues import FILE as QUEUES
from dialer.configuration.queues import NAME, words
from dialer.configuration.tables import Named, shown
from dialer.core.contacts.reason import ContactReason
from dialer.core.rules import LineRules, QueueRules
from dialer.core.words import LineId
from schedules.faults import Fault

FILE = "contacts.toml"
REASONS_MAX = 40
"""More are not read through at the end of a call."""


def read_contacts(
    folder: Folder,
    lines: Mapping[LineId, LineRules],
    whole: bool,
    queues: Named[QueueRules],
    faults: list[Fault],
) -> Mapping[LineId, tuple[ContactReason, ...]]:
    """The reasons without fault, by line, in the order in which they are written. whole: whether these are all lines.

    Where a contact is required, each line has reasons: else it would be filed with nothing in it.
    """
    file = folder.toml(FILE) if folder.has(FILE) else None
    found: dict[LineId, tuple[ContactReason, ...]] = {}
    for line, written in {} if file is None else file.table.items():
        where = f"{folder.where(FILE)} [{line}]"
        if whole and LineId(line) not in lines:
            faults.append(Fault(where, f"there is no line {shown(line)}", f"use {', '.join(lines)}"))
        elif not isinstance(written, dict):
            faults.append(Fault(where, f"{shown(written)} is not a table", f"write [{line}], and its reasons below"))
        else:
            found[LineId(line)] = _reasons(written, where, faults)
    required = [name for name, queue in queues.whole.items() if queue.contact_required]
    unread = file is None and folder.has(FILE)
    for line in lines if whole and required and not unread else ():
        if line not in found:
            mend = f'write [{line}], and below it bourses = "Bourses et aides", or contact_required = false in {QUEUES}'
            what = f"is missing, and [{required[0]}] of {QUEUES} asks for the contact of each call"
            faults.append(Fault(f"{folder.where(FILE)} [{line}]", what, mend))
    return MappingProxyType(found)


def _reasons(written: Mapping[str, object], where: str, faults: list[Fault]) -> tuple[ContactReason, ...]:
    if not written:
        faults.append(Fault(where, "has no reasons", 'write bourses = "Bourses et aides", one on each line'))
    if len(written) > REASONS_MAX:
        faults.append(Fault(where, f"has {len(written)} reasons", f"write at most {REASONS_MAX}"))
    found: list[ContactReason] = []
    labels: dict[str, str] = {}
    for name, label in written.items():
        here = f"{where} {name}"
        if NAME.fullmatch(name) is None:
            faults.append(Fault(here, f"{shown(name)} cannot name a reason", "use small letters, figures and _"))
        if not isinstance(label, str):
            faults.append(Fault(here, f"{shown(label)} is not text between quotes", f'write {name} = "Bourses"'))
            continue
        try:
            said = words(label)
        except PydanticCustomError as refused:
            context = refused.context or {}
            faults.append(Fault(here, str(context["what"]), str(context["mend"])))
            continue
        before = labels.setdefault(said.casefold(), name)
        if before != name:
            faults.append(Fault(here, f"{shown(said)} is what {before} is called too", "give each its own words"))
        found.append(ContactReason(name, said))
    return tuple(found)
