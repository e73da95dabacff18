"""A year of an office through the real desk: people ask, are called back, are given appointments, and are forgotten.

What was done is written down by who did it, as a `rtf_year.Story` of each request with hand-written rules of its own;
nothing of the desk, its files or its journal is used for that. The trunk is a fake with a behaviour of its own: a leg
that is told to end does.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.callbacks import states
from dialer.core.callbacks.outcomes import CallbackOutcome, Report, Structure
from dialer.core.callbacks.request import AskedBy, Request, Source
from dialer.core.callbacks.states import CallbackId, CaseId
from dialer.core.callbacks.told import CallbackCancelled, CardAccepted, DialAsked, OutcomeGiven
from dialer.core.cases import appointment as appointments
from dialer.core.cases.actor import officer
from dialer.core.cases.case import Diploma, Kind
from dialer.core.cases.responsible import CaseTransferred, ToAcademie
from dialer.core.cases.told import CaseEnded, FileEvent, SchoolingSaid
from dialer.core.change import Change
from dialer.core.desk import Desk
from dialer.core.numbers import Parsed
from dialer.core.places.academie import AcademieCode
from dialer.core.places.territory import Territory
from dialer.core.report.summary import AgeBand, Facts, Track
from dialer.core.words import E164, AdviserId, Cause, LegId, LineId, QueueId, Wish
from schedules.windows import Window
from tests.cases.conftest import case_rules
from tests.core.rtf_year import PARIS, Known, Story, Year

POSTCODES = {
    "75011": "01", "13001": "02", "59160": "09", "69003": "10", "33059": "04",  # the last a CEDEX
    "20000": "27", "20200": "27", "20250": "27",  # Corse, of both halves
    "97110": "32", "97200": "31", "97300": "33", "97400": "28", "97600": "43",
    "97500": "70", "97150": "32",  # Saint-Pierre-et-Miquelon, Saint-Martin
    "98713": None, "98000": None, None: None,  # Polynésie, Monaco, not said
}  # fmt: skip
"""And the académie of each, by hand."""
AGES = {
    15: AgeBand.UNDER_16, 16: AgeBand.FROM_16, 17: AgeBand.FROM_16, 18: AgeBand.FROM_18, 20: AgeBand.FROM_18,
    21: AgeBand.FROM_21, 25: AgeBand.FROM_21, 26: AgeBand.OVER_25, None: AgeBand.UNKNOWN,
}  # fmt: skip
"""Years of age, of people born on 1 January."""
SCHOOL = (
    (Diploma.NONE, False, Track.A),
    (Diploma.CFG, True, Track.A),
    (Diploma.GENERAL, False, Track.B),
    (Diploma.GENERAL, True, Track.OUT),
    (Diploma.PROFESSIONAL, False, Track.OUT),
)
IN_VAIN = (
    (Cause.BUSY, "busy", "OCCUPE"),
    (Cause.NO_ANSWER, "no_answer", "SANS_REPONSE"),
    (Cause.REJECTED, "busy", "OCCUPE"),
    (Cause.FAILED, "failed", None),
)
SAID = (
    *("RDV_FIXE",) * 8, "INFO_DONNEE", "INFO_DONNEE", "ORIENTE", "REFUS", "DEJA_EN_SOLUTION", "A_RAPPELER",
    "TIERS_JOINT", "MAUVAIS_NUMERO", "REPONDEUR", "HORS_CHAMP", "ALERTE_DANGER", "OPPOSITION",
)  # fmt: skip
"""What came of a talk."""
ON_THE_LADDER = {"TIERS_JOINT": "third_party", "MAUVAIS_NUMERO": "wrong_number", "REPONDEUR": "machine"}
GOES_ON = frozenset({"RDV_FIXE", "INJOIGNABLE", "ALERTE_DANGER"})
"""With these a legal request stays open."""
TO_END = ("RDV_FIXE", "ORIENTE", "INJOIGNABLE", "REFUS", "DEJA_EN_SOLUTION")
WITH_THE_CIO = appointments.Where(network=Structure.CIO)


@dataclass
class Person(Story):
    """A request as its people lived it, and the ids under which the desk has it."""

    request: Request | None = None
    callback_id: CallbackId | None = None
    """Of the callback that is open."""
    case_id: CaseId | None = None
    booked: list[tuple[datetime, str]] = field(default_factory=list)
    """Of each appointment the instant and the desk's id, as `Story.appointments` has them."""


