"""The rights of a person in the API: which cases are theirs, all that is kept in one of them, and that it is erased.

Decides in which order a case is ended and erased, and that nobody learns of a case they may not see. Every look is
committed before anything is shown. Must not know what is kept (`person_export`, `archive_export`) nor what remains
(`retention`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import Attempt, CaseId
from dialer.core.cases import archive_export, person_export
from dialer.core.cases.actor import officer
from dialer.core.cases.audit import Looked
from dialer.core.cases.case import Ended
from dialer.core.cases.counted import summary_of
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.cases.retention import Archived, Erased, erase
from dialer.core.cases.told import CaseEnded
from dialer.core.events import CasesRetired, CaseTold, FilesLooked
from dialer.core.words import E164, AdviserId, LegId
from dialer.web.answer import answer
from dialer.web.asked import ID_LENGTH_MAX, read_id, read_query
from dialer.web.case_door import Kept, is_theirs
from dialer.web.commit import commit
from dialer.web.floor import AttemptRow, Floor
from dialer.web.keys import FLOOR, TOKEN, VIEWER
from dialer.web.models import NoQuery
from dialer.web.not_made import not_made
from dialer.web.person_models import CaseErased, PersonCase, PersonExport, PersonFound
from dialer.web.problems import Refused

OTHERS_MAX = 100
"""Other cases of the same number that are named."""
CASE = "case-"
"""How the id of a case begins; a reference is digits alone."""


async def get_person(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    floor = request.app[FLOOR]
    reference = request.match_info["reference"]
    case = await _referred(floor, reference)
    seen = await _seen(request, case) if case is not None else None
    if seen is None:
        raise _not_there()
    others = [found for each in await _beside(floor, seen) if (found := await _seen(request, each)) is not None]
    others = others[:OTHERS_MAX]
    shown = tuple(each.case for each in (seen, *others))
    await commit(floor, FilesLooked(floor.now(), officer(request[TOKEN]), shown, Looked.LIST))
    same_number = [each.told() for each in others]
    return answer(PersonFound(reference=reference, case=seen.told(), same_number=same_number))


async def export_case(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    floor, at = request.app[FLOOR], request.app[FLOOR].now()
    seen = await _asked_for(request)
    callbacks = await _callbacks(floor, seen.case)
    await commit(floor, FilesLooked(at, officer(request[TOKEN]), (seen.case,), Looked.EXPORT))
    if isinstance(seen.kept, Archived):
        data = archive_export.export(seen.kept, at)
    else:
        attempts = [one for each in callbacks for one in each.attempts]
        reasons = {one.id: one.label for each in floor.rules().contact_reasons.values() for one in each}
        written = await floor.contacts_of_case(seen.case)
        data = person_export.export(seen.kept.value, attempts, at, written, reasons)
    return answer(PersonExport(case=seen.case, archived=isinstance(seen.kept, Archived), data=dict(data)))


async def erase_case(request: web.Request) -> web.Response:
    """An open case is ended first, so that nobody is called who asked to be forgotten."""
    read_query(request, NoQuery)
    floor, by = request.app[FLOOR], officer(request[TOKEN])
    seen = await _asked_for(request)
    ends = seen.ended is None
    if ends:
        told = CaseEnded(floor.now(), by, CallbackOutcome.ANNULE)
        await commit(floor, CaseTold(told.at, seen.case, told))
        seen = await _asked_for(request)
    at, read = floor.now(), dict[CaseId, int]()
    if isinstance(seen.kept, Archived):
        remains = erase(seen.kept)
    else:
        read[seen.case] = seen.kept.version
        callbacks = await _callbacks(floor, seen.case)
        remains = erase(seen.kept.value, summary_of(seen.kept.value, callbacks, at))
    if isinstance(remains, CaseRefusal):
        raise not_made(remains)
    change = await commit(floor, CasesRetired(at, by.name, (Erased(seen.case, remains),), read))
    if not change.retired:
        raise not_made(CaseRefusal.STALE)  # somebody wrote in it meanwhile, or asked anew
    return answer(CaseErased(case=seen.case, ended=ends))


# -- looked up --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Seen:
    """A case that whoever asks may see, as it is stored."""

    case: CaseId
    kept: Kept

    @property
    def ended(self) -> Ended | None:
        return self.kept.ended if isinstance(self.kept, Archived) else self.kept.value.case.ended

    @property
    def phone(self) -> E164:
        return self.kept.phone if isinstance(self.kept, Archived) else self.kept.value.case.phone

    def told(self) -> PersonCase:
        kept = self.kept if isinstance(self.kept, Archived) else self.kept.value.case
        return PersonCase(
            id=self.case,
            kind=kept.kind,
            received_at=kept.received_at,
            ended_at=self.ended.at if self.ended is not None else None,
            outcome=self.ended.outcome if self.ended is not None else None,
            archived=isinstance(self.kept, Archived),
        )


async def _asked_for(request: web.Request) -> _Seen:
    """The case in the path. Raises Refused 404."""
    seen = await _seen(request, CaseId(read_id(request)))
    if seen is None:
        raise _not_there()
    return seen


async def _seen(request: web.Request, case: CaseId) -> _Seen | None:
    """The case, unless there is none, or none for who asks."""
    kept = await request.app[FLOOR].case_file(case)
    if kept is None:
        return None
    return _Seen(case, kept) if is_theirs(request[VIEWER], kept) else None


async def _referred(floor: Floor, asked: str) -> CaseId | None:
    """The case of a reference as it was read out, or of its own id."""
    if len(asked) > ID_LENGTH_MAX or not asked.isprintable():
        return None
    if asked.startswith(CASE):
        return CaseId(asked)
    callback = await floor.by_reference("".join(each for each in asked if each.isdecimal()))
    row = await floor.callback(callback) if callback is not None else None
    return CaseId(row.case) if row is not None else None


@dataclass(frozen=True, slots=True)
class _Called:
    """One callback of the case, in the words of the core."""

    attempts: tuple[Attempt, ...]
    closed_at: datetime | None
    outcome: str | None


async def _callbacks(floor: Floor, case: CaseId) -> list[_Called]:
    found = await floor.case_callbacks(case)
    return [_Called(tuple(map(_attempt, each.attempts)), each.closed_at, each.outcome) for each in found]


def _attempt(row: AttemptRow) -> Attempt:
    cause = AttemptCause(row.cause) if row.cause is not None else None
    outcome = CallbackOutcome(row.outcome) if row.outcome is not None else None
    return Attempt(row.number, LegId(row.leg), row.at, AdviserId(row.adviser), cause, row.ended_at, outcome)


async def _beside(floor: Floor, seen: _Seen) -> Sequence[CaseId]:
    """Other cases of the same number; those that were linked to it when it was opened are among them."""
    return [each for each in await floor.cases_of_number(seen.phone) if each != seen.case]


def _not_there() -> Refused:
    return Refused(404, "There is no such case, or nothing is kept of it any longer.")
