"""What an adviser's account reaches: themselves, the offer before them, their own calls and callbacks; no others'."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient

from dialer.core import events as ev
from dialer.core.access.account import Account, Duties, new_account
from dialer.core.access.roles import Role
from dialer.core.access.session import csrf_code
from dialer.core.places.academie import named
from dialer.core.words import Cause
from tests.store.fake_access import FakeAccess

from .asking import book, offered, ready, talking
from .fake_floor import FakeFloor
from .signing_in import account, everybody, origin, session, the_session

pytestmark = pytest.mark.asyncio
V1 = "/api/v1"


@pytest.fixture
def access() -> FakeAccess:
    return FakeAccess([*everybody(), account("other", Role.ADVISER, adviser="adv06")])


@pytest.fixture
def floor(access: FakeAccess) -> FakeFloor:
    return FakeFloor(mode="production", access=access)


class Browser:
    """Of one account."""

    def __init__(self, client: TestClient, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers | {"Origin": origin(client)}

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        async with self.client.request(method, f"{V1}{path}", json=body, headers=self.headers) as response:
            return response.status, await response.json()


@pytest_asyncio.fixture
async def browser(connect, access, floor):
    client = await connect(floor, token=None)

    async def of(name: str) -> Browser:
        headers = await session(access, name, floor.now())
        return Browser(client, headers | {"X-CSRF": csrf_code(access.csrf_key, await the_session(access, name))})

    return of


async def test_an_adviser_lists_themselves_alone_and_changes_their_own_wish_alone(browser, floor):
    me = await browser("adviser")
    status, page = await me.ask("GET", "/advisers")
    assert (status, [each["id"] for each in page["items"]]) == (200, ["adv05"])
    status, told = await me.ask("PUT", "/advisers/adv05/wish", {"wish": "ready"})
    assert (status, told["wish"]) == (200, "ready")
    assert (await me.ask("PUT", "/advisers/adv06/wish", {"wish": "ready"}))[0] == 404
    assert floor.person("adv06").wish == "away"
    everyone = await (await browser("supervisor")).ask("GET", "/advisers")
    assert len(everyone[1]["items"]) == 12


async def test_the_card_before_an_adviser_is_whole_for_them_masked_for_a_supervisor_and_not_there_for_another(
    browser, floor
):
    offered(floor)
    whole = (await (await browser("adviser")).ask("GET", "/advisers/adv05"))[1]["offer"]["card"]
    assert (whole["first_name"], whole["phone"]) == ("Naïma", "01 99 00 00 01")
    masked = (await (await browser("supervisor")).ask("GET", "/advisers/adv05"))[1]["offer"]["card"]
    assert (masked["first_name"], masked["phone"]) == (None, None)
    assert (await (await browser("other")).ask("GET", "/advisers/adv05"))[0] == 404


async def test_an_adviser_answers_the_offer_before_them_and_no_others(browser, floor):
    callback = offered(floor)
    offer = f"/offers/{callback.state.offer}"
    assert (await (await browser("other")).ask("PUT", offer, {"action": "refuse"}))[0] == 404
    assert floor.desk_.book.callbacks[callback.id] == callback
    assert (await (await browser("adviser")).ask("PUT", offer, {"action": "accept"}))[0] == 200
    assert floor.desk_.book.callbacks[callback.id].state.kind == "accepted"


async def test_the_offer_of_a_call_that_rings_elsewhere_is_not_told_from_one_that_is_not_there(browser, floor):
    floor.ready_advisers("adv05")
    call = floor.queue_up("dropout")
    offer = f"/offers/{floor.desk_.calls[call].state.offer}"
    assert (await (await browser("adviser")).ask("PUT", offer, {"action": "accept"}))[0] == 409
    assert (await (await browser("other")).ask("PUT", offer, {"action": "accept"}))[0] == 404


async def test_an_adviser_sees_their_own_calls_with_the_whole_number_and_no_others(browser, floor):
    floor.ready_advisers("adv05")
    call, waiting = floor.queue_up("dropout"), floor.queue_up("dropout", "+33199000002")
    me, other = await browser("adviser"), await browser("other")
    offered_to_me = await me.ask("GET", f"/calls/{call}")
    assert (offered_to_me[0], offered_to_me[1]["caller"]) == (200, "+33199000001")
    floor.pick_up(call)
    page = (await me.ask("GET", "/calls"))[1]
    assert [(each["id"], each["caller"]) for each in page["items"]] == [(call, "+33199000001")]
    assert (await me.ask("GET", "/calls?adviser=adv06"))[1]["items"] == []
    assert (await me.ask("GET", f"/calls/{waiting}"))[0] == 404
    assert (await other.ask("GET", f"/calls/{call}"))[0] == 404
    assert (await other.ask("GET", "/calls"))[1]["items"] == []
    floor.leave(call)
    assert (await me.ask("GET", f"/calls/{call}"))[1]["caller"] == "+33199000001"
    seen = (await (await browser("supervisor")).ask("GET", f"/calls/{call}"))[1]["caller"]
    assert seen is not None
    assert seen != "+33199000001"


async def test_an_adviser_sees_and_settles_the_callback_in_their_hands_and_no_other(browser, floor):
    mine = talking(floor)
    others = book(floor, "+33199000077")
    me, other = await browser("adviser"), await browser("other")
    assert (await me.ask("GET", f"/callbacks/{mine.id}"))[1]["phone"] == "+33199000001"
    reference = f"/callbacks?reference={mine.id.removeprefix('cb-')}"
    assert [each["id"] for each in (await me.ask("GET", reference))[1]["items"]] == [mine.id]
    assert (await other.ask("GET", reference))[1]["items"] == []
    for method, last, body in (
        ("GET", "", None),
        ("POST", "/cancel", None),
        ("POST", "/outcome", {"outcome": "ANNULE"}),
        ("POST", "/reschedule", {"wish": {"kind": "asap"}}),
    ):
        assert (await me.ask(method, f"/callbacks/{others}{last}", body))[0] == 404, last
        assert (await other.ask(method, f"/callbacks/{mine.id}{last}", body))[0] == 404, last
    floor.happen(ev.LegLeft(floor.now(), mine.state.leg, Cause.NORMAL))
    status, told = await me.ask("POST", f"/callbacks/{mine.id}/outcome", {"outcome": "ANNULE"})
    assert (status, told["outcome"], told["phone"]) == (200, "ANNULE", "+33199000001")
    assert floor.desk_.book.callbacks[others].state.kind == "requested"


async def test_what_an_adviser_promised_anew_stays_before_them_until_their_wrap_up_is_over(browser, floor):
    mine = talking(floor)
    floor.happen(ev.LegLeft(floor.now(), mine.state.leg, Cause.NORMAL))
    me = await browser("adviser")
    anew = {"wish": {"kind": "window", "start": "2026-11-24T10:00:00Z", "end": "2026-11-24T12:00:00Z"}}
    status, told = await me.ask("POST", f"/callbacks/{mine.id}/reschedule", anew)
    assert (status, told["adviser"], told["phone"]) == (200, None, "+33199000001")
    assert (await me.ask("GET", f"/callbacks/{mine.id}"))[0] == 200
    floor.later(3600)
    assert floor.adviser("adv05").state == "free"
    assert (await me.ask("GET", f"/callbacks/{mine.id}"))[0] == 404


async def test_what_another_adviser_has_in_hand_by_now_is_theirs_and_no_longer_the_first_ones(browser, floor):
    callback = ready(floor)
    me = await browser("adviser")
    assert (await me.ask("GET", f"/callbacks/{callback.id}"))[0] == 200
    floor.happen(ev.LegLeft(floor.now(), callback.state.leg, Cause.NORMAL))
    floor.happen(ev.WishSet(floor.now(), floor.person("adv05").id, ev.Wish.PAUSED))
    floor.ready_advisers("adv06")
    for _ in range(600):
        if floor.adviser("adv06").offer is not None:
            break
        floor.later(1)
    assert floor.adviser("adv06").offer.callback == callback.id
    assert (await me.ask("GET", f"/callbacks/{callback.id}"))[0] == 404
    assert (await (await browser("other")).ask("GET", f"/callbacks/{callback.id}"))[0] == 200


async def test_an_adviser_takes_down_an_opposition_of_whom_they_talk_to_and_of_nobody_else(browser, floor):
    mine = talking(floor)
    book(floor, "+33199000077")
    me = await browser("adviser")
    assert (await me.ask("POST", "/oppositions", {"phone": "01 99 00 00 77"}))[0] == 403
    assert not floor.desk_.book.is_opposed("+33199000077")
    assert (await me.ask("POST", "/oppositions", {"phone": "01 99 00 00 01"}))[1]["talking"] == [mine.id]


async def test_an_adviser_takes_down_an_opposition_of_whoever_calls_them(browser, floor):
    floor.ready_advisers("adv05")
    floor.pick_up(floor.queue_up("dropout", "+33199000009"))
    assert (await (await browser("adviser")).ask("POST", "/oppositions", {"phone": "01 99 00 00 09"}))[0] == 200


# -- académies, and what persons ask ------------------------------------------------------------------


async def test_an_officers_account_sees_the_cases_of_its_academies_and_who_looked_is_its_id(browser, floor, access):
    case = floor.desk_.book.callbacks[book(floor, postcode="75011")].case
    for name, post, found in (("paris", "Paris", 200), ("reunion", "La Réunion", 404)):
        theirs = named(post)
        assert theirs is not None
        duties = Duties(frozenset({Role.OFFICER}), academies=frozenset({theirs.code}))
        made = new_account(name, name.title(), duties, floor.now())
        assert isinstance(made, Account)
        assert await access.keep_account(made, None) is None
        officer = await browser(name)
        assert (await officer.ask("GET", f"/cases/{case}"))[0] == found
        page = (await officer.ask("GET", "/cases"))[1]
        assert [each["id"] for each in page["items"]] == ([case] if found == 200 else [])
    looks = [dict(each.data) for each in floor.journal if each.event in ("case_looked", "cases_listed")]
    assert len(looks) == 2
    assert {each["by"] for each in looks} == {"paris"}


async def test_an_admins_account_answers_persons_of_every_academie_and_reads_no_case(browser, floor):
    callback = book(floor, postcode="75011")
    case = floor.desk_.book.callbacks[callback].case
    admin = await browser("admin")
    status, found = await admin.ask("GET", f"/persons/{callback.removeprefix('cb-')}")
    assert (status, found["case"]["id"]) == (200, case)
    assert (await admin.ask("GET", f"/cases/{case}/export"))[0] == 200
    assert (await admin.ask("GET", f"/cases/{case}"))[0] == 403
