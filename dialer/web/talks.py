"""What an adviser does in their talk, by their page or a program: hold, a guest, the danger key, hanging up.

Decides whose word it is: an adviser's own talk, and to a program any. Everything else is the desk's, which refuses with
nothing changed. Nobody types a number here: it has a name, or is that of a structure.
"""

from __future__ import annotations

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


async def put_hold(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    call, who = await _whose(request)
    held = (await read_body(request, HoldBody)).held
    return await _done(request, HoldAsked(request.app[FLOOR].now(), call, who, held))


async def ask_guest(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    call, who = await _whose(request)
    asked = await read_body(request, GuestBody)
    return await _done(request, GuestAsked(request.app[FLOOR].now(), call, who, asked.to.meant(), asked.how))


async def ask_in_danger(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    call, who = await _whose(request)
    to = (await read_body(request, DangerBody)).to
    return await _done(request, DangerAsked(request.app[FLOOR].now(), call, who, to))


async def join_guest(request: web.Request) -> web.Response:
    return await _plain(request, GuestJoinAsked)


async def hand_over(request: web.Request) -> web.Response:
    return await _plain(request, HandOverAsked)


async def dismiss_guest(request: web.Request) -> web.Response:
    return await _plain(request, GuestDismissed)


async def hang_up(request: web.Request) -> web.Response:
    return await _plain(request, HangUpAsked)


async def _plain(
    request: web.Request,
    what: type[GuestJoinAsked] | type[HandOverAsked] | type[GuestDismissed] | type[HangUpAsked],
) -> web.Response:
    read_query(request, NoQuery)
    call, who = await _whose(request)
    return await _done(request, what(request.app[FLOOR].now(), call, who))


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


async def _done(request: web.Request, event: TalkTold) -> web.Response:
    """The call as it is stored once that is done; the number is whole only while the call is theirs."""
    await commit(request.app[FLOOR], event)
    row = await request.app[FLOOR].call(event.call)
    if row is None:
        raise Refused(404, "There is no such call, or it is no longer kept.")
    return await call_shown(request, row)
