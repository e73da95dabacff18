"""Who sees which cases: everybody in turn before every kind of case."""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.callbacks.states import CaseId
from dialer.core.cases.responsible import How, Officer, OfficerId, Responsible, Turn, responsible_for
from dialer.core.cases.visibility import Everywhere, National, Person, Viewer, academies_of, may_see, viewer_of
from dialer.core.places.academie import ACADEMIES, AcademieCode

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LYON, GRENOBLE = AcademieCode("10"), AcademieCode("08")
LEA, OMAR = OfficerId("lea"), OfficerId("omar")


@dataclass(frozen=True, slots=True)
class File:
    id: CaseId
    responsible: Responsible


def held_by_lea_then_moved() -> Responsible:
    turns = (Turn(AT, How.POSTCODE, LYON), Turn(AT, How.ASSIGNED, LYON, LEA, "lea"))
    return Responsible((*turns, Turn(AT, How.TRANSFERRED, GRENOBLE, None, "lea", "a déménagé")))


CASES = {
    "lyon": responsible_for("69003", AT),
    "lea's": Responsible((Turn(AT, How.POSTCODE, LYON), Turn(AT, How.ASSIGNED, LYON, LEA, "lea"))),
    "omar's": Responsible((Turn(AT, How.POSTCODE, LYON), Turn(AT, How.ASSIGNED, LYON, OMAR, "omar"))),
    "moved": held_by_lea_then_moved(),
    "grenoble": responsible_for("38000", AT),
    "shared": responsible_for("01200", AT),
    "corse": responsible_for("20090", AT),
    "no postcode": responsible_for(None, AT),
    "vice-rectorat": responsible_for("98800", AT),
}
FILES = [File(CaseId(name), responsible) for name, responsible in CASES.items()]
ALL = set(CASES)
OF_LYON = {"lyon", "lea's", "omar's", "shared"}

ROLES: dict[str, tuple[Viewer, set[str]]] = {
    "national coordination": (National(), ALL),
    "officer of Lyon": (Officer(LEA, frozenset({LYON})), OF_LYON),
    "another officer of Lyon": (Officer(OMAR, frozenset({LYON})), OF_LYON),
    "officer of Grenoble": (Officer(OfficerId("ines"), frozenset({GRENOBLE})), {"grenoble", "moved"}),
    "officer of both": (Officer(OMAR, frozenset({LYON, GRENOBLE})), OF_LYON | {"grenoble", "moved"}),
    "officer of Paris": (Officer(OfficerId("max"), frozenset({AcademieCode("01")})), set()),
    "officer of none": (Officer(LEA, frozenset()), set()),
    "officer of all thirty": (Officer(LEA, frozenset(ACADEMIES)), ALL - {"no postcode", "vice-rectorat"}),
    "person with their link": (Person(CaseId("lea's")), {"lea's"}),
    "person with an old link": (Person(CaseId("erased")), set()),
    "token of no académie": (viewer_of("dashboard", None), ALL),
    "token of Lyon by code": (viewer_of("lea", "10"), OF_LYON),
    "token of Lyon by name": (viewer_of("lea", "Académie de Lyon"), OF_LYON),
    "token of an académie that is none": (viewer_of("lea", "Atlantis"), set()),
    "token of a blank académie": (viewer_of("lea", ""), set()),
}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_these_cases_and_no_others(role: str) -> None:
    viewer, seen = ROLES[role]

    assert {file.id for file in FILES if may_see(viewer, file)} == seen


def listed(viewer: Viewer, files: list[File], asked: AcademieCode | None = None) -> set[str]:
    """The same question asked of a database, by the filter form."""
    bound = academies_of(viewer, asked)
    with sqlite3.connect(":memory:") as base:
        base.execute("CREATE TABLE cases (id TEXT, academie TEXT)")
        base.executemany("INSERT INTO cases VALUES (?, ?)", [(file.id, file.responsible.academie) for file in files])
        if isinstance(bound, Everywhere):
            rows = base.execute("SELECT id FROM cases").fetchall()
        else:
            marks = ", ".join("?" * len(bound))
            rows = base.execute(f"SELECT id FROM cases WHERE academie IN ({marks})", sorted(bound)).fetchall()
    base.close()
    return {row[0] for row in rows}


@pytest.mark.parametrize("role", [role for role, (viewer, _) in ROLES.items() if not isinstance(viewer, Person)])
def test_a_list_shows_what_may_be_opened_and_nothing_else(role: str) -> None:
    viewer, seen = ROLES[role]

    assert listed(viewer, FILES) == seen


@pytest.mark.parametrize("case", CASES)
def test_a_person_is_in_no_list(case: str) -> None:
    assert listed(Person(CaseId(case)), FILES) == set()


@pytest.mark.parametrize(
    ("role", "asked", "seen"),
    [
        ("national coordination", LYON, OF_LYON),
        ("officer of Lyon", LYON, OF_LYON),
        ("officer of Lyon", GRENOBLE, set()),
        ("officer of both", GRENOBLE, {"grenoble", "moved"}),
        ("officer of none", LYON, set()),
        ("token of an académie that is none", LYON, set()),
    ],
)
def test_asking_for_an_academie_never_widens_what_is_seen(role: str, asked: AcademieCode, seen: set[str]) -> None:
    viewer, _ = ROLES[role]

    assert listed(viewer, FILES, asked) == seen


def test_who_sees_nothing_is_not_mistaken_for_who_sees_all() -> None:
    assert academies_of(Officer(LEA, frozenset())) == frozenset()
    assert academies_of(National()) == Everywhere()
    assert not isinstance(academies_of(Officer(LEA, frozenset(ACADEMIES))), Everywhere)


codes = st.sampled_from(sorted(ACADEMIES))
viewers = st.just(National()) | st.builds(Officer, st.just(LEA), st.frozensets(codes, max_size=4))
postcodes = st.none() | st.integers(0, 99_999).map(lambda number: f"{number:05d}")


@given(viewers, st.lists(postcodes, max_size=12), st.none() | codes)
def test_the_one_rule_and_its_filter_are_one(
    viewer: Viewer, given_postcodes: list[str | None], asked: AcademieCode | None
) -> None:
    files = [File(CaseId(f"case-{number}"), responsible_for(each, AT)) for number, each in enumerate(given_postcodes)]

    wanted = [file for file in files if asked is None or file.responsible.academie == asked]
    assert listed(viewer, files, asked) == {file.id for file in wanted if may_see(viewer, file)}
