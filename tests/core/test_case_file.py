"""The file of a case: two sections, who sees what, who is told, nothing overwritten, and all of it audited."""

import json

from hypothesis import given
from hypothesis import strategies as st

from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.cases import case as cases
from dialer.core.cases.actor import PERSON, Side
from dialer.core.cases.appointment import AppointmentFixed, AppointmentId, AppointmentKept, AppointmentMoved
from dialer.core.cases.audit import Looked, looked
from dialer.core.cases.case import Flag
from dialer.core.cases.consent import ConsentSaid, Purpose, holds
from dialer.core.cases.file import CaseFile, View, transition, view
from dialer.core.cases.note import NoteId, NoteReleased, NoteWritten, newest, readable
from dialer.core.cases.path_told import PathProposed
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.cases.responsible import CaseAssigned, OfficerId, Refused
from dialer.core.cases.told import CallbackOver, CaseEnded, FileEvent, RequestReceived
from dialer.core.free_text import NOTE_MAX
from dialer.core.revision import Stale, Versioned
from dialer.core.words import By, Record
from tests.core.file_world import ANNA, BRUNO, CIO, SCENE, T0, at, new_file, plan, request, tell, told


def note(number: int) -> NoteId:
    return NoteId(f"case-60124736-n{number}")


def texts(seen: View) -> list[str]:
    return [each.text for each in seen.notes]


# -- two sections -----------------------------------------------------------------------------------


def test_each_side_reads_its_own_section_and_of_the_others_what_was_released() -> None:
    file = told(
        new_file(),
        NoteWritten(T0, ANNA, "interne"),
        NoteWritten(T0, ANNA, "pour la personne", released=True),
        NoteWritten(T0, PERSON, "pour moi"),
        NoteWritten(T0, PERSON, "pour le service", released=True),
    ).value

    assert texts(view(file, Side.SERVICE)) == ["interne", "pour la personne", "pour le service"]
    assert texts(view(file, Side.PERSON)) == ["pour la personne", "pour moi", "pour le service"]


def test_the_person_does_not_see_what_the_service_says_came_of_calls_nor_whose_case_it_is() -> None:
    file = told(new_file(), CallbackOver(T0, Report(CallbackOutcome.INJOIGNABLE))).value

    assert view(file, Side.SERVICE).came
    assert view(file, Side.SERVICE).responsible is not None
    assert not view(file, Side.PERSON).came
    assert view(file, Side.PERSON).responsible is None


def test_a_note_is_corrected_by_another_and_both_stay() -> None:
    file = told(new_file(), NoteWritten(T0, ANNA, "faux"), NoteWritten(at(1), BRUNO, "juste", corrects=note(1))).value

    assert [each.text for each in file.notes] == ["faux", "juste"]
    assert [each.text for each in newest(file.notes)] == ["juste"]
    assert (file.notes[1].by, file.notes[1].at, file.notes[1].corrects) == (BRUNO, at(1), note(1))


def test_what_corrects_a_released_note_is_released_too() -> None:
    file = told(
        new_file(), NoteWritten(T0, ANNA, "faux", released=True), NoteWritten(at(1), BRUNO, "juste", corrects=note(1))
    )

    assert texts(view(file.value, Side.PERSON)) == ["faux", "juste"]


def test_a_note_is_bounded() -> None:
    assert tell(new_file(), NoteWritten(T0, ANNA, "x" * NOTE_MAX)).refused is None
    assert tell(new_file(), NoteWritten(T0, ANNA, "x" * (NOTE_MAX + 1))).refused is CaseRefusal.NOT_WHOLE
    assert tell(new_file(), NoteWritten(T0, ANNA, "deux\nlignes")).refused is None
    assert tell(new_file(), NoteWritten(T0, ANNA, "bip\a")).refused is CaseRefusal.NOT_WHOLE


# -- consent ----------------------------------------------------------------------------------------


