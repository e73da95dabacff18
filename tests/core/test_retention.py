"""Nothing is kept past its term, nothing of an open case is touched; what is exported, and what vanishes when."""

import json
import types
import typing
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.outcomes import MEANINGS, CallbackOutcome, Report
from dialer.core.callbacks.states import Attempt, CaseId
from dialer.core.cases import case as cases
from dialer.core.cases.actor import PERSON, Actor
from dialer.core.cases.appointment import (
    AppointmentFixed,
    AppointmentId,
    AppointmentMissed,
    AppointmentMoved,
    Misser,
    Where,
)
from dialer.core.cases.case import Flag, Kind
from dialer.core.cases.consent import ConsentSaid, Purpose
from dialer.core.cases.fates import ELSEWHERE, FATES, Fate
from dialer.core.cases.file import CaseFile, facts
from dialer.core.cases.note import NoteWritten
from dialer.core.cases.path_told import PathProposed, TaskConfirmed, TaskDone, TaskId
from dialer.core.cases.person_export import LABELS, export
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.cases.responsible import CaseAssigned, CaseTransferred, OfficerId, ToOfficer
from dialer.core.cases.retention import (
    Archive,
    Archived,
    Erase,
    Keep,
    RetentionRules,
    Term,
    archive,
    erase,
    terms,
    what_now,
)
from dialer.core.cases.tally import Tally, tallies
from dialer.core.cases.told import CallbackOver, CaseEnded, RequestReceived
from dialer.core.report.report import Count, Delay, Dimension, report
from dialer.core.report.summary import Summary, Tried, summary
from dialer.core.structures.structure import StructureId
from dialer.core.words import AdviserId, Instant, LegId
from schedules.walltime import PARIS
from tests.core.file_world import ANNA, DAY, SECOND, T0, at, new_file, plan, request, told

ENDS = sorted(outcome for outcome, meaning in MEANINGS.items() if meaning.closes)


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def ended(when: Instant, outcome: CallbackOutcome = CallbackOutcome.REFUS) -> CaseFile:
    return told(new_file(), CaseEnded(when, ANNA, outcome)).value


def counted(file: CaseFile, when: Instant) -> Summary:
    tried = (Tried(at(1), AttemptCause.TALKED),)
    return summary(file.case, tried, (), facts(file), when)


# -- the terms --------------------------------------------------------------------------------------


def test_everything_is_kept_for_three_months_then_archived_for_a_year_then_erased() -> None:
    file = ended(paris("2026-04-15T10:00:00"))
    full, last = paris("2026-07-15T00:00:00"), paris("2027-07-15T00:00:00")

    assert what_now(file, full - SECOND) == Keep(full)
    assert what_now(file, full) == Archive(last)
    assert what_now(file, last - SECOND) == Archive(last)
    assert what_now(file, last) == Erase()
    archived = archive(file, counted(file, full), full)
    assert isinstance(archived, Archived)
    assert what_now(archived, last - SECOND) == Keep(last)
    assert what_now(archived, last) == Erase()


@pytest.mark.parametrize(
    ("ends", "full"),
    [
        ("2026-11-30T12:00", "2027-02-28"),
        ("2027-11-30T12:00", "2028-02-29"),
        ("2026-08-31T23:30", "2026-11-30"),
    ],
)
def test_a_month_without_that_day_ends_with_its_last(ends: str, full: str) -> None:
    assert terms(_end(paris(ends)))[0] == paris(full)


def test_an_outcome_may_have_a_term_of_its_own() -> None:
    rules = RetentionRules(of={CallbackOutcome.OPPOSITION: Term(0, 1), CallbackOutcome.DOUBLON: Term(0, 0)})
    when = paris("2026-04-15T10:00:00")

    assert what_now(ended(when, CallbackOutcome.OPPOSITION), when, rules) == Archive(paris("2026-05-15T00:00:00"))
    assert what_now(ended(when, CallbackOutcome.DOUBLON), when, rules) == Erase()
    assert terms(_end(when, CallbackOutcome.DOUBLON), rules) == (when, when), "never before the outcome itself"
    assert isinstance(what_now(ended(when), when, rules), Keep)


def test_no_archive_is_longer_than_a_year() -> None:
    for full, archived in ((-1, 1), (3, -1), (3, 13)):
        with pytest.raises(ValueError, match="a term is"):
            Term(full, archived)


def _end(when: Instant, outcome: CallbackOutcome = CallbackOutcome.REFUS) -> cases.Ended:
    found = ended(when, outcome).case.ended
    assert found is not None
    return found


instants = st.integers(0, 4 * 365 * 24 * 60).map(lambda minutes: T0 + timedelta(minutes=minutes))
term = st.builds(Term, st.integers(0, 24), st.integers(0, 12))


