"""Behind the secret link: what it tells, what it lets people do, and that no other link does."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from dialer.core import events as ev
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.states import (
    Attached,
    CallbackId,
    Dialling,
    Due,
    Offered,
    Requested,
    Resting,
    Talking,
    Unsettled,
)
from dialer.core.callbacks.told import OutcomeGiven
from dialer.core.places.territory import Territory
from dialer.core.words import AdviserId, BridgeId, By, CallId, LegId, OfferId
from dialer.web import commit
from dialer.web.app import make_app
from dialer.web.rappel import proof, words
from dialer.web.rappel.links import link_of
from dialer.web.rappel.reception import Rappel
from schedules.walltime import PARIS

from .rappel_office import Office
from .test_rappel import filled, sent, told, windows

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def light(monkeypatch):
    monkeypatch.setattr(proof, "ITERATIONS", 1)


@pytest.fixture
def office() -> Office:
    return Office()


@pytest_asyncio.fixture
async def client(office: Office) -> AsyncIterator[TestClient]:
    client = TestClient(TestServer(make_app(office, rappel=Rappel(public_url="https://rappel.example.net/")),
                                   host="127.0.0.1"))  # fmt: skip
    await client.start_server()
    yield client
    await client.close()


async def booked(client: TestClient, **other: str) -> str:
    """The path of the secret link of a new request."""
    status, html = await sent(client, await filled(client, **other))
    assert status == 200
    return re.search(r'href="(/rappel/suivi/[^"]+)"', html)[1]


async def read(client: TestClient, path: str) -> tuple[int, str]:
    async with client.get(path) as response:
        return response.status, await response.text()


async def posted(client: TestClient, path: str, **form: str) -> tuple[int, str]:
    async with client.post(path, data=form) as response:
        return response.status, await response.text()


async def test_the_link_tells_where_the_request_stands_and_nothing_of_the_person(client):
    link = await booked(client, message="secret", situation="sans activité", code_postal="44000")
    status, html = await read(client, link)
    assert status == 200
    assert "Nous vous appellerons dès que possible." in told(html)
    assert "celui qui finit par 34" in told(html)
    assert "au plus tard le mardi 8 décembre 2026" in told(html)
    for secret in ("Zoé", "2005", "1234", "12 34", "secret", "sans activité", "44000"):
        assert secret not in html
    assert 'content="noindex"' in html


async def test_the_whole_address_is_shown_to_be_kept_and_is_the_same_for_the_same_request(client):
    form = await filled(client)
    found = {re.search(r'value="(https://rappel\.example\.net/rappel/suivi/\d{8}-[\w-]{22})"', html)[1]
             for _, html in [await sent(client, form), await sent(client, form)]}  # fmt: skip
    assert len(found) == 1


async def test_every_wrong_link_gets_the_same_answer(office, client):
    link = await booked(client)
    other = await booked(client, prenom="Ali", telephone="01 99 00 77 77")
    reference, seal = link.rpartition("/")[2].split("-", 1)
    foreign = link_of(reference, CallbackId(f"cb-{reference}"), b"another key of thirty-two bytes!")
    wrong = [
        f"/rappel/suivi/{reference}-{'A' * 22}",
        f"/rappel/suivi/{foreign}",
        f"/rappel/suivi/{reference}-{other.rpartition('/')[2].split('-', 1)[1]}",
        f"/rappel/suivi/00000000-{seal}",
        f"/rappel/suivi/{reference}",
        "/rappel/suivi/nope",
        f"{link}x",
    ]
    answers = {await read(client, each) for each in wrong}
    assert len(answers) == 1
    ((status, html),) = answers
    assert status == 404
    assert "Lien inconnu" in html
    for each in wrong:
        for way in ("creneau", "annulation"):
            assert (await read(client, f"{each}/{way}"))[0] == 404
            assert (await posted(client, f"{each}/{way}", creneau="asap"))[0] == 404
    assert len(office.callbacks) == 2


async def test_a_request_can_be_moved_to_a_free_window_and_back_to_as_soon_as_possible(office, client):
    link = await booked(client)
    slots = windows((await read(client, f"{link}/creneau"))[1])
    status, html = await posted(client, f"{link}/creneau", creneau=slots[4])
    assert status == 200
    assert "Votre créneau a été changé." in told(html)
    assert "Nous vous appellerons demain matin, entre dix heures et midi." in told(html)
    assert office.callbacks[0].window.start_at.isoformat() == slots[4].partition("/")[0]
    await posted(client, f"{link}/creneau", creneau="asap")
    assert office.callbacks[0].window is None


@pytest.mark.parametrize(
    ("creneau", "said"),
    [
        ("", "Choisissez « Dès que possible » ou un créneau."),
        ("nope", "illisible"),
        ("2026-11-24T02:00:00+00:00/2026-11-24T04:00:00+00:00", "fermée"),
        ("2026-11-20T10:00:00+00:00/2026-11-20T12:00:00+00:00", "passé"),
        ("2027-11-24T10:00:00+00:00/2027-11-24T12:00:00+00:00", "jours"),
    ],
)
async def test_a_window_that_cannot_be_promised_is_told_and_nothing_is_moved(office, client, creneau, said):
    link = await booked(client)
    before = office.callbacks
    status, html = await posted(client, f"{link}/creneau", creneau=creneau)
    assert status == 422
    assert said in told(html)
    assert 'href="#creneau"' in html
    assert office.callbacks == before


async def test_cancelling_asks_once_more_and_then_nobody_is_called(office, client):
    link = await booked(client)
    status, html = await read(client, f"{link}/annulation")
    assert status == 200
    assert "Oui, annuler ma demande" in told(html)
    assert len(office.callbacks) == 1, "a link that is only followed cancels nothing"
    status, html = await posted(client, f"{link}/annulation")
    assert status == 200
    assert "Votre demande a été annulée." in told(html)
    assert office.callbacks == []
    status, html = await read(client, link)
    assert "Cette demande a été annulée : nous ne vous appellerons pas." in told(html)
    assert "finit par" not in html
    assert "/creneau" not in html


async def test_what_is_over_can_neither_be_moved_nor_cancelled_and_says_so(office, client):
    link = await booked(client)
    slots = windows((await read(client, f"{link}/creneau"))[1])
    (callback,) = office.callbacks
    report = Report(CallbackOutcome.INFO_DONNEE)
    await office.submit(ev.CallbackTold(office.at, callback.id, OutcomeGiven(office.at, report, By.PERSON)))
    for way, form in (("creneau", {"creneau": slots[0]}), ("annulation", {})):
        status, html = await posted(client, f"{link}/{way}", **form)
        assert status == 409
        assert "rien n’a été changé" in told(html)
        assert (await read(client, f"{link}/{way}"))[0] == 200, "leads to where it stands"
    text = told((await read(client, link))[1])
    assert "Cette demande est terminée" in text
    assert "annulée" not in text
    assert "INFO_DONNEE" not in text


async def test_an_address_that_claims_something_was_done_says_it_only_where_it_is_so(client):
    link = await booked(client)
    assert "a été annulée" not in told((await read(client, f"{link}?fait=annulation"))[1])
    await posted(client, f"{link}/annulation")
    assert "a été changé" not in told((await read(client, f"{link}?fait=creneau"))[1])


async def test_a_second_request_of_the_same_person_has_a_link_of_its_own_to_the_same_callback(office, client):
    first, second = await booked(client), await booked(client)
    assert first != second
    await posted(client, f"{second}/annulation")
    assert "a été annulée" in told((await read(client, first))[1])
    assert office.callbacks == []


async def test_a_change_that_is_not_committed_is_not_said_to_be_done(office, client, monkeypatch):
    link = await booked(client)
    monkeypatch.setattr(commit, "COMMIT_MAX_S", 0.05)
    office.committing.clear()
    status, html = await posted(client, f"{link}/annulation")
    assert status == 503
    assert "a été annulée" not in told(html)


async def test_the_link_of_a_request_that_is_no_longer_kept_says_so(office, client):
    link = await booked(client)
    await posted(client, f"{link}/annulation")
    office.closed.clear()
    status, html = await read(client, link)
    assert status == 410
    assert "n’est plus conservé" in told(html)


async def test_a_person_overseas_sees_their_own_hours_behind_the_link_too(client):
    link = await booked(client, telephone="0692 00 12 34")
    status, html = await read(client, f"{link}/creneau")
    assert status == 200
    assert "Les heures sont celles de chez vous, à La Réunion." in told(html)
    _, html = await posted(client, f"{link}/creneau", creneau=windows(html)[-1])
    assert "à l’heure qu’il est à La Réunion" in told(html)


A, L = AdviserId("adv01"), LegId("leg")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (lambda at: Due(at), "Nous vous appellerons dès que possible."),
        (lambda at: Offered(OfferId("o"), A, L, at), "sur le point de vous appeler"),
        (lambda at: Dialling(A, L, LegId("their"), 1, at), "sur le point de vous appeler"),
        (lambda at: Talking(A, L, LegId("their"), 1, BridgeId("b"), at), "Une conversation avec vous est en cours."),
        (
            lambda at: Resting(at + timedelta(days=2), AttemptCause.BUSY, "ladder"),
            "sans succès. Nous réessaierons à partir du mercredi vingt-cinq novembre à dix heures trente.",
        ),
        (lambda at: Resting(at, "hours", "gate"), "Nous vous appellerons à partir de dix heures trente."),
        (lambda at: Requested(at + timedelta(days=1)), "dès que possible, à partir de demain à dix heures trente."),
        (lambda at: Unsettled("number", at), "Une personne de l’équipe regarde votre demande"),
        (lambda at: Attached(CallId("c"), Due(at)), "Nous vous appellerons dès que possible."),
    ],
)
async def test_every_state_is_told_in_plain_french(office, client, state, said):
    await booked(client)
    callback = replace(office.callbacks[0], state=state(office.at))
    assert said in words.state(callback, office.at, Territory.METROPOLE, PARIS)
