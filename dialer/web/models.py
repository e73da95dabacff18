"""The words of the API: every body that is read or written, as pydantic models. They are the schema.

Decides names, types and bounds; OpenAPI is built from here and nowhere else. Must not know the routes nor where the
values come from.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from dialer.core import figures, views, words
from dialer.web.floor import Readiness as FloorReadiness

BODY_MAX = 64 * 1024
"""Bytes of a request's body."""
ESCAPED_MAX = 12
"""Bytes of one character in JSON: a pair of `\\u…` each of six."""
LIMIT_MAX = 200
REASON_MAX = 200
BAD_CURSOR = "was not given out by this list; send `next` of the page before, as it is"

AdviserState = Literal["free", "ringing", "talking", "wrapping_up", "unreachable"]
CallState = Literal["arrived", "in_flow", "waiting", "offered", "talking", "forwarded", "ended"]
Stage = Literal["arrived", "in_flow", "waiting", "offered", "talking", "forwarded"]
WishWord = Literal["ready", "paused", "away"]
Outcome = Literal["answered", "informed", "transferred", "callback", "turned_away", "abandoned", "failed"]
Activity = Literal["phone", "chat", "mail", "meeting", "training", "break", "off"]

_SPACE_FOR_PLUS = re.compile(r"(T[\d:.,]+) (\d\d:?\d\d)$", re.ASCII)


def _instant(value: object) -> datetime:
    """An instant as it is written in a query. A ``+`` that its URL turned into a space is understood."""
    if not isinstance(value, str) or "T" not in value.upper():
        raise ValueError("write an instant with its offset, like 2026-11-21T09:00:00+01:00")
    try:
        at = datetime.fromisoformat(_SPACE_FOR_PLUS.sub(r"\1+\2", value))
    except ValueError:
        raise ValueError("is not an instant; write it like 2026-11-21T09:00:00+01:00") from None
    if at.utcoffset() is None:
        raise ValueError(f"has no offset; write {value}+01:00 for Paris in winter, {value}Z for UTC")
    return at


Instant = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Asked(BaseModel):
    """What somebody sends: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    bytes_max: ClassVar[int] = BODY_MAX
    """Of the body. One with a long text has more: whatever it may hold fits, however it is escaped."""


class Told(BaseModel):
    """What we answer."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True, serialize_by_alias=True)


# -- asked -----------------------------------------------------------------------------------------


class NoQuery(Asked):
    """Nothing may be asked for in the query."""


class WishBody(Asked):
    """`ready` during wrap-up ends it. The reason is shown to supervisors; it is not kept with `ready`."""

    wish: WishWord
    reason: (
        Annotated[
            str,
            StringConstraints(
                strict=True, strip_whitespace=True, min_length=1, max_length=REASON_MAX, pattern=r"^[^\x00-\x1f\x7f]*$"
            ),
        ]
        | None
    ) = None


class HelpBody(Asked):
    """`asked`: whether a supervisor is called for. Asked again, it goes on from when it was first asked."""

    asked: Annotated[bool, Field(strict=True)]


class CallsQuery(Asked):
    """`since`: arrived at this instant or later."""

    line: Identifier | None = None
    queue: Identifier | None = None
    state: CallState | None = None
    outcome: Outcome | None = None
    adviser: Identifier | None = None
    since: Instant | None = None
    limit: int = Field(50, ge=1, le=LIMIT_MAX)
    cursor: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None


class ListQuery(Asked):
    """Short lists come whole: their only page is the first."""

    limit: int = Field(LIMIT_MAX, ge=1, le=LIMIT_MAX)
    cursor: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None


# -- told ------------------------------------------------------------------------------------------


class FieldFault(Told):
    """One fault: where in the body or the query (`field`, dotted; empty for the whole), and how to mend it."""

    field: str
    message: str


class Problem(Told):
    """RFC 9457."""

    type: Literal["about:blank"] = "about:blank"
    title: str
    status: int = Field(ge=400, le=599)
    detail: str | None = None
    errors: list[FieldFault] | None = None
    reference: str | None = None
    """Under which an error of ours is found in the log."""


class Offer(Told):
    """A call that the adviser's phone rings for, or a callback whose card is before them."""

    id: str
    kind: Literal["call", "callback"]
    call: str | None
    callback: str | None
    deadline: AwareDatetime


class Adviser(Told):
    id: str
    name: str
    wish: WishWord
    wish_by: Literal["person", "system"]
    reason: str | None
    state: AdviserState
    state_since: AwareDatetime
    activity: Activity
    skills: dict[str, Annotated[int, Field(ge=1)]]
    """Queue → level, 1 is best."""
    offer: Offer | None
    call: str | None
    """The call they talk in, or wrap up."""
    callback: str | None
    """The callback they dial, talk in or wrap up; or that their caller had been promised."""
    help_since: AwareDatetime | None
    """Since when they call for help."""
    owes: list[str]
    """Calls whose contact is late, the oldest first: until it is filed they cannot be ready."""
    page_open: bool = False
    """Whether somebody has their own page before them now."""


class Guest(Told):
    """Who is brought into a talk; `aside`: with the adviser alone, while the caller is held."""

    kind: Literal["adviser", "number", "structure", "danger"]
    id: str
    """The adviser's, or the name under which the number is kept."""
    name: str
    state: Literal["ringing", "aside", "joined"]
    since: AwareDatetime


class Call(Told):
    id: str
    line: str
    queue: str | None
    state: CallState
    outcome: Outcome | None
    stage: Stage | None
    """The state an ended call ended in."""
    place: Annotated[int, Field(ge=1)] | None
    """Position in the queue, 1 is next; of a waiting call only."""
    arrived_at: AwareDatetime
    answered_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    adviser: str | None
    held: bool
    """The caller hears music in a talk."""
    guest: Guest | None
    """Who is brought into the talk, or the number outside that rings for a caller who was sent on."""
    caller: str | None
    """The number in E.164 with the scope `callers:read`, else masked; None when the caller withheld it."""


