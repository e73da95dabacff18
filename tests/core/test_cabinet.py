"""What the desk does with files of cases: opened by a request, told by callbacks and by officers, never torn apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks.book import Kept
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.request import Booking
from dialer.core.callbacks.states import CaseId
from dialer.core.callbacks.told import OutcomeGiven
from dialer.core.cases import cabinet as cabinets
from dialer.core.cases.actor import PERSON, officer, person_heard_by
from dialer.core.cases.appointment import AppointmentCalledOff, AppointmentFixed, AppointmentMissed, Misser, Where
from dialer.core.cases.audit import LISTED_MAX, Looked
from dialer.core.cases.bank import (
    TemplateComposed,
    TemplateCopied,
    TemplateEvent,
    TemplateImproved,
    TemplateRetired,
    TemplateShared,
)
from dialer.core.cases.case import Appointment, Diploma
from dialer.core.cases.file import CaseFile, facts
from dialer.core.cases.note import NoteWritten
from dialer.core.cases.path_told import PathProposed, TaskConfirmed, TaskDone, TaskId
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.cases.responsible import How, OfficerId
from dialer.core.cases.retention import Erased
from dialer.core.cases.told import CaseEnded, FileEvent, SchoolingSaid
from dialer.core.change import Change
from dialer.core.desk import Desk
from dialer.core.report.summary import Track
from dialer.core.revision import Stale, Versioned
from dialer.core.structures.structure import Structure, StructureId, StructureKind
from dialer.core.words import Cause, LegId, Record, Wish
from tests.core.file_world import plan
from tests.core.test_promises import NADIA, SAMI, Centre, asking, centre
from tests.core.world import T0

ANNA = officer("anna")
DAY = timedelta(days=1)
CIO = Structure(StructureId("cio-laval"), StructureKind.CIO, "CIO de Laval", "53000", "Laval")


def file_of(room: Centre, booking: Booking) -> Versioned[CaseFile]:
    return room.desk.cabinet.files[booking.case]


def told(room: Centre, booking: Booking, event: FileEvent, against: int | None = None) -> Change:
    return room.happen(ev.CaseTold(room.now, booking.case, event, against))


def names(change: Change) -> list[str]:
    return [entry.event for entry in change.records]


def data(change: Change, name: str) -> dict[str, object]:
    (entry,) = (each for each in change.records if each.event == name)
    return dict(entry.data)


def dialled(room: Centre, booking: Booking) -> LegId:
    """The leg of the person, which rings."""
    room.pass_s(0)
    return room.dial("a", booking)


# -- the desk's own facts ---------------------------------------------------------------------------


def test_a_request_opens_a_file_with_what_was_said_and_the_academie_of_its_postcode() -> None:
    room = centre(0)
    change = room.ask(asking(postcode="53000"))
    (file,) = change.files.values()
    assert file.version == 1
    assert [given.request for given in file.value.requests] == [change.intakes[0].request]
    assert file.value.responsible.history[-1].how is How.POSTCODE
    assert file.value.responsible.academie == "17"
    assert names(change)[-3:] == ["callback_asked", "case_request_received", "case_facts"]
    assert data(change, "case_facts") == {
        "case": file.value.id,
        "academie": "17",
        "age_band": "18-20",
        "track": "unknown",
    }


def test_a_second_request_is_put_to_the_same_file_and_tells_where_they_live() -> None:
    room = centre(0)
    first = room.book(asking())
    assert file_of(room, first).value.responsible.academie is None
    change = room.ask(asking(postcode="97419"))
    file = file_of(room, first)
    assert len(file.value.requests) == 2
    assert file.value.responsible.academie == "28"
    assert change.files == {first.case: file}, "the two facts of one request are one stored file"


def test_an_appointment_that_was_agreed_on_by_telephone_stands_in_the_file_and_in_the_journal() -> None:
    room = centre(1)
    booking = room.book()
    leg = dialled(room, booking)
    room.picked_up(leg)
    on = room.now + 3 * DAY
    room.tell(booking, OutcomeGiven(room.now, Report(CallbackOutcome.RDV_FIXE, date=on)))
    room.leave(leg, Cause.NORMAL)
    file = file_of(room, booking)
    assert [each.on for each in file.value.appointments] == [on]
    assert file.value.case.appointments == (Appointment(on, room.now),), "once, and not once by the book as well"
    assert room.desk.book.cases[booking.case] == file.value.case
    fixed = [entry for change in room.changes for entry in change.records if entry.event == "case_appointment"]
    assert [dict(entry.data)["appointment_at"] for entry in fixed] == [on.isoformat()]


# -- officers ---------------------------------------------------------------------------------------


def test_what_an_officer_fixes_is_what_the_desk_sees_of_the_legal_clock() -> None:
    room = centre(0)
    booking = room.book()
    told(room, booking, AppointmentFixed(room.now, ANNA, room.now + DAY, Where(structure=CIO.id)))
    assert room.desk.book.cases[booking.case].appointments == (Appointment(room.now + DAY, room.now),)
    assert room.desk.cabinet.pointing() == {CIO.id: 1}
    told(
        room, booking, AppointmentCalledOff(room.now, PERSON, file_of(room, booking).value.appointments[0].id, "malade")
    )
    assert room.desk.book.cases[booking.case].appointments[0].called_off_at == room.now
    assert room.desk.cabinet.pointing() == {}


def test_of_two_officers_with_the_same_version_the_second_is_told_and_nothing_is_overwritten() -> None:
    room = centre(0)
    booking = room.book()
    seen = file_of(room, booking).version
    told(room, booking, NoteWritten(room.now, ANNA, "Vue ce matin"), seen)
    change = told(room, booking, NoteWritten(room.now, officer("bruno"), "Vue aussi"), seen)
    assert isinstance(change.refused, Stale)
    assert [(edit.by, edit.what) for edit in change.refused.meanwhile] == [("anna", "note_written")]
    assert not change.to_store
    assert [note.text for note in file_of(room, booking).value.notes] == ["Vue ce matin"]


def test_a_file_that_nobody_knows_is_refused_as_one_that_is_not_there() -> None:
    room = centre(0)
    change = room.happen(ev.CaseTold(room.now, CaseId("case-00000000"), NoteWritten(room.now, ANNA, "?")))
    assert change.refused is CaseRefusal.UNKNOWN


def test_who_ends_a_case_ends_what_was_promised_in_it() -> None:
    room = centre(0)
    booking = room.book()
    change = told(room, booking, CaseEnded(room.now, ANNA, CallbackOutcome.DEJA_EN_SOLUTION))
    assert change.refused is None
    assert room.desk.book.callbacks == {}
    assert room.desk.cabinet.files == {}
    case = change.files[booking.case].value.case
    assert case.ended is not None
    assert case.ended.outcome is CallbackOutcome.DEJA_EN_SOLUTION, "not that of the callback, which was called off"


def test_a_phone_that_rings_stops_when_the_case_is_ended() -> None:
    room = centre(1)
    booking = room.book()
    leg = dialled(room, booking)
    change = told(room, booking, CaseEnded(room.now, ANNA, CallbackOutcome.ANNULE))
    assert cmd.HangUp(leg) in change.commands
    assert room.desk.book.callbacks == {}


def test_while_its_person_is_talked_with_a_case_is_not_ended() -> None:
    room = centre(1)
    booking = room.book()
    room.picked_up(dialled(room, booking))
    change = told(room, booking, CaseEnded(room.now, ANNA, CallbackOutcome.ANNULE))
    assert change.refused == "talking"
    assert not change.to_store
    assert file_of(room, booking).value.case.ended is None


def ended(room: Centre, booking: Booking) -> Versioned[CaseFile]:
    """The file of a case that has ended, as it is stored."""
    return told(room, booking, CaseEnded(room.now, ANNA, CallbackOutcome.ANNULE)).files[booking.case]


def test_in_the_file_of_an_ended_case_one_still_writes_and_the_newest_version_counts() -> None:
    room = centre(0)
    booking = room.book()
    stored = ended(room, booking)
    anew = Desk(room.rules, room.now, kept=Kept(), strict=True)
    note = NoteWritten(room.now, ANNA, "A rappelé")
    change = anew.handle(ev.CaseTold(room.now, booking.case, note, stored.version, stored))
    assert change.files[booking.case].version == stored.version + 1
    assert booking.case not in anew.cabinet.files
    assert booking.case not in anew.book.cases, "an ended case is open to nobody's request"
    second = anew.handle(ev.CaseTold(room.now, booking.case, note, stored.version, stored))
    assert isinstance(second.refused, Stale), "both had read the same stored file"


def test_not_every_file_that_was_ever_touched_stays_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cabinets, "ENDED_KEPT_MAX", 3)
    room = centre(0)
    for number in range(5):
        booking = room.book(asking(replace(NADIA, number=f"+3319900020{number}"), first_name=f"N{number}"))
        ended(room, booking)
    assert len(room.desk.cabinet._ended) == 3


def test_a_person_without_the_web_confirms_by_telephone_and_the_journal_says_who_heard_them() -> None:
    room = centre(0)
    booking = room.book()
    told(room, booking, PathProposed(room.now, ANNA, "Découvrir", (plan(),)))
    task = TaskId(f"{booking.case}-p1-t1")
    told(room, booking, TaskDone(room.now, ANNA, task))
    alone = told(room, booking, TaskConfirmed(room.now, ANNA, task))
    assert alone.refused is CaseRefusal.OWN_TASK
    change = told(room, booking, TaskConfirmed(room.now, person_heard_by("anna"), task))
    assert change.refused is None
    assert data(change, "case_task_confirmed") == {
        "case": booking.case,
        "by": "person",
        "heard_by": "anna",
        "task": task,
    }


def test_what_was_got_at_school_decides_the_track_and_is_counted_by_it() -> None:
    room = centre(0)
    booking = room.book()
    change = told(room, booking, SchoolingSaid(room.now, ANNA, Diploma.DNB))
    assert facts(file_of(room, booking).value).track is Track.A
    assert data(change, "case_facts")["track"] == "A"
    again = told(room, booking, SchoolingSaid(room.now, officer("bruno"), Diploma.DNB))
    assert again.records == [], "the same once more is no news"


@pytest.mark.parametrize("what", ["path", "appointment"])
def test_what_officers_have_in_hand_is_not_ended_by_the_outcome_of_a_call(what: str) -> None:
    room = centre(0)
    booking = room.book()
    if what == "path":
        told(room, booking, PathProposed(room.now, ANNA, "Découvrir", (plan(),)))
    else:
        told(room, booking, AppointmentFixed(room.now, ANNA, room.now + DAY, Where(structure=CIO.id)))
    room.happen(ev.NumberOpposed(room.now, NADIA.number, "anna"))
    assert room.desk.book.callbacks == {}, "nobody calls them"
    file = file_of(room, booking).value
    assert file.case.ended is None, "and yet they asked for training, and are on their way there"
    assert [each.outcome for each in file.came] == [CallbackOutcome.OPPOSITION]


def test_without_anything_in_hand_the_outcome_of_a_call_ends_the_case() -> None:
    room = centre(0)
    booking = room.book()
    told(room, booking, AppointmentFixed(room.now, ANNA, room.now + DAY, Where(structure=CIO.id)))
    room.now += 2 * DAY
    change = room.tell(booking, OutcomeGiven(room.now, Report(CallbackOutcome.ANNULE)))
    ended_ = change.files[booking.case].value.case.ended
    assert ended_ is not None
    assert ended_.outcome is CallbackOutcome.ANNULE


# -- opposition -------------------------------------------------------------------------------------


def test_who_opposes_is_not_called_again_from_that_instant_on_whatever_is_under_way() -> None:
    room = centre(1)
    nadia = room.book()
    leg = dialled(room, nadia)
    sami = room.book(asking(SAMI, first_name="Sami"))
    change = room.happen(ev.NumberOpposed(room.now, NADIA.number, "anna"))
    assert cmd.HangUp(leg) in change.commands
    assert change.opposed.count(NADIA.number) >= 1
    assert data(change, "number_opposed") == {"by": "anna"}, "the number is nobody's business but the list's"
    assert list(room.desk.book.callbacks) == [sami.id]
    assert room.desk.book.is_opposed(NADIA.number)
    room.leave(leg, Cause.NORMAL)
    again = room.book(asking(NADIA, first_name="Nadia"))
    room.wish("a", Wish.READY)
    room.pass_s(7200)
    assert room.kind(again) != "offered"
    assert [each for each in room.commands(cmd.DialOutside) if each.number == NADIA.number][1:] == []


def test_a_talk_with_who_opposes_goes_on_and_is_the_last_one() -> None:
    room = centre(1)
    nadia = room.book()
    leg = dialled(room, nadia)
    room.picked_up(leg)
    room.happen(ev.NumberOpposed(room.now, NADIA.number, "anna"))
    assert room.kind(nadia) == "talking"
    room.leave(leg, Cause.NORMAL)
    assert room.kind(nadia) == "closed"
    state = room.callback(nadia).state
    assert state.outcome is CallbackOutcome.OPPOSITION  # type: ignore[union-attr]


# -- who looked -------------------------------------------------------------------------------------


def test_who_looks_is_in_the_journal_a_list_by_one_line_for_many_cases() -> None:
    desk = Desk(centre(0).rules, T0, strict=True)
    cases = tuple(CaseId(f"case-{number:08}") for number in range(LISTED_MAX + 1))
    change = desk.handle(ev.FilesLooked(T0, ANNA, cases[:1]))
    assert change.records == [
        Record(T0, "case_looked", cases[0], None, (("case", cases[0]), ("by", "anna"), ("what", "file")))
    ]
    change = desk.handle(ev.FilesLooked(T0, ANNA, cases, Looked.LIST))
    assert [dict(entry.data)["by"] for entry in change.records] == ["anna", "anna"]
    assert " ".join(str(dict(entry.data)["cases"]) for entry in change.records).split() == list(cases)


# -- retention --------------------------------------------------------------------------------------


def test_a_case_that_is_open_again_is_not_erased_by_a_job_that_read_it_before() -> None:
    room = centre(0)
    open_one, over = room.book(), room.book(asking(SAMI, first_name="Sami"))
    ended(room, over)
    change = room.happen(ev.CasesRetired(room.now, "retention", (Erased(open_one.case, ()), Erased(over.case, ()))))
    assert [each.case for each in change.retired] == [over.case]
    assert data(change, "cases_erased") == {"cases": 1, "by": "retention"}
    assert told(room, over, NoteWritten(room.now, ANNA, "?")).refused is CaseRefusal.UNKNOWN


def test_a_case_in_which_somebody_wrote_meanwhile_is_not_archived_as_it_was_read() -> None:
    room = centre(0)
    booking = room.book()
    read = ended(room, booking)
    told(room, booking, NoteWritten(room.now, ANNA, "A rappelé"))
    event = ev.CasesRetired(room.now, "retention", (Erased(booking.case, ()),), {booking.case: read.version})
    assert room.happen(event).retired == []
    event = replace(event, against={booking.case: read.version + 1})
    assert [each.case for each in room.happen(event).retired] == [booking.case]


def test_who_is_erased_twice_at_once_is_counted_once_and_nobody_writes_them_back() -> None:
    room = centre(0)
    booking = room.book()
    stored = ended(room, booking)
    event = ev.CasesRetired(room.now, "anna", (Erased(booking.case, ()),))
    assert len(room.happen(event).retired) == 1
    assert not room.happen(event).to_store
    late = ev.CaseTold(room.now, booking.case, NoteWritten(room.now, ANNA, "?"), stored.version, stored)
    assert room.happen(late).refused is CaseRefusal.UNKNOWN, "who had read the file brings nothing back"


# -- templates and structures -----------------------------------------------------------------------


def test_templates_are_shared_copied_and_improved_and_a_restart_gives_no_name_twice() -> None:
    desk = Desk(centre(0).rules, T0, strict=True)
    anna, bruno = OfficerId("anna"), OfficerId("bruno")

    def tell(event: TemplateEvent) -> Change:
        return desk.handle(ev.TemplateTold(T0, event))

    (made,) = tell(TemplateComposed(T0, anna, "Découvrir", (plan(),))).templates.values()
    assert tell(TemplateCopied(T0, bruno, made.id)).refused is CaseRefusal.PRIVATE
    tell(TemplateShared(T0, anna, made.id))
    assert not tell(TemplateShared(T0, anna, made.id)).to_store, "shared already"
    (copied,) = tell(TemplateCopied(T0, bruno, made.id)).templates.values()
    tell(TemplateImproved(T0, bruno, made.id, 1, "Découvrir mieux", (plan(), plan())))
    stale = tell(TemplateImproved(T0, anna, made.id, 1, "Autrement", (plan(),)))
    assert stale.refused is CaseRefusal.STALE
    tell(TemplateRetired(T0, bruno, made.id))
    kept = tuple(desk.cabinet.bank.templates.values())
    anew = Desk(centre(0).rules, T0, kept=Kept(templates=kept), strict=True)
    change = anew.handle(ev.TemplateTold(T0, TemplateComposed(T0, anna, "Autre", (plan(),))))
    assert set(change.templates).isdisjoint({made.id, copied.id})


def test_a_structure_is_changed_against_what_is_there_and_not_closed_on_anybody() -> None:
    room = centre(0)
    room.happen(ev.StructuresChanged(room.now, "anna", ((None, CIO),)))
    assert room.happen(ev.StructuresChanged(room.now, "bruno", ((None, CIO),))).refused is CaseRefusal.STALE
    booking = room.book()
    told(room, booking, AppointmentFixed(room.now, ANNA, room.now + DAY, Where(structure=CIO.id)))
    closing = replace(CIO, closed_on=(room.now + 2 * DAY).date())
    change = room.happen(ev.StructuresChanged(room.now, "anna", ((CIO, closing),)))
    assert change.refused is CaseRefusal.CASES_POINT_TO_IT
    assert room.desk.register.structures == {CIO.id: CIO}
    room.now += 2 * DAY
    missed = AppointmentMissed(room.now, ANNA, file_of(room, booking).value.appointments[0].id, Misser.STRUCTURE)
    told(room, booking, missed)
    assert room.happen(ev.StructuresChanged(room.now, "anna", ((CIO, closing),))).structures == [closing]
