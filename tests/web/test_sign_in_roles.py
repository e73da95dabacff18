"""Every route for everybody: what each role is answered, and those who have none, sleep, or were given a password."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestClient

from dialer.core.access.roles import Role
from dialer.core.access.session import csrf_code
from dialer.web.routes import ROUTES, Route
from tests.store.fake_access import FakeAccess

from .asking import book
from .fake_floor import MONDAY, FakeFloor
from .signing_in import account, everybody, origin, session, the_session
from .test_guard import BODIES, concrete, expected

pytestmark = pytest.mark.asyncio

TABLE = """
                                       | adviser | supervisor | planner | officer | admin
GET /api/v1/advisers                   | ok      | ok         | ok      | 403     | 403
GET /api/v1/advisers/{id}              | 404     | ok         | ok      | 403     | 403
PUT /api/v1/advisers/{id}/wish         | 404     | ok         | 403     | 403     | 403
GET /api/v1/calls                      | ok      | ok         | 403     | 403     | 403
GET /api/v1/calls/{id}                 | 404     | ok         | 403     | 403     | 403
GET /api/v1/cases/late                 | 403     | ok         | 403     | 403     | 403
GET /api/v1/cases                      | 403     | 403        | 403     | ok      | 403
GET /api/v1/cases.csv                  | 403     | 403        | 403     | ok      | 403
GET /api/v1/cases/actions              | 403     | 403        | 403     | ok      | 403
GET /api/v1/cases/{id}                 | 403     | 403        | 403     | ok      | 403
POST /api/v1/cases/{id}/tasks          | 403     | 403        | 403     | ok      | 403
POST /api/v1/cases/{id}/appointments   | 403     | 403        | 403     | ok      | 403
POST /api/v1/cases/{id}/notes          | 403     | 403        | 403     | ok      | 403
POST /api/v1/cases/{id}/consents       | 403     | 403        | 403     | ok      | 403
POST /api/v1/cases/{id}/schooling      | 403     | 403        | 403     | ok      | 403
POST /api/v1/cases/{id}/assign         | 403     | 403        | 403     | ok      | 403
POST /api/v1/cases/{id}/transfer       | 403     | 403        | 403     | ok      | 403
POST /api/v1/cases/{id}/end            | 403     | 403        | 403     | ok      | 403
GET /api/v1/callbacks                  | 403     | ok         | 403     | 403     | 403
POST /api/v1/callbacks                 | 403     | 403        | 403     | 403     | 403
GET /api/v1/callbacks/{id}             | 404     | ok         | 403     | 403     | 403
POST /api/v1/callbacks/{id}/cancel     | 404     | ok         | 403     | 403     | 403
POST /api/v1/callbacks/{id}/outcome    | 404     | ok         | 403     | 403     | 403
POST /api/v1/callbacks/{id}/reschedule | 404     | ok         | 403     | 403     | 403
GET /api/v1/desk                       | 403     | ok         | ok      | 403     | 403
GET /api/v1/lines                      | 403     | ok         | ok      | 403     | 403
PUT /api/v1/offers/{id}                | 404     | ok         | 403     | 403     | 403
GET /api/v1/slots                      | ok      | ok         | ok      | 403     | 403
GET /api/v1/openapi.json               | ok      | ok         | ok      | ok      | ok
GET /healthz                           | ok      | ok         | ok      | ok      | ok
GET /readyz                            | ok      | ok         | ok      | ok      | ok
GET /metrics                           | 403     | 403        | 403     | 403     | ok
GET /                                  | 404     | ok         | ok      | 404     | 404
GET /flux                              | 404     | ok         | ok      | 404     | 404
GET /appels/{id}                       | 404     | ok         | 404     | 404     | 404
GET /flux/appels/{id}                  | 404     | ok         | 404     | 404     | 404
GET /rappels/{id}                      | 404     | ok         | 404     | 404     | 404
GET /flux/rappels/{id}                 | 404     | ok         | 404     | 404     | 404
GET /static/{name}                     | ok      | ok         | ok      | ok      | ok
POST /api/v1/callbacks/import          | 403     | ok         | 403     | 403     | 403
GET /api/v1/persons/{reference}        | 403     | 403        | 403     | 403     | ok
GET /api/v1/cases/{id}/export          | 403     | 403        | 403     | 403     | ok
POST /api/v1/cases/{id}/erase          | 403     | 403        | 403     | 403     | ok
GET /api/v1/structures                 | ok      | ok         | 403     | ok      | ok
POST /api/v1/structures                | 403     | 403        | 403     | 403     | ok
POST /api/v1/structures/import         | 403     | 403        | 403     | 403     | ok
GET /api/v1/structures.csv             | ok      | ok         | 403     | ok      | ok
GET /api/v1/structures/{id}            | ok      | ok         | 403     | ok      | ok
GET /api/v1/oppositions                | 403     | 403        | 403     | 403     | ok
POST /api/v1/oppositions               | 403     | ok         | 403     | 403     | 403
GET /api/v1/templates                  | 403     | 403        | 403     | ok      | 403
POST /api/v1/templates                 | 403     | 403        | 403     | ok      | 403
GET /api/v1/templates/{id}             | 403     | 403        | 403     | ok      | 403
POST /api/v1/templates/{id}/improve    | 403     | 403        | 403     | ok      | 403
POST /api/v1/templates/{id}/copy       | 403     | 403        | 403     | ok      | 403
POST /api/v1/templates/{id}/share      | 403     | 403        | 403     | ok      | 403
POST /api/v1/templates/{id}/retire     | 403     | 403        | 403     | ok      | 403
"""
"""`ok`: it is theirs. The adviser asks for what is others'. What each answers, `test_guard.expected` says."""
HEALTH = {"/healthz", "/readyz"}


