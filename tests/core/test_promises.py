"""What the desk promises of callbacks: booked once, offered in their turn and within their share, dialled once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from dialer.core import adviser as advisers
from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks import states
from dialer.core.callbacks.book import Kept
from dialer.core.callbacks.compliance import Refused
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.request import AskedBy, Booking, Key, Request, Source
from dialer.core.callbacks.states import Callback, CallbackId, Dialling, Resting, Unsettled
from dialer.core.callbacks.told import (
    CallbackCancelled,
    CardAccepted,
    CardRefused,
    DialAsked,
    OutcomeGiven,
    Rescheduled,
)
from dialer.core.cases.case import Flag, Kind
from dialer.core.change import Change
from dialer.core.desk import Desk
from dialer.core.numbers import Parsed
from dialer.core.places.territory import Territory
from dialer.core.reasons import Reason
from dialer.core.rules import Rules
from dialer.core.views import callback_board
from dialer.core.words import E164, AdviserId, CallId, Cause, LegId, LineId, QueueId
from schedules.windows import Window
from tests.core.world import DIRECT, DROPOUT, MAIN, T0, Room, after, rules, team

NADIA = Parsed(E164("+33199000101"), Territory.METROPOLE, "Europe/Paris")
SAMI = Parsed(E164("+33199000102"), Territory.METROPOLE, "Europe/Paris")
BORN = date(2007, 5, 1)


def taking(people: int = 1, share: float = 0.25, **changes: object) -> Rules:
    """A centre whose lines take requests; ``people`` advisers of level 1."""
    made = rules(team(**dict.fromkeys("abcdefgh"[:people], 1)), **changes)
    lines = {key: replace(line, callback_queue=MAIN) for key, line in made.lines.items()}
    queues = {key: replace(queue, callback_share=share) for key, queue in made.queues.items()}
    return replace(made, lines=lines, queues=queues)


def asking(phone: Parsed = NADIA, window: Window | None = None, **fields: object) -> Request:
    whole = Request(
        Kind.RTF, DIRECT, MAIN, phone, AskedBy.YOUNG_PERSON, Source.WEB, window, first_name="Nadia", birth_date=BORN
    )
    return replace(whole, **fields)  # type: ignore[arg-type]


def window(starts_s: float, ends_s: float) -> Window:
    return Window(after(starts_s), after(ends_s))


@dataclass
class Centre(Room):
    """A room in which people ask to be called back."""

    def ask(self, *requests: Request, key: Key | None = None) -> Change:
        return self.happen(ev.CallbacksAsked(self.now, requests, key))

    def book(self, request: Request | None = None) -> Booking:
        return self.ask(request or asking()).intakes[0].booking

    def callback(self, booking: Booking) -> Callback:
        live = self.desk.book.callbacks.get(booking.id)
        if live is not None:
            return live
        return next(c.callbacks[booking.id] for c in reversed(self.changes) if booking.id in c.callbacks)

    def kind(self, booking: Booking) -> str:
        return self.callback(booking).state.kind

    def tell(self, booking: Booking, told: object) -> Change:
        return self.happen(ev.CallbackTold(self.now, booking.id, told))  # type: ignore[arg-type]

    def accept(self, adviser: str) -> Change:
        return self.happen(CardAccepted(self.now, self.ring(adviser).offer))

    def refuse(self, adviser: str) -> Change:
        return self.happen(CardRefused(self.now, self.ring(adviser).offer))

    def dial(self, adviser: str, booking: Booking) -> LegId:
        """Accept, pick up, dial: the person's leg."""
        self.accept(adviser)
        self.picked_up(self.ring(adviser).leg)
        state = self.callback(booking).state
        assert isinstance(state, states.Ready)
        self.happen(DialAsked(self.now, state.offer))
        dialling = self.callback(booking).state
        assert isinstance(dialling, Dialling)
        return dialling.leg

    def pass_s(self, seconds: float) -> None:
        self.until((self.now - T0).total_seconds() + seconds)

    def truth(self) -> ev.Reconciled:
        seen = super().truth()
        legs, bridges = dict(seen.legs), set(seen.bridges)
        for callback in self.desk.book.callbacks.values():
            match callback.state:
                case states.Accepted(leg=leg):
                    legs[leg] = ev.LegSeen(False)
                case states.Ready(leg=leg):
                    legs[leg] = ev.LegSeen(True)
                case Dialling(adviser_leg=ours, leg=leg):
                    legs |= {ours: ev.LegSeen(True), leg: ev.LegSeen(False)}
                case states.Talking(adviser_leg=ours, leg=leg, bridge=bridge):
                    legs |= {ours: ev.LegSeen(True, bridge), leg: ev.LegSeen(True, bridge)}
                    bridges.add(bridge)
        return replace(seen, legs=legs, bridges=frozenset(bridges))


