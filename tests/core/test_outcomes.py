"""What an outcome asks for: said all at once, and nothing half-written."""

import pytest

from dialer.core.callbacks.outcomes import (
    CAUSES,
    MEANINGS,
    CallbackOutcome,
    Group,
    Helpline,
    OutOfScope,
    Report,
    Structure,
    faults_of,
)
from dialer.core.numbers import Parsed
from dialer.core.places.territory import Territory
from dialer.core.words import E164
from tests.core.callback_world import window
from tests.core.world import T0, after

ANOTHER = Parsed(E164("+33199000002"), Territory.METROPOLE, "Europe/Paris")
NEEDED = {
    CallbackOutcome.A_RAPPELER: {"window"},
    CallbackOutcome.ORIENTE: {"structure"},
    CallbackOutcome.RDV_FIXE: {"date"},
}
DOMAIN = {
    Group.REACHED: "RDV_FIXE INFO_DONNEE ORIENTE A_RAPPELER REFUS DEJA_EN_SOLUTION TIERS_JOINT",
    Group.NOT_REACHED: "SANS_REPONSE OCCUPE REPONDEUR MESSAGE_LAISSE NUMERO_INVALIDE MAUVAIS_NUMERO INJOIGNABLE",
    Group.CLOSED: "ANNULE DOUBLON HORS_CHAMP OPPOSITION ALERTE_DANGER",
}


@pytest.mark.parametrize("group", Group)
def test_the_outcomes_are_those_of_the_domain_notes(group: Group) -> None:
    assert {outcome for outcome in CallbackOutcome if MEANINGS[outcome].group is group} == set(DOMAIN[group].split())


@pytest.mark.parametrize("outcome", CallbackOutcome)
def test_each_outcome_asks_for_its_follow_up_and_for_nothing_else(outcome: CallbackOutcome) -> None:
    assert {fault.where for fault in faults_of(Report(outcome), T0)} == NEEDED.get(outcome, set())


@pytest.mark.parametrize(
    "report",
    [
        Report(CallbackOutcome.A_RAPPELER, window=window(60, 120)),
        Report(CallbackOutcome.ORIENTE, structure=Structure.ML),
        Report(CallbackOutcome.ORIENTE, structure=Structure.PSAD, date=after(86400)),
        Report(CallbackOutcome.RDV_FIXE, date=after(86400), structure=Structure.CIO),
        Report(CallbackOutcome.RDV_FIXE, date=after(-86400)),
        Report(CallbackOutcome.TIERS_JOINT, window=window(60, 120)),
        Report(CallbackOutcome.ORIENTE, place="cio-laval"),
        Report(CallbackOutcome.RDV_FIXE, date=after(86400), place="cio-laval"),
        Report(CallbackOutcome.A_RAPPELER, window=window(60, 120), phone=ANOTHER),
        Report(CallbackOutcome.TIERS_JOINT, phone=ANOTHER),
        Report(CallbackOutcome.MAUVAIS_NUMERO, phone=ANOTHER),
        Report(CallbackOutcome.NUMERO_INVALIDE, phone=ANOTHER, window=window(60, 120)),
        Report(CallbackOutcome.HORS_CHAMP, out_of_scope=OutOfScope.OVER_25),
        Report(CallbackOutcome.ALERTE_DANGER, helpline=Helpline.ENFANCE_EN_DANGER),
    ],
)
def test_a_whole_report_has_no_fault(report: Report) -> None:
    assert faults_of(report, T0) == ()


def test_all_faults_of_a_report_are_told_at_once() -> None:
    report = Report(CallbackOutcome.ORIENTE, window=window(-120, -60), helpline=Helpline.SAMU)

    assert [fault.where for fault in faults_of(report, T0)] == ["window", "structure", "helpline", "window"]


def test_a_window_that_is_over_is_none() -> None:
    over, not_yet = window(-120, 0), window(-120, 1)

    assert [fault.what for fault in faults_of(Report(CallbackOutcome.A_RAPPELER, window=over), T0)] == ["it is over"]
    assert faults_of(Report(CallbackOutcome.A_RAPPELER, window=not_yet), T0) == ()


@pytest.mark.parametrize("outcome", [CallbackOutcome.MAUVAIS_NUMERO, CallbackOutcome.NUMERO_INVALIDE])
def test_nobody_is_promised_a_window_on_a_number_that_is_wrong(outcome: CallbackOutcome) -> None:
    assert [fault.where for fault in faults_of(Report(outcome, window=window(60, 120)), T0)] == ["phone"]


def test_another_number_and_a_structure_belong_to_what_leads_there_alone() -> None:
    for outcome, meaning in MEANINGS.items():
        found = {fault.where for fault in faults_of(Report(outcome, phone=ANOTHER, place="cio-laval"), T0)}
        assert ("phone" in found) is ("phone" not in meaning.may), outcome
        assert ("place" in found) is ("place" not in meaning.may), outcome
        assert "phone" not in meaning.may or not meaning.closes, outcome


def test_what_does_not_close_leads_on_by_an_attempt_or_a_window() -> None:
    on = {outcome for outcome in CallbackOutcome if not MEANINGS[outcome].closes}

    assert on == set(CAUSES) | {CallbackOutcome.A_RAPPELER}
