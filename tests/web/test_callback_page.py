"""Callbacks on the pages: the supervisor's block, a callback's own page and its stream; never whose it is."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import date, timedelta

import pytest

from dialer.core import events as ev
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.request import AskedBy, Request, Source
from dialer.core.callbacks.states import CallbackId
from dialer.core.callbacks.told import CallbackCancelled, CardAccepted, CardRefused, DialAsked, OutcomeGiven
from dialer.core.cases.case import Kind
from dialer.core.numbers import Parsed
from dialer.core.places.territory import Territory
from dialer.core.words import E164, Cause, LineId, QueueId
from dialer.web.board import Board
from dialer.web.french import NBSP
from schedules.windows import Window

from .fake_floor import FakeFloor
from .test_streams import reading

PHONE = "+33199000042"
PERSON = {"first_name": "Zoé-Fictive", "name": "Personne", "postcode": "99123", "note": "ne pas montrer"}


def ask(floor: FakeFloor, phone: str = PHONE, window: Window | None = None, kind: Kind = Kind.RTF) -> CallbackId:
    """Somebody asks to be called back on the line of those who left school."""
    parsed = Parsed(E164(phone), Territory.METROPOLE, "Europe/Paris")
    request = Request(
        kind, LineId("dropout"), QueueId("dropout"), parsed, AskedBy.YOUNG_PERSON, Source.WEB, window,
        birth_date=date(2008, 5, 4), **PERSON,
    )  # fmt: skip
    change = floor.happen(ev.CallbacksAsked(floor.now(), (request,)))
    assert change.refused is None
    floor.later(0)  # one that is due at once comes into the queue
    return change.intakes[0].booking.id


def window(floor: FakeFloor, hours: float, lasts: float = 2) -> Window:
    start = floor.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours)
    return Window(start, start + timedelta(hours=lasts))


def state(floor: FakeFloor, callback: CallbackId):
    return floor.desk_.book.callbacks[callback].state


def accept(floor: FakeFloor, callback: CallbackId) -> None:
    """The adviser takes the card, and their phone is up."""
    floor.happen(CardAccepted(floor.now(), state(floor, callback).offer))
    floor.happen(ev.LegAnswered(floor.now(), state(floor, callback).leg))


def dial(floor: FakeFloor, callback: CallbackId) -> None:
    accept(floor, callback)
    floor.happen(DialAsked(floor.now(), state(floor, callback).offer))


def give(floor: FakeFloor, callback: CallbackId, outcome: CallbackOutcome, **fields: object) -> None:
    floor.happen(ev.CallbackTold(floor.now(), callback, OutcomeGiven(floor.now(), Report(outcome, **fields))))


def told(floor: FakeFloor) -> str:
    """The block on the supervisor's page, as text."""
    html = Board(floor).render().fragments["rappels"]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html)).replace(NBSP, " ")


def counts(floor: FakeFloor) -> dict[str, int]:
    html = Board(floor).render().fragments["rappels"]
    return {key: int(value) for key, value in re.findall(r'data-key="(\w+)".*?<dd[^>]*>(\d+)</dd>', html)}


async def read(client, callback: CallbackId) -> str:
    response = await client.get(f"/rappels/{callback}")
    assert response.status == 200
    return (await response.text()).replace(NBSP, " ")


# -- the supervisor's page --------------------------------------------------------------------------


def test_without_callbacks_the_block_says_so(floor):
    assert "Aucun rappel promis." in told(floor)
    assert set(counts(floor).values()) == {0}


def test_callbacks_are_counted_where_they_are(floor):
    floor.ready_advisers("adv05", "adv06", "adv07", "adv08")
    taken = ask(floor)
    planned = ask(floor, "+33199000043", window(floor, 5))
    found = counts(floor)
    assert (found["due"], found["busy"], found["resting"]) == (1, 1, 0)
    dial(floor, taken)
    floor.happen(ev.LegLeft(floor.now(), state(floor, taken).leg, Cause.NO_ANSWER))
    found = counts(floor)
    assert (found["due"], found["busy"], found["resting"]) == (1, 0, 1)
    assert planned in Board(floor).render().fragments["rappels"]


