"""What surfaces by rule: each with its reason, who is to act and by when; and the digest that tells it in French."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.callbacks.legal_clock import at_risk_at, late_at, legal_deadline
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.cases.actor import PERSON, Side
from dialer.core.cases.almanac import almanac_at
from dialer.core.cases.appointment import (
    AppointmentCalledOff,
    AppointmentFixed,
    AppointmentId,
    AppointmentKept,
    AppointmentMissed,
    Misser,
)
from dialer.core.cases.case import Kind, Standing, standing
from dialer.core.cases.digest import REASONS_FR, TODOS_FR, digests, sentence
from dialer.core.cases.escalation import EscalationRules, NextAction, Rule, Todo, in_order, next_actions
from dialer.core.cases.file import CaseFile, transition
from dialer.core.cases.note import NoteWritten
from dialer.core.cases.path_told import PathGivenUp, PathProposed, TaskConfirmed, TaskDone, TaskId
from dialer.core.cases.responsible import CaseAssigned, CaseTransferred, OfficerId, ToOfficer, responsible_for
from dialer.core.cases.told import CallbackOver, CaseEnded, FileEvent, RequestReceived
from dialer.core.places.academie import AcademieCode
from dialer.core.revision import Versioned
from dialer.core.words import Instant
from schedules.walltime import PARIS
from tests.core.file_world import ANNA, BRUNO, CIO, OFFICERS, SCENE, SECOND, T0, at, new_file, plan, request, told

A1, A2 = AppointmentId("case-60124736-a1"), AppointmentId("case-60124736-a2")
TASK = TaskId("case-60124736-p1-t1")
GIVEN_UP = CallbackOver(at(3), Report(CallbackOutcome.INJOIGNABLE))


def found(file: Versioned[CaseFile], when: Instant) -> dict[Rule, NextAction]:
    return {action.rule: action for action in next_actions(file.value, when)}


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def begins(file: Versioned[CaseFile], rule: Rule, when: Instant) -> NextAction:
    """The action, which is there from this instant on and not a second before."""
    assert rule not in found(file, when - SECOND)
    return found(file, when)[rule]


# -- the legal clock --------------------------------------------------------------------------------


def test_a_case_is_at_risk_from_day_10_and_late_after_day_15() -> None:
    file = new_file()

    risk = begins(file, Rule.AT_RISK, at_risk_at(T0))
    assert (risk.todo, risk.by) == (Todo.FIX_APPOINTMENT, legal_deadline(T0))
    late = begins(file, Rule.LATE, late_at(T0))
    assert (late.todo, late.by) == (Todo.FIX_APPOINTMENT, paris("2026-04-01T23:59:59"))
    assert Rule.AT_RISK not in found(file, late_at(T0))


def test_one_at_risk_with_a_late_appointment_may_bring_it_forward_and_once_late_it_waits_for_it() -> None:
    file = told(new_file(), AppointmentFixed(at(1), ANNA, at(20), CIO))

    assert found(file, at(12))[Rule.AT_RISK].todo is Todo.BRING_FORWARD
    assert not found(file, at(16))


def test_with_an_appointment_in_time_there_is_nothing_to_do_but_to_say_what_came_of_it() -> None:
    file = told(new_file(), AppointmentFixed(at(1), ANNA, at(4), CIO))

    unsaid = begins(file, Rule.APPOINTMENT_UNSAID, paris("2026-03-21T00:00:00"))
    assert not found(file, at(4))
    assert (unsaid.about, unsaid.by) == (A1, paris("2026-03-23T23:59:59"))
    assert not found(told(file, AppointmentKept(at(5), ANNA, A1)), at(15))


def test_a_talk_for_information_has_no_legal_clock() -> None:
    assert not found(new_file(kind=Kind.INFORMATION), at(18))


def test_the_last_day_is_over_with_the_evening_there_where_that_comes_sooner() -> None:
    """In La Réunion the 15th day is over at 21h of Paris; in Guadeloupe it lasts as long as the law's."""
    file = new_file()
    reunion, guadeloupe = (
        next_actions(file.value, at(12), almanac=almanac_at(postcode))[0] for postcode in ("97400", "97100")
    )

    assert reunion.by == paris("2026-03-31T21:59:59")
    assert guadeloupe.by == legal_deadline(T0)


