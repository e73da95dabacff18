"""Whatever is sent to be booked or decided: taken or told, never an error of ours."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialer.web.app import make_app

from .asking import CALLBACKS, TOLD, book, errors
from .fake_floor import FakeFloor

plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40)
anything = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
nearly = st.sampled_from([
    *(said for said in TOLD.values() if isinstance(said, str)), "information", "adviser", "0692000001",
    "2026-11-24T10:00:00+01:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "+" * 50, "٣٣", "\x00",
])  # fmt: skip
wishes = st.fixed_dictionaries({}, optional={"kind": st.sampled_from(["asap", "window"]) | anything,
                                             "start": nearly | anything, "end": nearly | anything})  # fmt: skip


reports = st.fixed_dictionaries({}, optional={
    "outcome": st.sampled_from(["A_RAPPELER", "ORIENTE", "RDV_FIXE", "SANS_REPONSE"]) | anything,
    "window": st.fixed_dictionaries({}, optional={"start": nearly | anything, "end": nearly | anything}) | anything,
    "structure": st.sampled_from(["CIO", "ML"]) | anything, "date": nearly | anything,
    "out_of_scope": anything, "helpline": st.just("119") | anything,
})  # fmt: skip
FUZZ = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Desk:
    """One application for all that is sent, in a loop of its own."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self.floor = FakeFloor()
        self._runner = runner
        self._client = runner.run(self._start())

    async def _start(self) -> TestClient:
        headers = {"Authorization": "Bearer demo", "Content-Type": "application/json", "Idempotency-Key": "k"}
        client = TestClient(TestServer(make_app(self.floor), host="127.0.0.1"), headers=headers)
        await client.start_server()
        return client

    def send(self, path: str, body: object) -> int:
        """The status; a fault is told."""

        async def sent() -> int:
            async with self._client.post(path, data=json.dumps(body)) as response:
                assert response.status < 500, await response.text()
                if response.status == 422:
                    assert errors(await response.json())
                return response.status

        return self._runner.run(sent())

    def close(self) -> None:
        self._runner.run(self._client.close())


@pytest.fixture
def desk() -> Iterator[Desk]:
    with asyncio.Runner() as runner:
        made = Desk(runner)
        yield made
        made.close()


@FUZZ
@given(
    said=st.fixed_dictionaries({}, optional={name: nearly | anything | st.just(told) for name, told in TOLD.items()}
                               | {"wish": wishes | anything, "kind": nearly | anything, "line": nearly | anything}),
    extra=st.dictionaries(st.text(max_size=10), anything, max_size=2),
)  # fmt: skip
def test_no_request_makes_an_error_of_ours(desk, said, extra):
    assert desk.send(CALLBACKS, extra | said) in (200, 201, 400, 422)


@FUZZ
@given(change=st.tuples(st.sampled_from(sorted(TOLD)), nearly | wishes | anything))
def test_no_field_of_a_whole_request_makes_an_error_of_ours(desk, change):
    field, said = change
    assert desk.send(CALLBACKS, TOLD | {field: said}) in (200, 201, 400, 422)


@FUZZ
@given(body=reports | anything)
def test_no_report_makes_an_error_of_ours(desk, body):
    callback = next(iter(desk.floor.desk_.book.callbacks), None) or book(desk.floor)
    assert desk.send(f"{CALLBACKS}/{callback}/outcome", body) in (200, 400, 409, 415, 422)


@FUZZ
@given(body=st.fixed_dictionaries({}, optional={"wish": wishes | anything, "phone": nearly | anything}) | anything)
def test_no_other_wish_makes_an_error_of_ours(desk, body):
    callback = next(iter(desk.floor.desk_.book.callbacks), None) or book(desk.floor)
    assert desk.send(f"{CALLBACKS}/{callback}/reschedule", body) in (200, 400, 409, 415, 422)
