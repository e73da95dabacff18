"""officers.toml: who the officers are, for which académies they work, and where their digest goes.

Decides which ids an officer may have: the id is the name of their token. An officer and an adviser of one id are one
person. Where there is no such file there are no officers, and a token's own académie says what it shows. Must not know
what an officer may see: `core.cases.visibility`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field

from dialer.configuration.folder import Folder
from dialer.configuration.queues import words
from dialer.configuration.tables import Table, read_table, refusal, shown
from dialer.core.cases.responsible import Officer, OfficerId
from dialer.core.places.academie import ACADEMIES, AcademieCode, named
from schedules.faults import Fault

FILE = "officers.toml"
ID = re.compile(r"[a-z][a-z0-9]*([._-][a-z0-9]+)*", re.ASCII)
ID_MAX = 40
RESERVED = frozenset({"demo", "desk", "person", "retention"})
"""Names under which the service itself, a person or a demonstration stands in the journal."""
ADDRESS_MAX = 254
_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z][A-Za-z0-9-]{0,62}", re.ASCII)
"""What relays take without quoting; no blank and no line break, which would end a header."""


def _academie(text: str) -> str:
    found = named(text)
    if found is None:
        raise refusal(f"{shown(text)} is no académie", f"write {nearest_academies(text)}")
    return found.code


def mail_address(text: str) -> str:
    """`text` as an address of e-mail. PydanticCustomError with `what` and `mend` where it is none."""
    if _ADDRESS.fullmatch(text) is None or len(text) > ADDRESS_MAX:
        raise refusal(f"{shown(text)} is not an address of e-mail", "write one as name@example.net, and nothing else")
    return text


MailAddress = Annotated[str, AfterValidator(mail_address)]


class OfficerTable(Table):
    """One table of officers.toml."""

    name: Annotated[str, AfterValidator(words)] = Field(examples=["Anne Leroux"])
    academies: list[Annotated[str, AfterValidator(_academie)]] = Field(
        min_length=1, max_length=len(ACADEMIES), examples=[["Paris"]]
    )
    mail: MailAddress | None = Field(default=None, examples=["anne@example.net"])


def read_officers(folder: Folder, faults: list[Fault]) -> Mapping[OfficerId, Officer]:
    """Those without fault, by their ids."""
    file = folder.toml(FILE) if folder.has(FILE) else None
    whole: dict[OfficerId, Officer] = {}
    for name, written in {} if file is None else file.table.items():
        where = f"{folder.where(FILE)} [{name}]"
        before = len(faults)
        if ID.fullmatch(name) is None or len(name) > ID_MAX:
            mend = f"use at most {ID_MAX} small letters and figures, a letter first, with . _ or - between, as anna"
            faults.append(Fault(where, f"{shown(name)} cannot be the name of a token", mend))
        elif name in RESERVED:
            faults.append(Fault(where, f"{shown(name)} is taken by the system", "choose another id, as anna"))
        table = read_table(OfficerTable, written, where, faults)
        if table is not None and len(faults) == before:
            academies = frozenset(map(AcademieCode, table.academies))
            whole[OfficerId(name)] = Officer(OfficerId(name), academies, table.name, table.mail)
    return MappingProxyType(whole)


def nearest_academies(text: str) -> str:
    """What to write instead of what is no académie: the names near it, else that of one, each between quotes."""
    names = {each.name.casefold(): each.name for each in ACADEMIES.values()}
    near = get_close_matches(text.strip().casefold(), names, n=3, cutoff=0.5)
    if not near:
        return 'the name of an académie, as "Paris", or its code, as "01"'
    return " or ".join(shown(names[each]) for each in near)
