"""The form of an outcome in the API: kept as it was typed, its adviser's alone, and over once an outcome is given."""

from __future__ import annotations

import json

import pytest
import pytest_asyncio

from dialer.core import events as ev
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.states import visit
from dialer.core.callbacks.told import CardRefused, OutcomeGiven
from dialer.core.words import AdviserId, Cause
from tests.cases.described import hold_against_the_description

from .asking import errors, offered, ready, talking
from .test_contacts import Browser, access, browser, floor, program

__all__ = ["access", "browser", "floor", "program"]
pytestmark = pytest.mark.asyncio
FORM = {"outcome": "RDV_FIXE", "search": "Élève 👩🏽‍🎓 de محمد\u200f", "date": "2026-12-02"}


@pytest_asyncio.fixture
async def me(browser) -> Browser:
    return await browser("adviser")


async def keep(who: Browser, callback, version: int = 0, fields: object = FORM, **hand):
    """As the description says that it is answered."""
    path, body = f"/callbacks/{callback.id}/draft", {"fields": fields, **hand}
    status, told = await who.ask("PUT", path, body, **{"If-Match": f'"{version}"'})
    hold_against_the_description("PUT", path, status, told)
    return status, told


async def kept(who: Browser, callback):
    path = f"/callbacks/{callback.id}/draft"
    status, told = await who.ask("GET", path)
    assert status == 200, told
    hold_against_the_description("GET", path, status, told)
    return told


async def test_what_was_typed_is_there_again_sign_for_sign_in_any_browser(browser, me, floor):
    callback = talking(floor)
    assert await kept(me, callback) == {"callback": callback.id, "adviser": "adv05", "version": 0, "fields": {}}
    status, told = await keep(me, callback)
    assert (status, told["version"]) == (200, 1)
    again = await kept(await browser("adviser"), callback)
    assert again == told
    assert again["fields"] == FORM


@pytest.mark.parametrize(("stage", "status"), [(offered, 200), (ready, 200), (talking, 200)])
async def test_it_is_kept_from_the_card_on_until_it_is_settled(me, floor, stage, status):
    callback = stage(floor)
    assert (await keep(me, callback))[0] == status


async def test_an_older_tab_never_writes_over_what_it_has_not_read_and_what_comes_late_is_passed_over(me, floor):
    callback = talking(floor)
    assert (await keep(me, callback, tab="one", turn=2))[1]["version"] == 1
    status, problem = await keep(me, callback, fields={"outcome": "REFUS"}, tab="two", turn=1)
    assert (status, "written elsewhere" in problem["detail"]) == (409, True)
    assert (await keep(me, callback, fields={"outcome": "REFUS"}, tab="one", turn=1))[1]["fields"] == FORM
    assert (await keep(me, callback, fields={"outcome": "REFUS"}, tab="one", turn=3))[1]["version"] == 2


@pytest.mark.parametrize(
    ("who", "status"),
    [("other", 404), ("chief", 404), ("supervisor", 403), ("planner", 403), ("officer", 403), ("admin", 403)],
)
async def test_nobody_but_the_adviser_who_has_it_before_them_writes_or_reads_it(browser, me, floor, who, status):
    callback = talking(floor)
    await keep(me, callback)
    somebody = await browser(who)
    assert (await keep(somebody, callback))[0] == status
    assert (await somebody.ask("GET", f"/callbacks/{callback.id}/draft"))[0] == status


async def test_no_program_reads_it(program, me, floor):
    callback = talking(floor)
    await keep(me, callback)
    all_of_it = program("callbacks:read", "callbacks:write", "callers:read", "advisers:write")
    assert (await all_of_it.ask("GET", f"/callbacks/{callback.id}/draft"))[0] == 403
    assert (await keep(all_of_it, callback))[0] == 403


@pytest.mark.parametrize("name", ["cb-10000016", "c0001", "%00", "x" * 200])
async def test_what_is_no_callback_is_not_there(me, floor, name):
    assert (await me.ask("GET", f"/callbacks/{name}/draft"))[0] == 404


