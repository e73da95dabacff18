"""Contacts in the API: whose they are, kept while somebody types, filed once with what follows, read under watch."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient

from dialer.core.access import sealed
from dialer.core.access.roles import Role
from dialer.core.access.session import SessionDigest, csrf_code
from dialer.core.contacts.reason import ContactReason
from dialer.core.rules import Rules
from dialer.core.words import CallId, LineId, QueueId
from tests.store.fake_access import FakeAccess

from .asking import errors
from .fake_floor import FakeFloor, make_rules
from .signing_in import account, everybody, origin, session

pytestmark = pytest.mark.asyncio
V1 = "/api/v1"
NOTE = "Élève 👩🏽‍🎓 de محمد\u200f, שם\u202b ״רות״\u202c,\nà rappeler  lundi"
FOLLOWS = {
    "kind": "rtf", "first_name": "Lina", "birth_date": "2008-03-21", "asked_by": "young_person",
    "wish": {"kind": "asap"}, "notice_read": True,
}  # fmt: skip
DONE: dict[str, Any] = {"reasons": ["bourses"], "note": NOTE, "done": True}


def required() -> Rules:
    """Every queue asks for a contact; every line has two reasons, and calls back by its own advisers."""
    rules = make_rules()
    reasons = (ContactReason("bourses", "Bourses et aides"), ContactReason("autre", "Autre motif"))
    return replace(
        rules,
        lines={key: replace(line, callback_queue=QueueId(key)) for key, line in rules.lines.items()},
        queues={key: replace(queue, contact_required=True) for key, queue in rules.queues.items()},
        contact_reasons={LineId(key): reasons for key in rules.lines},
    )


@pytest.fixture
def access() -> FakeAccess:
    chief = account("chief", Role.SUPERVISOR, Role.ADVISER, adviser="adv07")
    return FakeAccess([*everybody(), account("other", Role.ADVISER, adviser="adv06"), chief])


@pytest.fixture
def floor(access: FakeAccess) -> FakeFloor:
    return FakeFloor(mode="production", access=access, rules_=required())


class Browser:
    """Of one account, or of a program."""

    def __init__(self, client: TestClient, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers | {"Origin": origin(client)}

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()  # as browsers write it
        headers = self.headers | {"Content-Type": "application/json"} | headers
        async with self.client.request(method, f"{V1}{path}", data=data, headers=headers) as response:
            return response.status, await response.json()

    async def put(self, call: str, body: object, version: int = 0) -> tuple[int, Any]:
        return await self.ask("PUT", f"/calls/{call}/contact", body, **{"If-Match": f'"{version}"'})


@pytest_asyncio.fixture
async def browser(connect, access, floor):
    client = await connect(floor, token=None)

    async def of(name: str) -> Browser:
        headers = await session(access, name, floor.now())
        mine = await access.session(SessionDigest(sealed.digest(headers["Cookie"].removeprefix("fv="))))
        assert mine is not None
        return Browser(client, headers | {"X-CSRF": csrf_code(access.csrf_key, mine)})

    return of


@pytest_asyncio.fixture
async def program(connect, floor):
    client = await connect(floor, token=None)

    def of(*scopes: str) -> Browser:
        floor.tokens["program"] = frozenset(scopes)
        return Browser(client, {"Authorization": "Bearer program"})

    return of


def talking(floor: FakeFloor, number: str | None = "+33199000042") -> CallId:
    floor.ready_advisers("adv05")
    call = floor.queue_up("dropout", number)
    floor.pick_up(call)
    return call


def over(floor: FakeFloor, number: str | None = "+33199000042") -> CallId:
    call = talking(floor, number)
    floor.leave(call)
    return call


async def test_before_anything_is_written_the_form_is_empty_at_version_0(browser, floor):
    call = talking(floor)
    me = await browser("adviser")
    assert await me.ask("GET", f"/calls/{call}/contact") == (
        200,
        {
            "call": call, "adviser": "adv05", "line": "dropout", "version": 0, "reasons": [], "note": None,
            "callback": None, "done": False, "filed_at": None, "booked": None,
            "choices": [{"id": "bourses", "label": "Bourses et aides"}, {"id": "autre", "label": "Autre motif"}],
        },
    )  # fmt: skip


async def test_a_draft_is_there_again_sign_for_sign_in_any_browser_with_all_that_was_typed_for_a_callback(
    browser, floor
):
    call = over(floor)
    draft = {"reasons": ["autre"], "note": NOTE, "done": False, "callback": {"first_name": "Li", "phone": "01 99"}}
    status, told = await (await browser("adviser")).put(call, draft)
    assert (status, told["version"], told["done"]) == (200, 1, False)
    status, again = await (await browser("adviser")).ask("GET", f"/calls/{call}/contact")
    assert again == told
    assert again["note"].encode() == NOTE.encode()
    assert (again["callback"]["first_name"], again["callback"]["phone"], again["callback"]["wish"]) == (
        "Li", "01 99", None,
    )  # fmt: skip
    assert not [each for each in floor.journal if each.event.startswith("contact")]


async def test_filing_it_frees_the_adviser_and_ready_before_that_is_refused(browser, floor):
    call, me = over(floor), await browser("adviser")
    status, problem = await me.ask("PUT", "/advisers/adv05/wish", {"wish": "ready"})
    assert (status, problem["detail"]) == (409, "A contact is still to be filed: file it, then be ready.")
    status, told = await me.put(call, DONE)
    assert (status, told["done"], told["note"], told["reasons"]) == (200, True, None, ["bourses"])
    assert floor.person("adv05").state.kind == "free"
    assert floor.figures_.total.reasons == {"bourses": 1}


async def test_a_late_contact_is_named_by_owes_and_frees_too(browser, floor):
    call, me = over(floor), await browser("adviser")
    floor.later(200)
    assert (await me.ask("GET", "/advisers/adv05"))[1]["owes"] == [call]
    assert (await me.ask("PUT", "/advisers/adv05/wish", {"wish": "ready"}))[0] == 409
    assert (await me.put(call, DONE))[0] == 200
    found = (await me.ask("GET", "/advisers/adv05"))[1]
    assert (found["owes"], found["wish"]) == ([], "ready")


async def test_the_case_that_follows_is_opened_with_the_contact_on_the_callers_own_number(browser, floor):
    call, me = over(floor), await browser("adviser")
    status, told = await me.put(call, DONE | {"callback": FOLLOWS})
    assert status == 200
    (intake,) = floor.intakes
    assert told["booked"] == {
        "id": intake.booking.id, "reference": intake.booking.reference, "case": intake.booking.case,
    }  # fmt: skip
    request = intake.request
    assert (request.phone.number, request.source, request.call, request.line) == (
        "+33199000042", "adviser", call, "dropout",
    )  # fmt: skip


async def test_a_double_click_books_one_callback_and_answers_both_alike(browser, floor):
    call, me = over(floor), await browser("adviser")
    answers = await asyncio.gather(*(me.put(call, DONE | {"callback": FOLLOWS, "turn": n, "tab": "t"}) for n in (1, 2)))
    assert answers[0] == answers[1]
    assert (answers[0][0], len(floor.intakes)) == (200, 1)
    assert [each.event for each in floor.journal].count("contact_filed") == 1
    assert (await me.put(call, DONE | {"reasons": ["autre"]}))[0] == 409


async def test_of_a_contact_and_a_callback_every_fault_is_told_at_once_and_nothing_is_done(browser, floor):
    call, me = over(floor, number=None), await browser("adviser")
    body = {
        "reasons": [], "note": "x" * 10_001, "done": True, "colour": "red", "turn": 3,
        "callback": {"kind": "rtf", "wish": {"kind": "window"}, "birth_date": 7},
    }  # fmt: skip
    status, problem = await me.put(call, body)
    assert status == 422
    assert errors(problem).keys() == {
        "colour", "tab", "reasons", "note", "callback.birth_date", "callback.phone", "callback.first_name",
        "callback.asked_by", "callback.notice_read", "callback.wish.start", "callback.wish.end",
    }  # fmt: skip
    assert (floor.intakes, floor.contacts) == ([], {})
    assert floor.person("adv05").state.kind == "wrapping_up"


@pytest.mark.parametrize("done", [True, False])
async def test_10_000_signs_are_taken_and_10_001_are_refused(browser, floor, done):
    call, me = over(floor), await browser("adviser")
    status, problem = await me.put(call, DONE | {"note": "🙂" * 10_001, "done": done})
    assert (status, errors(problem)) == (422, {"note": "it has 10001 characters: write at most 10000"})
    assert (await me.put(call, DONE | {"note": "🙂" * 10_000, "done": done}))[0] == 200


async def test_10_000_signs_fit_although_each_is_escaped_and_more_bytes_are_refused_with_their_limit(browser, floor):
    call, me = over(floor), await browser("adviser")
    headers = me.headers | {"Content-Type": "application/json", "If-Match": '"0"'}
    path, note = f"{V1}/calls/{call}/contact", "🙂" * 10_000
    data = json.dumps(DONE | {"note": note, "done": False}).encode()  # in ASCII alone
    assert len(data) > 120_000
    async with me.client.put(path, data=data, headers=headers) as response:
        assert (response.status, (await response.json())["note"]) == (200, note)
    async with me.client.put(path, data=data * 2, headers=headers) as response:
        detail = (await response.json())["detail"]
    assert (response.status, detail) == (413, f"The body is over {64 * 1024 + 120_000} bytes.")


async def test_control_characters_are_left_out_and_nothing_else_is(browser, floor):
    call, me = over(floor), await browser("adviser")
    assert (await me.put(call, {"note": "a\x00b\x1b\r\nc\u200f", "done": False}))[1]["note"] == "ab\nc\u200f"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, {"done": "is required: true to file it, false to keep a draft"}),
        ({"done": "yes"}, {"done": "should be a valid boolean"}),
        ({"done": True, "reasons": ["paris"]}, {"reasons": "not all are of this line: use bourses, autre"}),
        ({"done": False, "tab": "", "turn": 1}, {"tab": "send 1 to 64 signs together with turn, or neither"}),
        ({"done": False, "tab": "t", "turn": -1}, {"turn": "send a number that grows, together with tab"}),
    ],
)  # fmt: skip
async def test_what_cannot_be_a_contact_is_told_with_how_to_mend_it(browser, floor, body, told):
    status, problem = await (await browser("adviser")).put(over(floor), body)
    assert status == 422
    assert errors(problem) == told


async def test_a_second_tab_that_writes_over_what_it_has_not_read_is_told_and_changes_nothing(browser, floor):
    call, me = over(floor), await browser("adviser")
    first = {"note": "de la première", "done": False, "tab": "one", "turn": 1}
    assert (await me.put(call, first))[0] == 200
    status, problem = await me.put(call, {"note": "de la seconde", "done": False, "tab": "two", "turn": 1})
    assert (status, "written elsewhere" in problem["detail"]) == (409, True)
    assert (await me.ask("GET", f"/calls/{call}/contact"))[1]["note"] == "de la première"
    # its own later words count, whatever answer it has read
    assert (await me.put(call, first | {"note": "plus loin", "turn": 2}))[1]["version"] == 2
    assert (await me.put(call, {"note": "lue", "done": False, "tab": "two", "turn": 2}, version=2))[0] == 200


async def test_who_writes_says_what_was_before_them(browser, floor):
    call, me = over(floor), await browser("adviser")
    assert (await me.ask("PUT", f"/calls/{call}/contact", DONE))[0] == 428
    assert (await me.ask("PUT", f"/calls/{call}/contact", DONE, **{"If-Match": "0"}))[0] == 400


async def test_while_they_talk_a_draft_is_kept_and_nothing_is_filed(browser, floor):
    call, me = talking(floor), await browser("adviser")
    assert (await me.put(call, DONE | {"done": False}))[0] == 200
    assert (await me.put(call, DONE, version=1))[0] == 409


@pytest.mark.parametrize(
    ("who", "status"),
    [("other", 404), ("chief", 404), ("supervisor", 403), ("planner", 403), ("officer", 403), ("admin", 403)],
)
async def test_nobody_but_the_adviser_of_the_call_writes_or_reads_the_form(browser, floor, who, status):
    call = over(floor)
    somebody = await browser(who)
    assert (await somebody.put(call, DONE))[0] == status
    assert (await somebody.put(call, DONE | {"adviser": "adv05"}))[0] == status
    assert (await somebody.ask("GET", f"/calls/{call}/contact"))[0] == status
    assert floor.contacts == {}


@pytest.mark.parametrize("call", ["c9999", "cb-10000016", "%00", "x" * 200])
async def test_what_is_no_call_is_not_there(browser, floor, call):
    over(floor)
    me = await browser("adviser")
    assert (await me.put(call, DONE))[0] == 404
    assert (await me.ask("GET", f"/calls/{call}/contact"))[0] == 404
    assert (await me.ask("GET", f"/calls/{call}/contacts"))[0] == 404


async def test_a_supervisor_reads_the_reasons_and_not_the_note_and_its_adviser_both(browser, floor):
    call = over(floor)
    await (await browser("adviser")).put(call, DONE)
    status, told = await (await browser("supervisor")).ask("GET", f"/calls/{call}/contacts")
    (found,) = told["items"]
    assert (status, found["reasons"], found["has_note"], found["note"]) == (200, ["bourses"], True, None)
    (mine,) = (await (await browser("adviser")).ask("GET", f"/calls/{call}/contacts"))[1]["items"]
    assert mine["note"] == NOTE
    assert (await (await browser("other")).ask("GET", f"/calls/{call}/contacts"))[0] == 404
    assert [each.event for each in floor.journal].count("contact_looked") == 0


async def test_whoever_reads_anothers_note_is_in_the_journal_before_they_see_it(program, browser, floor):
    call = over(floor)
    await (await browser("adviser")).put(call, DONE)
    reader = program("calls:read", "callers:read")
    floor.stuck = True
    waiting = asyncio.ensure_future(reader.ask("GET", f"/calls/{call}/contacts"))
    assert not (await asyncio.wait([waiting], timeout=0.2))[0]
    waiting.cancel()
    floor.stuck = False
    (found,) = (await reader.ask("GET", f"/calls/{call}/contacts"))[1]["items"]
    assert found["note"] == NOTE
    looks = [(each.call, each.adviser, dict(each.data)) for each in floor.journal if each.event == "contact_looked"]
    assert looks == [(call, "adv05", {"by": "program"})]


async def test_a_draft_is_nobodys_to_read_but_its_advisers(program, browser, floor):
    call = over(floor)
    await (await browser("adviser")).put(call, DONE | {"done": False})
    assert (await program("calls:read", "callers:read").ask("GET", f"/calls/{call}/contacts"))[1] == {"items": []}


async def test_a_program_may_say_whose_contact_it_is_and_means_who_had_the_call_last(program, floor):
    call, robot = over(floor), program("advisers:write")
    assert (await robot.put(call, DONE | {"adviser": "adv06"}))[0] == 404
    assert (await robot.put(call, DONE | {"adviser": "adv05"}))[0] == 200
    for whose in ("?adviser=adv05", ""):
        assert (await robot.ask("GET", f"/calls/{call}/contact{whose}"))[1]["done"] is True
