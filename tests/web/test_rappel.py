"""Asking on the public page: what is told, what is kept, what is booked, and how often."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from html import unescape
from ipaddress import ip_network

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from dialer.core.callbacks.request import AskedBy, Source
from dialer.core.cases.case import Kind
from dialer.core.words import LineId
from dialer.web import commit
from dialer.web.app import make_app
from dialer.web.keys import RECEPTION
from dialer.web.rappel import proof, reception
from dialer.web.rappel.limits import Rate
from dialer.web.rappel.reception import Rappel
from dialer.web.rappel.words import FIELDS

from .rappel_office import Office, solved

pytestmark = pytest.mark.asyncio

Open = Callable[..., Awaitable[TestClient]]


@pytest.fixture(autouse=True)
def light(monkeypatch):
    """The proof's work is measured in the browser's test."""
    monkeypatch.setattr(proof, "ITERATIONS", 1)


@pytest.fixture
def office() -> Office:
    return Office()


@pytest_asyncio.fixture
async def open_page(office: Office) -> AsyncIterator[Open]:
    """``await open_page(settings)``: a client of the application with a public page."""
    clients: list[TestClient] = []

    async def made(settings: Rappel | None = Rappel()) -> TestClient:  # noqa: B008
        client = TestClient(TestServer(make_app(office, rappel=settings), host="127.0.0.1"))
        await client.start_server()
        clients.append(client)
        return client

    yield made
    for client in clients:
        await client.close()


@pytest_asyncio.fixture
async def client(open_page: Open) -> TestClient:
    return await open_page()


def hidden(html: str, name: str) -> str:
    return re.search(f'name="{name}" value="([^"]*)"', html)[1]


def windows(html: str) -> list[str]:
    return [unescape(value) for value in re.findall(r'name="creneau" value="(20[^"]+)"', html)]


def told(html: str) -> str:
    """The text of the page, on one line."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html[html.index("<main") :])))


async def proven(client: TestClient) -> str:
    return solved(await (await client.get("/rappel/preuve")).json())


async def filled(client: TestClient, **other: str) -> dict[str, str]:
    """A form as a person sends it; ``other`` replaces fields, "" leaves them out."""
    html = await (await client.get("/rappel")).text()
    form = {
        "demandeur": "young_person", "prenom": "Zoé", "naissance": "31/12/2005", "telephone": "01 99 00 12 34",
        "creneau": "asap", "langue": "fr", "lu": "oui", "site_web": "", "formulaire": hidden(html, "formulaire"),
        "fuseau": hidden(html, "fuseau"), "preuve": await proven(client),
    }  # fmt: skip
    return {name: value for name, value in {**form, **other}.items() if value or name == "site_web"}


async def sent(client: TestClient, form: dict[str, str], **keywords) -> tuple[int, str]:
    async with client.post("/rappel", data=form, **keywords) as response:
        return response.status, await response.text()


# -- booking ----------------------------------------------------------------------------------------


async def test_a_whole_form_books_one_callback_and_says_what_is_promised(office, client):
    status, html = await sent(client, await filled(client, situation="arrêt en première", message="Merci", relais="oui",
                                                   code_postal="44000", langue="en"))  # fmt: skip
    assert status == 200
    (intake,) = office.intakes
    asked = intake.request
    assert (asked.kind, asked.line, asked.source, asked.asked_by) == (
        Kind.RTF, LineId("dropout"), Source.WEB, AskedBy.YOUNG_PERSON,
    )  # fmt: skip
    assert (asked.first_name, asked.postcode, asked.language, asked.relay) == ("Zoé", "44000", "en", True)
    assert (asked.situation, asked.note, asked.phone.number) == ("arrêt en première", "Merci", "+33199001234")
    assert str(asked.birth_date) == "2005-12-31"
    text = told(html)
    assert "Votre demande est enregistrée" in text
    assert "Nous vous appellerons dès que possible." in text
    digits = intake.booking.reference
    assert " ".join(digits[place : place + 2] for place in (0, 2, 4, 6)) in text
    assert "au plus tard le mardi 8 décembre 2026" in text
    assert "Zoé" not in html
    assert "1234" not in html


