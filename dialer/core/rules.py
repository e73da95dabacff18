"""The rules the desk follows: what an operator configured, as values that are whole and checked.

Decides nothing; `dialer.configuration` makes them from files and refuses bad ones. Must not know where they came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dialer.core.callbacks.compliance import CallingRules
from dialer.core.callbacks.rules import CallbackRules, SlotRules
from dialer.core.cases.escalation import EscalationRules
from dialer.core.cases.responsible import Officer, OfficerId
from dialer.core.cases.retention import RetentionRules
from dialer.core.contacts.reason import ContactReason
from dialer.core.words import E164, AdviserId, LineId, QueueId, ShortNumber
from ivr.flow import Flow
from schedules.hours import Hours
from schedules.shifts import Shifts


@dataclass(frozen=True, slots=True)
class LineRules:
    """A published number with its hours and its flow."""

    id: LineId
    name: str
    number: E164
    shown: str
    hours: Hours
    flow: Flow
    callback_queue: QueueId | None = None
    """Whose advisers call back those who asked on this line; None: it takes no requests for callbacks."""
    caller_id: E164 | None = None
    """The number shown when somebody is called back; None: the line's own. It must lead back to us."""


@dataclass(frozen=True, slots=True)
class QueueRules:
    """How callers wait in one queue and who may be offered them, when."""

    id: QueueId
    name: str
    music: str = "default"
    ring_max_s: float = 20.0
    """How long an adviser's phone rings before the caller returns to their place."""
    overflow_after_s: tuple[float, ...] = (20.0,)
    """Seconds of waiting after which level 2, 3, … are offered the caller too."""
    wrap_up_max_s: float = 120.0
    """0: no wrap-up at all."""
    wrap_up_then_ready: bool = False
    """At the limit the wish becomes paused ("fiche à finir"), unless this says otherwise."""
    contact_required: bool = False
    """Whether the contact of a call is to be filed before its adviser is ready again."""
    size_max: int = 50
    wait_max_s: float = 1800.0
    announce_first_s: float = 15.0
    announce_every_s: float = 60.0
    misses_max: int = 2
    """Offers missed in a row after which the system pauses the adviser."""
    answered_within_s: float = 20.0
    """The Y of the service level X/Y."""
    callback_share: float = 0.25
    """The share of the advisers on phone that is reserved for callbacks (one at least, while somebody is): as many may
    be in flight, and as much of a slot may be promised."""
    callback_handling_s: float = 900.0
    """Mean time that one callback keeps an adviser, wrap-up included: 8 to 10 minutes of talk (domain notes)."""


@dataclass(frozen=True, slots=True)
class AdviserRules:
    """Who an adviser is and what they can answer: queue → level, 1 is best."""

    id: AdviserId
    name: str
    skills: Mapping[QueueId, int]


@dataclass(frozen=True, slots=True)
class DangerTarget:
    """Who is brought into a talk by the danger key: a number that helps, or the first supervisor who is free.

    ``number``: None when it is ``supervisors``, advisers' ids in the order in which they are asked.
    """

    id: str
    name: str
    number: E164 | ShortNumber | None = None
    supervisors: tuple[AdviserId, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """One whole configuration. ``version`` is a hash of its content."""

    version: str
    lines: Mapping[LineId, LineRules]
    queues: Mapping[QueueId, QueueRules]
    advisers: Mapping[AdviserId, AdviserRules]
    shifts: Shifts
    numbers: Mapping[str, E164] = field(default_factory=dict)
    """Outside numbers a flow may transfer to, and an adviser may ring, by name."""
    danger: Mapping[str, DangerTarget] = field(default_factory=dict)
    """In the order in which they are shown."""
    hooks: frozenset[str] = frozenset()
    answer_max_s: float = 10.0
    """How long an arrived call may take to be picked up."""
    callbacks: CallbackRules = field(default_factory=CallbackRules)
    calling: CallingRules = field(default_factory=CallingRules)
    slots: SlotRules = field(default_factory=SlotRules)
    officers: Mapping[OfficerId, Officer] = field(default_factory=dict)
    escalation: EscalationRules = field(default_factory=EscalationRules)
    retention: RetentionRules = field(default_factory=RetentionRules)
    contact_reasons: Mapping[LineId, tuple[ContactReason, ...]] = field(default_factory=dict)
    """Why people call on each line, as advisers say it; of a line that is not there nobody is asked."""
