"""Whom an adviser may bring into their talk or send the caller on to, and who can be had now.

Decides that a wish is refused before anything changes: whose talk it is not, who is not free, what has no number, a
queue that is full or unstaffed, a callback, which stays with whoever made it. No digits are ever typed: a number
outside has a name in the configuration, or is that of a structure. Must not know what becomes of the talk
(`calls.talk`, `callbacks.talk`), nor Asterisk.

A colleague is asked whatever their wish, unless they are away: another adviser asks, and not the queue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dialer.core import adviser as advisers
from dialer.core.adviser import Adviser
from dialer.core.callbacks import talking
from dialer.core.callbacks.book import Book
from dialer.core.callbacks.promises import Promises
from dialer.core.callbacks.states import Callback, CallbackState
from dialer.core.callbacks.talk import hands_it_on
from dialer.core.calls.party import Colleague, Dialled, GuestFound, Outsider, QueueChosen, TalkAsked
from dialer.core.calls.states import Call, CallState, Offered, Talking
from dialer.core.calls.switchboard import Switchboard
from dialer.core.calls.told import (
    DangerAsked,
    GuestAsked,
    TalkTold,
    ToAdviser,
    ToNumber,
    ToQueue,
    ToStructure,
)
from dialer.core.change import Change
from dialer.core.numbers import territories
from dialer.core.rules import DangerTarget, LineRules, Rules
from dialer.core.structures.register import Register
from dialer.core.structures.structure import StructureId, exists_on, home_of
from dialer.core.team import Team
from dialer.core.words import AdviserId, CallId, Instant, LineId, QueueId, Wish
from schedules.walltime import wall_clock


@dataclass(frozen=True, slots=True)
class NotHad:
    """Why nobody is rung, as `Change.refused` says it."""

    why: str


class Talks:
    def __init__(
        self,
        rules: Callable[[], Rules],
        line: Callable[[LineId], LineRules | None],
        switchboard: Switchboard,
        promises: Promises,
        book: Book,
        team: Team,
        register: Register,
    ) -> None:
        self._rules = rules
        self._line = line
        self._switchboard = switchboard
        self._promises = promises
        self._book = book
        self._team = team
        self._register = register

    def tell(self, event: TalkTold, link_up: bool, change: Change) -> None:
        talk = self._switchboard.calls.get(event.call) or self._book.of_visit(event.call)
        if talk is None or not _is_theirs(talk.state, event):
            change.refused = "not_talking"
            return
        if not link_up:  # nothing that is asked for would be done, or it would be much later
            change.refused = "link_lost"
            return
        if isinstance(talk, Callback) and hands_it_on(event):
            change.refused = "callback_stays"
            return
        asked = self._found(event)
        if isinstance(asked, GuestFound) and isinstance(asked.whom, Dialled) and self._line(talk.line) is None:
            asked = NotHad("no_number")  # a line that left the configuration before a restart has none to show
        if isinstance(asked, NotHad):
            change.refused = asked.why
            return
        if isinstance(talk, Call):
            self._switchboard.tell(talk.id, asked, change)
        else:
            change.refused = self._promises.tell(event.call, asked, change)
        if change.refused is None and isinstance(asked, GuestFound):
            self._ring(event.call, event.at, change)

    def colleagues(self, but: AdviserId) -> list[Adviser]:
        """Everybody else of the team, by id."""
        known = self._rules().advisers
        return sorted((a for a in self._team.advisers.values() if a.id in known and a.id != but), key=lambda a: a.id)

    def can_be_asked(self, adviser: AdviserId) -> bool:
        """Free, with a phone that rings, and not away."""
        found = self._team.advisers.get(adviser)
        return found is not None and found.state == advisers.Free() and found.wish is not Wish.AWAY

    def helper(self, danger: DangerTarget, but: AdviserId) -> AdviserId | None:
        """The first of its supervisors who can be asked."""
        return next((each for each in danger.supervisors if each != but and self.can_be_asked(each)), None)

    # -- who is meant --------------------------------------------------------------------------

    def _found(self, event: TalkTold) -> TalkAsked | NotHad:
        match event:
            case DangerAsked(to=to):
                whom = self._in_danger(to, event.adviser)
                return whom if isinstance(whom, NotHad) else GuestFound(event.at, event.adviser, whom, "join", to)
            case GuestAsked(to=to):
                if isinstance(to, ToQueue):
                    return self._queue(to.queue, event)
                guest = self._whom(to, event)
                return guest if isinstance(guest, NotHad) else GuestFound(event.at, event.adviser, guest, event.how)
            case _:
                return event

    def _queue(self, queue: QueueId, event: GuestAsked) -> QueueChosen | NotHad:
        if queue not in self._rules().queues:
            return NotHad("unknown_target")
        return QueueChosen(event.at, event.adviser, queue) if event.how == "blind" else NotHad("queue_blind_only")

    def _in_danger(self, to: str, asks: AdviserId) -> Colleague | Dialled | NotHad:
        danger = self._rules().danger.get(to)
        if danger is None:
            return NotHad("unknown_target")
        if danger.number is not None:
            return Dialled(Outsider("danger", danger.id, danger.name), danger.number)
        helper = self.helper(danger, asks)
        return Colleague(helper) if helper is not None else NotHad("nobody_free")

    def _whom(self, to: ToAdviser | ToNumber | ToStructure, event: GuestAsked) -> Colleague | Dialled | NotHad:
        match to:
            case ToAdviser(adviser):
                if adviser not in self._rules().advisers or adviser == event.adviser:
                    return NotHad("unknown_target")
                return Colleague(adviser) if self.can_be_asked(adviser) else NotHad("not_free")
            case ToNumber(name):
                number = self._rules().numbers.get(name)
                who = Outsider("number", name, name)
                return Dialled(who, number) if number is not None else NotHad("unknown_target")
            case ToStructure(key):
                return self._structure(key, event.at)

    def _structure(self, key: StructureId, at: Instant) -> Dialled | NotHad:
        """On the number that the directory has of it, if that is one that a person answers."""
        found = self._register.structures.get(key)
        if found is None or not exists_on(found, wall_clock(at, home_of(found).zone).date()):
            return NotHad("unknown_target")
        number = found.phone.number if found.phone is not None else None
        if number is None or not territories(number) or number in self._rules().calling.own:
            return NotHad("no_number")
        return Dialled(Outsider("structure", found.id, found.name), number)

    def _ring(self, visit: CallId, at: Instant, change: Change) -> None:
        """The colleague whose phone rings for it is told; a defect may have ended the talk instead."""
        talk = self._switchboard.calls.get(visit) or self._book.of_visit(visit)
        match talk.state if talk is not None else None:
            case Offered() as state:
                offer = advisers.OfferReceived(at, visit, state.offer, state.leg, state.deadline)
                self._team.tell(state.adviser, offer, change)
            case Talking(guest=guest) | talking.Talking(guest=guest) if guest is not None and guest.offer is not None:
                assert isinstance(guest.who, Colleague)
                assert guest.deadline is not None
                offer = advisers.OfferReceived(at, visit, guest.offer, guest.leg, guest.deadline)
                self._team.tell(guest.who.adviser, offer, change)


def _is_theirs(state: CallState | CallbackState, event: TalkTold) -> bool:
    """Of the adviser whose talk it is, or of a guest, who may do nothing in it but hang up."""
    if not isinstance(state, Talking | talking.Talking | talking.WithGuest):
        return False
    has_left = isinstance(state, talking.WithGuest)
    is_guest = state.guest is not None and state.guest.who == Colleague(event.adviser)
    return is_guest or (state.adviser == event.adviser and not has_left)
