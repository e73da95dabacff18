"""What goes wrong on a random day: the link, Asterisk, the controller, the journal, the configuration."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from dialer.core import events as ev
from dialer.core.words import E164, Cause, LegId, LineId, Wish
from tests.core.caller_day import callers, kills, lines, staff
from tests.core.centre_day import FAULTS, REPEATABLE, CentreDay
from tests.core.controller import Kill, told_at
from tests.core.desk_day import CONFIGURATIONS


class FaultDay(CentreDay):
    @precondition(lambda self: isinstance(self.last, REPEATABLE))
    @rule()
    def the_same_event_again(self) -> None:
        FAULTS["duplicate"] += 1
        assert self.last is not None
        self._happen(told_at(self.last, self.now))

    @precondition(lambda self: self.asterisk.link)
    @rule(
        data=st.data(),
        fault=st.sampled_from(["link lost", "killed, committed", "killed before the commit", "asterisk killed"]),
        gap=st.lists(st.sampled_from(["leave", "pick up", "phone", "wish", "time", "shift"]), max_size=4),
        back=st.sampled_from([True, True, True, False]),
    )
    def a_fault(self, data: st.DataObject, fault: str, gap: list[str], back: bool) -> None:
        """The link goes, for one reason or another; things happen meanwhile; it comes back now or later."""
        match fault:
            case "link lost" | "asterisk killed":
                self.lose_link(asterisk_dies=fault == "asterisk killed")
            case _:
                FAULTS[fault] += 1
                self._kill("after" if fault == "killed, committed" else "before the commit")
        for meanwhile in gap:
            match meanwhile:
                case "leave" if self.asterisk.legs:
                    self.asterisk.leave(data.draw(st.sampled_from(list(self.asterisk.legs))), Cause.NORMAL)
                case "pick up":
                    for leg, each in list(self.asterisk.legs.items()):
                        if not each.up and not each.line:
                            self.asterisk.picks_up(leg)
                case "phone":
                    who = data.draw(staff)
                    self._presence(who, who not in self.asterisk.phones)
                case "wish":
                    self._happen(ev.WishSet(self.now, data.draw(staff), Wish.READY))
                case "time" | "shift":
                    self._until(self.now + timedelta(seconds=30 if meanwhile == "time" else 400))
        if back:
            self._reconnect()

    @rule(where=kills)
    def the_controller_will_be_killed_in_its_next_event(self, where: Kill) -> None:
        if self.asterisk.link:
            self.doom(where)

    @precondition(lambda self: not self.controller.slow)
    @rule(events=st.integers(1, 8))
    def the_journal_does_not_answer_for_a_while(self, events: int) -> None:
        self.slow(events)

    @precondition(lambda self: self.arrivals)
    @rule(data=st.data())
    def an_old_arrival_again(self, data: st.DataObject) -> None:
        FAULTS["old arrival"] += 1
        self._happen(told_at(data.draw(st.sampled_from(self.arrivals)), self.now))

    @precondition(lambda self: self.asterisk.link)
    @rule(leave=st.sampled_from(["nobody", "caller", "both"]), where=kills)
    def the_controller_is_killed_as_a_phone_is_answered(self, leave: str, where: Kill) -> None:
        self.all_mail_comes()
        ringing = [key for key, each in self.asterisk.legs.items() if each.line is None and not each.up]
        if not ringing:
            return
        FAULTS["killed at an answer"] += 1
        self.asterisk.picks_up(ringing[0])
        self.all_mail_comes()
        self._kill(where)
        bridge = self.asterisk.legs[ringing[0]].bridge if ringing[0] in self.asterisk.legs else None
        for leg, each in list(self.asterisk.legs.items()):
            theirs = each.line is not None or each.called_back
            if bridge is not None and each.bridge == bridge and (leave == "both" or (leave == "caller" and theirs)):
                self.asterisk.leave(leg, Cause.NORMAL)
        self._reconnect()

    @precondition(lambda self: self.asterisk.link and len(self.asterisk.legs) < 12)
    @rule(on=lines, how=st.sampled_from(["killed", "link lost", "late"]), number=callers)
    def nobody_hears_that_somebody_is_picked_up(self, on: LineId, how: str, number: E164 | None) -> None:
        """Our Answer was obeyed, and nobody heard of it, or late."""
        self.all_mail_comes()
        call = self._arrive(on, number)
        if not self.asterisk.mail:
            return  # killed meanwhile
        _, event = self.asterisk.mail.pop(0)
        self._happen(told_at(event, self.now))
        FAULTS["lost at an arrival"] += 1
        match how:
            case "killed":
                self._kill("after")
            case "late":
                self._until(self.now + timedelta(seconds=12))
                return
            case _:
                self.lose_link()
        self._reconnect()
        taken = self.desk.calls.get(call)
        up = LegId(call) in self.asterisk.legs and self.asterisk.legs[LegId(call)].up
        assert taken is None or not up or taken.state.kind != "arrived", "whose leg is up waits to be picked up"

    @precondition(lambda self: not self.asterisk.link)
    @rule()
    def the_link_is_back(self) -> None:
        self._reconnect()

    def _kill(self, where: Kill) -> None:
        """At once after an event: what it said at once was done."""
        self.controller.die(where, self.now)
        self._died()

    @rule()
    def the_next_bridge_is_refused(self) -> None:
        FAULTS["bridge refused"] += 1
        self.asterisk.refuses_bridges = True

    @rule(which=st.sampled_from([0, 0, 0, 1, 2, 3, 4, 5, 6, 6]))
    def another_configuration(self, which: int) -> None:
        if self.configuration is not CONFIGURATIONS[which]:
            FAULTS["configuration"] += 1
            self._configure(CONFIGURATIONS[which])