async def test_a_window_is_promised_and_told_as_a_person_would_say_it(office, client):
    form = await filled(client)
    slots = windows(await (await client.get("/rappel")).text())
    _, html = await sent(client, {**form, "creneau": slots[4]})
    (callback,) = office.callbacks
    assert callback.window.start_at.isoformat() == slots[4].partition("/")[0]
    assert "Nous vous appellerons demain matin, entre dix heures et midi." in told(html)


async def test_under_16_and_over_25_are_taken_and_told_what_to_know(office, client):
    for born, said in (("01/01/2012", "Avant 16 ans"), ("01/01/1990", "s’arrête à 25 ans révolus")):
        status, html = await sent(client, await filled(client, naissance=born, prenom=f"Né en {born[-4:]}"))
        assert status == 200
        assert said in told(html)
    assert len(office.callbacks) == 2


@pytest.mark.parametrize("typed", ["31/12/2005", "31 12 2005", "31.12.2005", "31-12-2005", "31122005", "2005-12-31",
                                   " 31 / 12 / 2005 "])  # fmt: skip
async def test_a_birth_date_is_understood_as_people_write_it(office, client, typed):
    assert (await sent(client, await filled(client, naissance=typed)))[0] == 200
    assert str(office.intakes[0].request.birth_date) == "2005-12-31"


# -- once -------------------------------------------------------------------------------------------


async def test_the_same_form_sent_again_books_once_and_shows_the_same_promise(office, client):
    form = await filled(client)
    first = await sent(client, form)
    assert await sent(client, form) == first
    assert len(office.intakes) == 1


async def test_a_second_click_waits_for_the_first_one_and_is_told_the_same(office, client):
    form = await filled(client)
    office.committing.clear()
    first = asyncio.create_task(sent(client, form))
    await asyncio.wait_for(office.asked.wait(), 5)
    others = [asyncio.create_task(sent(client, form)) for _ in range(4)]
    answered, _ = await asyncio.wait(others, timeout=0.3, return_when=asyncio.FIRST_COMPLETED)
    assert not answered, "none is told anything before the first is committed"
    office.committing.set()
    answers = await asyncio.gather(first, *others)
    assert {status for status, _ in answers} == {200}
    assert len({html for _, html in answers}) == 1
    assert len(office.intakes) == 1
    assert client.server.app[RECEPTION].under_way == 0, "nothing is remembered of a form that was answered"


async def test_a_form_that_was_changed_after_it_was_taken_is_not_booked_again_and_says_so(office, client):
    form = await filled(client)
    await sent(client, form)
    status, html = await sent(client, {**form, "telephone": "01 99 00 55 55", "preuve": await proven(client)})
    assert status == 200
    assert "Votre demande était déjà enregistrée" in told(html)
    assert "n’a pas été pris en compte" in told(html)
    assert len(office.intakes) == 1


async def test_what_cannot_be_stored_is_not_said_to_be_registered_and_can_be_sent_again(office, client, monkeypatch):
    monkeypatch.setattr(commit, "COMMIT_MAX_S", 0.05)
    office.committing.clear()
    form = await filled(client)
    status, html = await sent(client, form)
    assert status == 503
    assert "elle ne sera jamais enregistrée deux fois" in told(html)
    assert "Votre demande est enregistrée" not in html
    assert hidden(html, "formulaire") == form["formulaire"]
    again = {**form, "preuve": await proven(client)}
    office.committing.set()
    assert (await sent(client, again))[0] == 200
    assert len(office.intakes) == 1, "the first try was committed after all, and the second has joined it"


async def test_a_slot_that_fills_up_in_between_is_refused_with_those_that_are_free(office, client):
    office.rules_ = replace(
        office.rules_,
        queues={key: replace(queue, callback_handling_s=7200.0) for key, queue in office.rules_.queues.items()},
    )
    office.__post_init__()
    slots = windows(await (await client.get("/rappel")).text())
    people = [await filled(client, creneau=slots[0], prenom=f"Zoé {letter}", telephone=f"01 99 00 00 {number:02}")
              for number, letter in enumerate("ABCDEF")]  # fmt: skip
    answers = [await sent(client, form) for form in people]
    statuses = [status for status, _ in answers]
    booked = statuses.index(422)
    assert 0 < booked < 6
    assert statuses == [200] * booked + [422] * (6 - booked)
    assert "Ce créneau n’est plus libre : choisissez-en un autre." in told(answers[-1][1])
    assert slots[0] not in windows(answers[-1][1])
    assert len(office.callbacks) == booked