# -- appointments, people, tasks --------------------------------------------------------------------


def test_a_missed_appointment_surfaces_until_another_stands() -> None:
    file = told(new_file(), AppointmentFixed(T0, ANNA, at(4), CIO), AppointmentMissed(at(4), ANNA, A1, Misser.PERSON))

    missed = found(file, at(4))[Rule.APPOINTMENT_MISSED]
    assert (missed.todo, missed.about, missed.by) == (Todo.FIX_ANOTHER, A1, paris("2026-03-24T23:59:59"))
    another = told(file, AppointmentFixed(at(5), ANNA, at(9), CIO))
    assert not found(another, at(5))
    assert Rule.APPOINTMENT_MISSED in found(told(another, AppointmentCalledOff(at(6), PERSON, A2, "Non.")), at(6))


def test_somebody_unreachable_surfaces_until_they_are_reached_or_ask_anew() -> None:
    file = told(new_file(), GIVEN_UP)

    action = found(file, at(3))[Rule.UNREACHABLE]
    assert (action.todo, action.by) == (Todo.TRY_ANOTHER_WAY, paris("2026-03-26T23:59:59"))
    assert Rule.UNREACHABLE in found(told(file, NoteWritten(at(4), ANNA, "Courrier envoyé.")), at(5))
    for event in (
        RequestReceived(at(4), request()),
        CallbackOver(at(4), Report(CallbackOutcome.RDV_FIXE, date=at(8))),
        AppointmentFixed(at(4), ANNA, at(8), CIO),
    ):
        assert Rule.UNREACHABLE not in found(told(file, event), at(4))


def test_an_alert_surfaces_first_and_the_same_day_until_an_officer_has_written_what_came_of_it() -> None:
    file = told(new_file(), GIVEN_UP, CallbackOver(at(12), Report(CallbackOutcome.ALERTE_DANGER)))

    actions = next_actions(file.value, at(12))
    assert (actions[0].rule, actions[0].by) == (Rule.DANGER, paris("2026-03-30T23:59:59"))  # the 28th is a Saturday
    wednesday = told(new_file(), CallbackOver(at(2), Report(CallbackOutcome.ALERTE_DANGER)))
    assert found(wednesday, at(2))[Rule.DANGER].by == paris("2026-03-18T23:59:59")
    assert Rule.DANGER in found(told(file, NoteWritten(at(12), PERSON, "Merci.")), at(12))
    assert Rule.DANGER not in found(told(file, NoteWritten(at(12), ANNA, "Appelé le 119.")), at(12))


def test_an_overdue_task_is_the_officers_to_do_or_to_remind_of() -> None:
    for does, todo in ((Side.PERSON, Todo.REMIND), (Side.SERVICE, Todo.DO_TASK)):
        file = told(new_file(), PathProposed(T0, ANNA, "Démarche", (plan(does=does, days=2),)))
        action = begins(file, Rule.TASK_OVERDUE, paris("2026-03-19T00:00:00"))
        assert (action.todo, action.about, action.by) == (todo, TASK, paris("2026-03-20T23:59:59"))


def test_what_the_person_has_done_is_to_be_supervised_at_once_and_is_overdue_no_more() -> None:
    file = told(new_file(), PathProposed(T0, ANNA, "Démarche", (plan(days=1),)), TaskDone(at(4), PERSON, TASK))

    action = found(file, at(4))[Rule.TASK_TO_SUPERVISE]
    assert (action.todo, action.by) == (Todo.SUPERVISE, paris("2026-03-24T23:59:59"))
    assert set(found(file, at(4))) == {Rule.TASK_TO_SUPERVISE}
    assert not found(told(file, TaskConfirmed(at(5), BRUNO, TASK)), at(5))


def test_what_the_service_has_done_is_asked_after_when_the_person_says_nothing() -> None:
    file = told(new_file(), PathProposed(T0, ANNA, "Démarche", (plan(days=1),)), TaskDone(T0, ANNA, TASK))

    assert begins(file, Rule.TASK_UNCONFIRMED, paris("2026-03-24T00:00:00")).todo is Todo.ASK_TO_CONFIRM


