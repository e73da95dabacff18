"""The one table of roles, held to the words of the API's scopes; and whose page is nobody else's."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.access.roles import POWERS, Page, Reach, Role, may, pages_of, reach, scopes_of
from dialer.core.words import AdviserId
from dialer.web import scopes
from dialer.web.routes import ROUTES

A, B = AdviserId("a"), AdviserId("b")
OF_PROGRAMS = {"admin", "intake"}
some_roles = st.frozensets(st.sampled_from(Role))

WHO = """
scope            | adviser | supervisor | planner | officer   | admin
advisers:read    | own     | all        | all     |           |
advisers:write   | own     | all        |         |           |
calls:read       | own     | all        |         |           |
calls:write      | own     |            |         |           |
callers:read     | own     |            |         |           |
callbacks:read   | own     | all        |         |           |
callbacks:write  | own     | all        |         |           |
cases:read       |         |            |         | academies |
cases:write      |         |            |         | academies |
structures:read  | all     | all        |         | all       | all
structures:write |         |            |         |           | all
persons          |         |            |         |           | all
slots:read       | all     | all        | all     |           |
desk:read        |         | all        | all     |           |
metrics:read     |         |            |         |           | all
"""


def cells() -> dict[tuple[Role, str], Reach | None]:
    head, *rows = [[cell.strip() for cell in line.split("|")] for line in WHO.strip().splitlines()]
    found = {}
    for scope, *row in rows:
        for role, cell in zip(head[1:], row, strict=True):
            found[Role(role), scope] = Reach[cell.upper()] if cell else None
    return found


def test_the_table_promises_something_for_every_role_and_every_scope_that_is_not_for_programs_alone() -> None:
    assert set(cells()) == {(role, scope) for role in Role for scope in scopes.ALL - OF_PROGRAMS}


@pytest.mark.parametrize(("role", "scope"), cells())
def test_each_role_reaches_as_far_as_the_table_promises(role: Role, scope: str) -> None:
    assert reach({role}, scope) == cells()[role, scope]


def test_the_words_of_the_table_are_those_of_the_api_and_programs_have_theirs_alone() -> None:
    assert scopes_of(Role) == scopes.ALL - OF_PROGRAMS


@pytest.mark.parametrize("role", Role)
def test_what_a_scope_holds_by_the_api_is_in_the_table_by_name_and_reaches_as_far(role: Role) -> None:
    assert scopes.opened_by(scopes_of({role})) == scopes_of({role})
    for scope in scopes_of({role}):
        for held in scopes.HOLDS.get(scope, frozenset()):
            assert reach({role}, held) >= reach({role}, scope)


def test_every_route_that_a_person_may_open_is_opened_by_some_role_and_by_not_every() -> None:
    for route in ROUTES:
        if route.needs in (None, "any") or route.needs in OF_PROGRAMS:
            continue
        opened = {role for role in Role if reach({role}, route.needs) is not None}
        assert opened, route.path
        assert opened != set(Role), route.path


@given(some_roles, st.sampled_from(sorted(scopes.ALL)), st.sampled_from([None, A, B]), st.sampled_from([None, A, B]))
def test_several_roles_open_what_one_of_them_opens_and_nothing_besides(roles, scope, own, of):
    assert may(roles, scope, own, of) == any(may({role}, scope, own, of) for role in roles)
    assert pages_of(roles) == frozenset().union(*(pages_of({role}) for role in roles))


@given(some_roles, st.sampled_from(sorted(scopes.ALL)))
def test_an_adviser_reaches_what_is_theirs_and_no_others_and_no_list(roles, scope):
    if reach(roles, scope) is Reach.OWN:
        assert may(roles, scope, A, A)
        assert not may(roles, scope, A, B)
        assert not may(roles, scope, A, None)
        assert not may(roles, scope, None, None)
        assert not may(roles, scope, None, A)


def test_no_role_at_all_opens_nothing_and_has_no_page() -> None:
    assert scopes_of([]) == pages_of([]) == frozenset()
    assert not any(may([], scope, A, A) for scope in scopes.ALL)


def test_a_caller_s_whole_number_is_nobody_s_but_of_the_adviser_whom_they_talk_to() -> None:
    assert [role for role in Role if reach({role}, "callers:read")] == [Role.ADVISER]
    assert reach({Role.ADVISER}, "callers:read") is Reach.OWN


def test_cases_are_officers_alone_and_only_of_their_academies() -> None:
    others = set(Role) - {Role.OFFICER}
    assert not {"cases:read", "cases:write"} & scopes_of(others)
    assert Page.CASES not in pages_of(others)


def test_every_page_is_some_role_s_and_no_two_roles_have_the_same() -> None:
    assert pages_of(Role) == set(Page)
    assert all(POWERS[one].pages != POWERS[other].pages for one, other in combinations(Role, 2))