def cells() -> dict[tuple[str, Role], str]:
    head, *rows = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
    return {(row[0], Role(role)): cell for row in rows for role, cell in zip(head[1:], row[1:], strict=True)}


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture
def access() -> FakeAccess:
    return FakeAccess([*everybody(), account("given", Role.SUPERVISOR, given=True),
                       replace(account("gone", Role.SUPERVISOR), disabled_at=MONDAY),
                       replace(account("nothing", Role.ADMIN), roles=frozenset())])  # fmt: skip


@pytest.fixture
def floor(access: FakeAccess) -> FakeFloor:
    made = FakeFloor(mode="production", access=access, tokens={"program": frozenset({"admin"})})
    made.call_in()
    return made


async def ask(client: TestClient, floor: FakeFloor, route: Route, headers: dict[str, str]) -> int:
    """The status of the answer to a request about somebody else's things, which are there."""
    path = concrete(route.path)
    if "callbacks:" in str(route.needs):
        path = path.replace("c0001", book(floor, number=f"+331990001{len(floor.intakes) + 10:02}"))
    path += {"/api/v1/slots": "?line=main&phone=0199000001"}.get(route.path, "")
    path += "?phone=0199000001" if route.path == "/api/v1/oppositions" and route.method == "GET" else ""
    sent = {"Origin": origin(client), "Idempotency-Key": "k", **headers}
    body = BODIES.get(route.path, {}) if route.body else None
    async with client.request(route.method, path, json=body, headers=sent, allow_redirects=False) as response:
        if response.status == 303:
            assert response.headers["Location"].startswith(("/connexion?vers=/", "/mot-de-passe?vers=/"))
        return response.status


async def of_page(access: FakeAccess, name: str, **said: bool) -> dict[str, str]:
    """What a page of theirs sends with each request."""
    headers = await session(access, name, **said)
    return headers | {"X-CSRF": csrf_code(access.csrf_key, await the_session(access, name))}


async def test_the_table_says_of_every_route_what_each_role_is_answered() -> None:
    assert cells().keys() == {(named(route), role) for route in ROUTES for role in Role}


@pytest.mark.parametrize("route", ROUTES, ids=named)
async def test_each_role_is_answered_as_the_table_says(connect, access, floor, route):
    client = await connect(floor, token=None)
    for role in Role:
        found, promised = await ask(client, floor, route, await of_page(access, role)), cells()[named(route), role]
        assert found in (expected(route) if promised == "ok" else (int(promised),)), role


@pytest.mark.parametrize("route", ROUTES, ids=named)
async def test_who_has_no_role_sleeps_is_disabled_or_has_to_change_their_password_opens_nothing(
    connect, access, floor, route
):
    client = await connect(floor, token=None)
    is_page = route.page is not None and not route.stream
    is_file = route.path.startswith("/static/")
    anybody = 200 if route.path in HEALTH else None
    shut = 303 if is_page else 401
    away, here = await session(access, "gone"), await of_page(access, "nothing")
    assert await ask(client, floor, route, {}) == (anybody or shut), "nobody"
    assert await ask(client, floor, route, away) == (anybody or shut), "disabled"
    nothing = await ask(client, floor, route, here)
    assert nothing == (anybody or (404 if route.page else 200 if route.needs == "any" else 403)), "no role"
    given = await ask(client, floor, route, await of_page(access, "given", must_change=True))
    assert given == (anybody or (200 if is_file else 303 if is_page else 403)), "must change"
    asleep = await session(access, "supervisor", floor.at - timedelta(hours=13))
    assert await ask(client, floor, route, asleep) == (anybody or shut), "asleep"


@pytest.mark.parametrize("route", ROUTES, ids=named)
async def test_a_token_opens_what_it_did_and_never_beside_a_session(connect, access, floor, route):
    client = await connect(floor, token=None)
    token = {"Authorization": "Bearer program"}
    assert await ask(client, floor, route, token) in expected(route)
    both = await ask(client, floor, route, token | await of_page(access, Role.SUPERVISOR))
    assert both == (200 if route.path in HEALTH else 400)