def test_a_case_handed_over_and_untouched_surfaces_after_three_working_days() -> None:
    file = told(new_file(), CaseAssigned(at(1), "anna", OfficerId("bruno")))

    action = begins(file, Rule.UNTOUCHED, paris("2026-03-21T00:00:00"))
    assert (action.todo, action.officer, action.by) == (Todo.TAKE_UP, "bruno", paris("2026-03-23T23:59:59"))
    assert Rule.UNTOUCHED not in found(told(file, NoteWritten(at(2), BRUNO, "Vu.")), at(8))
    by_person = told(file, NoteWritten(at(2), PERSON, "Bonjour.", released=True))
    assert Rule.UNTOUCHED in found(by_person, at(8)), "what the person does touches nothing"


def test_a_case_that_goes_on_after_its_callback_is_given_to_somebody() -> None:
    waiting = new_file()
    file = told(waiting, CallbackOver(at(1), Report(CallbackOutcome.INJOIGNABLE)))

    assert Rule.UNTOUCHED not in found(waiting, at(9)), "until then it is the telephone's"
    action = found(file, at(9))[Rule.UNTOUCHED]
    assert (action.todo, action.officer, action.academie) == (Todo.ASSIGN, None, AcademieCode("17"))


def test_a_case_whose_officer_has_left_is_nobodys() -> None:
    file = told(new_file(), CaseAssigned(at(1), "anna", OfficerId("bruno"))).value
    left = {OfficerId("anna"): OFFICERS[OfficerId("anna")]}

    assert not next_actions(file, at(2), officers=OFFICERS)
    (action,) = next_actions(file, at(2), officers=left)
    assert (action.rule, action.todo, action.officer) == (Rule.ORPHANED, Todo.ASSIGN, None)


def test_a_case_in_which_nothing_happens_any_more_is_ended_or_resumed() -> None:
    """Else it would be kept, with all that is in it, for ever."""
    file = told(new_file(), AppointmentFixed(T0, ANNA, at(1), CIO), AppointmentKept(at(1), ANNA, A1))

    action = begins(file, Rule.ASLEEP, paris("2026-04-16T00:00:00"))  # 20 working days, Easter Monday none
    assert action.todo is Todo.END_OR_RESUME
    assert Rule.ASLEEP not in found(told(file, PathProposed(at(2), ANNA, "Démarche", (plan(days=60),))), at(40))


def test_nothing_is_to_be_done_in_a_case_that_has_ended() -> None:
    file = told(new_file(), GIVEN_UP, CaseEnded(at(20), ANNA, CallbackOutcome.INJOIGNABLE))

    assert not next_actions(file.value, at(400))


def test_everything_takes_at_least_a_day() -> None:
    with pytest.raises(ValueError, match="at least one"):
        EscalationRules(missed_days=0)
    two = EscalationRules(late_days=2)
    assert next_actions(new_file().value, late_at(T0), two)[0].by == paris("2026-04-02T23:59:59")


# -- the digest -------------------------------------------------------------------------------------


def test_every_reason_and_every_action_has_its_words() -> None:
    assert set(REASONS_FR) == set(Rule)
    assert set(TODOS_FR) == set(Todo)


def test_an_action_is_told_in_french_by_the_reference_alone() -> None:
    late = found(new_file(), late_at(T0))[Rule.LATE]

    assert sentence(late, late_at(T0)) == (
        "Dossier 60 12 47 36 : l'échéance légale est dépassée depuis le 01/04/2026."
        " À faire : fixer un rendez-vous, au plus tard le 01/04/2026."
    )
    assert sentence(late, at(20)).endswith("au plus tard le 01/04/2026 (en retard).")


