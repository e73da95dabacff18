"""The order of effects: what waits for the commit, what undoes it before then, and what is told when it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from dialer.clock import Clock
from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks.compliance import CallingRules
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.request import AskedBy, Request, Source
from dialer.core.callbacks.states import Accepted, Callback, CallbackId, Dialling, Offered, Ready, Resting
from dialer.core.callbacks.told import CallbackCancelled, CardAccepted, DialAsked
from dialer.core.cases.actor import officer
from dialer.core.cases.case import Kind
from dialer.core.change import Change
from dialer.core.desk import Desk
from dialer.core.numbers import Parsed
from dialer.core.places.territory import Territory
from dialer.core.rules import Rules
from dialer.core.words import E164, AdviserId, Caller, CallId, Cause, LegId, Wish
from dialer.metrics import Metrics
from dialer.runner import DIAL_LATE_MAX_S, Runner
from dialer.store.refusal import StoreError
from schedules.hours import Span
from schedules.windows import CallingHours
from tests.core.world import DIRECT, MAIN, WELCOMED, rules

pytestmark = pytest.mark.asyncio
C, A = LegId("c"), AdviserId("a")
NADIA = Parsed(E164("+33199000101"), Territory.METROPOLE, "Europe/Paris")
ANY_HOUR = CallingRules(hours=CallingHours(((Span(0, 1440),),) * 7))
NOON = datetime(2026, 3, 17, 11, tzinfo=UTC)
"""No holiday, whenever the test is run."""


class SlowJournal:
    """Commits when it is let."""

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.written: list[Change] = []

    async def append(self, changes: Sequence[Change]) -> None:
        await self.let.wait()
        self.written += changes


class LockedJournal(SlowJournal):
    """Refuses to commit for so many tries."""

    def __init__(self, refusals: int) -> None:
        super().__init__()
        self.let.set()
        self.refusals = refusals

    async def append(self, changes: Sequence[Change]) -> None:
        if self.refusals > 0:
            self.refusals -= 1
            raise StoreError("locked")
        await super().append(changes)


class Asked:
    """Everything that Asterisk and the hooks were asked for."""

    def __init__(self) -> None:
        self.commands: list[cmd.Command] = []

    def perform(self, command: cmd.Command) -> None:
        self.commands.append(command)

    run = perform

    def of(self, kind: type[cmd.Command]) -> list[cmd.Command]:
        return [command for command in self.commands if type(command) is kind]


class Noon(Clock):
    """A clock that the test may put on: now is noon, and what was added to it."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return NOON + self.ahead


async def until(done: Callable[[], object]) -> None:
    """Turn the loop until it is so."""
    async with asyncio.timeout(5):
        while not done():  # noqa: ASYNC110 (there is no event to wait for: the desk is looked at from outside)
            await asyncio.sleep(0)


async def turns(number: int = 20) -> None:
    """So many turns of the loop, in which whatever could happen would have."""
    for _ in range(number):
        await asyncio.sleep(0)


# -- a caller who is put through -------------------------------------------------------------------


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


# -- a callback ------------------------------------------------------------------------------------


def taking() -> Rules:
    """One adviser, and lines that take requests at any hour."""
    made = rules(calling=ANY_HOUR)
    lines = {key: replace(line, callback_queue=MAIN) for key, line in made.lines.items()}
    queues = {key: replace(queue, callback_share=1.0) for key, queue in made.queues.items()}
    return replace(made, lines=lines, queues=queues)


class Centre:
    """A runner with one adviser and one person who asked to be called back."""

    def __init__(self, journal: SlowJournal) -> None:
        self.journal, self.asked, self.clock = journal, Asked(), Noon()
        desk = Desk(taking(), self.clock.now(), strict=True)
        self.runner = Runner(desk, journal, self.asked, self.asked, self.clock, Metrics())
        self.runner.start()
        self.put(ev.Reconciled(NOON, phones=frozenset({A})), ev.WishSet(NOON, A, Wish.READY))

    def put(self, *events: ev.Event) -> None:
        for event in events:
            self.runner.put(replace(event, at=self.clock.now()))

    @property
    def callback(self) -> Callback:
        (found,) = self.runner.desk.book.callbacks.values()
        return found

    async def to_dialling(self) -> LegId:
        """Asked, offered, accepted, the adviser's phone up, and `dial`: the intent waits for its commit."""
        request = Request(Kind.RTF, DIRECT, MAIN, NADIA, AskedBy.YOUNG_PERSON, Source.WEB, birth_date=date(2007, 5, 1))
        self.put(ev.CallbacksAsked(NOON, (request,)))
        await until(lambda: self.runner.desk.book.callbacks and isinstance(self.callback.state, Offered))
        assert isinstance(self.callback.state, Offered)
        self.put(CardAccepted(NOON, self.callback.state.offer))
        await until(lambda: isinstance(self.callback.state, Accepted))
        assert isinstance(self.callback.state, Accepted)
        self.put(ev.LegAnswered(NOON, self.callback.state.leg))
        await until(lambda: isinstance(self.callback.state, Ready))
        assert isinstance(self.callback.state, Ready)
        self.put(DialAsked(NOON, self.callback.state.offer))
        await until(lambda: isinstance(self.callback.state, Dialling))
        return LegId(f"{self.callback.id}-x1")

    async def to_machine(self) -> LegId:
        """A machine answered and the adviser has said so: the neutral message waits for its commit."""
        self.journal.let.set()
        leg = await self.to_dialling()
        await until(lambda: self.asked.of(cmd.DialOutside))
        self.journal.let.clear()
        self.put(ev.LegAnswered(NOON, leg), ev.DigitPressed(NOON, LegId(f"{self.callback.id}-a1"), "*"))
        await until(lambda: self.callback.message_left)
        return leg

    async def commit(self) -> None:
        """Until nothing waits for its commit."""
        self.journal.let.set()
        await until(lambda: self.journal.written and not self.runner._unwritten)


