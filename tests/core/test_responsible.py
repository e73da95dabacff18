"""Who answers for a case: by postcode, by assignment, by transfer."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.cases.responsible import (
    REASON_MAX,
    SENTENCES,
    CaseAssigned,
    CaseTransferred,
    HandoverEvent,
    How,
    Officer,
    OfficerId,
    PostcodeLearnt,
    Refused,
    Responsible,
    ToAcademie,
    ToNationalPool,
    ToOfficer,
    Turn,
    Why,
    handed_over,
    orphaned,
    responsible_for,
    suggested,
)
from dialer.core.places.academie import ACADEMIES, AcademieCode, NoAcademie
from dialer.core.revision import Stale, Versioned, revise

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
LYON, GRENOBLE, PARIS = AcademieCode("10"), AcademieCode("08"), AcademieCode("01")
LEA, OMAR, INES, ZOE = OfficerId("lea"), OfficerId("omar"), OfficerId("ines"), OfficerId("zoe")
GONE = OfficerId("gone")
OFFICERS = {
    officer.id: officer
    for officer in (
        Officer(LEA, frozenset({LYON})),
        Officer(OMAR, frozenset({LYON, GRENOBLE})),
        Officer(INES, frozenset({GRENOBLE})),
        Officer(ZOE, frozenset()),
    )
}


def assign(officer: OfficerId, by: str = "coordination") -> CaseAssigned:
    return CaseAssigned(LATER, by, officer)


def transfer(to: ToAcademie | ToOfficer | ToNationalPool, reason: str = "a déménagé") -> CaseTransferred:
    return CaseTransferred(LATER, "lea", to, reason)


def made(now: Responsible, event: HandoverEvent) -> Responsible:
    found = handed_over(now, event, OFFICERS)
    assert isinstance(found, Responsible)
    return found


def refused(now: Responsible, event: HandoverEvent, *, ended: bool = False) -> tuple[Why, ...]:
    found = handed_over(now, event, OFFICERS, ended=ended)
    assert isinstance(found, Refused)
    return found.whys


in_lyon = responsible_for("69003", AT)
in_pool = responsible_for(None, AT)
with_lea = made(in_lyon, assign(LEA))


def test_a_new_case_goes_to_the_academie_of_its_postcode() -> None:
    assert (in_lyon.academie, in_lyon.officer, in_lyon.since) == (LYON, None, AT)
    assert in_lyon.history == (Turn(AT, How.POSTCODE, LYON),)


@pytest.mark.parametrize(
    ("postcode", "why"),
    [
        (None, NoAcademie.NO_POSTCODE),
        ("98000", NoAcademie.MONACO),
        ("98800", NoAcademie.VICE_RECTORAT),
        ("99123", NoAcademie.UNKNOWN),
        ("690", NoAcademie.NOT_A_POSTCODE),
    ],
)
def test_a_case_of_no_academie_waits_in_the_national_pool_with_the_reason(
    postcode: str | None, why: NoAcademie
) -> None:
    found = responsible_for(postcode, AT)

    assert (found.academie, found.officer) == (None, None)
    assert found.history[-1].pooled is why


def test_an_officer_of_the_academie_is_given_a_case() -> None:
    assert with_lea.history == (*in_lyon.history, Turn(LATER, How.ASSIGNED, LYON, LEA, "coordination"))
    assert (with_lea.academie, with_lea.officer, with_lea.since) == (LYON, LEA, LATER)


def test_an_officer_of_two_academies_is_given_a_case_of_either() -> None:
    assert made(in_lyon, assign(OMAR)).officer == OMAR
    assert made(responsible_for("38000", AT), assign(OMAR)).officer == OMAR


def test_a_transfer_to_another_academie_leaves_it_with_no_officer_and_keeps_the_reason() -> None:
    moved = made(with_lea, transfer(ToAcademie(GRENOBLE), "  a déménagé à Voiron "))

    assert (moved.academie, moved.officer) == (GRENOBLE, None)
    assert moved.history[-1] == Turn(LATER, How.TRANSFERRED, GRENOBLE, None, "lea", "a déménagé à Voiron")
    assert moved.history[:-1] == with_lea.history


def test_an_officer_gives_a_case_back_to_their_own_academie() -> None:
    back = made(with_lea, transfer(ToAcademie(LYON), "en congé"))

    assert (back.academie, back.officer) == (LYON, None)


def test_a_case_goes_from_officer_to_officer_with_a_reason() -> None:
    moved = made(with_lea, transfer(ToOfficer(OMAR), "le connaît déjà"))

    assert (moved.academie, moved.officer, moved.history[-1].reason) == (LYON, OMAR, "le connaît déjà")


def test_a_case_of_nobody_knows_whom_goes_to_the_national_pool() -> None:
    moved = made(with_lea, transfer(ToNationalPool()))

    assert (moved.academie, moved.officer) == (None, None)
    assert moved.history[-1].pooled is None


@pytest.mark.parametrize(
    ("now", "event", "whys"),
    [
        (in_lyon, assign(GONE), (Why.UNKNOWN_OFFICER,)),
        (in_lyon, assign(INES), (Why.OTHER_ACADEMIE,)),
        (in_lyon, assign(ZOE), (Why.OTHER_ACADEMIE,)),
        (in_pool, assign(LEA), (Why.IN_POOL,)),
        (in_pool, assign(GONE), (Why.UNKNOWN_OFFICER, Why.IN_POOL)),
        (with_lea, assign(LEA), (Why.ALREADY_THEIRS,)),
        (with_lea, assign(OMAR), (Why.HELD,)),
        (with_lea, assign(INES), (Why.OTHER_ACADEMIE,)),
        (with_lea, transfer(ToOfficer(INES)), (Why.OTHER_ACADEMIE,)),
        (with_lea, transfer(ToOfficer(LEA)), (Why.ALREADY_THEIRS,)),
        (with_lea, transfer(ToOfficer(GONE), ""), (Why.NO_REASON, Why.UNKNOWN_OFFICER)),
        (with_lea, transfer(ToOfficer(OMAR), " \n\t"), (Why.NO_REASON,)),
        (with_lea, transfer(ToOfficer(OMAR), "a" * (REASON_MAX + 1)), (Why.LONG_REASON,)),
        (with_lea, transfer(ToAcademie(AcademieCode("99"))), (Why.UNKNOWN_ACADEMIE,)),
        (with_lea, transfer(ToAcademie(AcademieCode("99")), ""), (Why.NO_REASON, Why.UNKNOWN_ACADEMIE)),
        (in_lyon, transfer(ToAcademie(LYON)), (Why.ALREADY_THERE,)),
        (in_pool, transfer(ToNationalPool()), (Why.ALREADY_THERE,)),
        (in_pool, transfer(ToOfficer(LEA)), (Why.IN_POOL,)),
    ],
)
def test_what_may_not_be_is_refused_with_all_its_reasons(
    now: Responsible, event: HandoverEvent, whys: tuple[Why, ...]
) -> None:
    assert refused(now, event) == whys


def test_the_longest_reason_is_taken() -> None:
    assert made(with_lea, transfer(ToOfficer(OMAR), " " + "a" * REASON_MAX + " ")).officer == OMAR


def test_from_the_pool_an_academie_comes_first_and_then_an_officer() -> None:
    moved = made(in_pool, transfer(ToAcademie(LYON), "habite Lyon"))

    assert made(moved, assign(LEA)).officer == LEA


@pytest.mark.parametrize("event", [assign(LEA), transfer(ToAcademie(GRENOBLE))])
def test_a_case_that_has_ended_is_handed_to_nobody(event: HandoverEvent) -> None:
    assert refused(in_lyon, event, ended=True) == (Why.ENDED,)


def test_every_reason_has_its_sentence_in_both_languages() -> None:
    assert set(SENTENCES) == set(Why)
    assert all(sentence.en.endswith(".") and sentence.fr.endswith(".") for sentence in SENTENCES.values())


# -- a postcode that is learnt later ----------------------------------------------------------------


def test_a_postcode_that_is_learnt_brings_a_case_out_of_the_pool() -> None:
    found = made(in_pool, PostcodeLearnt(LATER, "69003"))

    assert found.history == (*in_pool.history, Turn(LATER, How.POSTCODE, LYON))


def test_a_postcode_of_no_academie_changes_the_reason_only() -> None:
    found = made(in_pool, PostcodeLearnt(LATER, "98800"))

    assert (found.academie, found.history[-1].pooled) == (None, NoAcademie.VICE_RECTORAT)
    assert made(found, PostcodeLearnt(LATER, "98714")) is found


@pytest.mark.parametrize("postcode", ["75011", "98800", None])
@pytest.mark.parametrize(
    "now",
    [in_lyon, with_lea, made(with_lea, transfer(ToNationalPool())), made(in_lyon, transfer(ToAcademie(GRENOBLE)))],
)
def test_where_an_academie_or_a_person_decided_a_postcode_moves_nothing(now: Responsible, postcode: str | None) -> None:
    assert made(now, PostcodeLearnt(LATER, postcode)) is now


def test_a_postcode_learnt_after_the_end_moves_nothing() -> None:
    assert handed_over(in_pool, PostcodeLearnt(LATER, "69003"), OFFICERS, ended=True) is in_pool


# -- whom to suggest, whom to miss ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("postcode", "in_hand", "officer"),
    [
        ("69003", {}, LEA),
        ("69003", {LEA: 2, OMAR: 1}, OMAR),
        ("69003", {LEA: 2, OMAR: 2}, LEA),
        ("69003", {LEA: 1}, OMAR),
        ("38000", {OMAR: 3, INES: 3}, INES),
        ("75011", {}, None),
        (None, {}, None),
    ],
)
def test_the_officer_of_the_academie_with_fewest_cases_is_suggested(
    postcode: str | None, in_hand: dict[OfficerId, int], officer: OfficerId | None
) -> None:
    assert suggested(responsible_for(postcode, AT), OFFICERS.values(), in_hand) == officer


def test_a_case_whose_officer_left_is_noticed() -> None:
    moved_away = {**OFFICERS, LEA: Officer(LEA, frozenset({PARIS}))}

    assert not orphaned(with_lea, OFFICERS)
    assert orphaned(with_lea, moved_away)
    assert orphaned(with_lea, {OMAR: OFFICERS[OMAR]})
    assert not orphaned(in_lyon, {})


def test_somebody_answers_for_every_case() -> None:
    with pytest.raises(ValueError, match="first instant"):
        Responsible(())


# -- any sequence -----------------------------------------------------------------------------------

academies = st.sampled_from([LYON, GRENOBLE, PARIS, AcademieCode("99")])
officers = st.sampled_from([LEA, OMAR, INES, ZOE, GONE])
reasons = st.sampled_from(["", " ", "a déménagé", "x" * (REASON_MAX + 1)])
events = st.one_of(
    st.builds(CaseAssigned, st.just(LATER), st.just("lea"), officers),
    st.builds(
        CaseTransferred,
        st.just(LATER),
        st.just("lea"),
        st.builds(ToAcademie, academies) | st.builds(ToOfficer, officers) | st.just(ToNationalPool()),
        reasons,
    ),
    st.builds(PostcodeLearnt, st.just(LATER), st.sampled_from([None, "69003", "38000", "98800", "98000"])),
)


@given(st.sampled_from([None, "69003", "01200", "98800"]), st.lists(events, max_size=12))
def test_whatever_happens_history_only_grows_and_nobody_holds_a_case_of_elsewhere(
    postcode: str | None, happened: list[HandoverEvent]
) -> None:
    now = responsible_for(postcode, AT)
    for event in happened:
        found = handed_over(now, event, OFFICERS)
        if isinstance(found, Refused):
            assert found.whys
            assert len(set(found.whys)) == len(found.whys)
            continue
        assert found.history[: len(now.history)] == now.history
        assert len(found.history) - len(now.history) in (0, 1)
        assert isinstance(event, PostcodeLearnt) or found != now
        assert found.academie is None or found.academie in ACADEMIES
        assert found.officer is None or found.academie in OFFICERS[found.officer].academies
        assert not orphaned(found, OFFICERS)
        now = found
    for turn in now.history:
        assert bool(turn.reason) == (turn.how is How.TRANSFERRED)
        assert (turn.by is None) == (turn.how is How.POSTCODE)
        assert turn.pooled is None or turn.academie is None


def test_of_two_who_assign_one_case_at_once_the_second_is_told() -> None:
    file = Versioned(in_lyon)
    first = revise(file, 0, LATER, "lea", "assigned", lambda now: handed_over(now, assign(LEA), OFFICERS))
    assert isinstance(first, Versioned)
    second = revise(first, 0, LATER, "omar", "assigned", lambda now: handed_over(now, assign(OMAR), OFFICERS))
    again = revise(first, 1, LATER, "omar", "assigned", lambda now: handed_over(now, assign(OMAR), OFFICERS))

    assert isinstance(second, Stale)
    assert [(edit.by, edit.what) for edit in second.meanwhile] == [("lea", "assigned")]
    assert again == Refused((Why.HELD,))
    assert first.value.officer == LEA
