"""The floor: all that the web may ask of the running service, and nothing more.

Decides the words between the two; the runner is a Floor, the tests bring their own over a real desk. Must not know how
the service holds, stores or learns any of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from dialer.core.callbacks.prospect import Prospect
from dialer.core.callbacks.request import Answered, Intake
from dialer.core.callbacks.slots import Slot
from dialer.core.callbacks.states import Callback, CallbackId, CaseId
from dialer.core.change import Change
from dialer.core.contacts.contact import Contact
from dialer.core.events import Event
from dialer.core.figures import Figures
from dialer.core.numbers import Parsed
from dialer.core.rules import QueueRules, Rules
from dialer.core.talk_views import TransferTargets
from dialer.core.views import AdviserView, CallbackBoard, CallbackFilter, CallFilter, CallView, DeskView, LineView
from dialer.core.words import E164, AdviserId, CallId, LineId, QueueId, Record
from dialer.web.access_floor import AccessFloor
from dialer.web.case_floor import CaseFloor
from dialer.web.changes import Changes
from schedules.windows import Window

Mode = Literal["demo", "development", "production"]


class CallRow(Protocol):
    """One call as it is stored: committed, so it may be a moment behind the live desk."""

    @property
    def id(self) -> str: ...
    @property
    def line(self) -> str: ...
    @property
    def queue(self) -> str | None: ...
    @property
    def state(self) -> str: ...
    @property
    def outcome(self) -> str | None: ...
    @property
    def stage(self) -> str | None: ...
    @property
    def arrived_at(self) -> datetime: ...
    @property
    def answered_at(self) -> datetime | None: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def adviser(self) -> str | None: ...


class CallPage(Protocol):
    """Some calls, newest arrival first, and the cursor of those after them; None at the end."""

    @property
    def items(self) -> Sequence[CallRow]: ...
    @property
    def next(self) -> str | None: ...


class AttemptRow(Protocol):
    """One dialling of a callback; ``cause`` None: under way, or its fate is not settled."""

    @property
    def number(self) -> int: ...
    @property
    def leg(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def adviser(self) -> str: ...
    @property
    def cause(self) -> str | None: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def outcome(self) -> str | None: ...


class CallbackRow(Protocol):
    """One callback as it is stored, open or closed. ``phone`` None: no longer kept."""

    @property
    def id(self) -> str: ...
    @property
    def case(self) -> str: ...
    @property
    def line(self) -> str: ...
    @property
    def queue(self) -> str: ...
    @property
    def kind(self) -> str | None: ...
    @property
    def state(self) -> str: ...
    @property
    def outcome(self) -> str | None: ...
    @property
    def requested_at(self) -> datetime: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def promised(self) -> Window | None: ...
    @property
    def legal_deadline_at(self) -> datetime | None: ...
    @property
    def adviser(self) -> str | None: ...
    @property
    def phone(self) -> str | None: ...
    @property
    def closed_at(self) -> datetime | None: ...
    @property
    def attempts(self) -> Sequence[AttemptRow]:
        """In their order; of a row of a page there may be none."""


class CallbackPage(Protocol):
    """Some callbacks, the newest request first, and the cursor of those after them; None at the end."""

    @property
    def items(self) -> Sequence[CallbackRow]: ...
    @property
    def next(self) -> str | None: ...


class PastVisit(Protocol):
    """A call that came from a number, or a callback that was promised to it; ``at``: when it came, or was asked for.
    ``answered_at``: of a call that an adviser answered; ``reasons``: the ids of those that were filed of it."""

    @property
    def kind(self) -> Literal["call", "callback"]: ...
    @property
    def id(self) -> str: ...
    @property
    def line(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def state(self) -> str: ...
    @property
    def outcome(self) -> str | None: ...
    @property
    def answered_at(self) -> datetime | None: ...
    @property
    def adviser(self) -> str | None: ...
    @property
    def reasons(self) -> Sequence[str]: ...


class Token(Protocol):
    """An API token that was recognised. ``name`` is for our log; ``scopes`` may hold ones that we do not know."""

    @property
    def name(self) -> str: ...
    @property
    def scopes(self) -> frozenset[str]: ...
    @property
    def academie(self) -> str | None:
        """Sees this one alone; None: all (`visibility.viewer_of`)."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether calls can be served now. ``reasons``: in English, one clear sentence each; none when ready."""

    asterisk: bool
    """The ARI link is up and reconciled."""
    database: bool
    """The last commit succeeded."""
    configuration: str
    """Version of the rules in force."""
    reasons: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        return self.asterisk and self.database and not self.reasons


