"""Bodies of what the API tells of one person's data: which cases are theirs, and that one was erased."""

from __future__ import annotations

from pydantic import AwareDatetime

from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.cases.case import Kind
from dialer.web.models import Told


class PersonCase(Told):
    """One case, without anything of the person. `archived`: little of it is still kept."""

    id: str
    kind: Kind
    received_at: AwareDatetime
    ended_at: AwareDatetime | None
    outcome: CallbackOutcome | None
    archived: bool


class PersonFound(Told):
    """`case`: the one that the reference belongs to. `same_number`: others with its number that you may see, at most
    100, the newest receipt first. A number may be several people's: look before you take one for theirs.
    """

    reference: str
    case: PersonCase
    same_number: list[PersonCase]


class PersonExport(Told):
    """`data`: all that is kept, with French names: the file, or what the archive has of it."""

    case: str
    archived: bool
    data: dict[str, object]


class CaseErased(Told):
    """`ended`: it was open and was ended first, as cancelled, with the callback that was promised in it."""

    case: str
    ended: bool
