"""The words of the API about contacts: what an adviser writes down of a call, and what is shown of it.

Decides names and types as the description tells them. Whether what was written is whole, the core judges
(`contacts.contact`; of a callback `intake`), so that every fault of a body is told at once. Must not know the routes.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field, StrictBool, StrictInt, StrictStr, WithJsonSchema

from dialer.core.contacts.contact import NOTE_MAX, OUTCOME_FIELD_MAX, OUTCOME_FIELDS_MAX, REASONS_MAX
from dialer.web.callback_models import RequestBody, required
from dialer.web.models import BODY_MAX, ESCAPED_MAX, Asked, Identifier, Told

_FIELDS = {
    "type": "object",
    "maxProperties": OUTCOME_FIELDS_MAX,
    "additionalProperties": {"type": "string", "maxLength": OUTCOME_FIELD_MAX},
}
_REASONS = {"type": "array", "items": {"type": "string"}, "maxItems": REASONS_MAX, "uniqueItems": True}


class Handed(Asked):
    """What a page keeps while somebody types in it."""

    tab: Annotated[StrictStr | None, WithJsonSchema({"type": "string", "maxLength": 64})] = None
    """Which tab writes. What the same one writes later is never stale, whatever the answer that it has not read yet."""
    turn: Annotated[StrictInt | None, WithJsonSchema({"type": "integer", "minimum": 0})] = None
    """How many times that tab has written by now."""


class ContactBody(Handed):
    """`done`: it is filed; else it is kept as a draft, which may lack anything."""

    model_config = ConfigDict(json_schema_extra=required("done"))
    bytes_max = BODY_MAX + NOTE_MAX * ESCAPED_MAX

    reasons: Annotated[list[StrictStr] | None, WithJsonSchema(_REASONS)] = None
    """1 to 5 of the line's, by their ids."""
    note: Annotated[StrictStr | None, WithJsonSchema({"type": "string", "maxLength": NOTE_MAX})] = None
    """Kept as it is, but for control characters."""
    callback: RequestBody | None = None
    """What shall follow: a callback, or a case (`rtf`). Booked with the contact, or nothing is done. The number is the
    caller's where none is sent; `source` is the adviser."""
    done: StrictBool | None = None
    adviser: Annotated[StrictStr | None, WithJsonSchema({"type": "string"})] = None
    """Whose contact it is, of a program alone; who had the call last where it is not said."""


class WhoseContact(Asked):
    """`adviser`: whose contact, of a program alone; who had the call last where it is not said."""

    adviser: Identifier | None = None


class BookedWith(Told):
    """The callback that was asked for with a contact."""

    id: str
    reference: str
    """Eight digits, to be read out."""
    case: str


class DraftedCallback(Told):
    """What was typed of a callback that is not asked for yet, unjudged."""

    kind: str | None
    line: str | None
    phone: str | None
    first_name: str | None
    name: str | None
    postcode: str | None
    birth_date: str | None
    asked_by: str | None
    situation: str | None
    wish: str | None
    start: str | None
    end: str | None
    language: str | None
    relay: str | None
    notice_read: str | None
    note: str | None


class ReasonOffered(Told):
    id: str
    label: str
    """In French."""


class Contact(Told):
    """What an adviser has before them of a call. Its ETag is its version."""

    call: str
    adviser: str
    line: str
    version: Annotated[int, Field(ge=0)]
    """0: nothing is written yet."""
    choices: list[ReasonOffered]
    """The reasons of its line, of which 1 to 5 are given; none where the line has none."""
    reasons: list[str]
    note: str | None
    """Of a draft; of one that is filed it is shown no more, but in `contacts`."""
    callback: DraftedCallback | None
    done: bool
    filed_at: AwareDatetime | None
    booked: BookedWith | None


class FiledContact(Told):
    """What was filed of a call."""

    adviser: str
    filed_at: AwareDatetime
    reasons: list[str]
    has_note: bool
    """Whether there is one, and it is still kept."""
    note: str | None
    """With `callers:read`; that somebody reads it is in the journal."""
    booked: BookedWith | None


class FiledContacts(Told):
    items: list[FiledContact]


class OutcomeDraftBody(Handed):
    """The form of an outcome as it is now, unjudged."""

    model_config = ConfigDict(json_schema_extra=required("fields"))
    bytes_max = BODY_MAX + OUTCOME_FIELDS_MAX * OUTCOME_FIELD_MAX * ESCAPED_MAX

    fields: Annotated[dict[StrictStr, StrictStr] | None, WithJsonSchema(_FIELDS)] = None
    """By their names on the page; what is empty is not kept."""


class OutcomeDraft(Told):
    """What an adviser has begun to say of a callback. Its ETag is its version."""

    callback: str
    adviser: str
    version: Annotated[int, Field(ge=0)]
    """0: nothing is written yet. It grows for ever: what was written before an outcome is stale after it."""
    fields: dict[str, str]