def centre(people: int = 1, share: float = 0.25, **changes: object) -> Centre:
    return Centre(taking(people, share, **changes))


# -- asking -----------------------------------------------------------------------------------------


def test_who_asks_is_told_a_reference_a_case_the_law_and_when() -> None:
    room = centre(0)
    booking = room.book()
    assert len(booking.reference) == 8
    assert booking.id == f"cb-{booking.reference}"
    assert booking.case == f"case-{booking.reference}"
    assert (booking.state, booking.due_at, booking.promised) == ("requested", T0, None)
    assert booking.legal_deadline_at is not None
    assert booking.legal_deadline_at.isoformat() == "2026-03-31T21:59:59+00:00"


def test_references_of_one_installation_are_never_given_twice() -> None:
    room = centre(0)
    numbers = [Parsed(E164(f"+331990001{n:02}"), Territory.METROPOLE, "Europe/Paris") for n in range(50)]
    given = {room.book(asking(number)).reference for number in numbers}
    again = Desk(room.rules, T0, kept=Kept(next_serial=50), strict=True)
    anew = again.handle(ev.CallbacksAsked(T0, (asking(),))).intakes[0]
    assert len(given | {anew.booking.reference}) == 51
    assert anew.serial == 50


def test_several_requests_of_one_file_are_booked_in_one_change() -> None:
    room = centre(0)
    change = room.ask(asking(NADIA), asking(SAMI))
    assert [intake.request.phone for intake in change.intakes] == [NADIA, SAMI]
    assert len(change.callbacks) == len(change.cases) == 2


def test_asking_twice_is_one_case_and_one_callback_with_two_references() -> None:
    room = centre(0)
    first, second = room.book(), room.book(asking(birth_date=None, first_name="nadia"))
    assert second.id == first.id
    assert second.case == first.case
    assert second.reference != first.reference
    assert len(room.desk.book.callbacks) == len(room.desk.book.cases) == 1


def test_another_first_name_at_the_same_number_is_another_case_linked_to_the_first() -> None:
    room = centre(0)
    first, second = room.book(), room.book(asking(first_name="Sami"))
    assert second.case != first.case
    assert room.desk.book.cases[second.case].linked == (first.case,)


def test_who_asks_again_with_another_wish_has_the_newest() -> None:
    room = centre(0)
    first = room.book()
    later = window(7200, 10_800)
    second = room.book(asking(window=later, source=Source.ADVISER))
    assert second.promised == later
    assert room.callback(first).window == later


def test_who_asks_in_the_evening_is_told_the_first_hour_of_the_next_day_also_when_they_ask_again() -> None:
    room = centre(0)
    room.until(12 * 3600)  # 22h in Paris
    ten = T0 + timedelta(days=1)
    first = room.book(asking(window=window(100_000, 103_600), source=Source.ADVISER))
    assert first.due_at == after(100_000)
    assert room.book().due_at == ten
    assert room.book(asking(SAMI)).due_at == ten


def test_their_own_slot_is_free_for_them_when_it_is_full_for_all_others() -> None:
    room = centre(1)
    free = room.desk.book.slots(DIRECT, MAIN, NADIA, T0)[0]
    numbers = [Parsed(E164(f"+331990002{n:02}"), Territory.METROPOLE, "Europe/Paris") for n in range(free.free)]
    for number in numbers:
        room.book(asking(number, free.window))
    assert room.ask(asking(SAMI, free.window)).refused == "slot_taken"
    assert room.ask(asking(numbers[0], free.window)).refused is None


def test_information_has_no_legal_clock_and_is_no_part_of_a_legal_request() -> None:
    room = centre(0)
    legal, talk = room.book(), room.book(asking(kind=Kind.INFORMATION))
    assert talk.legal_deadline_at is None
    assert talk.case != legal.case


