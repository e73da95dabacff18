"""Templates: shared, copied with their lineage, improved in versions, retired; paths keep what they took."""

from dataclasses import replace

from dialer.core.cases import template as templates
from dialer.core.cases.path_told import PathProposed
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.cases.responsible import OfficerId
from dialer.core.cases.template import KINDS_FR, Edition, TaskKind, Template, TemplateId
from tests.core.file_world import ANNA, T0, at, new_file, plan, told

ME, COLLEAGUE = OfficerId("anna"), OfficerId("bruno")


def shared() -> Template:
    made = templates.compose(TemplateId("entretien"), "Préparer un entretien", (plan(),), ME, T0)
    assert isinstance(made, Template)
    after = templates.share(made, ME, T0)
    assert isinstance(after, Template)
    return after


def test_a_colleague_improves_what_was_shared_and_running_paths_keep_theirs() -> None:
    first = shared()
    event = PathProposed(T0, ANNA, first.title, first.tasks, first.edition)
    file = told(new_file(), event)

    second = templates.improve(first, 1, "Préparer l'entretien", (plan("Relire"), plan()), COLLEAGUE, at(days=1))

    assert isinstance(second, Template)
    assert (second.version, second.author, second.owner) == (2, COLLEAGUE, ME)
    assert [task.plan for task in file.value.paths[0].tasks] == list(first.tasks)
    assert file.value.paths[0].origin == Edition(first.id, 1)


def test_of_two_who_improve_the_same_version_the_second_is_told() -> None:
    first = shared()
    second = templates.improve(first, 1, first.title, (plan("Relire"),), COLLEAGUE, T0)
    assert isinstance(second, Template)

    assert templates.improve(second, 1, "Autre titre", first.tasks, ME, T0) is CaseRefusal.STALE


def test_a_copy_is_ones_own_knows_where_it_comes_from_and_goes_its_own_way() -> None:
    copied = templates.copy(replace(shared(), version=4), TemplateId("a-moi"), COLLEAGUE, at(days=1))

    assert isinstance(copied, Template)
    assert copied.origin == Edition(TemplateId("entretien"), 4)
    assert (copied.version, copied.owner, copied.shared_at) == (1, COLLEAGUE, None)
    assert templates.usable(copied, ME) is CaseRefusal.PRIVATE
    assert templates.usable(copied, COLLEAGUE) is None


def test_what_is_not_whole_is_no_template() -> None:
    compose = templates.compose
    assert compose(TemplateId("t"), "", (plan(),), ME, T0) is CaseRefusal.NOT_WHOLE
    assert compose(TemplateId("t"), "T", (), ME, T0) is CaseRefusal.NO_TASK
    assert compose(TemplateId("t"), "T", (plan(),) * 8, ME, T0) is CaseRefusal.TOO_MANY_TASKS
    assert isinstance(compose(TemplateId("t"), "T", (plan(),) * 7, ME, T0), Template)


def test_every_kind_of_task_has_its_words() -> None:
    assert set(KINDS_FR) == set(TaskKind)
