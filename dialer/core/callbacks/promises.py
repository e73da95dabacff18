"""The promises in motion: carries events to the callbacks, and what comes of them to the advisers, the pool, the book.

Decides how one event travels through a callback, and that a defect of ours leaves it to a person. Must not know who is
offered what (`assign`), nor what a callback does next (`callback`).
"""

from __future__ import annotations

from dataclasses import replace

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.agenda import Agenda
from dialer.core.assign import Pool
from dialer.core.callbacks import callback as machine
from dialer.core.callbacks import moves, states
from dialer.core.callbacks.book import Book
from dialer.core.callbacks.events import CallbackEvent, CalledIn, Opposed
from dialer.core.callbacks.moves import CallbackStep
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.request import Intake, Key, Request
from dialer.core.callbacks.states import Callback, CallbackId, CaseId, Closed, Talking, Unsettled
from dialer.core.callbacks.told import (
    CallbackCancelled,
    CardAccepted,
    CardRefused,
    DialAsked,
    MachineHeard,
    OutcomeGiven,
)
from dialer.core.calls.states import (
    GuestAnswered,
    GuestMissed,
    GuestOver,
    OfferAnswered,
    OfferMissed,
    OfferWithdrawn,
    TalkEnded,
)
from dialer.core.cases.cabinet import Cabinet
from dialer.core.change import Change
from dialer.core.team import Team
from dialer.core.words import E164, CallId, Instant, LegId, record

MACHINE_KEY = "*"
"""What an adviser presses when a machine answers: they are free at once, and the neutral message is left."""


