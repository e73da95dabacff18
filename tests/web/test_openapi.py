"""The OpenAPI description: every route is in it, and every real answer is what it says."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dialer.core import events as ev
from dialer.core.callbacks.states import visit
from dialer.core.calls.told import GuestAsked, ToAdviser
from dialer.core.rules import DangerTarget
from dialer.core.words import Cause, ShortNumber, Wish
from dialer.web.public_routes import PUBLIC_ROUTES
from dialer.web.routes import ROUTES

from .asking import TOLD, WHOLE, WINDOW, book, dialling, offered, talking
from .fake_floor import FakeFloor
from .schema import faults

pytestmark = pytest.mark.asyncio

HELD_ELSEWHERE = ("cases", "structures", "templates", "persons", "oppositions", "softphone")
"""What the fake floor keeps nothing of. `tests/cases/described.py` holds real answers against the same description."""
CSV = (
    "phone,first_name,birth_date,asked_by,wish,notice_read\n0199000041,Naïma,2008-03-21,young_person,asap,oui\n"
).encode()


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


def in_talk(floor: FakeFloor) -> list[tuple[str, str, object]]:
    """All that can be asked in talks, done and refused; in two of them a guest is aside."""
    helps = {"119": DangerTarget("119", "119, enfance en danger", ShortNumber("119"))}
    floor.happen(ev.RulesChanged(floor.now(), replace(floor.rules_, version="v-danger", danger=helps)))
    floor.ready_advisers("adv04", "adv08", "adv10", "adv11", "adv12")
    calls = [call for call, each in floor.desk_.calls.items() if each.state.kind == "talking"][:1]
    for line in ("main", "dropout"):
        calls.append(floor.queue_up(line))
        floor.pick_up(calls[-1])
    free = [adviser for adviser, each in floor.desk_.advisers.items() if each.state.kind == "free"]
    for call, guest in zip(calls[1:], free, strict=False):
        adviser = floor.desk_.calls[call].state.adviser
        floor.happen(GuestAsked(floor.now(), call, adviser, ToAdviser(guest), "aside"))
        floor.happen(ev.LegAnswered(floor.now(), floor.desk_.calls[call].state.guest.leg))
    path, other, third = (f"/api/v1/calls/{call}" for call in calls)
    colleague = {"to": {"adviser": free[2]}, "how": "join"}
    return [
        ("PUT", f"{path}/hold", {"held": True}), ("PUT", f"{path}/hold", {}),
        ("POST", f"{path}/guest", colleague), ("POST", f"{path}/guest", {"to": {}}), ("GET", path, None),
        ("POST", f"{path}/guest/join", None), ("POST", f"{path}/guest/hand-over", None),
        ("POST", f"{path}/guest/dismiss", None), ("POST", f"{path}/guest/dismiss", None),
        ("POST", f"{path}/danger", {"to": "119"}), ("POST", f"{path}/danger", {"to": "unknown"}),
        ("POST", f"{other}/guest/join", None), ("POST", f"{third}/guest/hand-over", None),
        ("POST", f"{path}/hang-up", None), ("POST", f"{path}/hang-up", None),
    ]  # fmt: skip


def in_callback_talk(floor: FakeFloor) -> list[tuple[str, str, object]]:
    """All that can be asked in the talk of a callback, done and refused."""
    for adviser, each in list(floor.desk_.advisers.items()):
        if each.state.kind == "free":  # whom `in_talk` asks
            floor.happen(ev.WishSet(floor.now(), adviser, Wish.PAUSED))
    other, free, *_ = (key for key, each in floor.desk_.advisers.items() if each.state.kind == "unreachable")
    callback = talking(floor, other, number="+33199000033")
    floor.happen(ev.WishSet(floor.now(), free, Wish.PAUSED))
    floor.happen(ev.PhoneRegistered(floor.now(), free))
    floor.happen(GuestAsked(floor.now(), visit(callback), callback.state.adviser, ToAdviser(free), "aside"))
    floor.happen(ev.LegAnswered(floor.now(), floor.desk_.book.callbacks[callback.id].state.guest.leg))
    path = f"/api/v1/callbacks/{callback.id}"
    return [
        ("PUT", f"{path}/hold", {"held": True}), ("PUT", f"{path}/hold", {}),
        ("POST", f"{path}/guest/join", None), ("POST", f"{path}/guest/dismiss", None),
        ("POST", f"{path}/guest/dismiss", None), ("POST", f"{path}/guest", {"to": {}}),
        ("POST", f"{path}/guest", {"to": {"adviser": "adv02"}, "how": "blind"}),
        ("POST", f"{path}/guest", {"to": {"adviser": free}, "how": "join"}),
        ("POST", f"{path}/danger", {"to": "unknown"}), ("POST", f"{path}/danger", {"to": "119"}),
        ("POST", f"{path}/hang-up", None), ("POST", f"{path}/hang-up", None),
    ]  # fmt: skip


async def test_every_route_is_described_and_nothing_else(client):
    document = await described(client)
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert told == {(route.method, route.path) for route in ROUTES}
    assert document["openapi"].startswith("3.1")


async def test_the_router_has_no_route_that_the_table_does_not_know(client):
    known = {(route.method, route.path) for route in ROUTES + PUBLIC_ROUTES}
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


def template_of(document, path: str) -> str:
    """The path of the description that a path is one of."""
    path = path.partition("?")[0]
    if path in document["paths"]:
        return path
    found = [known for known in document["paths"] if re.fullmatch(re.sub(r"{\w+}", "[^/]+", known), path)]
    assert len(found) == 1, path
    return found[0]


def is_asked_here(path: str) -> bool:
    kind, _, rest = path.removeprefix("/api/v1/").partition("/")
    own = path.endswith("/draft")  # of an account, and no program's
    return not own and (kind.partition(".")[0] not in HELD_ELSEWHERE or (kind, rest) == ("cases", "late"))


async def test_every_real_answer_is_what_the_description_says(client, floor):
    document = await described(client)
    calls = busy(floor)
    wanting = [book(floor, number=f"+3319900002{n}", wish="window", start=WINDOW["start"], end=WINDOW["end"])
               for n in range(3)]  # fmt: skip
    tried = dialling(floor, "adv06", number="+33199000031", note="le soir")
    floor.later(5)
    floor.happen(ev.LegLeft(floor.now(), tried.state.leg, Cause.BUSY))
    card = offered(floor, "adv07", number="+33199000032")
    window = {"start": "2026-11-24T11:00:00Z", "end": "2026-11-24T12:00:00Z"}
    seen = set()
    asked = [
        ("GET", path, None)
        for path in ("/api/v1/advisers", "/api/v1/calls", "/api/v1/desk", "/api/v1/lines", "/healthz", "/readyz")
    ]
    asked += [("GET", f"/api/v1/advisers/adv{number:02}", None) for number in range(1, 13)]
    asked += [("GET", f"/api/v1/calls/{call}", None) for call in calls]
    asked += [("PUT", "/api/v1/advisers/adv03/wish", {"wish": "paused", "reason": "pause"})]
    asked += [("PUT", "/api/v1/advisers/adv03/help", {"asked": asked_for}) for asked_for in (True, False, "x")]
    asked += in_talk(floor)
    asked += in_callback_talk(floor)
    asked += [("PUT", f"/api/v1/calls/{calls[0]}/contact", {"note": "à lire", "done": done}) for done in (False, True)]
    asked += [("GET", f"/api/v1/calls/{calls[0]}/contact{which}", None) for which in ("", "s", "?adviser=adv02")]
    asked += [("PUT", f"/api/v1/calls/{calls[0]}/contact", body) for body in ({}, {"done": True, "reasons": ["x"]})]
    asked += [("GET", "/api/v1/calls/none", None), ("GET", "/api/v1/calls?limit=0&colour=red", None)]
    asked += [("PUT", "/api/v1/advisers/adv03/wish", {"wish": 3})]
    asked += [("PUT", f"/api/v1/offers/{card.state.offer}", {"action": action}) for action in ("accept", "accept", 3)]
    asked += [("POST", "/api/v1/callbacks", body) for body in (TOLD, TOLD, WHOLE, {})]
    asked += [("POST", f"/api/v1/callbacks/{wanting[0]}/cancel", None)] * 2
    asked += [("POST", f"/api/v1/callbacks/{wanting[1]}/outcome", {"outcome": "ORIENTE", "structure": "CIO"})]
    asked += [("POST", f"/api/v1/callbacks/{wanting[2]}/reschedule", {"wish": {"kind": "window", **window}})]
    asked += [("GET", f"/api/v1/callbacks/{name}", None) for name in (*wanting, tried.id, card.id, "none")]
    asked += [("GET", "/api/v1/cases/late", None)]
    asked += [("GET", "/api/v1/callbacks", None), ("GET", "/api/v1/callbacks?state=asleep", None)]
    asked += [("GET", f"/api/v1/slots?line=main&phone={phone}", None) for phone in ("0199000001", "0692000001", "15")]
    asked += [("POST", f"/api/v1/callbacks/import?dry_run={dry}", CSV) for dry in ("true", "false")]
    for method, path, body in asked:
        sent = {"data": body} if body is CSV else {"json": body}
        headers = {"Idempotency-Key": "k", "If-Match": '"0"'} | ({"Content-Type": "text/csv"} if body is CSV else {})
        async with client.request(method, path, headers=headers, **sent) as response:
            answer = await response.json()
            template = template_of(document, path)
            operation = document["paths"][template][method.lower()]
            told = operation["responses"][str(response.status)]["content"][response.content_type]
            assert faults(answer, told["schema"], document) == [], path
            seen.add((method, template, response.status))
    described_json = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if is_asked_here(path) and "content" in operation["responses"]["200"]
    }
    assert {(method, path) for method, path, _ in seen} == described_json
    good = {
        (method.upper(), path, int(status))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for status in operation["responses"]
        if status < "300" and path.startswith("/api/v1/") and is_asked_here(path) and "openapi" not in path
    }
    assert good <= seen


async def test_the_body_of_a_request_is_described_with_what_is_required(client):
    document = await described(client)
    operation = document["paths"]["/api/v1/callbacks"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert faults(WHOLE, schema, document) == []
    assert faults(TOLD | {"wish": WINDOW, "kind": "information"}, schema, document) == []
    for wrong in (
        {name: said for name, said in WHOLE.items() if name != "phone"},
        WHOLE | {"kind": "sale"}, WHOLE | {"notice_read": False}, WHOLE | {"note": "x" * 1001}, WHOLE | {"colour": 1},
        WHOLE | {"wish": {}}, WHOLE | {"postcode": "7"},
    ):  # fmt: skip
        assert faults(wrong, schema, document) != []
    assert [(each["name"], each["in"], each["required"]) for each in operation["parameters"]] == [
        ("Idempotency-Key", "header", True)
    ]
    slots = document["paths"]["/api/v1/slots"]["get"]["parameters"]
    assert {each["name"]: each["required"] for each in slots} == {"line": True, "phone": True, "postcode": False}


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


NO_SESSION = {("POST", "/api/v1/callbacks")}
"""What programs alone do."""


async def test_a_token_with_the_scope_or_a_session_with_its_code_for_a_change_opens_what_the_description_says(client):
    document = await described(client)
    schemes = document["components"]["securitySchemes"]
    assert {name: (each["type"], each.get("in"), each.get("name")) for name, each in schemes.items()} == {
        "token": ("http", None, None), "session": ("apiKey", "cookie", "__Host-fv"),
        "csrf": ("apiKey", "header", "X-CSRF"),
    }  # fmt: skip
    for route in ROUTES:
        told = document["paths"][route.path][route.method.lower()]["security"]
        if route.needs is None:
            assert told == []
            continue
        token = {"token": [] if route.needs == "any" else [route.needs]}
        session = {"session": []} if route.method == "GET" else {"session": [], "csrf": []}
        assert told == ([token] if (route.method, route.path) in NO_SESSION else [token, session]), route.path
