"""Passwords: right as they were set, hashed by what is asked for today; a flood takes neither memory nor the loop."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
import pytest_asyncio
from argon2 import extract_parameters

from dialer.access.passwords import OVERLOADED, Parameters, Passwords, Verified

CHEAP = Parameters(memory_kib=64, passes=1)
PASSWORD = "quatre mots que personne n'épelle"


@pytest_asyncio.fixture
async def passwords() -> AsyncIterator[Passwords]:
    made = Passwords(CHEAP)
    yield made
    await made.close()


async def hashed(passwords: Passwords, password: str = PASSWORD) -> str:
    found = await passwords.hash(password)
    assert isinstance(found, str)
    return found


@pytest.mark.asyncio
async def test_the_password_that_was_set_is_right_and_no_other(passwords: Passwords) -> None:
    stored = await hashed(passwords)

    assert await passwords.verify(stored, PASSWORD) == Verified(True)
    for other in ("", PASSWORD.upper(), PASSWORD + " ", PASSWORD + "\0", PASSWORD * 9, "\ud800"):
        assert await passwords.verify(stored, other) == Verified(False), other


@pytest.mark.asyncio
async def test_the_same_password_is_stored_otherwise_each_time_and_nowhere_in_clear(passwords: Passwords) -> None:
    stored = [await hashed(passwords) for _ in range(2)]

    assert stored[0] != stored[1]
    assert not [each for each in stored if "mots" in each]
    assert all(each.startswith("$argon2id$") for each in stored)


@pytest.mark.asyncio
async def test_an_accent_typed_on_another_system_is_the_same(passwords: Passwords) -> None:
    stored = await hashed(passwords, unicodedata.normalize("NFD", PASSWORD))

    assert await passwords.verify(stored, unicodedata.normalize("NFC", PASSWORD)) == Verified(True)


@pytest.mark.asyncio
async def test_a_longer_one_that_begins_with_the_password_is_another(passwords: Passwords) -> None:
    longest = "longs mots " * 11 + "enfin !"
    stored = await hashed(passwords, longest)

    assert len(longest) == 128
    assert await passwords.verify(stored, longest) == Verified(True)
    assert await passwords.verify(stored, longest + "!") == Verified(False)


@pytest.mark.asyncio
async def test_no_password_is_right_where_there_is_no_hash_or_none_that_can_be_read(passwords: Passwords) -> None:
    for stored in (None, "", "plain text", "$argon2id$v=19$m=64,t=1,p=1$", "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$!"):
        for password in (PASSWORD, "", "nobody has this password"):
            assert await passwords.verify(stored, password) == Verified(False), stored


@pytest.mark.asyncio
async def test_a_hash_by_older_parameters_is_made_anew_once_the_password_is_known_to_be_right() -> None:
    older, today = Passwords(CHEAP), Passwords(Parameters(memory_kib=128, passes=2))
    stored = await hashed(older)

    assert (await today.verify(stored, "another password")) == Verified(False)
    found = await today.verify(stored, PASSWORD)

    assert isinstance(found, Verified)
    assert found.right
    assert found.fresh is not None
    assert extract_parameters(found.fresh).memory_cost == 128
    assert await today.verify(found.fresh, PASSWORD) == Verified(True)
    await older.close()
    await today.close()


@pytest.mark.asyncio
async def test_what_is_asked_of_argon2_is_what_owasp_asks() -> None:
    passwords = Passwords()
    asked = extract_parameters(await hashed(passwords))
    await passwords.close()

    assert (asked.type.name, asked.memory_cost, asked.time_cost, asked.parallelism) == ("ID", 19_456, 2, 1)


@pytest.mark.asyncio
async def test_an_account_that_is_not_there_is_hashed_for_as_one_that_is(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted and not timed: what takes the time is one run of argon2 with the same parameters."""
    stored = await hashed(passwords)
    runs: list[str] = []
    true = type(passwords._hasher).verify

    def counted(hasher: object, stored: str, text: str) -> bool:
        runs.append(stored.rpartition("$")[0].rpartition("$")[0])
        return true(passwords._hasher, stored, text)

    monkeypatch.setattr(type(passwords._hasher), "verify", counted)
    for kept in (stored, None, "no hash"):
        await passwords.verify(kept, "another password")
    await passwords.verify(stored, "x" * 10_000)

    assert len(runs) == 4
    assert len(set(runs)) == 1


