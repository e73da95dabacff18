"""Requests to be called back, as programs send them: each Idempotency-Key books once.

Decides what is one asking: the same key of the same token with the same body. Of the key and the body only their
SHA-256 is kept. While one is booked, who comes with the same key waits for that one's end, so that two at once make one
booking; one process serves the API, so a map in memory is enough. Must not know what makes a request whole: `intake`
judges that.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from aiohttp import web

from dialer.core.callbacks import intake
from dialer.core.callbacks.intake import Asked, Wrong
from dialer.core.callbacks.intake_words import TO_TELL
from dialer.core.callbacks.request import Booking, Key, Request
from dialer.core.callbacks.slots import Slot
from dialer.core.events import CallbacksAsked
from dialer.core.numbers import Parsed
from dialer.core.rules import LineRules, QueueRules
from dialer.web import commit, models
from dialer.web.answer import answer
from dialer.web.asked import judged, read_query, refuse, refuse_all, sift_body
from dialer.web.callback_models import Booked, RequestBody, Wish, span
from dialer.web.floor import Floor
from dialer.web.keys import BOOKINGS, FLOOR, TOKEN
from dialer.web.models import FieldFault
from dialer.web.problems import Refused

KEY_FIELD = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_UNREADABLE = "\x00"
"""A text that no field takes: so nothing is asked for that hangs on what it should have said."""


@dataclass(frozen=True, slots=True)
class _UnderWay:
    body: str
    task: asyncio.Task[tuple[Booking, bool]]


class Bookings:
    """The bookings of one application that are under way."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._under_way: dict[str, _UnderWay] = {}

    async def book(self, key: Key, judge: Callable[[], Request]) -> tuple[Booking, bool]:
        """What was booked under the key, and whether it was booked just now.

        ``judge``: the request, or Refused with its faults; asked only where the key has booked nothing yet. Raises
        Refused: 422 for another body; 503 when the commit takes long, and then the same again joins it.
        """
        try:
            async with asyncio.timeout(commit.COMMIT_MAX_S):
                return await self._once(key, judge)
        except TimeoutError:
            raise commit.not_yet(f"Send it again with the same {KEY_FIELD}: it is never booked twice.") from None

    async def _once(self, key: Key, judge: Callable[[], Request]) -> tuple[Booking, bool]:
        while (ahead := self._under_way.get(key.key)) is not None:
            if ahead.body == key.body:
                booking, _ = await asyncio.shield(ahead.task)
                return booking, False
            await asyncio.wait([ahead.task])  # what that one booked, if it did, is stored then and refuses this one
        task = asyncio.get_running_loop().create_task(self._book(key, judge), name="booking")
        self._under_way[key.key] = _UnderWay(key.body, task)
        task.add_done_callback(lambda done: self._over(key.key, done))
        return await asyncio.shield(task)

    async def _book(self, key: Key, judge: Callable[[], Request]) -> tuple[Booking, bool]:
        known = await self._floor.answered(key.key)
        if known is not None:
            if known.body != key.body:
                raise _other_body()
            return known.booking, False
        change = await self._floor.submit(CallbacksAsked(self._floor.now(), (judge(),), key))
        if change.refused is not None:
            raise commit.not_done(change.refused)
        return change.intakes[0].booking, True

    def _over(self, key: str, task: asyncio.Task[tuple[Booking, bool]]) -> None:
        del self._under_way[key]
        if not task.cancelled():
            task.exception()  # whoever asked may have gone, and then nobody else looks at it

    async def close(self) -> None:
        """Wait for nothing any more. What the loop has in hand is still committed."""
        tasks = [each.task for each in self._under_way.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def book_callback(request: web.Request) -> web.Response:
    read_query(request, models.NoQuery)
    body, faults = await sift_body(request, RequestBody)
    floor = request.app[FLOOR]
    sent = request.headers.getall(KEY_FIELD, [])
    if not sent:
        faults.insert(
            0, FieldFault(field=KEY_FIELD, message="is required: a header that no other request of yours has")
        )
    elif len(sent) > 1 or not _KEY.fullmatch(sent[0]):
        faults.insert(0, FieldFault(field=KEY_FIELD, message="send it once, 1 to 200 visible ASCII characters"))

    def judge() -> Request:
        asked = _asked(body, unreadable_kind=any(fault.field == "kind" for fault in faults))
        found = intake.examine(asked, floor.rules(), slots_of(floor), floor.now())
        wrongs: tuple[Wrong, ...] = () if isinstance(found, Request) else found
        if (told := judged(faults, wrongs)) or not isinstance(found, Request):
            raise refuse_all(told)
        return found

    if faults:
        judge()  # refuses
    key = Key(_digest(f"{request[TOKEN]}\n{sent[0]}"), _digest(body.model_dump_json(exclude_unset=True)))
    booking, new = await request.app[BOOKINGS].book(key, judge)
    return answer(_booked(booking), 201 if new else 200)


def slots_of(floor: Floor) -> intake.SlotsOf:
    """The free slots, as the judge asks for them."""

    def free(line: LineRules, _: QueueRules, phone: Parsed, postcode: str | None) -> list[Slot]:
        return list(floor.slots(line.id, phone, postcode))

    return free


def asked_for(wish: Wish | None) -> dict[str, str | None]:
    """The fields of a wish, as the judge asks for them."""
    return (
        {"wish": None, "start": None, "end": None}
        if wish is None
        else {
            "wish": wish.kind,
            "start": wish.start,
            "end": wish.end,
        }
    )


def _booked(booking: Booking) -> Booked:
    return Booked.model_validate(
        {
            "id": booking.id,
            "reference": booking.reference,
            "case": booking.case,
            "state": booking.state,
            "flags": list(booking.flags),
            "tell": [TO_TELL[flag] for flag in booking.flags],
            "due_at": booking.due_at,
            "legal_deadline_at": booking.legal_deadline_at,
            "promised": span(booking.promised),
        }
    )


def _asked(body: RequestBody, *, unreadable_kind: bool) -> Asked:
    texts = body.model_dump(exclude={"wish", "relay", "notice_read", "kind"})
    return Asked(
        **texts,
        **asked_for(body.wish),
        kind=_UNREADABLE if unreadable_kind else body.kind,
        relay=_told(body.relay),
        notice_read=_told(body.notice_read),
    )


def _told(said: bool | None) -> str | None:
    return None if said is None else str(said).lower()


def _other_body() -> Refused:
    return refuse(KEY_FIELD, "came with another body before; send the same body again, or take a new key")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