def test_somebody_too_young_is_registered_and_told() -> None:
    room = centre(0)
    assert room.book(asking(birth_date=date(2012, 1, 1))).flags == (Flag.UNDER_16,)


def test_a_slot_that_is_full_is_not_promised_and_nothing_of_the_file_is_booked() -> None:
    room = centre(1)
    free = room.desk.book.slots(DIRECT, MAIN, NADIA, T0)[0]
    numbers = [Parsed(E164(f"+331990002{n:02}"), Territory.METROPOLE, "Europe/Paris") for n in range(free.free)]
    for number in numbers:
        assert room.ask(asking(number, free.window)).refused is None
    change = room.ask(asking(SAMI), asking(NADIA, free.window))
    assert change.refused == "slot_taken"
    assert not change.to_store
    assert len(room.desk.book.callbacks) == free.free


def test_one_file_cannot_ask_for_more_of_a_slot_than_it_has() -> None:
    room = centre(1)
    free = room.desk.book.slots(DIRECT, MAIN, NADIA, T0)[0]
    numbers = [Parsed(E164(f"+331990002{n:02}"), Territory.METROPOLE, "Europe/Paris") for n in range(free.free + 1)]
    too_many = [asking(number, free.window) for number in numbers]
    assert room.ask(*too_many).refused == "slot_taken"
    assert room.ask(*too_many[1:]).refused is None


# -- the offer --------------------------------------------------------------------------------------


def test_a_callback_that_is_due_is_a_card_before_one_adviser_and_no_phone_rings() -> None:
    room = centre()
    booking = room.book()
    room.pass_s(0)
    assert room.kind(booking) == "offered"
    assert room.ring("a").call == CallId(booking.id)
    assert room.commands(cmd.RingAdviser) == []


def test_only_when_the_adviser_is_up_and_says_so_is_the_person_dialled() -> None:
    room = centre()
    booking = room.book()
    room.pass_s(0)
    room.accept("a")
    assert [c.leg for c in room.commands(cmd.RingAdviser)] == [LegId(f"{booking.id}-a1")]
    assert room.commands(cmd.DialOutside) == []
    room.picked_up(f"{booking.id}-a1")
    assert room.adviser("a").state.kind == "talking"
    assert room.commands(cmd.DialOutside) == []
    room.happen(DialAsked(room.now, f"{booking.id}-o1"))  # type: ignore[arg-type]
    assert [(c.leg, c.number) for c in room.commands(cmd.DialOutside)] == [(f"{booking.id}-x1", NADIA.number)]


def test_a_card_that_is_refused_goes_to_the_next_adviser_from_the_same_place() -> None:
    room = centre(2)
    booking = room.book()
    room.pass_s(0)
    place = room.callback(booking).place
    room.pass_s(1)
    room.refuse("a")
    assert room.ring("b").call == CallId(booking.id)
    assert room.callback(booking).place == place


def test_the_same_card_accepted_twice_is_accepted_once() -> None:
    room = centre()
    room.book()
    room.pass_s(0)
    offer = room.ring("a").offer
    assert room.happen(CardAccepted(room.now, offer)).refused is None
    assert room.happen(CardAccepted(room.now, offer)).refused == "already_accepted"
    assert len(room.commands(cmd.RingAdviser)) == 1


def test_a_card_that_nobody_knows_is_refused() -> None:
    assert centre().happen(CardAccepted(T0, "cb-00000000-o1")).refused == "unknown"  # type: ignore[arg-type]


def test_callbacks_in_flight_never_exceed_the_advisers_reserved() -> None:
    room = centre(4, share=0.5)
    for number in range(4):
        room.book(asking(Parsed(E164(f"+3319900030{number}"), Territory.METROPOLE, "Europe/Paris")))
    room.pass_s(0)
    assert room.desk.book.in_flight(MAIN) == 2
    assert sorted(a for a in "abcd" if room.adviser(a).state.kind == "ringing") == ["a", "b"]


def test_a_dated_callback_is_dialled_inside_its_window_before_callers_who_wait() -> None:
    room = centre(1)
    dated = room.book(asking(window=window(600, 4200), source=Source.ADVISER))
    room.wish("a", advisers_wish("paused"))
    room.queue_up("c1", "c2")
    room.pass_s(700)
    room.wish("a", advisers_wish("ready"))
    assert room.ring("a").call == CallId(dated.id)


