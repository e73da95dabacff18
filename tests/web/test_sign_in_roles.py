"""Every route for everybody: what each role is answered, and those who have none, sleep, or were given a password.

The routes are those of the application's own table: one that is added is walked without a word here, by what it says of
itself. A row in the table below says by hand what is answered, and holds the two together.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestClient

from dialer.core.access.roles import Page, Reach, Role, pages_of, reach
from dialer.core.access.session import csrf_code
from dialer.web.keys import TABLE as TABLE_OF
from dialer.web.routes import ROUTES, Route
from dialer.web.sign_in_routes import SIGN_IN_ROUTES
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
PUT /api/v1/advisers/{id}/help         | 404     | ok         | 403     | 403     | 403
GET /api/v1/calls                      | ok      | ok         | 403     | 403     | 403
GET /api/v1/calls/{id}                 | 404     | ok         | 403     | 403     | 403
GET /api/v1/calls/{id}/contact         | 404     | 403        | 403     | 403     | 403
PUT /api/v1/calls/{id}/contact         | 404     | 403        | 403     | 403     | 403
GET /api/v1/calls/{id}/contacts        | 404     | ok         | 403     | 403     | 403
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
GET /api/v1/callbacks                  | ok      | ok         | 403     | 403     | 403
POST /api/v1/callbacks                 | 403     | 403        | 403     | 403     | 403
GET /api/v1/callbacks/{id}             | 404     | ok         | 403     | 403     | 403
POST /api/v1/callbacks/{id}/cancel     | 404     | ok         | 403     | 403     | 403
GET /api/v1/callbacks/{id}/draft       | 404     | 403        | 403     | 403     | 403
PUT /api/v1/callbacks/{id}/draft       | 404     | 403        | 403     | 403     | 403
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
GET /                                  | home    | ok         | ok      | home    | home
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
GET /horaires                          | 404     | 404        | 404     | 404     | 404
"""
"""`ok`: it is theirs. The adviser asks for what is others'. What each answers, `test_guard.expected` says. `home`: who
has no such page is led to their own."""
HEALTH = {"/healthz", "/readyz"}
OPEN = "open"
"""To everybody: nobody is asked who they are."""
THEIRS = "theirs"
"""It is: whatever is answered, it is no refusal, but by what the handler alone knows of their own."""
OWN = "own"
"""What is their own is: of others' things they are told that these are not there."""


def cells() -> dict[tuple[str, Role], str]:
    head, *rows = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
    return {(row[0], Role(role)): cell for row in rows for role, cell in zip(head[1:], row[1:], strict=True)}


def by_itself(route: Route, roles: frozenset[Role]) -> str:
    """What somebody of these roles is to be answered, by what the route says of itself and the roles open."""
    if route.needs is None:
        return OPEN
    if route.page is not None and route.page not in pages_of(roles):
        return "home" if route.path == "/" else "404"
    if route.needs == "any":
        return THEIRS
    far = reach(roles, route.needs)
    if far is None or (far is Reach.OWN and not route.own):
        return "403"
    return OWN if far is Reach.OWN and "{" in route.path else THEIRS


def holds(route: Route, promised: str, found: int) -> bool:
    match promised:
        case "ok":
            return found in expected(route)
        case "home":
            return found == 303
        case "open":
            return found < 500 and found not in (401, 403)
        case "theirs":
            return found in (*route.statuses, *route.problems, 422) or (route.own and found == 403)
        case "own":
            return found in (403, 404)
    return found == int(promised)


def agree(route: Route, by_hand: str, of_itself: str) -> bool:
    """Whether a row says what the route does. By hand one may say it more narrowly."""
    if of_itself == OPEN:
        return by_hand == "ok"
    if of_itself == THEIRS:
        return by_hand in ("ok", *map(str, route.problems)) or route.own
    if of_itself == OWN:
        return by_hand in ("403", "404")
    return by_hand == of_itself


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
            leads = ("/connexion?vers=/", "/mot-de-passe?vers=/")
            assert response.headers["Location"].startswith(leads) or route.path == "/"
        return response.status