def test_a_row_tells_when_where_what_and_with_whom_and_leads_to_the_page(floor):
    floor.ready_advisers("adv05")
    taken = ask(floor)
    promised = ask(floor, "+33199000043", window(floor, 3))
    text, html = told(floor), Board(floor).render().fragments["rappels"]
    assert "Reviens te former" in text
    assert "Proposé" in text
    assert floor.rules().advisers[state(floor, taken).adviser].name in text
    assert "13 h – 15 h" in text
    assert f'href="/rappels/{taken}"' in html
    assert f'href="/rappels/{promised}"' in html
    assert PHONE[-8:] not in html


def test_what_waits_for_a_person_a_promise_that_was_not_kept_and_late_cases_stand_out(floor):
    ask(floor, window=window(floor, 2, 1))
    html = Board(floor).render().fragments["rappels"]
    assert "pressed" not in html
    floor.later(5 * 3600)
    assert counts(floor)["missed"] == 1
    floor.later(11 * 86400)
    assert counts(floor)["at_risk"] == 1
    floor.later(5 * 86400)
    found = counts(floor)
    assert (found["at_risk"], found["late"]) == (0, 1)
    assert 'data-key="late" class="pressed"' in Board(floor).render().fragments["rappels"]


def test_an_adviser_with_a_card_leads_to_the_callback(floor):
    floor.ready_advisers("adv05")
    callback = ask(floor)
    html = Board(floor).render().fragments["conseillers"]
    assert f'<a href="/rappels/{callback}">' in html
    assert "/appels/None" not in html


# -- its own page -----------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_the_page_tells_a_callback_from_the_request_to_the_outcome(client, floor):
    floor.ready_advisers("adv05")
    callback = ask(floor, window=window(floor, 3))
    page = await read(client, callback)
    assert "Prévu" in page
    assert "prévu à 13 h" in page
    assert "de 13 h à 15 h" in page
    assert "mardi 8 décembre 2026" in page
    assert "dans 15 jours" in page
    assert "Aucune tentative pour l’instant." in page
    floor.later(2.5 * 3600)
    who = floor.rules().advisers[state(floor, callback).adviser].name
    assert f"{who}, la fiche est affichée" in await read(client, callback)
    dial(floor, callback)
    page = await read(client, callback)
    assert "Appel lancé" in page
    assert f"Tentative n° 1, avec {who} : le numéro est composé." in page
    floor.happen(ev.LegAnswered(floor.now(), state(floor, callback).leg))
    assert "En ligne" in await read(client, callback)
    floor.later(180)
    floor.happen(ev.LegLeft(floor.now(), state(floor, callback).leg, Cause.NORMAL))
    assert "à décider : l’issue de la conversation n’est pas saisie" in await read(client, callback)
    give(floor, callback, CallbackOutcome.RDV_FIXE, date=floor.now() + timedelta(days=2))
    page = await read(client, callback)
    assert "Demande close : rendez-vous fixé." in page
    assert "data-flux" not in page


@pytest.mark.asyncio
async def test_the_page_lists_the_attempts_and_what_the_gate_answered(client, floor):
    floor.ready_advisers("adv05")
    callback = ask(floor)
    dial(floor, callback)
    floor.later(12)
    floor.happen(ev.LegLeft(floor.now(), state(floor, callback).leg, Cause.BUSY))
    page = await read(client, callback)
    assert 'data-key="1"' in page
    assert "non joint, occupé" in page
    assert ">12 s<" in page
    assert "Permis" in page
    floor.later(1800)  # the ladder's half an hour: back in the queue, and offered
    floor.happen(CardRefused(floor.now(), state(floor, callback).offer))
    assert "a refusé la fiche : la demande reprend la même place." in await read(client, callback)


