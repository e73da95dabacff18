"""What an adviser does in their talk, by their page or a program: hold, a guest, the danger key, hanging up.

Decides whose word it is: an adviser's own talk, and to a program any. Everything else is the desk's, which refuses with
nothing changed. Nobody types a number here: it has a name, or is that of a structure.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from aiohttp import web
from pydantic import Field, model_validator

from dialer.core.calls.told import (
    DangerAsked,
    GuestAsked,
    GuestDismissed,
    GuestJoinAsked,
    HandOverAsked,
    HangUpAsked,
    HoldAsked,
    TalkTold,
    To,
    ToAdviser,
    ToNumber,
    ToQueue,
    ToStructure,
)
from dialer.core.structures.structure import StructureId
from dialer.core.words import AdviserId, CallId, QueueId
from dialer.web.api import call_shown
from dialer.web.asked import read_body, read_id, read_query
from dialer.web.commit import commit, not_done
from dialer.web.keys import FLOOR, HOLDER
from dialer.web.models import Asked, Identifier, NoQuery
from dialer.web.problems import Refused


class HoldBody(Asked):
    """`held`: the caller hears music and is heard by nobody; else they are back."""

    held: Annotated[bool, Field(strict=True)]


class Target(Asked):
    """Exactly one: an adviser, a queue, a number by its name in the configuration, a structure of the directory."""

    adviser: Identifier | None = None
    queue: Identifier | None = None
    number: Identifier | None = None
    structure: Identifier | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(each is not None for each in (self.adviser, self.queue, self.number, self.structure)) != 1:
            raise ValueError("write exactly one of adviser, queue, number and structure")
        return self

    def meant(self) -> To:
        if self.adviser is not None:
            return ToAdviser(AdviserId(self.adviser))
        if self.queue is not None:
            return ToQueue(QueueId(self.queue))
        if self.number is not None:
            return ToNumber(self.number)
        assert self.structure is not None
        return ToStructure(StructureId(self.structure))


class GuestBody(Asked):
    """`aside`: spoken to first, the caller is held. `join`: all three. `blind`: the caller is sent on."""

    to: Target
    how: Literal["aside", "join", "blind"]

    @model_validator(mode="after")
    def _queue_only_blind(self) -> Self:
        if self.to.queue is not None and self.how != "blind":
            raise ValueError('nobody can be talked to in a queue; write "how": "blind"')
        return self


class DangerBody(Asked):
    """`to`: the id of a danger target of the configuration."""

    to: Identifier


@dataclass(frozen=True, slots=True)
class Actions:
    """What is asked in a talk. ``whose``: which talk, and in whose name. ``shown``: the talk, once that is done."""

    whose: Callable[[web.Request], Awaitable[tuple[CallId, AdviserId]]]
    shown: Callable[[web.Request, CallId], Awaitable[web.Response]]

    async def put_hold(self, request: web.Request) -> web.Response:
        talk, who = await self._begun(request)
        held = (await read_body(request, HoldBody)).held
        return await self._done(request, HoldAsked(request.app[FLOOR].now(), talk, who, held))

    async def ask_guest(self, request: web.Request) -> web.Response:
        talk, who = await self._begun(request)
        asked = await read_body(request, GuestBody)
        return await self._done(request, GuestAsked(request.app[FLOOR].now(), talk, who, asked.to.meant(), asked.how))

    async def ask_in_danger(self, request: web.Request) -> web.Response:
        talk, who = await self._begun(request)
        to = (await read_body(request, DangerBody)).to
        return await self._done(request, DangerAsked(request.app[FLOOR].now(), talk, who, to))

    async def join_guest(self, request: web.Request) -> web.Response:
        return await self._plain(request, GuestJoinAsked)

    async def hand_over(self, request: web.Request) -> web.Response:
        return await self._plain(request, HandOverAsked)

    async def dismiss_guest(self, request: web.Request) -> web.Response:
        return await self._plain(request, GuestDismissed)

    async def hang_up(self, request: web.Request) -> web.Response:
        return await self._plain(request, HangUpAsked)

    async def _plain(
        self,
        request: web.Request,
        what: type[GuestJoinAsked] | type[HandOverAsked] | type[GuestDismissed] | type[HangUpAsked],
    ) -> web.Response:
        talk, who = await self._begun(request)
        return await self._done(request, what(request.app[FLOOR].now(), talk, who))

    async def _begun(self, request: web.Request) -> tuple[CallId, AdviserId]:
        read_query(request, NoQuery)
        return await self.whose(request)

    async def _done(self, request: web.Request, event: TalkTold) -> web.Response:
        await commit(request.app[FLOOR], event)
        return await self.shown(request, event.call)


async def _whose(request: web.Request) -> tuple[CallId, AdviserId]:
    """The call, and in whose name something is asked in it. Raises Refused: 404 when it is not theirs, 409 once it is
    no talk (any more)."""
    call, own = CallId(read_id(request)), request[HOLDER].bound("calls:write")
    live = request.app[FLOOR].open_call(call)
    guest = live.guest.id if live is not None and live.guest is not None and live.guest.kind == "adviser" else None
    if live is not None and (own is None or own in (live.adviser, guest)):
        who = own or live.adviser
        if who is None:
            raise not_done("not_talking")
        return call, who
    row = await request.app[FLOOR].call(call) if live is None else None
    if row is None or (own is not None and row.adviser != own):
        raise Refused(404, "There is no such call, or it is no longer kept.")
    raise not_done("not_talking")


async def _shown(request: web.Request, call: CallId) -> web.Response:
    """The call as it is stored; the number is whole only while the call is theirs."""
    row = await request.app[FLOOR].call(call)
    if row is None:
        raise Refused(404, "There is no such call, or it is no longer kept.")
    return await call_shown(request, row)


of_call = Actions(_whose, _shown)