class OfficeYear:
    """``changes``: what is to be stored, in order. Every instant is of 2026, in UTC, and time only goes on."""

    def __init__(self, requests: int, seed: int, start: datetime = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)) -> None:
        self.random = Random(seed)
        self.now = start
        self.desk = Desk(case_rules(), start, reference_key=b"k" * 32, strict=True)
        self.changes: list[Change] = []
        self.people: list[Person] = []
        self.dialled = self.fixed = 0
        self._open: dict[CallbackId, Person] = {}
        self._cards: deque[CallbackId] = deque()
        self._mail: deque[LegId] = deque()
        self._to_come = sorted(start + timedelta(seconds=self.random.randrange(361 * 86_400)) for _ in range(requests))
        self._to_come.reverse()
        phones: frozenset[AdviserId] = frozenset(self.desk.rules.advisers)
        self.happen(ev.Reconciled(self.now, phones=phones, started_at=start - timedelta(hours=1)))

    @property
    def ledger(self) -> Year:
        return Year(list(self.people), [])

    # -- time --------------------------------------------------------------------------------------

    def happen(self, event: ev.Event) -> Change:
        change = self.desk.handle(event)
        assert change.defects == []
        assert change.refused is None, (change.refused, event)
        self.changes.append(change)
        for callback in change.callbacks.values():
            if isinstance(callback.state, states.Offered):
                self._cards.append(callback.id)
        self._mail += [command.leg for command in change.commands if isinstance(command, cmd.HangUp)]
        while self._mail:
            leg = self._mail.popleft()
            if self.desk.knows(leg):
                self.happen(ev.LegLeft(self.now, leg, Cause.NORMAL))
        return change

    def until(self, goal: datetime) -> None:
        """All that comes by then: requests, deadlines, and each day the advisers and, twice, the officers' work."""
        while True:
            day = self.now.astimezone(PARIS).replace(minute=0, second=0, microsecond=0)
            hours = (day.replace(hour=hour) + timedelta(days=days) for days in (0, 1) for hour in (9, 11, 15))
            turn = next(each for each in hours if each > self.now)
            ahead = [goal, turn.astimezone(UTC)]
            if self._to_come:
                ahead.append(self._to_come[-1])
            if self.desk.next_deadline is not None:
                ahead.append(self.desk.next_deadline)
            at = min(ahead)
            self.now = max(self.now, at)
            if at == goal:
                return
            if self._to_come and at == self._to_come[-1]:
                self._to_come.pop()
                self._somebody_asks()
            elif at == turn and turn.hour == 9:
                self._advisers_come()
            elif at == turn:
                self._officers_work()
            else:
                self.happen(ev.DeadlineReached(self.now))
            while self._cards:
                self._card(self._cards.popleft())

    def _pass(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    # -- people ask --------------------------------------------------------------------------------

    def _somebody_asks(self) -> None:
        random = self.random
        again = [each for each in self.people[-40:] if each.ended is None and each.callback_id is None]
        if again and random.random() < 0.15:  # once more, when nothing is promised: the same case, another callback
            self._ask(random.choice(again))
            return
        number = len(self.people)
        person = Person(number, self.now, is_rtf=random.random() > 0.05)
        age = random.choice(list(AGES))
        postcode = random.choice(list(POSTCODES))
        line, queue = next((key, QueueId(key)) for key in self.desk.rules.lines)
        person.request = Request(
            kind=Kind.RTF if person.is_rtf else Kind.INFORMATION,
            line=LineId(line),
            queue=queue,
            phone=Parsed(E164(f"+3319900{number:04}"), Territory.METROPOLE, "Europe/Paris"),
            asked_by=AskedBy.YOUNG_PERSON,
            source=random.choice([Source.WEB, Source.CSV]),
            first_name=f"Prénom{number}",
            postcode=postcode,
            birth_date=date(self.now.astimezone(PARIS).year - age, 1, 1) if age is not None else None,
        )
        self.people.append(person)
        person.learnt.append((self.now, Facts(POSTCODES[postcode], AGES[age])))
        self._ask(person)
        if random.random() < 0.1:  # the same wish twice: nothing new of it
            self._ask(person)

    def _ask(self, person: Person) -> None:
        assert person.request is not None
        (intake,) = self.happen(ev.CallbacksAsked(self.now, (person.request,))).intakes
        assert person.case_id in (None, intake.booking.case), "the same person is the same case"
        person.case_id, person.callback_id = intake.booking.case, intake.booking.id
        self._open[intake.booking.id] = person

    # -- advisers call -----------------------------------------------------------------------------

    def _advisers_come(self) -> None:
        for adviser in self.desk.rules.advisers:
            self.happen(ev.WishSet(self.now, adviser, Wish.READY))

    def _card(self, callback: CallbackId) -> None:
        person, live = self._open.get(callback), self.desk.book.callbacks.get(callback)
        if person is None or live is None or not isinstance(live.state, states.Offered):
            return
        self.happen(CardAccepted(self.now, live.state.offer))
        accepted = self.desk.book.callbacks[callback].state
        if not isinstance(accepted, states.Accepted):
            return  # the gate says no meanwhile
        self._pass(2)
        self.happen(ev.LegAnswered(self.now, accepted.leg))
        ready = self.desk.book.callbacks[callback].state
        assert isinstance(ready, states.Ready)
        self.happen(DialAsked(self.now, ready.offer))
        dialling = self.desk.book.callbacks[callback].state
        if not isinstance(dialling, states.Dialling):
            return
        self.dialled += 1
        known: list[Known] = []
        person.dialled.append((self.now, known))
        self._pass(9)
        if self.random.random() < 0.45:
            cause, word, said = self.random.choice(IN_VAIN)
            self.happen(ev.LegLeft(self.now, dialling.leg, cause))
            known.append(Known(self.now, word, said))
            self._perhaps_given_up(person)
        elif self.random.random() < 0.05:  # while it rings, they say by the web that it is settled
            self.happen(ev.CallbackTold(self.now, callback, CallbackCancelled(self.now)))
            known.append(Known(self.now, "cancelled", "ANNULE"))
            self._closed(person, "ANNULE")
        else:
            self._talk(person, dialling.leg, known)

    def _talk(self, person: Person, leg: LegId, known: list[Known]) -> None:
        self.happen(ev.LegAnswered(self.now, leg))
        self._pass(5)
        self.happen(ev.LegLeft(self.now, leg, Cause.NORMAL))
        known.append(Known(self.now, "talked"))
        said = self.random.choice(SAID)
        date_at = self._free_date(person) if said == "RDV_FIXE" else None
        window = None
        if said == "A_RAPPELER":
            start = (self.now + timedelta(days=3)).astimezone(PARIS).replace(hour=14, minute=0)
            window = Window(start.astimezone(UTC), start.astimezone(UTC) + timedelta(hours=2))
        to = Structure.CIO if said == "ORIENTE" else None
        report = Report(CallbackOutcome(said), date=date_at, window=window, structure=to)
        self._give(person, report)
        known.append(Known(self.now, ON_THE_LADDER.get(said, "talked"), said))
        if date_at is not None:
            self.fixed += 1
            person.appointments.append((self.now, date_at, None))
            person.booked.append((date_at, self._newest(person)))
        if said in ON_THE_LADDER:
            self._perhaps_given_up(person)
        elif said != "A_RAPPELER":
            self._closed(person, said)

    def _perhaps_given_up(self, person: Person) -> None:
        """After four attempts in vain, by the rule, nobody is called any more."""
        if person.callback_id not in self.desk.book.callbacks:
            assert len(person.dialled) >= 4
            self._closed(person, "INJOIGNABLE")

    def _give(self, person: Person, report: Report) -> None:
        assert person.callback_id is not None
        self.happen(ev.CallbackTold(self.now, person.callback_id, OutcomeGiven(self.now, report)))

    def _closed(self, person: Person, outcome: str) -> None:
        assert person.callback_id is not None
        del self._open[person.callback_id]
        person.callback_id = None
        person.closed.append((self.now, outcome))
        # What an officer has fixed and that lies ahead, no outcome of a call ends.
        ahead = any(off is None and fixed_at < self.now < on for fixed_at, on, off in person.appointments)
        if not ahead and (not person.is_rtf or outcome not in GOES_ON):
            person.ended = (self.now, outcome)

    # -- officers work -----------------------------------------------------------------------------

    def _officers_work(self) -> None:
        for callback in list(self._open):
            live, person = self.desk.book.callbacks[callback], self._open[callback]
            if isinstance(live.state, states.Unsettled):
                self._give(person, Report(CallbackOutcome.INJOIGNABLE))
                self._closed(person, "INJOIGNABLE")
            elif isinstance(live.state, states.Resting) and self.random.random() < 0.01:
                self._give(person, Report(CallbackOutcome.DOUBLON))
                self._closed(person, "DOUBLON")
        open_ones = [each for each in self.people[-400:] if each.ended is None]
        for person in self.random.sample(open_ones, min(len(open_ones), max(1, len(open_ones) // 12))):
            self._officer_of(person)

    def _officer_of(self, person: Person) -> None:
        anna, at = officer("anna"), self.now
        # Those that stand: neither moved, called off nor missed by the structure, nor said to be kept or missed.
        standing = [place for place, one in enumerate(person.appointments) if one[2] is None]
        draw = self.random.random()
        if draw < 0.2:
            diploma, higher, track = self.random.choice(SCHOOL)
            self._tell(person, SchoolingSaid(at, anna, diploma, higher))
            self._learn(person, track=track)
        elif draw < 0.3:
            now_in = person.learnt[-1][1].academie
            there = self.random.choice([code for code in ("10", "17", "28") if code != now_in])
            self._tell(person, CaseTransferred(at, "anna", ToAcademie(AcademieCode(there)), "A déménagé"))
            self._learn(person, academie=there)
        elif draw < 0.45:
            self._end(person, self.random.choice(TO_END))
        elif not standing or draw < 0.6:
            self._fix(person)
        else:
            self._settle(person, standing[-1], draw)

    def _settle(self, person: Person, place: int, draw: float) -> None:
        anna, at = officer("anna"), self.now
        on, name = person.booked[place]
        appointment = appointments.AppointmentId(name)
        fixed_at, _, _ = person.appointments[place]
        if on <= at:
            if draw < 0.75:
                self._tell(person, appointments.AppointmentKept(at, anna, appointment))
            elif draw < 0.85:  # it was offered in time: the clock goes on seeing it
                self._tell(person, appointments.AppointmentMissed(at, anna, appointment, appointments.Misser.PERSON))
            else:
                self._tell(person, appointments.AppointmentMissed(at, anna, appointment, appointments.Misser.STRUCTURE))
                person.appointments[place] = (fixed_at, on, at)
        elif draw < 0.85:
            anew = self._free_date(person)
            self._tell(person, appointments.AppointmentMoved(at, anna, appointment, anew, WITH_THE_CIO))
            person.appointments[place] = (fixed_at, on, at)
            person.appointments.append((at, anew, None))
            person.booked.append((anew, self._newest(person)))
        else:
            self._tell(person, appointments.AppointmentCalledOff(at, anna, appointment, "Le CIO est fermé"))
            person.appointments[place] = (fixed_at, on, at)

    def _fix(self, person: Person) -> None:
        on = self._free_date(person)
        self._tell(person, appointments.AppointmentFixed(self.now, officer("anna"), on, WITH_THE_CIO))
        self.fixed += 1
        person.appointments.append((self.now, on, None))
        person.booked.append((on, self._newest(person)))

    def _end(self, person: Person, outcome: str) -> None:
        self._tell(person, CaseEnded(self.now, officer("anna"), CallbackOutcome(outcome)))
        person.ended = (self.now, outcome)
        if person.callback_id is not None:  # what was promised goes with it
            del self._open[person.callback_id]
            person.callback_id = None
            person.closed.append((self.now, "ANNULE"))

    def _learn(self, person: Person, **facts: str | Track) -> None:
        known = person.learnt[-1][1]
        academie, track = facts.get("academie", known.academie), Track(facts.get("track", known.track))
        person.learnt.append((self.now, Facts(academie, known.age_band, track)))

    def _tell(self, person: Person, told: FileEvent) -> None:
        assert person.case_id is not None
        self.happen(ev.CaseTold(self.now, person.case_id, told))

    def _free_date(self, person: Person) -> datetime:
        """Some days ahead, hours from every other appointment of theirs."""
        while True:
            on = self.now + timedelta(hours=self.random.choice([30, 100, 200, 300, 340, 400, 700]))
            on += timedelta(minutes=self.random.randrange(600))
            if all(abs(on - when) > timedelta(hours=2) for _, when, _ in person.appointments):
                return on

    def _newest(self, person: Person) -> str:
        """The id of the appointment that was fixed just now: the case's, and how many there are."""
        return f"{person.case_id}-a{len(person.appointments)}"
