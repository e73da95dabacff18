"""The words of the API about callbacks: every body that is read or written, as pydantic models. They are the schema.

Decides names, types and bounds as the description tells them. The values of a request are judged by `core.intake`, of a
report by `core.outcomes`: here only their types are, so that every fault of a body is told at once. Must not know the
routes.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StrictBool, StrictStr, StringConstraints, WithJsonSchema

from dialer.core.callbacks.intake import NAME_MAX, NOTE_MAX, SITUATION_MAX, WishKind
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.outcomes import CallbackOutcome, Helpline, OutOfScope, Structure
from dialer.core.callbacks.request import AskedBy, Source
from dialer.core.cases.case import Flag, Kind
from dialer.core.places.territory import Territory
from dialer.core.reasons import Reason
from dialer.web.models import LIMIT_MAX, Adviser, Asked, Identifier, Instant, Offer, TimelineEntry, Told
from schedules.windows import Window

State = Literal["requested", "due", "offered", "dialling", "talking", "resting", "closed"]
"""Its stage. More is in `state_detail` and in the timeline."""


def enum_of(words: type[StrEnum]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": [str(word) for word in words]})


def _text(**schema: object) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **schema})


def required(*names: str) -> Callable[[dict[str, Any]], None]:
    """The judge asks for these; the description must say so too. The others may be left out."""

    def told(schema: dict[str, Any]) -> None:
        schema["required"] = list(names)
        for prop in schema["properties"].values():
            prop.pop("default", None)

    return told


Text = StrictStr | None
AnInstant = Annotated[Text, _text(format="date-time")]


# -- asked -----------------------------------------------------------------------------------------


class Wish(Asked):
    """`asap`, or a `window` with its start and end: one of the free slots, unless an adviser chose it."""

    model_config = ConfigDict(json_schema_extra=required("kind"))

    kind: Annotated[Text, enum_of(WishKind)] = None
    start: AnInstant = None
    end: AnInstant = None


class RequestBody(Asked):
    """A request to be called back. `first_name` and `birth_date` are required for the kind `rtf`."""

    model_config = ConfigDict(json_schema_extra=required("phone", "asked_by", "wish", "source", "notice_read"))

    kind: Annotated[Text, enum_of(Kind)] = None
    """`rtf` when it is left out."""
    line: Annotated[Text, _text()] = None
    """On which line it was asked; each kind has one of its own."""
    phone: Annotated[Text, _text()] = None
    """As it was typed; overseas numbers may be written nationally."""
    first_name: Annotated[Text, _text(maxLength=NAME_MAX)] = None
    name: Annotated[Text, _text(maxLength=NAME_MAX)] = None
    postcode: Annotated[Text, _text(pattern="^[0-9]{5}$")] = None
    birth_date: Annotated[Text, _text(format="date")] = None
    asked_by: Annotated[Text, enum_of(AskedBy)] = None
    situation: Annotated[Text, _text(maxLength=SITUATION_MAX)] = None
    wish: Wish | None = None
    language: Annotated[Text, _text(pattern="^[A-Za-z]{2}$")] = None
    """`fr` when it is left out."""
    relay: StrictBool | None = None
    """Needs the telephone relay for deaf and hard-of-hearing people."""
    source: Annotated[Text, enum_of(Source)] = None
    notice_read: Annotated[StrictBool | None, WithJsonSchema({"const": True})] = None
    """The person has read the notice on their data."""
    note: Annotated[Text, _text(maxLength=NOTE_MAX)] = None


class RescheduleBody(Asked):
    """Another wish, and another number where that is what was wrong."""

    model_config = ConfigDict(json_schema_extra=required("wish"))

    wish: Wish | None = None
    phone: Annotated[Text, _text()] = None


class WindowAsked(Asked):
    model_config = ConfigDict(json_schema_extra=required("start", "end"))

    start: AnInstant = None
    end: AnInstant = None


class OutcomeBody(Asked):
    """What came of it. A_RAPPELER needs a `window`, ORIENTE a `structure`, RDV_FIXE the `date` of the appointment.

    `place`: a structure of the directory, by its id; its kind need not be said then. `phone`: another number, as it was
    typed, for who is to be called there from now on, in the `window` or as soon as possible.
    """

    model_config = ConfigDict(json_schema_extra=required("outcome"))

    outcome: Annotated[Text, enum_of(CallbackOutcome)] = None
    window: WindowAsked | None = None
    structure: Annotated[Text, enum_of(Structure)] = None
    date: AnInstant = None
    out_of_scope: Annotated[Text, enum_of(OutOfScope)] = None
    helpline: Annotated[Text, enum_of(Helpline)] = None
    place: Annotated[Text, _text()] = None
    phone: Annotated[Text, _text()] = None


class OfferBody(Asked):
    """`accept` rings the adviser's phone, `dial` calls the person (and accepts first), `refuse` gives the card back."""

    action: Literal["accept", "refuse", "dial"]