@pytest.mark.asyncio
async def test_a_call_that_is_not_permitted_says_why_and_until_when(client, floor):
    floor.at = floor.at.replace(hour=11, minute=30)  # 12 h 30 in Paris: at 13 h the courtesy pause begins
    callback = ask(floor)
    floor.later(3600)
    floor.ready_advisers("adv05")
    page = await read(client, callback)
    assert "Non permis" in page
    assert "ce n’est pas une heure d’appel là où vit la personne ; à revoir à 14 h" in page


@pytest.mark.asyncio
async def test_nothing_that_a_person_said_is_on_the_page_and_the_number_is_masked(client, floor):
    callback = ask(floor)
    page = await read(client, callback)
    assert "+33 … 42" in page
    assert PHONE[-8:] not in page
    for said in (*PERSON.values(), "2008"):
        assert said not in page


@pytest.mark.asyncio
async def test_a_talk_that_was_asked_for_has_no_legal_deadline(client, floor):
    page = await read(client, ask(floor, kind=Kind.INFORMATION))
    assert "Aucune" in page
    assert "demande d’information" in page


@pytest.mark.asyncio
async def test_only_who_may_read_callbacks_sees_one(floor, connect):
    callback = ask(floor)
    floor.mode = "production"
    floor.tokens = {"calls": frozenset({"calls:read", "desk:read"}), "callbacks": frozenset({"callbacks:read"})}
    for path in (f"/rappels/{callback}", f"/flux/rappels/{callback}"):
        assert (await (await connect(floor, None)).get(path)).status == 401
        assert (await (await connect(floor, "calls")).get(path)).status == 403
    assert (await (await connect(floor, "callbacks")).get(f"/rappels/{callback}")).status == 200


@pytest.mark.asyncio
@pytest.mark.parametrize("path", ["/rappels/none", "/flux/rappels/none"])
async def test_one_that_is_not_known_is_not_found(client, path):
    assert (await client.get(path)).status == 404


@pytest.mark.asyncio
async def test_its_stream_grows_with_it_and_ends_when_it_is_closed(client, floor):
    floor.ready_advisers("adv05")
    callback = ask(floor)
    async with reading(client, f"/flux/rappels/{callback}") as stream:
        assert "Fiche proposée" in (await stream.next())["data"]["fragments"]["recit"]
        dial(floor, callback)
        heard = await stream.next()
        assert "le numéro est composé" in heard["data"]["fragments"]["recit"]
        assert heard["data"]["fragments"].keys() >= {"faits", "tentatives"}
        floor.happen(ev.CallbackTold(floor.now(), callback, CallbackCancelled(floor.now())))
        assert "Demande close : annulé." in (await stream.next())["data"]["fragments"]["recit"]
        assert (await stream.next())["event"] == "fin"
        assert (await stream.next())["event"] is None


@pytest.mark.asyncio
async def test_its_stream_reads_its_journal_only_when_it_changed(client, floor, monkeypatch):
    asked = 0
    timeline = FakeFloor.timeline

    async def counted(self, call):
        nonlocal asked
        asked += 1
        return await timeline(self, call)

    monkeypatch.setattr(FakeFloor, "timeline", counted)
    callback = ask(floor)
    async with reading(client, f"/flux/rappels/{callback}") as stream:
        await stream.next()
        for _ in range(8):
            floor.leave(floor.queue_up())
            await asyncio.sleep(0.1)
        assert asked == 1


@pytest.mark.asyncio
async def test_the_live_page_pushes_the_block_when_a_callback_changes(client, floor):
    async with reading(client) as stream:
        await stream.next()
        callback = ask(floor, window=window(floor, 5))
        fragments = (await stream.next())["data"]["fragments"]
        assert callback in fragments["rappels"]
        assert "appels" not in fragments
        assert json.dumps(fragments).find(PHONE[-8:]) == -1