class Floor(CaseFloor, Protocol):
    """The running service. Only the ``async`` questions may wait; the others answer from memory, at once."""

    @property
    def mode(self) -> Mode: ...

    @property
    def access(self) -> AccessFloor | None:
        """Accounts and sessions. None: there are none, and who asks has a token."""

    @property
    def clock_shift(self) -> timedelta | None:
        """How far the service's clock is ahead of the true one (behind: negative); None when it is the true one."""

    @property
    def changes(self) -> Changes:
        """Told once after every group of changes: when they are committed, or could not be."""

    def now(self) -> datetime:
        """The service's clock, aware, in UTC."""

    def ready(self) -> Readiness: ...

    def metrics(self) -> bytes:
        """The metrics in Prometheus' text format."""

    def desk(self) -> DeskView: ...

    def adviser(self, adviser: AdviserId) -> AdviserView | None: ...

    def lines(self) -> Sequence[LineView]: ...

    def open_call(self, call: CallId) -> CallView | None:
        """A call that has not ended, as it is this instant."""

    def transfer_targets(self, adviser: AdviserId) -> TransferTargets:
        """Whom they may ask into a talk or send a caller on to, as it is this instant."""

    def figures(self) -> Figures:
        """Of today, in Paris."""

    def queues(self) -> Mapping[QueueId, QueueRules]:
        """The queues of the rules in force."""

    def rules(self) -> Rules:
        """The rules in force."""

    @property
    def link_key(self) -> bytes:
        """By which the secret links of requests are sealed."""

    def open_callback(self, callback: CallbackId) -> Callback | None:
        """A callback that is not closed, as it is this instant."""

    def callbacks_on(self, number: E164) -> Sequence[Callback]:
        """The callbacks of a number that are not closed, as they are this instant."""

    def to_settle(self, adviser: AdviserId) -> CallbackId | None:
        """The callback whose talk they had, and of which they have not said what came."""

    async def prospect(self) -> Prospect:
        """What becomes of the open cases at today's pace."""

    def callback_board(self) -> CallbackBoard:
        """The promises at one glance, as they are this instant."""

    def slots(self, line: LineId, phone: Parsed, postcode: str | None) -> Sequence[Slot]:
        """The windows that can be promised now to somebody with this number, the next one first."""

    async def submit(self, event: Event) -> Change:
        """Hand an event to the loop; what came of it, when that is committed.

        The web gives up waiting after some seconds by cancelling: the event is not taken back by that.
        """

    async def calls_page(self, wanted: CallFilter, limit: int, cursor: str | None) -> CallPage:
        """Stored calls. Raises BadCursor."""

    async def call(self, call: CallId) -> CallRow | None: ...

    async def callers(self, calls: Sequence[str]) -> Mapping[str, E164]:
        """The callers' numbers of these calls, whole; without those that were masked or are no longer kept."""

    async def timeline(self, call: CallId) -> Sequence[Record]:
        """The journal of one call, in the order it was written."""

    async def callbacks_page(self, wanted: CallbackFilter, limit: int, cursor: str | None) -> CallbackPage:
        """Stored callbacks. Raises BadCursor."""

    async def callback(self, callback: CallbackId) -> CallbackRow | None: ...

    async def intakes_of(self, callback: CallbackId) -> Sequence[Intake]:
        """What was asked of us that this callback answers, the newest first: personal data."""

    async def history_of(self, number: E164) -> Sequence[PastVisit]:
        """The last calls and callbacks of a number, the newest first, those under way too: personal data."""

    async def by_reference(self, reference: str) -> CallbackId | None: ...

    async def answered(self, key: str) -> Answered | None:
        """What was answered to an Idempotency-Key, by its SHA-256 in hex."""

    async def contact(self, call: CallId, adviser: AdviserId) -> Contact | None:
        """What they wrote down of a call, as it is this instant: personal data."""

    def drafts_of(self, adviser: AdviserId) -> Sequence[Contact]:
        """What they have begun and not filed, the one that was written last at the end."""

    async def contacts_of(self, call: CallId) -> Sequence[Contact]:
        """All that was written down of a call, drafts too, as it is stored."""

    async def contacts_of_case(self, case: CaseId) -> Sequence[Contact]:
        """Those with which the callbacks of a case were asked for, the oldest first."""

    async def check_token(self, plain: str) -> Token | None: ...
