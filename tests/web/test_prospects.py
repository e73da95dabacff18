"""Which cases are late, and which will be: what officers are told in time."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import TestClient

from .asking import book
from .conftest import Connect
from .fake_floor import FakeFloor

LATE = "/api/v1/cases/late"


@pytest.mark.asyncio
async def test_a_case_that_nobody_will_reach_in_time_is_told_before_it_is_late(
    floor: FakeFloor, client: TestClient
) -> None:
    callback = book(floor)
    answer = await (await client.get(LATE)).json()
    case = floor.desk_.book.callbacks[callback].case
    assert (answer["open"], answer["late"], answer["will_be_late"]) == (1, 0, 1)
    assert [each["case"] for each in answer["will_be_late_cases"]] == [case]
    floor.later(16 * 86_400)
    answer = await (await client.get(LATE)).json()
    assert answer["late_cases"] == [case]


@pytest.mark.asyncio
async def test_it_opens_with_the_scope_of_those_who_read_callbacks(floor: FakeFloor, connect: Connect) -> None:
    floor.tokens = {"intake-only": frozenset({"intake"}), "reader": frozenset({"callbacks:read"})}
    for token, status in (("intake-only", 403), ("reader", 200)):
        client = await connect(floor, token)
        async with client.get(LATE) as answer:
            assert answer.status == status
