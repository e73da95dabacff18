"""What happens to callbacks on a random day: people ask, advisers take cards, phones ring, outcomes are given.

One rule each; `goes_on` is what happens next to a callback when everybody does what they should.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from dialer.core import events as ev
from dialer.core.callbacks.outcomes import CallbackOutcome, Report, Structure
from dialer.core.callbacks.request import Request, Source
from dialer.core.callbacks.states import (
    Accepted,
    Callback,
    Dialling,
    Due,
    HangingUp,
    Offered,
    Ready,
    Requested,
    Resting,
    Talking,
    Telling,
    Unsettled,
    WithGuest,
    queued_at,
)
from dialer.core.callbacks.told import (
    CallbackCancelled,
    CardAccepted,
    CardRefused,
    DialAsked,
    OutcomeGiven,
    Rescheduled,
)
from dialer.core.words import E164, Cause, LegId, OfferId, Wish
from schedules.windows import Window
from tests.core.caller_day import ENDS, callers, kills
from tests.core.centre_day import CentreDay
from tests.core.controller import Kill
from tests.core.desk_day import ADVISERS, NADIA, PEOPLE, REMI, ZOE
from tests.core.world import WELCOMED

OUTCOMES = [
    *(CallbackOutcome.INFO_DONNEE, CallbackOutcome.RDV_FIXE, CallbackOutcome.A_RAPPELER, CallbackOutcome.TIERS_JOINT),
    *(CallbackOutcome.SANS_REPONSE, CallbackOutcome.REPONDEUR, CallbackOutcome.MAUVAIS_NUMERO, CallbackOutcome.ORIENTE),
    *(CallbackOutcome.REFUS, CallbackOutcome.OPPOSITION, CallbackOutcome.INJOIGNABLE, CallbackOutcome.ALERTE_DANGER),
]
people, near = st.sampled_from(list(PEOPLE)), st.sampled_from(list(PEOPLE)[:5])
cards = st.sampled_from([CardAccepted, CardAccepted, DialAsked, DialAsked, CardRefused])
WHEN = ["asap", "asap", "slot", "adviser"]
THEN = [
    *("they call", "they leave", "the adviser leaves", "the adviser presses a key", "the trunk refuses", "time"),
    *("killed", "slow", "the link is lost", "asterisk dies"),
]
WHILE_HELD = [
    *("the link is lost", "the link is lost", "asterisk dies", "killed", "they call"),
    *("the page is loaded anew", "cancelled", "time"),
]
"""What happens before the commit that a dial waits for."""
STEPS = {
    "offered": 1,
    "accepted": 2,
    "ready": 3,
    "dialling": 4,
    "talking": 5,
    "with_guest": 5,
    "telling": 6,
    "unsettled": 7,
}
NEAR = timedelta(seconds=300)
SETTLED_BY_PERSON = frozenset({"unknown", "number", "failures", "days"})


class CallbackDay(CentreDay):
    # -- asking ------------------------------------------------------------------------------------

    @rule(whose=st.lists(people, min_size=1, max_size=3), when=st.sampled_from(WHEN), ahead=st.integers(0, 5))
    def people_ask_to_be_called(self, whose: list[str], when: str, ahead: int) -> None:
        """Several in one file, all or none."""
        self._ask(*(self._wished(who, when, ahead) for who in whose))

    @precondition(lambda self: self.asterisk.link and len(self.asterisk.legs) < 12)
    @rule(number=callers, keys=st.sampled_from(["6", "61", "611", "611", "612", "62", "11"]))
    def somebody_asks_by_phone(self, number: E164 | None, keys: str) -> None:
        """6 at the menu, then 1: the number shown, then 1: as soon as possible, 2: the first slot."""
        leg = LegId(self._arrive(WELCOMED, number))
        for key in keys:
            self.all_mail_comes()
            if leg in self.asterisk.legs and self.asterisk.legs[leg].playback:
                self.asterisk.prompt_ends(leg)
                self.all_mail_comes()
            self.asterisk.post(leg, ev.DigitPressed(self.now, leg, key))
        self.all_mail_comes()

    def _wished(self, who: str, when: str, ahead: int) -> Request:
        request = PEOPLE[who]
        match when:
            case "slot":
                free = self.desk.book.slots(request.line, request.queue, request.phone, self.now)
                return replace(request, window=free[min(ahead, len(free) - 1)].window) if free else request
            case "adviser":
                return replace(request, window=self._window(60 * ahead), source=Source.ADVISER)
        return request

    def _ask(self, *requests: Request) -> None:
        change = self._happen(ev.CallbacksAsked(self.now, requests))
        assert len(change.intakes) == (len(requests) if change.refused is None else 0)

    def _window(self, ahead_s: float) -> Window:
        starts_at = self.now + timedelta(seconds=ahead_s)
        return Window(starts_at, starts_at + timedelta(seconds=300))

    # -- what people do with it --------------------------------------------------------------------

    @precondition(lambda self: self.desk.book.callbacks)
    @rule(data=st.data(), card=cards, old=st.sampled_from([0, 0, 0, 1, 2]))
    def a_card_is_taken_or_not(self, data: st.DataObject, card: type[CardAccepted], old: int) -> None:
        shown = [each.state.offer for each in self._callbacks() if isinstance(each.state, Offered | Accepted | Ready)]
        if old or not shown:
            callback = data.draw(st.sampled_from([each.id for each in self._callbacks()]))
            shown = [OfferId(f"{callback}-o{old}")]
        self._happen(card(self.now, data.draw(st.sampled_from(shown))))

    @precondition(lambda self: self.desk.book.callbacks)
    @rule(data=st.data(), what=st.sampled_from([*OUTCOMES, "moved", "moved", "cancelled"]), ahead=st.integers(0, 5))
    def somebody_decides(self, data: st.DataObject, what: str, ahead: int) -> None:
        asked = [each.id for each in self._callbacks() if isinstance(each.state, Unsettled | Talking)]
        chosen = data.draw(st.sampled_from(asked or [each.id for each in self._callbacks()]))
        callback = self.desk.book.callbacks[chosen]
        match what:
            case "moved":
                window = self._window(60 * ahead) if ahead else None
                phone = data.draw(st.sampled_from([None, None, NADIA, ZOE, REMI]))
                self._tell(callback, Rescheduled(self.now, window, phone))
            case "cancelled":
                self._tell(callback, CallbackCancelled(self.now))
            case outcome:
                self._tell(callback, OutcomeGiven(self.now, self._report(CallbackOutcome(outcome))))

    def _tell(self, callback: Callback, told: OutcomeGiven | Rescheduled | CallbackCancelled) -> None:
        self._happen(ev.CallbackTold(self.now, callback.id, told))

    def _report(self, outcome: CallbackOutcome) -> Report:
        match outcome:
            case CallbackOutcome.A_RAPPELER:
                return Report(outcome, window=self._window(90))
            case CallbackOutcome.RDV_FIXE:
                return Report(outcome, date=self.now + timedelta(days=3))
            case CallbackOutcome.ORIENTE:
                return Report(outcome, structure=Structure.CIO)
        return Report(outcome)

    # -- the usual way, and what breaks it off -----------------------------------------------------

    @rule(who=near, steps=st.integers(1, 8), outcome=st.sampled_from(OUTCOMES))
    def somebody_is_called_back(self, who: str, steps: int, outcome: CallbackOutcome) -> None:
        self._lead(who, steps, outcome)

    @precondition(lambda self: self.asterisk.link)
    @rule(who=near, steps=st.integers(0, 5), then=st.sampled_from(THEN), data=st.data())
    def somebody_is_called_back_until(self, who: str, steps: int, then: str, data: st.DataObject) -> None:
        """At any step of its way."""
        self._lead(who, steps, CallbackOutcome.INFO_DONNEE)
        theirs = [key for key, each in self.asterisk.legs.items() if each.called_back]
        ours = [key for key, each in self.asterisk.legs.items() if each.adviser]
        match then:
            case "they call":
                self._arrive(PEOPLE[who].line, PEOPLE[who].phone.number)
            case "they leave" if theirs:
                self.asterisk.leave(theirs[-1], data.draw(st.sampled_from(ENDS)))
            case "the adviser leaves" if ours:
                self.asterisk.leave(ours[-1], data.draw(st.sampled_from(ENDS)))
            case "the adviser presses a key" if ours:
                self.asterisk.post(ours[-1], ev.DigitPressed(self.now, ours[-1], data.draw(st.sampled_from("***5"))))
            case "the trunk refuses":
                self.asterisk.trunk = data.draw(st.sampled_from([Cause.FAILED, Cause.BUSY, Cause.UNREACHABLE]))
                self._lead(who, 1, CallbackOutcome.INFO_DONNEE)
            case "killed":
                self.doom(data.draw(st.sampled_from(["before the commit", "before the originate", "after"])))
                self._lead(who, 1, CallbackOutcome.INFO_DONNEE)
            case "slow":
                self.slow(data.draw(st.integers(1, 8)))
                self._lead(who, 1, CallbackOutcome.INFO_DONNEE)
            case "the link is lost" | "asterisk dies":
                self.lose_link(asterisk_dies=then == "asterisk dies")
                for leg in [*theirs, *ours] if data.draw(st.booleans()) else ():
                    self.asterisk.leave(leg, Cause.NORMAL)
                self._reconnect()
            case "time":
                self._until(self.now + timedelta(seconds=15))
        if data.draw(st.booleans()):
            self.all_mail_comes()

    @precondition(lambda self: self.asterisk.link and not self.controller.slow)
    @rule(who=near, events=st.integers(2, 12), then=st.sampled_from(WHILE_HELD), kill=kills, data=st.data())
    def a_dial_waits_for_its_commit(self, who: str, events: int, then: str, kill: Kill, data: st.DataObject) -> None:
        """The journal is slow from the word that dials, and something happens before it answers."""
        self._lead(who, 2, CallbackOutcome.INFO_DONNEE)
        ready = [each for each in self._callbacks() if isinstance(each.state, Ready)]
        if not ready or self.controller.doom:
            return
        self.slow(events)
        callback = data.draw(st.sampled_from(ready))
        self.goes_on(callback, CallbackOutcome.INFO_DONNEE)
        match then:
            case "the link is lost" | "asterisk dies":
                self.lose_link(asterisk_dies=then == "asterisk dies")
                self._reconnect()
            case "killed":
                self.doom(kill)
            case "they call":
                self._arrive(callback.line, callback.phone.number)
            case "the page is loaded anew":
                self._loaded_anew(callback.state.adviser, data.draw(st.booleans()))
            case "cancelled":
                self._tell(callback, CallbackCancelled(self.now))
            case "time":
                self._until(self.now + timedelta(seconds=data.draw(st.sampled_from([5, 12, 25]))))
        if data.draw(st.booleans()):
            self.all_mail_comes()
        now = self.desk.book.callbacks.get(callback.id)
        if now is not None and data.draw(st.booleans()):
            self._tell(now, Rescheduled(self.now, None))

    def _lead(self, who: str, steps: int, outcome: CallbackOutcome) -> None:
        """So many steps of the way of somebody of this number, who asks first where they have not asked."""
        number = PEOPLE[who].phone.number
        if not self.desk.book.of_number(number):
            self._ask(PEOPLE[who])
            self._happen(ev.DeadlineReached(self.now))
        theirs = [each.id for each in self.desk.book.of_number(number)]
        for _ in range(steps):
            self.all_mail_comes()
            found = [self.desk.book.callbacks[each] for each in theirs if each in self.desk.book.callbacks]
            if not found:
                break
            callback = max(found, key=lambda each: STEPS.get(each.state.kind, 0))
            if isinstance(callback.state, Requested | Resting) and queued_at(callback) <= self.now + NEAR:
                self._until(queued_at(callback))
            else:
                self.goes_on(callback, outcome)
        self.all_mail_comes()

    def goes_on(self, callback: Callback, outcome: CallbackOutcome) -> None:
        """The next thing, where it is anybody's but the clock's."""
        legs = self.asterisk.legs
        match callback.state:
            case Due():  # nobody is there for it, or somebody else comes first
                for who in ADVISERS:
                    self._presence(who, True)
                    self._happen(ev.WishSet(self.now, who, Wish.READY))
            case Offered(offer=offer):
                self._happen(CardAccepted(self.now, offer))
            case Ready(offer=offer):
                self._happen(DialAsked(self.now, offer))
            case Accepted(leg=leg) | Dialling(leg=leg) if leg in legs and not legs[leg].up:
                self.asterisk.picks_up(leg)
            case Talking(leg=leg) | WithGuest(leg=leg) if leg in legs:
                self.asterisk.leave(leg, Cause.NORMAL)
            case HangingUp(leg=leg) | Telling(leg=leg) if leg in legs and legs[leg].playback is not None:
                self.asterisk.prompt_ends(leg)
            case Unsettled(why="talked"):
                self._tell(callback, OutcomeGiven(self.now, self._report(outcome)))
            case Unsettled(why=why) if why in SETTLED_BY_PERSON:
                self._tell(callback, Rescheduled(self.now, None))
            case Unsettled():  # the gate says never
                self._tell(callback, OutcomeGiven(self.now, Report(CallbackOutcome.HORS_CHAMP)))

    def _callbacks(self) -> list[Callback]:
        return list(self.desk.book.callbacks.values())
