"""Contacts kept in a true database of each kind, through the true loop and the true API."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog

from dialer.core import events as ev
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.contacts.reason import ContactReason
from dialer.core.views import CallbackFilter
from dialer.core.words import E164, AdviserId, Caller, CallId, Cause, LegId, LineId, Wish
from dialer.metrics import Metrics
from dialer.retention import Retention, end_notes
from dialer.store.tables import metadata
from tests.cases.conftest import Office, StartOffice, case_rules

pytestmark = pytest.mark.asyncio
A = AdviserId("adv01")
NOTE = "Élève 👩🏽‍🎓 de محمد\u200f, שם\u202b ״רות״\u202c,\nà rappeler  lundi"
DONE: dict[str, Any] = {"reasons": ["bourses"], "note": NOTE, "done": True, "adviser": "adv01"}
FOLLOWS = {
    "kind": "rtf", "first_name": "Naïma", "birth_date": "2008-03-21", "asked_by": "young_person",
    "wish": {"kind": "asap"}, "notice_read": True,
}  # fmt: skip


async def follow(office: Office) -> None:
    """The rules of these tests: every queue asks for a contact, every line has one reason."""
    rules = case_rules()
    reasons = {LineId(key): (ContactReason("bourses", "Bourses et aides"),) for key in rules.lines}
    queues = {key: replace(each, contact_required=True) for key, each in rules.queues.items()}
    await office.happen(ev.RulesChanged(office.clock.at, replace(rules, queues=queues, contact_reasons=reasons)))


async def call(office: Office, name: str = "c1", *, ends: bool = True) -> str:
    """Adviser adv01 talks with somebody on the main line, and wraps up."""
    at, leg = office.clock.at, LegId(name)
    await follow(office)
    await office.happen(ev.PhoneRegistered(at, A))
    if office.runner.desk.advisers[A].wish is not Wish.READY:
        await office.happen(ev.WishSet(at, A, Wish.READY))
    await office.happen(ev.CallArrived(at, CallId(name), leg, LineId("main"), Caller(E164("+33199000042"))))
    await office.happen(ev.LegAnswered(at, leg))
    await office.happen(ev.PromptFinished(at, leg, office.runner.desk.calls[CallId(name)].state.playback))  # type: ignore[union-attr]
    await office.happen(ev.DigitPressed(at, leg, "1"))
    await office.happen(ev.LegAnswered(at, office.runner.desk.calls[CallId(name)].state.leg))  # type: ignore[union-attr]
    if ends:
        await office.happen(ev.LegLeft(at, leg, Cause.NORMAL))
    return name


async def put(office: Office, name: str, body: object, version: int = 0) -> tuple[int, Any]:
    return await office.ask("PUT", f"/calls/{name}/contact", json=body, headers={"If-Match": f'"{version}"'})


async def get(office: Office, name: str) -> Any:
    status, told = await office.ask("GET", f"/calls/{name}/contact?adviser=adv01")
    assert status == 200, told
    return told


async def dump(office: Office) -> dict[str, str]:
    """Every table as text."""
    async with office.store._read() as conn:
        return {
            table.name: repr([tuple(row) for row in await conn.execute(table.select())])
            for table in metadata.sorted_tables
        }


def holding(held: dict[str, str], word: str) -> set[str]:
    return {name for name, text in held.items() if word in text}


async def test_a_draft_outlives_the_service_sign_for_sign_and_so_does_what_is_owed(office: StartOffice) -> None:
    first = await office()
    name = await call(first)
    draft = DONE | {"done": False, "callback": {"first_name": "Na", "phone": "01 99"}, "tab": "t", "turn": 4}
    assert (await put(first, name, draft))[1]["version"] == 1
    again = await office()
    told = await get(again, name)
    assert told["note"].encode() == NOTE.encode()
    assert (told["version"], told["reasons"], told["callback"]["first_name"]) == (1, ["bourses"], "Na")
    await again.later(seconds=500)
    last = await office()
    await follow(last)
    assert last.runner.desk.advisers[A].owes == (CallId(name),)
    status, problem = await last.ask("PUT", "/advisers/adv01/wish", json={"wish": "ready"})
    assert (status, problem["detail"]) == (409, "A contact is still to be filed: file it, then be ready.")
    # the earlier words of that tab, on their way since before the crash, come too late
    assert (await put(last, name, draft | {"note": "plus vieux", "turn": 3}))[1]["note"] == NOTE
    assert (await put(last, name, DONE, version=1))[0] == 200
    adviser = last.runner.desk.advisers[A]
    assert (adviser.owes, adviser.wish) == ((), Wish.READY)


async def test_two_who_file_at_once_book_one_case_and_after_a_restart_too_the_same_is_answered(
    office: StartOffice,
) -> None:
    first = await office()
    name = await call(first)
    body = DONE | {"callback": FOLLOWS}
    answers = await asyncio.gather(put(first, name, body), put(first, name, body))
    assert answers[0] == answers[1]
    assert answers[0][0] == 200
    again = await office()
    before = await put(again, name, body)
    assert before[0] == 200, "although the reason is none of the line's any more"
    await follow(again)
    assert await put(again, name, body) == answers[0]
    assert (await put(again, name, body | {"note": None}))[0] == 409
    (row,) = (await again.store.callbacks_page(CallbackFilter(), 10)).items
    assert answers[0][1]["booked"]["id"] == row.id
    journal = [each.event async for each in again.store.records(again.clock.at, again.clock.at + timedelta(days=1))]
    assert journal.count("contact_filed") == 1


async def test_no_word_of_a_note_is_in_the_journal_nor_in_the_log(office: StartOffice) -> None:
    service = await office()
    name = await call(service)
    with structlog.testing.capture_logs() as logged:
        await put(service, name, DONE | {"done": False})
        await put(service, name, DONE | {"note": NOTE * 500, "done": True}, version=1)
        await put(service, name, DONE, version=1)
        await service.ask("GET", f"/calls/{name}/contacts")
    held = await dump(service)
    assert holding(held, "rappeler") == {"contacts"}
    assert "rappeler" not in repr(logged)
    assert "contact_looked" in held["journal"]


async def test_notes_are_emptied_when_their_days_are_over_and_the_reasons_stay(office: StartOffice) -> None:
    service = await office()
    old = await call(service, "c1")
    assert (await put(service, old, DONE))[0] == 200
    service.clock.at += timedelta(days=30)
    young = await call(service, "c2")
    assert (await put(service, young, DONE | {"done": False}))[0] == 200
    service.clock.at += timedelta(days=59, hours=23)
    await end_notes(service.runner.submit, lambda: service.runner.desk.rules.retention, service.clock)
    assert (await dump(service))["contacts"].count("rappeler") == 2
    service.clock.at += timedelta(hours=2)
    await end_notes(service.runner.submit, lambda: service.runner.desk.rules.retention, service.clock)
    ((status, told), kept) = (await service.ask("GET", f"/calls/{old}/contacts"), await get(service, young))
    assert (status, told["items"][0]["reasons"], told["items"][0]["has_note"], told["items"][0]["note"]) == (
        200, ["bourses"], False, None,
    )  # fmt: skip
    assert kept["note"] == NOTE, "it is younger"
    service.clock.at += timedelta(days=90)
    await end_notes(service.runner.submit, lambda: service.runner.desk.rules.retention, service.clock)
    assert holding(await dump(service), "rappeler") == set()
    assert (await get(service, young))["version"] == 0
    assert (await office()).runner.desk.contacts.drafts_of(A) == ()


async def test_the_export_of_a_person_has_the_note_with_which_their_case_was_opened(office: StartOffice) -> None:
    service = await office()
    name = await call(service)
    booked = (await put(service, name, DONE | {"callback": FOLLOWS}))[1]["booked"]
    status, told = await service.ask("GET", f"/cases/{booked['case']}/export")
    assert status == 200
    (written,) = told["data"]["fiches d'appel"]
    assert (written["motifs"], written["note"]) == (["Bourses et aides"], NOTE)
    assert "adv01" not in repr(written)


async def test_who_is_forgotten_is_in_no_contact_any_more_whichever_of_their_calls_it_was(office: StartOffice) -> None:
    service = await office()
    first = await call(service, "c1")
    assert (await put(service, first, DONE | {"note": "rappeler un"}))[0] == 200
    second = await call(service, "c2")
    booked = (await put(service, second, DONE | {"callback": FOLLOWS}))[1]["booked"]
    assert holding(await dump(service), "rappeler") == {"contacts"}
    assert (await service.ask("POST", f"/cases/{booked['case']}/erase"))[0] == 200
    held = await dump(service)
    assert holding(held, "rappeler") == set()
    assert booked["reference"] not in held["contacts"]
    assert "bourses" in held["contacts"]


async def test_of_a_case_that_is_archived_the_note_goes_too(office: StartOffice) -> None:
    service = await office()
    name = await call(service)
    booked = (await put(service, name, DONE | {"callback": FOLLOWS}))[1]["booked"]
    await service.settle(booked["id"], CallbackOutcome.REFUS)
    service.clock.at += timedelta(days=93)
    job = Retention(
        service.store.cases, service.runner.submit, lambda: service.runner.desk.rules.retention, service.clock,
        Metrics(),
    )  # fmt: skip
    assert (await job.retire()).archived == 1
    assert holding(await dump(service), "rappeler") == set()
    assert re.search("bourses", (await dump(service))["contacts"])
