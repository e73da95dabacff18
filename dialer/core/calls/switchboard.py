"""The calls in motion: carries events to them, and what comes of them to the advisers, the pool and their callbacks.

Decides how one event travels through a call, that a defect of ours drops that call alone, and what a call is looked up
by. Must not know who is offered what (`assign`), nor what a call does next (`call`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.agenda import Agenda
from dialer.core.assign import Pool
from dialer.core.callbacks.book import Book
from dialer.core.callbacks.events import CallAnswered, CalledIn, CallOver
from dialer.core.callbacks.promises import Promises
from dialer.core.callbacks.request import Request, Source
from dialer.core.calls import call as machine
from dialer.core.calls import states
from dialer.core.calls.moves import CallStep
from dialer.core.calls.states import BookingAsked, Call, CallEvent, Ended, Scene, Waiting
from dialer.core.change import Change
from dialer.core.outlook import Outlook
from dialer.core.rules import Rules
from dialer.core.team import Team
from dialer.core.words import AdviserId, CallId, LegId

OVER_KEPT_MAX = 2000
"""Ended calls whose ids are remembered, so that a duplicate arrival that comes late is known as one."""


class Switchboard:
    """The calls' side of the desk. ``by_leg``: the desk's index of legs, which callbacks have their part of."""

    def __init__(
        self, scene: Scene, book: Book, promises: Promises, team: Team, pool: Pool, agenda: Agenda, outlook: Outlook,
        by_leg: dict[LegId, CallId], over: Iterable[CallId], *, strict: bool,
    ) -> None:  # fmt: skip
        self._scene = scene
        self._book = book
        self._promises = promises
        self._team = team
        self._pool = pool
        self._agenda = agenda
        self._outlook = outlook
        self._by_leg = by_leg
        self._over: dict[CallId, None] = dict.fromkeys(over)
        self._strict = strict
        self._calls: dict[CallId, Call] = {}
        self._sent_away: set[LegId] = set()

    @property
    def calls(self) -> Mapping[CallId, Call]:
        """The calls that have not ended."""
        return self._calls

    def was_sent_away(self, leg: LegId) -> bool:
        """To the apology, without having been a call of ours."""
        return leg in self._sent_away

    def forget_sent_away(self) -> None:
        self._sent_away.clear()

    def arrived(self, event: ev.CallArrived, rules: Rules, change: Change) -> None:
        if event.call in self._calls or event.call in self._over:
            return
        line = rules.lines.get(event.line)
        if line is None:  # the line was taken out of the configuration since the dialplan was written
            change.commands.append(cmd.SendToApology(event.leg, event.line))
            self._sent_away.add(event.leg)
            return
        self.take(machine.arrive(event, line, rules), change)
        if event.caller.number is not None:
            self._promises.came_in(event.call, event.caller.number, event.at, change)

    def tell(self, call_id: CallId | None, event: CallEvent, change: Change) -> None:
        call = self._calls.get(call_id) if call_id is not None else None
        if call is None:
            return
        try:
            step = machine.transition(call, event, self._scene)
        except Exception as defect:  # whatever it is, it must not reach the other calls
            if self._strict:
                raise
            change.defects.append(f"{type(defect).__name__}: {defect}")
            step = machine.safe_exit(call, change.at)
        self.take(step, change)

    def take(self, step: CallStep, change: Change) -> None:
        """Carry out a call's step: keep the call, collect what it asks for, tell the advisers and their callback."""
        if step.refused is not None:
            change.refused = step.refused
            return
        call = step.call
        change.commands += step.commands
        change.records += step.records
        attached = self._book.all_attached_to(call.id)
        had = _talks_with(self._calls.get(call.id))
        self.keep(call)
        change.calls[call.id] = call
        for signal in step.signals:
            if isinstance(signal, states.OfferAnswered) and call.queue is not None:
                self._outlook.answered(call.queue, change.at)
            self._team.tell(signal.adviser, signal, change)
        has = _talks_with(call)
        if has is not None and has != had:
            for callback in attached:
                self._promises.tell(CallId(callback), CallAnswered(change.at, call.id, has), change)
        for callback in attached if isinstance(call.state, Ended) else ():
            self._promises.tell(CallId(callback), CallOver(change.at, call.id), change)
        if step.booking is not None:
            self._book_for(call, step.booking, change)

    def _book_for(self, call: Call, asked: BookingAsked, change: Change) -> None:
        """A caller asks to be called back: without a date they keep the place that they have in the queue."""
        at = change.at
        request = Request(
            kind=asked.kind,
            line=call.line,
            queue=asked.queue,
            phone=asked.phone,
            asked_by=None,
            source=Source.PHONE,
            window=asked.window,
            place=call.arrived_at if asked.window is None else None,
            call=call.id,
        )
        if not self._book.has_room((request,), at):
            self.tell(call.id, states.BookingRefused(at, "slot_taken"), change)
            return
        intake = self._promises.ask(request, at, None, change)
        if call.caller.number == asked.phone.number:  # not to be dialled while they are still on the line
            self._promises.tell(CallId(intake.booking.id), CalledIn(at, call.id), change)
        self.tell(call.id, states.BookingMade(at, intake.booking.reference), change)

    def keep(self, call: Call) -> None:
        """Hold the call and what is indexed by it: its legs, its place in the pool, its deadline, its number."""
        before = self._calls.get(call.id)
        others = states.other_legs(call)
        if before is not None:
            for old in states.other_legs(before):
                if old not in others:
                    self._by_leg.pop(old, None)
        elif call.caller.number is not None:
            self._book.caller_came(call.caller.number)
        state = call.state
        if isinstance(state, Waiting):
            self._pool.put_call(call.id, state.queue, state.level, -state.priority, call.arrived_at, state.queued_at)
        elif before is not None and isinstance(before.state, Waiting):
            self._pool.drop_call(call.id)
        if isinstance(state, Ended):
            self._let_go(call)
            return
        self._calls[call.id] = call
        self._by_leg[call.leg] = call.id
        for other in others:
            self._by_leg[other] = call.id
        until = states.deadline(call)
        if until is not None:
            self._agenda.put(until, "call", call.id)

    def _let_go(self, call: Call) -> None:
        if call.caller.number is not None:
            self._book.caller_gone(call.caller.number)
        self._calls.pop(call.id, None)
        self._by_leg.pop(call.leg, None)
        self._over[call.id] = None
        if len(self._over) > OVER_KEPT_MAX:
            del self._over[next(iter(self._over))]


def _talks_with(call: Call | None) -> AdviserId | None:
    return call.state.adviser if call is not None and isinstance(call.state, states.Talking) else None
