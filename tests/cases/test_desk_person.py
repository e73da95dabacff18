"""What is known of the person before an adviser, and an adviser's own list, over a true database of each kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dialer.core import events as ev
from dialer.core.access.account import viewer_of
from dialer.core.access.roles import Role, scopes_of
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.told import DialAsked
from dialer.core.contacts.reason import ContactReason
from dialer.core.words import E164, AdviserId, Caller, CallId, Cause, LegId, LineId, Wish
from dialer.web.desk import callback, lately, person
from dialer.web.desk.before import before
from dialer.web.holder import Holder
from tests.cases.conftest import Office, case_rules
from tests.web.desk_house import text_of
from tests.web.fake_floor import MONDAY
from tests.web.signing_in import account

pytestmark = pytest.mark.asyncio
ME = AdviserId("adv01")
DAY = MONDAY - timedelta(hours=9)
NUMBER = E164("+33199000001")


@pytest.fixture(autouse=True)
def asks_each_time(monkeypatch):
    monkeypatch.setattr(lately, "KEPT_S", 0.0)


def amel() -> Holder:
    made = account("amel", Role.ADVISER, adviser=ME)
    return Holder(made.id, scopes_of(made.roles), viewer_of(made), made)


async def region(house: Office, of: Any) -> str:
    made = before(house.floor, ME)
    assert made is not None
    return str(await of(house.floor, made, amel()))


async def ready(house: Office, adviser: AdviserId = ME) -> None:
    await house.happen(ev.PhoneRegistered(house.clock.at, adviser))
    await house.happen(ev.WishSet(house.clock.at, adviser, Wish.READY))


async def call_in(house: Office, name: str, number: E164 | None = NUMBER, line: str = "main") -> CallId:
    """Somebody calls, and waits."""
    call = CallId(name)
    await house.happen(ev.CallArrived(house.clock.at, call, LegId(call), LineId(line), Caller(number)))
    await house.happen(ev.LegAnswered(house.clock.at, LegId(call)))
    place = house.runner.desk.calls[call].state
    await house.happen(ev.PromptFinished(house.clock.at, LegId(call), place.playback))  # type: ignore[union-attr]
    await house.happen(ev.DigitPressed(house.clock.at, LegId(call), "1"))
    return call


async def leave(house: Office, call: CallId) -> None:
    await house.happen(ev.LegLeft(house.clock.at, LegId(call), Cause.NORMAL))


async def answer(house: Office, call: CallId) -> None:
    await house.happen(ev.LegAnswered(house.clock.at, house.runner.desk.calls[call].state.leg))  # type: ignore[union-attr]


async def looks(house: Office, visit: str) -> list[dict[str, Any]]:
    records = await house.store.timeline(visit)
    return [dict(each.data) for each in records if each.event == "history_looked"]


async def test_calls_and_callbacks_of_a_number_come_newest_first_and_ten_at_most(office):
    house = await office()
    for number in range(7):
        await leave(house, await call_in(house, f"c{number}"))
        await house.later(minutes=1)
    await leave(house, await call_in(house, "other", E164("+33199000002")))
    await leave(house, await call_in(house, "withheld", None))
    for number in range(5):
        told = await house.book()
        await house.settle(told["id"], CallbackOutcome.REFUS)
        await house.later(minutes=number + 1)
    found = await house.store.history_of(NUMBER, 10)
    assert [each.kind for each in found] == ["callback"] * 5 + ["call"] * 5
    assert [each.id for each in found[5:]] == ["c6", "c5", "c4", "c3", "c2"]
    assert [each.at for each in found] == sorted((each.at for each in found), reverse=True)
    assert {each.outcome for each in found} == {"REFUS", "abandoned"}
    assert await house.store.history_of(E164("+33199000099"), 10) == ()


async def test_what_was_answered_says_by_whom_and_one_under_way_says_so(office):
    house = await office()
    await ready(house)
    call = await call_in(house, "c1")
    await answer(house, call)
    (past,) = await house.store.history_of(NUMBER, 10)
    assert (past.state, past.adviser, past.outcome) == ("talking", ME, None)
    assert past.answered_at == house.clock.at
    await leave(house, call)
    (past,) = await house.store.history_of(NUMBER, 10)
    assert (past.state, past.outcome) == ("ended", "answered")


async def test_why_they_called_before_is_told_as_it_was_filed_and_never_the_note_nor_a_draft(office):
    house = await office()
    rules = replace(case_rules(), contact_reasons={LineId("main"): (ContactReason("bourses", "Bourses et aides"),)})
    await house.happen(ev.RulesChanged(house.clock.at, rules))
    await ready(house)
    for number, done in enumerate((True, False)):
        call = await call_in(house, f"c{number}")
        await answer(house, call)
        await leave(house, call)
        body = {"reasons": ["bourses"], "note": "très secret", "done": done, "adviser": ME}
        status, told = await house.ask("PUT", f"/calls/{call}/contact", json=body, headers={"If-Match": '"0"'})
        assert status == 200, told
        await house.happen(ev.WishSet(house.clock.at, ME, Wish.READY))
        await house.later(minutes=10)
    assert [each.reasons for each in await house.store.history_of(NUMBER, 10)] == [(), ("bourses",)]
    await answer(house, await call_in(house, "now"))
    fragment = await region(house, person.fragment)
    assert fragment.count("(Bourses et aides)") == 1
    assert "très secret" not in fragment


async def test_a_person_who_was_erased_has_no_history_but_that_of_their_calls(office):
    house = await office()
    told = await house.book()
    await house.settle(told["id"], CallbackOutcome.REFUS)
    assert len(await house.store.history_of(NUMBER, 10)) == 1
    token = await house.token("dpo", "persons")
    status, _ = await house.ask("POST", f"/cases/{told['case']}/erase", token)
    assert status == 200
    assert await house.store.history_of(NUMBER, 10) == ()


async def test_the_look_is_stored_before_anything_is_shown_and_outlives_a_restart_without_a_second_record(office):
    house = await office()
    told = await house.book()
    await ready(house)
    call = await call_in(house, "c1")
    assert "01 99 00 00 01" not in await region(house, person.fragment)
    assert await looks(house, call) == []
    await answer(house, call)
    text = text_of(await region(house, person.fragment))
    assert "01 99 00 00 01" in text
    assert "Dossier ouvert" in text
    assert await looks(house, call) == [{"by": "amel", "cases": 1}]
    audit = [dict(each.data) for each in await house.store.timeline(told["case"]) if each.event == "case_looked"]
    assert audit == [{"case": told["case"], "by": "amel", "what": "history"}]
    assert "99000001" not in str([each async for each in house.store.records(DAY, DAY + timedelta(days=1))])
    house = await office()
    await region(house, person.fragment)
    assert len(await looks(house, call)) == 1


async def test_an_advisers_callbacks_are_listed_by_the_store_and_their_outcome_is_owed_after_a_restart(office):
    house = await office()
    told = await house.book()
    await house.later(seconds=1)
    other = await house.book("01 99 00 00 77")
    await ready(house)
    live = house.floor.open_callback(told["id"])
    assert live is not None
    await house.happen(DialAsked(house.clock.at, live.state.offer))
    await house.happen(ev.LegAnswered(house.clock.at, live.state.leg))
    live = house.floor.open_callback(told["id"])
    assert live is not None
    assert live.state.kind == "dialling"
    await house.happen(ev.LegAnswered(house.clock.at, live.state.leg))
    status, page = await house.ask("GET", f"/callbacks?adviser={ME}&state=talking")
    assert (status, [each["id"] for each in page["items"]]) == (200, [told["id"]])
    assert told["id"] in await region(house, callback.fragment)
    assert (await looks(house, told["id"])) == []
    assert "01 99 00 00 01" in text_of(await region(house, person.fragment))
    assert len(await looks(house, told["id"])) == 1
    await house.happen(ev.LegLeft(house.clock.at, live.state.leg, Cause.NORMAL))
    house = await office()
    assert house.floor.to_settle(ME) == told["id"]
    assert f'data-key="issue-{told["id"]}"' in await region(house, callback.fragment)
    await house.settle(told["id"], CallbackOutcome.REFUS)
    assert await region(house, callback.fragment) == ""
    _, page = await house.ask("GET", f"/callbacks?adviser={ME}")
    assert [(each["id"], each["outcome"]) for each in page["items"]] == [(told["id"], "REFUS")]
    assert other["id"] not in str(page)
