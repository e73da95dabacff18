"""The contacts in memory: every draft, and what was filed of late.

Decides who may write a contact (whoever has its call in hand, or wrote it before; of a callback only whoever has it
before them), what is made in the same change as one that is filed, when the draft of an outcome is over, and what is
told of a contact: which reasons, and whether there is a note, never what it says. Must not know the lists of reasons,
nor the database: a contact that was filed long ago comes with the event, as it was stored, and counts only where none
is here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dialer.core import events as ev
from dialer.core.adviser import ContactFiled, Talking, has_in_hand
from dialer.core.callbacks.book import Book
from dialer.core.callbacks.promises import Promises
from dialer.core.callbacks.request import Booking
from dialer.core.callbacks.states import (
    Callback,
    Closed,
    Joined,
    Requested,
    Resting,
    Unsettled,
    callback_of,
    holder,
    visit,
)
from dialer.core.callbacks.talking import WithGuest
from dialer.core.callbacks.told import OutcomeGiven
from dialer.core.change import Change
from dialer.core.contacts.contact import Contact, ContactKey, Written, file, settled, write
from dialer.core.team import Team
from dialer.core.words import AdviserId, CallId, record

FILED_KEPT_MAX = 2000
"""What makes sure that of two who file the same at once the second is told: both were read before either was stored."""

ContactEvent = ev.ContactWritten | ev.ContactsLooked | ev.NotesOver


def is_before(callback: Callback, adviser: AdviserId) -> bool:
    """Whether they have it before them, and what came of it is theirs to say."""
    match callback.state:
        case Joined(adviser=who) | Unsettled(adviser=who) | WithGuest(adviser=who):
            return who == adviser
    return holder(callback) == adviser


class Contacts:
    def __init__(self, book: Book, promises: Promises, team: Team, drafts: Iterable[Contact]) -> None:
        self._book = book
        self._promises = promises
        self._team = team
        self._drafts: dict[ContactKey, Contact] = {each.key: each for each in drafts}
        self._filed: dict[ContactKey, Contact] = {}

    def find(self, call: CallId, adviser: AdviserId) -> Contact | None:
        """The draft, or what was filed of late."""
        return self._drafts.get((call, adviser)) or self._filed.get((call, adviser))

    def drafts_of(self, adviser: AdviserId) -> tuple[Contact, ...]:
        """What they have begun of calls and not filed, the one that was written last at the end."""
        theirs = (each for each in self._drafts.values() if each.adviser == adviser)
        found = (each for each in theirs if callback_of(each.call) is None)
        return tuple(sorted(found, key=lambda each: (each.changed_at, each.call)))

    def tell(self, event: ContactEvent, change: Change) -> None:
        match event:
            case ev.ContactWritten():
                change.refused = self._written(event, change)
            case ev.ContactsLooked():
                looked = (each for each in event.contacts if each.adviser != event.own)
                change.records += [
                    record(event.at, "contact_looked", each.call, each.adviser, by=event.by) for each in looked
                ]
            case ev.NotesOver():
                self._notes_over(event, change)

    def follow(self, event: ev.Event, change: Change) -> None:
        """The drafts of outcomes that were given, or are no longer asked for, are over; of a case that is retired
        nothing is left here."""
        over = {
            visit(each)
            for each in change.callbacks.values()
            if isinstance(each.state, Closed | Requested | Resting)  # back in its place in the queue, it stays
        }
        if isinstance(event, ev.CallbackTold) and isinstance(event.told, OutcomeGiven) and change.refused is None:
            over.add(CallId(event.callback))
        for draft in [each for each in self._drafts.values() if each.call in over] if over else ():
            self._keep(settled(draft, change.at), change)
        retired = {each.case for each in change.retired}
        for kept in (self._drafts, self._filed) if retired else ():
            for key in [key for key, each in kept.items() if each.case in retired]:
                del kept[key]

    def _has_in_hand(self, key: ContactKey) -> bool:
        call, who = key
        adviser = self._team.advisers.get(who)
        if adviser is None:
            return False
        if callback_of(call) is None:
            return has_in_hand(adviser, call)
        callback = self._book.of_visit(call)
        return callback is not None and is_before(callback, who)

    def _written(self, event: ev.ContactWritten, change: Change) -> str | None:
        """Keep it; or why not, and nothing is changed."""
        adviser = self._team.advisers.get(event.contact.adviser)
        in_hand = self._has_in_hand(event.contact.key)
        known = self.find(*event.contact.key) or event.stored
        if not in_hand and (known is None or callback_of(event.contact.call) is not None):
            return "contact_unknown"
        contact = known or replace(event.contact, version=0, written=Written(), hand=None)
        if contact.filed_at is not None and not in_hand:  # who has the call in hand once more writes on
            return None if event.done and contact.filed_as == event.body else "contact_filed"
        if event.done and adviser is not None and adviser.state == Talking(contact.call):
            return "contact_talking"
        wanted = write(contact, event.against, event.at, event.contact.written, event.contact.hand, done=event.done)
        if isinstance(wanted, str):
            return wanted
        if event.done:
            return self._file(wanted, event, change)
        if wanted != contact:
            self._keep(wanted, change)
        return None

    def _file(self, contact: Contact, event: ev.ContactWritten, change: Change) -> str | None:
        booking: Booking | None = None
        if event.request is not None:
            if not self._book.has_room((event.request,), event.at):
                return "slot_taken"
            booking = self._promises.ask(event.request, event.at, None, change).booking
        filed = file(contact, event.at, event.body, booking)
        adviser = self._team.advisers.get(filed.adviser)
        late = adviser is not None and filed.call in adviser.owes
        self._keep(filed, change)
        change.records.append(
            record(
                event.at, "contact_filed", filed.call, filed.adviser, line=filed.line, queue=filed.queue,
                reasons=" ".join(filed.written.reasons), note=int(filed.written.note is not None),
                callback=booking.id if booking is not None else None, late=int(late),
            )
        )  # fmt: skip
        self._team.tell(filed.adviser, ContactFiled(event.at, filed.call), change)
        return None

    def _notes_over(self, event: ev.NotesOver, change: Change) -> None:
        """Notes that have been kept for as long as was said; and drafts of that age, which nobody will file."""
        for key, draft in list(self._drafts.items()):
            if draft.changed_at < event.before:
                del self._drafts[key]
        for key, filed in list(self._filed.items()):
            if filed.filed_at is not None and filed.filed_at < event.before:
                del self._filed[key]
        change.notes_before = event.before
        change.records.append(record(event.at, "notes_over", before=event.before.isoformat()))

    def _keep(self, contact: Contact, change: Change) -> None:
        change.contacts[contact.key] = contact
        self._drafts.pop(contact.key, None)
        self._filed.pop(contact.key, None)
        if contact.filed_at is None:
            self._drafts[contact.key] = contact
            return
        self._filed[contact.key] = contact
        if len(self._filed) > FILED_KEPT_MAX:
            del self._filed[next(iter(self._filed))]
