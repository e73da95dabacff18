"""What officers do in the tests of cases: every answer is held against the description of the API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cases.conftest import Office

one_database = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
"""For what no database decides."""

CIO = {"id": "cio-est", "kind": "CIO", "name": "CIO Est", "postcode": "75011", "commune": "Paris"}
ML = {"id": "ml-paris", "kind": "ML", "name": "Mission locale de Paris", "postcode": "75020", "commune": "Paris"}
TASKS = [
    {"kind": "talk", "title": "Faire le point", "does": "service", "days": 2},
    {"kind": "produce_document", "title": "Écrire une lettre", "does": "person", "days": 5},
]


async def read(house: Office, path: str, token: str | None = None) -> Any:
    """A 200."""
    status, told = await ask(house, "GET", path, token)
    assert status == 200, told
    return told


async def ask(house: Office, method: str, path: str, token: str | None = None, **options: Any) -> tuple[int, Any]:
    return await house.ask(method, path, token, **options)


async def tell(
    house: Office, case: str, what: str, token: str | None = None, against: int | None = None, **body: Any
) -> tuple[int, Any]:
    """``against`` None: without If-Match."""
    headers = {} if against is None else {"If-Match": f'"{against}"'}
    return await ask(house, "POST", f"/cases/{case}/{what}", token, json=body, headers=headers)


async def done(house: Office, case: str, what: str, token: str | None = None, **body: Any) -> dict[str, Any]:
    """A 200, against the newest version."""
    status, told = await tell(house, case, what, token, house.file(case).version, **body)
    assert status == 200, told
    return dict(told)


async def put(house: Office, *structures: dict[str, Any]) -> None:
    for each in structures:
        status, told = await house.ask("POST", "/structures", json=each)
        assert status in (200, 201), told


def wrong(told: dict[str, Any]) -> list[str]:
    """The fields that are told to be wrong."""
    return sorted(each["field"] for each in told["errors"])


async def journal(house: Office, case: str) -> list[tuple[str, dict[str, Any]]]:
    """What the audit has of one case."""
    return [(each.event, dict(each.data)) for each in await house.store.timeline(case)]
