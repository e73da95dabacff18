"""Webhooks out: in order, at least once, over crashes and outages, signed; and the desk never waits for a receiver."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from dialer.clock import Clock
from dialer.core.change import Change
from dialer.core.words import CallId, record
from dialer.store.store import Store
from dialer.web.changes import Changes
from dialer.webhooks import PAUSE_MAX_S, Webhooks, bound_s, full_jitter
from tests.webhook_world import AT, RUNNING, SECRET, WITHIN_S, Outbox, Outgoing, Receiver, kept, kill, until


@pytest.fixture
def outbox() -> Outbox:
    """With a cursor at the beginning, as after a first start on an empty journal."""
    return Outbox(settings={"webhooks": '{"seq": 0}'})


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    yield made
    await made.close()


Start = Callable[..., Webhooks]


@pytest_asyncio.fixture
async def started(outbox: Outbox) -> AsyncIterator[Start]:
    """``started(outgoing)``: webhooks that run; ``await kill(webhooks)`` ends them as a crash does."""
    made: list[Webhooks] = []

    def start(outgoing: Outgoing | None, clock: Clock | None = None, pause_s: float = 0.02) -> Webhooks:
        webhooks = Webhooks(outbox, outgoing, clock or Clock(), outbox.changes, pause_s=lambda tries: pause_s)
        RUNNING[webhooks] = asyncio.create_task(webhooks.run())
        made.append(webhooks)
        return webhooks

    yield start
    for webhooks in made:
        await kill(webhooks)


# -- order, once, and what is said ------------------------------------------------------------------


@pytest.mark.asyncio
async def test_each_change_is_told_once_and_in_the_order_of_the_journal(outbox, receiver, started):
    expected = [outbox.request(skip=number) for number in range(250)]
    started(await receiver.open())
    await until(lambda: len(receiver.heard) >= 250)
    late = outbox.commit("callback_closed", outcome="ANNULE", by="person")
    await until(lambda: receiver.ids[-1] == late and kept(outbox) == int(late))
    assert receiver.ids == [*expected, late]
    assert receiver.heard[-1] == {
        "id": late, "at": (AT + timedelta(seconds=int(late))).isoformat(), "event": "callback.state",
        "callback": "cb-10000016", "state": "closed", "outcome": "ANNULE", "by": "person",
    }  # fmt: skip


@pytest.mark.asyncio
async def test_what_nobody_is_told_of_is_passed_over_for_good(outbox, receiver, started):
    outbox.commit("callback_offer_missed", cause="rejected")
    started(await receiver.open())
    await until(lambda: kept(outbox) == 1)
    told = outbox.request()
    await until(lambda: receiver.ids == [told])


@pytest.mark.asyncio
async def test_the_past_is_not_told_to_a_receiver_that_is_new(outbox, receiver, started):
    outbox.settings.clear()
    for number in range(30):
        outbox.request(skip=number * 7)
    webhooks = started(await receiver.open())
    await until(lambda: "webhooks" in outbox.settings)
    new = outbox.request()
    await until(lambda: receiver.ids == [new])
    assert webhooks.outgoing is not None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 5000), max_size=25))
def test_the_end_of_any_journal_is_found_and_soon(gaps):
    outbox = Outbox()
    for gap in gaps:
        outbox.request(skip=gap)

    async def begin() -> int:
        await Webhooks(outbox, Outgoing("http://127.0.0.1:9/"), Clock(), outbox.changes).begin()
        outbox.journal.append((10**6, record(AT, "callback_requested", CallId("x"))))
        return len(await outbox.records_after(kept(outbox), 10))

    assert asyncio.run(begin()) == 1
    assert outbox.asked < 60


# -- trouble ----------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [302, 400, 401, 404, 429, 500, 503])
async def test_what_is_not_taken_is_sent_again_before_anything_after_it(outbox, receiver, started, status):
    answers = [status, status, status, 204]

    async def answer() -> int:
        return answers.pop(0) if answers else 200

    receiver.answer = answer
    first, second = outbox.request(), outbox.request()
    started(await receiver.open())
    await until(lambda: second in receiver.ids and kept(outbox) == int(second))
    assert receiver.ids == [first, first, first, first, second]
    assert receiver.elsewhere == 0


@pytest.mark.asyncio
async def test_a_receiver_that_was_down_gets_everything_after_in_order(outbox, receiver, started):
    outgoing = await receiver.open()
    port = receiver.server.port
    started(outgoing)
    before = outbox.request()
    await until(lambda: receiver.ids == [before] and kept(outbox) == int(before))
    await receiver.close()
    missed = [outbox.request() for _ in range(120)]
    with capture_logs() as logs:
        await until(lambda: bool(logs))
        assert receiver.ids == [before]
        await receiver.open(port)
        await until(lambda: receiver.ids[-1] == missed[-1])
    assert "127.0.0.1" not in str(logs), "an address may hold a secret"
    assert receiver.ids == [before, *missed]


@pytest.mark.asyncio
async def test_a_crash_between_the_delivery_and_the_cursor_delivers_twice_with_the_same_id_and_loses_nothing(
    outbox, receiver, started
):
    outgoing = await receiver.open()
    outbox.cursor_locked = True  # taken by the receiver, and nothing of it is ever written down
    first, second = outbox.request(), outbox.request()
    killed = started(outgoing)
    await until(lambda: first in receiver.ids)
    await kill(killed)
    assert kept(outbox) == 0
    outbox.cursor_locked = False
    started(outgoing)
    await until(lambda: second in receiver.ids and kept(outbox) == int(second))
    assert receiver.ids == [first, first, second]
    assert receiver.bodies[0] == receiver.bodies[1]


@pytest.mark.asyncio
async def test_a_crash_while_the_receiver_has_not_answered_loses_nothing(outbox, receiver, started):
    async def never() -> int:
        await asyncio.sleep(60)
        return 200

    receiver.answer = never
    outgoing = await receiver.open()
    told = outbox.request()
    killed = started(outgoing)
    await until(lambda: receiver.ids == [told])
    await kill(killed)
    receiver.answer = None
    started(outgoing)
    await until(lambda: receiver.ids == [told, told])


@pytest.mark.asyncio
async def test_a_database_that_does_not_answer_costs_nothing_but_time(outbox, receiver, started):
    outbox.locked = True
    told = outbox.request()
    started(await receiver.open())
    await asyncio.sleep(0.1)
    outbox.locked = False
    await until(lambda: receiver.ids == [told])


@pytest.mark.asyncio
async def test_a_receiver_that_takes_too_long_is_tried_again(outbox, receiver, started):
    waits = [5.0]

    async def slow() -> int:
        await asyncio.sleep(waits.pop() if waits else 0)
        return 200

    receiver.answer = slow
    outgoing = await receiver.open()
    told = outbox.request()
    started(Outgoing(outgoing.url, timeout_s=0.1))
    await until(lambda: receiver.ids == [told, told] and kept(outbox) == int(told), within_s=3)


@pytest.mark.asyncio
async def test_a_slow_receiver_holds_up_nobody_who_writes_the_journal(outbox, receiver, started):
    free = asyncio.Event()

    async def slow() -> int:
        await free.wait()
        return 200

    receiver.answer = slow
    started(await receiver.open())
    first = outbox.request()
    await until(lambda: receiver.ids == [first])
    loop = asyncio.get_running_loop()
    late_s = 0.0
    for _ in range(50):
        outbox.request()
        before = loop.time()
        await asyncio.sleep(0.005)
        late_s = max(late_s, loop.time() - before - 0.005)
    assert late_s < 0.25
    assert receiver.ids == [first], "one at a time: the next would overtake"
    free.set()
    await until(lambda: len(receiver.ids) == 51)
    assert receiver.ids == sorted(receiver.ids, key=int)


@pytest.mark.asyncio
async def test_a_receiver_that_is_gone_is_left_alone_until_there_is_another(outbox, receiver, started):
    async def gone() -> int:
        return 410

    receiver.answer = gone
    outgoing = await receiver.open()
    first, second = outbox.request(), outbox.request()
    with capture_logs() as logs:
        webhooks = started(outgoing)
        await until(lambda: bool(logs))
        outbox.request()
        await asyncio.sleep(0.5)
    assert receiver.ids == [first]
    assert [each["log_level"] for each in logs] == ["error"]
    assert "410" in logs[0]["event"]
    webhooks.outgoing = Outgoing(outgoing.url)
    await asyncio.sleep(0.3)
    assert receiver.ids == [first], "a reload that changes nothing is no reason to ask again"
    receiver.answer = None
    webhooks.outgoing = Outgoing(outgoing.url, timeout_s=4.0)
    await until(lambda: len(receiver.ids) == 4)
    assert receiver.ids[1:3] == [first, second]


@pytest.mark.asyncio
async def test_another_receiver_gets_what_the_one_before_did_not_take_and_at_once(outbox, receiver, started):
    webhooks = started(Outgoing("http://127.0.0.1:9/"), pause_s=600.0)
    told = outbox.request()
    with capture_logs() as logs:
        await until(lambda: bool(logs))
    webhooks.outgoing = await receiver.open()
    await until(lambda: receiver.ids == [told])


@pytest.mark.asyncio
async def test_with_nobody_to_tell_the_journal_keeps_all(outbox, receiver, started):
    webhooks = started(None)
    told = outbox.request()
    await asyncio.sleep(0.3)
    assert kept(outbox) == 0
    webhooks.outgoing = await receiver.open()
    await until(lambda: receiver.ids == [told])


@pytest.mark.asyncio
async def test_the_log_says_that_it_began_and_that_it_is_over_and_no_address(outbox, receiver, started):
    answers = [500] * 6

    async def answer() -> int:
        return answers.pop() if answers else 200

    receiver.answer = answer
    outgoing = await receiver.open()
    told = outbox.request()
    with capture_logs() as logs:
        started(Outgoing(outgoing.url + "?token=do-not-show"))
        await until(lambda: len(receiver.ids) == 7 and kept(outbox) == int(told))
    assert [each["log_level"] for each in logs] == ["warning", "info"]
    assert logs[0]["why"] == "it answers 500"
    assert "do-not-show" not in str(logs)


def test_the_pauses_grow_to_five_minutes_and_no_further_however_long_it_lasts():
    assert [bound_s(tries) for tries in (1, 2, 3, 9, 10)] == [1, 2, 4, 256, 300]
    assert bound_s(5000) == PAUSE_MAX_S
    drawn = [full_jitter(10) for _ in range(400)]
    assert 0 <= min(drawn) < 60
    assert 240 < max(drawn) <= 300


@pytest.mark.asyncio
async def test_over_the_real_store_a_slow_receiver_delays_no_commit_and_a_restart_goes_on_where_it_was(
    receiver, tmp_path
):
    store = await Store.open(f"sqlite:///{tmp_path}/dialer.sqlite3")
    changes, outgoing = Changes(), await receiver.open()
    free = asyncio.Event()

    async def slow() -> int:
        await free.wait()
        return 200

    async def commit(event: str, **data: object) -> None:
        await store.append([Change(AT, records=[record(AT, event, CallId("cb-10000016"), **data)])])
        changes.tell()

    def start() -> Webhooks:
        webhooks = Webhooks(store, outgoing, Clock(), changes, pause_s=lambda tries: 0.02)
        RUNNING[webhooks] = asyncio.create_task(webhooks.run())
        return webhooks

    receiver.answer = slow
    await commit("callback_requested", line="dropout", queue="dropout", dated=0)
    first = Webhooks(store, outgoing, Clock(), changes)
    await first.begin()
    webhooks = start()
    await commit("callback_state", state="due")
    await until(lambda: len(receiver.heard) == 1)
    loop = asyncio.get_running_loop()
    slowest_s = 0.0
    for number in range(40):
        before = loop.time()
        await commit("callback_refused" if number % 2 else "node_entered", reason="hours", until=None, node="menu")
        slowest_s = max(slowest_s, loop.time() - before)
    assert slowest_s < 1.0
    await kill(webhooks)
    free.set()
    webhooks = start()
    async with asyncio.timeout(WITHIN_S):
        while (await store.setting("webhooks"))["seq"] < 42:  # noqa: ASYNC110 - a condition of the database
            await asyncio.sleep(0.01)
    await kill(webhooks)
    assert receiver.ids == ["2", "2", *(str(seq) for seq in range(4, 43, 2))]
    assert [said["event"] for said in receiver.heard[2:]] == ["callback.refused"] * 20
    await store.close()


# -- the signature ----------------------------------------------------------------------------------

DOCUMENT = Path(__file__).parents[1] / "docs" / "webhooks.md"


def documented() -> Callable[..., bool]:
    """The receiver's function, as the document has it."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    names: dict = {}
    exec(code, names)
    return names["is_from_fil_vert"]


