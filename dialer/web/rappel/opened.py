"""What a secret link opens: a request of ours, the callback that answers it, and the case that it belongs to.

Decides which links are ours, and what is said of one whose request is no longer kept. The link is the authority: who
has it is taken for the person. Must not know what they may do then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from dialer.core.callbacks.states import Callback, CallbackId, CaseId, named
from dialer.core.words import E164
from dialer.web.keys import FLOOR, RECEPTION
from dialer.web.rappel import words
from dialer.web.rappel.answers import no_longer_kept, no_such_link
from dialer.web.rappel.choices import where
from dialer.web.rappel.links import opens, reference_in

CHANGING = frozenset({"requested", "due", "resting"})
"""The stages in which a request can be moved or cancelled: nobody is being called."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A request that a link has opened. ``callback`` None: it is over. ``number`` None: no longer kept."""

    link: str
    reference: str
    id: CallbackId
    case: CaseId
    callback: Callback | None
    outcome: str | None
    number: E164 | None
    deadline: datetime | None

    @property
    def path(self) -> str:
        return f"/rappel/suivi/{self.link}"


async def opened(request: web.Request) -> Followed | web.Response:
    """What the link opens; or the answer to one that opens nothing, the same for every link that is not ours."""
    floor, key = request.app[FLOOR], request.app[RECEPTION].key
    link = request.match_info["link"]
    reference = reference_in(link)
    if reference is None:
        return no_such_link(request)
    callback = await floor.by_reference(reference)
    if callback is None:
        # Erased, and the callback with it. That of a person's first request had its name from the reference.
        ours = opens(link, named(reference), key)
        return no_longer_kept(request) if ours else no_such_link(request)
    if not opens(link, callback, key):
        return no_such_link(request)
    intakes = [each for each in await floor.intakes_of(callback) if each.booking.reference == reference]
    deadline = intakes[0].booking.legal_deadline_at if intakes else None
    current = floor.open_callback(callback)
    if current is not None:
        return Followed(link, reference, callback, current.case, current, None, current.phone.number, deadline)
    row = await floor.callback(callback)
    if row is None:
        return no_longer_kept(request)
    number = E164(row.phone) if row.phone is not None else None
    return Followed(link, reference, callback, CaseId(row.case), None, row.outcome, number, deadline)


def standing(found: Followed, now: datetime) -> str:
    """Where the request stands, as one tells its owner."""
    if found.callback is None:
        return words.ended(found.outcome)
    here = where(found.callback.phone, found.callback.postcode)
    return words.state(found.callback, now, here.territory, here.zone)
