"""A floor for the tests: a real desk in strict mode, with a clock, a journal and rows in memory."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from dialer.core import events as ev
from dialer.core import views
from dialer.core.adviser import Adviser
from dialer.core.callbacks import states as promises
from dialer.core.callbacks.legal_clock import legal_deadline
from dialer.core.callbacks.prospect import Prospect, prospect
from dialer.core.callbacks.request import Answered, Intake
from dialer.core.callbacks.slots import Slot
from dialer.core.callbacks.states import Callback, CallbackId, CaseId
from dialer.core.cases.case import Case, Kind
from dialer.core.cases.file import CaseFile
from dialer.core.cases.retention import Archived
from dialer.core.change import Change
from dialer.core.commands import Command
from dialer.core.contacts.contact import Contact, ContactKey
from dialer.core.desk import Desk
from dialer.core.figures import Figures
from dialer.core.numbers import Parsed
from dialer.core.revision import Versioned
from dialer.core.rules import AdviserRules, LineRules, QueueRules, Rules
from dialer.core.talk_views import TransferTargets, transfer_targets
from dialer.core.views import BadCursor, CallbackFilter, CallFilter
from dialer.core.words import E164, AdviserId, Caller, CallId, Cause, LegId, LineId, QueueId, Record, Wish
from dialer.store.callback_pages import CallbackPage, CallbackRow
from dialer.store.callback_rows import adviser_of
from dialer.store.number_history import Past
from dialer.web.access_floor import AccessFloor
from dialer.web.changes import Changes
from dialer.web.floor import Mode, Readiness
from ivr.flow import make_flow
from ivr.nodes import Hangup, Menu, Queue, Say
from schedules.hours import Hours, Period, Span
from schedules.shifts import AlwaysOnPhone
from schedules.walltime import as_utc

from .fake_cases import FakeCases

MONDAY = datetime.combine(date(2026, 11, 23), time(9, 30), tzinfo=UTC)
"""10 h 30 in Paris, a working day."""
NAMES = (
    "Amel Brahimi", "Bastien Courtois", "Chloé Delmas", "David N’Guessan", "Élodie Ferrand", "Farid Guérin",
    "Gwenaëlle Le Bihan", "Hugo Imbert", "Inès Jacquot", "Jonas Keller", "Karima Lopes", "Léa Marchetti",
)  # fmt: skip
LINES = (
    ("main", "Ligne principale", "+33177771225", "01 77 77 12 25"),
    ("dropout", "Reviens te former", "+33800122500", "0 800 12 25 00"),
    ("parcoursup", "Parcoursup", "+33800400070", "0 800 400 070"),
)


def _hours(opens: int, closes: int) -> Hours:
    week = tuple((Span(opens * 60, closes * 60),) if day < 5 else () for day in range(7))
    return Hours((Period(date(2026, 1, 1), week),))


def make_rules(advisers: int = 12, queue: QueueRules | None = None) -> Rules:
    lines, queues, people = {}, {}, {}
    for key, name, number, shown in LINES:
        nodes = {
            "accueil": Say(prompts=("welcome",), next="menu"),
            "menu": Menu(prompts=("menu",), choices={"1": "file"}, otherwise="file", repeat=None, back=None),
            "file": Queue(queue=key, full="adieu", no_adviser="adieu", too_long="adieu"),
            "adieu": Hangup(prompts=("bye",), outcome="turned_away"),
        }
        closes = 12 if key == "parcoursup" else 20
        flow = make_flow(key, "accueil", nodes)
        hours = _hours(8, closes)
        lines[LineId(key)] = LineRules(LineId(key), name, E164(number), shown, hours, flow, QueueId(key))
        queues[QueueId(key)] = queue or QueueRules(QueueId(key), name)
    keys = list(queues)
    for number in range(advisers):
        best = number * len(keys) // advisers
        skills = {key: 1 if place == best else 2 for place, key in enumerate(keys)}
        person = AdviserId(f"adv{number + 1:02}")
        people[person] = AdviserRules(person, NAMES[number % len(NAMES)], skills)
    shifts = AlwaysOnPhone(tuple(line.hours for line in lines.values()), frozenset(people))
    return Rules("v-essai", lines, queues, people, shifts)


def _is_open_until(row: CallbackRow, at: datetime) -> bool:
    return row.closed_at is None and row.legal_deadline_at is not None and row.legal_deadline_at < at


@dataclass(frozen=True, slots=True)
class Row:
    id: CallId
    line: LineId
    queue: QueueId | None
    state: str
    outcome: str | None
    stage: str | None
    arrived_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    adviser: AdviserId | None


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Row]
    next: str | None


@dataclass(frozen=True, slots=True)
class Token:
    name: str
    scopes: frozenset[str]
    academie: str | None = None


@dataclass(slots=True)
class FakeFloor(FakeCases):
    """Call ``happen`` with events, or the words below it; everything the web asks is answered from the real desk."""

    mode: Mode = "demo"
    access: AccessFloor | None = None
    at: datetime = MONDAY
    clock_shift: timedelta | None = None
    rules_: Rules = field(default_factory=make_rules)
    link_key: bytes = b"k" * 32
    database: bool = True
    stuck: bool = False
    """Nothing is committed: ``submit`` does not come back."""
    held: asyncio.Event | None = None
    """What happens is committed once this is set."""
    broken: bool = False
    """Every question about calls fails, with a secret in its message."""
    tokens: dict[str, frozenset[str]] = field(default_factory=dict)
    changes: Changes = field(default_factory=Changes)
    desk_: Desk = field(init=False)
    rows: dict[CallId, Row] = field(default_factory=dict)
    numbers: dict[CallId, E164] = field(default_factory=dict)
    journal: list[Record] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    promised: dict[CallbackId, Callback] = field(default_factory=dict)
    cases: dict[CaseId, Case] = field(default_factory=dict)
    files: dict[CaseId, Versioned[CaseFile] | Archived] = field(default_factory=dict)
    intakes: list[Intake] = field(default_factory=list)
    contacts: dict[ContactKey, Contact] = field(default_factory=dict)
    figures_: Figures = field(init=False)
    ticking: float | None = None
    """The event loop's time at which ``at`` was set, when the clock runs."""
    calls_made: int = 0

    def __post_init__(self) -> None:
        self.desk_ = Desk(self.rules_, self.at, strict=True)
        self.figures_ = Figures({key: queue.answered_within_s for key, queue in self.rules_.queues.items()})
        self.happen(ev.Reconciled(self.at))

    # -- what happens ------------------------------------------------------------------------------

    def happen(self, event: ev.Event) -> Change:
        change = self.desk_.handle(event)
        self.journal += change.records
        self.commands += change.commands
        self.figures_.take(change.records)
        for call in change.calls.values():
            view = views.call_view(self.desk_, call)
            fields = {name: getattr(view, name) for name in Row.__dataclass_fields__}
            self.rows[call.id] = Row(**fields)
            if call.caller.number is not None:
                self.numbers[call.id] = call.caller.number
        self.promised |= change.callbacks
        self.cases |= change.cases
        self.keep_files(change)
        self.intakes += change.intakes
        self.contacts |= change.contacts
        self.changes.tell()
        return change

    def later(self, seconds: float) -> None:
        """Time passes, with every deadline on the way."""
        until = self.now() + timedelta(seconds=seconds)
        while (due := self.desk_.next_deadline) is not None and due <= until:
            self.at = max(due, self.at)
            self.happen(ev.DeadlineReached(self.at))
        self.at = until
        self.changes.tell()

    def start_clock(self) -> None:
        """From now on the clock runs by itself."""
        self.ticking = asyncio.get_running_loop().time()

    def ready_advisers(self, *advisers: str) -> None:
        for adviser in advisers:
            self.happen(ev.PhoneRegistered(self.now(), AdviserId(adviser)))
            self.happen(ev.WishSet(self.now(), AdviserId(adviser), Wish.READY))

    def call_in(self, line: str = "main", number: str | None = "+33199000001") -> CallId:
        """Somebody dials a line and hears its welcome."""
        self.calls_made += 1
        call = CallId(f"c{self.calls_made:04}")
        caller = Caller(E164(number) if number else None)
        self.happen(ev.CallArrived(self.now(), call, LegId(call), LineId(line), caller))
        self.happen(ev.LegAnswered(self.now(), LegId(call)))
        return call

    def press(self, call: CallId, digit: str = "1") -> None:
        """The welcome ends, the caller chooses."""
        place = self.desk_.calls[call].state
        self.happen(ev.PromptFinished(self.now(), LegId(call), place.playback))
        self.happen(ev.DigitPressed(self.now(), LegId(call), digit))

    def queue_up(self, line: str = "main", number: str | None = "+33199000001") -> CallId:
        call = self.call_in(line, number)
        self.press(call)
        return call

    def pick_up(self, call: CallId) -> None:
        """The adviser whose phone rings answers."""
        self.happen(ev.LegAnswered(self.now(), self.desk_.calls[call].state.leg))

    def miss(self, call: CallId, cause: Cause = Cause.NO_ANSWER) -> None:
        self.happen(ev.LegLeft(self.now(), self.desk_.calls[call].state.leg, cause))

    def leave(self, call: CallId) -> None:
        """The caller hangs up."""
        self.happen(ev.LegLeft(self.now(), LegId(call), Cause.NORMAL))

    def lose_link(self) -> None:
        self.happen(ev.LinkLost(self.now()))

    def person(self, adviser: str) -> Adviser:
        return self.desk_.advisers[AdviserId(adviser)]

    # -- the floor ---------------------------------------------------------------------------------

    def now(self) -> datetime:
        if self.ticking is None:
            return self.at
        return self.at + timedelta(seconds=asyncio.get_running_loop().time() - self.ticking)

    def ready(self) -> Readiness:
        reasons = [] if self.desk_.link_up else ["Asterisk is out of reach."]
        reasons += [] if self.database else ["The database does not take changes."]
        return Readiness(self.desk_.link_up, self.database, self.rules_.version, tuple(reasons))

    def metrics(self) -> bytes:
        return b"# TYPE filvert_calls gauge\nfilvert_calls 0\n"

    def desk(self) -> views.DeskView:
        return views.desk_view(self.desk_, self.now())

    def adviser(self, adviser: AdviserId) -> views.AdviserView | None:
        found = self.desk_.advisers.get(adviser)
        return views.adviser_view(self.desk_, found, self.now()) if found is not None else None

    def lines(self) -> list[views.LineView]:
        return [views.line_view(self.desk_, line, self.now()) for line in self.rules_.lines]

    def queues(self) -> dict[QueueId, QueueRules]:
        return dict(self.rules_.queues)

    def rules(self) -> Rules:
        return self.rules_

    def open_callback(self, callback: CallbackId) -> Callback | None:
        return self.desk_.book.callbacks.get(callback)

    def callbacks_on(self, number: E164) -> Sequence[Callback]:
        return self.desk_.book.of_number(number)

    def to_settle(self, adviser: AdviserId) -> CallbackId | None:
        return self.desk_.book.to_settle(adviser)

    async def prospect(self) -> Prospect:
        fixed = [e.at for e in self.journal if e.event == "callback_closed" and dict(e.data)["outcome"] == "RDV_FIXE"]
        return prospect(tuple(self.desk_.book.cases.values()), fixed, self.at)

    def callback_board(self) -> views.CallbackBoard:
        return views.callback_board(self.desk_, self.now(), self.figures_.promises_missed)

    def slots(self, line: LineId, phone: Parsed, postcode: str | None) -> Sequence[Slot]:
        queue = self.rules_.lines[line].callback_queue
        return self.desk_.book.slots(line, queue, phone, self.now(), postcode) if queue is not None else ()

    def open_call(self, call: CallId) -> views.CallView | None:
        found = self.desk_.calls.get(call)
        return views.call_view(self.desk_, found) if found is not None else None

    def transfer_targets(self, adviser: AdviserId) -> TransferTargets:
        return transfer_targets(self.desk_, adviser)

    def figures(self) -> Figures:
        return self.figures_

    async def submit(self, event: ev.Event) -> Change:
        if self.stuck:
            await asyncio.Event().wait()
        change = self.happen(event)
        if self.held is not None:
            await self.held.wait()
        return change

    async def callbacks_page(self, wanted: CallbackFilter, limit: int, cursor: str | None) -> CallbackPage:
        rows = [self._callback_row(each) for each in self.promised.values()]
        rows.sort(key=lambda row: (row.requested_at, row.id), reverse=True)
        fits = [
            row
            for row in rows
            if (wanted.since is None or row.requested_at >= as_utc(wanted.since))
            and (wanted.late_before is None or _is_open_until(row, wanted.late_before))
            and all(
                getattr(wanted, name) in (None, getattr(row, name))
                for name in ("line", "queue", "state", "outcome", "kind", "adviser")
            )
        ]
        if cursor is not None:
            places = [row.id for row in fits]
            if cursor not in places:
                raise BadCursor(cursor)
            fits = fits[places.index(cursor) + 1 :]
        part = fits[:limit]
        return CallbackPage(tuple(part), part[-1].id if len(fits) > len(part) else None)

    async def contact(self, call: CallId, adviser: AdviserId) -> Contact | None:
        return self.desk_.contacts.find(call, adviser) or self.contacts.get((call, adviser))

    def drafts_of(self, adviser: AdviserId) -> Sequence[Contact]:
        return self.desk_.contacts.drafts_of(adviser)

    async def contacts_of(self, call: CallId) -> Sequence[Contact]:
        return [each for each in self.contacts.values() if each.call == call]

    async def contacts_of_case(self, case: CaseId) -> Sequence[Contact]:
        return [each for each in self.contacts.values() if each.case == case]

    async def callback(self, callback: CallbackId) -> CallbackRow | None:
        found = self.promised.get(callback)
        return self._callback_row(found) if found is not None else None

    async def intakes_of(self, callback: CallbackId) -> list[Intake]:
        return [each for each in reversed(self.intakes) if each.booking.id == callback]

    async def history_of(self, number: E164) -> list[Past]:
        came = [
            Past("call", row.id, row.line, row.arrived_at, row.state, row.outcome, row.answered_at, row.adviser)
            for row in self.rows.values()
            if self.numbers.get(row.id) == number
        ]
        promised = [self._callback_row(each) for each in self.promised.values() if each.phone.number == number]
        came += [
            Past("callback", row.id, row.line, row.requested_at, row.state, row.outcome, None, row.adviser)
            for row in promised
        ]
        return sorted(came, key=lambda each: (each.at, each.id), reverse=True)[:10]

    async def by_reference(self, reference: str) -> CallbackId | None:
        return next((each.booking.id for each in self.intakes if each.booking.reference == reference), None)

    async def answered(self, key: str) -> Answered | None:
        """Only what is committed."""
        if self.held is not None and not self.held.is_set():
            return None
        known = (each for each in self.intakes if each.key is not None and each.key.key == key)
        return next((Answered(each.key.body, each.booking) for each in known), None)

    def _callback_row(self, callback: Callback) -> CallbackRow:
        case, state, gate = self.cases[callback.case], callback.state, callback.gate
        closed = isinstance(state, promises.Closed)
        return CallbackRow(
            id=callback.id,
            case=callback.case,
            line=callback.line,
            queue=callback.queue,
            kind=case.kind,
            state=promises.stage(callback),
            outcome=state.outcome if isinstance(state, promises.Closed) else None,
            requested_at=callback.requested_at,
            due_at=None if closed else promises.queued_at(callback),
            promised=callback.window,
            legal_deadline_at=legal_deadline(case.received_at) if case.kind is Kind.RTF else None,
            adviser=adviser_of(callback),
            phone=callback.phone.number,
            zone=callback.phone.zone,
            closed_at=state.at if isinstance(state, promises.Closed) else None,
            gate_reason=gate.reason if gate is not None else None,
            gate_until=gate.until if gate is not None else None,
            attempts=callback.attempts,
        )

    async def case_callbacks(self, case: CaseId) -> list[CallbackRow]:
        theirs = (each for each in self.promised.values() if each.case == case)
        return [self._callback_row(each) for each in sorted(theirs, key=lambda each: (each.requested_at, each.id))]

    async def calls_page(self, wanted: CallFilter, limit: int, cursor: str | None) -> Page:
        if self.broken:
            raise RuntimeError("the caller +33199000001 is in this message")
        rows = sorted(self.rows.values(), key=lambda row: (row.arrived_at, row.id), reverse=True)
        fits = [
            row
            for row in rows
            if (wanted.since is None or row.arrived_at >= as_utc(wanted.since))
            and all(
                getattr(wanted, name) in (None, getattr(row, name))
                for name in ("line", "queue", "state", "outcome", "adviser")
            )
        ]
        if cursor is not None:
            try:
                after = base64.b64decode(cursor, validate=True).decode()
            except ValueError:
                raise BadCursor(cursor) from None
            if CallId(after) not in self.rows:
                raise BadCursor(cursor)
            mark = self.rows[CallId(after)]
            fits = [row for row in fits if (row.arrived_at, row.id) < (mark.arrived_at, mark.id)]
        part = fits[:limit]
        more = len(fits) > len(part)
        return Page(part, base64.b64encode(part[-1].id.encode()).decode() if more else None)

    async def call(self, call: CallId) -> Row | None:
        if self.broken:
            raise RuntimeError("the caller +33199000001 is in this message")
        return self.rows.get(call)

    async def callers(self, calls: Sequence[str]) -> dict[str, E164]:
        return {call: self.numbers[CallId(call)] for call in calls if call in self.numbers}

    async def timeline(self, call: CallId) -> list[Record]:
        return [entry for entry in self.journal if entry.call == call]

    async def check_token(self, plain: str) -> Token | None:
        scopes = self.tokens.get(plain)
        return Token(plain, scopes) if scopes is not None else None
