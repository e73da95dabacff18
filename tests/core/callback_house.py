"""One callback in a house that can die at any instant: a store that commits, a trunk that counts, two phones, people.

A fake with a behaviour of its own. Commands that are not durable are performed before the commit, durable ones after
it, as the runner does; a kill in between loses what a kill loses. Whatever has to hold at every moment is asserted
after every event.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from pydantic import TypeAdapter

from dialer.core import adviser as advisers
from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.adviser import Adviser, OfferReceived
from dialer.core.callbacks import callback as machine
from dialer.core.callbacks.events import CallAnswered, CallbackEvent, CalledIn, CallOver, Fate, Recovered
from dialer.core.callbacks.ladder import AttemptCause, Ladder
from dialer.core.callbacks.moves import CallbackStep
from dialer.core.callbacks.outcomes import CallbackOutcome, Report, Structure
from dialer.core.callbacks.rules import CallbackRules
from dialer.core.callbacks.states import (
    Attached,
    Callback,
    CallbackId,
    CaseId,
    Closed,
    Due,
    HangingUp,
    Joined,
    Offered,
    Talking,
    Telling,
    WithGuest,
    deadline,
    holder,
    legs,
    visit,
)
from dialer.core.callbacks.talking import bridged_legs
from dialer.core.callbacks.told import (
    CallbackCancelled,
    CardAccepted,
    CardRefused,
    DialAsked,
    MachineHeard,
    OutcomeGiven,
    Rescheduled,
)
from dialer.core.calls.party import Dialled, GuestFound, How, Outsider
from dialer.core.calls.states import OfferAnswered, OfferMade, OfferMissed, OfferWithdrawn, TalkEnded
from dialer.core.calls.told import HoldAsked
from dialer.core.words import (
    E164,
    AdviserId,
    BridgeId,
    By,
    CallId,
    Cause,
    Instant,
    LegId,
    LineId,
    OfferId,
    PlaybackId,
    Wish,
)
from schedules.windows import Window
from tests.core.callback_world import PHONE, WHY, FakeScene, allowed, refused_until
from tests.core.world import MAIN, T0

STORED = TypeAdapter(tuple[Callback, Adviser])
KILLS = ("before the commit", "before the originate", "after")
BY_PEOPLE = (OutcomeGiven, Rescheduled, CallbackCancelled)
COUNTED = frozenset({"busy", "no_answer", "machine", "third_party", "unreachable", "invalid_number", "wrong_number"})
FAILURES = frozenset({"failed", "adviser_lost", "crossed"})
CAUSES = (Cause.BUSY, Cause.NO_ANSWER, Cause.NORMAL, Cause.FAILED, Cause.UNREACHABLE, Cause.REJECTED, Cause.UNKNOWN)


CIO = Dialled(Outsider("number", "cio", "cio"), E164("+33199000042"))
HOW: tuple[How, ...] = ("aside", "join")


class Lines:
    """The trunk and the adviser's phone: which legs are there, who hears what, and how often each was originated."""

    def __init__(self) -> None:
        self.originated: Counter[LegId] = Counter()
        self.rung: Counter[LegId] = Counter()
        self.legs: dict[LegId, bool] = {}
        """Those that are there: up or not."""
        self.hears: dict[LegId, str] = {}
        self.bridged: dict[LegId, BridgeId] = {}

    def perform(self, command: cmd.Command) -> None:
        match command:
            case cmd.DialOutside(leg=leg):
                self.originated[leg] += 1
                self.legs[leg] = False
            case cmd.RingAdviser(leg=leg):
                self.rung[leg] += 1
                self.legs[leg] = False
            case cmd.HangUp(leg=leg):
                self.end(leg)
            case cmd.Join(bridge=bridge, legs=joined):
                self.bridged |= {leg: bridge for leg in joined if leg in self.legs}
                for leg in joined:
                    self.hears.pop(leg, None)
            case cmd.TakeOut(leg=leg):
                self.bridged.pop(leg, None)
            case cmd.StartMusic(leg=leg, music=music) if leg in self.legs:
                self.hears[leg] = music
            case cmd.StopMusic(leg=leg):
                self.hears.pop(leg, None)
            case cmd.CloseBridge(bridge=bridge):
                self.bridged = {leg: each for leg, each in self.bridged.items() if each != bridge}
            case cmd.PlayPrompt(leg=leg, prompts=prompts):
                self.hears[leg] = prompts[0]

    def end(self, leg: LegId) -> None:
        self.legs.pop(leg, None)
        self.bridged.pop(leg, None)
        self.hears.pop(leg, None)

    def fate(self, leg: LegId, provable: bool) -> Fate:
        if leg in self.legs:
            return Fate.UP if self.legs[leg] else Fate.RINGING
        return Fate.UNPLACED if provable and not self.originated[leg] else Fate.UNKNOWN


