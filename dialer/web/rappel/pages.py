"""Asking to be called back: the form, what is wrong with it, and what was promised.

Decides the order of what a form passes: limits, the booking it may have made already, the trap, the judge of requests
(`intake`), the proof of work, the clock of the person's own wall; then it is booked, and only then is it said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog
from aiohttp import web

from dialer.core.callbacks.intake import Asked, Wrong, examine
from dialer.core.callbacks.intake_words import Why
from dialer.core.callbacks.request import Booking, Request
from dialer.core.numbers import Parsed, parse_for
from dialer.web import files
from dialer.web.booking import slots_of
from dialer.web.keys import BOOKINGS, FLOOR, RECEPTION
from dialer.web.problems import Refused
from dialer.web.rappel import words
from dialer.web.rappel.answers import html, refusal, too_many, unavailable
from dialer.web.rappel.choices import ANYBODY, Where, shown, where
from dialer.web.rappel.form import Form, new_form, read_form
from dialer.web.rappel.links import link_of

STATIC = frozenset({"fil-vert.css", "fil-vert.svg", "rappel.css", "rappel.js", "preuve.js"})
"""What a browser of the public may load; the rest of the pages' files is for those who have a token."""

log = structlog.get_logger(__name__)


async def ask_page(request: web.Request) -> web.Response:
    """The empty form."""
    reception = request.app[RECEPTION]
    if wait_s := reception.wait_s(request, sending=False):
        return too_many(request, wait_s)
    if not _takes_requests(request):
        return unavailable(request)
    return _form(request, new_form(), ANYBODY, None, {})


async def ask(request: web.Request) -> web.Response:
    """A form that was sent."""
    reception = request.app[RECEPTION]
    if wait_s := reception.wait_s(request, sending=True):
        return too_many(request, wait_s)
    try:
        form = read_form(await request.post())
    except (web.HTTPRequestEntityTooLarge, ValueError):
        return refusal(request, 413, "Demande trop longue", "Raccourcissez votre message.", again="/rappel")
    async with reception.in_turn(form.id):
        answered = await request.app[FLOOR].answered(form.key.key)
        if answered is not None:
            return _received(request, answered.booking, form, again=answered.body != form.key.body)
        return await _judged(request, form)


async def challenge(request: web.Request) -> web.Response:
    """What the browser has to compute, as ALTCHA writes it."""
    reception = request.app[RECEPTION]
    if wait_s := reception.wait_s(request, sending=False):
        raise Refused(429, "Too many challenges at once.", headers={"Retry-After": str(wait_s)})
    return web.json_response(reception.proofs.challenge())


async def static_file(request: web.Request) -> web.Response:
    if request.match_info["name"] not in STATIC:
        raise Refused(404, "There is no such file.")
    return await files.static_file(request)


# -- one form ---------------------------------------------------------------------------------------


async def _judged(request: web.Request, form: Form) -> web.Response:
    """A form that has booked nothing yet."""
    floor, reception = request.app[FLOOR], request.app[RECEPTION]
    if not _takes_requests(request):
        return unavailable(request)
    now = floor.now()
    asked = form.asked(reception.settings.line)
    judged = examine(asked, floor.rules(), slots_of(floor), now)
    faults = _told(judged) if not isinstance(judged, Request) else {}
    if form.trapped:
        faults["verification"] = words.TRAPPED
    elif not reception.proofs.accepts(form.proof):
        faults["verification"] = words.UNPROVEN
    phone, postcode = _number(request, asked)
    here = where(phone, postcode)
    moved = ""
    if asked.wish == "window" and phone is not ANYBODY and form.zone != here.zone.key:
        window = judged.window if isinstance(judged, Request) else None
        moved = words.moved(here.territory, here.zone, window, now)
        if not isinstance(judged, Request) and any(each.why is Why.SLOT_TAKEN for each in judged):
            faults["creneau"] = moved  # it was never one of theirs
    if faults or moved or not isinstance(judged, Request):
        return _form(request, form, phone, postcode, faults, moved=moved)
    return await _booked(request, form, judged)


async def _booked(request: web.Request, form: Form, asked: Request) -> web.Response:
    """Book it, once for this form, whatever became of an earlier try of the same."""
    try:
        booking, _ = await request.app[BOOKINGS].book(form.key, lambda: asked)
    except Refused as refused:
        answered = await request.app[FLOOR].answered(form.key.key)
        if answered is not None:
            return _received(request, answered.booking, form, again=answered.body != form.key.body)
        if any(fault.field == "wish" for fault in refused.errors):
            taken = {"creneau": words.REFUSED["slot_taken"]}
            return _form(request, form.without_window(), asked.phone, asked.postcode, taken, status=409)
        log.warning("a request of the public page was not stored", status=refused.status)
        return _form(request, form, asked.phone, asked.postcode, {"verification": words.NOT_STORED}, status=503)
    return _received(request, booking, form, again=False)


def _received(request: web.Request, booking: Booking, form: Form, *, again: bool) -> web.Response:
    """What was promised: the same page for the same form, however often it is sent."""
    floor, reception = request.app[FLOOR], request.app[RECEPTION]
    phone, postcode = _number(request, form.asked(reception.settings.line))
    here = where(phone, postcode)
    link = f"/rappel/suivi/{link_of(booking.reference, booking.id, reception.key)}"
    base = reception.settings.public_url or f"{request.scheme}://{request.host}"
    return html(
        request, "rappel_recu.html",
        again=again,
        promise=words.promised(booking, floor.now(), here.territory, here.zone),
        reference=words.reference(booking.reference),
        deadline=booking.legal_deadline_at,
        tell=words.told(booking.flags),
        link=link,
        url=f"{base.rstrip('/')}{link}",
    )  # fmt: skip


def _form(
    request: web.Request,
    form: Form,
    phone: Parsed,
    postcode: str | None,
    faults: Mapping[str, str],
    *,
    moved: str = "",
    status: int | None = None,
) -> web.Response:
    """The form with all that was typed, all that is wrong, and the slots of that number."""
    floor, reception = request.app[FLOOR], request.app[RECEPTION]
    here: Where = where(phone, postcode)
    free = floor.slots(reception.settings.line, phone, postcode)
    return html(
        request, "rappel_demande.html",
        status=status or (422 if faults else 200),
        form=form.shown,
        faults={**faults, **({"creneau": moved} if moved and faults and "creneau" not in faults else {})},
        moved=moved if not faults else "",
        shown=shown(free, floor.now(), here),
        labels=words.LABELS,
        languages=words.LANGUAGES,
    )  # fmt: skip


def _told(faults: Sequence[Wrong]) -> dict[str, str]:
    """One sentence for each field, in the order of the page."""
    said: dict[str, str] = {}
    for wrong in faults:
        field, sentence = words.fault(wrong)
        said.setdefault(field or "verification", sentence)
    return {name: said[name] for name in (*words.FIELDS.values(), "verification") if name in said}


def _number(request: web.Request, asked: Asked) -> tuple[Parsed, str | None]:
    """The number and postcode that were given, as far as they can be read: whose slots to show."""
    postcode = (asked.postcode or "").strip() or None
    parsed = parse_for((asked.phone or "").strip()[:40], postcode=postcode)
    return (parsed, postcode) if isinstance(parsed, Parsed) else (ANYBODY, postcode)


def _takes_requests(request: web.Request) -> bool:
    rules = request.app[FLOOR].rules()
    line = rules.lines.get(request.app[RECEPTION].settings.line)
    return line is not None and line.callback_queue in rules.queues
