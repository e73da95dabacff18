"""The guard: tokens and scopes on every route, the demonstration's privileges, names of this machine, headers."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web

from dialer.web.app import make_app
from dialer.web.outside import is_loopback
from dialer.web.routes import ROUTES, Route
from dialer.web.scopes import ALL, opened_by

from .asking import WHOLE, book
from .fake_floor import FakeFloor

OPEN = {"/healthz", "/readyz"}


def concrete(path: str) -> str:
    return (
        path.replace("{name}", "fil-vert.css")
        .replace("/advisers/{id}", "/advisers/adv01")
        .replace("{id}", "c0001")
        .replace("{reference}", "12345678")
        .replace("/horaires", "/horaires?conseiller=adv01")
    )


V1 = "/api/v1"
A_TASK = {"kind": "visit", "title": "Visiter le CFA", "does": "person", "days": 5}
BODIES = {
    f"{V1}/advisers/{{id}}/wish": {"wish": "ready"},
    f"{V1}/advisers/{{id}}/help": {"asked": False},
    f"{V1}/callbacks": WHOLE,
    f"{V1}/callbacks/{{id}}/outcome": {"outcome": "A_RAPPELER",
                                       "window": {"start": "2026-11-24T11:00:00Z", "end": "2026-11-24T12:00:00Z"}},
    f"{V1}/callbacks/{{id}}/reschedule": {"wish": {"kind": "asap"}},
    f"{V1}/offers/{{id}}": {"action": "accept"},
    f"{V1}/oppositions": {"phone": "01 99 00 99 99"},
    f"{V1}/structures": {"id": "cio-laval", "kind": "CIO", "name": "CIO", "postcode": "53000", "commune": "Laval"},
    f"{V1}/templates": {"title": "Découvrir", "tasks": [A_TASK]},
}  # fmt: skip

IN_TALK = ("guest", "guest/join", "guest/hand-over", "guest/dismiss", "danger", "hang-up")
"""Nobody talks in the call or callback that is there, nor writes it down."""
OTHERWISE = {("POST", f"{V1}/softphone/key"): 403, ("GET", "/static/softphone.js"): 404,
             ("POST", f"{V1}/callbacks/import"): 415, ("POST", f"{V1}/structures/import"): 415,
             ("POST", f"{V1}/structures"): None, ("PUT", f"{V1}/calls/{{id}}/hold"): 409,
             ("GET", "/poste"): 404, ("GET", "/flux/poste"): 404,
             ("GET", f"{V1}/callbacks/{{id}}/draft"): 403, ("PUT", f"{V1}/callbacks/{{id}}/draft"): 403,
             ("GET", f"{V1}/calls/{{id}}/contact"): 404, ("PUT", f"{V1}/calls/{{id}}/contact"): 404,
             ("PUT", f"{V1}/callbacks/{{id}}/hold"): 409,
             **{("POST", f"{V1}/calls/{{id}}/{last}"): 409 for last in IN_TALK},
             **{("POST", f"{V1}/callbacks/{{id}}/{last}"): 409 for last in IN_TALK}}  # fmt: skip
"""What is answered where nothing fits is there; None: as the first or the next time, either is right."""
NOT_THERE = tuple(f"{V1}/{each}/{{id}}" for each in ("offers", "cases", "persons", "structures", "templates"))
"""That there is one is for their tests."""


def expected(route: Route) -> tuple[int, ...]:
    if (route.method, route.path) in OTHERWISE:
        right = OTHERWISE[route.method, route.path]
        return route.statuses if right is None else (right,)
    if route.path.startswith(NOT_THERE) or route.path == f"{V1}/persons/{{reference}}":
        return (404,)
    return (max(route.statuses),)


async def status(client, route, path: str | None = None, **keywords) -> int:
    body = BODIES.get(route.path, {}) if route.body else None
    async with client.request(route.method, path or concrete(route.path), json=body, **keywords) as response:
        return response.status


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", ["production", "development"])
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_every_route_but_the_health_ones_asks_for_a_token(connect, mode, route):
    client = await connect(FakeFloor(mode=mode), token=None)
    assert await status(client, route) == (200 if route.path in OPEN else 401)


@pytest.mark.asyncio
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_each_scope_opens_exactly_its_routes(connect, route):
    floor = FakeFloor(mode="production", tokens={scope: frozenset({scope}) for scope in ALL})
    floor.call_in()
    client = await connect(floor, token=None)
    for number, scope in enumerate(sorted(ALL)):
        path = concrete(route.path)
        if "callbacks:" in str(route.needs):
            path = path.replace("c0001", book(floor, number=f"+331990001{number:02}"))
        if path.endswith("/slots"):
            path += "?line=main&phone=0199000001"
        if path.endswith("/oppositions") and route.method == "GET":
            path += "?phone=0199000001"
        headers = {"Authorization": f"Bearer {scope}", "Idempotency-Key": scope}
        found = await status(client, route, path, headers=headers)
        allowed = route.needs is None or route.needs == "any" or route.needs in opened_by({scope})
        assert found in (expected(route) if allowed else (403,)), scope


@pytest.mark.asyncio
async def test_a_refusal_says_which_scope_is_missing(connect):
    client = await connect(FakeFloor(mode="production", tokens={"t": frozenset({"advisers:read"})}), token="t")
    response = await client.get("/api/v1/calls")
    assert response.status == 403
    assert 'scope="calls:read"' in response.headers["WWW-Authenticate"]
    assert "calls:read" in (await response.json())["detail"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "sent", ["Basic ZGVtbzpkZW1v", "Bearer", "Bearer ", "demo", "Bearer wrong", "Bearer " + "x" * 5000, "Bearer \u00e9"]
)
async def test_whatever_is_no_token_of_ours_is_401(connect, sent):
    client = await connect(FakeFloor(), token=None)
    response = await client.get("/api/v1/desk", headers={"Authorization": sent})
    assert response.status == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.asyncio
async def test_two_tokens_in_one_request_are_refused(connect):
    client = await connect(FakeFloor(), token=None)
    headers = [("Authorization", "Bearer demo"), ("Authorization", "Bearer demo")]
    assert (await client.get("/api/v1/desk", headers=headers)).status == 401


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", ["production", "development"])
async def test_the_token_demo_opens_nothing_outside_the_demonstration(connect, mode):
    client = await connect(FakeFloor(mode=mode))
    assert (await client.get("/api/v1/desk")).status == 401


@pytest.mark.asyncio
async def test_in_the_demonstration_pages_and_streams_need_no_token_and_the_api_does(connect):
    floor = FakeFloor()
    call = floor.call_in()
    client = await connect(floor, token=None)
    for path in ("/", f"/appels/{call}", "/flux", f"/flux/appels/{call}", "/static/flux.js"):
        async with client.get(path) as response:
            assert response.status == 200, path
    for path in ("/api/v1/desk", "/metrics", "/api/v1/openapi.json"):
        assert (await client.get(path)).status == 401, path


@pytest.mark.asyncio
@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_a_request_through_a_proxy_has_no_privilege_of_the_demonstration(connect, header):
    client = await connect(FakeFloor())
    response = await client.get("/api/v1/desk", headers={header: "127.0.0.1"})
    assert response.status == 401
    del client.session.headers["Authorization"]
    assert (await client.get("/", headers={header: "127.0.0.1"})).status == 401


@pytest.mark.asyncio
async def test_a_peer_that_is_not_on_the_loopback_has_no_privilege_of_the_demonstration(tmp_path):
    floor = FakeFloor(tokens={"true": frozenset({"desk:read"})})
    runner = web.AppRunner(make_app(floor))
    await runner.setup()
    await web.UnixSite(runner, str(tmp_path / "web")).start()
    try:
        async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(tmp_path / "web"))) as session:
            for path, token, expected in (
                ("/api/v1/desk", "demo", 401),
                ("/", None, 401),
                ("/api/v1/desk", "true", 200),
            ):
                headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "127.0.0.1"} if token else {}
                async with session.get(f"http://localhost{path}", headers=headers) as response:
                    assert response.status == expected
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("peer", "local"),
    [
        (("127.0.0.1", 5), True),
        (("127.8.8.8", 5), True),
        (("::1", 5, 0, 0), True),
        (("::ffff:127.0.0.1", 5, 0, 0), True),
        (("192.0.2.7", 5), False),
        (("::ffff:192.0.2.7", 5, 0, 0), False),
        (("fe80::1%eth0", 5, 0, 2), False),
        ("", False),
        (None, False),
    ],
)
def test_only_addresses_of_this_machine_are_loopback(peer, local):
    assert is_loopback(peer) is local


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "10.0.0.1", "[::2]:80"]
)
async def test_a_foreign_name_that_leads_here_is_refused(client, host):
    for path in ("/", "/api/v1/desk", "/healthz", "/nowhere"):
        response = await client.get(path, headers={"Host": host})
        assert response.status == 421, path


@pytest.mark.asyncio
@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8080"])
async def test_the_names_of_this_machine_are_answered_with_any_port(client, host):
    assert (await client.get("/api/v1/desk", headers={"Host": host})).status == 200


@pytest.mark.asyncio
async def test_the_page_of_another_origin_gets_nothing_and_there_is_no_cors(client):
    foreign = {"Origin": "https://evil.example"}
    assert (await client.get("/flux", headers=foreign)).status == 403
    assert (await client.get("/", headers={"Origin": "null"})).status == 403
    own = await client.get("/api/v1/desk", headers={"Origin": str(client.make_url("")).rstrip("/")})
    assert own.status == 200
    preflight = await client.options("/api/v1/desk", headers={"Access-Control-Request-Method": "GET"})
    assert preflight.status == 405
    assert not [name for name in (*own.headers, *preflight.headers) if name.startswith("Access-Control")]


@pytest.mark.asyncio
async def test_every_answer_carries_the_headers_that_keep_a_browser_safe(connect):
    client = await connect(FakeFloor(), token=None)
    for path in ("/", "/nowhere", "/api/v1/desk", "/healthz", "/flux", "/static/flux.js", "/static/nothing.js"):
        async with client.get(path) as response:
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["X-Frame-Options"] == "DENY"
            assert response.headers["Referrer-Policy"] == "no-referrer"
            assert response.headers["Cache-Control"] == ("no-cache" if path == "/static/flux.js" else "no-store")


def test_unknown_scopes_open_nothing_and_admin_opens_all():
    assert opened_by({"everything", ""}) == frozenset()
    assert opened_by({"admin"}) == ALL
    assert opened_by({"callers:read"}) == {"callers:read", "calls:read"}
    assert opened_by({"intake"}) == {"intake", "slots:read"}
    assert opened_by({"callbacks:write"}) == {"callbacks:write", "callbacks:read", "slots:read"}
