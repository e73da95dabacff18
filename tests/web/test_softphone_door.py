"""An adviser's page gets a key, its own and a new one each time; and it is taken away with what it was given for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from dialer.core.access.account import Account, AccountId, Duties, new_account
from dialer.core.access.roles import Role
from dialer.core.access.session import Revoked, Session, SessionDigest, SittingId, begin, transition
from dialer.core.access.sign_in import Via
from dialer.core.words import AdviserId
from dialer.store.refusal import StoreError
from dialer.web.ice import Ice
from dialer.web.softphone_door import SoftphoneDoor
from dialer.web.softphone_keys import SoftphoneKeys

from .test_softphone_keys import Memory

pytestmark = pytest.mark.asyncio
AT = datetime(2027, 3, 16, 9, 30, tzinfo=UTC)
ANNA = AdviserId("adv01")
TURN = Ice(("stun:stun.example.net",), ("turn:turn.example.net",), "shared")


class People:
    """Accounts and sessions, as a store has them."""

    def __init__(self) -> None:
        made = new_account(AccountId("anna"), "Anna", Duties(frozenset({Role.ADVISER}), adviser=ANNA), AT)
        assert isinstance(made, Account)
        self.anna: Account | None = made
        self.sessions: list[Session] = []
        self.away = False

    def sits_down(self, name: str) -> Session:
        assert self.anna is not None
        session = begin(self.anna.id, Via.PASSWORD, SessionDigest(name), SittingId(name), AT)
        self.sessions.append(session)
        return session

    def ends(self, session: Session) -> None:
        assert self.anna is not None
        ended = transition(session, self.anna, Revoked(AT))
        assert isinstance(ended, Session)
        self.sessions = [ended if each.sitting == session.sitting else each for each in self.sessions]

    async def account(self, account: AccountId) -> Account | None:
        if self.away:
            raise StoreError("the store is away")
        return self.anna

    async def sessions_of(self, account: AccountId) -> list[Session]:
        return [each for each in self.sessions if each.ended_at is None]


class Bench:
    """The door over a store and an Asterisk, with its watch running."""

    def __init__(self) -> None:
        self.people, self.asterisk, self.now = People(), Memory(), AT
        self.keys = SoftphoneKeys(self.asterisk)
        self.door = SoftphoneDoor(self.keys, self.people, lambda: self.now, TURN)  # type: ignore[arg-type]

    async def give(self, session: Session) -> str:
        assert self.people.anna is not None
        return (await self.door.give(ANNA, self.people.anna, session)).ticket

    async def until(self, so: Callable[[], bool], what: str) -> None:
        for _ in range(50):
            if so():
                return
            await self.looked()
        raise AssertionError(what)

    async def looked(self) -> None:
        """The watch has gone round twice."""
        for _ in range(2):
            self.door.look()
            for _ in range(30):
                await asyncio.sleep(0)


@pytest_asyncio.fixture
async def bench() -> AsyncIterator[Bench]:
    found = Bench()
    watching = asyncio.create_task(found.door.watch(lambda: [ANNA, AdviserId("adv02")]))
    yield found
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_a_key_is_given_anew_each_time_and_the_one_before_ends(bench: Bench) -> None:
    session = bench.people.sits_down("one")
    first = await bench.give(session)
    second = await bench.give(session)
    await bench.looked()
    assert bench.keys.endpoint(first) is None
    assert bench.keys.endpoint(second) == "adv01-web"


async def test_a_key_goes_with_its_session_at_once_and_not_with_another_one_of_the_same_person(bench: Bench) -> None:
    one, other = bench.people.sits_down("one"), bench.people.sits_down("other")
    ticket = await bench.give(one)
    bench.people.ends(other)
    await bench.looked()
    assert bench.keys.endpoint(ticket) == "adv01-web"
    bench.people.ends(one)
    bench.door.look()
    await bench.until(lambda: not bench.asterisk.passwords, "Asterisk has forgotten it")
    assert bench.keys.endpoint(ticket) is None


async def test_whoever_signs_in_elsewhere_and_takes_a_key_there_keeps_it_when_the_first_session_ends(
    bench: Bench,
) -> None:
    one, other = bench.people.sits_down("one"), bench.people.sits_down("other")
    await bench.give(one)
    ticket = await bench.give(other)
    bench.people.ends(one)
    await bench.looked()
    assert bench.keys.endpoint(ticket) == "adv01-web"


async def test_a_session_that_sleeps_keeps_its_key_and_one_that_slept_too_long_does_not(bench: Bench) -> None:
    ticket = await bench.give(bench.people.sits_down("one"))
    bench.now = AT + timedelta(minutes=45)
    await bench.looked()
    assert bench.keys.endpoint(ticket) == "adv01-web"
    bench.now = AT + timedelta(days=3)
    await bench.looked()
    assert bench.keys.endpoint(ticket) is None


@pytest.mark.parametrize(
    "change",
    [lambda anna: None, lambda anna: replace(anna, disabled_at=AT), lambda anna: replace(anna, adviser=None),
     lambda anna: replace(anna, sessions_from=AT + timedelta(seconds=1))],
)  # fmt: skip
async def test_an_account_that_is_gone_disabled_or_nobodys_adviser_any_more_has_no_key(
    bench: Bench, change: Callable[[Account], Account | None]
) -> None:
    ticket = await bench.give(bench.people.sits_down("one"))
    assert bench.people.anna is not None
    bench.people.anna = change(bench.people.anna)
    await bench.looked()
    assert bench.keys.endpoint(ticket) is None
    assert bench.asterisk.passwords == {}


async def test_while_the_store_is_away_nobody_loses_their_key_and_it_is_looked_at_again(bench: Bench) -> None:
    session = bench.people.sits_down("one")
    ticket = await bench.give(session)
    bench.people.away = True
    bench.people.ends(session)
    await bench.looked()
    assert bench.keys.endpoint(ticket) == "adv01-web"
    bench.people.away = False
    await bench.looked()
    assert bench.keys.endpoint(ticket) is None


async def test_a_password_that_asterisk_kept_while_it_was_away_is_removed_later(bench: Bench) -> None:
    session = bench.people.sits_down("one")
    ticket = await bench.give(session)
    bench.asterisk.away = True
    bench.people.ends(session)
    await bench.looked()
    assert bench.keys.endpoint(ticket) is None  # at once, whatever Asterisk does
    assert bench.asterisk.passwords != {}
    bench.asterisk.away = False
    await bench.looked()
    assert bench.asterisk.passwords == {}


async def test_another_asterisk_takes_all_keys_and_the_same_one_takes_none(bench: Bench) -> None:
    bench.asterisk.passwords["adv02-web"] = "of a service before us"
    bench.door.asterisk_runs_since(AT)
    await bench.until(lambda: not bench.asterisk.passwords, "what was left behind is gone")
    ticket = await bench.give(bench.people.sits_down("one"))
    bench.door.asterisk_runs_since(AT + timedelta(milliseconds=3))
    await bench.looked()
    assert bench.keys.endpoint(ticket) == "adv01-web"
    bench.door.asterisk_runs_since(AT + timedelta(minutes=1))
    await bench.looked()
    assert bench.keys.endpoint(ticket) is None


# -- over HTTP --------------------------------------------------------------------------------------


async def test_a_program_and_who_is_not_signed_in_get_no_key(client: Any) -> None:
    assert (await client.post("/api/v1/softphone/key")).status == 403
    assert (await client.post("/api/v1/softphone/key", headers={"Authorization": "Bearer wrong"})).status == 401


async def test_what_a_browser_is_given_is_whole_and_has_no_null_in_it(bench: Bench) -> None:
    assert bench.people.anna is not None
    key = await bench.door.give(ANNA, bench.people.anna, bench.people.sits_down("one"))
    shown = bench.door.shown(key).model_dump(exclude_none=True)
    assert (shown["url"], shown["endpoint"]) == ("/sip", "adv01-web")
    assert (shown["password"], shown["ticket"]) == (key.password, key.ticket)
    stun, turn = shown["ice"]
    assert stun == {"urls": ["stun:stun.example.net"]}
    assert turn["username"].endswith(":adv01-web")
    assert "shared" not in str(shown)


async def test_without_a_telephone_the_way_of_the_sip_is_not_there(client: Any) -> None:
    assert (await client.get("/sip")).status == 404
    assert (await client.get("/static/softphone.js")).status == 404