@pytest.mark.asyncio
async def test_what_we_send_is_what_the_document_verifies_and_what_is_altered_or_old_is_refused(
    outbox, receiver, started
):
    outbox.request()
    started(await receiver.open(), Clock(timedelta(days=200)))  # a shifted clock is no excuse
    await until(lambda: bool(receiver.heard))
    header, body = receiver.headers[0], receiver.bodies[0]
    is_ours = documented()
    assert is_ours(header, body, SECRET)
    at_s = int(header.partition(",")[0].removeprefix("t="))
    assert abs(at_s - time.time()) < 60
    assert header == f"t={at_s},v1={hmac.new(SECRET.encode(), b'%d.' % at_s + body, hashlib.sha256).hexdigest()}"
    refused = [
        (header, body + b" ", SECRET),
        (header, body.replace(b"requested", b"closed"), SECRET),
        (header, body, "another secret"),
        (header.replace(f"t={at_s}", f"t={at_s + 1}"), body, SECRET),
        (header[:-1] + ("0" if header[-1] != "0" else "1"), body, SECRET),
        (header.partition(",")[0], body, SECRET),
        ("", body, SECRET),
    ]
    assert [is_ours(*each) for each in refused] == [False] * len(refused)
    assert is_ours(header, body, SECRET, now=at_s + 299)
    assert not is_ours(header, body, SECRET, now=at_s + 301)
    assert not is_ours(header, body, SECRET, now=at_s - 301)


@pytest.mark.asyncio
async def test_a_demonstration_without_a_secret_signs_nothing(outbox, receiver, started):
    outgoing = await receiver.open()
    outbox.request()
    started(Outgoing(outgoing.url, secret=None))
    await until(lambda: bool(receiver.heard))
    assert receiver.headers == [""]


def test_the_document_names_every_event_and_state_and_its_example_is_one_of_ours():
    from dialer.core import notices

    text = DOCUMENT.read_text()
    source = Path(notices.__file__).read_text()
    for event in set(re.findall(r'"((?:callback|case)\.[a-z_]+)"', source)):
        assert f"| `{event}` |" in text
    for state in ("requested", "due", "offered", "dialling", "talking", "resting", "closed"):
        assert f"`{state}`" in text
    (example,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    said = json.loads(example)
    ours = notices.notice(record(AT, "callback_closed", CallId("x"), outcome="RDV_FIXE", by="person"))
    assert said.keys() - {"id", "at", "callback"} == ours.keys()
