"""The floor: all that the web may ask of the running service, and nothing more.

Decides the words between the two; the runner is a Floor, the tests bring their own over a real desk. Must not know how
the service holds, stores or learns any of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from dialer.core.events import Event
from dialer.core.figures import Figures
from dialer.core.rules import QueueRules
from dialer.core.views import AdviserView, CallFilter, CallView, DeskView, LineView
from dialer.core.words import E164, AdviserId, CallId, QueueId, Record
from dialer.web.changes import Changes

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


class Token(Protocol):
    """An API token that was recognised. ``name`` is for our log; ``scopes`` may hold ones that we do not know."""

    @property
    def name(self) -> str: ...
    @property
    def scopes(self) -> frozenset[str]: ...


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


class Floor(Protocol):
    """The running service. Only the ``async`` questions may wait; the others answer from memory, at once."""

    @property
    def mode(self) -> Mode: ...

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

    def figures(self) -> Figures:
        """Of today, in Paris."""

    def queues(self) -> Mapping[QueueId, QueueRules]:
        """The queues of the rules in force."""

    async def submit(self, event: Event) -> None:
        """Hand an event to the loop; back when its change is committed.

        The web gives up waiting after some seconds by cancelling: the event is not taken back by that.
        """

    async def calls_page(self, wanted: CallFilter, limit: int, cursor: str | None) -> CallPage:
        """Stored calls. Raises BadCursor."""

    async def call(self, call: CallId) -> CallRow | None: ...

    async def callers(self, calls: Sequence[str]) -> Mapping[str, E164]:
        """The callers' numbers of these calls, whole; without those that were masked or are no longer kept."""

    async def timeline(self, call: CallId) -> Sequence[Record]:
        """The journal of one call, in the order it was written."""

    async def check_token(self, plain: str) -> Token | None: ...
