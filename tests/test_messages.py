"""Messages to people: each once, over crashes and outages of the gateway; by day on their own wall; off unless said."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from dialer import messages
from dialer.clock import Clock
from dialer.core.callbacks.request import Source
from dialer.core.callbacks.states import CallbackId
from dialer.store.snapshot import UnreadableSnapshot
from dialer.store.store import Store
from dialer.web.rappel.links import opens
from tests.messages_world import (
    KEY,
    LEILA,
    NADIA,
    OFFICE,
    SECRET,
    TEVA,
    Died,
    Gateway,
    House,
    Page,
    SmsGateway,
    paris,
    until,
    window,
)

MONDAY = paris(16, 10)
TUESDAY = window(paris(17, 14))


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "GATHER_S", 0.005)


@pytest_asyncio.fixture
async def house() -> AsyncIterator[House]:
    made = House(MONDAY)
    yield made
    for messenger in list(made.running):
        await made.kill(messenger)


@pytest_asyncio.fixture
async def sms() -> AsyncIterator[SmsGateway]:
    made = SmsGateway()
    yield made
    await made.close()


async def begun(house: House, sms: SmsGateway, page: Page | None = None, **more: Any) -> Gateway:
    """A messenger that has seen the journal as it is: nothing of it is told."""
    gateway = await sms.open(**more)
    house.start(gateway, page)
    await until(lambda: house.kept is not None)
    return gateway


# -- who is told what -------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_request_is_confirmed_and_its_promise_remembered(house, sms):
    await begun(house, sms)
    booking = await house.ask(TUESDAY)
    await house.settled()
    said = " ".join(booking.reference[n : n + 2] for n in (0, 2, 4, 6))
    assert sms.heard == [
        {
            "id": sms.ids[0],
            "to": "+33600000001",
            "text": f"Votre demande de rappel est enregistrée (référence {said}). "
            "Nous vous appellerons mardi 17 mars entre 14 h et 16 h.",
            "sender": "Rappel",
        }
    ]
    await house.at(paris(17, 11, 59))
    await house.settled()
    assert len(sms.heard) == 1
    await house.at(paris(17, 12))
    await house.settled()
    assert sms.texts[1:] == [
        f"Pour mémoire, nous vous appellerons mardi 17 mars entre 14 h et 16 h (référence {said})."
    ]
    await house.at(paris(17, 13, 59))
    await house.settled()
    assert len(sms.heard) == 2
    assert house.tally.counts == {("confirmation", "sent"): 1, ("reminder", "sent"): 1}


@pytest.mark.asyncio
async def test_by_default_nothing_is_read_kept_or_sent(house, sms):
    await house.ask(TUESDAY)
    house.start(None)
    await house.ask(TUESDAY, name="Alice")
    await asyncio.sleep(0.1)
    assert house.kept is None
    assert house.tally.counts == {}


@pytest.mark.asyncio
async def test_whoever_asked_before_messages_were_switched_on_is_not_written_to_but_reminded(house, sms):
    await house.ask(TUESDAY)
    await begun(house, sms)
    await house.settled()
    assert sms.heard == []
    await house.at(paris(17, 12))
    await house.settled()
    assert [text[:13] for text in sms.texts] == ["Pour mémoire,"]


@pytest.mark.asyncio
@pytest.mark.parametrize(("phone", "source"), [(OFFICE, Source.WEB), (NADIA, Source.CSV), (NADIA, Source.ADVISER)])
async def test_a_landline_a_list_and_an_advisers_own_entry_get_nothing(house, sms, phone, source):
    await begun(house, sms)
    await house.ask(TUESDAY, phone, source)
    await house.settled()
    await house.at(paris(17, 12))
    await house.settled()
    assert sms.heard == []
    assert house.tally.counts == {}


@pytest.mark.asyncio
async def test_who_opposed_gets_nothing(house, sms):
    await begun(house, sms)
    house.opposed.add(NADIA.number)
    await house.ask(TUESDAY)
    await house.settled()
    await house.at(paris(17, 12))
    await house.settled()
    assert sms.heard == []


@pytest.mark.asyncio
async def test_each_request_and_each_window_is_confirmed_once(house, sms):
    await begun(house, sms)
    first = await house.ask(TUESDAY)
    await house.settled()
    await house.move(first.id, window(paris(18, 10)))
    await house.settled()
    await house.at(paris(16, 11))
    second = await house.ask(window(paris(19, 10)))  # the same number: attached, and its window is theirs now
    assert second.id == first.id
    await house.settled()
    await house.move(first.id, None)
    await house.settled()
    found = [
        re.sub(r".* est (\w+) \(référence ([\d ]+)\). Nous vous appellerons ", r"\1 \2 ", each) for each in sms.texts
    ]
    one, two = (" ".join(each.reference[n : n + 2] for n in (0, 2, 4, 6)) for each in (first, second))
    assert found == [
        f"enregistrée {one} mardi 17 mars entre 14 h et 16 h.",
        f"modifiée {one} mercredi 18 mars entre 10 h et 12 h.",
        f"enregistrée {two} jeudi 19 mars entre 10 h et 12 h.",
        f"modifiée {two} dès que possible.",
    ]
    assert len(sms.heard) == 4


@pytest.mark.asyncio
async def test_what_was_cancelled_moved_or_sent_elsewhere_before_it_could_be_told_is_told_as_it_is(house, sms):
    await begun(house, sms)
    await house.at(paris(16, 22))
    cancelled = await house.ask(TUESDAY, name="Alice")
    moved = await house.ask(TUESDAY, name="Badis")
    elsewhere = await house.ask(TUESDAY, LEILA)
    await house.settled()
    await house.cancel(cancelled.id)
    await house.move(moved.id, window(paris(18, 10)))
    await house.move(elsewhere.id, TUESDAY, OFFICE)
    await house.settled()
    assert sms.heard == []
    await house.at(paris(17, 8))
    await house.settled()
    (text,) = sms.texts
    assert "est enregistrée" in text
    assert "mercredi 18 mars entre 10 h et 12 h" in text
    assert house.tally.counts == {("confirmation", "sent"): 1}


@pytest.mark.asyncio
async def test_a_cancelled_promise_is_not_remembered_and_a_moved_one_at_its_new_time(house, sms):
    await begun(house, sms)
    cancelled = await house.ask(TUESDAY, LEILA)
    moved = await house.ask(TUESDAY)
    await house.settled()
    await house.cancel(cancelled.id)
    await house.move(moved.id, window(paris(18, 14)))
    for instant in (paris(17, 12), paris(17, 15), paris(18, 11, 59), paris(18, 12), paris(18, 13)):
        await house.at(instant)
        await house.settled()
    reminders = [text for text in sms.texts if text.startswith("Pour mémoire")]
    assert len(reminders) == 1
    assert "mercredi 18 mars entre 14 h et 16 h" in reminders[0]


@pytest.mark.asyncio
async def test_the_secret_link_is_there_where_the_public_page_is_open_and_opens_the_request(house, sms):
    pages = [
        Page("https://rappel.example.net", True), Page("https://rappel.example.net", False), Page(None, True),
    ]  # fmt: skip
    gateway = await begun(house, sms, pages[0])
    (messenger,) = house.running
    booking = await house.ask(TUESDAY)
    await house.settled()
    (link,) = re.findall(r"https://rappel\.example\.net/rappel/suivi/(\S+)", sms.texts[0])
    assert opens(link, booking.id, KEY)
    for n, page in enumerate(pages[1:], 2):
        messenger.follow(gateway, page)
        await house.ask(TUESDAY, name=f"Nadia {n}")
        await house.settled()
        assert len(sms.texts) == n
        assert "http" not in sms.texts[-1]


@pytest.mark.asyncio
async def test_a_strangers_telephone_is_not_filled_by_who_plays_with_the_form(house, sms):
    await begun(house, sms)
    for n in range(messages.DAY_MAX + 3):
        await house.ask(TUESDAY, name=f"N{chr(97 + n)}")
        await house.settled()
    assert len(sms.heard) == messages.DAY_MAX
    await house.ask(TUESDAY, LEILA)
    await house.settled()
    assert len(sms.heard) == messages.DAY_MAX + 1, "nobody else is kept waiting"
    assert house.tally.counts == {("confirmation", "sent"): messages.DAY_MAX + 1, ("confirmation", "dropped"): 3}


# -- by day -----------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("phone", "asked_at", "sent_at"),
    [
        (NADIA, paris(16, 20), paris(17, 8)),
        (NADIA, paris(28, 23), paris(29, 8)),  # the hour that is skipped
        (NADIA, paris(24, 23, month=10), paris(25, 8, month=10)),  # the hour that comes twice
        (LEILA, paris(16, 17), paris(17, 5)),
        (LEILA, paris(28, 22), paris(29, 6)),  # Paris changes its clock, La Réunion has none
        (TEVA, paris(16, 10), paris(16, 19)),
        (TEVA, paris(24, 10, month=10), paris(24, 20, month=10)),
        (TEVA, paris(25, 10, month=10), paris(25, 19, month=10)),
    ],
)
async def test_what_is_asked_at_night_is_confirmed_at_eight_on_their_own_wall(house, sms, phone, asked_at, sent_at):
    await begun(house, sms)
    await house.at(asked_at)
    await house.ask(None, phone)
    for instant in (asked_at, sent_at - timedelta(seconds=30)):
        await house.at(instant)
        await house.settled()
        assert sms.heard == []
    await house.at(sent_at)
    await house.settled()
    assert len(sms.heard) == 1


@pytest.mark.asyncio
async def test_a_reminder_waits_for_the_morning_and_is_dropped_where_the_window_has_begun_by_then(house, sms):
    await begun(house, sms)
    await house.ask(window(paris(17, 9)), name="Alice")
    await house.ask(window(paris(17, 8)), name="Badis")
    await house.settled()
    for instant in (paris(17, 6), paris(17, 7), paris(17, 7, 59)):
        await house.at(instant)
        await house.settled()
    assert len(sms.heard) == 2
    await house.at(paris(17, 8))
    await house.settled()
    (reminded,) = sms.texts[2:]
    assert "mardi 17 mars entre 9 h et 11 h" in reminded
    assert house.tally.counts["reminder", "dropped"] == 1


@pytest.mark.asyncio
async def test_a_try_that_failed_by_day_is_not_made_again_at_night(house, sms):
    async def down(body: dict[str, Any]) -> int:
        return 503

    await begun(house, sms)
    sms.answer = down
    await house.at(paris(16, 19, 59))
    await house.ask(None)
    await until(lambda: len(sms.heard) >= 2)
    await house.at(paris(16, 20))
    await house.settled()
    tried = len(sms.heard)
    sms.answer = None
    await house.at(paris(17, 7, 59))
    await house.settled()
    assert len(sms.heard) == tried
    await house.at(paris(17, 8))
    await house.settled()
    assert len(sms.messages) == 1


# -- trouble ----------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [302, 401, 404, 410, 429, 500, 503])
async def test_what_is_not_taken_is_tried_again_under_the_same_id(house, sms, status):
    statuses = [status, status, status]

    async def answer(body: dict[str, Any]) -> int:
        return statuses.pop() if statuses else 200

    sms.answer = answer
    await begun(house, sms)
    await house.ask(TUESDAY)
    await house.settled()
    assert len(sms.heard) == 4
    assert len(set(sms.ids)) == 1
    assert len({*sms.raw}) == 1
    assert sms.elsewhere == 0
    assert house.tally.counts == {("confirmation", "failed"): 3, ("confirmation", "sent"): 1}


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [400, 422])
async def test_what_the_gateway_refuses_for_good_is_dropped_and_counted_and_keeps_nobody_waiting(house, sms, status):
    async def answer(body: dict[str, Any]) -> int:
        return status if body["to"] == NADIA.number else 200

    sms.answer = answer
    await begun(house, sms)
    with capture_logs() as logs:
        await house.ask(TUESDAY)
        await house.ask(TUESDAY, LEILA)
        await house.settled()
    assert [each["to"] for each in sms.heard] == [NADIA.number, LEILA.number]
    assert house.tally.counts == {("confirmation", "dropped"): 1, ("confirmation", "sent"): 1}
    assert [each["log_level"] for each in logs] == ["error"]


@pytest.mark.asyncio
async def test_one_that_the_gateway_cannot_swallow_keeps_nobody_waiting(house, sms):
    async def answer(body: dict[str, Any]) -> int:
        return 500 if body["to"] == NADIA.number else 200

    sms.answer = answer
    await begun(house, sms)
    await house.ask(TUESDAY)
    await until(lambda: len(sms.heard) >= 2)
    for n in range(3):
        await house.ask(TUESDAY, LEILA, name=f"L{chr(97 + n)}")
    await until(lambda: len(sms.messages) == 3)


@pytest.mark.asyncio
async def test_pauses_grow_while_nothing_is_taken_and_begin_anew_once_something_is(house, sms):
    async def answer(body: dict[str, Any]) -> int:
        return 500 if body["to"] == NADIA.number else 200

    sms.answer = answer
    pauses: list[int] = []
    house.start(await sms.open(), pauses=pauses)
    await until(lambda: house.kept is not None)
    await house.ask(TUESDAY)
    await until(lambda: len(pauses) >= 4)
    grown = len(pauses)
    assert pauses == list(range(1, grown + 1))
    await house.ask(TUESDAY, LEILA)
    await until(lambda: len(sms.messages) == 1)
    await until(lambda: 1 in pauses[grown:])


@pytest.mark.asyncio
async def test_a_gateway_that_was_down_for_hours_gets_all_that_is_still_of_use(house, sms):
    gateway = await begun(house, sms)
    port = sms.server.port
    await sms.close()
    await house.ask(TUESDAY, name="Alice")
    await house.ask(window(paris(16, 14)), name="Badis")
    await house.ask(None, name="Chloe")
    await house.at(paris(16, 15))
    await house.ask(TUESDAY, LEILA)
    with capture_logs() as logs:
        await until(lambda: house.tally.counts["confirmation", "dropped"] == 1)
        assert sms.heard == []
        await sms.open(port)
        await house.settled()
    assert gateway.url.endswith("/sms")
    assert len(sms.messages) == 3
    assert not [text for text in sms.texts if "lundi 16 mars" in text], "that window has begun"
    assert house.tally.counts["confirmation", "dropped"] == 1
    assert [each["log_level"] for each in logs if "messages" in each["event"]][-1] == "info"


@pytest.mark.asyncio
async def test_a_gateway_that_is_down_keeps_nothing_from_being_dropped(house, sms):
    await begun(house, sms)
    (first,) = house.running
    await house.at(paris(16, 21))
    await house.ask(TUESDAY, name="Alice")
    await house.ask(window(paris(17, 9)), name="Badis")
    await house.settled()
    await house.kill(first)
    await house.at(paris(17, 9))
    house.start(Gateway("http://127.0.0.1:9/"), pause_s=600.0)
    await until(lambda: house.tally.counts["confirmation", "failed"] == 1)
    dropped = {("confirmation", "dropped"): 1, ("reminder", "dropped"): 1}
    assert house.tally.counts == {("confirmation", "failed"): 1, **dropped}


@pytest.mark.asyncio
async def test_a_confirmation_a_day_old_is_dropped_and_counted(house, sms):
    gateway = await begun(house, sms)
    (messenger,) = house.running
    await house.settled()
    await house.kill(messenger)
    await house.ask(window(paris(20, 14)), name="Alice")
    await house.at(MONDAY + timedelta(hours=1))
    await house.ask(window(paris(20, 14)), name="Badis")
    await house.at(MONDAY + timedelta(hours=24))
    house.start(gateway)
    await house.settled()
    assert len(sms.messages) == 1
    assert house.tally.counts == {("confirmation", "dropped"): 1, ("confirmation", "sent"): 1}


@pytest.mark.asyncio
async def test_a_gateway_that_takes_too_long_is_asked_again_and_holds_up_nobody_who_writes(house, sms):
    slow = [5.0]

    async def answer(body: dict[str, Any]) -> int:
        await asyncio.sleep(slow.pop() if slow else 0)
        return 200

    sms.answer = answer
    await begun(house, sms, timeout_s=0.3)
    await house.ask(TUESDAY)
    await until(lambda: len(sms.heard) == 1)
    loop = asyncio.get_running_loop()
    late_s = 0.0
    for n in range(20):
        before = loop.time()
        await house.ask(TUESDAY, OFFICE, name=f"O{chr(97 + n)}")
        late_s = max(late_s, loop.time() - before)
    assert late_s < 0.25
    await house.settled()
    assert sms.ids[0] == sms.ids[1]
    assert len(sms.heard) == 2
    assert house.tally.counts["confirmation", "failed"] == 1


@pytest.mark.asyncio
async def test_a_database_that_does_not_answer_costs_nothing_but_time(house, sms):
    await begun(house, sms)
    house.store.locked = True
    house.changes.tell()
    await asyncio.sleep(0.05)
    house.store.locked = False
    await house.ask(TUESDAY)
    await house.settled()
    assert len(sms.heard) == 1


@pytest.mark.asyncio
async def test_another_gateway_gets_what_the_one_before_did_not_take_and_at_once(house, sms):
    messenger = house.start(Gateway("http://127.0.0.1:9/"), pause_s=600.0)
    await until(lambda: house.kept is not None)
    with capture_logs() as logs:
        await house.ask(TUESDAY)
        await until(lambda: bool(logs))
    messenger.follow(await sms.open(), Page())
    await house.settled()
    assert len(sms.messages) == 1


@pytest.mark.asyncio
async def test_switched_off_it_sends_nothing_and_switched_on_again_what_is_still_of_use(house, sms):
    gateway = await begun(house, sms)
    (messenger,) = house.running
    messenger.follow(None, Page())
    await house.ask(TUESDAY)
    await asyncio.sleep(0.1)
    assert sms.heard == []
    messenger.follow(gateway, Page())
    await house.settled()
    assert len(sms.heard) == 1


@pytest.mark.asyncio
async def test_switched_off_between_two_messages_it_sends_no_second_one(house, sms):
    async def then_off(body: dict[str, Any]) -> int:
        (messenger,) = house.running
        messenger.follow(None, Page())
        return 200

    sms.answer = then_off
    await begun(house, sms)
    await house.at(paris(16, 21))
    await house.ask(TUESDAY, name="Alice")
    await house.ask(TUESDAY, name="Badis")
    await house.settled()
    await house.at(paris(17, 8))
    await until(lambda: len(sms.heard) == 1)
    await asyncio.sleep(0.2)
    assert len(sms.heard) == 1
    assert house.tally.counts == {("confirmation", "sent"): 1}


@pytest.mark.asyncio
async def test_a_restart_neither_repeats_a_reminder_nor_forgets_one_nor_reminds_of_what_was_just_promised(house, sms):
    gateway = await begun(house, sms)
    await house.ask(window(paris(16, 13)), name="Alice")
    await house.ask(window(paris(16, 16)), name="Badis")
    await house.at(paris(16, 11))
    await house.settled()
    await house.ask(window(paris(16, 12, 30)), name="Chloe")  # so near that its confirmation is all
    await house.settled()
    assert len(sms.heard) == 4
    (first,) = house.running
    await house.kill(first)
    await house.at(paris(16, 12, 15))
    second = house.start(gateway)
    await house.settled()
    assert len(sms.heard) == 4
    await house.kill(second)
    await house.at(paris(16, 15))  # Badis should have been reminded an hour ago
    house.start(gateway)
    await house.settled()
    assert len(sms.heard) == 5
    assert "lundi 16 mars entre 16 h et 18 h" in sms.texts[-1]


@pytest.mark.asyncio
async def test_nobody_is_reminded_where_the_operator_says_so(house, sms):
    await begun(house, sms, remind_h=0.0)
    await house.ask(TUESDAY)
    for instant in (MONDAY, paris(17, 12), paris(17, 13, 59)):
        await house.at(instant)
        await until(lambda: house.is_quiet(0.0))
    assert len(sms.heard) == 1


@pytest.mark.asyncio
async def test_with_more_to_send_than_is_written_down_nothing_is_lost(house, sms, monkeypatch):
    monkeypatch.setattr(messages, "OWED_MAX", 10)
    monkeypatch.setattr(messages, "CHUNK", 7)
    monkeypatch.setattr(messages, "DAY_MAX", 100)
    gateway = await begun(house, sms)
    (messenger,) = house.running
    await house.settled()
    await house.kill(messenger)
    names = [f"{chr(97 + n // 5)}{chr(97 + n % 5)}" for n in range(45)]
    for name in names:
        await house.ask(TUESDAY, name=name)

    async def down(body: dict[str, Any]) -> int:
        return 503

    sms.answer = down
    house.start(gateway)
    await until(lambda: len(sms.heard) > 10)
    assert len(house.kept["owed"]) < 10 + 7
    sms.answer = None
    sms.heard.clear()
    async with asyncio.timeout(20):
        while len(sms.messages) < 45:
            house.changes.tell()
            await asyncio.sleep(0.01)
    await house.settled()
    assert len(sms.heard) == 45


@pytest.mark.asyncio
async def test_no_number_no_text_and_no_address_is_logged(house, sms):
    statuses = [500, 422]

    async def answer(body: dict[str, Any]) -> int:
        return statuses.pop(0) if statuses else 200

    sms.answer = answer
    gateway = await sms.open()
    with capture_logs() as logs:
        house.start(replace(gateway, url=f"{gateway.url}?token=do-not-show"))
        await until(lambda: house.kept is not None)
        await house.ask(TUESDAY)
        await house.settled()
        await house.ask(TUESDAY, LEILA)
        await house.settled()
    assert [each["log_level"] for each in logs] == ["warning", "info", "error"]
    shown = str(logs)
    for secret in ("do-not-show", "127.0.0.1", "600000001", "692000001", "rappel", "mars", SECRET):
        assert secret not in shown
    assert "600000001" not in json.dumps(house.kept)
    assert "mars" not in json.dumps(house.kept)


@pytest.mark.asyncio
async def test_a_request_that_cannot_be_read_costs_its_own_message_and_no_other(house, sms):
    await begun(house, sms)
    unreadable = await house.ask(TUESDAY, name="Alice")
    await house.settled()
    read = house.store.intakes_of

    async def intakes_of(callback: str) -> Any:
        if callback == unreadable.id:
            raise UnreadableSnapshot("request.phone: missing")
        return await read(callback)

    house.store.intakes_of = intakes_of
    with capture_logs() as logs:
        await house.move(unreadable.id, window(paris(18, 14)))
        await house.ask(window(paris(18, 14)), LEILA)
        await house.settled()
        await house.at(paris(18, 12))
        await house.settled()
    assert [each["to"] for each in sms.heard[1:]] == [LEILA.number] * 2
    assert house.tally.counts["confirmation", "dropped"] == house.tally.counts["reminder", "dropped"] == 1
    assert [each["log_level"] for each in logs] == ["error", "error"]


@pytest.mark.asyncio
async def test_what_another_version_wrote_down_stops_no_start(house, sms):
    await house.store.set_setting("messages", {"sequence": "7"})
    await house.ask(TUESDAY)
    gateway = await sms.open()
    with capture_logs() as logs:
        house.start(gateway)
        await until(lambda: "seq" in (house.kept or {}))
    await house.ask(TUESDAY, LEILA)
    await house.settled()
    assert [each["to"] for each in sms.heard] == [LEILA.number]
    assert [each["log_level"] for each in logs] == ["error"]


# -- crashes ----------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_crash_between_the_delivery_and_its_being_written_down_delivers_twice_with_the_same_id(house, sms):
    gateway = await begun(house, sms)
    (killed,) = house.running
    taken = asyncio.Event()

    async def then_die(body: dict[str, Any]) -> int:
        house.store.dies_in = 1
        taken.set()
        return 200

    sms.answer = then_die
    await house.ask(TUESDAY)
    await taken.wait()
    await until(lambda: house.died(killed))
    await house.kill(killed)
    sms.answer = None
    house.start(gateway)
    await house.settled()
    assert len(sms.heard) == 2
    assert sms.raw[0] == sms.raw[1]


@pytest.mark.asyncio
async def test_a_crash_repeats_the_last_delivery_and_none_before_it(house, sms):
    gateway = await begun(house, sms)
    (killed,) = house.running
    await house.at(paris(16, 21))
    for n in range(5):
        await house.ask(TUESDAY, name=f"N{chr(97 + n)}")
    await house.settled()

    async def die_at_the_fourth(body: dict[str, Any]) -> int:
        if len(sms.heard) == 4:
            house.store.dies_in = 1
        return 200

    sms.answer = die_at_the_fourth
    await house.at(paris(17, 8))
    await until(lambda: house.died(killed))
    await house.kill(killed)
    house.start(gateway)
    await house.settled()
    assert len(sms.messages) == 5
    assert len(sms.heard) == 6
    assert sms.ids[3] == sms.ids[4]


acts = st.one_of(
    st.tuples(st.just("ask"), st.integers(0, 2), st.integers(0, 30)),
    st.tuples(st.just("move"), st.integers(0, 2), st.integers(0, 30)),
    st.tuples(st.just("cancel"), st.integers(0, 2), st.just(0)),
    st.tuples(st.just("wait"), st.integers(1, 16), st.just(0)),
)
"""What happens: who asks (0 to 2), for which of the next windows (0: as soon as possible), and hours that go by."""


async def lived(script: list[tuple[str, int, int]], deaths: list[int]) -> SmsGateway:
    """The script, hour by hour, all that is owed sent each time; ``deaths``: in how many steps of ours it dies then."""
    house = House(MONDAY)
    sms = SmsGateway(now=house.wall.now)
    gateway = await sms.open()
    house.start(gateway)
    await until(lambda: house.kept is not None)
    left = iter(deaths)
    theirs: dict[int, CallbackId] = {}
    people = (NADIA, LEILA, TEVA)

    async def hour() -> None:
        house.store.dies_in = next(left, None)
        await house.at(house.wall.at + timedelta(hours=1))
        async with asyncio.timeout(20):
            while not house.is_quiet():
                (messenger,) = house.running
                if house.died(messenger):
                    with pytest.raises(Died):
                        await house.running[messenger]
                    await house.kill(messenger)
                    house.start(gateway)
                await asyncio.sleep(0.001)
        house.store.dies_in = None

    try:
        for what, number, slot in [*script, ("wait", 30, 0)]:
            promised = window(house.wall.at + timedelta(hours=slot, minutes=30)) if slot else None
            callback = theirs.get(number)
            is_open = callback in house.desk.book.callbacks
            match what:
                case "ask":
                    theirs[number] = (await house.ask(promised, people[number])).id
                case "move" if callback is not None and is_open:
                    await house.move(callback, promised)
                case "cancel" if callback is not None and is_open:
                    await house.cancel(callback)
            for _ in range(number if what == "wait" else 1):
                await hour()
    finally:
        for each in list(house.running):
            await house.kill(each)
        await sms.close()
    return sms


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts, min_size=1, max_size=6), st.lists(st.integers(1, 14), max_size=60))
def test_however_often_it_dies_everybody_gets_the_very_messages_that_they_get_without(script, deaths):
    sms, calm = asyncio.run(lived(script, deaths)), asyncio.run(lived(script, []))
    bodies: dict[str, set[str]] = {}
    for body in sms.heard:
        bodies.setdefault(body["id"], set()).add(json.dumps(body, sort_keys=True))
    assert all(len(said) == 1 for said in bodies.values()), "a double is the same message"
    assert sms.messages == calm.messages
    assert len(calm.heard) == len(calm.messages), "without a crash none is delivered twice"
    zone_of = {each.number: ZoneInfo(each.zone) for each in (NADIA, LEILA, TEVA)}
    for body, at in zip(sms.heard, sms.heard_at, strict=True):
        assert 8 <= at.astimezone(zone_of[body["to"]]).hour < 20
        if body["id"].startswith("r-"):
            begins_at = datetime.fromtimestamp(int(body["id"].rpartition("-")[2]), UTC)
            assert begins_at - timedelta(hours=2) <= at < begins_at


@pytest.mark.asyncio
async def test_over_the_real_store_a_restart_goes_on_where_it_was(house, sms, tmp_path):
    store = await Store.open(f"sqlite:///{tmp_path}/dialer.sqlite3")

    async def both(changes: Any) -> None:
        await store.append(changes)
        await memory(changes)

    memory = house.store.append
    house.store.append = both

    def start(gateway: Gateway) -> messages.Messenger:
        made = messages.Messenger(store, house, gateway, Page(), KEY, house.wall, house.changes, house.tally)
        house.running[made] = asyncio.create_task(made.run())
        return made

    gateway = await sms.open()
    first = start(gateway)
    async with asyncio.timeout(10):
        while await store.setting("messages") is None:  # noqa: ASYNC110 - a condition of the database
            await asyncio.sleep(0.01)
    await house.at(paris(16, 21))
    await house.ask(TUESDAY)
    await house.ask(TUESDAY, LEILA)
    async with asyncio.timeout(10):
        while len((await store.setting("messages"))["owed"]) < 2:  # noqa: ASYNC110 - a condition of the database
            await asyncio.sleep(0.01)
    await house.kill(first)
    await house.at(paris(17, 8))
    second = start(gateway)
    await until(lambda: len(sms.messages) == 2)
    await house.at(paris(17, 12))
    await until(lambda: len(sms.messages) == 4)
    await house.kill(second)
    assert len(sms.heard) == 4
    assert sorted(each["to"] for each in sms.heard[2:]) == sorted((NADIA.number, LEILA.number))
    await store.close()


# -- the signature and the document -----------------------------------------------------------------

DOCUMENTS = Path(__file__).parents[1] / "docs"


@pytest.mark.asyncio
async def test_a_message_is_signed_as_a_webhook_is_in_the_true_time(house, sms):
    (code,) = re.findall(r"```python\n(.*?)```", (DOCUMENTS / "webhooks.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    house.wall = Clock(MONDAY - Clock().now())
    await begun(house, sms)
    request_at = house.wall.now()
    house.wall.at = request_at
    await house.ask(TUESDAY)
    await until(lambda: bool(sms.heard))
    is_ours = names["is_from_fil_vert"]
    assert is_ours(sms.headers[0], sms.raw[0], SECRET)
    assert not is_ours(sms.headers[0], sms.raw[0] + b" ", SECRET)
    assert not is_ours(sms.headers[0], sms.raw[0], "another secret")


@pytest.mark.asyncio
async def test_a_demonstration_without_a_secret_signs_nothing(house, sms):
    await begun(house, sms, secret=None, sender=None)
    await house.ask(TUESDAY)
    await house.settled()
    assert sms.headers == [""]
    assert sms.heard[0]["sender"] is None


def test_the_document_shows_the_body_as_it_is_and_says_what_holds():
    text = (DOCUMENTS / "messages.md").read_text()
    (example,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    said = json.loads(example)
    assert list(said) == ["id", "to", "text", "sender"]
    for rule in ("400", "422", "24 hours", f"{messages.DAY_MAX} messages", "8h", "20h", "same `id`", "webhooks.md"):
        assert rule in text, rule