def test_a_callback_without_a_date_waits_at_the_place_of_its_request_among_the_callers() -> None:
    room = centre(1)
    room.wish("a", advisers_wish("paused"))
    room.queue_up("before")
    booking = room.book()
    room.pass_s(1)
    room.queue_up("behind")
    room.wish("a", advisers_wish("ready"))
    assert room.ring("a").call == "before"
    room.answer("a")
    room.leave("before")
    assert room.ring("a").call == CallId(booking.id)


def advisers_wish(name: str) -> object:
    return advisers.Wish(name)


# -- the attempt ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "came_of_it"), [(Cause.BUSY, AttemptCause.BUSY), (Cause.NO_ANSWER, AttemptCause.NO_ANSWER)]
)
def test_in_vain_it_rests_by_the_ladder_and_the_adviser_is_free(cause: Cause, came_of_it: AttemptCause) -> None:
    room = centre()
    booking = room.book()
    room.pass_s(0)
    leg = room.dial("a", booking)
    room.leave(leg, cause)
    state = room.callback(booking).state
    assert isinstance(state, Resting)
    assert room.callback(booking).attempts[0].cause is came_of_it
    assert room.adviser("a").state.kind == "free"


def test_a_talk_ends_with_the_outcome_that_the_adviser_gives_and_the_case_with_it() -> None:
    room = centre()
    booking = room.book()
    room.pass_s(0)
    leg = room.dial("a", booking)
    room.picked_up(leg)
    assert room.kind(booking) == "talking"
    room.leave(leg)
    assert isinstance(room.callback(booking).state, Unsettled)
    change = room.tell(booking, OutcomeGiven(room.now, Report(CallbackOutcome.INFO_DONNEE)))
    assert room.kind(booking) == "closed"
    assert change.cases[booking.case].ended is not None
    assert room.desk.book.cases == {}


def test_an_appointment_keeps_the_case_open_and_meets_its_clock() -> None:
    room = centre()
    booking = room.book()
    on = T0 + timedelta(days=3)
    change = room.tell(booking, OutcomeGiven(room.now, Report(CallbackOutcome.RDV_FIXE, date=on)))
    if change.refused is not None:  # nobody has talked yet: it is said of the talk
        room.pass_s(0)
        leg = room.dial("a", booking)
        room.picked_up(leg)
        room.leave(leg)
        room.tell(booking, OutcomeGiven(room.now, Report(CallbackOutcome.RDV_FIXE, date=on)))
    case = room.desk.book.cases[booking.case]
    assert [each.at for each in case.appointments] == [on]
    assert room.desk.book.at_risk_and_late(T0 + timedelta(days=20)) == (0, 0)


def test_the_legal_clock_is_counted_for_cases_without_an_appointment() -> None:
    room = centre(0)
    room.book()
    assert room.desk.book.at_risk_and_late(T0) == (0, 0)
    assert room.desk.book.at_risk_and_late(T0 + timedelta(days=10)) == (1, 0)
    assert room.desk.book.at_risk_and_late(T0 + timedelta(days=16)) == (0, 1)


def test_nobody_is_dialled_after_they_said_never_again_whatever_they_ask() -> None:
    room = centre()
    booking = room.book()
    change = room.tell(booking, OutcomeGiven(room.now, Report(CallbackOutcome.OPPOSITION)))
    assert change.opposed == [NADIA.number]
    again = room.book()
    room.pass_s(600)
    state = room.callback(again).state
    assert isinstance(state, Unsettled)
    assert state.detail == Reason.OPPOSED


def test_two_people_of_one_number_are_not_dialled_at_once() -> None:
    room = centre(2, share=1.0)
    first, second = room.book(), room.book(asking(first_name="Sami"))
    room.pass_s(0)
    by_card = {room.ring(adviser).call: adviser for adviser in "ab"}
    room.dial(by_card[CallId(first.id)], first)
    other = by_card[CallId(second.id)]
    room.accept(other)
    room.picked_up(room.ring(other).leg)
    ready = room.callback(second).state
    assert isinstance(ready, states.Ready)
    room.happen(DialAsked(room.now, ready.offer))
    assert len(room.commands(cmd.DialOutside)) == 1
    assert room.adviser(other).state.kind == "free"
    assert room.callback(second).gate == Refused(Reason.NUMBER_LIVE, None)