def test_a_consent_holds_from_when_it_is_given_until_it_is_withdrawn_and_every_word_stays() -> None:
    share = Purpose.SHARE_WITH_STRUCTURE
    file = told(new_file(), ConsentSaid(at(1), ANNA, share, True), ConsentSaid(at(3), PERSON, share, False)).value

    assert [holds(file.consents, share, at(day)) for day in (0, 1, 2, 3)] == [False, True, True, False]
    assert not holds(file.consents, Purpose.FOLLOW_UP, at(2))
    assert len(file.consents) == 2


def test_a_consent_is_withdrawn_after_the_end_too_and_is_not_said_twice() -> None:
    share = Purpose.SHARE_WITH_STRUCTURE
    file = told(new_file(), ConsentSaid(T0, PERSON, share, True), CaseEnded(T0, ANNA, CallbackOutcome.ORIENTE))

    assert tell(file, ConsentSaid(at(1), PERSON, share, True)).file is file
    assert not holds(told(file, ConsentSaid(at(1), PERSON, share, False)).value.consents, share, at(1))


# -- nothing is overwritten -------------------------------------------------------------------------


def test_of_two_officers_who_edit_one_case_the_second_is_told_and_nothing_is_overwritten() -> None:
    before = told(new_file(), AppointmentFixed(T0, ANNA, at(5), CIO))
    first, second = (AppointmentMoved(T0, by, AppointmentId("case-60124736-a1"), at(day)) for by, day in
                     ((ANNA, 6), (BRUNO, 7)))  # fmt: skip

    done = transition(before, first, SCENE, against=before.version)
    late = transition(done.file, second, SCENE, against=before.version)

    assert isinstance(late.refused, Stale)
    assert [(edit.by, edit.what) for edit in late.refused.meanwhile] == [("anna", "moved")]
    assert late.file is done.file


def test_the_desks_facts_come_whatever_was_seen() -> None:
    before = told(new_file(), NoteWritten(T0, ANNA, "vu"))

    assert transition(before, RequestReceived(T0, request()), SCENE, against=0).refused is None


def test_a_case_is_handed_over_by_the_one_rule_and_its_refusals_are_told() -> None:
    file = told(new_file(), CaseAssigned(at(1), "anna", OfficerId("bruno")))

    assert file.value.responsible.officer == "bruno"
    again = tell(file, CaseAssigned(at(2), "anna", OfficerId("nobody")))
    assert isinstance(again.refused, Refused)
    assert again.file is file


# -- the end ----------------------------------------------------------------------------------------


def test_a_case_ends_by_an_officer_with_an_outcome_that_ends_something_and_once() -> None:
    assert tell(new_file(), CaseEnded(T0, PERSON, CallbackOutcome.REFUS)).refused is CaseRefusal.SERVICE_ONLY
    assert tell(new_file(), CaseEnded(T0, ANNA, CallbackOutcome.OCCUPE)).refused is CaseRefusal.ENDS_NOTHING
    ended = told(new_file(), CaseEnded(T0, ANNA, CallbackOutcome.REFUS))
    assert ended.value.case.ended is not None
    assert tell(ended, CaseEnded(T0, ANNA, CallbackOutcome.REFUS)).refused is CaseRefusal.ENDED


def test_a_path_ends_with_the_case_that_the_desk_has_ended() -> None:
    file = told(new_file(), PathProposed(T0, ANNA, "Démarche", (plan(),)))
    ended = cases.end(file.value.case, CallbackOutcome.REFUS, By.PERSON, at(1))
    by_desk = Versioned(CaseFile(ended, file.value.responsible, paths=file.value.paths))

    after = told(by_desk, CallbackOver(at(1), Report(CallbackOutcome.REFUS)))

    assert after.value.paths[0].over is not None
    assert after.value.came[0].outcome is CallbackOutcome.REFUS


def test_after_the_end_it_is_still_said_whether_an_appointment_was_kept() -> None:
    file = told(
        new_file(), AppointmentFixed(T0, ANNA, at(5), CIO), CaseEnded(at(1), ANNA, CallbackOutcome.ORIENTE),
        AppointmentKept(at(5), ANNA, AppointmentId("case-60124736-a1")),
    )  # fmt: skip

    assert file.value.appointments[0].state.kind == "kept"


# -- the audit --------------------------------------------------------------------------------------