# -- faults -----------------------------------------------------------------------------------------


async def test_an_empty_form_comes_back_with_every_fault_at_its_field_and_in_a_linked_summary(office, client):
    status, html = await sent(client, {"preuve": await proven(client)})
    assert status == 422
    summary = html[html.index('id="fautes"') : html.index("<form")]
    assert 'tabindex="-1" autofocus' in summary
    for field in ("demandeur", "prenom", "naissance", "telephone", "creneau", "lu"):
        assert f'href="#{field}"' in summary
        assert f'id="{field}"' in html
        assert f'id="{field}-faute"' in html
    assert summary.count("<li>") == 6
    assert "<title>Erreur : " in html
    assert office.intakes == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("telephone", "+44 20 7946 0000", "étranger"),
        ("telephone", "0899 00 00 00", "08"),
        ("telephone", "3949", "court"),
        ("telephone", "01 77 77 12 25", "notre service"),
        ("telephone", "nope", "n’existe pas"),
        ("naissance", "31/02/2005", "31/12/2008"),
        ("naissance", "01/01/2030", "futur"),
        ("code_postal", "123", "cinq chiffres"),
        ("creneau", "2026-11-24T02:00:00+00:00/2026-11-24T04:00:00+00:00", "fermée"),
        ("creneau", "2026-11-20T10:00:00+00:00/2026-11-20T12:00:00+00:00", "passé"),
        ("creneau", "nope", "illisible"),
        ("demandeur", "somebody", "Choisissez"),
        ("langue", "klingon", "langue"),
        ("message", "x" * 1001, "1000"),
    ],
)  # fmt: skip
async def test_each_bad_value_is_told_in_french_where_it_is_and_everything_else_is_kept(
    office, client, field, value, said
):
    status, html = await sent(client, await filled(client, **{field: value, "situation": 'a "b" <c> & d'}))
    assert status == 422
    fault = re.search(f'id="{field}-faute">(.*?)</p>', html)[1]
    assert said in unescape(fault)
    assert 'value="a &#34;b&#34; &lt;c&gt; &amp; d"' in html
    assert 'value="Zoé"' in html
    assert office.intakes == []


async def test_nothing_that_was_typed_reaches_the_page_unescaped(client):
    evil = '"><script>alert(1)</script>'
    others = ("formulaire", "fuseau", "preuve")
    _, html = await sent(client, dict.fromkeys((*FIELDS.values(), *others), evil))
    assert "&lt;script&gt;alert" in html
    assert "<script>alert" not in html


async def test_a_body_that_is_no_form_and_one_that_is_too_long_are_answered_in_french(office, client):
    assert (await sent(client, {"message": "x" * 70_000}))[0] == 413
    async with client.post("/rappel", json={"prenom": "Zoé"}) as response:
        assert response.status == 422
    async with client.post("/rappel", data=b"\xff\xfe%%%", headers={"Content-Type": "application/x-www-form-urlencoded"}) as response:  # fmt: skip  # noqa: E501
        assert response.status in (413, 422)
    assert office.intakes == []


# -- overseas ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("phone", "postcode", "place", "zone"), [
    ("0692 00 12 34", "", "à La Réunion", "Indian/Reunion"),
    ("01 99 00 12 34", "97400", "à La Réunion", "Indian/Reunion"),
    ("0596 61 12 34", "", "en Martinique", "America/Martinique"),
])  # fmt: skip
async def test_who_lives_overseas_is_shown_their_own_hours_before_anything_is_booked(
    office, client, phone, postcode, place, zone
):
    slots = windows(await (await client.get("/rappel")).text())
    form = await filled(client, telephone=phone, code_postal=postcode, creneau=slots[5])
    status, html = await sent(client, form)
    assert office.intakes == []
    assert f"Ce numéro ou ce code postal est {place}" in told(html)
    assert hidden(html, "fuseau") == zone
    assert 'value="Zoé"' in html
    again = {**form, "fuseau": zone, "preuve": await proven(client)}
    chosen = slots[5] if status == 200 else windows(html)[0]
    status, html = await sent(client, {**again, "creneau": chosen})
    assert status == 200
    assert f"à l’heure qu’il est {place}" in told(html)
    assert len(office.callbacks) == 1