def test_an_adviser_marks_a_machine_by_their_key_and_the_neutral_message_waits_for_the_commit() -> None:
    room = centre()
    booking = room.book()
    room.pass_s(0)
    leg = room.dial("a", booking)
    room.picked_up(leg)
    room.press(f"{booking.id}-a1", "5")
    assert room.kind(booking) == "talking"
    room.press(f"{booking.id}-a1", "*")
    assert room.kind(booking) == "telling"
    assert [c.prompts for c in room.commands(cmd.PlayStored)] == [("callback.message",)]
    assert room.adviser("a").state.kind == "free"


def test_the_persons_own_star_is_no_machine() -> None:
    room = centre()
    booking = room.book()
    room.pass_s(0)
    leg = room.dial("a", booking)
    room.picked_up(leg)
    room.press(leg, "*")
    assert room.kind(booking) == "talking"


def test_who_cancels_is_not_dialled() -> None:
    room = centre()
    booking = room.book()
    assert room.tell(booking, CallbackCancelled(room.now)).refused is None
    room.pass_s(600)
    assert room.commands(cmd.RingAdviser) == []
    assert room.tell(booking, CallbackCancelled(room.now)).refused == "unknown"


def test_a_callback_can_be_moved_until_it_is_dialled() -> None:
    room = centre()
    booking = room.book()
    room.pass_s(0)
    leg = room.dial("a", booking)
    assert room.tell(booking, Rescheduled(room.now, window(9000, 10_000))).refused == "in_progress"
    room.leave(leg, Cause.BUSY)
    assert room.tell(booking, Rescheduled(room.now, window(9000, 10_000))).refused is None
    assert room.callback(booking).window == window(9000, 10_000)


# -- they call us -----------------------------------------------------------------------------------


def test_somebody_with_a_pending_callback_who_calls_in_is_not_dialled_and_their_adviser_sees_it() -> None:
    room = centre(1)
    room.wish("a", advisers_wish("paused"))
    booking = room.book()
    room.arrive("c1", number=NADIA.number)
    room.picked_up("c1")
    assert room.kind(booking) == "attached"
    room.wish("a", advisers_wish("ready"))
    room.answer("a")
    assert room.kind(booking) == "joined"
    assert room.desk.book.attached_to(CallId("c1")) == booking.id
    room.leave("c1")
    assert room.desk.book.to_settle(AdviserId("a")) == booking.id
    assert room.commands(cmd.DialOutside) == []


def test_a_call_that_nobody_answered_gives_the_callback_its_place_back() -> None:
    room = centre(1)
    room.wish("a", advisers_wish("paused"))
    booking = room.book()
    place = room.callback(booking).place
    room.pass_s(1)
    room.arrive("c1", number=NADIA.number)
    room.picked_up("c1")
    room.leave("c1")
    assert room.kind(booking) == "due"
    assert room.callback(booking).place == place


def test_a_number_that_is_on_the_line_is_not_dialled_for_anybody_else() -> None:
    room = centre(2, share=1.0)
    room.wish("a", advisers_wish("paused"))
    room.wish("b", advisers_wish("paused"))
    first, second = room.book(), room.book(asking(first_name="Sami"))
    room.pass_s(0)
    room.arrive("c1", number=NADIA.number)
    room.picked_up("c1")
    room.wish("a", advisers_wish("ready"))
    room.wish("b", advisers_wish("ready"))
    assert {room.kind(first), room.kind(second)} <= {"resting", "due", "attached"}
    assert room.commands(cmd.DialOutside) == []


# -- after a crash ----------------------------------------------------------------------------------


def restarted(room: Centre) -> Centre:
    """The same centre, taken up from what was stored."""
    book = room.desk.book
    kept = Kept(tuple(book.callbacks.values()), tuple(room.desk.cabinet.files.values()), next_serial=100)
    anew = Centre(room.rules, ready=False, now=room.now)
    anew.desk = Desk(
        room.rules, room.now, room.desk.calls.values(), room.desk.advisers.values(), kept=kept, strict=True
    )
    return anew