def test_it_is_told_who_did_what_and_who_looked() -> None:
    step = tell(new_file(), NoteWritten(at(1), BRUNO, "Très secret."))
    look = looked(step.file.value.id, ANNA, at(2), Looked.EXPORT)

    (did,) = step.records
    assert (did.event, did.call, did.at) == ("case_note_written", "case-60124736", at(1))
    assert dict(did.data)["by"] == "bruno"
    assert (look.event, dict(look.data)) == (
        "case_looked", {"case": "case-60124736", "by": "anna", "what": "export"},
    )  # fmt: skip


def test_a_request_tells_the_classes_it_is_counted_in() -> None:
    step = tell(new_file(), RequestReceived(T0, request(), (Flag.TRACK_A,)))

    assert [dict(each.data) for each in step.records if each.event == "case_facts"] == [
        {"case": "case-60124736", "academie": "17", "age_band": "18-20", "track": "A"}
    ]
    assert step.file.value.postcode == "53000"


# -- whatever is told -------------------------------------------------------------------------------

SECRET = "zzqx"
"""Stands in every text that anybody writes."""
actors = st.sampled_from([PERSON, ANNA, BRUNO])
whens = st.integers(0, 40).map(at)
notes = st.integers(1, 5).map(note)
events: st.SearchStrategy[FileEvent] = st.one_of(
    st.builds(NoteWritten, whens, actors, st.just(f"note {SECRET}"), st.none() | notes, st.booleans()),
    st.builds(NoteReleased, whens, actors, notes),
    st.builds(ConsentSaid, whens, actors, st.sampled_from(Purpose), st.booleans()),
    st.builds(lambda w, by: PathProposed(w, by, f"titre {SECRET}", (plan(f"tâche {SECRET}"),)), whens, actors),
    st.builds(lambda w, by, on: AppointmentFixed(w, by, on, CIO), whens, actors, whens),
    st.builds(CaseEnded, whens, actors, st.sampled_from([CallbackOutcome.REFUS, CallbackOutcome.OCCUPE])),
    st.builds(lambda w: RequestReceived(w, request(name=f"Nom {SECRET}", note=f"mot {SECRET}")), whens),
    st.builds(
        CallbackOver, whens, st.sampled_from([Report(CallbackOutcome.INJOIGNABLE), Report(CallbackOutcome.REFUS)])
    ),
    st.builds(lambda w, to: CaseAssigned(w, "anna", OfficerId(to)), whens, st.sampled_from(["anna", "bruno", "x"])),
)


@given(st.lists(st.tuples(events, st.none() | st.integers(-1, 20)), max_size=25))
def test_whatever_is_told_nothing_is_lost_leaked_or_done_unsaid(told_: list[tuple[FileEvent, int | None]]) -> None:
    file = new_file()
    records: list[Record] = []
    for event, against in told_:
        step = transition(file, event, SCENE, against)
        was, now = file.value, step.file.value
        records += step.records
        changed = step.file is not file
        assert changed is bool(step.records), "what is done is said, and what is not done is not"
        assert not (changed and step.refused is not None)
        assert step.file.version == file.version + changed
        assert [(each.text, each.by) for each in now.notes[: len(was.notes)]] == [
            (each.text, each.by) for each in was.notes
        ], "notes are never deleted nor changed"
        assert now.consents[: len(was.consents)] == was.consents
        assert now.requests[: len(was.requests)] == was.requests
        assert was.case.ended in (None, now.case.ended), "what ended stays ended"
        read = {each.id for each in readable(now.notes, Side.PERSON)}
        for each in now.notes:
            if each.corrects in read:
                assert each.id in read, "nobody goes on reading what was corrected without the correction"
        file = step.file
    shown = json.dumps([[each.event, each.call, each.data] for each in records], default=str, ensure_ascii=False)
    for personal in (SECRET, "Léa", "Durand", "+33199000001", "2007-05-01", "53000", "Mme Martin"):
        assert personal not in shown
    hidden = [each for each in file.value.notes if each.section is Side.SERVICE and each.released_at is None]
    assert not set(hidden) & set(view(file.value, Side.PERSON).notes)
