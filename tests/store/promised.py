"""Callbacks as the real machine makes them, in every state it knows, for the tests of the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from dialer.core.callbacks import callback as machine
from dialer.core.callbacks.events import CallAnswered, CalledIn
from dialer.core.callbacks.legal_clock import legal_deadline
from dialer.core.callbacks.outcomes import CallbackOutcome, Structure
from dialer.core.callbacks.request import AskedBy, Booking, Intake, Key, Request, Source
from dialer.core.callbacks.states import Callback, CallbackId, CaseId, Closed, queued_at, stage, visit
from dialer.core.callbacks.told import CallbackCancelled, MachineHeard, Rescheduled
from dialer.core.calls.party import Dialled, GuestFound, Outsider
from dialer.core.cases.case import Case, Flag, Kind, end
from dialer.core.cases.file import CaseFile, open_file, transition
from dialer.core.cases.responsible import responsible_for
from dialer.core.cases.told import CallbackOver, RequestReceived
from dialer.core.change import Change
from dialer.core.numbers import Parsed
from dialer.core.places.territory import Territory
from dialer.core.reference import reference
from dialer.core.revision import Versioned
from dialer.core.words import E164, AdviserId, By, CallId, Cause, Instant, LineId, QueueId, record
from tests.core.callback_world import Promise, refused_until, window
from tests.core.world import after

KEY = b"only for these tests"
REUNION = Parsed(E164("+262262000001"), Territory.REUNION, "Indian/Reunion")
LINES = (LineId("dropout"), LineId("main"))
QUEUES = {LINES[0]: QueueId("dropout"), LINES[1]: QueueId("main")}
Life = Callable[[Promise], object]


def number(serial: int) -> E164:
    """A number made for fiction."""
    return E164(f"+33199{serial % 10_000:06d}")


def _talked(outcome: CallbackOutcome, **said: object) -> Life:
    def live(promise: Promise) -> None:
        promise.to_outcome()
        promise.outcome(outcome, **said)

    return live


def _in_vain(*causes: Cause) -> Life:
    def live(promise: Promise) -> None:
        for cause in causes:
            promise.attempt(cause)

    return live


def _gate_shut(promise: Promise) -> None:
    promise.scene.answer = refused_until(90_000)
    promise.come_due()


def _hanging_up(promise: Promise) -> None:
    promise.to_dialling()
    promise.left(promise.dialling.adviser_leg)


def _telling(promise: Promise) -> None:
    promise.to_dialling()
    promise.happen(MachineHeard(promise.now, promise.dialling.leg))


def _accepted(promise: Promise) -> None:
    promise.to_card()
    promise.accept()


def _attached(promise: Promise) -> None:
    promise.attempt(Cause.BUSY)
    promise.happen(CalledIn(promise.now, CallId("theirs")))


def _joined(promise: Promise) -> None:
    promise.happen(CalledIn(promise.now, CallId("theirs")))
    promise.happen(CallAnswered(promise.now, CallId("theirs"), AdviserId("b")))


def _moved(promise: Promise) -> None:
    """Tried, then told another number."""
    promise.attempt(Cause.BUSY)
    promise.happen(Rescheduled(promise.now, None, REUNION))


def _with_guest(promise: Promise) -> None:
    promise.to_talk()
    cio = Dialled(Outsider("number", "cio", "cio"), E164("+33199000042"))
    promise.happen(GuestFound(promise.now, promise.talk.adviser, cio, "join"))
    promise.left(promise.talk.adviser_leg)


LIVES: dict[str, Life] = {
    "requested": lambda promise: None,
    "due": Promise.come_due,
    "offered": Promise.to_card,
    "accepted": _accepted,
    "ready": Promise.to_ready,
    "dialling": Promise.to_dialling,
    "hanging_up": _hanging_up,
    "telling": _telling,
    "talking": Promise.to_talk,
    "unsettled": Promise.to_outcome,
    "resting": _in_vain(Cause.BUSY),
    "unknown": _in_vain(Cause.BUSY, Cause.UNKNOWN),
    "gate": _gate_shut,
    "attached": _attached,
    "joined": _joined,
    "moved": _moved,
    "again": _talked(CallbackOutcome.A_RAPPELER, window=window(90_000, 97_200)),
    "fixed": _talked(CallbackOutcome.RDV_FIXE, date=after(86_400)),
    "oriented": _talked(CallbackOutcome.ORIENTE, structure=Structure.CIO),
    "declined": _talked(CallbackOutcome.REFUS),
    "opposed": _talked(CallbackOutcome.OPPOSITION),
    "unreachable": _in_vain(Cause.BUSY, Cause.NO_ANSWER, Cause.NO_ANSWER, Cause.BUSY),
    "cancelled": lambda promise: promise.happen(CallbackCancelled(promise.now)),
    "with_guest": _with_guest,
}
"""What is lived through; the name is mostly that of the state it ends in."""


@dataclass
class Office:
    """Books callbacks one after the other, and lets each live; keeps every change as the desk would give it."""

    changes: list[Change] = field(default_factory=list)
    callbacks: dict[CallbackId, Callback] = field(default_factory=dict)
    files: dict[CaseId, Versioned[CaseFile]] = field(default_factory=dict)
    intakes: list[Intake] = field(default_factory=list)
    serial: int = 0

    def book(
        self,
        life: str = "requested",
        *,
        at_s: float = 0.0,
        dated: bool = False,
        key: Key | None = None,
        **said: object,
    ) -> Promise:
        """A new callback whose life, from ``at_s`` after T0, is the one of this name. ``said``: more in the request."""
        at = after(at_s)
        serial, self.serial = self.serial, self.serial + 1
        name, line = reference(serial, KEY), LINES[serial % 2]
        kind = Kind.INFORMATION if serial % 3 == 2 else Kind.RTF
        wished = window(at_s + 3600, at_s + 10_800) if dated else None
        phone = Parsed(number(serial), Territory.METROPOLE, "Europe/Paris")
        promise = Promise(now=at, wished=wished)
        made = machine.request(
            CallbackId(f"cb-{name}"), CaseId(f"case-{name}"), line, QUEUES[line], phone, at, wished
        )  # fmt: skip
        promise.callback, promise.steps = made.callback, [made]
        first_name = str(said.setdefault("first_name", "Zoé"))
        case = Case(made.callback.case, at, phone.number, kind, first_name, date(2008, 2, 29))
        request = Request(kind, line, made.callback.queue, phone, AskedBy.PARENT, Source.WEB, wished,
                          birth_date=date(2008, 2, 29), note="au 2e étage", relay=serial % 2 == 0)  # fmt: skip
        request = replace(request, **said)  # type: ignore[arg-type]
        change = self._take(promise, 0)
        intake = self._asked(made.callback, request, serial, at, key)
        opened = open_file(case, responsible_for(request.postcode, at))
        asked = RequestReceived(at, request, intake.booking.flags)
        change.files[case.id] = self.files[case.id] = transition(Versioned(opened), asked).file
        change.intakes.append(intake)
        LIVES[life](promise)
        for step in range(1, len(promise.steps)):
            change = self._take(promise, step)
            state = promise.steps[step].callback.state
            if isinstance(state, Closed):
                change.files[case.id] = self.files[case.id] = _settled(self.files[case.id], state)
                if state.outcome is CallbackOutcome.OPPOSITION:
                    change.opposed.append(promise.callback.phone.number)
        return promise

    def ask_again(self, callback: CallbackId, at: Instant, key: Key | None = None) -> Intake:
        """Another request that is attached to a callback there is."""
        serial, self.serial = self.serial, self.serial + 1
        known = self.callbacks[callback]
        intake = self._asked(known, replace(self.intakes[0].request, phone=known.phone), serial, at, key)
        told = record(at, "callback_asked", visit(known), None, case=known.case)
        self.changes.append(Change(at, records=[told], intakes=[intake]))
        return intake

    def _take(self, promise: Promise, step: int) -> Change:
        made = promise.steps[step]
        at = made.records[0].at if made.records else promise.now
        self.callbacks[made.callback.id] = made.callback
        self.changes.append(Change(at, records=list(made.records), callbacks={made.callback.id: made.callback}))
        return self.changes[-1]

    def _asked(self, callback: Callback, request: Request, serial: int, at: Instant, key: Key | None) -> Intake:
        legal = legal_deadline(at) if request.kind is Kind.RTF else None
        booking = Booking(
            callback.id, reference(serial, KEY), callback.case, stage(callback), (Flag.UNDER_16,),
            queued_at(callback), legal, callback.window,
        )  # fmt: skip
        self.intakes.append(Intake(at, serial, request, booking, key))
        return self.intakes[-1]

    # -- what there is -----------------------------------------------------------------------------

    @property
    def open(self) -> tuple[Callback, ...]:
        found = (each for each in self.callbacks.values() if not isinstance(each.state, Closed))
        return tuple(sorted(found, key=lambda each: (each.requested_at, each.id)))

    @property
    def cases(self) -> dict[CaseId, Case]:
        return {key: file.value.case for key, file in self.files.items()}

    @property
    def open_files(self) -> tuple[Versioned[CaseFile], ...]:
        found = (each for each in self.files.values() if each.value.case.ended is None)
        return tuple(sorted(found, key=lambda each: (each.value.case.received_at, each.value.id)))


def every_life(turns: int = 1, lives: Sequence[str] = tuple(LIVES)) -> Office:
    """Each life ``turns`` times, a minute apart; every other one with a window."""
    office = Office()
    for turn in range(turns):
        for place, life in enumerate(lives):
            dated = (turn + place) % 2 == 1 and life != "gate"
            office.book(life, at_s=60.0 * office.serial, dated=dated)
    return office


def _settled(file: Versioned[CaseFile], state: Closed) -> Versioned[CaseFile]:
    """An appointment leaves the case open."""
    if state.report.date is None:
        ended = end(file.value.case, state.outcome, By.PERSON, state.at)
        file = replace(file, value=replace(file.value, case=ended))
    return transition(file, CallbackOver(state.at, state.report)).file
