"""What advisers do in the talks of callbacks on a random day, one rule each. A callback stays with who promised it."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import Callback, CallbackId, Talking, WithGuest, visit
from dialer.core.callbacks.told import OutcomeGiven
from dialer.core.calls import told
from dialer.core.calls.told import To, ToAdviser, ToNumber
from dialer.core.words import CallId, Cause, LegId
from tests.core.callback_day import CallbackDay, near
from tests.core.desk_day import ADVISERS, DANGER, PEOPLE
from tests.core.talk_day import ACTS, targets

SCRIPTS = (
    ("aside", "comes", told.GuestJoinAsked), ("aside", "comes", "the adviser goes"), ("aside", "comes", "not bridged"),
    ("aside", "comes", told.GuestDismissed), ("aside", "comes", told.HandOverAsked), ("aside", "comes", None),
    ("aside", "is busy", "the person goes"), ("aside", "nobody answers", None), ("aside", "the adviser goes", None),
    ("join", "comes", told.HangUpAsked), ("join", "comes", "the person goes"), ("join", "comes", "the guest goes"),
    ("join", "the adviser goes", "the guest comes"), ("join", "the adviser goes", "nobody answers"),
    ("join", "the adviser goes", "the person goes"), ("blind", "comes", None), ("danger", "comes", "the adviser goes"),
    ("danger", "is busy", None), ("danger", "the adviser goes", "it is over"), ("danger", "comes", "it is over"),
)  # fmt: skip
"""How a guest is asked for, what follows, and what becomes of the talk then."""


class CallbackTalkDay(CallbackDay):
    @precondition(lambda self: self._callback_talks())
    @rule(data=st.data(), held=st.booleans())
    def an_adviser_holds_the_person(self, data: st.DataObject, held: bool) -> None:
        callback = data.draw(st.sampled_from(self._callback_talks()))
        self._ask_in_callback(told.HoldAsked(self.now, visit(callback), callback.state.adviser, held))

    @precondition(lambda self: self._callback_talks())
    @rule(data=st.data(), to=targets, how=st.sampled_from(["aside", "aside", "join", "join", "blind"]))
    def an_adviser_asks_somebody_into_a_callback(self, data: st.DataObject, to: To, how: str) -> None:
        callback = data.draw(st.sampled_from(self._callback_talks()))
        self._ask_in_callback(told.GuestAsked(self.now, visit(callback), callback.state.adviser, to, how))

    @precondition(lambda self: self._callback_talks())
    @rule(data=st.data(), to=st.sampled_from([*DANGER, "gone"]))
    def an_adviser_presses_the_danger_key_in_a_callback(self, data: st.DataObject, to: str) -> None:
        callback = data.draw(st.sampled_from(self._callback_talks()))
        self._ask_in_callback(told.DangerAsked(self.now, visit(callback), callback.state.adviser, to))

    @precondition(lambda self: self._callback_guests())
    @rule(data=st.data(), cause=st.sampled_from([None, None, *(Cause.NORMAL, Cause.BUSY, Cause.FAILED)]))
    def whoever_was_asked_into_a_callback_comes_or_goes(self, data: st.DataObject, cause: Cause | None) -> None:
        leg = data.draw(st.sampled_from(self._callback_guests()))
        if cause is not None:
            self.asterisk.leave(leg, cause)
        elif not self.asterisk.legs[leg].up:
            self.asterisk.picks_up(leg)
        self.all_mail_comes()

    @precondition(lambda self: self._callback_talks())
    @rule(data=st.data(), what=st.sampled_from(ACTS), whose=st.sampled_from(["theirs", "theirs", "a colleague's"]))
    def an_adviser_does_something_in_a_callback(self, data: st.DataObject, what: type, whose: str) -> None:
        callback = data.draw(st.sampled_from(self._callback_talks()))
        who = callback.state.adviser if whose == "theirs" else data.draw(st.sampled_from(ADVISERS))
        self._ask_in_callback(what(self.now, visit(callback), who))

    @precondition(lambda self: self.asterisk.link and len(self.asterisk.legs) < 9)
    @rule(who=near, script=st.sampled_from(SCRIPTS), outside=st.booleans())
    def somebody_is_called_back_and_a_guest_is_asked(
        self, who: str, script: tuple[str, str, object], outside: bool
    ) -> None:
        """The usual way, as far as faults let it go."""
        how, then, last = script
        for _ in range(5):
            theirs = [each for each in self._callback_talks() if each.phone.number == PEOPLE[who].phone.number]
            if theirs:
                break
            self._lead(who, 1, CallbackOutcome.INFO_DONNEE)
        else:
            return
        callback, talk = theirs[0], theirs[0].state
        assert isinstance(talk, Talking)
        free = [each for each in ADVISERS if self.desk.talks.can_be_asked(each)]
        if how == "danger":
            to = "119" if outside else "supervisor"
            self._ask_in_callback(told.DangerAsked(self.now, visit(callback), talk.adviser, to))
        else:
            whom = ToNumber("cio") if outside or not free else ToAdviser(free[0])
            self._ask_in_callback(told.GuestAsked(self.now, visit(callback), talk.adviser, whom, how))
        self._then(callback.id, talk, then)
        self._then(callback.id, talk, last)

    def _then(self, callback: CallbackId, talk: Talking, what: object) -> None:
        guests = [leg for leg in self._callback_guests() if leg.startswith(f"{callback}-")]
        match what:
            case "comes" | "the guest comes":
                for leg in guests:
                    if not self.asterisk.legs[leg].up:
                        self.asterisk.picks_up(leg)
            case "is busy" | "the guest goes":
                for leg in guests:
                    self.asterisk.leave(leg, Cause.BUSY if what == "is busy" else Cause.NORMAL)
            case "the adviser goes":
                self.asterisk.leave(talk.adviser_leg, Cause.NORMAL)
            case "the person goes":
                self.asterisk.leave(talk.leg, Cause.NORMAL)
            case "nobody answers":
                self._until(self.now + timedelta(seconds=46))
            case "not bridged":
                self._ask_in_callback(told.HoldAsked(self.now, CallId(callback), talk.adviser, True))
                self.asterisk.refuses_bridges = True
                self._ask_in_callback(told.HoldAsked(self.now, CallId(callback), talk.adviser, False))
            case "it is over":
                found = self.desk.book.callbacks.get(callback)
                if found is not None:
                    self._tell(found, OutcomeGiven(self.now, self._report(CallbackOutcome.ALERTE_DANGER)))
                self._until(self.now + timedelta(seconds=46))
            case type():
                self._ask_in_callback(what(self.now, CallId(callback), talk.adviser))
        self.all_mail_comes()

    def _ask_in_callback(self, event: told.TalkTold) -> None:
        """What is refused changes nothing of it; and whatever is done, it stays with the same adviser."""
        before = self.desk.book.of_visit(event.call)
        change = self._happen(event)
        if change.refused is not None:
            assert CallbackId(event.call) not in change.callbacks
            assert all(entry.call != event.call for entry in change.records)
        after = self.desk.book.of_visit(event.call)
        if before is not None and after is not None and isinstance(after.state, Talking | WithGuest):
            assert isinstance(before.state, Talking | WithGuest)
            assert after.state.adviser == before.state.adviser
            assert after.attempts == before.attempts

    def _callback_talks(self) -> list[Callback]:
        return [each for each in self._callbacks() if isinstance(each.state, Talking)]

    def _callback_guests(self) -> list[LegId]:
        talks = [each.state for each in self._callbacks() if isinstance(each.state, Talking | WithGuest)]
        return [each.guest.leg for each in talks if each.guest is not None and each.guest.leg in self.asterisk.legs]
