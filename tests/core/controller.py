"""A controller of the mind: the desk, its order of effects, and a store that keeps what is committed and nothing else.

It does what `dialer.runner` does and can be killed in between: commands before the first durable one are performed at
once, the rest once the change is committed, unless ended meanwhile; a dial whose commit comes too late is not placed. A
kill loses what is not committed, and what was performed at once is done all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.adviser import Adviser
from dialer.core.callbacks.book import Kept
from dialer.core.callbacks.history import Dialled
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import Attempt, Callback, CallbackId, CaseId, Closed, live
from dialer.core.calls.states import Call, Ended
from dialer.core.cases.case import Case
from dialer.core.cases.file import CaseFile
from dialer.core.change import Change
from dialer.core.desk import Desk
from dialer.core.reference import KEY_MIN
from dialer.core.revision import Versioned
from dialer.core.rules import Rules
from dialer.core.words import E164, AdviserId, CallId, Cause, Instant, LegId, PlaybackId

Kill = Literal["before the commit", "before the originate", "after"]
KEY = bytes(range(KEY_MIN))
DIAL_LATE_MAX_S = 10.0


@dataclass
class Ledger:
    """What is committed: everything in its last version, as the store has it."""

    calls: dict[CallId, Call] = field(default_factory=dict)
    advisers: dict[AdviserId, Adviser] = field(default_factory=dict)
    callbacks: dict[CallbackId, Callback] = field(default_factory=dict)
    files: dict[CaseId, Versioned[CaseFile]] = field(default_factory=dict)
    numbers: dict[LegId, E164] = field(default_factory=dict)
    """To which number each attempt was made: the callback's when it was."""
    opposed: set[E164] = field(default_factory=set)
    next_serial: int = 0

    def commit(self, change: Change) -> None:
        self.calls |= change.calls
        self.advisers |= change.advisers
        self.callbacks |= change.callbacks
        self.files |= change.files
        self.opposed |= set(change.opposed)
        for callback in change.callbacks.values():
            for attempt in callback.attempts:
                self.numbers.setdefault(attempt.leg, callback.phone.number)
        for intake in change.intakes:
            assert intake.serial >= self.next_serial, "a serial was given twice"
            self.next_serial = intake.serial + 1

    def open_calls(self) -> dict[CallId, Call]:
        return {key: call for key, call in self.calls.items() if not isinstance(call.state, Ended)}

    def open_callbacks(self) -> dict[CallbackId, Callback]:
        return {key: each for key, each in self.callbacks.items() if not isinstance(each.state, Closed)}

    def open_files(self) -> dict[CaseId, Versioned[CaseFile]]:
        return {key: file for key, file in self.files.items() if file.value.case.ended is None}

    def open_cases(self) -> dict[CaseId, Case]:
        return {key: file.value.case for key, file in self.open_files().items()}

    def kept(self) -> Kept:
        return Kept(
            callbacks=tuple(self.open_callbacks().values()),
            files=tuple(self.open_files().values()),
            dialled=tuple(self._dialled(each, one) for each in self.callbacks.values() for one in each.attempts),
            declined=tuple(
                (each.phone.number, each.state.at)
                for each in self.callbacks.values()
                if isinstance(each.state, Closed) and each.state.outcome is CallbackOutcome.REFUS
            ),
            opposed=tuple(self.opposed),
            next_serial=self.next_serial,
        )

    def _dialled(self, callback: Callback, attempt: Attempt) -> Dialled:
        cause = None if attempt == live(callback) else attempt.cause
        return Dialled(attempt.leg, self.numbers[attempt.leg], attempt.at, cause, callback.case, callback.id)


@dataclass
class Controller:
    """``perform``: Asterisk's ear. ``watch``: is shown every desk that begins."""

    rules: Rules
    perform: Callable[[cmd.Command], None]
    watch: Callable[[Desk], None]
    ledger: Ledger = field(default_factory=Ledger)
    desk: Desk = field(init=False)
    unwritten: list[Change] = field(default_factory=list)
    inbox: list[ev.Event] = field(default_factory=list)
    """What the controller has to tell itself."""
    slow: bool = False
    """The journal does not answer: nothing is committed, and everything goes on but what waits for that."""
    doom: Kill | None = None
    """Where in its next event the controller dies."""
    _held: set[LegId | PlaybackId] = field(default_factory=set)

    def start(self, at: Instant) -> None:
        ledger, over = self.ledger, [key for key, call in self.ledger.calls.items() if isinstance(call.state, Ended)]
        self.desk = Desk(
            self.rules, at, ledger.open_calls().values(), ledger.advisers.values(), (), over,
            kept=ledger.kept(), reference_key=KEY, strict=True,
        )  # fmt: skip
        self.watch(self.desk)

    def decide(self, event: ev.Event) -> Change:
        """What follows from the event; what need not wait for the commit is done."""
        if not self.slow:
            self.commit(event.at)
        change = self.desk.handle(event)
        at_once, later = _cut(change)
        for command in at_once:
            ended = _ended_by(command)
            if ended in self._held:
                self._held.remove(ended)
                if isinstance(command, cmd.HangUp):
                    self.inbox.append(ev.LegLeft(event.at, command.leg, Cause.FAILED))
            else:
                self.perform(command)
        self._held |= {name for command in later if (name := _held_as(command)) is not None}
        assert change.to_store or not later, "what waits for a commit has something to commit"
        if change.to_store:
            self.unwritten.append(change)
        return change

    def settle(self, at: Instant) -> Kill | None:
        """After the event: the commit, where something waits for it; or the end, which is told of."""
        doom, self.doom = self.doom, None
        if doom is not None:
            self.die(doom, at)
        elif not self.slow and any(_cut(change)[1] for change in self.unwritten):
            self.commit(at)
        return doom

    def commit(self, at: Instant) -> None:
        for change in self._written():
            late = (at - change.at).total_seconds() > DIAL_LATE_MAX_S
            for command in _cut(change)[1]:
                name = _held_as(command)
                if name is not None and name not in self._held:
                    continue
                self._held -= {name}
                if late and isinstance(command, cmd.DialOutside):
                    self.inbox.append(ev.LegLeft(at, command.leg, Cause.FAILED))
                else:
                    self.perform(command)

    def die(self, kill: Kill, at: Instant) -> None:
        """kill -9, and started again."""
        match kill:
            case "before the originate":
                self._written()
            case "after":
                self.commit(at)
        self.unwritten.clear()
        self.inbox.clear()
        self._held.clear()
        self.slow, self.doom = False, None
        self.start(at)

    def _written(self) -> list[Change]:
        written, self.unwritten = self.unwritten, []
        for change in written:
            self.ledger.commit(change)
        return written


def told_at(event: ev.Event, at: Instant) -> ev.Event:
    return replace(event, at=at)


def _cut(change: Change) -> tuple[list[cmd.Command], list[cmd.Command]]:
    first = next((n for n, command in enumerate(change.commands) if command.durable), len(change.commands))
    return change.commands[:first], change.commands[first:]


def _held_as(command: cmd.Command) -> LegId | PlaybackId | None:
    match command:
        case cmd.DialOutside(leg=leg):
            return leg
        case cmd.PlayStored(playback=playback):
            return playback
    return None


def _ended_by(command: cmd.Command) -> LegId | PlaybackId | None:
    match command:
        case cmd.HangUp(leg=leg):
            return leg
        case cmd.StopPrompt(playback=playback):
            return playback
    return None
