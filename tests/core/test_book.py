"""The book: whose case a request is, what they are told, what is promised in which slot, and what an outcome ends."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.callbacks import states
from dialer.core.callbacks.book import Asked, Book, Kept
from dialer.core.callbacks.compliance import Allowed, Refused
from dialer.core.callbacks.outcomes import MEANINGS, CallbackOutcome, Report, Structure
from dialer.core.callbacks.request import AskedBy, Request, Source
from dialer.core.callbacks.rules import SlotRules
from dialer.core.callbacks.states import Callback, CallbackState, CaseId, Closed, Due, Requested, Resting, Unsettled
from dialer.core.cases.case import Appointment, Case, Flag, Kind, Standing, standing
from dialer.core.in_force import InForce
from dialer.core.numbers import Parsed
from dialer.core.places.territory import Territory
from dialer.core.reasons import Reason
from dialer.core.reference import serial_of
from dialer.core.rules import Rules
from dialer.core.words import E164, AdviserId, By, CallId, Instant, LegId, OfferId
from schedules.windows import Window
from tests.core.world import ALWAYS, CLOSING, DIRECT, DROPOUT, MAIN, OFFICE, T0, after, rules, team

KEY = bytes(range(16))
NADIA = Parsed(E164("+33199000101"), Territory.METROPOLE, "Europe/Paris")
LINA = Parsed(E164("+33199000102"), Territory.METROPOLE, "Europe/Paris")
REMI = Parsed(E164("+262262910042"), Territory.REUNION, "Indian/Reunion")
BORN = date(2007, 5, 1)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def taking(hours: object = ALWAYS, **changes: object) -> Rules:
    """Four advisers, one of them reserved, whose lines all take requests; two hours of two callbacks each."""
    made = replace(rules(team(a=1, b=1, c=1, d=1)), **changes)  # type: ignore[arg-type]
    lines = {key: replace(line, callback_queue=MAIN, hours=hours) for key, line in made.lines.items()}  # type: ignore[arg-type]
    queues = {key: replace(queue, callback_handling_s=3600) for key, queue in made.queues.items()}
    return replace(made, lines=lines, queues=queues)


class Desk:
    """A book, with the hand that keeps what it answers."""

    def __init__(self, of: Rules | None = None, kept: Kept | None = None, now: Instant = T0) -> None:
        self.in_force, self.now = InForce(of or taking()), now
        self.book = Book(self.in_force, KEY, kept or Kept(), now)

    def ask(self, request: Request | None = None, at: Instant | None = None) -> Asked:
        asked = self.book.ask(request or wish(), at or self.now, None)
        self.book.keep_case(asked.case)
        if asked.step is not None:
            self.book.keep(asked.step.callback, at or self.now)
        return asked

    def callback(self, asked: Asked) -> Callback:
        return self.book.callbacks[asked.intake.booking.id]

    def be(self, asked: Asked, state: CallbackState, **changes: object) -> Callback:
        after_it = replace(self.callback(asked), state=state, **changes)  # type: ignore[arg-type]
        self.book.keep(after_it, self.now)
        return after_it

    def close(self, asked: Asked, report: Report) -> Case | None:
        """What the outcome makes of its case."""
        closed = self.be(asked, Closed(self.now, By.PERSON, report))
        case = self.book.settle_case(closed)
        if case is not None:
            self.book.keep_case(case)
        return case


def wish(phone: Parsed = NADIA, window: Window | None = None, **fields: object) -> Request:
    whole = Request(
        Kind.RTF, DIRECT, MAIN, phone, AskedBy.YOUNG_PERSON, Source.WEB, window, first_name="Nadia", birth_date=BORN
    )
    return replace(whole, **fields)  # type: ignore[arg-type]


def numbered(n: int) -> Parsed:
    return Parsed(E164(f"+331990002{n:02}"), Territory.METROPOLE, "Europe/Paris")


# -- whose case it is -------------------------------------------------------------------------------


def test_a_request_of_the_same_number_without_a_conflict_is_the_same_case_and_no_second_callback() -> None:
    desk = Desk()
    first = desk.ask(wish(first_name=None, birth_date=None))
    second = desk.ask(wish(birth_date=None))
    third = desk.ask(wish())

    assert {each.intake.booking.id for each in (first, second, third)} == {first.intake.booking.id}
    (case,) = desk.book.cases.values()
    assert (case.first_name, case.birth_date, case.received_at) == ("Nadia", BORN, T0)
    assert len({each.intake.booking.reference for each in (first, second, third)}) == 3


@pytest.mark.parametrize(
    "other", [{"birth_date": date(2009, 1, 1)}, {"first_name": "Sami"}, {"kind": Kind.INFORMATION}]
)
def test_another_person_or_another_kind_at_the_same_number_is_a_case_of_its_own_linked(
    other: dict[str, object],
) -> None:
    desk = Desk()
    first, second = desk.ask(), desk.ask(replace(wish(), **other))  # type: ignore[arg-type]

    assert second.case.id != first.case.id
    assert second.case.linked == (first.case.id,)
    assert desk.book.of_number(NADIA.number) == (desk.callback(first), desk.callback(second))


def test_the_same_name_at_another_number_is_another_case_and_not_linked() -> None:
    desk = Desk()
    first, second = desk.ask(), desk.ask(wish(LINA))

    assert second.case.id != first.case.id
    assert second.case.linked == ()


def test_who_has_an_appointment_and_asks_again_is_called_in_the_same_case() -> None:
    desk = Desk()
    first = desk.ask()
    desk.close(first, Report(CallbackOutcome.RDV_FIXE, date=T0 + DAY))
    second = desk.ask(at=T0 + HOUR)

    assert second.case.id == first.case.id
    assert second.intake.booking.id != first.intake.booking.id
    assert second.intake.booking.legal_deadline_at == first.intake.booking.legal_deadline_at


def test_who_asks_again_after_the_end_of_their_case_begins_a_new_one() -> None:
    desk = Desk()
    first = desk.ask()
    desk.close(first, Report(CallbackOutcome.INFO_DONNEE))
    second = desk.ask(at=T0 + HOUR)

    assert second.case.id != first.case.id
    assert second.case.linked == ()
    assert second.case.received_at == T0 + HOUR


# -- the newest wish --------------------------------------------------------------------------------

LATER, LATEST = Window(after(7200), after(14_400)), Window(after(14_400), after(21_600))


@pytest.mark.parametrize(
    ("before", "now", "stands"), [(None, LATER, LATER), (LATER, LATEST, LATEST), (LATER, None, None)]
)
def test_who_asks_again_has_the_newest_wish(before: Window | None, now: Window | None, stands: Window | None) -> None:
    desk = Desk()
    first = desk.ask(wish(window=before))
    second = desk.ask(wish(window=now), T0 + timedelta(minutes=5))

    assert second.intake.booking.promised == stands
    assert desk.callback(first).window == stands
    assert second.intake.booking.due_at == (T0 + timedelta(minutes=5) if stands is None else stands.start_at)
    assert sum(desk.book.promised(MAIN).values()) == (stands is not None)


def test_who_asks_again_for_what_they_have_keeps_their_place() -> None:
    desk = Desk()
    first = desk.ask()
    again = desk.ask(at=T0 + HOUR)

    assert again.step is None
    assert desk.callback(first).place == T0
    assert again.intake.booking.due_at == T0


def test_who_asks_again_while_they_are_being_called_is_registered_and_the_call_goes_on() -> None:
    desk = Desk()
    first = desk.ask()
    dialling = states.Dialling(AdviserId("a"), LegId("l-a1"), LegId("l-x1"), 1, after(40))
    desk.be(first, dialling, attempts=(states.Attempt(1, LegId("l-x1"), T0, AdviserId("a")),))
    again = desk.ask(wish(window=LATER))

    assert again.step is None
    assert (again.intake.booking.state, again.intake.booking.promised) == ("dialling", None)
    assert desk.callback(first).state == dialling


# -- what they are told -----------------------------------------------------------------------------


def test_what_they_are_told_is_whole() -> None:
    desk = Desk(kept=Kept(next_serial=41))
    booking = desk.ask(wish(window=LATER)).intake.booking

    assert serial_of(booking.reference, KEY) == 41
    assert (booking.id, booking.case) == (f"cb-{booking.reference}", f"case-{booking.reference}")
    assert (booking.state, booking.flags, booking.promised) == ("requested", (), LATER)
    assert booking.due_at == LATER.start_at
    assert booking.legal_deadline_at == datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("born", "flags"),
    [
        (date(2010, 3, 17), (Flag.UNDER_16,)),
        (date(2010, 3, 16), (Flag.OBLIGATION_DE_FORMATION,)),
        (date(2000, 3, 17), ()),
        (date(2000, 3, 16), (Flag.OVER_25,)),
        (None, ()),
    ],
)
def test_age_is_told_and_refuses_nobody(born: date | None, flags: tuple[Flag, ...]) -> None:
    assert Desk().ask(wish(birth_date=born)).intake.booking.flags == flags


def test_when_they_are_called_is_told_by_their_own_hours() -> None:
    """10h in Paris is 13h in La Réunion in winter: the afternoon begins there at 14h."""
    assert Desk().ask(wish(REMI)).intake.booking.due_at == T0 + HOUR
    evening = datetime(2026, 3, 16, 20, tzinfo=UTC)
    assert Desk(now=evening).ask().intake.booking.due_at == datetime(2026, 3, 17, 9, tzinfo=UTC)
    friday = datetime(2026, 3, 20, 20, tzinfo=UTC)
    assert Desk(now=friday).ask().intake.booking.due_at == datetime(2026, 3, 23, 9, tzinfo=UTC)


def test_a_talk_has_no_legal_deadline() -> None:
    assert Desk().ask(wish(kind=Kind.INFORMATION)).intake.booking.legal_deadline_at is None


def test_a_caller_who_gave_up_waiting_keeps_their_place() -> None:
    asked = Desk().ask(wish(source=Source.PHONE, place=T0 - HOUR))

    assert asked.step is not None
    assert asked.step.callback.place == T0 - HOUR
    assert asked.intake.booking.due_at == T0


def test_a_serial_is_never_given_again() -> None:
    desk = Desk(kept=Kept(next_serial=7))

    assert [desk.ask(wish(numbered(n))).intake.serial for n in range(3)] == [7, 8, 9]


# -- promises by slot -------------------------------------------------------------------------------


def test_a_slot_bears_so_many_promises_and_those_of_one_file_are_counted_together() -> None:
    desk = Desk()
    slot = desk.book.slots(DIRECT, MAIN, NADIA, T0)[0]
    assert slot.free == 2
    wishes = [wish(numbered(n), slot.window) for n in range(3)]
    elsewhere = wish(numbered(9), desk.book.slots(DIRECT, MAIN, NADIA, T0)[1].window)

    assert desk.book.has_room([*wishes[:2], elsewhere], T0)
    assert not desk.book.has_room(wishes, T0)
    assert desk.book.has_room([*wishes[:2], wish(numbered(3))], T0)  # as soon as possible is no promise of a slot
    assert desk.book.has_room([*wishes[:2], replace(wishes[2], source=Source.ADVISER)], T0)

    desk.ask(wishes[0])
    assert desk.book.has_room(wishes[1:2], T0)
    assert not desk.book.has_room(wishes[1:], T0)


def test_requests_of_two_lines_that_share_a_queue_are_counted_together() -> None:
    desk = Desk()
    window = desk.book.slots(DIRECT, MAIN, NADIA, T0)[0].window
    wishes = [wish(numbered(n), window, line=line) for n, line in enumerate([DIRECT, CLOSING, DIRECT])]

    assert desk.book.has_room(wishes[:2], T0)
    assert not desk.book.has_room(wishes, T0)


def test_a_window_that_no_slot_has_is_not_promised() -> None:
    desk = Desk(taking(OFFICE))
    night = Window(datetime(2026, 3, 17, 2, tzinfo=UTC), datetime(2026, 3, 17, 4, tzinfo=UTC))

    assert not desk.book.has_room([wish(window=night)], T0)
    assert not desk.book.has_room([wish(window=Window(T0 - HOUR, T0 + HOUR))], T0)
    assert not desk.book.has_room([wish(window=night, line="gone")], T0)
    assert desk.book.has_room([wish(window=night, source=Source.ADVISER)], T0)


def test_a_promise_counts_in_the_slot_that_its_window_begins_in_until_it_is_kept() -> None:
    desk = Desk()
    begins = LATER.start_at + timedelta(minutes=20)
    asked = desk.ask(wish(window=Window(begins, begins + HOUR), source=Source.ADVISER))
    slot = next(each for each in desk.book.slots(DIRECT, MAIN, LINA, T0) if begins in each.window)
    assert desk.book.promised(MAIN) == {slot.window.start_at: 1}
    assert desk.book.in_slot(MAIN, slot.window.start_at) == (asked.intake.booking.id,)
    assert desk.book.promised(DROPOUT) == {}

    desk.be(asked, Resting(T0 + DAY, "busy", "ladder"), window=None)
    assert desk.book.promised(MAIN) == {}
    assert desk.book.in_slot(MAIN, slot.window.start_at) == ()


def test_promises_are_counted_anew_when_the_slots_change() -> None:
    desk = Desk()
    begins = [LATER.start_at + timedelta(minutes=m) for m in (0, 30, 60, 90)]
    for n, each in enumerate(begins):
        desk.ask(wish(numbered(n), Window(each, each + HOUR), source=Source.ADVISER))
    assert desk.book.promised(MAIN) == {LATER.start_at: 4}

    desk.in_force.follow(taking(slots=SlotRules(length_s=3600)), (), desk.book.callbacks.values())
    desk.book.recount()
    assert desk.book.promised(MAIN) == {LATER.start_at: 2, LATER.start_at + HOUR: 2}

    never = replace(ALWAYS, periods=())
    desk.in_force.follow(taking(never), (), desk.book.callbacks.values())
    desk.book.recount()  # the line opens no more: each promise by itself
    assert desk.book.promised(MAIN) == dict.fromkeys(begins, 1)


# -- what the gate is told --------------------------------------------------------------------------


def gate(desk: Desk, asked: Asked) -> Allowed | Refused:
    return desk.book.gate(desk.callback(asked), desk.now)


def test_a_number_is_not_dialled_while_somebody_calls_us_from_there() -> None:
    desk = Desk()
    asked = desk.ask()
    assert gate(desk, asked) == Allowed()
    desk.book.caller_came(NADIA.number)
    desk.book.caller_came(NADIA.number)
    desk.book.caller_gone(NADIA.number)
    assert gate(desk, asked) == Refused(Reason.NUMBER_LIVE, None)
    desk.book.caller_gone(NADIA.number)
    assert gate(desk, asked) == Allowed()


def test_a_refusal_and_an_opposition_hold_for_the_number_whoever_asks_from_it() -> None:
    desk = Desk()
    desk.close(desk.ask(), Report(CallbackOutcome.REFUS))
    assert gate(desk, desk.ask(wish(first_name="Sami"))) == Refused(
        Reason.DECLINED, datetime(2026, 5, 15, 9, tzinfo=UTC)
    )
    desk.close(desk.ask(wish(LINA)), Report(CallbackOutcome.OPPOSITION))
    assert gate(desk, desk.ask(wish(LINA))) == Refused(Reason.OPPOSED, None)


def test_a_line_that_is_gone_is_refused_and_never_guessed() -> None:
    desk = Desk()
    asked = desk.ask(wish(line="gone"))

    assert gate(desk, asked) == Refused(Reason.ODD, None)
    assert desk.book.shown_name(desk.callback(asked)) == "Rappel gone"
    assert desk.book.slots("gone", MAIN, NADIA, T0) == ()  # type: ignore[arg-type]


# -- where they are found ---------------------------------------------------------------------------


def test_callbacks_are_found_by_call_adviser_stage_and_turn() -> None:
    desk = Desk()
    asked = [desk.ask(wish(numbered(n))) for n in range(5)]
    ids = [each.intake.booking.id for each in asked]
    call = CallId("c1")
    desk.be(asked[0], states.Attached(call, Requested(T0)))
    desk.be(asked[1], states.Attached(call, Requested(T0)))
    desk.be(asked[2], Unsettled("talked", T0, 1, AdviserId("a"), deadline=after(60)))
    desk.be(asked[3], states.Offered(OfferId("o"), AdviserId("b"), LegId("l"), after(30)))
    desk.be(asked[4], Due(T0))

    assert desk.book.attached_to(call) == ids[0]
    assert desk.book.all_attached_to(call) == (ids[0], ids[1])
    assert desk.book.all_attached_to(CallId("c2")) == ()
    assert (desk.book.to_settle(AdviserId("a")), desk.book.to_settle(AdviserId("b"))) == (ids[2], None)
    assert desk.book.in_flight(MAIN) == 1
    stages = {stage: many for stage, many in desk.book.stages.items() if many}
    assert stages == {"requested": 2, "resting": 1, "for_person": 1, "offered": 1, "due": 1}
    assert [each.id for each in desk.book.at_hand(5)] == [ids[3], ids[4]]
    assert [each.id for each in desk.book.at_hand(1)] == [ids[3]]

    desk.be(asked[0], Requested(T0))
    assert desk.book.all_attached_to(call) == (ids[1],)
    for each in asked:
        desk.close(each, Report(CallbackOutcome.ANNULE))
    assert desk.book.callbacks == {}
    assert desk.book.of_number(numbered(0).number) == ()
    assert not any(desk.book.stages.values())


# -- what an outcome does ---------------------------------------------------------------------------


def report(outcome: CallbackOutcome) -> Report:
    needs = {"date": T0 + DAY, "structure": Structure.CIO}
    return Report(outcome, **{each: needs[each] for each in MEANINGS[outcome].needs if each in needs})  # type: ignore[arg-type]


CLOSING_ONES = [outcome for outcome in CallbackOutcome if MEANINGS[outcome].closes]
GOES_ON = {CallbackOutcome.RDV_FIXE, CallbackOutcome.INJOIGNABLE, CallbackOutcome.ALERTE_DANGER}


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("outcome", CLOSING_ONES)
def test_a_case_ends_with_its_outcome_but_a_legal_request_goes_on_to_its_appointment_or_an_officer(
    outcome: CallbackOutcome, kind: Kind
) -> None:
    desk = Desk()
    asked = desk.ask(wish(kind=kind))
    case = desk.close(asked, report(outcome))

    if kind is Kind.RTF and outcome in GOES_ON:
        assert asked.case.id in desk.book.cases
        assert case == asked.case  # its appointment is written into the file (test_cabinet)
    else:
        assert case is not None
        assert case.ended is not None
        assert (case.ended.outcome, case.ended.at, case.ended.by) == (outcome, T0, By.PERSON)
        assert desk.book.cases == {}


def test_an_open_callback_settles_no_case() -> None:
    desk = Desk()
    assert desk.book.settle_case(desk.callback(desk.ask())) is None


# -- the legal clock, against the plain count -------------------------------------------------------

instants = st.integers(-40, 40).map(lambda halves: T0 + halves * timedelta(hours=12))
appointments = st.lists(
    st.tuples(instants, st.one_of(st.none(), st.just(T0 - 30 * DAY))), max_size=2
).map(lambda those: tuple(Appointment(at, T0 - 40 * DAY, off) for at, off in those))  # fmt: skip
cases = st.lists(st.tuples(instants, st.sampled_from(Kind), appointments, st.booleans()), max_size=12)


@settings(max_examples=200, deadline=None)
@given(cases, instants)
def test_the_cases_at_risk_and_late_are_those_whose_own_clock_says_so(
    made: list[tuple[Instant, Kind, tuple[Appointment, ...], bool]], at: Instant
) -> None:
    """Whatever was kept before in its place, and in whatever order they came."""
    book = Desk().book
    those = []
    for n, (received_at, kind, fixed, again) in enumerate(made):
        case = Case(CaseId(f"k{n}"), received_at, NADIA.number, kind, appointments=fixed)
        if again:
            book.keep_case(replace(case, appointments=()))
        book.keep_case(case)
        those.append(case)
    shown = Counter(standing(case, at) for case in those if case.kind is Kind.RTF)

    assert book.at_risk_and_late(at) == (shown[Standing.AT_RISK], shown[Standing.LATE])


def test_a_case_that_has_ended_is_no_more_at_risk() -> None:
    desk = Desk()
    asked = desk.ask()
    assert desk.book.at_risk_and_late(T0 + 20 * DAY) == (0, 1)
    desk.close(asked, Report(CallbackOutcome.DOUBLON))
    assert desk.book.at_risk_and_late(T0 + 20 * DAY) == (0, 0)