class Held:
    """Threads that wait until they are let go: a hash that takes as long as the test wants."""

    def __init__(self, passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go = Event()
        self.begun = 0
        submit = ThreadPoolExecutor.submit

        def held(pool, work):  # type: ignore[no-untyped-def]
            def waits() -> object:
                self.begun += 1
                assert self.go.wait(10)
                return work()

            return submit(pool, waits)

        monkeypatch.setattr(passwords._threads, "submit", held.__get__(passwords._threads))

    async def until_begun(self, number: int) -> None:
        async with asyncio.timeout(10):
            while self.begun < number:  # noqa: ASYNC110 - a thread counts
                await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_a_flood_hashes_two_at_once_and_is_told_so_past_the_row_while_the_loop_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passwords = Passwords(CHEAP, at_once=2, waiting_max=5)
    stored = await hashed(passwords)
    held = Held(passwords, monkeypatch)

    flood = [asyncio.ensure_future(passwords.verify(stored, PASSWORD)) for _ in range(50)]
    await held.until_begun(2)
    refused = [each for each in flood if each.done()]
    assert held.begun == 2
    assert [each.result() for each in refused] == [OVERLOADED] * 45

    held.go.set()
    taken = await asyncio.gather(*flood)
    assert taken.count(Verified(True)) == 5
    assert await passwords.verify(stored, PASSWORD) == Verified(True)
    await passwords.close()


@pytest.mark.asyncio
async def test_whoever_hangs_up_leaves_no_room_taken_and_frees_none_that_is_in_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passwords = Passwords(CHEAP, at_once=1, waiting_max=2)
    stored = await hashed(passwords)
    held = Held(passwords, monkeypatch)
    running, waiting = (asyncio.ensure_future(passwords.verify(stored, PASSWORD)) for _ in range(2))
    await held.until_begun(1)
    for each in (running, waiting):
        each.cancel()
    await asyncio.gather(running, waiting, return_exceptions=True)

    # The one that runs still runs; the one that waited makes room.
    third = asyncio.ensure_future(passwords.verify(stored, PASSWORD))
    await asyncio.sleep(0)
    fourth = await passwords.verify(stored, PASSWORD)
    assert fourth is OVERLOADED

    held.go.set()
    assert await third == Verified(True)
    async with asyncio.timeout(10):
        while await passwords.verify(stored, PASSWORD) is OVERLOADED:  # noqa: ASYNC110 - a thread makes room
            await asyncio.sleep(0)
    await passwords.close()


@pytest.mark.asyncio
async def test_a_password_without_end_is_a_defect_of_ours_where_it_is_set(passwords: Passwords) -> None:
    with pytest.raises(ValueError, match="looked at"):
        await passwords.hash("x" * 129)


def test_bounds_that_bound_nothing_are_refused() -> None:
    for at_once, waiting_max in ((0, 5), (3, 2)):
        with pytest.raises(ValueError, match="at once"):
            Passwords(CHEAP, at_once=at_once, waiting_max=waiting_max)


@pytest.mark.asyncio
async def test_no_password_and_no_hash_is_shown(passwords: Passwords) -> None:
    older = Passwords(Parameters(memory_kib=128, passes=1))
    found = await passwords.verify(await hashed(older), PASSWORD)
    await older.close()

    assert isinstance(found, Verified)
    assert found.fresh is not None
    assert repr(found) == "Verified(True)"
