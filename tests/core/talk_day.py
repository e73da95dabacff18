"""What advisers do in their talks on a random day, one rule each. What cannot be is refused, and changes nothing."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from dialer.core.calls import told
from dialer.core.calls.states import Call, Forwarded, Offered, Talking
from dialer.core.calls.told import To, ToAdviser, ToNumber, ToQueue
from dialer.core.words import CallId, Cause, LegId
from tests.core.centre_day import CentreDay
from tests.core.desk_day import ADVISERS, DANGER
from tests.core.world import DIRECT, DROPOUT, MAIN

targets: st.SearchStrategy[To] = st.sampled_from(
    [*(ToAdviser(each) for each in ADVISERS), ToNumber("cio"), ToNumber("gone"), ToQueue(MAIN), ToQueue(DROPOUT)]
)
HOW = ("aside", "join", "blind")
ACTS = (told.GuestJoinAsked, told.HandOverAsked, told.GuestDismissed, told.HangUpAsked)
SCRIPTS = (
    ("aside", "comes", told.HandOverAsked), ("aside", "comes", "the adviser goes"), ("aside", "comes", "not bridged"),
    ("aside", "comes", told.GuestJoinAsked), ("aside", "comes", told.GuestDismissed), ("aside", "comes", None),
    ("aside", "is busy", "the caller goes"), ("aside", "the adviser goes", None), ("aside", "nobody answers", None),
    ("join", "comes", told.HangUpAsked), ("join", "comes", "the caller goes"), ("join", "comes", told.HandOverAsked),
    ("blind", "comes", "the caller goes"), ("blind", "is busy", None), ("blind", "nobody answers", None),
    ("danger", "comes", "the adviser goes"), ("danger", "comes", None), ("danger", "is busy", None),
    ("aside", "comes", "the guest goes"), ("join", "comes", "the guest goes"), ("danger", "comes", "the caller goes"),
    ("aside", "comes", "the page is loaded anew"), ("join", "comes", "the page is loaded anew"),
    ("aside", "comes", "torn off"), ("join", "comes", "torn off"), ("danger", "comes", "torn off"),
    ("aside", "comes", "the link is lost"), ("join", "comes", "the link is lost"), ("join", "comes", "asterisk dies"),
    ("aside", "nobody answers", "the page is loaded anew"),
)  # fmt: skip
"""How a guest is asked for, what they do, and what becomes of the talk then."""


class TalkDay(CentreDay):
    @precondition(lambda self: self._talks())
    @rule(data=st.data(), held=st.booleans())
    def an_adviser_holds_or_takes_back(self, data: st.DataObject, held: bool) -> None:
        call = data.draw(st.sampled_from(self._talks()))
        self._ask_in_talk(told.HoldAsked(self.now, call.id, call.state.adviser, held))

    @precondition(lambda self: self._talks())
    @rule(data=st.data(), to=targets, how=st.sampled_from(["aside", "aside", "join", "blind"]))
    def an_adviser_asks_for_somebody(self, data: st.DataObject, to: To, how: str) -> None:
        call = data.draw(st.sampled_from(self._talks()))
        self._ask_in_talk(told.GuestAsked(self.now, call.id, call.state.adviser, to, how))

    @precondition(lambda self: self._talks())
    @rule(data=st.data(), to=st.sampled_from([*DANGER, "gone"]))
    def an_adviser_presses_the_danger_key(self, data: st.DataObject, to: str) -> None:
        call = data.draw(st.sampled_from(self._talks()))
        self._ask_in_talk(told.DangerAsked(self.now, call.id, call.state.adviser, to))

    @precondition(lambda self: self._guests())
    @rule(data=st.data())
    def whoever_was_asked_comes_at_once(self, data: st.DataObject) -> None:
        leg = data.draw(st.sampled_from(self._guests()))
        if leg in self.asterisk.legs and not self.asterisk.legs[leg].up:
            self.asterisk.picks_up(leg)
        self.all_mail_comes()

    @precondition(lambda self: self._guests())
    @rule(data=st.data(), cause=st.sampled_from([Cause.NORMAL, Cause.BUSY, Cause.NO_ANSWER, Cause.UNREACHABLE]))
    def whoever_was_asked_goes(self, data: st.DataObject, cause: Cause) -> None:
        self.asterisk.leave(data.draw(st.sampled_from(self._guests())), cause)

    @precondition(lambda self: self._talks())
    @rule(data=st.data(), what=st.sampled_from(ACTS), whose=st.sampled_from(["theirs", "theirs", "a colleague's"]))
    def an_adviser_does_something_with_the_guest(self, data: st.DataObject, what: type, whose: str) -> None:
        call = data.draw(st.sampled_from(self._talks()))
        who = call.state.adviser if whose == "theirs" else data.draw(st.sampled_from(ADVISERS))
        self._ask_in_talk(what(self.now, call.id, who))

    @precondition(lambda self: self.asterisk.link and len(self.asterisk.legs) < 9)
    @rule(script=st.sampled_from(SCRIPTS), outside=st.booleans())
    def somebody_is_talked_to_and_a_guest_is_asked(self, script: tuple[str, str, object], outside: bool) -> None:
        """The usual way, as far as faults let it go."""
        how, then, last = script
        call = self._arrive(DIRECT, None)
        self.all_mail_comes()
        waiting = self.desk.calls.get(call)
        if waiting is not None and isinstance(waiting.state, Offered) and waiting.state.leg in self.asterisk.legs:
            self.asterisk.picks_up(waiting.state.leg)
            self.all_mail_comes()
        talk = self._talk_of(call)
        if talk is None:
            return
        free = [each for each in ADVISERS if self.desk.talks.can_be_asked(each)]
        if how == "danger":
            self._ask_in_talk(told.DangerAsked(self.now, call, talk.adviser, "119" if outside else "supervisor"))
        else:
            to = ToNumber("cio") if outside or not free else ToAdviser(free[0])
            self._ask_in_talk(told.GuestAsked(self.now, call, talk.adviser, to, how))
        for leg in [each for each in self._guests() if each.startswith(f"{call}-") and not self.asterisk.legs[each].up]:
            match then:
                case "comes":
                    self.asterisk.picks_up(leg)
                case "is busy":
                    self.asterisk.leave(leg, Cause.BUSY)
                case "the adviser goes":
                    self.asterisk.leave(talk.leg, Cause.NORMAL)
                case "nobody answers":
                    self._until(self.now + timedelta(seconds=46))
        self.all_mail_comes()
        talk = self._talk_of(call)
        if talk is not None:
            self._at_last(call, talk, last)
            self.all_mail_comes()

    @precondition(lambda self: self.asterisk.link and not self.controller.slow and self._talks())
    @rule(data=st.data(), how=st.sampled_from(HOW), events=st.integers(2, 12), dies=st.booleans())
    def a_guest_outside_waits_for_the_commit_and_the_link_is_lost(
        self, data: st.DataObject, how: str, events: int, dies: bool
    ) -> None:
        call = data.draw(st.sampled_from(self._talks()))
        self.slow(events)
        self._ask_in_talk(told.GuestAsked(self.now, call.id, call.state.adviser, ToNumber("cio"), how))
        self.lose_link(asterisk_dies=dies)
        self._reconnect()

    def _at_last(self, call: CallId, talk: Talking, what: object) -> None:
        match what:
            case "not bridged":
                self._ask_in_talk(told.HoldAsked(self.now, call, talk.adviser, True))
                self.asterisk.refuses_bridges = True
                self._ask_in_talk(told.HoldAsked(self.now, call, talk.adviser, False))
            case "the adviser goes" | "the caller goes":
                self.asterisk.leave(talk.leg if what == "the adviser goes" else LegId(call), Cause.NORMAL)
            case "the guest goes":
                for leg in self._guests():
                    if leg.startswith(f"{call}-"):
                        self.asterisk.leave(leg, Cause.NORMAL)
            case "the page is loaded anew" if talk.adviser is not None:
                self._loaded_anew(talk.adviser, waits=False)
            case "torn off":
                self.asterisk.leave(talk.leg, Cause.FAILED)
            case "the link is lost" | "asterisk dies":
                self.lose_link(asterisk_dies=what == "asterisk dies")
                self._reconnect()
            case type():
                self._ask_in_talk(what(self.now, call, talk.adviser))

    def _talk_of(self, call: CallId) -> Talking | None:
        found = self.desk.calls.get(call)
        state = found.state if found is not None else None
        return state if isinstance(state, Talking) and state.adviser is not None else None

    def _ask_in_talk(self, event: told.TalkTold) -> None:
        """What is refused changes nothing of the call."""
        change = self._happen(event)
        if change.refused is not None:
            assert event.call not in change.calls
            assert all(entry.call != event.call for entry in change.records)

    def _talks(self) -> list[Call]:
        """Those of advisers."""
        calls = self.desk.calls.values()
        return [each for each in calls if isinstance(each.state, Talking) and each.state.adviser is not None]

    def _guests(self) -> list[str]:
        found = [each.state.guest.leg for each in self._talks() if each.state.guest is not None]
        found += [each.state.leg for each in self.desk.calls.values() if isinstance(each.state, Forwarded)]
        return [leg for leg in found if leg in self.asterisk.legs]
