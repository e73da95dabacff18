"""Asking to be called back through the API: every fault at once, and one booking for each key."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from dialer.core.events import CallbacksAsked
from dialer.web import commit

from .asking import CALLBACKS, TOLD, WHOLE, WINDOW, errors, send
from .fake_floor import MONDAY, FakeFloor

pytestmark = pytest.mark.asyncio

REQUIRED = "is required"


# -- taken ------------------------------------------------------------------------------------------


async def test_a_whole_request_is_booked_and_answered_with_every_promised_field(client, floor):
    status, booked = await send(client, TOLD | {"wish": WINDOW})
    assert status == 201
    assert booked == {
        "id": f"cb-{booked['reference']}", "reference": booked["reference"], "case": f"case-{booked['reference']}",
        "state": "requested", "flags": [], "tell": [], "due_at": "2026-11-23T13:00:00Z",
        "legal_deadline_at": "2026-12-08T22:59:59Z",
        "promised": {"start": "2026-11-23T13:00:00Z", "end": "2026-11-23T15:00:00Z"},
    }  # fmt: skip
    assert len(booked["reference"]) == 8
    (intake,) = floor.intakes
    assert (intake.request.name, intake.request.note, intake.request.relay) == ("Martin", TOLD["note"], True)
    assert floor.open_callback(booked["id"]).window == intake.request.window


async def test_as_soon_as_possible_promises_no_window(client, floor):
    status, booked = await send(client, WHOLE)
    assert (status, booked["promised"], booked["due_at"]) == (201, None, "2026-11-23T09:30:00Z")


async def test_a_talk_has_no_legal_deadline_and_needs_no_birth_date(client):
    body = {name: said for name, said in WHOLE.items() if name not in ("first_name", "birth_date")}
    status, booked = await send(client, body | {"kind": "information"})
    assert (status, booked["legal_deadline_at"]) == (201, None)


@pytest.mark.parametrize(
    ("born", "flag", "told"),
    [
        ("2012-01-01", "under_16", "instruction est obligatoire"),
        ("2009-06-01", "obligation_de_formation", "mission locale"),
        ("1990-01-01", "over_25", "25 ans"),
    ],
)
async def test_too_young_or_too_old_is_booked_with_a_flag_and_what_to_tell(client, born, flag, told):
    status, booked = await send(client, WHOLE | {"birth_date": born})
    assert (status, booked["flags"]) == (201, [flag])
    assert told in booked["tell"][0]


async def test_a_second_request_of_the_same_person_joins_the_first(client, floor):
    _, first = await send(client, WHOLE)
    status, second = await send(client, WHOLE | {"note": "J'ai oublié de dire…"})
    assert status == 201
    assert (second["id"], second["case"]) == (first["id"], first["case"])
    assert second["reference"] != first["reference"]
    assert len(floor.desk_.book.callbacks) == 1


async def test_nothing_is_answered_before_it_is_committed(client, floor):
    floor.held = asyncio.Event()
    asking = asyncio.ensure_future(send(client, WHOLE))
    done, _ = await asyncio.wait([asking], timeout=0.2)
    assert not done
    floor.held.set()
    assert (await asking)[0] == 201


# -- faults -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"phone": None}, {"phone": REQUIRED}),
        ({"phone": 199000001}, {"phone": "should be a valid string"}),
        ({"phone": "3949"}, {"phone": "is a short number; give one of ten digits"}),
        ({"phone": "+44 20 7946 0000"}, {"phone": "is a foreign number; only numbers of France, overseas included, are "
                                                  "called back. Use mail or chat"}),
        ({"phone": "0 800 12 25 00"}, {"phone": "is one of our own lines; give the person's number"}),
        ({"phone": "0 899 12 34 56"}, {"phone": "is a special number (08…) that nobody can be called on; give an "
                                                "ordinary one"}),
        ({"phone": "01 99"}, {"phone": "is a short number; give one of ten digits"}),
        ({"kind": 7, "first_name": None}, {"kind": "should be a valid string"}),
        ({"kind": "sale"}, {"kind": "write rtf or information"}),
        ({"asked_by": "neighbour"}, {"asked_by": "write young_person or parent or professional"}),
        ({"source": []}, {"source": "should be a valid string"}),
        ({"notice_read": False}, {"notice_read": "must be true: the person has read the notice on their data"}),
        ({"notice_read": "true"}, {"notice_read": "should be a valid boolean"}),
        ({"relay": 1}, {"relay": "should be a valid boolean"}),
        ({"wish": None}, {"wish": REQUIRED}),
        ({"wish": "asap"}, {"wish": "write an object"}),
        ({"wish": {}}, {"wish": REQUIRED}),
        ({"wish": {"kind": 3}}, {"wish.kind": "should be a valid string"}),
        ({"wish": {"kind": "asap", "start": "2026-11-24T10:00:00+01:00"}},
         {"wish.start": "goes with a wish of kind window only; leave it out"}),
        ({"wish": {"kind": "window"}}, {"wish.start": REQUIRED, "wish.end": REQUIRED}),
        ({"wish": WINDOW | {"colour": "red"}}, {"wish.colour": "is not a field here"}),
        ({"wish": WINDOW | {"start": 5}}, {"wish.start": "should be a valid string"}),
        ({"wish": WINDOW | {"start": "2026-11-23T14:00:00"}},
         {"wish.start": "has no offset; write it like 2026-11-23T10:00:00+01:00"}),
        ({"wish": {"kind": "window", "start": "2026-11-22T14:00:00+01:00", "end": "2026-11-22T16:00:00+01:00"}},
         {"wish.start": "lies in the past"}),
        ({"wish": {"kind": "window", "start": "2026-11-24T03:00:00+01:00", "end": "2026-11-24T05:00:00+01:00"}},
         {"wish": "the line is closed at that time of the day"}),
        ({"wish": {"kind": "window", "start": "2026-11-28T14:00:00+01:00", "end": "2026-11-28T16:00:00+01:00"}},
         {"wish": "the line is closed on that day of the week"}),
        ({"phone": "+68987000001"}, {"wish": "there is no hour in the days to come at which the line is open and the "
                                             "person may be called where they live; choose a window, or use mail or "
                                             "chat"}),
        ({"birth_date": "2008-02-30"}, {"birth_date": "is no date of the calendar; write it like 2008-03-21"}),
        ({"line": "sales"},
         {"line": "is no line that takes requests for callbacks; write main or dropout or parcoursup"}),
        ({"language": "french"}, {"language": "is no language; write its two letters, like fr"}),
        ({"note": "x" * 1001}, {"note": "has more than 1000 characters"}),
    ],
)  # fmt: skip
async def test_a_fault_is_told_where_it_is_and_how_to_mend_it(client, floor, change, told):
    status, problem = await send(client, WHOLE | change)
    assert status == 422
    assert errors(problem) == told
    assert floor.intakes == []


async def test_a_number_of_several_places_asks_for_the_postcode_and_names_them(client):
    status, problem = await send(client, WHOLE | {"phone": "0976 00 12 34"})
    assert status == 422
    assert "Guadeloupe or Guyane" in errors(problem)["phone"]
    assert (await send(client, WHOLE | {"phone": "0976 00 12 34", "postcode": "97300"}))[0] == 201


async def test_every_fault_of_a_request_is_told_at_once(client):
    body = {"kind": "sale", "phone": 1, "wish": {"kind": "window", "start": "soon"}, "colour": "red", "postcode": "7"}
    status, problem = await send(client, body, key="")
    assert status == 422
    assert set(errors(problem)) == {
        "Idempotency-Key", "kind", "phone", "wish.start", "wish.end", "colour", "postcode", "asked_by", "source",
        "notice_read",
    }  # fmt: skip
    assert problem["detail"] == "10 faults; see errors."


async def test_a_slot_that_is_taken_names_those_that_are_free(client, floor):
    late = {"kind": "window", "start": "2026-11-23T11:00:00+01:00", "end": "2026-11-23T12:00:00+01:00"}
    floor.at = MONDAY + timedelta(minutes=20)  # less than half an hour ahead
    status, problem = await send(client, WHOLE | {"wish": late})
    assert status == 422
    assert "the next free ones: 2026-11-23T12:00:00+01:00" in errors(problem)["wish"]


async def test_a_slot_taken_between_the_look_and_the_booking_is_told_as_a_fault_of_the_wish(client, floor, monkeypatch):
    monkeypatch.setattr(floor.desk_.book, "has_room", lambda request, at: False)
    status, problem = await send(client, WHOLE | {"wish": WINDOW})
    assert status == 422
    assert set(errors(problem)) == {"wish"}
    assert floor.intakes == []


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe", b"[" * 5000, b'{"note":"\\ud800"}'])
async def test_what_is_not_json_is_refused(client, raw):
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    async with client.post(CALLBACKS, data=raw, headers=headers) as response:
        assert response.status == 400


@pytest.mark.parametrize("body", [[], "asap", 7, [WHOLE]])
async def test_what_is_no_object_is_refused(client, body):
    status, problem = await send(client, body)
    assert status == 422
    assert errors(problem)[""].startswith("write an object with kind, line, phone")


async def test_a_form_is_refused(client):
    async with client.post(CALLBACKS, data={"phone": "0199000001"}, headers={"Idempotency-Key": "k"}) as response:
        assert response.status == 415


async def test_a_body_over_64_kib_is_refused_and_one_just_under_is_judged(client):
    body = json.dumps(WHOLE | {"note": "x" * (64 * 1024)}).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    async with client.post(CALLBACKS, data=body, headers=headers) as response:
        assert response.status == 413
    empty = len(json.dumps(WHOLE | {"note": ""}))
    body = json.dumps(WHOLE | {"note": "x" * (64 * 1024 - empty)}).encode()
    assert len(body) == 64 * 1024
    async with client.post(CALLBACKS, data=body, headers=headers) as response:
        assert response.status == 422
        assert set(errors(await response.json())) == {"note"}


async def test_neither_an_answer_nor_a_log_repeats_what_was_sent(client):
    with capture_logs() as logs:
        _, problem = await send(
            client, WHOLE | {"phone": "0155512345678", "name": "S3cret\u0007", "asked_by": "S3cret"}
        )
        await send(client, TOLD)
    assert "5551234" not in str(problem) + str(logs)
    assert "S3cret" not in str(problem) + str(logs)
    assert "99000001" not in str(logs)


# -- the key ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "x" * 201, "with space", "clé", "tab\there"])
async def test_a_key_that_is_none_is_refused(client, floor, key):
    status, problem = await send(client, WHOLE, key=key)
    assert status == 422
    assert errors(problem) == {"Idempotency-Key": "send it once, 1 to 200 visible ASCII characters"}
    assert floor.intakes == []


async def test_a_key_is_required(client, floor):
    async with client.post(CALLBACKS, json=WHOLE) as response:
        assert response.status == 422
        assert set(errors(await response.json())) == {"Idempotency-Key"}
    two = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    async with client.post(CALLBACKS, json=WHOLE, headers=two) as response:
        assert response.status == 422
    assert floor.intakes == []


async def test_the_longest_key_is_taken(client):
    assert (await send(client, WHOLE, key="~" * 200))[0] == 201


async def test_the_same_again_is_answered_the_same_and_books_nothing(client, floor):
    first = await send(client, TOLD, key="k")
    floor.later(30 * 86400)  # it is over by now, and its slot past: the answer stays
    again = await send(client, TOLD, key="k")
    assert (first[0], again[0]) == (201, 200)
    assert first[1] == again[1]
    assert len(floor.intakes) == 1


async def test_the_order_of_the_fields_and_spaces_make_no_other_body(client, floor):
    await send(client, TOLD, key="k")
    raw = json.dumps(dict(reversed(TOLD.items())), indent=3)
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    async with client.post(CALLBACKS, data=raw, headers=headers) as response:
        assert response.status == 200
    assert len(floor.intakes) == 1


async def test_the_same_key_with_another_body_is_refused(client, floor):
    await send(client, WHOLE, key="k")
    for other in (WHOLE | {"note": "autre"}, WHOLE | {"phone": "01 99 00 00 02"}):
        status, problem = await send(client, other, key="k")
        assert status == 422
        assert errors(problem)["Idempotency-Key"].startswith("came with another body before")
    assert len(floor.intakes) == 1


async def test_a_request_that_was_refused_leaves_its_key_free(client, floor):
    assert (await send(client, WHOLE | {"phone": "15"}, key="k"))[0] == 422
    assert (await send(client, WHOLE, key="k"))[0] == 201
    assert len(floor.intakes) == 1


async def test_the_keys_of_two_clients_do_not_meet(connect):
    floor = FakeFloor(mode="production", tokens={"site": frozenset({"intake"}), "partner": frozenset({"intake"})})
    site, partner = await connect(floor, token="site"), await connect(floor, token="partner")
    assert (await send(site, WHOLE, key="k"))[0] == 201
    assert (await send(partner, WHOLE | {"phone": "01 99 00 00 02"}, key="k"))[0] == 201
    assert (await send(site, WHOLE, key="k"))[0] == 200
    assert len(floor.intakes) == 2


async def test_after_a_restart_the_store_still_knows_the_key(connect, floor):
    first = await send(await connect(floor), WHOLE, key="k")
    again = await send(await connect(floor), WHOLE, key="k")
    assert (again[0], again[1]) == (200, first[1])
    assert len(floor.intakes) == 1


async def test_neither_key_nor_body_is_kept_itself(client, floor):
    await send(client, WHOLE, key="my-key-of-today")
    kept = floor.intakes[0].key
    assert kept is not None
    for digest in (kept.key, kept.body):
        assert len(digest) == 64
        assert set(digest) <= set("0123456789abcdef")
    assert "my-key-of-today" not in str(kept)


async def asked_of(floor: FakeFloor) -> None:
    """Until the desk has booked, be it committed or not."""
    async with asyncio.timeout(5):
        while not floor.intakes:
            await floor.changes.after(floor.changes.version)


async def test_two_at_once_with_one_key_make_one_booking(client, floor):
    floor.held = asyncio.Event()
    both = [asyncio.ensure_future(send(client, WHOLE, key="k")) for _ in range(5)]
    await asked_of(floor)
    assert (await asyncio.wait(both, timeout=0.2))[0] == set()
    floor.held.set()
    answers = await asyncio.gather(*both)
    assert sorted(status for status, _ in answers) == [200, 200, 200, 200, 201]
    assert all(booked == answers[0][1] for _, booked in answers)
    assert len(floor.intakes) == 1


async def test_two_bodies_at_once_with_one_key_make_one_booking_and_one_fault(client, floor):
    floor.held = asyncio.Event()
    first = asyncio.ensure_future(send(client, WHOLE, key="k"))
    await asked_of(floor)
    other = asyncio.ensure_future(send(client, WHOLE | {"note": "autre"}, key="k"))
    assert (await asyncio.wait([first, other], timeout=0.2))[0] == set()
    floor.held.set()
    assert (await first)[0] == 201
    status, problem = await other
    assert (status, set(errors(problem))) == (422, {"Idempotency-Key"})
    assert len(floor.intakes) == 1


async def test_a_commit_that_does_not_come_is_said_honestly_and_sending_again_joins_it(client, floor, monkeypatch):
    monkeypatch.setattr(commit, "COMMIT_MAX_S", 0.05)
    floor.held = asyncio.Event()
    for _ in range(3):
        async with client.post(CALLBACKS, json=WHOLE, headers={"Idempotency-Key": "k"}) as response:
            assert response.status == 503
            assert response.headers["Retry-After"] == "5"
            assert "never booked twice" in (await response.json())["detail"]
    monkeypatch.setattr(commit, "COMMIT_MAX_S", 5.0)
    floor.held.set()
    assert (await send(client, WHOLE, key="k"))[0] == 200
    assert len(floor.intakes) == 1


async def test_who_goes_away_has_booked_once_all_the_same(client, floor):
    floor.held = asyncio.Event()
    gone = asyncio.ensure_future(send(client, WHOLE, key="k"))
    await asked_of(floor)
    gone.cancel()
    again = asyncio.ensure_future(send(client, WHOLE, key="k"))
    floor.held.set()
    assert (await again)[0] == 200
    assert len(floor.intakes) == 1


async def test_a_failure_of_ours_leaves_the_key_free(client, floor, monkeypatch):
    async def broken(event: CallbacksAsked) -> None:
        raise RuntimeError("the number +33199000001 is in this message")

    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(FakeFloor, "submit", lambda self, event: broken(event))
        status, problem = await send(client, WHOLE, key="k")
    assert status == 500
    assert "99000001" not in str(problem) + str(logs)
    assert (await send(client, WHOLE, key="k"))[0] == 201