async def test_a_person_is_dialled_once_and_only_after_the_intent_is_written() -> None:
    centre = Centre(SlowJournal())
    leg = await centre.to_dialling()
    await turns()
    assert centre.asked.of(cmd.RingAdviser)  # what rings among ourselves waits for nothing
    assert not centre.asked.of(cmd.DialOutside)

    await centre.commit()
    await centre.runner.stop()

    assert [command.leg for command in centre.asked.of(cmd.DialOutside)] == [leg]  # type: ignore[union-attr]


async def test_while_the_journal_cannot_be_written_nobody_is_dialled_and_then_once() -> None:
    centre = Centre(LockedJournal(2))
    await centre.to_dialling()
    assert not centre.asked.of(cmd.DialOutside)

    await until(lambda: centre.asked.of(cmd.DialOutside))
    await centre.runner.stop()

    assert len(centre.asked.of(cmd.DialOutside)) == 1


@pytest.mark.parametrize(("late_s", "dialled"), [(DIAL_LATE_MAX_S, 1), (DIAL_LATE_MAX_S + 1, 0)])
async def test_a_dial_whose_commit_comes_too_late_is_not_placed_but_told_as_failed(late_s: float, dialled: int) -> None:
    centre = Centre(SlowJournal())
    await centre.to_dialling()

    centre.clock.ahead = timedelta(seconds=late_s)
    await centre.commit()
    await turns()

    assert len(centre.asked.of(cmd.DialOutside)) == dialled
    if not dialled:
        assert [attempt.cause for attempt in centre.callback.attempts] == [AttemptCause.FAILED]
        assert isinstance(centre.callback.state, Resting)
        assert centre.runner.desk.advisers[A].state.kind == "free"  # who waited in silence for that long
    await centre.runner.stop()


async def test_a_dial_that_is_given_up_before_it_is_written_is_known_never_to_have_been_placed() -> None:
    """The adviser's phone went: nobody has to find out whether the person was rung, for nobody was."""
    centre = Centre(SlowJournal())
    await centre.to_dialling()
    centre.put(ev.LegLeft(NOON, LegId(f"{centre.callback.id}-a1"), Cause.NORMAL))
    await until(lambda: not isinstance(centre.callback.state, Dialling))
    await turns()

    assert isinstance(centre.callback.state, Resting)
    assert [attempt.cause for attempt in centre.callback.attempts] == [AttemptCause.ADVISER_LOST]
    await centre.commit()
    await centre.runner.stop()
    assert not centre.asked.of(cmd.DialOutside)
    assert not centre.asked.of(cmd.HangUp)


async def test_who_cancels_before_the_dial_is_written_is_not_dialled() -> None:
    centre = Centre(SlowJournal())
    await centre.to_dialling()
    centre.put(ev.CallbackTold(NOON, centre.callback.id, CallbackCancelled(NOON)))
    await until(lambda: not centre.runner.desk.book.callbacks)

    await centre.commit()
    await centre.runner.stop()

    assert not centre.asked.of(cmd.DialOutside)


async def test_the_message_for_a_machine_is_said_after_it_is_written_that_it_was() -> None:
    centre = Centre(SlowJournal())
    leg = await centre.to_machine()
    await turns()
    assert not centre.asked.of(cmd.PlayStored)

    await centre.commit()
    await centre.runner.stop()

    assert [command.leg for command in centre.asked.of(cmd.PlayStored)] == [leg]  # type: ignore[union-attr]


async def registered_by_phone(journal: SlowJournal) -> Centre:
    """A caller asked to be called back on the number shown: "your request is registered" waits for its commit."""
    centre = Centre(journal)
    journal.let.set()
    centre.put(ev.CallArrived(NOON, CallId("c"), C, WELCOMED, Caller(NADIA.number)), ev.LegAnswered(NOON, C))
    for said, digit in enumerate("611", start=1):
        await until(lambda said=said: len(centre.asked.of(cmd.PlayPrompt)) >= said)  # type: ignore[misc]
        await until(lambda: not centre.runner._unwritten)
        if said == 3:
            journal.let.clear()
        playback = centre.asked.of(cmd.PlayPrompt)[-1].playback  # type: ignore[union-attr]
        centre.put(ev.PromptFinished(NOON, C, playback), ev.DigitPressed(NOON, C, digit))
    await until(lambda: centre.runner.desk.book.callbacks)
    await turns()
    return centre


