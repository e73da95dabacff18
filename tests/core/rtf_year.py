"""A year of requests for the review: what truly happened, and the records that such a year leaves in the journal.

The truth is kept as a list of happenings for each request, and judged by hand-written rules of its own; nothing of
`rtf_summary` or `legal_clock` is used for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.cases.case import Standing
from dialer.core.report.summary import AgeBand, Facts, Summary, Track
from dialer.core.words import AdviserId, CallId, Instant, Record, record

PARIS = ZoneInfo("Europe/Paris")
ACADEMIES = [f"{number:02}" for number in range(1, 31)]
IN_VAIN = (
    ("busy", "OCCUPE"),
    ("no_answer", "SANS_REPONSE"),
    ("machine", "REPONDEUR"),
    ("machine", "MESSAGE_LAISSE"),
    ("failed", None),
    ("adviser_lost", None),
)
ENDS = ("INFO_DONNEE", "ORIENTE", "REFUS", "DEJA_EN_SOLUTION")
REACHED = frozenset({"RDV_FIXE", "A_RAPPELER", "TIERS_JOINT", *ENDS})


@dataclass(frozen=True)
class Known:
    """What was known of a dialling, since when."""

    since: Instant
    cause: str
    outcome: str | None = None


@dataclass
class Story:
    """One request. Everything that happened, in any order, each with its instant."""

    number: int
    received_at: Instant
    records: list[Record] = field(default_factory=list)
    dialled: list[tuple[Instant, list[Known]]] = field(default_factory=list)
    closed: list[tuple[Instant, str]] = field(default_factory=list)
    appointments: list[tuple[Instant, Instant, Instant | None]] = field(default_factory=list)
    """Fixed when, when it is, called off when."""
    learnt: list[tuple[Instant, Facts]] = field(default_factory=list)
    ended: tuple[Instant, str] | None = None
    is_rtf: bool = True

    @property
    def callback(self) -> str:
        return f"cb-{self.number:08}"

    @property
    def case(self) -> str:
        return f"case-{self.number:08}"

    def tell(self, at: Instant, event: str, callback: str | None = None, **data: str | int | float | None) -> None:
        self.records.append(record(at, event, CallId(callback or self.callback), AdviserId("adv01"), **data))


@dataclass(frozen=True)
class Year:
    """``records``: of all, in the order of a journal. truth: as things stood at an instant."""

    stories: list[Story]
    records: list[Record]

    def truth(self, at: Instant) -> list[Summary]:
        return [_truth(story, at) for story in self.stories if story.is_rtf and story.received_at <= at]


def a_year(requests: int, seed: int, year: int = 2026) -> Year:
    """Requests from Christmas before the year until Epiphany after it."""
    random = Random(seed)
    start = datetime(year - 1, 12, 25, tzinfo=UTC)
    stories = []
    for number in range(requests):
        received_at = start + timedelta(seconds=random.randrange(378 * 86_400))
        stories.append(_story(random, number, received_at))
    records = [entry for story in stories for entry in story.records]
    records.sort(key=lambda entry: entry.at)  # stable: what one request told at one instant stays in order
    return Year(stories, records)


# -- what happens -----------------------------------------------------------------------------------


def _story(random: Random, number: int, received_at: Instant) -> Story:
    story = Story(number, received_at, is_rtf=random.random() > 0.05)
    _asked(random, story)
    fate = random.random()
    at = received_at + timedelta(hours=random.expovariate(1 / 30))
    if fate < 0.04:
        _stopped(random, story, at)
    elif fate < 0.09:
        _joined(random, story, at)
    else:
        _called(random, story, at)
    if random.random() < 0.05:
        story.tell(at, "callback_offered", offer="o1", level=1, waited_s=2.0)
        story.tell(at, "callback_state", state="due")
    return story


def _asked(random: Random, story: Story) -> None:
    kind = "rtf" if story.is_rtf else "information"
    band = random.choices(list(AgeBand), [1, 20, 40, 30, 1, 3])[0]
    track = random.choices(list(Track), [5, 3, 1, 4])[0]
    facts = Facts(random.choice([*ACADEMIES, None]), band, track)
    said: dict[str, str | None] = {}
    at = story.received_at
    if random.random() < 0.9:
        said = {"academie": facts.academie, "age_band": facts.age_band, "track": facts.track}
        story.learnt.append((at, facts))
    story.tell(at, "callback_requested", line="dropout", queue="dropout", dated=0)
    story.tell(at, "callback_asked", source="web", kind=kind, line="dropout", case=story.case, **said)
    if random.random() < 0.3:  # they ask once more, and it is the same case and the same callback
        again = at + timedelta(hours=random.expovariate(1 / 20))
        story.tell(again, "callback_asked", source="phone", kind=kind, line="main", case=story.case)
    if random.random() < 0.2:  # handed over, or the adviser asked for the last diploma
        later = at + timedelta(days=random.expovariate(1 / 4))
        anew = Facts(random.choice(ACADEMIES), facts.age_band, random.choice([Track.A, Track.B]))
        story.learnt.append((later, anew))
        story.tell(
            later, "case_facts", case=story.case, academie=anew.academie, age_band=anew.age_band, track=anew.track
        )


def _called(random: Random, story: Story, at: Instant) -> None:
    callback = story.callback
    for attempt in range(1, 5):
        if random.random() < 0.03:  # a crash: nothing was placed
            _attempt(story, at, attempt, callback, Known(at + timedelta(seconds=3), "unplaced"))
            at += timedelta(minutes=5)
            continue
        if random.random() < 0.55:
            if _talked(random, story, at, attempt, callback):
                return
        else:
            cause, outcome = random.choice(IN_VAIN)
            _attempt(story, at, attempt, callback, Known(at + timedelta(seconds=40), cause, outcome))
        at += timedelta(hours=random.uniform(1, 60))
    if random.random() < 0.8:
        _close(story, at, "INJOIGNABLE", callback)
        if random.random() < 0.3:  # they ask again: another callback of the same case
            other = f"cb-{story.number + 50_000_000:08}"
            at += timedelta(days=1)
            kind = "rtf" if story.is_rtf else "information"
            story.tell(at, "callback_requested", other, line="dropout", queue="dropout", dated=0)
            story.tell(at, "callback_asked", other, source="web", kind=kind, line="dropout", case=story.case)
            at += timedelta(hours=2)
            outcome = random.choice(ENDS)
            talked = [Known(at + timedelta(minutes=8), "talked"), Known(at + timedelta(minutes=9), "talked", outcome)]
            _attempt(story, at, 1, other, *talked)
            _close(story, at + timedelta(minutes=9), outcome, other)
            _end(story, at + timedelta(minutes=9), outcome)
        elif random.random() < 0.5:
            _end(story, at + timedelta(days=random.uniform(1, 90)), "INJOIGNABLE", event="case_ended")


def _talked(random: Random, story: Story, at: Instant, attempt: int, callback: str) -> bool:
    """Whether the callback is over with it. The outcome is said some minutes after the talk."""
    given_at = at + timedelta(minutes=random.uniform(2, 30))
    draw = random.random()
    if draw < 0.08:
        said, cause = "MAUVAIS_NUMERO", "wrong_number"
    elif draw < 0.16:
        said, cause = "TIERS_JOINT", "third_party"
    elif draw < 0.26:
        said, cause = "A_RAPPELER", "talked"
    elif draw < 0.31:
        said, cause = "HORS_CHAMP", "talked"
    elif draw < 0.75:
        said, cause = "RDV_FIXE", "talked"
    else:
        said, cause = random.choice(ENDS), "talked"
    story.tell(at + timedelta(seconds=20), "callback_answered", callback, attempt=attempt)
    _attempt(story, at, attempt, callback, Known(at + timedelta(seconds=100), "talked"), Known(given_at, cause, said))
    if cause != "talked" or said == "A_RAPPELER":
        return False
    _close(story, given_at, said, callback)
    if said == "RDV_FIXE":
        _appointments(random, story, given_at)
    else:
        _end(story, given_at, said)
    return True


def _appointments(random: Random, story: Story, at: Instant) -> None:
    when = at + timedelta(days=random.expovariate(1 / 9))
    for _ in range(3):
        story.tell(at, "case_appointment", case=story.case, appointment_at=when.isoformat())
        moves = random.random() < 0.15
        off = at + timedelta(days=random.uniform(0, 3)) if moves else None
        story.appointments.append((at, when, off))
        if off is None:
            break
        story.tell(off, "case_appointment_called_off", case=story.case, appointment_at=when.isoformat())
        at, when = off, off + timedelta(days=random.expovariate(1 / 9))
    if random.random() < 0.5:
        _end(story, at + timedelta(days=random.uniform(1, 60)), "RDV_FIXE", event="case_ended")


def _joined(random: Random, story: Story, at: Instant) -> None:
    """They call in themselves: no attempt is made."""
    outcome = random.choice(ENDS)
    story.tell(at, "callback_attached")
    story.tell(at, "callback_joined")
    given_at = at + timedelta(minutes=10)
    _close(story, given_at, outcome, story.callback)
    _end(story, given_at, outcome)


def _stopped(random: Random, story: Story, at: Instant) -> None:
    outcome = random.choice(["DOUBLON", "HORS_CHAMP", "ANNULE", "OPPOSITION"])
    _close(story, at, outcome, story.callback)
    _end(story, at, outcome)


def _attempt(story: Story, at: Instant, attempt: int, callback: str, *known: Known) -> None:
    story.tell(at, "callback_dialled", callback, attempt=attempt)
    for one in known:
        said = {"cause": one.cause, "outcome": one.outcome}
        story.tell(one.since, "callback_attempt_ended", callback, attempt=attempt, **said)
    story.dialled.append((at, list(known)))


def _close(story: Story, at: Instant, outcome: str, callback: str) -> None:
    story.tell(at, "callback_closed", callback, outcome=outcome, by="person")
    story.closed.append((at, outcome))


def _end(story: Story, at: Instant, outcome: str, event: str = "callback_case_ended") -> None:
    story.tell(at, event, case=story.case, outcome=outcome)
    story.ended = (at, outcome)


# -- what was true ----------------------------------------------------------------------------------


def _truth(story: Story, at: Instant) -> Summary:
    dialled = [
        (dialled_at, next((one for one in reversed(known) if one.since <= at), None))
        for dialled_at, known in story.dialled
        if dialled_at <= at
    ]
    placed = [(when, one) for when, one in dialled if one is None or one.cause != "unplaced"]
    closed = [one for one in story.closed if one[0] <= at]
    ended = story.ended if story.ended is not None and story.ended[0] <= at else None
    then = min(at, ended[0]) if ended is not None else at
    reached = [when for when, one in placed if one and (one.cause == "talked" or one.outcome in REACHED)]
    reached += [when for when, said in closed if said in REACHED]
    holding = [
        (when, fixed) for fixed, when, off in story.appointments if fixed <= then and (off is None or then < off)
    ]
    appointment_at, fixed_at = min(holding, default=(None, None))
    said = ended[1] if ended is not None else (max(closed)[1] if closed else None)
    facts = [known for when, known in sorted(story.learnt, key=lambda one: one[0]) if when <= at]
    return Summary(
        received_at=story.received_at,
        facts=facts[-1] if facts else Facts(),
        standing=_standing(story.received_at, appointment_at, then),
        attempts=len(placed),
        first_attempt_at=min((one[0] for one in placed), default=None),
        reached_at=min(reached, default=None),
        appointment_fixed_at=fixed_at,
        appointment_at=appointment_at,
        outcome=CallbackOutcome(said) if said is not None else None,
        ended_at=ended[0] if ended is not None else None,
    )


def _standing(received_at: Instant, appointment_at: Instant | None, then: Instant) -> Standing:
    def day(at: Instant) -> date:
        return at.astimezone(PARIS).date()

    last = day(received_at) + timedelta(days=15)
    if appointment_at is not None and day(appointment_at) <= last:
        return Standing.MET
    if day(then) > last:
        return Standing.LATE
    return Standing.AT_RISK if day(then) >= day(received_at) + timedelta(days=10) else Standing.DUE
