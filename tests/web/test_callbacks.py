"""Callbacks through the API: who sees what of them, what people decide, and which slots are free."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dialer.core import events as ev
from dialer.core.callbacks.told import DialAsked
from dialer.core.words import Cause
from dialer.web import commit

from .asking import CALLBACKS, WHOLE, WINDOW, book, dialling, due, errors, offered, ready, send, talking
from .fake_floor import FakeFloor

pytestmark = pytest.mark.asyncio

SLOTS = "/api/v1/slots"


async def read(client, path: str, **query: str):
    async with client.get(path, params=query) as response:
        return response.status, await response.json()


async def tell(client, callback, what: str, body: object = None):
    async with client.post(f"{CALLBACKS}/{callback}/{what}", json=body) as response:
        return response.status, await response.json()


# -- read -------------------------------------------------------------------------------------------


async def test_a_callback_is_shown_with_every_promised_field(client, floor):
    name = book(floor, wish="window", start=WINDOW["start"], end=WINDOW["end"])
    status, shown = await read(client, f"{CALLBACKS}/{name}")
    timeline = shown.pop("timeline")
    assert status == 200
    assert shown == {
        "id": name, "reference": name.removeprefix("cb-"), "case": name.replace("cb", "case"), "kind": "rtf",
        "line": "dropout", "queue": "dropout", "state": "requested", "state_detail": "requested", "outcome": None,
        "requested_at": "2026-11-23T09:30:00Z", "due_at": "2026-11-23T13:00:00Z",
        "promised": {"start": "2026-11-23T13:00:00Z", "end": "2026-11-23T15:00:00Z"},
        "legal_deadline_at": "2026-12-08T22:59:59Z", "adviser": None, "phone": "+33199000001", "closed_at": None,
        "attempts": [], "gate": None,
    }  # fmt: skip
    assert {entry["event"] for entry in timeline} >= {"callback_requested", "callback_asked"}


@pytest.mark.parametrize(
    ("made", "state", "detail"),
    [
        (due, "due", "due"), (offered, "offered", "offered"), (ready, "offered", "ready"),
        (dialling, "dialling", "dialling"), (talking, "talking", "talking"),
    ],
)  # fmt: skip
async def test_a_stage_is_told_with_the_state_that_it_is_of(client, floor, made, state, detail):
    shown = (await read(client, f"{CALLBACKS}/{made(floor).id}"))[1]
    assert (shown["state"], shown["state_detail"]) == (state, detail)


async def test_attempts_are_shown_with_number_leg_cause_and_outcome(client, floor):
    callback = dialling(floor)
    path = f"{CALLBACKS}/{callback.id}"
    (attempt,) = (await read(client, path))[1]["attempts"]
    assert attempt == {
        "number": 1, "leg": f"{callback.id}-x1", "at": "2026-11-23T09:30:01Z", "adviser": "adv05", "cause": None,
        "ended_at": None, "outcome": None,
    }  # fmt: skip
    floor.later(5)
    floor.happen(ev.LegLeft(floor.now(), callback.state.leg, Cause.BUSY))
    shown = (await read(client, path))[1]
    assert (shown["state"], shown["attempts"][0]["cause"], shown["attempts"][0]["outcome"]) == (
        "resting", "busy", "OCCUPE",
    )  # fmt: skip


async def test_the_gates_last_answer_is_shown_with_its_sentence(client, floor):
    floor.at = floor.at.replace(hour=18, minute=58)  # two minutes before the line closes
    callback = ready(floor)
    path = f"{CALLBACKS}/{callback.id}"
    assert (await read(client, path))[1]["gate"] == {
        "at": "2026-11-23T18:58:01Z", "allowed": True, "reason": None, "sentence": None, "until": None,
    }  # fmt: skip
    floor.at += timedelta(minutes=3)
    floor.happen(DialAsked(floor.now(), callback.state.offer))
    shown = (await read(client, path))[1]
    assert (shown["state"], shown["gate"]) == ("resting", {
        "at": "2026-11-23T19:01:01Z", "allowed": False, "reason": "service_closed",
        "sentence": "La ligne qui appelle est fermée.", "until": "2026-11-24T09:00:00Z",
    })  # fmt: skip


@pytest.mark.parametrize(
    ("scopes", "phone"),
    [({"callbacks:read"}, "+33 … 01"), ({"callbacks:write"}, "+33 … 01"), ({"admin"}, "+33199000001"),
     ({"callbacks:read", "callers:read"}, "+33199000001")],
)  # fmt: skip
async def test_the_number_is_whole_only_for_who_may_read_callers(connect, scopes, phone):
    floor = FakeFloor(mode="production", tokens={"t": frozenset(scopes)})
    name = book(floor, name="Martin")
    client = await connect(floor, token="t")
    async with client.get(f"{CALLBACKS}/{name}") as response:
        text = await response.text()
    shown = (await read(client, CALLBACKS))[1]["items"][0]
    assert (await read(client, f"{CALLBACKS}/{name}"))[1]["phone"] == shown["phone"] == phone
    assert ("99000001" in text) is ("…" not in phone)
    assert "Martin" not in text
    assert "Naïma" not in text


@pytest.mark.parametrize("name", ["cb-00000000", "nobody", "%00", "x" * 200, "'%20OR%201=1"])
async def test_a_callback_that_is_not_known_is_404(client, name):
    assert (await read(client, f"{CALLBACKS}/{name}"))[0] == 404
    for what in ("cancel", "outcome", "reschedule"):
        assert (await tell(client, name, what, {}))[0] == 404


async def test_callbacks_are_listed_newest_first_and_continued_by_the_cursor(client, floor):
    names = []
    for number in range(7):
        names.append(book(floor, number=f"+3319900001{number}"))
        floor.at += timedelta(minutes=1)
    found, cursor = [], None
    for _ in range(4):
        status, page = await read(client, CALLBACKS, limit="2", **({"cursor": cursor} if cursor else {}))
        assert status == 200
        found += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert found == names[::-1]
    assert cursor is None


async def test_the_list_is_filtered(client, floor):
    right = book(floor)
    talk = book(floor, number="+33199000002", kind="information")
    closed = book(floor, number="+33199000003")
    await tell(client, closed, "cancel")

    async def ids(**query: str) -> set[str]:
        status, page = await read(client, CALLBACKS, **query)
        assert status == 200
        return {item["id"] for item in page["items"]}

    assert await ids() == {right, talk, closed}
    assert await ids(kind="information") == await ids(line="main") == await ids(queue="main") == {talk}
    assert await ids(state="closed") == await ids(outcome="ANNULE") == {closed}
    assert await ids(state="requested", kind="rtf") == {right}
    assert await ids(late_before="2026-12-09T00:00:00+01:00") == {right}
    assert await ids(since="2026-11-23T10:30:01+01:00") == set()


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"state": "asleep", "outcome": "FINE", "kind": "sale"}, {"state", "outcome", "kind"}),
        ({"since": "today", "late_before": "2026-11-23T10:00:00"}, {"since", "late_before"}),
        ({"limit": "0", "colour": "red"}, {"limit", "colour"}),
        ({"cursor": "abc"}, {"cursor"}),
    ],
)
async def test_every_fault_of_a_query_is_told_at_once(client, query, fields):
    status, problem = await read(client, CALLBACKS, **query)
    assert (status, set(errors(problem))) == (422, fields)


# -- the outcome ------------------------------------------------------------------------------------


async def test_an_outcome_that_closes_is_given_at_once(client, floor):
    name = book(floor)
    status, shown = await tell(client, name, "outcome", {"outcome": "OPPOSITION"})
    assert status == 200
    assert (shown["state"], shown["outcome"], shown["closed_at"]) == ("closed", "OPPOSITION", "2026-11-23T09:30:00Z")
    assert floor.open_callback(name) is None


async def test_the_outcome_of_a_talk_is_given_during_it(client, floor):
    callback = talking(floor)
    body = {"outcome": "RDV_FIXE", "date": "2026-12-01T10:00:00+01:00", "structure": "CIO"}
    assert (await tell(client, callback.id, "outcome", body))[0] == 200
    floor.later(60)
    floor.happen(ev.LegLeft(floor.now(), callback.state.leg, Cause.NORMAL))
    shown = (await read(client, f"{CALLBACKS}/{callback.id}"))[1]
    assert (shown["state"], shown["outcome"]) == ("closed", "RDV_FIXE")


async def test_to_call_again_needs_a_window_and_promises_it(client, floor):
    callback = talking(floor)
    status, problem = await tell(client, callback.id, "outcome", {"outcome": "A_RAPPELER"})
    assert (status, set(errors(problem))) == (422, {"window"})
    window = {"start": "2026-11-24T11:00:00+01:00", "end": "2026-11-24T11:30:00+01:00"}
    status, _ = await tell(client, callback.id, "outcome", {"outcome": "A_RAPPELER", "window": window})
    assert status == 200
    floor.later(60)
    floor.happen(ev.LegLeft(floor.now(), callback.state.leg, Cause.NORMAL))
    shown = (await read(client, f"{CALLBACKS}/{callback.id}"))[1]
    assert shown["promised"] == {"start": "2026-11-24T10:00:00Z", "end": "2026-11-24T10:30:00Z"}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"outcome"}),
        ({"outcome": "FINE"}, {"outcome"}),
        ({"outcome": 3}, {"outcome"}),
        ({"outcome": "ORIENTE"}, {"structure"}),
        ({"outcome": "ORIENTE", "structure": "MAIRIE"}, {"structure"}),
        ({"outcome": "RDV_FIXE"}, {"date"}),
        ({"outcome": "RDV_FIXE", "date": "2026-12-01T10:00:00"}, {"date"}),
        ({"outcome": "RDV_FIXE", "date": 5}, {"date"}),
        ({"outcome": "REFUS", "date": "2026-12-01T10:00:00+01:00", "helpline": "119"}, {"date", "helpline"}),
        ({"outcome": "ALERTE_DANGER", "helpline": "112"}, {"helpline"}),
        ({"outcome": "HORS_CHAMP", "out_of_scope": "too_old"}, {"out_of_scope"}),
        ({"outcome": "A_RAPPELER", "window": {}}, {"window.start", "window.end"}),
        ({"outcome": "A_RAPPELER", "window": "soon"}, {"window"}),
        ({"outcome": "A_RAPPELER", "window": {"start": WINDOW["end"], "end": WINDOW["start"]}}, {"window.end"}),
        ({"outcome": "A_RAPPELER",
          "window": {"start": "2026-11-28T10:00:00+01:00", "end": "2026-11-28T11:00:00+01:00"}}, {"window"}),
        ({"outcome": "ORIENTE", "window": {"start": "x", "end": 1}, "date": "y", "colour": "red"},
         {"structure", "window.start", "window.end", "date", "colour"}),
    ],
)  # fmt: skip
async def test_every_fault_of_a_report_is_told_at_once(client, floor, body, fields):
    callback = talking(floor)
    status, problem = await tell(client, callback.id, "outcome", body)
    assert (status, set(errors(problem))) == (422, fields)
    assert floor.open_callback(callback.id).state.report is None


async def test_an_outcome_that_cannot_be_given_now_says_why(client, floor):
    callback = dialling(floor)
    for body, word in (
        ({"outcome": "REFUS"}, "being called now"),
        ({"outcome": "INJOIGNABLE"}, "by the rule of the attempts"),
    ):
        status, problem = await tell(client, callback.id, "outcome", body)
        assert status == 409
        assert word in problem["detail"]
    resting = book(floor, number="+33199000009")
    status, problem = await tell(client, resting, "outcome", {"outcome": "SANS_REPONSE"})
    assert (status, "attempt" in problem["detail"]) == (409, True)


async def test_what_is_closed_stays_as_it_is(client, floor):
    name = book(floor)
    assert (await tell(client, name, "cancel"))[1]["outcome"] == "ANNULE"
    for what, body in (
        ("cancel", None), ("outcome", {"outcome": "REFUS"}), ("reschedule", {"wish": {"kind": "asap"}}),
    ):  # fmt: skip
        status, problem = await tell(client, name, what, body)
        assert status == 409
        assert "closed" in problem["detail"]
    assert (await read(client, f"{CALLBACKS}/{name}"))[1]["outcome"] == "ANNULE"


async def test_a_talk_is_not_cancelled_under_the_adviser(client, floor):
    callback = talking(floor)
    status, problem = await tell(client, callback.id, "cancel")
    assert status == 409
    assert "talked to" in problem["detail"]


# -- another time -----------------------------------------------------------------------------------


async def test_another_window_is_promised(client, floor):
    name = book(floor)
    late = {"kind": "window", "start": "2026-11-24T19:00:00+01:00", "end": "2026-11-24T20:00:00+01:00"}
    status, shown = await tell(client, name, "reschedule", {"wish": late})
    assert status == 200
    assert shown["promised"] == {"start": "2026-11-24T18:00:00Z", "end": "2026-11-24T19:00:00Z"}
    status, shown = await tell(client, name, "reschedule", {"wish": {"kind": "asap"}})
    assert (status, shown["promised"]) == (200, None)


async def test_another_number_is_taken_where_the_first_was_wrong(client, floor):
    name = book(floor)
    body = {"wish": {"kind": "asap"}, "phone": "01 99 00 00 07"}
    status, shown = await tell(client, name, "reschedule", body)
    assert (status, shown["phone"]) == (200, "+33199000007")
    assert floor.open_callback(name).phone.number == "+33199000007"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"wish"}),
        ({"wish": {"kind": "asap"}, "phone": "3949"}, {"phone"}),
        ({"wish": {"kind": "window"}, "phone": 7, "colour": "red"}, {"wish.start", "wish.end", "phone", "colour"}),
        ({"wish": {"kind": "window", "start": "2026-11-24T02:00:00+01:00", "end": "2026-11-24T03:00:00+01:00"}},
         {"wish"}),
        ({"wish": {"kind": "asap"}, "phone": "+68987000001"}, {"wish"}),
    ],
)  # fmt: skip
async def test_every_fault_of_another_wish_is_told_at_once(client, floor, body, fields):
    name = book(floor)
    before = floor.open_callback(name)
    status, problem = await tell(client, name, "reschedule", body)
    assert (status, set(errors(problem))) == (422, fields)
    assert floor.open_callback(name) == before


async def test_who_is_being_called_is_not_moved(client, floor):
    callback = dialling(floor)
    status, problem = await tell(client, callback.id, "reschedule", {"wish": {"kind": "asap"}})
    assert status == 409
    assert "being called now" in problem["detail"]


async def test_a_callback_whose_line_is_gone_cannot_be_moved_and_says_so(client, floor):
    name = book(floor)
    floor.rules_ = replace(
        floor.rules_, lines={key: line for key, line in floor.rules_.lines.items() if key != "dropout"}
    )
    status, problem = await tell(client, name, "reschedule", {"wish": {"kind": "asap"}})
    assert status == 409
    assert "no longer configured" in problem["detail"]
    assert (await tell(client, name, "outcome", {"outcome": "REFUS"}))[0] == 200


async def test_a_change_that_is_not_committed_is_said_honestly(client, floor, monkeypatch):
    monkeypatch.setattr(commit, "COMMIT_MAX_S", 0.05)
    name = book(floor)
    floor.stuck = True
    assert (await tell(client, name, "cancel"))[0] == 503


# -- slots ------------------------------------------------------------------------------------------


async def test_free_slots_are_told_as_one_says_them(client):
    status, page = await read(client, SLOTS, line="dropout", phone="01 99 00 00 01")
    assert status == 200
    assert page["next"] is None
    assert page["items"][0] == {
        "start": "2026-11-23T11:00:00Z", "end": "2026-11-23T13:00:00Z",
        "label": "aujourd'hui, entre midi et quatorze heures", "local_start": None, "local_end": None,
    }  # fmt: skip
    assert [item["start"] for item in page["items"]] == sorted({item["start"] for item in page["items"]})


async def test_far_away_they_are_told_on_the_clock_of_the_person(client):
    _, page = await read(client, SLOTS, line="dropout", phone="0692000001")
    assert page["items"][0] == {
        "start": "2026-11-23T11:00:00Z", "end": "2026-11-23T13:00:00Z",
        "label": "aujourd'hui, entre quinze heures et dix-sept heures", "local_start": "2026-11-23T15:00:00+04:00",
        "local_end": "2026-11-23T17:00:00+04:00",
    }  # fmt: skip


async def test_a_plus_that_its_url_turned_into_a_space_is_understood(client):
    async with client.get(f"{SLOTS}?line=dropout&phone=+687751001") as response:
        assert response.status == 200  # without it, this would be 06 87 75 10 01
        assert (await response.json())["items"][0]["local_start"].endswith("+11:00")


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({}, {"line", "phone"}),
        ({"line": "sales", "phone": "15", "postcode": "x"}, {"line", "phone", "postcode"}),
        ({"line": "dropout", "phone": "0976001234"}, {"phone"}),
        ({"line": "dropout", "phone": "0199000001", "colour": "red"}, {"colour"}),
    ],
)
async def test_every_fault_of_asking_for_slots_is_told_at_once(client, query, fields):
    status, problem = await read(client, SLOTS, **query)
    assert (status, set(errors(problem))) == (422, fields)


@pytest.mark.parametrize(
    ("scope", "slots", "listed", "booked"),
    [("intake", 200, 403, 201), ("callbacks:read", 200, 200, 403), ("callbacks:write", 200, 200, 403),
     ("slots:read", 200, 403, 403), ("callers:read", 403, 403, 403)],
)  # fmt: skip
async def test_who_asks_for_callbacks_reads_none_and_who_reads_them_asks_for_none(
    connect, scope, slots, listed, booked
):
    client = await connect(FakeFloor(mode="production", tokens={"t": frozenset({scope})}), token="t")
    assert (await read(client, SLOTS, line="dropout", phone="0199000001"))[0] == slots
    assert (await read(client, CALLBACKS))[0] == listed
    assert (await send(client, WHOLE))[0] == booked


async def test_somebody_who_tells_their_reference_is_found(client, floor):
    book(floor, number="+33199000002")
    name = book(floor)
    reference = name.removeprefix("cb-")
    for said in (reference, f"{reference[:2]} {reference[2:4]} {reference[4:6]} {reference[6:]}"):
        page = await (await client.get("/api/v1/callbacks", params={"reference": said})).json()
        assert [each["id"] for each in page["items"]] == [name]
    page = await (await client.get("/api/v1/callbacks", params={"reference": "00000000"})).json()
    assert page == {"items": [], "next": None}


async def test_one_answer_tells_of_one_moment_and_of_nothing_that_a_crash_could_take_back(client, floor):
    callback = dialling(floor, "adv05")
    stored = dict(floor.promised)
    floor.happen(ev.LegLeft(floor.now(), callback.state.leg, Cause.BUSY))
    floor.promised.update(stored)  # the commit of that is still under way
    _, shown = await read(client, f"{CALLBACKS}/{callback.id}")
    assert (shown["state"], shown["state_detail"]) == ("dialling", "dialling")
    assert [attempt["cause"] for attempt in shown["attempts"]] == [None]
    floor.promised.clear()
    floor.promised.update(floor.desk_.book.callbacks)
    _, shown = await read(client, f"{CALLBACKS}/{callback.id}")
    assert (shown["state"], shown["state_detail"]) == ("resting", "resting")
    assert [attempt["cause"] for attempt in shown["attempts"]] == ["busy"]