class Promises:
    """The callbacks' side of the desk. ``by_leg``: the desk's index of legs, which callbacks have their part of."""

    def __init__(
        self, book: Book, cabinet: Cabinet, team: Team, pool: Pool, agenda: Agenda, by_leg: dict[LegId, CallId], *,
        strict: bool,
    ) -> None:  # fmt: skip
        self._book = book
        self._cabinet = cabinet
        self._team = team
        self._pool = pool
        self._agenda = agenda
        self._by_leg = by_leg
        self._strict = strict
        for callback in book.callbacks.values():
            self._index(None, callback)

    # -- asking ------------------------------------------------------------------------------------

    def asked(self, event: ev.CallbacksAsked, change: Change) -> None:
        """Book them all; or, where a slot was taken meanwhile, none."""
        if not self._book.has_room(event.requests, event.at):
            change.refused = "slot_taken"
            return
        for request in event.requests:
            self.ask(request, event.at, event.key, change)

    def ask(self, request: Request, at: Instant, key: Key | None, change: Change) -> Intake:
        asked = self._book.ask(request, at, key)
        if asked.step is not None:
            self.take(asked.step, change)
        intake = asked.intake
        change.intakes.append(intake)
        booking = intake.booking
        told = record(
            at, "callback_asked", CallId(booking.id), None,
            source=request.source, kind=request.kind, line=request.line, case=booking.case,
        )  # fmt: skip
        change.records.append(told)
        self._cabinet.received(intake, asked.case, change)
        return intake

    # -- what is told ------------------------------------------------------------------------------

    def told(self, event: ev.CallbackTold, change: Change) -> None:
        """What a person decided: done, or `Change.refused` says why not."""
        if event.callback not in self._book.callbacks:
            change.refused = "unknown"
            return
        change.refused = self.tell(CallId(event.callback), event.told, change)

    def oppose(self, event: ev.NumberOpposed, change: Change) -> None:
        """All that is promised to the number ends, whatever is under way; a talk is the adviser's to end."""
        self._book.oppose(event.number)
        change.opposed.append(event.number)
        change.records.append(record(event.at, "number_opposed", by=event.by))
        for callback in self._book.of_number(event.number):
            opposed = OutcomeGiven(event.at, Report(CallbackOutcome.OPPOSITION))
            self.tell(states.visit(callback), opposed, change)

    def case_ends(self, case: CaseId, at: Instant, change: Change) -> str | None:
        """Its case was ended by somebody: the callback goes with it. Says why not, while they are talked with."""
        callback = self._book.of_case(case)
        if callback is None:
            return None
        return self.tell(states.visit(callback), CallbackCancelled(at), change)

    def card(self, event: CardAccepted | CardRefused | DialAsked, change: Change) -> None:
        callback = self._book.callbacks.get(CallbackId(event.offer.rpartition("-")[0]))
        if callback is None:
            change.refused = "unknown"
            return
        change.refused = self.tell(states.visit(callback), event, change)

    def came_in(self, call: CallId, number: E164, at: Instant, change: Change) -> None:
        """Somebody calls from a number that we promised to call: attached, and not dialled.

        Where several people share the number nobody knows which of them it is, and the number is not dialled meanwhile.
        """
        theirs = self._book.of_number(number)
        if len(theirs) == 1:
            self.tell(states.visit(theirs[0]), CalledIn(at, call), change)

    def tell(self, visit: CallId, event: CallbackEvent | ev.DigitPressed, change: Change) -> str | None:
        """The callback after this. Says why something that a person asked for was not done."""
        callback = self._book.of_visit(visit)
        if callback is None:
            return None
        if isinstance(event, ev.DigitPressed):
            if not _is_machine_key(callback, event):
                return None
            assert isinstance(callback.state, Talking)
            event = MachineHeard(event.at, callback.state.leg)
        try:
            step = machine.transition(callback, event, self._book)
        except Exception as defect:  # whatever it is, it must not reach the others
            if self._strict:
                raise
            change.defects.append(f"{type(defect).__name__}: {defect}")
            step = _left_to_person(callback, change.at)
        if step.refused is not None:
            return step.refused
        self.take(step, change)
        return None

    def take(self, step: CallbackStep, change: Change) -> None:
        """Carry out a step: keep the callback, collect what it asks for, tell the advisers, settle its case."""
        before, callback = self._book.callbacks.get(step.callback.id), step.callback
        change.commands += step.commands
        change.records += step.records
        if callback != before:
            self._book.keep(callback, change.at)
            self._index(before, callback)
            change.callbacks[callback.id] = callback
        for signal in step.signals:
            match signal:
                case OfferAnswered() | OfferMissed() | OfferWithdrawn() | TalkEnded():
                    self._team.tell(signal.adviser, signal, change)
                case GuestAnswered() | GuestMissed() | GuestOver():
                    self._team.tell(signal.adviser, signal, change)
                case Opposed():
                    change.opposed.append(callback.phone.number)
                case _:
                    pass  # the journal has told it, and the screens read it there
        if isinstance(callback.state, Closed):
            case = self._book.settle_case(callback, self._cabinet.in_hand(callback.case, change.at))
            self._cabinet.callback_over(callback, case, change)
            if case is not None and case.ended is not None:
                ended = record(
                    change.at, "callback_case_ended", states.visit(callback), None,
                    case=case.id, outcome=case.ended.outcome,
                )  # fmt: skip
                change.records.append(ended)

    def name_used(self, leg: LegId, change: Change) -> None:
        """A leg that rang, whose naming was lost with a crash: no new leg gets its name."""
        visit, _, letter_and_number = leg.rpartition("-")
        callback, number = self._book.of_visit(CallId(visit)), letter_and_number[1:]
        ours = letter_and_number[:1] in ("a", "g") and number.isdecimal()  # an attempt's is counted by itself
        if callback is not None and ours and int(number) > callback.legs:
            self.take(CallbackStep(replace(callback, legs=int(number))), change)

    # -- indexes -----------------------------------------------------------------------------------

    def _index(self, before: Callback | None, callback: Callback) -> None:
        """In the pool while it is due; its legs and its deadline where they are looked for."""
        visit = states.visit(callback)
        for leg in states.known_legs(before) if before is not None else ():
            self._by_leg.pop(leg, None)
        for leg in states.known_legs(callback):
            self._by_leg[leg] = visit
        entry = states.entry(callback)
        if entry is None:
            self._pool.drop_callback(visit)
        else:
            priority, place, _ = entry.key
            self._pool.put_callback(visit, entry.queue, priority, place, states.queued_at(callback))
        until = states.deadline(callback)
        if until is not None:
            self._agenda.put(until, "callback", visit)


def _is_machine_key(callback: Callback, event: ev.DigitPressed) -> bool:
    """Only once it has answered: a phone that rings may yet be picked up by a person."""
    state = callback.state
    return isinstance(state, Talking) and event.leg == state.adviser_leg and event.digit == MACHINE_KEY


def _left_to_person(callback: Callback, at: Instant) -> CallbackStep:
    """After a defect of ours: every leg of it ends, its advisers are freed, and a person looks at it."""
    step = CallbackStep(callback)
    step.commands += [cmd.HangUp(leg) for leg in states.legs(callback)]
    adviser = states.holder(callback)
    if adviser is not None:
        step.signals.append(OfferWithdrawn(adviser, states.visit(callback)))
    guest = states.guest_of(callback)
    if guest is not None:
        step.signals.append(GuestOver(guest, states.visit(callback)))
    attempt = states.live(callback)
    if attempt is not None:
        step.callback = replace(callback, state=Unsettled("unknown", at, attempt.number))
        moves.tell(step, at, "callback_for_person", why="unknown")
    else:
        step.callback = replace(callback, state=Unsettled("failures", at))
        moves.tell(step, at, "callback_for_person", why="failures")
    return step
