"""The form of an outcome in the API: kept while an adviser fills it in, and there again wherever they open it next.

Decides whose draft it is: of an adviser's account its own, and only while the callback is before them. Must not know
what makes an outcome whole (`callbacks`), nor which fields the form has.
"""

from __future__ import annotations

from aiohttp import web

from dialer.core.callbacks.states import Callback, CallbackId, visit
from dialer.core.contacts.contact import Contact, Hand, Written, clean, faults_of
from dialer.core.contacts.contacts import is_before
from dialer.core.events import ContactWritten
from dialer.core.words import AdviserId
from dialer.web import contact_models as models
from dialer.web.answer import answer
from dialer.web.asked import read_id, read_query, refuse_all, sift_body
from dialer.web.case_door import etag, version_seen
from dialer.web.commit import commit
from dialer.web.contacts import hand_of
from dialer.web.keys import FLOOR, HOLDER
from dialer.web.models import FieldFault, NoQuery
from dialer.web.problems import Refused

EMPTY = Written()


async def get_draft(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    callback, adviser = _before_them(request)
    found = await request.app[FLOOR].contact(visit(callback), adviser)
    return _answered(callback, found or _blank(request, callback, adviser))


async def put_draft(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    callback, adviser = _before_them(request)
    body, faults = await sift_body(request, models.OutcomeDraftBody)
    against = version_seen(request)
    if body.fields is None and not faults:
        faults.append(FieldFault(field="fields", message="is required: what is in the form, by its fields"))
    cleaned = ((name, clean(text)) for name, text in (body.fields or {}).items())
    written = Written(outcome=tuple(sorted((name, text) for name, text in cleaned if text is not None)))
    hand = hand_of(body, faults)
    found = faults_of(written, (), done=False)
    faults += [FieldFault(field=fault.where, message=f"{fault.what}: {fault.mend}") for fault in found]
    if faults:
        raise refuse_all(faults)
    floor = request.app[FLOOR]
    known = await floor.contact(visit(callback), adviser)
    contact = _blank(request, callback, adviser, written, hand)
    change = await commit(floor, ContactWritten(floor.now(), contact, against, False, "", stored=known))
    after = change.contacts.get(contact.key) or await floor.contact(*contact.key)
    return _answered(callback, after or contact)


def _before_them(request: web.Request) -> tuple[Callback, AdviserId]:
    """Raises Refused: 403 for who answers no calls, 404 for a callback that is not before them."""
    account = request[HOLDER].account
    if account is None or account.adviser is None:
        raise Refused(403, "Only the adviser who has the callback before them says what came of it here.")
    callback = request.app[FLOOR].open_callback(CallbackId(read_id(request)))
    if callback is None or not is_before(callback, account.adviser):
        raise Refused(404, "There is no such callback, or it is not before you.")
    return callback, account.adviser


def _blank(
    request: web.Request, callback: Callback, adviser: AdviserId, written: Written = EMPTY, hand: Hand | None = None
) -> Contact:
    at = request.app[FLOOR].now()
    return Contact(
        visit(callback), adviser, callback.line, callback.queue, at, written=written, hand=hand, case=callback.case
    )


def _answered(callback: Callback, draft: Contact) -> web.Response:
    fields = dict(draft.written.outcome)
    made = models.OutcomeDraft(callback=callback.id, adviser=draft.adviser, version=draft.version, fields=fields)
    response = answer(made)
    response.headers.update(etag(draft.version))
    return response
