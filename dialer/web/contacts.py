"""What an adviser writes down of a call, in the API: kept while they type, filed, and read.

Decides whose contact it is (an account's own, never another's), in which order its faults are told, and that whoever
reads a note is in the journal before they see it. Must not know what makes a contact whole: `contacts.contact` and, of
a callback, `intake` do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from hashlib import sha256

from aiohttp import web

from dialer.core.callbacks import intake
from dialer.core.callbacks.intake import Asked
from dialer.core.callbacks.intake_fields import said
from dialer.core.callbacks.request import Request, Source
from dialer.core.contacts.contact import Contact, Hand, Written, clean, faults_of
from dialer.core.contacts.reason import ContactReason
from dialer.core.events import ContactsLooked, ContactWritten
from dialer.core.words import AdviserId, CallId, LineId, QueueId
from dialer.web import contact_models as models
from dialer.web.answer import answer
from dialer.web.asked import judged, read_id, read_query, refuse_all, sift_body
from dialer.web.booking import asked_for, slots_of
from dialer.web.callback_models import RequestBody
from dialer.web.case_door import etag, version_seen
from dialer.web.commit import commit
from dialer.web.floor import CallRow
from dialer.web.keys import FLOOR, HOLDER
from dialer.web.models import FieldFault, NoQuery
from dialer.web.problems import Refused

TAB_MAX = 64
_DRAFTED = frozenset(models.DraftedCallback.model_fields)


async def get_contact(request: web.Request) -> web.Response:
    """As its adviser has it before them."""
    named = read_query(request, models.WhoseContact).adviser
    _refuse_who_answers_no_calls(request)
    row = await _call(request)
    adviser = _whose(request, named, row)
    found = await request.app[FLOOR].contact(CallId(row.id), adviser)
    if found is None and not _has_in_hand(request, CallId(row.id), adviser):
        raise _not_theirs()
    return _answered(request, found or _blank(request, row, adviser))


async def put_contact(request: web.Request) -> web.Response:
    read_query(request, NoQuery)
    _refuse_who_answers_no_calls(request)
    row = await _call(request)
    body, faults = await sift_body(request, models.ContactBody)
    adviser = _whose(request, body.adviser, row)
    call, floor = CallId(row.id), request.app[FLOOR]
    in_hand = _has_in_hand(request, call, adviser)  # before anything is waited for: it may be filed meanwhile
    known = await floor.contact(call, adviser)
    if known is None and not in_hand:
        raise _not_theirs()
    against = version_seen(request)
    if known is not None and known.filed_as == _digest(body) and not faults and not in_hand:
        return _answered(request, known)
    asked = _follows(body.callback)
    written = Written(tuple(dict.fromkeys(body.reasons or ())), clean(body.note), asked)
    hand = hand_of(body, faults)
    if body.done is None and not any(fault.field == "done" for fault in faults):
        faults.append(FieldFault(field="done", message="is required: true to file it, false to keep a draft"))
    done = body.done is True
    named = {fault.field.partition(".")[0] for fault in faults}
    faults += [
        FieldFault(field=fault.where, message=f"{fault.what}: {fault.mend}")
        for fault in faults_of(written, _reasons(request, LineId(row.line)), done=done)
        if fault.where not in named
    ]
    follows = await _request(request, call, asked, faults) if done else None
    if faults:
        raise refuse_all(faults)
    contact = Contact(call, adviser, LineId(row.line), _queue(row), floor.now(), written=written, hand=hand)
    event = ContactWritten(floor.now(), contact, against, done, _digest(body), follows, known)
    change = await commit(floor, event)
    after = change.contacts.get(contact.key) or await floor.contact(call, adviser)
    return _answered(request, after or contact)


async def list_contacts(request: web.Request) -> web.Response:
    """What was filed of a call: the reasons to whoever sees the call, the note to whoever sees whose it is."""
    read_query(request, NoQuery)
    row, holder, floor = await _call(request), request[HOLDER], request.app[FLOOR]
    found = [each for each in await floor.contacts_of(CallId(row.id)) if each.filed_at is not None]
    shown = [each for each in found if holder.reaches("calls:read", each.adviser)]
    if not shown and not holder.reaches("calls:read", holder.of_call(row)):
        raise Refused(404, "There is no such call, or it is no longer kept.")
    read = [each for each in shown if each.written.note is not None and holder.reaches("callers:read", each.adviser)]
    if read:
        own = holder.account.adviser if holder.account is not None else None
        await commit(floor, ContactsLooked(floor.now(), holder.name, tuple(read), own))
    return answer(models.FiledContacts(items=[_filed(each, whole=each in read) for each in shown]))


# -- whose ------------------------------------------------------------------------------------------


def _whose(request: web.Request, named: str | None, row: CallRow) -> AdviserId:
    """Raises Refused 403 for an account that answers no calls, 404 for another's."""
    account = request[HOLDER].account
    if account is None:
        whose = named or row.adviser
        if whose is None:
            raise _not_theirs()
        return AdviserId(whose)
    _refuse_who_answers_no_calls(request)
    if account.adviser is None or named not in (None, account.adviser):
        raise _not_theirs()
    return account.adviser


