"""Behind the secret link: where a request stands, moving it, cancelling it.

Decides what the link lets people do. The link is the authority, so these pages ask nothing else and show nothing of the
person but the last two digits of their number.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from dialer.core.callbacks.intake import Anew, Asked, examine_anew
from dialer.core.callbacks.request import Source
from dialer.core.callbacks.states import Callback, CallbackId, stage
from dialer.core.callbacks.told import CallbackCancelled, Rescheduled
from dialer.core.events import CallbackTold
from dialer.web import commit
from dialer.web.booking import slots_of
from dialer.web.keys import FLOOR, RECEPTION
from dialer.web.rappel import words
from dialer.web.rappel.answers import html, no_such_link, refusal, see, too_many, unavailable
from dialer.web.rappel.choices import shown, where, wish_in
from dialer.web.rappel.links import opens, reference_in

_DONE = {"creneau": "Votre créneau a été changé.", "annulation": "Votre demande a été annulée."}
_CHANGING = frozenset({"requested", "due", "resting"})
"""The stages in which a request can be moved or cancelled: nobody is being called."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A request that a link has opened. ``callback`` None: it is over."""

    link: str
    reference: str
    id: CallbackId
    callback: Callback | None
    outcome: str | None
    deadline: datetime | None

    @property
    def path(self) -> str:
        return f"/rappel/suivi/{self.link}"


async def follow_page(request: web.Request) -> web.Response:
    if wait_s := request.app[RECEPTION].wait_s(request, sending=False):
        return too_many(request, wait_s)
    found = await _opened(request)
    if found is None:
        return no_such_link(request)
    return html(
        request, "rappel_suivi.html",
        done=_done(request.query.get("fait", ""), found),
        reference=words.reference(found.reference),
        ends_with=found.callback.phone.number[-2:] if found.callback is not None else "",
        state=_state(found, request.app[FLOOR].now()),
        deadline=found.deadline if found.callback is not None else None,
        open=found.callback is not None and stage(found.callback) in _CHANGING,
        over=found.callback is None,
        link=found.path,
    )  # fmt: skip


async def move_page(request: web.Request) -> web.Response:
    if wait_s := request.app[RECEPTION].wait_s(request, sending=False):
        return too_many(request, wait_s)
    found = await _opened(request)
    if found is None:
        return no_such_link(request)
    if found.callback is None or stage(found.callback) not in _CHANGING:
        return see(request, found.path)
    return _windows(request, found, found.callback, "", {})


async def move(request: web.Request) -> web.Response:
    """Another window, or as soon as possible."""
    floor, reception = request.app[FLOOR], request.app[RECEPTION]
    if wait_s := reception.wait_s(request, sending=True):
        return too_many(request, wait_s)
    found = await _opened(request)
    if found is None:
        return no_such_link(request)
    line = floor.rules().lines.get(found.callback.line) if found.callback is not None else None
    if found.callback is None or line is None:
        return _refused(request, found, "closed")
    value = str((await request.post()).get("creneau", ""))
    wish, start, end = wish_in(value)
    asked = Asked(wish=wish, start=start, end=end, source=Source.WEB.value)
    known, postcode = found.callback.phone, found.callback.postcode
    judged = examine_anew(asked, line, known, postcode, floor.rules(), slots_of(floor), floor.now())
    if not isinstance(judged, Anew):
        said = words.fault(judged[0])[1]
        return _windows(request, found, found.callback, value, {"creneau": said})
    now = floor.now()
    return await _told(request, found, CallbackTold(now, found.id, Rescheduled(now, judged.window)), "creneau")


async def cancel_page(request: web.Request) -> web.Response:
    """Asks once more: this cannot be undone."""
    if wait_s := request.app[RECEPTION].wait_s(request, sending=False):
        return too_many(request, wait_s)
    found = await _opened(request)
    if found is None:
        return no_such_link(request)
    if found.callback is None or stage(found.callback) not in _CHANGING:
        return see(request, found.path)
    return html(request, "rappel_annulation.html", link=found.path)


async def cancel(request: web.Request) -> web.Response:
    if wait_s := request.app[RECEPTION].wait_s(request, sending=True):
        return too_many(request, wait_s)
    found = await _opened(request)
    if found is None:
        return no_such_link(request)
    now = request.app[FLOOR].now()
    return await _told(request, found, CallbackTold(now, found.id, CallbackCancelled(now)), "annulation")


# -- the parts --------------------------------------------------------------------------------------


async def _opened(request: web.Request) -> Followed | None:
    """What the link opens; None for every link that is not ours."""
    floor, key = request.app[FLOOR], request.app[RECEPTION].key
    link = request.match_info["link"]
    reference = reference_in(link)
    callback = await floor.by_reference(reference) if reference is not None else None
    if reference is None or callback is None or not opens(link, callback, key):
        return None
    intakes = [each for each in await floor.intakes_of(callback) if each.booking.reference == reference]
    deadline = intakes[0].booking.legal_deadline_at if intakes else None
    current, outcome = floor.open_callback(callback), None
    if current is None:
        row = await floor.callback(callback)
        if row is None:
            return None
        outcome = row.outcome
    return Followed(link, reference, callback, current, outcome, deadline)


def _done(said: str, found: Followed) -> str:
    """What was just done; an address that was kept or made up says nothing that is not so."""
    return _DONE.get(said, "") if (said == "annulation") is (found.callback is None) else ""


async def _told(request: web.Request, found: Followed, event: CallbackTold, done: str) -> web.Response:
    try:
        async with asyncio.timeout(commit.COMMIT_MAX_S):
            change = await request.app[FLOOR].submit(event)
    except TimeoutError:
        return unavailable(request)
    if change.refused is None:
        return see(request, f"{found.path}?fait={done}")
    if change.refused == "slot_taken" and found.callback is not None:
        return _windows(request, found, found.callback, "", {"creneau": words.REFUSED["slot_taken"]})
    return _refused(request, found, change.refused)


def _refused(request: web.Request, found: Followed, why: str) -> web.Response:
    said = words.REFUSED.get(why, words.REFUSED_OTHERWISE)
    return refusal(request, 409, "Rien n’a été changé", said, again=found.path)


def _windows(
    request: web.Request, found: Followed, callback: Callback, value: str, faults: dict[str, str]
) -> web.Response:
    floor = request.app[FLOOR]
    here = where(callback.phone, callback.postcode)
    free = floor.slots(callback.line, callback.phone, callback.postcode)
    return html(
        request, "rappel_creneau.html",
        status=422 if faults else 200,
        form={"creneau": value},
        faults=faults,
        labels=words.LABELS,
        shown=shown(free, floor.now(), here),
        state=_state(found, floor.now()),
        link=found.path,
    )  # fmt: skip


def _state(found: Followed, now: datetime) -> str:
    if found.callback is None:
        return words.ended(found.outcome)
    here = where(found.callback.phone, found.callback.postcode)
    return words.state(found.callback, now, here.territory, here.zone)