class CallbacksQuery(Asked):
    """`since`: requested at this instant or later. `late_before`: open, with a legal deadline before this instant.

    `reference`: the one request that was given it, blanks allowed; the others are not looked at then.
    """

    reference: Annotated[str, StringConstraints(min_length=1, max_length=20)] | None = None
    line: Identifier | None = None
    queue: Identifier | None = None
    state: State | None = None
    outcome: CallbackOutcome | None = None
    kind: Kind | None = None
    since: Instant | None = None
    late_before: Instant | None = None
    adviser: Identifier | None = None
    """Who has it in hand or has to settle it; once closed, who dialled it last."""
    limit: int = Field(50, ge=1, le=LIMIT_MAX)
    cursor: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None


class SlotsQuery(Asked):
    """For whom: the number says where they live, with the postcode where it leaves a doubt."""

    model_config = ConfigDict(json_schema_extra=required("line", "phone"))

    line: Annotated[Text, _text()] = None
    phone: Annotated[Text, _text()] = None
    postcode: Annotated[Text, _text(pattern="^[0-9]{5}$")] = None


# -- told ------------------------------------------------------------------------------------------


class Span(Told):
    start: AwareDatetime
    end: AwareDatetime


class Booked(Told):
    """What was made of a request. `id` is that of the open callback it joined, if there was one."""

    id: str
    reference: str
    """Eight digits, to be read out; never given again."""
    case: str
    state: State
    flags: list[Flag]
    tell: list[str]
    """What to tell the person of each flag, in French."""
    due_at: AwareDatetime
    """When it enters the queue."""
    legal_deadline_at: AwareDatetime | None
    promised: Span | None
    """The window; None: as soon as possible."""


class FreeSlot(Span):
    label: str
    """As one says it, on the clock where the person lives, in French."""
    local_start: AwareDatetime | None
    """On that clock, where it is not that of Paris."""
    local_end: AwareDatetime | None


class Attempt(Told):
    number: int
    leg: str
    at: AwareDatetime
    adviser: str
    cause: AttemptCause | None
    """None: under way."""
    ended_at: AwareDatetime | None
    outcome: CallbackOutcome | None


class Gate(Told):
    """What the gate answered when it was last asked whether this number may be dialled."""

    at: AwareDatetime
    allowed: bool
    reason: Reason | None
    sentence: str | None
    """Why not, in French."""
    until: AwareDatetime | None


class Callback(Told):
    id: str
    reference: str
    case: str
    kind: Kind | None
    line: str
    queue: str
    state: State
    outcome: CallbackOutcome | None
    requested_at: AwareDatetime
    due_at: AwareDatetime | None
    """When it enters the queue, or entered it; None once it is closed."""
    promised: Span | None
    legal_deadline_at: AwareDatetime | None
    adviser: str | None
    """Who has it in hand, or had it last."""
    phone: str | None
    """In E.164 with the scope `callers:read`, else masked; None when it is no longer kept."""
    closed_at: AwareDatetime | None


class CallbackDetail(Callback):
    state_detail: str
    """The state of the machine, of which `state` is the stage."""
    attempts: list[Attempt]
    gate: Gate | None
    timeline: list[TimelineEntry]


class CardAttempt(Told):
    number: int
    at: AwareDatetime
    cause: AttemptCause | None


class Card(Told):
    """What the adviser reads before they dial. The first fields are the person's: None without `callers:read`."""

    first_name: str | None = None
    name: str | None = None
    phone: str | None = None
    """As French people write it."""
    asked_by: AskedBy | None = None
    situation: str | None = None
    note: str | None = None
    language: str | None = None
    relay: bool | None = None
    postcode: str | None = None
    age: int | None = None
    flags: list[Flag] | None = None
    kind: Kind | None
    requested_at: AwareDatetime
    source: Source | None
    """By which way in it was asked last."""
    territory: Territory
    local_time: AwareDatetime
    """What the clock shows where they live."""
    promised: Span | None
    legal_deadline_at: AwareDatetime | None
    attempts: list[CardAttempt]


class OfferDetail(Offer):
    card: Card | None
    """Of a callback."""


class AdviserDetail(Adviser):
    offer: OfferDetail | None
    """It stays while they read: with the phone up, until they dial."""
    card: Card | None
    """Of the callback they have in hand, once nothing is offered any more."""


def span(window: Window | None) -> Span | None:
    return Span(start=window.start_at, end=window.end_at) if window is not None else None