async def test_as_soon_as_possible_overseas_needs_no_second_step(office, client):
    assert (await sent(client, await filled(client, telephone="0692 00 12 34")))[0] == 200
    assert len(office.callbacks) == 1


async def test_who_has_no_common_hour_with_us_is_told_so_at_once_and_offered_their_own_slots(office, client):
    status, html = await sent(client, await filled(client, telephone="+689 87 12 34 56"))
    assert status == 422
    assert "il est trop tôt ou trop tard chez vous" in unescape(re.search('id="creneau-faute">(.*?)</p>', html)[1])
    assert hidden(html, "fuseau") == "Pacific/Tahiti"
    assert office.intakes == []


# -- who is let in ----------------------------------------------------------------------------------


async def test_without_a_proof_of_work_nothing_is_booked_and_the_numbers_are_given(office, client):
    for sent_proof in ("", "nope"):
        form = {**await filled(client), "preuve": sent_proof}
        status, html = await sent(client, form)
        assert status == 422
        assert "La vérification contre les robots" in told(html)
        assert "tel:+33800122500" in html
    assert office.intakes == []


async def test_one_proof_serves_one_form(office, client):
    first = await filled(client)
    second = {**await filled(client, telephone="01 99 00 77 77", prenom="Ali"), "preuve": first["preuve"]}
    assert (await sent(client, first))[0] == 200
    assert (await sent(client, second))[0] == 422
    assert len(office.intakes) == 1


async def test_whoever_fills_in_the_field_that_nobody_sees_books_nothing(office, client):
    status, html = await sent(client, {**await filled(client), "site_web": "https://spam.example"})
    assert status == 422
    assert "rempli par une personne" in told(html)
    assert office.intakes == []
    field = re.search(r"<div class=\"trap\".*?</div>", html, re.DOTALL)[0]
    assert 'aria-hidden="true"' in field
    assert 'tabindex="-1"' in field
    assert 'autocomplete="off"' in field
    assert "spam" not in html


async def test_too_many_from_one_address_are_told_when_to_come_back_and_whom_to_call(office, open_page, monkeypatch):
    monkeypatch.setattr(reception, "SENDING", Rate(2, 90.0))
    client = await open_page(Rappel(trusted_proxies=[ip_network("127.0.0.0/8")]))
    here, there = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "192.0.2.2"}
    assert [(await sent(client, {}, headers=here))[0] for _ in range(2)] == [422, 422]
    async with client.post("/rappel", data={}, headers=here) as response:
        assert response.status == 429
        assert 85 <= int(response.headers["Retry-After"]) <= 90
        html = await response.text()
    assert "Réessayez dans 2 minutes" in told(html)
    assert "tel:+33800122500" in html
    assert (await sent(client, {}, headers=there))[0] == 422
    assert (await client.get("/rappel", headers=here)).status == 200


async def test_a_header_of_a_proxy_that_is_not_trusted_makes_nobody_another_client(open_page, monkeypatch):
    monkeypatch.setattr(reception, "SENDING", Rate(1, 90.0))
    client = await open_page()
    statuses = [(await sent(client, {}, headers={"X-Forwarded-For": f"192.0.2.{number}"}))[0] for number in range(3)]
    assert statuses == [422, 429, 429]


async def test_all_addresses_together_are_limited_too_and_challenges_as_well(open_page, monkeypatch):
    monkeypatch.setattr(reception, "SENDING_ALL", Rate(2, 90.0))
    monkeypatch.setattr(reception, "LOOKING", Rate(2, 90.0))
    client = await open_page(Rappel(trusted_proxies=[ip_network("127.0.0.0/8")]))
    headers = [{"X-Forwarded-For": f"192.0.2.{number}"} for number in range(3)]
    assert [(await sent(client, {}, headers=each))[0] for each in headers] == [422, 422, 429]
    assert [(await client.get("/rappel/preuve")).status for _ in range(3)] == [200, 200, 429]


# -- the page itself --------------------------------------------------------------------------------


async def test_the_page_needs_no_token_and_loads_nothing_from_elsewhere(client):
    html = await (await client.get("/rappel")).text()
    loaded = re.findall(r'(?:src|href)="([^"#]+)', html)
    assert all(each.startswith(("/rappel/static/", "/rappel/accessibilite", "tel:")) for each in loaded)
    for each in {each for each in loaded if each.startswith("/")} | {"/rappel/static/preuve.js"}:
        async with client.get(each) as response:
            assert response.status == 200, each
    assert "<style" not in html
    assert " style=" not in html
    assert "<script>" not in html


