"""A person may have all that is kept of them, and may be forgotten: then nobody finds anything, and the counts stay."""

from __future__ import annotations

import asyncio
import gc
import json
import os
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from click.testing import Result
from sqlalchemy import create_engine, inspect, text
from typer.testing import CliRunner

from dialer.cli_person import person_app
from dialer.core import events as ev
from dialer.core.callbacks import states
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import CallbackId, CaseId
from dialer.core.callbacks.told import CardAccepted, DialAsked
from dialer.core.cases import archive_export
from dialer.core.cases.actor import officer
from dialer.core.cases.counted import summary_of
from dialer.core.cases.note import NoteWritten
from dialer.core.cases.retention import Archived, archive
from dialer.core.words import E164, Cause, LegId, Wish
from dialer.rtf import Review, review
from tests.cases.conftest import Office, StartOffice

pytestmark = pytest.mark.asyncio

State = TypeVar("State")

PHONE = "01 99 00 00 77"
NUMBER = "+33199000077"
NAMES = {"first_name": "Quetzalcoatline", "name": "Zwiebelmeyer"}
NOTE = "Souhaite un CAP de luthier itinérant"


async def with_a_note(house: Office, **said: Any) -> dict[str, Any]:
    """A request of a person whose words are found nowhere else, and a note in their file."""
    booked = await house.book(PHONE, **NAMES, **said)
    case = CaseId(booked["case"])
    await house.happen(ev.CaseTold(house.clock.at, case, NoteWritten(house.clock.at, officer("anna"), NOTE), None))
    return booked


async def archived(house: Office, booked: dict[str, Any]) -> CaseId:
    """It ends, and is archived."""
    case = CaseId(booked["case"])
    await house.settle(booked["id"], CallbackOutcome.INFO_DONNEE)
    kept = await house.store.cases.file(case)
    assert kept is not None
    assert not isinstance(kept, Archived)
    summary = summary_of(kept.value, await house.store.cases.callbacks(case), house.clock.at)
    put = archive(kept.value, summary, house.clock.at)
    assert isinstance(put, Archived)
    await house.happen(ev.CasesRetired(house.clock.at, "retention", (put,)))
    return case


async def the_year(house: Office) -> Review:
    return await review(house.store, house.clock.at.year, None, house.clock.at)


def found_in_memory(house: Office, *wanted: str) -> list[str]:
    """Which of these words are in any text that the desk holds."""
    seen: set[int] = set()
    found: set[str] = set()
    left: list[object] = [house.runner.desk]
    while left:
        one = left.pop()
        if id(one) in seen or isinstance(one, type):
            continue
        seen.add(id(one))
        if isinstance(one, str):
            found.update(word for word in wanted if word in one)
        elif type(one).__module__ != "builtins" or isinstance(one, dict | list | tuple | set | frozenset):
            left += gc.get_referents(one)
    return sorted(found)