def test_each_officer_has_one_digest_and_who_has_nothing_to_do_has_none() -> None:
    annas = told(new_file(), GIVEN_UP, CaseAssigned(at(4), "anna", OfficerId("anna")))
    pool, nowhere = told(new_file(), GIVEN_UP), told(new_file(None), GIVEN_UP)
    brunos = told(new_file(), CaseAssigned(at(4), "anna", OfficerId("bruno")))
    actions = [action for file in (annas, pool, nowhere, brunos) for action in next_actions(file.value, at(12))]

    made = digests([each for each in actions if each.officer != "bruno"], at(12))

    assert [(each.officer, each.academie) for each in made] == [(None, None), (None, "17"), ("anna", "17")]
    (mine,) = (each for each in made if each.officer == "anna")
    assert mine.subject == "Dossiers : 3 actions à mener, dont 2 en retard"
    assert [line.action.rule for line in mine.lines] == [Rule.AT_RISK, Rule.UNREACHABLE, Rule.UNTOUCHED]
    assert [line.overdue for line in mine.lines] == [False, True, True]
    (one,) = digests([found(brunos, at(12))[Rule.AT_RISK]], at(12))
    assert one.subject == "Dossiers : 1 action à mener"


def test_a_transfer_hands_the_actions_to_the_next_officer() -> None:
    file = told(
        new_file(), GIVEN_UP, CaseAssigned(at(4), "anna", OfficerId("anna")),
        CaseTransferred(at(5), "anna", ToOfficer(OfficerId("bruno")), "Secteur de Bruno."),
    )  # fmt: skip

    assert {each.officer for each in next_actions(file.value, at(6))} == {"bruno"}


# -- whatever has happened --------------------------------------------------------------------------

whens = st.integers(0, 30).map(at)
appointments = st.sampled_from([A1, A2])
events: st.SearchStrategy[FileEvent] = st.one_of(
    st.builds(lambda w, on: AppointmentFixed(w, ANNA, on, CIO), whens, whens),
    st.builds(lambda w, of: AppointmentKept(w, ANNA, of), whens, appointments),
    st.builds(lambda w, of, m: AppointmentMissed(w, ANNA, of, m), whens, appointments, st.sampled_from(Misser)),
    st.builds(lambda w, of: AppointmentCalledOff(w, PERSON, of, "Non."), whens, appointments),
    st.builds(lambda w, d: PathProposed(w, ANNA, "Démarche", (plan(days=d),)), whens, st.integers(1, 20)),
    st.builds(lambda w, by: TaskDone(w, by, TASK), whens, st.sampled_from([PERSON, ANNA])),
    st.builds(lambda w, by: TaskConfirmed(w, by, TASK), whens, st.sampled_from([PERSON, ANNA])),
    st.builds(lambda w: PathGivenUp(w, PERSON, "Non."), whens),
    st.builds(lambda w, o: CallbackOver(w, Report(o)), whens, st.sampled_from(CallbackOutcome)),
    st.builds(lambda w: NoteWritten(w, ANNA, "Vu."), whens),
    st.builds(lambda w: RequestReceived(w, request()), whens),
    st.builds(lambda w: CaseAssigned(w, "anna", OfficerId("anna")), whens),
)
kinds = st.sampled_from(Kind)


@given(kinds, st.lists(events, max_size=12), st.integers(0, 200))
def test_no_open_case_is_ever_forgotten(kind: Kind, told_: list[FileEvent], days: int) -> None:
    """Long after anything has happened something is to be done, and all that is said of it makes sense."""
    file = new_file(kind=kind)
    for event in sorted(told_, key=lambda each: each.at):
        file = transition(file, event, SCENE).file

    assert next_actions(file.value, at(30 + 90)), "everybody has been forgotten"
    actions = next_actions(file.value, at(days))
    assert actions == in_order(actions)
    for action in actions:
        assert action.since <= max(at(days), at(30))
        assert action.by >= action.since
        assert action.officer == file.value.responsible.officer
        assert "None" not in sentence(action, at(days))
    rules = {action.rule for action in actions}
    if Rule.LATE in rules:
        assert standing(file.value.case, at(days)) is Standing.LATE
    assert Rule.ASLEEP not in rules or len(rules) == 1


def test_a_case_of_nowhere_has_nobody_to_act_but_the_service() -> None:
    file = replace(new_file().value, responsible=responsible_for(None, T0))

    assert [(each.academie, each.officer) for each in next_actions(file, at(12))] == [(None, None)]