class TimelineEntry(BaseModel):
    """One fact of the journal: `at`, `event`, and what belongs to that event."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, str | int | float | None]

    at: AwareDatetime
    event: str
    adviser: str | None = None

    @classmethod
    def of(cls, entry: words.Record) -> Self:
        return cls.model_validate({"at": entry.at, "event": entry.event, "adviser": entry.adviser, **dict(entry.data)})


class PlaceTaken(Told):
    """A place in a queue: since when and until when, and what the caller was last told of their position."""

    queue: str
    since: AwareDatetime
    until: AwareDatetime | None
    announced: int | None


class WhyChosen(Told):
    """Why this adviser: their level for the queue, idle longest of so many candidates of that level."""

    level: int
    idle_s: float
    candidates: int
    waited_s: float


class OfferMade(Told):
    id: str
    adviser: str
    queue: str
    at: AwareDatetime
    why: WhyChosen | None
    """None: a colleague sent the caller on to them."""
    result: Literal["ringing", "answered", "missed", "withdrawn"]
    cause: str | None
    """Why it was missed."""
    until: AwareDatetime | None


class CallDetail(Call):
    timeline: list[TimelineEntry]
    places: list[PlaceTaken]
    offers: list[OfferMade]


class Line(Told):
    id: str
    name: str
    shown: str
    """The number as people read it."""
    open: bool
    why_closed: str | None
    """`night`, `break`, `weekend`, `unopened`, or the name of the holiday or exception."""
    closes_at: AwareDatetime | None
    opens_at: AwareDatetime | None


class Queue(Told):
    id: str
    name: str
    waiting: int
    head_since: AwareDatetime | None
    """When the caller who is next entered the queue."""
    ready: int
    """Advisers who could be offered a caller of this queue now."""
    on_phone: int
    """Advisers on a phone shift who have the skill."""


class OpenCall(Told):
    """A call that has not ended, as the live snapshot shows it."""

    id: str
    line: str
    queue: str | None
    state: CallState
    outcome: Outcome | None
    stage: Stage | None
    place: Annotated[int, Field(ge=1)] | None
    arrived_at: AwareDatetime
    answered_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    adviser: str | None
    held: bool
    guest: Guest | None
    node: str | None
    """Where in the flow, of a call that hears it."""


Rate = Annotated[float, Field(ge=0)] | None


class Tally(Told):
    received: int
    asked: int
    """Asked for an adviser: were in a queue."""
    answered: int
    abandoned: int
    short_abandoned: int
    """Abandoned sooner than 5 s."""
    outcomes: dict[str, int]
    answered_rate: Rate
    """answered ÷ asked."""
    market_answer_rate: Rate
    """answered ÷ received."""
    abandon_rate: Rate
    """abandoned ÷ asked."""
    service_level: Rate
    """Answered in time ÷ answered."""
    service_level_offered: Rate
    """Answered or abandoned in time ÷ asked."""
    mean_wait_s: float | None
    waited_s_max: float
    mean_talk_s: float | None
    reasons: dict[str, int]
    """Contacts by the reason that the adviser gave; one may have several."""


class Figures(Told):
    """Of today, in Paris. `answered_within_s`: the limit of the service level, by queue."""

    total: Tally
    lines: dict[str, Tally]
    queues: dict[str, Tally]
    answered_within_s: dict[str, float]

    @classmethod
    def of(cls, today: figures.Figures, within: dict[str, float]) -> Self:
        def tallies(found: dict[Any, figures.Tally]) -> dict[str, Tally]:
            return {key: Tally.model_validate(tally) for key, tally in found.items()}

        return cls(
            total=Tally.model_validate(today.total),
            lines=tallies(dict(today.lines)),
            queues=tallies(dict(today.queues)),
            answered_within_s=within,
        )


class Desk(Told):
    at: AwareDatetime
    clock_shift_s: float | None
    link_up: bool
    lines: list[Line]
    queues: list[Queue]
    advisers: list[Adviser]
    calls: list[OpenCall]
    figures: Figures

    @classmethod
    def of(cls, view: views.DeskView, shift_s: float | None, today: Figures) -> Self:
        return cls(
            at=view.at,
            clock_shift_s=shift_s,
            link_up=view.link_up,
            lines=[Line.model_validate(line) for line in view.lines],
            queues=[Queue.model_validate(queue) for queue in view.queues],
            advisers=[Adviser.model_validate(adviser) for adviser in view.advisers],
            calls=[OpenCall.model_validate(call) for call in view.calls],
            figures=today,
        )


Item = TypeVar("Item", bound=BaseModel)


class Page(Told, Generic[Item]):
    """Continued by `?cursor=` with `next`; None at the end."""

    items: list[Item]
    next: str | None


class Alive(Told):
    """The process lives."""

    status: Literal["alive"] = "alive"


class Clock(Told):
    now: AwareDatetime
    shift_s: float | None
    """How far the service's clock is ahead of the true one; None when it is the true one."""


class Readiness(Told):
    ready: bool
    asterisk: Literal["up", "down"]
    database: Literal["up", "down"]
    configuration: str
    clock: Clock
    reasons: list[str]

    @classmethod
    def of(cls, found: FloorReadiness, now: datetime, shift_s: float | None) -> Self:
        return cls(
            ready=found.ready,
            asterisk="up" if found.asterisk else "down",
            database="up" if found.database else "down",
            configuration=found.configuration,
            clock=Clock(now=now, shift_s=shift_s),
            reasons=list(found.reasons),
        )