def found_in_database(url: str, *wanted: str) -> list[tuple[str, str]]:
    """Which of these words are in which column of text."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    found = set()
    with engine.connect() as conn:
        for table in inspect(conn).get_table_names():
            for row in conn.execute(text(f'SELECT * FROM "{table}"')).mappings():
                told = [(name, str(value)) for name, value in row.items()]
                found |= {(f"{table}.{name}", word) for name, value in told for word in wanted if word in value}
    engine.dispose()
    return sorted(found)


# -- which cases -------------------------------------------------------------------------------------


async def test_a_reference_or_a_case_tells_which_cases_may_be_a_persons(office: StartOffice) -> None:
    house = await office()
    booked = await house.book(PHONE, **NAMES)
    other = await house.book(PHONE, first_name="Bettina", birth_date="2009-01-01")
    await house.book()
    token = await house.token("dpo", "persons")
    digits = booked["reference"]
    for asked in (digits, f"{digits[:2]} {digits[2:5]} {digits[5:]}", booked["case"]):
        status, found = await house.ask("GET", f"/persons/{asked}", token)
        assert status == 200, found
        assert found["case"]["id"] == booked["case"]
        assert [each["id"] for each in found["same_number"]] == [other["case"]]
    assert NUMBER not in str(found)
    assert "Quetz" not in str(found)
    (*_, looked) = [each async for each in house.store.records(house.clock.at, house.clock.at + timedelta(days=1))]
    data = {"by": "dpo", "what": "list", "cases": f"{booked['case']} {other['case']}"}
    assert (looked.event, dict(looked.data)) == ("cases_listed", data)


async def test_archived_cases_of_the_number_are_named_too(office: StartOffice) -> None:
    house = await office()
    old = await archived(house, await house.book(PHONE, **NAMES))
    booked = await house.book(PHONE, **NAMES)
    status, found = await house.ask("GET", f"/persons/{booked['reference']}")
    assert status == 200
    assert [(each["id"], each["archived"]) for each in found["same_number"]] == [(old, True)]


@pytest.mark.parametrize("asked", ["00000000", "case-00000000", "case-%00", "x" * 300, "quetz"])
async def test_what_is_no_reference_is_not_there(office: StartOffice, asked: str) -> None:
    house = await office()
    await house.book()
    status, _ = await house.ask("GET", f"/persons/{asked}")
    assert status == 404


WAYS = (("GET", "/persons/{reference}"), ("GET", "/cases/{case}/export"), ("POST", "/cases/{case}/erase"))


@pytest.mark.parametrize("is_archived", [False, True])
async def test_for_the_officer_of_another_academie_there_is_no_such_person(
    office: StartOffice, is_archived: bool
) -> None:
    house = await office()
    booked = await with_a_note(house)
    if is_archived:
        await archived(house, booked)
    chantal = await house.token("chantal", "persons", "cases:write")
    before = await the_journal(house)
    for method, path in WAYS:
        theirs = await house.ask(method, path.format(**booked), chantal)
        nobodys = await house.ask(method, path.format(reference="00000000", case="case-999"), chantal)
        assert theirs == nobodys
        assert theirs[0] == 404
    assert await the_journal(house) == before
    anna = await house.token("anna", "persons")
    assert (await house.ask("GET", f"/persons/{booked['reference']}", anna))[0] == 200


async def test_only_the_scope_of_persons_opens_them(office: StartOffice) -> None:
    house = await office()
    booked = await house.book()
    token = await house.token("anna", "cases:write", "callers:read", "callbacks:write")
    assert [(await house.ask(method, path.format(**booked), token))[0] for method, path in WAYS] == [403, 403, 403]


async def the_journal(house: Office) -> list[str]:
    return [each.event async for each in house.store.records(house.clock.at, house.clock.at + timedelta(days=9))]


# -- all that is kept --------------------------------------------------------------------------------


async def test_a_person_has_all_that_is_kept_in_french_and_the_look_is_in_the_journal(office: StartOffice) -> None:
    house = await office()
    booked = await with_a_note(house)
    token = await house.token("anna", "persons")
    status, found = await house.ask("GET", f"/cases/{booked['case']}/export", token)
    assert status == 200, found
    data = found["data"]
    assert (data["demandes"][0]["demande"]["prénom"], data["demandes"][0]["demande"]["nom"]) == tuple(NAMES.values())
    assert data["notes"][0]["texte"] == NOTE, "released or not"
    assert "anna" not in str(data), "those who worked on it are persons too"
    assert data["tentatives d'appel"] == []
    assert (await the_journal(house))[-1] == "cases_listed"


async def test_a_person_has_what_the_archive_holds(office: StartOffice) -> None:
    house = await office()
    case = await archived(house, await with_a_note(house))
    status, found = await house.ask("GET", f"/cases/{case}/export")
    assert (status, found["archived"]) == (200, True)
    data = found["data"]
    assert (data["prénom"], data["nom"], data["téléphone"]) == (*NAMES.values(), NUMBER)
    assert (data["clôture"]["issue"], data["compté au bilan"]["tentatives"]) == ("INFO_DONNEE", 0)
    kept = await house.store.cases.file(case)
    assert isinstance(kept, Archived)
    left_out = {"officer"}
    assert len(archive_export.export(kept, house.clock.at)) == len(fields(kept)) - len(left_out) + 1, "and when"


# -- forgotten ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("begin", ["open", "ended", "archived"])
async def test_who_is_erased_is_found_nowhere_and_still_counts(office: StartOffice, url: str, begin: str) -> None:
    house = await office()
    booked = await with_a_note(house)
    await house.book(first_name="Jean")
    case = CaseId(booked["case"])
    if begin == "ended":
        await house.settle(booked["id"], CallbackOutcome.ANNULE)
    elif begin == "archived":
        await archived(house, booked)
    words = (*NAMES.values(), "quetzalcoatline", NOTE, "luthier", NUMBER, NUMBER[1:], "0199000077")
    assert found_in_database(url, *words)
    counted = (await the_year(house)).files
    token = await house.token("anna", "persons", "cases:read", "callbacks:read")
    status, told = await house.ask("POST", f"/cases/{case}/erase", token)
    assert (status, told) == (200, {"case": case, "ended": begin == "open"})

    assert found_in_memory(house, *words) == []
    assert found_in_database(url, *words) == []
    assert case not in house.runner.desk.cabinet.files
    assert not house.floor.callbacks_on(E164(NUMBER))
    for method, path in WAYS:
        assert (await house.ask(method, path.format(**booked), token))[0] == 404
    status, page = await house.ask("GET", f"/callbacks?reference={booked['reference']}", token)
    assert (status, page["items"]) == (200, [])

    after = await the_year(house)
    assert after.differences == ()
    if begin == "open":  # it is over now, and that is all that is new
        assert after.files.total.counts["requests"] == counted.total.counts["requests"] == 2
        assert after.files.by["outcome"]["ANNULE"].counts["requests"] == 1  # type: ignore[index]
    else:
        assert after.files.total.counts == counted.total.counts
    house = await office()
    assert found_in_memory(house, *words) == []
    assert (await the_year(house)).files.total == after.files.total


async def test_what_was_said_of_a_person_was_in_the_memory_that_is_looked_through(office: StartOffice) -> None:
    house = await office()
    await with_a_note(house)
    assert found_in_memory(house, NUMBER, NOTE, *NAMES.values()) == sorted([NUMBER, NOTE, *NAMES.values()])


async def test_nobody_is_erased_twice_nor_counted_twice(office: StartOffice) -> None:
    house = await office()
    booked = await with_a_note(house)
    assert (await house.ask("POST", f"/cases/{booked['case']}/erase"))[0] == 200
    assert (await house.ask("POST", f"/cases/{booked['case']}/erase"))[0] == 404
    assert (await the_year(house)).files.total.counts["requests"] == 1
    house = await office()
    assert (await house.ask("POST", f"/cases/{booked['case']}/erase"))[0] == 404


async def test_nobody_is_called_any_more_who_was_erased(office: StartOffice) -> None:
    house = await office()
    booked = await with_a_note(house)
    await house.ask("POST", f"/cases/{booked['case']}/erase")
    assert not house.runner.desk.book.callbacks
    row = await house.store.callback(booked["id"])
    assert row is not None
    assert (row.state, row.outcome, row.phone) == ("closed", "ANNULE", None)


# -- while they are called ---------------------------------------------------------------------------


async def ringing(house: Office, callback: str) -> LegId:
    """An adviser takes the card and dials: the person's leg."""
    at, adviser = house.clock.at, next(iter(house.runner.desk.rules.advisers))
    await house.happen(ev.PhoneRegistered(at, adviser))
    await house.happen(ev.WishSet(at, adviser, Wish.READY))
    state = now(house, callback, states.Offered)
    await house.happen(CardAccepted(at, state.offer))
    await house.happen(ev.LegAnswered(at, now(house, callback, states.Accepted).leg))
    await house.happen(DialAsked(at, state.offer))
    return now(house, callback, states.Dialling).leg


