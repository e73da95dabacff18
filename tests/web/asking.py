"""Requests to be called back, for the tests of their routes: a whole one, and hands that send and book it."""

from __future__ import annotations

from itertools import count
from typing import Any

from aiohttp.test_utils import TestClient

from dialer.core import events as ev
from dialer.core.callbacks.intake import Asked, examine
from dialer.core.callbacks.request import Request
from dialer.core.callbacks.states import Callback, CallbackId
from dialer.core.callbacks.told import CardAccepted, DialAsked
from dialer.web.booking import slots_of

from .fake_floor import FakeFloor

CALLBACKS = "/api/v1/callbacks"
WHOLE: dict[str, Any] = {
    "phone": "01 99 00 00 01",
    "first_name": "Naïma",
    "birth_date": "2008-03-21",
    "asked_by": "young_person",
    "wish": {"kind": "asap"},
    "source": "web",
    "notice_read": True,
}
TOLD: dict[str, Any] = WHOLE | {
    "name": "Martin", "postcode": "75011", "situation": "Seconde, arrêtée en mars", "language": "ar", "relay": True,
    "note": "Plutôt en fin de journée",
}  # fmt: skip
WINDOW = {"kind": "window", "start": "2026-11-23T14:00:00+01:00", "end": "2026-11-23T16:00:00+01:00"}
"""A free slot of every line."""
_KEYS = count(1)


async def send(client: TestClient, body: object, key: str | None = None, **headers: str) -> tuple[int, dict[str, Any]]:
    """POST it, under a key of its own unless one is given; the status and the answer."""
    headers |= {"Idempotency-Key": key if key is not None else f"key-{next(_KEYS)}"}
    async with client.post(CALLBACKS, json=body, headers=headers) as response:
        return response.status, await response.json()


def errors(problem: dict[str, Any]) -> dict[str, str]:
    found = {fault["field"]: fault["message"] for fault in problem["errors"]}
    assert len(found) == len(problem["errors"]), "a field is told twice"
    return found


def book(floor: FakeFloor, number: str = "+33199000001", **said: str | None) -> CallbackId:
    """A callback that was asked for."""
    told = {"phone": number, "first_name": "Naïma", "birth_date": "2008-03-21", "asked_by": "young_person",
            "wish": "asap", "source": "web", "notice_read": "true"}  # fmt: skip
    request = examine(Asked(**(told | said)), floor.rules_, slots_of(floor), floor.now())
    assert isinstance(request, Request), request
    return floor.happen(ev.CallbacksAsked(floor.now(), (request,))).intakes[0].booking.id


def due(floor: FakeFloor, **said: str | None) -> Callback:
    """A callback that waits for an adviser."""
    name = book(floor, **said)
    floor.later(1)
    return floor.desk_.book.callbacks[name]


def offered(floor: FakeFloor, adviser: str = "adv05", **said: str | None) -> Callback:
    """A callback whose card is before the adviser."""
    name = due(floor, **said).id
    floor.ready_advisers(adviser)
    callback = floor.desk_.book.callbacks[name]
    assert callback.state.kind == "offered", callback.state
    return callback


def ready(floor: FakeFloor, adviser: str = "adv05", **said: str | None) -> Callback:
    """A callback whose card the adviser reads with the phone up."""
    callback = offered(floor, adviser, **said)
    floor.happen(CardAccepted(floor.now(), callback.state.offer))
    floor.happen(ev.LegAnswered(floor.now(), callback.state.leg))
    return floor.desk_.book.callbacks[callback.id]


def dialling(floor: FakeFloor, adviser: str = "adv05", **said: str | None) -> Callback:
    callback = ready(floor, adviser, **said)
    floor.happen(DialAsked(floor.now(), callback.state.offer))
    return floor.desk_.book.callbacks[callback.id]


def talking(floor: FakeFloor, adviser: str = "adv05", **said: str | None) -> Callback:
    callback = dialling(floor, adviser, **said)
    floor.happen(ev.LegAnswered(floor.now(), callback.state.leg))
    return floor.desk_.book.callbacks[callback.id]