@given(instants, st.sampled_from(ENDS), term, st.lists(instants, max_size=12))
def test_nothing_is_kept_past_its_term_and_nothing_vanishes_before(
    when: Instant, outcome: CallbackOutcome, of: Term, jobs: list[Instant]
) -> None:
    """The job runs at any instants at all; what it leaves is never more than what may be there."""
    rules = RetentionRules(of={outcome: of})
    kept: CaseFile | Archived | None = ended(when, outcome)
    full_max = when + timedelta(days=31 * of.full_months)
    last_max = when + timedelta(days=31 * (of.full_months + of.archive_months))
    for job in sorted(each for each in jobs if each >= when):
        if kept is None:
            break
        match what_now(kept, job, rules):
            case Keep(until=until):
                assert until is not None
                assert until > job
                assert until <= (last_max if isinstance(kept, Archived) else full_max)
            case Archive(until=until):
                assert job < until <= last_max
                assert isinstance(kept, CaseFile)
                assert job >= when + timedelta(days=28 * of.full_months) - 2 * DAY
                made = archive(kept, counted(kept, job), job)
                assert isinstance(made, Archived)
                assert isinstance(what_now(made, job, rules), Keep), "what was archived is not archived again"
                kept = made
            case Erase():
                months = of.full_months + of.archive_months
                assert job >= when + timedelta(days=28 * months) - 2 * DAY
                assert erase(kept, counted(kept, job) if isinstance(kept, CaseFile) else None)
                kept = None
    if kept is not None:
        assert isinstance(what_now(kept, max(last_max, when), rules), Erase), "in the end everything goes"


@given(instants)
def test_nothing_of_an_open_case_is_touched(when: Instant) -> None:
    file = new_file().value

    assert what_now(file, when) == Keep(None)
    assert archive(file, counted(file, when), when) is CaseRefusal.OPEN
    assert erase(file) is CaseRefusal.OPEN


# -- what vanishes, and what remains ----------------------------------------------------------------


def full_file() -> CaseFile:
    """With something in every field that somebody wrote, each as a mark that says until when it is kept."""
    asked = request(
        first_name="FULL-first", name="ARCHIVE-name", postcode="53000", situation="FULL-situation", note="FULL-note",
    )  # fmt: skip
    a1, task = AppointmentId("case-60124736-a1"), TaskId("case-60124736-p1-t1")
    where = Where(StructureId("FULL-structure"), None, "FULL-referent")
    file = told(
        new_file(first_name="ARCHIVE-first"),
        RequestReceived(T0, asked, (Flag.TRACK_A,)),
        CaseAssigned(T0, "FULL-chief", OfficerId("bruno")),
        CaseTransferred(T0, "bruno", ToOfficer(OfficerId("anna")), "FULL-reason"),
        AppointmentFixed(at(1), ANNA, at(3), where),
        AppointmentMoved(at(2), ANNA, a1, at(4)),
        AppointmentMissed(at(4), ANNA, AppointmentId("case-60124736-a2"), Misser.PERSON),
        NoteWritten(at(1), PERSON, "FULL-text"),
        PathProposed(at(1), ANNA, "FULL-path", (plan("FULL-task"),)),
        TaskDone(at(2), PERSON, task),
        TaskConfirmed(at(2), ANNA, task),
        ConsentSaid(at(1), PERSON, Purpose.FOLLOW_UP, True),
        CallbackOver(at(1), Report(CallbackOutcome.RDV_FIXE)),
        CaseEnded(at(5), ANNA, CallbackOutcome.DEJA_EN_SOLUTION),
    )
    return file.value


def test_the_archive_holds_nothing_that_anybody_wrote_in_words_of_their_own() -> None:
    made = archive(full_file(), counted(full_file(), at(100)), at(100))

    assert "FULL" in repr(full_file())
    assert "FULL" not in repr(made)
    assert "ARCHIVE-name" in repr(made)
    assert "ARCHIVE-first" in repr(made)
    assert isinstance(made, Archived)
    assert [(each.on, each.state) for each in made.appointments] == [(at(3), "moved"), (at(4), "missed")]
    assert (made.officer, made.academie) == ("anna", "17")


def test_what_remains_after_that_says_nothing_of_the_person() -> None:
    file = full_file()
    made = archive(file, counted(file, at(100)), at(100))
    assert isinstance(made, Archived)
    remains = erase(made)

    assert remains == erase(file, counted(file, at(100)))
    shown = repr(remains)
    for personal in ("FULL", "ARCHIVE", "2007", "60124736", "+33", "anna", "bruno", "53000", "datetime"):
        assert personal not in shown
    assert isinstance(remains, tuple)
    assert all(isinstance(each, Tally) for each in remains)