def now(house: Office, callback: str, kind: type[State]) -> State:
    state = house.runner.desk.book.callbacks[CallbackId(callback)].state
    assert isinstance(state, kind), state
    return state


async def test_nobody_is_erased_while_they_are_talked_with(office: StartOffice) -> None:
    house = await office()
    booked = await with_a_note(house)
    leg = await ringing(house, booked["id"])
    await house.happen(ev.LegAnswered(house.clock.at, leg))
    before = house.file(booked["case"])
    status, _ = await house.ask("POST", f"/cases/{booked['case']}/erase")
    assert status == 409
    assert house.file(booked["case"]) == before, "not ended either"
    now(house, booked["id"], states.Talking)
    await house.happen(ev.LegLeft(house.clock.at, leg, Cause.NORMAL))
    assert (await house.ask("POST", f"/cases/{booked['case']}/erase"))[0] == 200
    year = await the_year(house)
    assert (year.files.total.counts["reached"], year.differences) == (1, ())


async def test_a_phone_that_rings_is_hung_up_and_the_attempt_still_counts(office: StartOffice, url: str) -> None:
    house = await office()
    booked = await with_a_note(house)
    leg = await ringing(house, booked["id"])
    assert (await house.ask("POST", f"/cases/{booked['case']}/erase"))[0] == 200
    assert not house.runner.desk.knows(leg)
    year = await the_year(house)
    assert (year.files.total.counts["attempts"], year.files.total.counts["reached"], year.differences) == (1, 0, ())
    assert found_in_database(url, NUMBER, *NAMES.values(), NOTE) == []


