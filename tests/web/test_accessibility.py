"""The statement of accessibility: open to everybody, linked from every page, with somebody to turn to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from dialer.configuration.web import WebSettings, read_web
from dialer.web import render
from dialer.web.app import make_app
from dialer.web.rappel.reception import Rappel
from tests.store.fake_access import FakeAccess

from .fake_floor import FakeFloor
from .signing_in import everybody, get, session

HTML = {"Accept": "text/html"}


def read(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))


@pytest.mark.asyncio
async def test_anybody_reads_it_and_its_files_signed_in_or_not(connect):
    client = await connect(FakeFloor(mode="production"), token=None)
    response = await get(client, "/accessibilite")
    html = await response.text()
    assert response.status == 200
    files = set(re.findall(r'(?:href|src)="(/[^"?#]+)', html))
    assert files == {f"/accessibilite/static/{name}" for name in ("fil-vert.css", "fil-vert.svg", "rappel.css")}
    for path in files:
        assert (await get(client, path)).status == 200
    assert (await get(client, "/accessibilite/static/poste.js")).status == 404


@pytest.mark.asyncio
async def test_it_says_what_the_decree_asks_for_and_claims_no_more_than_is_true(connect):
    client = await connect(FakeFloor(mode="production"), token=None)
    said = read(await (await get(client, "/accessibilite")).text())
    for words in (
        "non conforme au référentiel général d’amélioration de l’accessibilité (RGAA",
        "n’a pas été évalué par un audit", "article 47 de la loi n° 2005-102", "Contenus non accessibles",
        "a été établie le dimanche 22\u00a0novembre 2026", "Technologies", "Environnement de test",
        "Retour d’information et contact", "Défenseur des droits",
        "Libre réponse 71120, 75342 Paris CEDEX 07",
    ):  # fmt: skip
        assert re.sub(r"\s+", " ", words) in said
    assert "partiellement" not in said
    assert "Ligne principale : appelez le 01 77 77 12 25" in said
    assert "Écrivez" not in said


@pytest.mark.asyncio
async def test_where_an_address_is_configured_it_is_written_to():
    client = TestClient(TestServer(make_app(FakeFloor(), accessibility_contact="a11y@example.net"), host="127.0.0.1"))
    await client.start_server()
    html = await (await get(client, "/accessibilite")).text()
    await client.close()
    assert '<a href="mailto:a11y@example.net">a11y@example.net</a>' in html


def test_the_address_is_read_and_one_that_is_none_is_refused_with_how_to_mend_it():
    faults = []
    assert read_web({"accessibility_contact": "a11y@example.net"}, {}, "dialer.toml", "development", False, faults) == (
        WebSettings(accessibility_contact="a11y@example.net")
    )
    assert faults == []
    read_web({"accessibility_contact": "a11y"}, {}, "dialer.toml", "development", False, faults)
    assert [str(each) for each in faults] == [
        'dialer.toml [web] accessibility_contact: "a11y" is not an address of e-mail — write one as name@example.net, '
        "and nothing else"
    ]


@pytest.mark.asyncio
async def test_every_kind_of_page_leads_to_it():
    floor = FakeFloor(mode="production", access=FakeAccess(everybody()))
    client = TestClient(TestServer(make_app(floor, rappel=Rappel()), host="127.0.0.1"))
    await client.start_server()
    call = floor.queue_up()
    supervisor, adviser = await session(floor.access, "supervisor"), await session(floor.access, "adviser")
    pages = [("/", supervisor), (f"/appels/{call}", supervisor), ("/horaires", adviser), ("/connexion", {}),
             ("/compte", adviser), ("/nowhere", supervisor), ("/rappel", {}),
             (f"/rappel/suivi/12345674-{'x' * 22}", {})]  # fmt: skip
    for path, headers in pages:
        html = await (await get(client, path, **HTML, **headers)).text()
        (link,) = re.findall(r'<footer.*<a href="([^"]+)">Accessibilité : non conforme</a>', html, flags=re.S)
        assert link == ("/rappel/accessibilite" if path.startswith("/rappel") else "/accessibilite"), path
        assert (await get(client, link)).status == 200
    await client.close()


@pytest.mark.asyncio
async def test_beside_the_public_page_it_needs_nothing_from_elsewhere():
    client = TestClient(TestServer(make_app(FakeFloor(mode="production"), rappel=Rappel()), host="127.0.0.1"))
    await client.start_server()
    html = await (await get(client, "/rappel/accessibilite")).text()
    files = set(re.findall(r'(?:href|src)="(/[^"?#]+)', html))
    assert files
    for path in files:
        assert path.startswith("/rappel/")
        assert (await get(client, path)).status == 200
    await client.close()


def test_no_template_of_a_whole_page_forgets_its_foot():
    whole = {path for path in Path(render.HERE, "templates").glob("*.html") if "</body>" in path.read_text("utf-8")}
    assert len(whole) >= 5
    without = {path.name for path in whole if not re.search(r"_pied\.html|<footer", path.read_text("utf-8"))}
    assert without <= {"accessibilite.html", "connexion_sortie.html"}, "where the link leads; seen for an instant"