def test_a_file_never_vanishes_uncounted() -> None:
    with pytest.raises(ValueError, match="uncounted"):
        erase(full_file())
    with pytest.raises(ValueError, match="open"):
        tallies(Kind.RTF, replace(counted(full_file(), at(9)), ended_at=None))


def test_the_counts_add_up_to_the_annual_review() -> None:
    """Ten cases: the review made of their summaries and that made of what remains of them agree in every count."""
    files = [
        told(
            new_file(id=CaseId(f"case-{n}"), birth_date=date(2000 + n, 5, 1)),
            AppointmentFixed(at(1), ANNA, at(3 + 2 * n), Where(StructureId("cio-laval"))),
            CaseEnded(at(40), ANNA, ENDS[n % len(ENDS)]),
        ).value
        for n in range(10)
    ]
    summaries = [counted(file, at(60)) for file in files]
    made = report(summaries, 2026, at(60))
    remains = [each for one in summaries for each in tallies(Kind.RTF, one)]

    sums: Counter[tuple[Dimension | None, str | None, Count]] = Counter()
    for each in remains:
        if each.count is not None:
            sums[each.dimension, each.value, each.count] += each.number
    for count in Count:
        assert sums[None, None, count] == made.total.counts[count]
        for dimension in (Dimension.AGE, Dimension.TRACK, Dimension.OUTCOME):
            for value, group in made.by[dimension].items():
                assert sums[dimension, value, count] == group.counts[count]
    for delay, seconds in made.total.delays_s.items():
        days = [each.days for each in remains if each.dimension is None and each.delay is delay]
        assert days == [int(each // 86400) for each in seconds]
    assert len(made.total.delays_s[Delay.APPOINTMENT]) == 10


# -- every field ------------------------------------------------------------------------------------


def classes_of(kind: object, found: dict[str, type]) -> dict[str, type]:
    """Every dataclass that this type is made of, by the name that the tables call it."""
    for each in typing.get_args(kind):
        classes_of(each, found)
    if isinstance(kind, type) and is_dataclass(kind):
        name = "OnTheClock" if kind is cases.Appointment else kind.__name__
        if found.get(name) is None:
            found[name] = kind
            for hint in typing.get_type_hints(kind).values():
                classes_of(hint, found)
        assert found[name] is kind, f"two classes are called {name}"
    return found


def test_of_every_field_of_a_file_it_is_said_until_when_it_is_kept() -> None:
    found = {f"{name}.{each.name}" for name, kind in classes_of(CaseFile, {}).items() for each in fields(kind)}

    assert found == set(FATES)
    assert set(FATES.values()) == {Fate.FULL, Fate.ARCHIVE}, "of a file nothing remains"


def test_what_is_to_be_emptied_elsewhere_is_there() -> None:
    from dialer.store.tables import metadata

    columns = {f"{table.name}.{column.name}" for table in metadata.tables.values() for column in table.columns}
    assert set(ELSEWHERE) <= columns
    assert {name for name, fate in ELSEWHERE.items() if fate is Fate.REMAINS} == {"oppositions.number"}


# -- the export -------------------------------------------------------------------------------------


def test_a_person_is_given_everything_in_french_but_the_names_of_those_who_worked_on_it() -> None:
    attempt = Attempt(1, LegId("cb-60124736-x1"), at(1), AdviserId("chloe"), AttemptCause.BUSY)
    made = json.dumps(export(full_file(), (attempt,), at(50)), ensure_ascii=False)

    for mark in (
        "FULL-first", "ARCHIVE-name", "53000", "FULL-situation", "FULL-note", "FULL-reason", "FULL-structure",
        "FULL-referent", "FULL-text", "FULL-path", "FULL-task", "+33199000001", "2007-05-01", "busy", "ARCHIVE-first",
    ):  # fmt: skip
        assert mark in made, mark
    for name in ("anna", "bruno", "chloe", "FULL-chief"):
        assert name not in made, name
    for label in ("rendez-vous", "démarches", "accords", "visiter une entreprise", "le service", "vous"):
        assert label in made
    assert "2026-03-17T10:00:00+01:00" in made


def test_every_field_has_a_name_in_french_and_no_two_in_one_place_share_it() -> None:
    names: set[str] = set()
    for kind in classes_of(CaseFile, {}).values():
        if kind is Actor:
            continue  # "vous", or "le service"
        labels = [LABELS[each.name] for each in fields(kind) if each.name != "officer"]
        assert len(set(labels)) == len(labels), kind
        names |= {each.name for each in fields(kind)}
    assert set(LABELS) <= names | {"version"}


def test_what_an_export_does_not_know_it_does_not_tell() -> None:
    with pytest.raises(TypeError, match="not told"):
        export(replace(full_file(), came=types.SimpleNamespace()), (), at(50))  # type: ignore[arg-type]
