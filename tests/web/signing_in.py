"""Accounts for the tests of signing in, and hands that sign in, by the form or straight into the store."""

from __future__ import annotations

import secrets
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from argon2 import PasswordHasher

from dialer.core.access import sealed
from dialer.core.access.account import Account, AccountId, Duties, PasswordSet, new_account, transition
from dialer.core.access.roles import Role
from dialer.core.access.session import Session, SessionDigest, SittingId, begin
from dialer.core.access.sign_in import Via
from dialer.core.cases.visibility import Everywhere
from dialer.core.words import AdviserId, Instant
from tests.store.fake_access import FAST, FakeAccess

from .fake_floor import MONDAY

RIGHT = "quatre mots sans suite"
HASHED = PasswordHasher(FAST.passes, FAST.memory_kib, FAST.lanes).hash(RIGHT)


def account(name: str, *roles: Role, adviser: str | None = None, given: bool = False) -> Account:
    """One that signs in with `RIGHT`; of an officer, national. ``given``: by somebody else, to be changed first."""
    academies = Everywhere() if Role.OFFICER in roles else frozenset[Any]()
    made = new_account(
        name, name.title(), Duties(frozenset(roles), AdviserId(adviser) if adviser else None, academies), MONDAY
    )
    assert isinstance(made, Account), made
    known = transition(made, PasswordSet(MONDAY, AccountId("machine" if given else name), HASHED))
    assert isinstance(known, Account)
    return known


def everybody() -> list[Account]:
    """One of each role, by its name; the adviser is adv05."""
    return [account(role, role, adviser="adv05" if role is Role.ADVISER else None) for role in Role]


async def session(access: FakeAccess, name: str, at: Instant = MONDAY, *, must_change: bool = False) -> dict[str, str]:
    """They signed in at the instant: the headers of their browser."""
    secret = secrets.token_urlsafe(32)
    digest = SessionDigest(sealed.digest(secret))
    made = begin(AccountId(name), Via.PASSWORD, digest, SittingId(secret[:8]), at, must_change=must_change)
    await access.keep_session(made)
    return {"Cookie": f"fv={secret}"}


async def the_session(access: FakeAccess, name: str) -> Session:
    (found,) = await access.sessions_of(AccountId(name))
    return found


def origin(client: TestClient) -> str:
    return str(client.make_url("/")).rstrip("/")


async def post(client: TestClient, path: str, **form: str) -> ClientResponse:
    """A form of ours, as a browser sends it."""
    async with client.post(path, data=form, headers={"Origin": origin(client)}, allow_redirects=False) as response:
        await response.read()
        return response


async def sign_in(client: TestClient, name: str, password: str = RIGHT, **form: str) -> ClientResponse:
    return await post(client, "/connexion", identifiant=name, mot_de_passe=password, **form)


async def get(client: TestClient, path: str, **headers: str) -> ClientResponse:
    async with client.get(path, headers=headers, allow_redirects=False) as response:
        if response.content_type != "text/event-stream":
            await response.read()
        return response