# -- on the command line -----------------------------------------------------------------------------


async def dialer(house: Office, *arguments: str, typed: str = "", token: str = "demo") -> Result:
    """`dialer person …`, asked of this office."""
    base = str(house.client.make_url("/")).rstrip("/")
    command = [*arguments, "--url", base]
    return await asyncio.to_thread(CliRunner().invoke, person_app, command, typed, {"DIALER_TOKEN": token})


async def test_an_export_is_written_into_a_new_file_for_its_owner_alone(office: StartOffice, tmp_path: Path) -> None:
    house = await office()
    booked = await with_a_note(house)
    other = await house.book(PHONE, first_name="Bettina", birth_date="2009-01-01")
    file = tmp_path / "dossier.json"
    before = os.umask(0)
    try:
        done = await dialer(house, "export", booked["reference"], "-o", str(file))
    finally:
        os.umask(before)
    assert done.exit_code == 0, done.output
    assert done.stdout == ""
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text())["notes"][0]["texte"] == NOTE
    assert other["case"] in done.stderr
    assert "Bettina" not in done.output
    again = await dialer(house, "export", booked["reference"], "-o", str(file))
    assert (again.exit_code, again.stderr) == (1, f"{file}: is there already; name a new file\n")
    shown = await dialer(house, "export", other["case"])
    assert json.loads(shown.stdout)["dossier"]["prénom"] == "Bettina"


async def test_nobody_is_erased_by_a_slip_of_the_hand(office: StartOffice) -> None:
    house = await office()
    booked = await with_a_note(house)
    slipped = await dialer(house, "erase", booked["reference"], typed="12345678\n")
    assert (slipped.exit_code, slipped.stderr[-40:]) == (1, "That is another one; nothing is erased.\n")
    assert CaseId(booked["case"]) in house.runner.desk.cabinet.files
    done = await dialer(house, "erase", booked["reference"], typed=f"{booked['reference']}\n")
    assert done.exit_code == 0, done.output
    assert done.stdout.endswith(f"{booked['case']}: ended and erased; what it counts for remains.\n")
    assert await house.store.cases.file(CaseId(booked["case"])) is None
    twice = await dialer(house, "erase", booked["reference"], "--yes")
    assert (twice.exit_code, twice.stderr.split(":")[0]) == (1, "404 Not Found")


async def test_what_was_typed_wrong_erases_nothing(office: StartOffice) -> None:
    house = await office()
    booked = await house.book()
    for ref in ("../../callbacks", f"{booked['case']}/export?", "", "é", "00000000"):
        done = await dialer(house, "erase", ref, "--yes")
        assert done.exit_code == 1, ref
    token = await house.token("anna", "cases:write")
    done = await dialer(house, "erase", booked["reference"], "--yes", token=token)
    assert (done.exit_code, "persons" in done.stderr) == (1, True)
    assert CaseId(booked["case"]) in house.runner.desk.cabinet.files


async def test_somebody_who_opposes_is_called_no_more(office: StartOffice) -> None:
    house = await office()
    booked = await house.book(PHONE, **NAMES)
    done = await dialer(house, "oppose", booked["reference"])
    assert done.exit_code == 0, done.output
    assert done.stdout == f"Nobody calls them again. Callbacks that ended by it: {booked['id']}.\n"
    assert house.runner.desk.book.is_opposed(E164(NUMBER))
    assert (await dialer(house, "oppose", "01 99 00 00 78")).exit_code == 0
    assert house.runner.desk.book.is_opposed(E164("+33199000078"))
    wrong = await dialer(house, "oppose", "01 99")
    assert (wrong.exit_code, "phone" in wrong.stderr) == (1, True)
