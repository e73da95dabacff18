"""What callers and advisers do on a random day, one rule each."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from dialer.core import events as ev
from dialer.core.calls import states as calls
from dialer.core.words import E164, AdviserId, By, Cause, LegId, LineId, Wish
from tests.core.centre_day import CentreDay
from tests.core.controller import Kill
from tests.core.desk_day import ADVISERS, CALLERS, LINES

ENDS = [Cause.NORMAL, Cause.REJECTED, Cause.BUSY, Cause.NO_ANSWER, Cause.FAILED, Cause.UNREACHABLE, Cause.UNKNOWN]
lines, callers, staff = st.sampled_from(LINES), st.sampled_from(CALLERS), st.sampled_from(ADVISERS)
kills: st.SearchStrategy[Kill] = st.sampled_from(["before the commit", "before the originate", "after"])


class CallerDay(CentreDay):
    @rule(on=lines, number=callers)
    def somebody_calls(self, on: LineId, number: E164 | None) -> None:
        if len(self.asterisk.legs) < 14:
            self._arrive(on, number)

    @precondition(lambda self: self.asterisk.link and len(self.asterisk.legs) < 12)
    @rule(on=lines, digit=st.sampled_from("113346"), number=callers)
    def somebody_calls_and_chooses(self, on: LineId, digit: str, number: E164 | None) -> None:
        """The usual way, without a race: 1 a queue, 3 a number outside, 4 a hook, 6 to be called back."""
        leg = LegId(self._arrive(on, number))
        self.all_mail_comes()
        if leg in self.asterisk.legs and self.asterisk.legs[leg].playback:  # the welcome
            self.asterisk.prompt_ends(leg)
            self.all_mail_comes()
            self.asterisk.post(leg, ev.DigitPressed(self.now, leg, digit))
            self.all_mail_comes()

    @precondition(lambda self: any(leg.line for leg in self.asterisk.legs.values()))
    @rule(digit=st.sampled_from("159"))
    def every_caller_presses_at_once(self, digit: str) -> None:
        for leg, each in list(self.asterisk.legs.items()):
            if each.line:
                self.asterisk.post(leg, ev.DigitPressed(self.now, leg, digit))
        self.all_mail_comes()

    @rule()
    def a_phone_is_answered_at_once(self) -> None:
        for leg, each in list(self.asterisk.legs.items()):
            if each.adviser and not each.up:
                self.asterisk.picks_up(leg)
                break
        self.all_mail_comes()

    @precondition(lambda self: any(leg.line for leg in self.asterisk.legs.values()))
    @rule(data=st.data(), digit=st.sampled_from("11123456789"))
    def a_caller_presses(self, data: st.DataObject, digit: str) -> None:
        leg = data.draw(st.sampled_from([key for key, each in self.asterisk.legs.items() if each.line]))
        self.asterisk.post(leg, ev.DigitPressed(self.now, leg, digit))

    @precondition(lambda self: self.asterisk.legs)
    @rule(data=st.data(), cause=st.sampled_from(ENDS))
    def somebody_leaves(self, data: st.DataObject, cause: Cause) -> None:
        leg = data.draw(st.sampled_from(list(self.asterisk.legs)))
        self.asterisk.leave(leg, Cause.NORMAL if self.asterisk.legs[leg].line else cause)

    @precondition(lambda self: any(not leg.up and not leg.line for leg in self.asterisk.legs.values()))
    @rule(data=st.data())
    def a_phone_is_picked_up(self, data: st.DataObject) -> None:
        ringing = [key for key, each in self.asterisk.legs.items() if not each.up and not each.line]
        self.asterisk.picks_up(data.draw(st.sampled_from(ringing)))

    @precondition(lambda self: any(not leg.up and leg.adviser for leg in self.asterisk.legs.values()))
    @rule(caller_leaves=st.booleans())
    def a_phone_is_picked_up_too_late(self, caller_leaves: bool) -> None:
        """200 crosses CANCEL: the answer is on its way when the desk gives the phone up."""
        leg = next(key for key, each in self.asterisk.legs.items() if each.adviser and not each.up)
        self.asterisk.picks_up(leg)
        call = next((c for c in self.desk.calls.values() if calls.ring_leg(c) == leg), None)
        if call is not None and caller_leaves:
            self.asterisk.legs.pop(call.leg, None)
            self._happen(ev.LegLeft(self.now, call.leg, Cause.NORMAL))
        else:
            self._until(self.now + timedelta(seconds=20))

    @precondition(lambda self: any(leg.playback for leg in self.asterisk.legs.values()))
    @rule(data=st.data())
    def a_prompt_ends(self, data: st.DataObject) -> None:
        self.asterisk.prompt_ends(
            data.draw(st.sampled_from([key for key, each in self.asterisk.legs.items() if each.playback]))
        )

    @precondition(lambda self: self.asterisk.hooks)
    @rule(result=st.sampled_from(["known", "else", None]))
    def a_hook_answers(self, result: str | None) -> None:
        call, node = self.asterisk.hooks.pop(0)
        self.asterisk.post("hook", ev.HookAnswered(self.now, call, node, result))

    @rule(who=staff, wish=st.sampled_from([Wish.READY, Wish.READY, Wish.PAUSED, Wish.AWAY]))
    def an_adviser_wishes(self, who: AdviserId, wish: Wish) -> None:
        self._happen(ev.WishSet(self.now, who, wish, By.PERSON, None))

    @rule(who=staff)
    def a_phone_comes_or_goes(self, who: AdviserId) -> None:
        self._presence(who, who not in self.asterisk.phones)

    @rule(who=staff, waits=st.booleans())
    def an_advisers_page_is_loaded_anew(self, who: AdviserId, waits: bool) -> None:
        """Its legs stay in Asterisk; the page knows nothing of them. It may be busy with the call that it still has."""
        self._loaded_anew(who, waits)

    @precondition(lambda self: any(leg.up and leg.adviser for leg in self.asterisk.legs.values()))
    @rule(data=st.data())
    def an_adviser_is_torn_off(self, data: st.DataObject) -> None:
        up = [key for key, each in self.asterisk.legs.items() if each.up and each.adviser]
        self.asterisk.leave(data.draw(st.sampled_from(up)), Cause.FAILED)

    @rule(who=staff)
    def an_adviser_dials_themselves(self, who: AdviserId) -> None:
        self.asterisk.busy ^= {who}