def test_an_attempt_that_still_rings_is_adopted_and_not_dialled_again() -> None:
    room = centre()
    booking = room.book()
    room.pass_s(0)
    leg = room.dial("a", booking)
    anew, truth = restarted(room), room.truth()
    anew.happen(truth)
    assert anew.kind(booking) == "dialling"
    anew.picked_up(leg)
    assert anew.kind(booking) == "talking"
    assert anew.commands(cmd.DialOutside) == []


def test_an_attempt_that_is_not_there_any_more_waits_for_a_person() -> None:
    room = centre()
    booking = room.book()
    room.pass_s(0)
    leg = room.dial("a", booking)
    anew, truth = restarted(room), room.truth()
    anew.happen(replace(truth, legs={each: seen for each, seen in truth.legs.items() if each != leg}))
    state = anew.callback(booking).state
    assert isinstance(state, Unsettled)
    assert state.why == "unknown"
    anew.pass_s(86_400)
    assert anew.commands(cmd.DialOutside) == []


def test_a_leg_of_a_card_whose_naming_was_lost_is_ended_and_its_name_never_comes_again() -> None:
    room = centre()
    booking = room.book()
    anew = restarted(room)
    ghost = LegId(f"{booking.id}-a1")
    anew.happen(ev.Reconciled(anew.now, {ghost: ev.LegSeen(False)}, phones=frozenset({AdviserId("a")})))
    assert cmd.HangUp(ghost) in anew.commands(cmd.HangUp)
    anew.pass_s(0)
    assert anew.ring("a").leg == LegId(f"{booking.id}-a2")


def test_one_attached_to_a_call_that_is_over_goes_back_to_its_place() -> None:
    room = centre(1)
    room.wish("a", advisers_wish("paused"))
    booking = room.book()
    room.arrive("c1", number=NADIA.number)
    anew = restarted(room)
    anew.desk = Desk(
        room.rules, room.now, (), room.desk.advisers.values(), strict=True,
        kept=Kept(tuple(room.desk.book.callbacks.values()), tuple(room.desk.cabinet.files.values())),
    )  # fmt: skip
    anew.happen(ev.Reconciled(anew.now, phones=frozenset({AdviserId("a")})))
    assert anew.kind(booking) != "attached"


# -- many at once -----------------------------------------------------------------------------------


def test_a_thousand_that_come_due_together_do_not_hold_up_a_caller() -> None:
    room = centre(0)
    for number in range(1000):
        phone = Parsed(E164(f"+3319900{number:04}"), Territory.METROPOLE, "Europe/Paris")
        room.book(asking(phone, window(600, 4200), source=Source.ADVISER))
    change = room.happen(ev.DeadlineReached(after(600)))
    assert 0 < len(change.callbacks) <= 200
    assert room.desk.next_deadline is not None
    assert room.desk.next_deadline <= room.now
    room.until(600)
    assert room.desk.pool.due(MAIN) == 1000


def test_promises_that_a_new_roster_cannot_staff_are_shown_early() -> None:
    room = centre(1)
    free = room.desk.book.slots(DIRECT, MAIN, NADIA, T0)[0]
    booking = room.book(asking(window=free.window))
    nobody = replace(taking(1), version="v2", shifts=replace(room.rules.shifts, advisers=frozenset()))  # type: ignore[type-var]
    assert callback_board(room.desk, room.now, 0).promises_at_risk == 0
    room.happen(ev.RulesChanged(room.now, nobody))
    assert callback_board(room.desk, room.now, 0).promises_at_risk == 1
    assert [entry.call for entry in room.records("callback_promise_at_risk")] == [CallId(booking.id)]


def test_what_nobody_knows_is_said_to_be_unknown() -> None:
    room = centre()
    lost = ev.CallbackTold(T0, CallbackId("cb-99999999"), CallbackCancelled(T0))
    assert room.happen(lost).refused == "unknown"


def test_a_callback_of_a_queue_that_the_adviser_does_not_know_is_not_theirs() -> None:
    room = centre(1)
    booking = room.book(asking(queue=DROPOUT))
    room.pass_s(0)
    assert room.kind(booking) == "due"
    assert (LineId("direct"), QueueId("dropout")) == (room.callback(booking).line, room.callback(booking).queue)