async def test_public_files_are_those_of_the_public_page_and_no_others(client):
    for name in ("flux.js", "nope.css", "..%2F..%2Fapp.py"):
        assert (await client.get(f"/rappel/static/{name}")).status == 404
    assert (await client.get("/static/rappel.css")).status == 401


async def test_forms_may_be_sent_to_ourselves_from_public_pages_only(client):
    for path, policy, referrer in (
        ("/rappel", "form-action 'self'", "same-origin"),
        ("/rappel/suivi/nope", "form-action 'self'", "same-origin"),
        ("/healthz", "form-action 'none'", "no-referrer"),
        ("/rappel/preuve", "form-action 'none'", "no-referrer"),
        ("/nowhere", "form-action 'none'", "no-referrer"),
    ):
        async with client.get(path) as response:
            assert policy in response.headers["Content-Security-Policy"], path
            assert "unsafe" not in response.headers["Content-Security-Policy"]
            assert response.headers["Referrer-Policy"] == referrer, path
            assert response.headers["Cache-Control"] == "no-store"


async def test_a_page_of_another_origin_cannot_send_the_form_from_this_machine(office, client):
    form = await filled(client)
    assert (await sent(client, form, headers={"Origin": "https://evil.example"}))[0] == 403
    assert office.intakes == []
    own = str(client.make_url("")).rstrip("/")
    assert (await sent(client, form, headers={"Origin": own}))[0] == 200


async def test_where_the_public_page_is_not_wanted_it_is_not_there(open_page):
    client = await open_page(None)
    for path in ("/rappel", "/rappel/preuve", "/rappel/static/rappel.css", f"/rappel/suivi/12345674-{'x' * 22}"):
        assert (await client.get(path)).status == 404
    assert (await client.post("/rappel", data={})).status == 404


async def test_where_the_line_takes_no_requests_the_page_says_whom_to_call(office, client):
    lines = {key: replace(line, callback_queue=None) for key, line in office.rules_.lines.items()}
    office.rules_ = replace(office.rules_, lines=lines)
    async with client.get("/rappel") as response:
        assert response.status == 503
        assert "tel:+33800122500" in await response.text()


async def test_the_notice_says_purpose_basis_recipients_retention_rights_and_contact(open_page):
    client = await open_page(Rappel(contact="dpo@example.net", controller="Le service"))
    text = told(await (await client.get("/rappel")).text())
    for said in ("Vous appeler, suivre votre demande", "mission d’intérêt public", "Les conseillères et conseillers",
                 "trois mois après la fin", "les faire effacer", "vous y opposer", "dpo@example.net", "CNIL",
                 "Le service en est responsable"):  # fmt: skip
        assert said in text
    assert "N’écrivez rien d’intime" in text


async def test_nothing_of_the_person_or_their_address_is_logged(office, client, monkeypatch, capsys):
    with capture_logs() as logged:
        form = await filled(client, message="mot secret", code_postal="44000")
        await sent(client, {**form, "telephone": "nope"})
        await sent(client, {**form, "preuve": await proven(client)})
        monkeypatch.setattr(commit, "COMMIT_MAX_S", 0.05)
        office.committing.clear()
        await sent(client, await filled(client, telephone="01 99 00 66 66"))
        office.committing.set()

        async def fail(key: str) -> None:
            raise RuntimeError("Zoé 01 99 00 12 34 mot secret")

        monkeypatch.setattr(Office, "answered", lambda self, key: fail(key))
        assert (await sent(client, form))[0] == 500
    everything = f"{logged}{capsys.readouterr()}"
    assert "request failed" in everything
    assert "a request of the public page was not stored" in everything
    for secret in ("Zoé", "1234", "12 34", "6666", "66 66", "mot secret", "44000", "127.0.0.1"):
        assert secret not in everything


async def test_a_second_form_of_the_same_person_joins_the_first_request_under_its_own_reference(office, client):
    for _ in range(2):
        assert (await sent(client, await filled(client)))[0] == 200
    assert len(office.callbacks) == 1
    assert len({each.booking.reference for each in office.intakes}) == 2
