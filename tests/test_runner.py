"""The order of effects: what waits for the commit, and what a hang-up before it undoes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from dialer.clock import Clock
from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.desk import Change, Desk
from dialer.core.words import Caller, CallId, Cause, LegId
from dialer.metrics import Metrics
from dialer.runner import Runner
from tests.core.world import WELCOMED, rules

pytestmark = pytest.mark.asyncio
C = LegId("c")


class SlowJournal:
    """Commits when it is let."""

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.written: list[Change] = []

    async def append(self, changes: Sequence[Change]) -> None:
        await self.let.wait()
        self.written += changes


class Asked:
    """Everything that Asterisk and the hooks were asked for."""

    def __init__(self) -> None:
        self.commands: list[cmd.Command] = []

    def perform(self, command: cmd.Command) -> None:
        self.commands.append(command)

    run = perform

    def of(self, kind: type[cmd.Command]) -> list[cmd.Command]:
        return [command for command in self.commands if isinstance(command, kind)]


async def dialling_out(journal: SlowJournal, asked: Asked) -> Runner:
    """A caller who pressed 3: somebody outside is to be dialled once that is written."""
    clock = Clock()
    runner = Runner(Desk(rules(), clock.now(), strict=True), journal, asked, asked, clock, Metrics())
    runner.start()
    for event in (
        ev.Reconciled(clock.now()),
        ev.CallArrived(clock.now(), CallId("c"), C, WELCOMED, Caller()),
        ev.LegAnswered(clock.now(), C),
        ev.DigitPressed(clock.now(), C, "3"),
    ):
        runner.put(event)
    async with asyncio.timeout(5):
        while not any(call.legs for call in runner.desk.calls.values()):
            for leg in asked.of(cmd.PlayPrompt):
                runner.put(ev.PromptFinished(clock.now(), C, leg.playback))  # type: ignore[union-attr]
            await asyncio.sleep(0)
    return runner


async def test_nobody_outside_is_dialled_before_that_is_written() -> None:
    journal, asked = SlowJournal(), Asked()
    runner = await dialling_out(journal, asked)
    assert asked.of(cmd.Answer)
    assert not asked.of(cmd.DialOutside)

    journal.let.set()
    await runner.stop()

    assert len(asked.of(cmd.DialOutside)) == 1


async def test_who_hangs_up_before_that_is_written_has_nobody_dialled() -> None:
    journal, asked = SlowJournal(), Asked()
    runner = await dialling_out(journal, asked)
    runner.put(ev.LegLeft(Clock().now(), C, Cause.NORMAL))
    await asyncio.sleep(0)  # the inbox is drained on the loop's next turn
    assert not runner.desk.calls

    journal.let.set()
    await runner.stop()

    assert not asked.of(cmd.DialOutside)
    assert not asked.of(cmd.HangUp)
    assert [entry.event for change in journal.written for entry in change.records][-1] == "ended"
