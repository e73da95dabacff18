"""Where an adviser's page gets its key to the telephone: `POST /api/v1/softphone/key`.

Decides that a key belongs to one sitting of one account: given anew each time it is asked for, which ends the one
before, and taken away once that sitting is over, or the account is nobody's adviser any more. A session that sleeps
keeps it, since its call goes on. Must not know SIP, nor how Asterisk keeps a password.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any

import structlog
from aiohttp import web
from pydantic import BaseModel, Field

from dialer.core.access.account import Account, AccountId
from dialer.core.access.session import Session, SittingId, why_over
from dialer.core.words import AdviserId
from dialer.web.access_floor import AccessFloor
from dialer.web.asked import read_query
from dialer.web.ice import Ice, servers
from dialer.web.keys import HOLDER, SOFTPHONE_DOOR
from dialer.web.models import NoQuery
from dialer.web.problems import Refused
from dialer.web.softphone_keys import Key, SoftphoneKeys

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 5.0
"""What ends a session by its time, or at the command line, ends its key within this."""
SAME_START = timedelta(seconds=0.5)
"""Two tellings of when one Asterisk began differ by less."""
PATH = "/sip"


class IceServer(BaseModel):
    """As `RTCIceServer` of a browser."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


class SoftphoneKey(BaseModel):
    """What a browser needs to be an adviser's telephone. It is shown once, and only here."""

    url: Annotated[str, Field(description="Of the WebSocket, relative to this service.", examples=[PATH])]
    endpoint: Annotated[str, Field(examples=["adv01-web"])]
    password: str
    ticket: Annotated[str, Field(description="Goes with the WebSocket as the subprotocol `ticket.…`.")]
    ice: list[IceServer]


class SoftphoneDoor:
    """Who holds a key. `watch` it as a task; ``ice`` may be set anew. ``now``: the clock of the service."""

    def __init__(self, keys: SoftphoneKeys, access: AccessFloor, now: Callable[[], datetime], ice: Ice) -> None:
        self.ice = ice
        self._keys = keys
        self._access = access
        self._now = now
        self._given: dict[AdviserId, tuple[AccountId, SittingId]] = {}
        self._look = asyncio.Event()
        self._began_at: datetime | None = None
        self._clears = False

    async def give(self, adviser: AdviserId, account: Account, session: Session) -> Key:
        """A key for this sitting. Raises OSError when Asterisk cannot be asked."""
        self._given[adviser] = (account.id, session.sitting)
        key = await self._keys.give(adviser)
        self._look.set()  # it may have ended meanwhile
        return key

    def look(self) -> None:
        """A session or an account has changed: see now whose key is to be taken away."""
        self._look.set()

    def asterisk_runs_since(self, began_at: datetime) -> None:
        """Of another Asterisk than before, or of the one of a service before us, what keys it has are nobody's."""
        if self._began_at is None or abs(began_at - self._began_at) > SAME_START:
            self._clears = True
            self._look.set()
        self._began_at = began_at

    async def watch(self, advisers: Callable[[], Iterable[AdviserId]]) -> None:
        """For as long as the service runs. ``advisers``: all there are."""
        while True:
            self._look.clear()
            if self._clears:
                self._clears = False
                await self._begin_anew(advisers())
            await self._take_over()
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._look.wait()
            except TimeoutError:
                pass

    async def _begin_anew(self, advisers: Iterable[AdviserId]) -> None:
        try:
            await self._keys.take_all()
            for adviser in advisers:
                await self._keys.clear(adviser)
        except OSError as error:
            log.warning("keys of softphones are not all taken back; it is tried again", why=str(error))
            self._clears = True

    async def _take_over(self) -> None:
        """Take the keys of those whose sitting is over."""
        for adviser, holder in list(self._given.items()):
            try:
                if await self._is_over(adviser, *holder) and self._given.get(adviser) == holder:
                    await self._keys.take(adviser)
                    if self._given.get(adviser) == holder:
                        del self._given[adviser]
            except Exception as error:  # the store's or Asterisk's: the others' keys are seen to all the same
                log.warning("a softphone's key is not taken back; it is tried again", adviser=adviser, why=str(error))

    async def _is_over(self, adviser: AdviserId, account_id: AccountId, sitting: SittingId) -> bool:
        account = await self._access.account(account_id)
        if account is None or account.adviser != adviser:
            return True
        sessions = await self._access.sessions_of(account_id)
        return not any(each.sitting == sitting and why_over(each, account, self._now()) is None for each in sessions)

    def shown(self, key: Key) -> SoftphoneKey:
        """The answer."""
        found: list[dict[str, Any]] = servers(self.ice, key.endpoint, self._now())
        return SoftphoneKey(
            url=PATH,
            endpoint=key.endpoint,
            password=key.password,
            ticket=key.ticket,
            ice=[IceServer.model_validate(each) for each in found],
        )


async def post_key(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    holder = request[HOLDER]
    account, session = holder.account, holder.session
    if account is None or session is None or account.adviser is None:
        raise Refused(403, "A softphone is an adviser's own: sign in as one.")
    door = request.app.get(SOFTPHONE_DOOR)
    if door is None:
        raise Refused(503, "There is no telephone here.")
    try:
        key = await door.give(account.adviser, account, session)
    except OSError:
        raise Refused(503, "The telephone does not answer; try again in a moment.") from None
    body = door.shown(key).model_dump_json(exclude_none=True)  # to a browser, null is a name too
    return web.Response(body=body.encode(), content_type="application/json")
