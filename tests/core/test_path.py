"""Paths of tasks: at most seven, one at a time, done by one side and confirmed by the other, due on working days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.cases.actor import PERSON, Actor, Side, officer
from dialer.core.cases.almanac import almanac_at
from dialer.core.cases.file import Scene, transition
from dialer.core.cases.path import Confirmed, Done, GivenUp, Path, Walked, awaits, open_path
from dialer.core.cases.path_told import (
    PathEvent,
    PathGivenUp,
    PathProposed,
    TaskAdded,
    TaskConfirmed,
    TaskDone,
    TaskEdited,
    TaskId,
    TaskSentBack,
    TaskWithdrawn,
)
from dialer.core.cases.refusals import SENTENCES, CaseRefusal
from dialer.core.cases.template import TASKS_MAX, Edition, TemplateId, faults_of
from dialer.core.words import Instant
from tests.core.file_world import ANNA, BRUNO, SCENE, T0, at, new_file, plan, tell, told

T1 = TaskId("case-60124736-p1-t1")


def proposed(*days: int, when: Instant = T0) -> PathProposed:
    return PathProposed(when, ANNA, "Découvrir un métier", tuple(plan(days=each) for each in days))


def path_of(*days: int, postcode: str | None = None, when: Instant = T0) -> Path:
    scene = Scene(almanac_at(postcode))
    return transition(new_file(), proposed(*days, when=when), scene).file.value.paths[0]


def due(path: Path) -> list[str]:
    return [task.due_on.isoformat() for task in path.tasks]


def test_tasks_are_due_one_after_another_in_working_days() -> None:
    """From Monday 16 March: five working days are the next Monday, two more the Wednesday."""
    assert due(path_of(5, 2)) == ["2026-03-23", "2026-03-25"]


@pytest.mark.parametrize(
    ("postcode", "expected"),
    [("75011", "2026-04-03"), ("57000", "2026-04-07"), ("97400", "2026-04-03")],
)
def test_good_friday_is_a_working_day_in_paris_and_none_in_metz(postcode: str, expected: str) -> None:
    thursday = at(days=17)

    assert due(path_of(1, postcode=postcode, when=thursday)) == [expected]


def test_the_day_is_that_of_the_place() -> None:
    """Monday 23h in Paris is Tuesday 2h in La Réunion, and Monday 18h in Guadeloupe."""
    night = at(hours=13)

    assert due(path_of(1, postcode="97400", when=night)) == ["2026-03-18"]
    assert due(path_of(1, postcode="97100", when=night)) == ["2026-03-17"]


def test_nowhere_has_the_days_of_paris() -> None:
    assert due(path_of(1, postcode="99999")) == due(path_of(1, postcode=None)) == ["2026-03-17"]


def test_a_task_sent_back_has_its_days_again_and_the_others_keep_their_dates() -> None:
    file = told(
        new_file(), proposed(2, 2), TaskDone(at(days=7), PERSON, T1), TaskSentBack(at(days=7), ANNA, T1, "Vide.")
    )

    assert due(file.value.paths[0]) == ["2026-03-25", "2026-03-20"]


def test_a_task_sent_back_early_loses_no_day() -> None:
    second = TaskId("case-60124736-p1-t2")
    file = told(new_file(), proposed(5, 4), TaskDone(T0, PERSON, second), TaskSentBack(T0, ANNA, second, "Vide."))

    assert due(file.value.paths[0]) == ["2026-03-23", "2026-03-27"]


def test_another_title_changes_no_date_and_other_days_count_from_today() -> None:
    file = told(new_file(), proposed(5))

    assert due(told(file, TaskEdited(at(days=2), ANNA, T1, plan("Visiter le lycée"))).value.paths[0]) == ["2026-03-23"]
    assert due(told(file, TaskEdited(at(days=2), ANNA, T1, plan(days=1))).value.paths[0]) == ["2026-03-19"]


def test_a_task_that_is_added_comes_last_and_is_due_after_the_last() -> None:
    file = told(new_file(), proposed(5), TaskAdded(T0, ANNA, plan(days=1)))
    later = told(new_file(), proposed(5), TaskAdded(at(days=14), ANNA, plan(days=1)))

    assert due(file.value.paths[0]) == ["2026-03-23", "2026-03-24"]
    assert due(later.value.paths[0]) == ["2026-03-23", "2026-03-31"]


def test_no_task_ever_has_the_id_of_another() -> None:
    file = told(new_file(), proposed(1, 1), TaskWithdrawn(T0, ANNA, T1), TaskAdded(T0, ANNA, plan()))

    assert [task.id[-2:] for task in file.value.paths[0].tasks] == ["t2", "t3"]


def test_withdrawing_what_nobody_does_any_more_ends_a_path_whose_rest_is_confirmed() -> None:
    second = TaskId("case-60124736-p1-t2")
    file = told(new_file(), proposed(1, 1), TaskDone(T0, PERSON, second), TaskConfirmed(T0, ANNA, second))

    assert told(file, TaskWithdrawn(at(days=1), ANNA, T1)).value.paths[0].over == Walked(at(days=1))


def test_it_is_told_who_did_a_task_and_who_confirmed_it_and_when() -> None:
    file = told(new_file(), proposed(1), TaskDone(at(days=1), PERSON, T1), TaskConfirmed(at(days=2), BRUNO, T1))

    done = Done(at(days=1), PERSON)
    assert file.value.paths[0].tasks[0].state == Confirmed(at(days=2), BRUNO, done)


def test_the_other_side_is_told_of_each_step() -> None:
    file = told(new_file(), proposed(1))

    done = tell(file, TaskDone(T0, PERSON, T1))
    assert done.hears is Side.SERVICE
    assert tell(done.file, TaskSentBack(T0, ANNA, T1, "Vide.")).hears is Side.PERSON
    assert tell(done.file, TaskConfirmed(T0, BRUNO, T1)).hears is Side.PERSON


def test_what_was_confirmed_outlasts_the_path_that_is_given_up_and_the_next_one_may_begin() -> None:
    file = told(
        new_file(), proposed(1, 1), TaskDone(T0, PERSON, T1), TaskConfirmed(T0, ANNA, T1),
        PathGivenUp(T0, PERSON, "Je déménage."), proposed(1),
    )  # fmt: skip

    first, second = file.value.paths
    assert first.over == GivenUp(T0, PERSON, "Je déménage.")
    assert first.tasks[0].state.kind == "confirmed"
    assert second.id == "case-60124736-p2"


def test_a_path_knows_the_version_of_the_template_it_was_made_from() -> None:
    origin = Edition(TemplateId("entretien"), 3)
    event = PathProposed(T0, ANNA, "Préparer un entretien", (plan(),), origin)

    assert told(new_file(), event).value.paths[0].origin == origin


def test_every_fault_of_a_plan_is_told_at_once() -> None:
    faults = faults_of("", (plan(""), plan("x" * 121, days=0), plan("bip\a", days=61)))

    assert [fault.where for fault in faults] == [
        "title", "tasks[0].title", "tasks[1].title", "tasks[1].days", "tasks[2].title", "tasks[2].days",
    ]  # fmt: skip
    assert [fault.where for fault in faults_of("Démarche", (plan(),) * 8)] == ["tasks"]
    assert not faults_of("Démarche", (plan("x" * 120, days=60),) * 7)


def test_a_person_has_no_officers_id_and_an_officer_has_one() -> None:
    for side, name in ((Side.PERSON, "anna"), (Side.SERVICE, None), (Side.SERVICE, "")):
        with pytest.raises(ValueError, match="has an id"):
            Actor(side, name)  # type: ignore[arg-type]
    assert (PERSON.name, officer("anna").name) == ("person", "anna")


def test_every_refusal_has_a_sentence_in_both_languages() -> None:
    assert set(SENTENCES) == set(CaseRefusal)
    assert all(sentence.en and sentence.fr for sentence in SENTENCES.values())


# -- whatever is told -------------------------------------------------------------------------------

actors = st.sampled_from([PERSON, ANNA, BRUNO])
tasks = st.integers(1, 9).flatmap(lambda n: st.sampled_from([TaskId(f"case-60124736-p{p}-t{n}") for p in (1, 2)]))
days = st.integers(0, 30)
events = st.one_of(
    st.builds(lambda d, by, n: PathProposed(at(d), by, "Démarche", (plan(),) * n), days, actors, st.integers(0, 8)),
    st.builds(lambda d, by: TaskAdded(at(d), by, plan()), days, actors),
    st.builds(lambda d, by, t: TaskEdited(at(d), by, t, plan("Autre", days=2)), days, actors, tasks),
    st.builds(lambda d, by, t: TaskWithdrawn(at(d), by, t), days, actors, tasks),
    st.builds(lambda d, by, t: TaskDone(at(d), by, t), days, actors, tasks),
    st.builds(lambda d, by, t: TaskConfirmed(at(d), by, t), days, actors, tasks),
    st.builds(lambda d, by, t: TaskSentBack(at(d), by, t, "Non."), days, actors, tasks),
    st.builds(lambda d, by: PathGivenUp(at(d), by, "Fini."), days, actors),
)


@given(st.lists(events, max_size=40))
def test_whatever_is_told_a_path_is_at_most_seven_tasks_one_at_a_time_confirmed_by_the_other_side(
    told_: list[PathEvent],
) -> None:
    file = told(new_file(), proposed(*(2,) * 3))
    for event in told_:
        step = transition(file, event, SCENE)
        was, now = file.value.paths, step.file.value.paths
        if step.refused is not None:
            assert step.file is file
            assert not step.records
        for before, after in zip(was, now, strict=False):
            assert before.over is None or before == after, "a path that is over changes no more"
            kept = {task.id: task for task in after.tasks}
            for task in before.tasks:
                if isinstance(task.state, Confirmed):
                    assert kept[task.id] == task, "what is confirmed changes no more"
        file = step.file
        assert sum(path.over is None for path in now) <= 1
        for path in now:
            assert 1 <= len(path.tasks) <= TASKS_MAX
            assert len({task.id for task in path.tasks}) == len(path.tasks)
            walked = all(awaits(task) is None for task in path.tasks)
            assert walked is isinstance(path.over, Walked)
            for task in path.tasks:
                if isinstance(task.state, Confirmed):
                    assert task.state.by.side is not task.state.done.by.side
                assert task.due_on.weekday() < 5
                assert task.due_on > date(2026, 3, 16)
        assert open_path(now) is None or now[-1].over is None, "the open path is the newest"
