"""The OpenAPI description: every route is in it, and every real answer is what it says."""

from __future__ import annotations

import pytest

from dialer.web.routes import ROUTES

from .fake_floor import FakeFloor
from .schema import faults

pytestmark = pytest.mark.asyncio


async def described(client):
    response = await client.get("/api/v1/openapi.json")
    assert response.status == 200
    return await response.json()


def busy(floor: FakeFloor) -> list[str]:
    """A call in every state and with every outcome that the flow has."""
    floor.ready_advisers("adv01", "adv02", "adv09")
    answered = floor.queue_up()
    floor.pick_up(answered)
    floor.later(30)
    floor.leave(answered)
    missed = floor.queue_up("dropout")
    floor.later(21)
    talking = floor.queue_up("parcoursup", number=None)
    if floor.desk_.calls[talking].state.kind == "offered":
        floor.pick_up(talking)
    waiting = floor.queue_up()
    floor.later(16)
    menu = floor.call_in()
    abandoned = floor.queue_up("dropout")
    floor.leave(abandoned)
    return [answered, missed, talking, waiting, menu, abandoned]


async def test_every_route_is_described_and_nothing_else(client):
    document = await described(client)
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert told == {(route.method, route.path) for route in ROUTES}
    assert document["openapi"].startswith("3.1")


async def test_the_router_has_no_route_that_the_table_does_not_know(client):
    known = {(route.method, route.path) for route in ROUTES}
    for route in client.app.router.routes():
        if route.method != "HEAD":
            assert (route.method, route.resource.canonical) in known


async def test_every_reference_in_the_description_leads_somewhere(client):
    document = await described(client)
    names = document["components"]["schemas"].keys()

    def references(part):
        if isinstance(part, dict):
            for key, value in part.items():
                if key == "$ref":
                    yield value
                else:
                    yield from references(value)
        elif isinstance(part, list):
            for value in part:
                yield from references(value)

    found = set(references(document))
    assert found
    assert {reference.removeprefix("#/components/schemas/") for reference in found} <= names


async def test_every_real_answer_is_what_the_description_says(client, floor):
    document = await described(client)
    calls = busy(floor)
    seen = set()
    asked = [
        ("GET", path, None)
        for path in ("/api/v1/advisers", "/api/v1/calls", "/api/v1/desk", "/api/v1/lines", "/healthz", "/readyz")
    ]
    asked += [("GET", f"/api/v1/advisers/adv{number:02}", None) for number in range(1, 13)]
    asked += [("GET", f"/api/v1/calls/{call}", None) for call in calls]
    asked += [("PUT", "/api/v1/advisers/adv03/wish", {"wish": "paused", "reason": "pause"})]
    asked += [("GET", "/api/v1/calls/none", None), ("GET", "/api/v1/calls?limit=0&colour=red", None)]
    asked += [("PUT", "/api/v1/advisers/adv03/wish", {"wish": 3})]
    floor_paths = {"advisers": "/api/v1/advisers/{id}", "calls": "/api/v1/calls/{id}"}
    for method, path, body in asked:
        async with client.request(method, path, json=body) as response:
            answer = await response.json()
            template = path.partition("?")[0]
            for noun, full in floor_paths.items():
                if template.startswith(f"/api/v1/{noun}/"):
                    template = full + ("/wish" if template.endswith("/wish") else "")
            operation = document["paths"][template][method.lower()]
            told = operation["responses"][str(response.status)]["content"][response.content_type]
            assert faults(answer, told["schema"], document) == [], path
            seen.add((method, template, response.status))
    described_json = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if "content" in operation["responses"]["200"]
    }
    assert {(method, path) for method, path, _ in seen} == described_json


async def test_the_validator_of_this_test_would_notice_a_wrong_answer(client):
    document = await described(client)
    schema = document["paths"]["/api/v1/advisers/{id}"]["get"]["responses"]["200"]["content"]["application/json"][
        "schema"
    ]
    right = await (await client.get("/api/v1/advisers/adv01")).json()
    assert faults(right, schema, document) == []
    for wrong in (
        right | {"state": "asleep"},
        right | {"state_since": "2026-11-23T09:30:00"},
        right | {"surprise": 1},
        right | {"skills": {"main": 0}},
        {name: value for name, value in right.items() if name != "wish"},
    ):
        assert faults(wrong, schema, document) != []


async def test_the_scopes_of_the_table_are_the_ones_described(client):
    document = await described(client)
    for route in ROUTES:
        told = document["paths"][route.path][route.method.lower()]["security"]
        expected = [] if route.needs is None else [{"token": [] if route.needs == "any" else [route.needs]}]
        assert told == expected