def _refuse_who_answers_no_calls(request: web.Request) -> None:
    account = request[HOLDER].account
    if account is not None and account.adviser is None:
        raise Refused(403, "Only the adviser of the call writes down what it was about.")


async def _call(request: web.Request) -> CallRow:
    row = await request.app[FLOOR].call(CallId(read_id(request)))
    if row is None:
        raise _not_theirs()
    return row


def _has_in_hand(request: web.Request, call: CallId, adviser: AdviserId) -> bool:
    view = request.app[FLOOR].adviser(adviser)
    if view is None:
        return False
    return call in view.owes or (view.call == call and view.state in ("talking", "wrapping_up"))


def _reasons(request: web.Request, line: LineId) -> tuple[ContactReason, ...]:
    return request.app[FLOOR].rules().contact_reasons.get(line, ())


def _not_theirs() -> Refused:
    return Refused(404, "There is no such call, or it is not theirs to write down.")


def _queue(row: CallRow) -> QueueId | None:
    return QueueId(row.queue) if row.queue is not None else None


def _blank(request: web.Request, row: CallRow, adviser: AdviserId) -> Contact:
    return Contact(CallId(row.id), adviser, LineId(row.line), _queue(row), request.app[FLOOR].now())


# -- what was written -------------------------------------------------------------------------------


def _follows(body: RequestBody | None) -> Asked | None:
    """The callback that shall follow, each field as it was typed; from the adviser, whatever it says."""
    if body is None:
        return None
    texts = body.model_dump(exclude={"wish", "relay", "notice_read", "source"})
    flags = {"relay": _said(body.relay), "notice_read": _said(body.notice_read)}
    return Asked(**texts, **asked_for(body.wish), **flags, source=Source.ADVISER)


def _said(yes: bool | None) -> str | None:
    return None if yes is None else str(yes).lower()


def hand_of(body: models.Handed, faults: list[FieldFault]) -> Hand | None:
    if body.tab is None and body.turn is None:
        return None
    if body.tab is None or not 0 < len(body.tab) <= TAB_MAX or not body.tab.isprintable():
        faults.append(FieldFault(field="tab", message=f"send 1 to {TAB_MAX} signs together with turn, or neither"))
    elif body.turn is None or not 0 <= body.turn < 2**53:
        faults.append(FieldFault(field="turn", message="send a number that grows, together with tab"))
    else:
        return Hand(body.tab, body.turn)
    return None


async def _request(request: web.Request, call: CallId, asked: Asked | None, faults: list[FieldFault]) -> Request | None:
    """The request that it is, on the caller's number where none was typed; else its faults are told with the others."""
    if asked is None:
        return None
    floor = request.app[FLOOR]
    if said(asked.phone) is None:
        asked = replace(asked, phone=(await floor.callers([call])).get(call))
    found = intake.examine(asked, floor.rules(), slots_of(floor), floor.now())
    if isinstance(found, Request):
        return replace(found, call=call)
    wrongs = [replace(each, field=f"callback.{each.field}") for each in found]
    faults[:] = judged(faults, wrongs)
    return None


def _digest(body: models.ContactBody) -> str:
    """Of what it says, whichever tab says it."""
    return sha256(body.model_dump_json(exclude_unset=True, exclude={"tab", "turn"}).encode()).hexdigest()


# -- shown ------------------------------------------------------------------------------------------


def _answered(request: web.Request, contact: Contact) -> web.Response:
    done = contact.filed_at is not None and not _has_in_hand(request, contact.call, contact.adviser)
    drafted = contact.written.asked
    made = models.Contact(
        call=contact.call,
        adviser=contact.adviser,
        line=contact.line,
        version=contact.version,
        choices=[models.ReasonOffered.model_validate(each) for each in _reasons(request, contact.line)],
        reasons=list(contact.written.reasons),
        note=None if done else contact.written.note,
        callback=models.DraftedCallback(**_typed(drafted)) if drafted is not None else None,
        done=done,
        filed_at=contact.filed_at,
        booked=_booked(contact),
    )
    response = answer(made)
    response.headers.update(etag(contact.version))
    return response


def _typed(asked: Asked) -> dict[str, str | None]:
    return {each.name: getattr(asked, each.name) for each in fields(Asked) if each.name in _DRAFTED}


def _booked(contact: Contact) -> models.BookedWith | None:
    if contact.booked is None or contact.reference is None or contact.case is None:
        return None
    return models.BookedWith(id=contact.booked, reference=contact.reference, case=contact.case)


def _filed(contact: Contact, *, whole: bool) -> models.FiledContact:
    assert contact.filed_at is not None
    return models.FiledContact(
        adviser=contact.adviser,
        filed_at=contact.filed_at,
        reasons=list(contact.written.reasons),
        has_note=contact.written.note is not None,
        note=contact.written.note if whole else None,
        booked=_booked(contact),
    )


def labels(contacts: Iterable[Contact]) -> tuple[str, ...]:
    """The reasons of these, each once, in the order in which they were given."""
    return tuple(dict.fromkeys(reason for each in contacts for reason in each.written.reasons))
