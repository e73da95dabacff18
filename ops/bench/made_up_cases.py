"""The files of cases of nobody: names, postcodes, officers, appointments, as a house has them after years.

Decides who is called what, lives where, is in whose hands, and which files are in the archive by now. The same number
makes the same person every time; a surname in forty is the same one, as of the commonest of a country never are.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from dialer.core.callbacks.legal_clock import at_risk_at, legal_deadline
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.request import AskedBy, Booking, Intake, Request, Source
from dialer.core.callbacks.states import Callback, CaseId
from dialer.core.cases.actor import officer
from dialer.core.cases.appointment import Appointment, AppointmentId, Fixed, Kept, Where
from dialer.core.cases.case import Appointment as Dated
from dialer.core.cases.case import Case, Ended, Flag, Kind, standing
from dialer.core.cases.file import CaseFile, Given, open_file
from dialer.core.cases.note import Note, NoteId
from dialer.core.cases.responsible import How, OfficerId, Responsible, Turn, responsible_for
from dialer.core.cases.retention import Archived, archive
from dialer.core.report.summary import Facts, summary
from dialer.core.revision import Versioned
from dialer.core.structures.structure import StructureId
from dialer.core.words import E164, By
from dialer.store.callback_rows import Row, request_row
from dialer.store.case_rows import appointment_rows, case_row, word_rows
from dialer.store.snapshot import archived_json
from dialer.store.tables import micros

FIRST_NAMES = ("Zoé", "Naïma", "Élie", "Léa", "Noé", "Inès", "Malo", "Aya", "Jade", "Hugo")
COMMON, SHARE = "Martin", 40
STRUCTURES = 2000
WHOLE = timedelta(days=92)
"""How long a file is whole once its case has ended."""
_SYLLABLES = ("ba", "ché", "du", "fi", "gon", "la", "mer", "ni", "pou", "ri", "sau", "ti", "vel")


def surname(number: int) -> str:
    """Some 28,000 of them."""
    if number % SHARE == 0:
        return COMMON
    parts = []
    for _ in range(4):
        number, part = divmod(number * 31 + 7, len(_SYLLABLES))
        parts.append(_SYLLABLES[part])
    return "".join(parts).capitalize()


def postcode(number: int) -> str | None:
    """Of every département of the mainland but Corse; of some none is known."""
    return None if number % 50 == 49 else f"{(number * 7 % 95 + 1):02d}{number % 10}00".replace("20", "21", 1)


def structure(number: int) -> StructureId:
    return StructureId(f"cio-{number * 13 % STRUCTURES:04d}")


def filed(number: int, callback: Callback, case: Case, serial: int) -> tuple[Versioned[CaseFile], Intake]:
    """The file with the one request; a third have an appointment, two thirds an officer, half a note."""
    at = case.received_at
    request = Request(
        case.kind, callback.line, callback.queue, callback.phone, AskedBy.YOUNG_PERSON, Source.WEB, callback.window,
        first_name=case.first_name, name=surname(number), postcode=postcode(number), situation="none",
    )  # fmt: skip
    booking = Booking(
        callback.id, callback.id.removeprefix("cb-"), case.id, "requested", (Flag.TRACK_A,), at,
        legal_deadline(at) if case.kind is Kind.RTF else None, callback.window,
    )  # fmt: skip
    responsible = responsible_for(request.postcode, at)
    who = _officer(number, responsible)
    if who is not None:
        turn = Turn(at + timedelta(hours=1), How.ASSIGNED, responsible.academie, who, who)
        responsible = replace(responsible, history=(*responsible.history, turn))
    file = replace(open_file(case, responsible), requests=(Given(at, request, booking.flags),))
    anna = officer("anna")
    if number % 2:
        note = Note(NoteId(f"{case.id}-n1"), anna, at, "A rappelé, souhaite un CAP cuisine près de chez lui.")
        file = replace(file, notes=(note,))
    if number % 3 == 1:
        on, fixed_at = at + timedelta(days=number % 20 + 1), at + timedelta(hours=2)
        state = Fixed() if case.ended is None else Kept(case.ended.at, anna)
        dated = Appointment(AppointmentId(f"{case.id}-a1"), on, fixed_at, anna, Where(structure(number)), state)
        file = replace(file, appointments=(dated,), case=replace(case, appointments=(Dated(on, fixed_at),)))
    return Versioned(file), Intake(at, serial, request, booking)


def file_of(callback: Callback, case: Case) -> Versioned[CaseFile]:
    return filed(0, callback, case, 0)[0]


def whole_case(number: int, callback: Callback, case: Case, serial: int) -> tuple[Row, list[Row], list[Row], list[Row]]:
    """The rows of the case, of its words, its appointments, its request."""
    file, intake = filed(number, callback, case, serial)
    return case_row(file), list(word_rows(intake)), list(appointment_rows(file.value)), [request_row(intake)]


def archived_case(number: int, case: Case) -> tuple[Row, list[Row]]:
    """The rows of the case and of its appointments. The archive itself is one for all, but for who it is of."""
    assert case.ended is not None
    at, legal = case.received_at, case.kind is Kind.RTF
    stood = str(standing(case, case.ended.at)) if legal else None
    responsible = responsible_for(postcode(number), at)
    on = micros(at + timedelta(days=number % 20 + 1)) if number % 3 == 1 else None
    row = (
        case.id, str(case.kind), micros(at), micros(legal_deadline(at)) if legal else None, on, micros(case.ended.at),
        str(case.ended.outcome), case.phone, micros(at_risk_at(at)) if legal else None, None, None,
        responsible.academie, _officer(number, responsible), 3, None, _an_archive().replace(_NOBODY.id, case.id), stood,
    )  # fmt: skip
    return row, [] if on is None else [(case.id, 1, on, None, "kept")]


_NOBODY = Case(
    CaseId("case-nobody"), datetime(2026, 1, 5, 9, tzinfo=UTC), E164("+33199000000"), Kind.RTF, "Nobody",
    ended=Ended(datetime(2026, 1, 9, 9, tzinfo=UTC), CallbackOutcome.INFO_DONNEE, By.PERSON),
)  # fmt: skip


@cache
def _an_archive() -> str:
    at = datetime(2026, 5, 5, tzinfo=UTC)
    held = archive(open_file(_NOBODY, responsible_for("53000", at)), summary(_NOBODY, (), (), Facts(), at), at)
    assert isinstance(held, Archived)
    return archived_json(held)


def _officer(number: int, responsible: Responsible) -> OfficerId | None:
    """Two thirds are in somebody's hands; an académie has four."""
    return OfficerId(f"{responsible.academie}-{number % 4}") if number % 3 and responsible.academie else None