async def test_once_an_outcome_is_given_nothing_is_left_and_what_was_still_on_its_way_is_stale(me, floor):
    callback = talking(floor)
    await keep(me, callback, tab="one", turn=1)
    assert (await me.ask("POST", f"/callbacks/{callback.id}/outcome", {"outcome": "INFO_DONNEE"}))[0] == 200
    told = await kept(me, callback)
    assert (told["fields"], told["version"]) == ({}, 2)
    assert (await keep(me, callback, version=1, tab="one", turn=2))[0] == 409
    assert (await keep(me, callback, version=2, tab="one", turn=3))[1]["version"] == 3, "they say it again"
    floor.happen(ev.LegLeft(floor.now(), callback.state.leg, Cause.NORMAL))
    assert floor.open_callback(callback.id) is None
    assert all(each.written.outcome == () for each in floor.contacts.values())
    assert (await keep(me, callback, version=3, tab="one", turn=4))[0] == 404


async def test_whoever_gives_the_outcome_all_drafts_of_it_are_over(me, floor):
    callback = talking(floor)
    await keep(me, callback)
    floor.happen(ev.LegLeft(floor.now(), callback.state.leg, Cause.NORMAL))
    assert (await kept(me, callback))["fields"] == FORM, "it is still to be given"
    floor.happen(ev.CallbackTold(floor.now(), callback.id, OutcomeGiven(floor.now(), Report(CallbackOutcome.REFUS))))
    assert floor.contacts[visit(callback), AdviserId("adv05")].written.outcome == ()


async def test_a_card_that_is_given_back_and_comes_again_has_what_was_begun(me, floor):
    callback = ready(floor)
    await keep(me, callback)
    floor.happen(CardRefused(floor.now(), callback.state.offer))
    again = floor.open_callback(callback.id)
    assert (again.state.kind, again.state.adviser) == ("offered", "adv05"), "nobody else is there"
    assert again.state.offer != callback.state.offer
    assert (await kept(me, callback))["fields"] == FORM


async def test_no_word_of_it_is_in_the_journal_and_it_is_no_contact_to_be_filed(me, floor):
    callback = talking(floor)
    before = len(floor.journal)
    await keep(me, callback)
    assert floor.journal[before:] == []
    assert floor.drafts_of(AdviserId("adv05")) == ()
    assert (await me.ask("GET", f"/calls/{callback.id}/contact"))[0] == 404


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, {"fields": "is required: what is in the form, by its fields"}),
        ({"fields": {"note": 3}}, {"fields.note": "should be a valid string"}),
        ({"fields": {f"f{n}": "x" for n in range(31)}}, {"fields": "there are 31: send at most 30"}),
        ({"fields": {"a b": "x"}}, {"fields": "a name is none of a field: use letters, digits and _, at most 40"}),
        ({"fields": {"a": "x" * 501}}, {"fields": "one of them is too long: write at most 500 characters in each"}),
        ({"fields": {}, "tab": "t"}, {"turn": "send a number that grows, together with tab"}),
    ],
)
async def test_what_cannot_be_kept_is_told_with_how_to_mend_it_and_nothing_is_kept(me, floor, body, told):
    callback = talking(floor)
    status, problem = await me.ask("PUT", f"/callbacks/{callback.id}/draft", body, **{"If-Match": '"0"'})
    assert (status, errors(problem)) == (422, told)
    assert (await kept(me, callback))["version"] == 0


async def test_whatever_may_be_kept_fits_however_it_is_escaped_and_more_is_refused_with_the_limit(me, floor):
    callback = talking(floor)
    full = {f"{'f' * 38}{n:02}": "🙂" * 500 for n in range(30)}
    data = json.dumps({"fields": full}).encode()  # in ASCII alone
    assert len(data) > 64 * 1024
    headers = me.headers | {"Content-Type": "application/json", "If-Match": '"0"'}
    path = f"/api/v1/callbacks/{callback.id}/draft"
    async with me.client.put(path, data=data, headers=headers) as response:
        assert (response.status, (await response.json())["fields"]) == (200, full)
    async with me.client.put(path, data=data * 2, headers=headers) as response:
        detail = (await response.json())["detail"]
    assert (response.status, detail) == (413, f"The body is over {64 * 1024 + 30 * 500 * 12} bytes.")
