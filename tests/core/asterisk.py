"""An Asterisk of the mind: honours the desk's commands, posts what comes of them, and can lose its link or its life.

Legs, bridges and phones are as real ones: what happens while the link is down happens, and nobody is told. Events wait
in `mail` until the test delivers them, in the order of each leg but in any order between legs: that is where races
come from. It holds the desk to its word: no name is given twice, no leg is in two bridges, no phone rings twice, and
nobody is called back twice at once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks.states import callback_of
from dialer.core.words import E164, AdviserId, BridgeId, Caller, CallId, Cause, Instant, LegId, LineId, PlaybackId


@dataclass
class Leg:
    line: LineId | None = None
    """Of a caller's leg."""
    adviser: AdviserId | None = None
    """Whose phone it is; None for a caller and for a number outside."""
    number: E164 | None = None
    """Where the caller calls from, or who was dialled."""
    called_back: bool = False
    """Whether it is the leg of somebody who was promised it."""
    up: bool = False
    bridge: BridgeId | None = None
    playback: PlaybackId | None = None
    music: bool = False


@dataclass
class Asterisk:
    now: Instant
    started_at: Instant
    link: bool = False
    legs: dict[LegId, Leg] = field(default_factory=dict)
    bridges: set[BridgeId] = field(default_factory=set)
    phones: set[AdviserId] = field(default_factory=set)
    busy: set[AdviserId] = field(default_factory=set)
    """Phones on a call of their own."""
    hooks: list[tuple[CallId, str]] = field(default_factory=list)
    mail: list[tuple[str, ev.Event]] = field(default_factory=list)
    """Not delivered yet: whose it is (a leg, or else), and the event."""
    refuses_bridges: bool = False
    trunk: Cause | None = None
    """What the trunk says to the next dial, instead of ringing."""
    dialled: Counter[LegId] = field(default_factory=Counter)
    """How often each leg outside was originated, in all the lives of the controller."""

    def post(self, whose: str, event: ev.Event) -> None:
        if self.link:
            self.mail.append((whose, event))

    # -- what the desk asks ------------------------------------------------------------------------

    def perform(self, command: cmd.Command) -> None:
        if not self.link:
            return
        match command:
            case cmd.Answer(leg=leg):
                self._answer(leg)
            case cmd.PlayPrompt(leg=leg, playback=playback):
                if leg in self.legs:
                    self.legs[leg].playback, self.legs[leg].music = playback, False
                else:
                    self.post(leg, ev.PromptFinished(self.now, leg, playback, failed=True))
            case cmd.StopPrompt(playback=playback):
                for leg, each in self.legs.items():
                    if each.playback == playback:
                        self.prompt_ends(leg)
            case cmd.RingAdviser(leg=leg, adviser=adviser):
                self._name(leg)
                if adviser not in self.phones:
                    self.post(leg, ev.LegLeft(self.now, leg, Cause.UNREACHABLE))
                elif adviser in self.busy:
                    self.post(leg, ev.LegLeft(self.now, leg, Cause.BUSY))
                else:
                    ringing = (each for each in self.legs.values() if not each.up)  # beside one that their page forgot
                    assert all(each.adviser != adviser for each in ringing), f"{adviser} rings twice"
                    self.legs[leg] = Leg(adviser=adviser)
            case cmd.DialOutside():
                self._dial(command)
            case cmd.HangUp(leg=leg):
                self.leave(leg, Cause.NORMAL)
            case cmd.SendToApology(leg=leg):
                self._drop(leg)
            case cmd.MakeBridge(bridge=bridge):
                self.bridges.add(bridge)
            case cmd.Join(bridge=bridge, legs=legs):
                self._join(bridge, legs)
            case cmd.TakeOut(bridge=bridge, leg=leg):
                if leg in self.legs and self.legs[leg].bridge == bridge:
                    self.legs[leg].bridge = None
            case cmd.CloseBridge(bridge=bridge):
                self.bridges.discard(bridge)
                for each in self.legs.values():
                    if each.bridge == bridge:
                        each.bridge = None
            case cmd.RunHook(call=call, node=node):
                self.hooks.append((call, node))
            case cmd.StartMusic(leg=leg) | cmd.StopMusic(leg=leg):
                if leg in self.legs:
                    self.legs[leg].music = isinstance(command, cmd.StartMusic)

    def _name(self, leg: LegId) -> None:
        """A name may come again only after a crash, when the leg that had it is gone and nothing is heard of it."""
        assert leg not in self.legs, f"{leg} is alive"
        assert all(whose != leg for whose, _ in self.mail), f"{leg} was named before, and is still heard of"

    def _dial(self, command: cmd.DialOutside) -> None:
        """The intent was committed first, so that a name outside never comes again, whatever died meanwhile."""
        leg, number = command.leg, command.number
        called_back = callback_of(command.call) is not None and leg.startswith(f"{command.call}-x")  # else a guest
        self._name(leg)
        self.dialled[leg] += 1
        assert self.dialled[leg] == 1, f"{leg} was originated twice"
        if called_back:
            assert all(each.number != number or each.line for each in self.legs.values()), f"{number} is dialled twice"
        if self.trunk is not None:
            cause, self.trunk = self.trunk, None
            self.post(leg, ev.LegLeft(self.now, leg, cause))
        else:
            self.legs[leg] = Leg(number=number, called_back=called_back)

    def _answer(self, leg: LegId) -> None:
        if leg not in self.legs:
            self.post(leg, ev.LegLeft(self.now, leg, Cause.UNKNOWN))
        elif not self.legs[leg].up:
            self.picks_up(leg)

    def _join(self, bridge: BridgeId, legs: tuple[LegId, ...]) -> None:
        if any(leg not in self.legs for leg in legs):
            return  # its LegLeft is on its way
        if self.refuses_bridges or bridge not in self.bridges:
            self.refuses_bridges = False
            self.post(legs[-1], ev.JoinRefused(self.now, bridge, legs))
            return
        for leg in legs:
            assert self.legs[leg].bridge in (None, bridge), f"{leg} in two bridges"
            assert self.legs[leg].up, f"{leg} is bridged and not up"
            self.legs[leg].bridge, self.legs[leg].music = bridge, False

    def _drop(self, leg: LegId) -> Leg | None:
        return self.legs.pop(leg, None)

    # -- what people and networks do ---------------------------------------------------------------

    def calls_in(self, call: CallId, line: LineId, number: E164 | None = None) -> None:
        """While the link is down the dialplan takes callers, and they never come to us."""
        if self.link:
            leg = LegId(call)
            self.legs[leg] = Leg(line, number=number)
            self.post(leg, ev.CallArrived(self.now, call, leg, line, Caller(number)))

    def picks_up(self, leg: LegId) -> None:
        self.legs[leg].up = True
        self.post(leg, ev.LegAnswered(self.now, leg))

    def leave(self, leg: LegId, cause: Cause) -> None:
        gone = self._drop(leg)
        if gone is not None:
            if gone.playback is not None:
                self.post(leg, ev.PromptFinished(self.now, leg, gone.playback, failed=True))
            self.post(leg, ev.LegLeft(self.now, leg, cause))

    def prompt_ends(self, leg: LegId) -> None:
        playback, self.legs[leg].playback = self.legs[leg].playback, None
        assert playback is not None
        self.post(leg, ev.PromptFinished(self.now, leg, playback))

    def dies(self) -> None:
        """kill -9, and started again."""
        self.lose_link()
        self.legs.clear()
        self.bridges.clear()
        self.hooks.clear()
        self.started_at = self.now

    # -- the link ----------------------------------------------------------------------------------

    def lose_link(self) -> None:
        self.link = False
        self.mail.clear()

    def truth(self) -> ev.Reconciled:
        seen = {leg: ev.LegSeen(each.up, each.bridge) for leg, each in self.legs.items()}
        return ev.Reconciled(self.now, seen, frozenset(self.bridges), frozenset(self.phones), self.started_at)

    def deliverable(self) -> list[int]:
        """Which of the mail may come next: the first of every leg."""
        seen: set[str] = set()
        found = []
        for index, (whose, _) in enumerate(self.mail):
            if whose not in seen:
                seen.add(whose)
                found.append(index)
        return found
