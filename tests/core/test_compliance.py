"""The gate before each dial: what it lets pass, what it refuses, in which order, and until when."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.callbacks.compliance import (
    VERIFIED,
    Allowed,
    Attempt,
    CallingRules,
    Dial,
    Limit,
    Mode,
    Refused,
    lawful_caller_id,
    may_dial,
)
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.places.territory import HOLIDAYS, Territory, homes
from dialer.core.reasons import SENTENCES, Reason
from dialer.core.words import E164
from schedules.calendar import HolidaySet, public_holiday
from schedules.hours import Hours, Period, Span, is_open
from schedules.walltime import PARIS
from schedules.windows import Window

MAIN = Hours((Period(date(2020, 1, 1), ((Span(600, 1200),),) * 5 + ((),) * 2),))
RULES = CallingRules()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
IN_PARIS = E164("+33199000001")
IN_REUNION = E164("+262262910042")
REUNION = ZoneInfo("Indian/Reunion")


def paris(text: str, zone: ZoneInfo = PARIS) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


NOON = paris("2026-03-16T12:00")
"""A Monday at noon: nothing speaks against a call."""


def dial(**changes: Any) -> Dial:
    """A request that the gate lets pass at NOON, with what the test changes."""
    plain = Dial(
        number=IN_PARIS,
        territory=Territory.METROPOLE,
        zone="Europe/Paris",
        postcode=None,
        service=MAIN,
        mode=Mode.PREVIEW,
        caller_id=E164("+33199000002"),
        chosen=None,
        case_attempts=(),
        number_attempts=(),
        declined_at=None,
        opposed=False,
        case_live=False,
        number_live=False,
        dialled_at=(),
        live=0,
    )
    return replace(plain, **changes)


def to_reunion(**changes: Any) -> Dial:
    return dial(number=IN_REUNION, territory=Territory.REUNION, zone="Indian/Reunion", **changes)


def tries(*days_ago: float, cause: AttemptCause | None = AttemptCause.NO_ANSWER) -> tuple[Attempt, ...]:
    return tuple(Attempt(NOON - timedelta(days=days), cause) for days in days_ago)


def tried(*days_ago: float, cause: AttemptCause | None = AttemptCause.NO_ANSWER) -> dict[str, Any]:
    attempts = tries(*days_ago, cause=cause)
    return {"case_attempts": attempts, "number_attempts": attempts}


def reason(answer: Allowed | Refused) -> Reason | None:
    return answer.reason if isinstance(answer, Refused) else None


def until(answer: Allowed | Refused) -> datetime | None:
    assert isinstance(answer, Refused)
    return answer.until


LUNCH = Window(paris("2026-03-16T13:00"), paris("2026-03-16T14:00"))


def test_a_call_that_nothing_speaks_against_is_allowed() -> None:
    assert may_dial(dial(), RULES, NOON) == Allowed()


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"number": E164("+33890123456")}, Refused(Reason.NUMBER, None)),
        ({"opposed": True}, Refused(Reason.OPPOSED, None)),
        ({"declined_at": NOON - 60 * DAY + MINUTE}, Refused(Reason.DECLINED, NOON + MINUTE)),
        ({"declined_at": NOON - 60 * DAY}, None),
        # The clock goes forward on 29/3, so 60 times 24 hours after a noon of winter are 13h of summer: lunch.
        ({"declined_at": NOON}, Refused(Reason.DECLINED, paris("2026-05-15T14:00"))),
        # Until the cap lifts too, 30 times 24 hours after the first: on Easter Monday, and on a Saturday.
        (tried(9, 8, 7, 6), Refused(Reason.LADDER, paris("2026-04-07T10:00"))),
        (tried(11, 8, 7, 6), Refused(Reason.CAP, paris("2026-04-07T10:00"))),
        (tried(30, 8, 7, 6), None),
        (tried(8, 7, 6), None),
        ({"case_attempts": tries(0.1, cause=None)}, Refused(Reason.CASE_LIVE, None)),
        ({"number_attempts": tries(0.1, cause=None)}, Refused(Reason.NUMBER_LIVE, None)),
        ({"case_live": True}, Refused(Reason.CASE_LIVE, None)),
        ({"number_live": True}, Refused(Reason.NUMBER_LIVE, None)),
        ({"caller_id": None}, Refused(Reason.CALLER_ID, None)),
        ({"mode": Mode.PROGRESSIVE}, Refused(Reason.CALLER_ID, None)),
        ({"live": 40}, Refused(Reason.AT_ONCE, None)),
        ({"live": 39}, None),
        ({"dialled_at": (NOON - 59 * MINUTE,) * 240}, Refused(Reason.HOUR, NOON + MINUTE)),
        ({"dialled_at": (NOON - 59 * MINUTE,) * 239}, None),
        ({"dialled_at": (NOON - HOUR,) * 240}, None),
    ],
)
def test_each_check_refuses_by_itself(changes: dict[str, Any], refused: Refused | None) -> None:
    assert may_dial(dial(**changes), RULES, NOON) == (refused or Allowed())


def test_the_ladder_and_the_cap_lift_when_the_oldest_attempt_is_far_enough_back() -> None:
    roomy = CallingRules(cap=Limit(100, 30))

    ladder = may_dial(dial(**tried(9, 8, 7, 6)), roomy, NOON)
    cap = may_dial(dial(**tried(28, 8, 7, 6)), RULES, NOON)

    assert ladder == Refused(Reason.LADDER, NOON + DAY)
    assert cap == Refused(Reason.CAP, NOON + 2 * DAY)


def test_attempts_that_cannot_have_rung_are_not_counted_but_bounded_all_the_same() -> None:
    failed = tried(0.4, 3, 2, 1, cause=AttemptCause.FAILED)
    stormy = dial(**tried(0.1, 0.2, 0.3, cause=AttemptCause.FAILED))

    assert may_dial(dial(**failed), RULES, NOON) == Allowed()
    assert reason(may_dial(stormy, RULES, NOON)) is Reason.NUMBER_DAY


def test_an_attempt_whose_adviser_was_lost_counts_for_the_cap_and_not_on_the_ladder() -> None:
    lost = dial(**tried(9, 8, 7, 6, cause=AttemptCause.ADVISER_LOST))

    assert reason(may_dial(lost, RULES, NOON)) is Reason.CAP


def test_an_attempt_of_unknown_fate_that_a_person_settled_counts() -> None:
    unknown = dial(**tried(9, 8, 7, 6, cause=AttemptCause.UNKNOWN))

    assert reason(may_dial(unknown, RULES, NOON)) is Reason.LADDER


def test_siblings_share_the_cap_of_their_number_and_not_the_ladder() -> None:
    sibling = dial(case_attempts=(), number_attempts=tries(9, 8, 7, 6))

    assert reason(may_dial(sibling, RULES, NOON)) is Reason.CAP


def test_another_number_is_no_way_round_the_cap() -> None:
    moved = dial(case_attempts=tries(20, 19), number_attempts=tries(18, 17))

    assert reason(may_dial(moved, RULES, NOON)) is Reason.CAP


def test_one_attempt_known_twice_counts_once() -> None:
    assert may_dial(dial(**tried(20, 19)), RULES, NOON) == Allowed()


def test_ten_in_paris_is_refused_in_reunion_in_winter_until_two_and_allowed_in_summer() -> None:
    winter, summer = paris("2026-01-14T10:00"), paris("2026-07-08T10:00")

    assert may_dial(to_reunion(), RULES, winter) == Refused(Reason.HOURS, paris("2026-01-14T14:00", REUNION))
    assert may_dial(to_reunion(), RULES, summer) == Allowed()


@pytest.mark.parametrize(
    ("at", "why", "allowed_at"),
    [
        ("2026-03-16T09:59", Reason.SERVICE_CLOSED, "2026-03-16T10:00"),
        ("2026-03-16T13:00", Reason.HOURS, "2026-03-16T14:00"),
        ("2026-03-20T20:00", Reason.SERVICE_CLOSED, "2026-03-23T10:00"),
        ("2026-05-01T12:00", Reason.SERVICE_CLOSED, "2026-05-04T10:00"),
        ("2026-03-27T20:00", Reason.SERVICE_CLOSED, "2026-03-30T10:00"),
        ("2026-10-23T20:00", Reason.SERVICE_CLOSED, "2026-10-26T10:00"),
    ],
)
def test_hours_are_refused_until_the_next_one_over_both_clock_changes(at: str, why: Reason, allowed_at: str) -> None:
    assert may_dial(dial(), RULES, paris(at)) == Refused(why, paris(allowed_at))


def test_a_holiday_is_called_a_holiday_where_the_person_lives() -> None:
    abolition = paris("2027-12-20T15:00")

    assert may_dial(dial(), RULES, abolition) == Allowed()
    assert may_dial(to_reunion(), RULES, abolition) == Refused(Reason.HOLIDAY, paris("2027-12-21T11:00"))


def test_the_day_of_saint_martin_is_configuration() -> None:
    there = dial(number=E164("+590690000000"), territory=Territory.SAINT_MARTIN, zone="America/Guadeloupe")
    other = CallingRules(holidays={**HOLIDAYS, Territory.SAINT_MARTIN: HolidaySet(abolition=(5, 27))})
    at = paris("2027-05-27T16:00")

    assert may_dial(there, RULES, at) == Allowed()
    assert reason(may_dial(there, other, at)) is Reason.HOLIDAY


def test_a_metropolitan_mobile_of_somebody_in_reunion_is_not_rung_in_their_night() -> None:
    evening = paris("2026-01-14T19:00")
    roaming = dial(number=E164("+33600000001"))

    assert may_dial(roaming, RULES, evening) == Allowed()
    assert may_dial(replace(roaming, postcode="97400"), RULES, evening) == Refused(
        Reason.HOURS, paris("2026-01-15T11:00")
    )


def test_tahiti_has_no_hour_until_somebody_chooses_one() -> None:
    tahiti = dial(number=E164("+68940412345"), territory=Territory.POLYNESIE, zone="Pacific/Tahiti")
    early = Window(paris("2026-03-16T19:00"), paris("2026-03-16T20:00"))

    assert may_dial(tahiti, RULES, NOON) == Refused(Reason.HOURS, None)
    assert may_dial(replace(tahiti, chosen=early), RULES, NOON) == Refused(Reason.TOO_EARLY, early.start_at)
    assert may_dial(replace(tahiti, chosen=early), RULES, early.start_at) == Allowed()


def test_a_chosen_window_beats_the_hours_and_binds_until_it_is_over() -> None:
    chosen = dial(chosen=LUNCH)

    assert may_dial(chosen, RULES, LUNCH.start_at) == Allowed()
    assert may_dial(chosen, RULES, NOON) == Refused(Reason.TOO_EARLY, LUNCH.start_at)
    assert may_dial(chosen, RULES, LUNCH.end_at) == Allowed()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"opposed": True}, Reason.OPPOSED),
        ({"declined_at": NOON - DAY}, Reason.DECLINED),
        (tried(9, 8, 7, 6), Reason.LADDER),
        (tried(19, 18, 7, 6), Reason.CAP),
        (tried(0.1, 0.2, 0.3), Reason.NUMBER_DAY),
        ({"number": E164("+33800000001")}, Reason.NUMBER),
    ],
)
def test_a_chosen_window_beats_nothing_else(changes: dict[str, Any], why: Reason) -> None:
    assert reason(may_dial(dial(chosen=LUNCH, **changes), RULES, LUNCH.start_at)) is why


def test_the_reason_told_is_that_of_the_first_check_and_the_instant_that_of_them_all() -> None:
    night = paris("2026-03-16T21:00")
    everything: list[tuple[Reason, dict[str, Any]]] = [
        (Reason.NUMBER, {"number": E164("+493023125000")}),
        (Reason.OPPOSED, {"opposed": True}),
        (Reason.DECLINED, {"declined_at": NOON - 59 * DAY}),
        (Reason.SERVICE_CLOSED, {}),
        (Reason.LADDER, {"case_attempts": tries(9, 8, 7, 6)}),
        (Reason.CAP, {"number_attempts": tries(0.1, 0.2, 0.3, 0.15)}),
        (Reason.CASE_LIVE, {"case_live": True}),
        (Reason.NUMBER_LIVE, {"number_live": True}),
        (Reason.CALLER_ID, {"mode": Mode.PREDICTIVE}),
        (Reason.NUMBER_DAY, {}),
        (Reason.HOUR, {"dialled_at": (night,) * 240}),
        (Reason.AT_ONCE, {"live": 41}),
    ]
    for first in range(len(everything)):
        changes = {key: value for _, change in everything[first:] for key, value in change.items()}
        at = night if first <= 3 else NOON
        if everything[first][0] in (Reason.NUMBER_DAY, Reason.HOUR, Reason.AT_ONCE):
            changes["number_attempts"] = tries(0.1, 0.2, 0.3) if first == 9 else ()
        assert may_dial(dial(**changes), RULES, at) == Refused(everything[first][0], None)

    both = dial(declined_at=night - 59 * DAY, dialled_at=(night,) * 240)
    assert may_dial(both, RULES, night) == Refused(Reason.DECLINED, paris("2026-03-18T10:00"))


@pytest.mark.parametrize(
    "number",
    [
        "+33800000001",
        "+33811000001",
        "+33890123456",
        "+33118218",
        "+333900",
        "+33112",
        "+3315",
        "+493023125000",
        "+37793150000",
        "+442079460000",
        "+262800123456",
        "+262890123456",
        "+687360123",
        "+33269600001",
        "+33596000001",
        "+33699",
        "0199000001",
        "+33 1 99 00 00 01",
        "anonymous",
        "",
        "+" + "1" * 400,
    ],
)
def test_fraud_finds_no_number(number: str) -> None:
    assert may_dial(dial(number=E164(number)), RULES, NOON) == Refused(Reason.NUMBER, None)


def test_an_08_line_of_ours_may_be_dialled_and_no_other() -> None:
    ours = CallingRules(own=frozenset({E164("+33800122500"), E164("+493023125000")}))

    assert may_dial(dial(number=E164("+33800122500")), ours, NOON) == Allowed()
    assert reason(may_dial(dial(number=E164("+33800122501")), ours, NOON)) is Reason.NUMBER
    assert reason(may_dial(dial(number=E164("+493023125000")), ours, NOON)) is Reason.NUMBER


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize(
    ("caller_id", "ordinary", "automatic"),
    [
        ("+33199000002", True, False),
        ("+33261910002", True, False),
        ("+33900000001", True, False),
        ("+33947400000", True, False),
        ("+33800122500", True, True),
        ("+33809000001", True, True),
        ("+33162000001", True, True),
        ("+33949000001", True, True),
        ("+33947500001", True, True),
        ("+262947900001", True, True),
        ("+33600000001", False, False),
        ("+33700000001", False, False),
        ("+33810000001", False, False),
        ("+33890000001", False, False),
        ("+262692000001", False, False),
        ("+49162123456", False, False),
        ("+49162000001", False, False),
        ("+331990000021", False, False),
        ("+33162", False, False),
        ("0199000002", False, False),
        ("3900", False, False),
        ("", False, False),
    ],
)
def test_the_number_shown_is_lawful_for_the_way_of_dialling(
    mode: Mode, caller_id: str, ordinary: bool, automatic: bool
) -> None:
    lawful = automatic if mode in (Mode.PROGRESSIVE, Mode.PREDICTIVE) else ordinary

    assert lawful_caller_id(caller_id, mode, RULES) is lawful
    assert reason(may_dial(dial(mode=mode, caller_id=E164(caller_id)), RULES, NOON)) is (
        None if lawful else Reason.CALLER_ID
    )


def test_the_verified_ranges_are_those_of_the_plan() -> None:
    told = "0162 0163 0270 0271 0377 0378 0424 0425 0568 0569 0948 0949 09475 09476 09477 09478 09479"

    assert ["0" + each for each in VERIFIED] == told.split()


ODD = [
    None,
    "",
    "x",
    -1,
    1,
    0.5,
    True,
    (),
    [],
    {},
    (None,),
    object(),
    NOON.replace(tzinfo=None),
    NOON.replace(year=9999),
]


@pytest.mark.parametrize("name", [field.name for field in fields(Dial)])
@pytest.mark.parametrize("odd", ODD)
def test_an_odd_value_never_opens_the_gate_and_never_breaks_it(name: str, odd: object) -> None:
    sensible: dict[str, tuple[object, ...]] = {
        "postcode": (None, "", "x"),
        "chosen": (None,),
        "declined_at": (None,),
        "case_attempts": ((),),
        "number_attempts": ((),),
        "dialled_at": ((),),
        "live": (1,),
    }
    answer = may_dial(dial(**{name: odd}), RULES, NOON)

    if any(odd is value or (type(odd) is type(value) and odd == value) for value in sensible.get(name, ())):
        assert answer == Allowed()
    else:
        assert isinstance(answer, Refused)
        assert answer.until is None


@pytest.mark.parametrize(
    "changes",
    [
        {"territory": Territory.REUNION, "zone": "Indian/Reunion"},
        {"zone": "Indian/Reunion"},
        {"zone": "Europe/Berlin"},
        {"territory": "metropole"},
        {"mode": "preview"},
        {"opposed": 0},
        {"live": True},
        {"live": -1},
        {"declined_at": datetime(1970, 1, 1, tzinfo=UTC)},
        {"declined_at": datetime(9999, 12, 31, tzinfo=UTC)},
        {"dialled_at": (NOON.replace(tzinfo=None),)},
        {"case_attempts": [Attempt(NOON - DAY, AttemptCause.BUSY)]},
        {"case_attempts": (NOON,)},
        {"number_attempts": (Attempt(NOON, "busy"),)},  # type: ignore[arg-type]
        {"number_attempts": (Attempt(NOON.replace(tzinfo=None), AttemptCause.BUSY),)},
        {"chosen": (NOON, NOON + HOUR)},
        {"chosen": Window(NOON - HOUR, NOON + 24 * HOUR)},
        {"chosen": Window(datetime(1990, 1, 1, tzinfo=UTC), datetime(1990, 1, 1, 2, tzinfo=UTC))},
    ],
)
def test_values_that_disagree_or_cannot_be_are_odd(changes: dict[str, Any]) -> None:
    assert may_dial(dial(**changes), RULES, NOON) == Refused(Reason.ODD, None)


def test_an_instant_without_a_zone_is_odd() -> None:
    assert may_dial(dial(), RULES, NOON.replace(tzinfo=None)) == Refused(Reason.ODD, None)


def test_a_window_of_a_whole_day_is_the_longest_choice() -> None:
    assert may_dial(dial(chosen=Window(NOON, NOON + DAY)), RULES, NOON) == Allowed()


def test_a_clock_put_back_forgets_nothing() -> None:
    ahead = dial(**tried(-0.01, -0.02, -0.03, -0.04))

    assert reason(may_dial(ahead, RULES, NOON)) is Reason.LADDER


def test_bounds_that_would_shut_the_gate_for_good_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        CallingRules(hour_max=0)
    with pytest.raises(ValueError, match="at least one attempt"):
        Limit(0, 10)
    with pytest.raises(ValueError, match="no holidays are given for guadeloupe"):
        CallingRules(holidays={Territory.METROPOLE: HolidaySet()})


def test_every_reason_has_a_sentence_of_its_own_in_both_languages() -> None:
    assert set(SENTENCES) == set(Reason)
    assert len({sentence.en for sentence in SENTENCES.values()}) == len(Reason)
    assert len({sentence.fr for sentence in SENTENCES.values()}) == len(Reason)
    assert all(text.endswith(".") for sentence in SENTENCES.values() for text in (sentence.en, sentence.fr))


# --- Properties: small limits, so that every check is met often, and a plain reading of the rules beside them.

TIGHT = CallingRules(
    ladder=replace(RULES.ladder, attempts_max=2, days=1),
    cap=replace(RULES.cap, attempts_max=3, days=2),
    declined_days=2,
    number_day_max=2,
    hour_max=2,
    at_once_max=2,
)
PEOPLE = (
    (IN_PARIS, Territory.METROPOLE, "Europe/Paris", None),
    (IN_PARIS, Territory.METROPOLE, "Europe/Paris", "67000"),
    (IN_PARIS, Territory.METROPOLE, "Europe/Paris", "97400"),
    (IN_REUNION, Territory.REUNION, "Indian/Reunion", None),
    (E164("+590690000000"), Territory.SAINT_MARTIN, "America/Guadeloupe", "97150"),
    (E164("+68987123456"), Territory.POLYNESIE, "Pacific/Marquesas", "98742"),
)
moments = st.builds(
    lambda around, minutes: around + minutes * MINUTE,
    st.sampled_from([NOON, *(paris(f"2026-{day}T12:00") for day in ("03-27", "10-23", "12-24", "05-01"))]),
    st.integers(-3 * 1440, 3 * 1440),
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[Dial, datetime]:
    at = draw(moments)
    number, territory, zone, postcode = draw(st.sampled_from(PEOPLE))
    back = st.integers(0, 3 * 1440).map(lambda minutes: at - minutes * MINUTE)
    causes = st.sampled_from([AttemptCause.BUSY, AttemptCause.FAILED, AttemptCause.ADVISER_LOST])
    attempts = st.lists(st.builds(Attempt, back, causes), max_size=4).map(tuple)
    ahead = st.builds(
        lambda start, length: Window(at + start * MINUTE, at + (start + length) * MINUTE),
        st.integers(-300, 3000),
        st.integers(1, 600),
    )
    request = dial(
        number=number,
        territory=territory,
        zone=zone,
        postcode=postcode,
        chosen=draw(st.none() | ahead),
        case_attempts=draw(attempts),
        number_attempts=draw(attempts),
        declined_at=draw(st.none() | back),
        dialled_at=draw(st.lists(st.integers(0, 90).map(lambda minutes: at - minutes * MINUTE), max_size=3).map(tuple)),
        opposed=draw(st.sampled_from([False] * 9 + [True])),
        live=draw(st.sampled_from([0] * 9 + [2])),
    )
    return request, at


def oracle(request: Dial, at: datetime) -> bool:
    """May it be dialled under TIGHT? The rules read aloud, without a thought for `until`."""

    def on_the_wall(zone: ZoneInfo, observed: HolidaySet) -> bool:
        shown = at.astimezone(zone)
        return (
            shown.weekday() < 5
            and (10 <= shown.hour < 13 or 14 <= shown.hour < 20)
            and public_holiday(shown.date(), observed) is None
        )

    def within(attempts: set[Attempt], days: int, *uncounted: AttemptCause) -> int:
        return sum(at - timedelta(days=days) < each.at and each.cause not in uncounted for each in attempts)

    chosen = request.chosen
    if chosen is not None and at < chosen.end_at:
        polite = chosen.start_at <= at
    else:
        polite = all(
            on_the_wall(home.zone, home.observed) for home in homes(request.territory, request.zone, request.postcode)
        )
    case, number = set(request.case_attempts), set(request.number_attempts)
    never, lost = (AttemptCause.FAILED, AttemptCause.UNPLACED), (AttemptCause.ADVISER_LOST, AttemptCause.CROSSED)
    return (
        not request.opposed
        and (request.declined_at is None or at - request.declined_at >= 2 * DAY)
        and is_open(MAIN, at)
        and polite
        and within(case, 1, *never, *lost) < 2
        and within(case | number, 2, *never) < 3
        and sum(at - DAY < each.at for each in request.number_attempts) < 2
        and sum(at - HOUR < each for each in request.dialled_at) < 2
        and request.live < 2
    )


@settings(max_examples=400, deadline=None)
@given(asked=requests())
def test_the_gate_answers_as_the_rules_read_aloud(asked: tuple[Dial, datetime]) -> None:
    request, at = asked

    assert (may_dial(request, TIGHT, at) == Allowed()) is oracle(request, at)


@settings(max_examples=100, deadline=None)
@given(asked=requests())
def test_until_is_the_first_instant_at_which_the_same_request_is_allowed(asked: tuple[Dial, datetime]) -> None:
    request, at = asked
    answer = may_dial(request, TIGHT, at)
    if isinstance(answer, Allowed):
        return
    if answer.until is None:
        hopeless = request.opposed or request.live >= 2
        tahiti = request.territory is Territory.POLYNESIE
        assert hopeless or tahiti
        assert not any(oracle(request, at + ahead * 10 * MINUTE) for ahead in range(6 * 24 * 4))
        return
    assert answer.until > at
    assert answer.until.tzinfo is UTC
    assert may_dial(request, TIGHT, answer.until) == Allowed()
    # All instants of these tests are whole minutes, so no step but a minute's could jump over an earlier one.
    step = at
    while step < answer.until:
        assert not oracle(request, step)
        step += MINUTE if answer.until - at < DAY else 7 * MINUTE
    assert not oracle(request, answer.until - MINUTE)


@settings(max_examples=200, deadline=None)
@given(asked=requests(), automatic=st.booleans())
def test_nobody_who_chose_nothing_is_called_outside_their_hours(asked: tuple[Dial, datetime], automatic: bool) -> None:
    request, at = asked
    caller_id = E164("+33162000001") if automatic else request.caller_id
    mode = Mode.PROGRESSIVE if automatic else Mode.PREVIEW
    answer = may_dial(replace(request, chosen=None, mode=mode, caller_id=caller_id), TIGHT, at)

    if answer == Allowed():
        for home in homes(request.territory, request.zone, request.postcode):
            shown = at.astimezone(home.zone)
            assert shown.weekday() < 5
            assert shown.hour in (10, 11, 12, 14, 15, 16, 17, 18, 19)
            assert public_holiday(shown.date(), home.observed) is None