async def test_that_a_request_is_registered_is_said_after_it_is_and_once() -> None:
    centre = await registered_by_phone(SlowJournal())
    assert not centre.asked.of(cmd.PlayStored)

    await centre.commit()
    await turns()
    await centre.runner.stop()

    assert len(centre.asked.of(cmd.PlayStored)) == 1


async def test_what_was_stopped_before_it_could_be_said_is_never_said() -> None:
    """The journal has not answered for longer than the words would last: the caller has gone on in the flow."""
    centre = await registered_by_phone(SlowJournal())
    heard = len(centre.asked.commands)
    centre.clock.ahead = timedelta(seconds=91)
    centre.put(ev.WishSet(NOON, A, Wish.READY))
    await turns()
    assert centre.asked.commands[heard:] == []  # nor is Asterisk asked to stop what it never heard of

    await centre.commit()
    await turns()
    await centre.runner.stop()

    assert not centre.asked.of(cmd.PlayStored)


async def test_who_asks_to_hear_the_reference_again_before_it_is_stored_does_not_hear_it_sooner() -> None:
    centre = await registered_by_phone(SlowJournal())
    heard = len(centre.asked.commands)
    centre.put(ev.DigitPressed(NOON, C, "#"))
    await turns()
    assert centre.asked.commands[heard:] == []

    await centre.commit()
    await centre.commit()
    await turns()
    await centre.runner.stop()

    assert len(centre.asked.of(cmd.PlayStored)) == 1


# -- what is told when it is done ------------------------------------------------------------------


async def test_who_hands_in_an_event_is_told_of_its_own_change_once_that_is_written() -> None:
    centre = Centre(SlowJournal())
    requests = [
        Request(Kind.RTF, DIRECT, MAIN, Parsed(E164(f"+3319900010{n}"), Territory.METROPOLE, "Europe/Paris"),
                AskedBy.YOUNG_PERSON, Source.WEB)
        for n in range(3)
    ]  # fmt: skip
    waiting = [asyncio.ensure_future(centre.runner.submit(ev.CallbacksAsked(NOON, (each,)))) for each in requests]
    await turns()
    assert len(centre.runner.desk.book.callbacks) == 3
    assert not any(each.done() for each in waiting)

    await centre.commit()
    changes = await asyncio.gather(*waiting)
    await centre.runner.stop()

    assert [[intake.request for intake in change.intakes] for change in changes] == [[each] for each in requests]
    assert all(any(change is each for each in centre.journal.written) for change in changes)


async def test_what_changes_nothing_is_told_at_once_with_the_reason() -> None:
    centre = Centre(SlowJournal())
    await turns()
    assert not centre.journal.let.is_set()

    change = await asyncio.wait_for(
        centre.runner.submit(ev.CallbackTold(NOON, CallbackId("cb-99999999"), CallbackCancelled(NOON))), 5
    )

    assert change.refused == "unknown"
    await centre.commit()
    await centre.runner.stop()


class Broken(Desk):
    """Has a defect in what is told of cases."""

    def handle(self, event: ev.Event) -> Change:
        if isinstance(event, ev.FilesLooked):
            raise ZeroDivisionError
        return super().handle(event)


async def test_who_hands_in_what_a_defect_drops_is_told_and_does_not_wait_for_ever() -> None:
    journal = SlowJournal()
    journal.let.set()
    asked = Asked()
    runner = Runner(Broken(rules(), NOON), journal, asked, asked, Clock(), Metrics())
    runner.start()
    try:
        async with asyncio.timeout(5):
            with pytest.raises(ZeroDivisionError):
                await runner.submit(ev.FilesLooked(NOON, officer("anna"), ()))
            change = await runner.submit(ev.Reconciled(NOON))
        assert change.records, "what comes after it goes on"
    finally:
        await runner.stop()


async def test_a_defect_in_what_nobody_waits_for_holds_up_nothing_behind_it() -> None:
    journal = SlowJournal()
    journal.let.set()
    asked = Asked()
    metrics = Metrics()
    runner = Runner(Broken(rules(), NOON), journal, asked, asked, Clock(), metrics)
    runner.start()
    try:
        runner.put(ev.FilesLooked(NOON, officer("anna"), ()))
        async with asyncio.timeout(5):
            change = await runner.submit(ev.Reconciled(NOON))
        assert change.records, "it was in the inbox behind the defect"
        assert metrics.registry.get_sample_value("dialer_defects_total") == 1
    finally:
        await runner.stop()