async def of_page(access: FakeAccess, name: str, **said: bool) -> dict[str, str]:
    """What a page of theirs sends with each request."""
    headers = await session(access, name, **said)
    return headers | {"X-CSRF": csrf_code(access.csrf_key, await the_session(access, name))}


async def test_what_the_table_says_by_hand_is_what_the_routes_say_of_themselves() -> None:
    routes = {named(route): route for route in ROUTES}
    assert {name for name, _ in cells()} <= routes.keys(), "a row of a route that is gone"
    assert [
        (name, role) for (name, role), by_hand in cells().items()
        if not agree(routes[name], by_hand, by_itself(routes[name], frozenset({role})))
    ] == []  # fmt: skip


async def test_the_routes_that_are_walked_are_all_that_the_application_answers_but_what_is_open_to_everybody(
    connect, floor
) -> None:
    client = await connect(floor, token=None)
    answered = {(each.method, each.resource.canonical) for each in client.app.router.routes() if each.method != "HEAD"}
    walked = {(route.method, route.path) for route in ROUTES}
    assert walked < answered
    assert {(route.method, route.path) for route in SIGN_IN_ROUTES} <= answered - walked
    assert [name for name in answered - walked if client.app[TABLE_OF][name].needs is not None] == []


async def test_nobody_is_told_of_a_page_that_no_role_of_theirs_has(connect, access, floor) -> None:
    client = await connect(floor, token=None)
    pages = [route for route in ROUTES if route.page is not None and route.path != "/"]
    assert {route.page for route in pages} >= {Page.LIVE, Page.CALL, Page.CALLBACK}
    for role in Role:
        here = await of_page(access, role)
        for route in pages:
            if route.page not in pages_of({role}):
                assert await ask(client, floor, route, here) == 404, (role, named(route))


@pytest.mark.parametrize("route", ROUTES, ids=named)
async def test_each_role_is_answered_as_the_table_says(connect, access, floor, route):
    client = await connect(floor, token=None)
    for role in Role:
        found = await ask(client, floor, route, await of_page(access, role))
        promised = cells().get((named(route), role)) or by_itself(route, frozenset({role}))
        assert holds(route, promised, found), (role, promised, found)


@pytest.mark.parametrize("route", ROUTES, ids=named)
async def test_who_has_no_role_sleeps_is_disabled_or_has_to_change_their_password_opens_nothing(
    connect, access, floor, route
):
    client = await connect(floor, token=None)
    if route.needs is None and route.path not in HEALTH:
        assert holds(route, OPEN, await ask(client, floor, route, {}))
        return
    is_page = route.page is not None and not route.stream
    is_file = route.path.startswith("/static/")
    anybody = 200 if route.path in HEALTH else None
    shut = 303 if is_page else 401
    away, here = await session(access, "gone"), await of_page(access, "nothing")
    assert await ask(client, floor, route, {}) == (anybody or shut), "nobody"
    assert await ask(client, floor, route, away) == (anybody or shut), "disabled"
    nothing = await ask(client, floor, route, here)
    assert nothing == anybody or holds(route, by_itself(route, frozenset()), nothing), "no role"
    given = await ask(client, floor, route, await of_page(access, "given", must_change=True))
    if is_file:
        assert given in (*route.statuses, *route.problems), "a part of the page on which they change it"
    else:
        assert given == (anybody or (303 if is_page else 403)), "must change"
    asleep = await session(access, "supervisor", floor.at - timedelta(hours=13))
    assert await ask(client, floor, route, asleep) == (anybody or shut), "asleep"


@pytest.mark.parametrize("route", ROUTES, ids=named)
async def test_a_token_opens_what_it_did_and_never_beside_a_session(connect, access, floor, route):
    client = await connect(floor, token=None)
    token = {"Authorization": "Bearer program"}
    promised = (
        "ok"
        if "ok" in {cells().get((named(route), role)) for role in Role}
        else OPEN
        if route.needs is None
        else THEIRS
    )
    found = await ask(client, floor, route, token)
    assert holds(route, promised, found) or (found == 303 and route.page is Page.DESK), "a desk is an adviser's"
    if promised == OPEN:
        return
    both = await ask(client, floor, route, token | await of_page(access, Role.SUPERVISOR))
    assert both == (200 if route.path in HEALTH else 400)