class House:
    """Drives one callback by numbers: each picks what happens next among what can, and some of what comes too late."""

    def __init__(self, rules: CallbackRules, dated: bool) -> None:
        self.now: Instant = T0
        self.scene = FakeScene(rules)
        self.lines = Lines()
        window = Window(T0 + timedelta(hours=1), T0 + timedelta(hours=3)) if dated else None
        self.callback = machine.request(
            CallbackId("r"), CaseId("k"), LineId("dropout"), MAIN, PHONE, self.now, window
        ).callback
        self.adviser = Adviser(AdviserId("a"), T0, T0, Wish.READY, state=advisers.Free(), registered=True)
        self.stored = STORED.dump_json((self.callback, self.adviser))
        self.by_person = False
        """Somebody decided since the start that this callback is called again."""
        self.ended: Closed | None = None
        self.messages = 0

    # -- what can happen ---------------------------------------------------------------------------

    def _likely(self) -> list[CallbackEvent | str]:
        """What the phones, the adviser and the clock do next."""
        at, state = self.now, self.callback.state
        likely: list[CallbackEvent | str] = []
        if isinstance(state, Due) and self.adviser.state == advisers.Free():
            likely += [OfferMade(at, AdviserId("a"), WHY)] * 6
        offer = getattr(state, "offer", None)
        if offer is not None:
            likely += [CardAccepted(at, offer), DialAsked(at, offer), DialAsked(at, offer)] * 2
            likely += [CardRefused(at, offer)]
        for leg, up in self.lines.legs.items():
            theirs = "-x" in leg
            likely += [ev.LegAnswered(at, leg)] * (0 if up else 2 if theirs else 6)
            likely += [ev.LegLeft(at, leg, cause) for cause in (CAUSES if theirs else CAUSES[2:5:2])]
            likely += [MachineHeard(at, leg)] if theirs else []
        if isinstance(state, Talking):
            likely += [HoldAsked(at, visit(self.callback), state.adviser, not state.held)]
            likely += [GuestFound(at, state.adviser, CIO, how) for how in HOW]
        if isinstance(state, Telling):
            likely += [ev.PromptFinished(at, state.leg, state.playback)] * 2
        if isinstance(state, HangingUp):
            likely += [ev.LegLeft(at, state.leg, Cause.NORMAL)] * 3
        if isinstance(state, Attached | Joined):
            likely += [CallAnswered(at, state.call, AdviserId("b")), CallOver(at, state.call)]
        if deadline(self.callback) is not None:
            likely += ["deadline"] * (3 if likely else 1)
        return likely or self._people()

    def _people(self) -> list[CallbackEvent | str]:
        at, day = self.now, timedelta(days=1)
        ahead = Window(at + day, at + day + timedelta(hours=2))
        told = [CallbackOutcome.SANS_REPONSE, CallbackOutcome.TIERS_JOINT, CallbackOutcome.REPONDEUR] * 2
        reports = [*(Report(outcome) for outcome in told), Report(CallbackOutcome.A_RAPPELER, window=ahead)]
        reports += [Report(CallbackOutcome.MAUVAIS_NUMERO), Report(CallbackOutcome.INJOIGNABLE)]
        last = [Report(CallbackOutcome.RDV_FIXE, date=at + 3 * day), Report(CallbackOutcome.OPPOSITION)]
        last += [Report(CallbackOutcome.ORIENTE, structure=Structure.CIO)]
        return [
            *(OutcomeGiven(at, each) for each in reports * 2 + last),
            *[Rescheduled(at, None), Rescheduled(at, ahead)] * 3,
            CallbackCancelled(at),
        ]

    def _late(self) -> list[CallbackEvent | str]:
        """What comes too late, twice or out of order; and what the world does."""
        at, attempt = self.now, LegId(f"r-x{max(1, len(self.callback.attempts))}")
        return [
            ev.LegLeft(at, attempt, Cause.BUSY),
            ev.LegAnswered(at, attempt),
            ev.PromptFinished(at, attempt, PlaybackId(f"{attempt}-p")),
            ev.JoinRefused(at, BridgeId(f"{attempt}-b")),
            CardAccepted(at, OfferId("r-o1")),
            DialAsked(at, OfferId("r-o1")),
            CalledIn(at, CallId("c")),
            CallOver(at, CallId("c")),
            "gate",
            "minute",
            "hour",
            "reconnected",
        ]

    def step(self, kind: int, choice: int, kill: str | None, provable: bool) -> None:
        """``kind`` 0 to 9: mostly what is likely, then what is late, then what people do."""
        choices = self._likely() if kind < 8 else self._late() if kind == 8 else self._people()
        chosen = choices[choice % len(choices)]
        match chosen:
            case "deadline":
                due = deadline(self.callback)
                assert due is not None
                self.now = max(self.now, due)
                self.happen(ev.DeadlineReached(self.now), kill, provable)
            case "gate":
                open_again = (self.now - T0).total_seconds() + 3600
                self.scene.answer = refused_until(open_again) if self.scene.answer is allowed else allowed
            case "minute" | "hour":
                self.now += timedelta(minutes=1) if chosen == "minute" else timedelta(hours=1)
            case "reconnected":
                self.recover(provable)
            case str():
                raise AssertionError(chosen)
            case event:
                self.happen(event, kill, provable)

    # -- how it happens ----------------------------------------------------------------------------

    def happen(self, event: CallbackEvent, kill: str | None, provable: bool) -> None:
        match event:
            case ev.LegAnswered(leg=leg) if leg in self.lines.legs:
                self.lines.legs[leg] = True
            case ev.LegLeft(leg=leg):
                self.lines.end(leg)
            case ev.PromptFinished(leg=leg):
                self.lines.hears.pop(leg, None)
        before = self.callback
        step = machine.transition(before, event, self.scene)
        self._look(before, event, step)
        self.callback, at = step.callback, event.at
        self._tell_adviser(event, step, at)
        durable = [each for each in step.commands if each.durable]
        for command in step.commands:
            if not command.durable:
                self.lines.perform(command)
        if kill == "before the commit":
            self.restart(provable)
            return
        self.stored = STORED.dump_json((self.callback, self.adviser))
        if self.callback.fresh_after != before.fresh_after:
            self.by_person = True
        if kill == "before the originate":
            self.restart(provable)
            return
        for command in durable:
            self.lines.perform(command)
        if kill == "after":
            self.restart(provable)
        self.holds()

    def _tell_adviser(self, event: CallbackEvent, step: CallbackStep, at: Instant) -> None:
        """As the desk does: the card to the adviser's machine, then the signals."""
        state = step.callback.state
        if isinstance(event, OfferMade) and isinstance(state, Offered):
            received = OfferReceived(at, visit(step.callback), state.offer, state.leg, state.deadline)
            self.adviser = advisers.transition(self.adviser, received, at).adviser
        for signal in step.signals:
            if isinstance(signal, OfferAnswered | OfferMissed | OfferWithdrawn | TalkEnded):
                told = OfferMissed(signal.adviser, signal.call, Cause.NORMAL, 99)
                signal = told if isinstance(signal, OfferMissed) else signal
                self.adviser = advisers.transition(self.adviser, signal, at).adviser
        if isinstance(self.adviser.state, advisers.Free):  # a rest is over before it matters here
            self.adviser = advisers.transition(self.adviser, ev.DeadlineReached(at), at + timedelta(hours=1)).adviser

    def restart(self, provable: bool) -> None:
        """All that was not committed is forgotten; then the truth of the lines is looked at."""
        self.callback, self.adviser = STORED.validate_json(self.stored)
        self.recover(provable)

    def recover(self, provable: bool) -> None:
        """One Recovered, after which legs that are nobody's are ended, as the desk does."""
        known = legs(self.callback)
        mine = next((leg for leg in known if "-a" in leg), LegId("none"))
        theirs = next((leg for leg in known if "-x" in leg), None)
        if theirs is None:
            theirs = self.callback.attempts[-1].leg if self.callback.attempts else LegId("none")
        state = self.callback.state
        asked = state.guest if isinstance(state, Talking | WithGuest) else None
        if asked is not None and asked.leg not in self.lines.legs and theirs in self.lines.legs:
            self.happen(ev.LegLeft(self.now, asked.leg, Cause.UNKNOWN), None, provable)
            state = self.callback.state
            if not isinstance(state, Talking):
                return
        bridged, guest = False, Fate.UNKNOWN
        if isinstance(state, Talking | WithGuest):
            bridged = set(self.lines.bridged) & set(known) == set(bridged_legs(state))
            guest = self.lines.fate(state.guest.leg, False) if state.guest is not None else guest
        fate = self.lines.fate(theirs, provable)
        self.happen(Recovered(self.now, fate, self.lines.fate(mine, False), bridged, guest), None, provable)
        for leg in set(self.lines.legs) - set(legs(self.callback)):
            self.lines.end(leg)
        self.holds()

    # -- what holds --------------------------------------------------------------------------------

    def _look(self, before: Callback, event: CallbackEvent, step: CallbackStep) -> None:
        """What holds of every step."""
        after = step.callback
        if step.refused is not None:
            assert after == before
        for command in step.commands:
            if isinstance(command, cmd.DialOutside) and "-g" in command.leg:
                assert after.attempts == before.attempts, "a guest is no attempt"
            elif isinstance(command, cmd.DialOutside):
                assert self.lines.legs.get(legs(after)[0]) is True, "dialled before the adviser was up"
                assert after.attempts[-1].leg == command.leg
                assert len(after.attempts) == len(before.attempts) + 1
            if isinstance(command, cmd.PlayPrompt) and command.prompts == self.scene.callback_rules.message:
                self.messages += 1
        if after.fresh_after != before.fresh_after:
            assert isinstance(event, BY_PEOPLE) or getattr(before.state, "report", None) is not None
        if isinstance(before.state, Closed):
            assert after == before
        elif isinstance(after.state, Closed):
            self._ended(before, event, after.state, after)

    def _ended(self, before: Callback, event: CallbackEvent, state: Closed, after: Callback) -> None:
        """An outcome, and one that a person or the stated rule gave."""
        by_rule = state.by is By.SYSTEM
        assert by_rule == (state.outcome is CallbackOutcome.INJOIGNABLE and not isinstance(before.state, Closed)) or (
            isinstance(event, OutcomeGiven)
        )
        if by_rule:
            assert state.outcome is CallbackOutcome.INJOIGNABLE
            assert counted(after) == Ladder().attempts_max
        else:
            assert isinstance(event, BY_PEOPLE) or getattr(before.state, "report", None) == state.report

    def holds(self) -> None:
        """What holds at every moment."""
        callback, lines = self.callback, self.lines
        under_way = [attempt for attempt in callback.attempts if attempt.cause is None]
        assert len(under_way) <= 1
        assert under_way == list(callback.attempts[-1:])[: len(under_way)]
        theirs = [leg for leg in lines.legs if "-x" in leg]
        assert len(theirs) <= 1, "two legs of one person"
        assert all(count == 1 for count in lines.originated.values()), "an attempt was originated twice"
        assert all(count == 1 for count in lines.rung.values()), "a phone was rung twice by one name"
        assert [attempt.number for attempt in callback.attempts] == list(range(1, len(callback.attempts) + 1))
        assert counted(callback) <= Ladder().attempts_max
        assert failures(callback) <= Ladder().failures_max
        for leg in theirs:
            if lines.legs[leg]:
                assert leg in lines.bridged or leg in lines.hears, "somebody answered and hears silence"
        busy = isinstance(self.adviser.state, advisers.Ringing | advisers.Talking)
        assert busy == (holder(callback) is not None), "the adviser and the callback do not agree"
        if isinstance(callback.state, Closed):
            self.ended = self.ended or callback.state
            assert callback.state == self.ended, "a second outcome"


def counted(callback: Callback) -> int:
    """The test's own count of what the ladder counts."""
    return sum(each.cause in COUNTED for each in callback.attempts if each.number > callback.fresh_after)


def failures(callback: Callback) -> int:
    return sum(each.cause in FAILURES for each in callback.attempts if each.number > callback.fresh_after)


assert {cause.value for cause in AttemptCause} == COUNTED | FAILURES | {"talked", "cancelled", "unplaced", "unknown"}
