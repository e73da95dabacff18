"""Callbacks asked for over the API: dialled as promised, and what comes of it. Real Asterisk, real phones."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from ops.asterisk.programs import Programs
from ops.robots.scenarios import Pause, Press
from tests.real.callbacks import Callbacks, calling, worked
from tests.real.house import House, Json

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

SAID_S = 2.0
AT_ONCE_S = 4.0
"""Well before a phone that rings would be given up."""
LEAVES_S = 1.2
"""When an adviser hangs up: the person, dialled as soon as their leg is up, has answered by then, and just so."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("callbacks")
    said = dict.fromkeys(("callback.apology", "callback.message"), SAID_S)
    async with House(programs, folder / "house", calling(folder / "config", programs, said)) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def callbacks(house: House) -> AsyncIterator[Callbacks]:
    async with worked(house) as found:
        yield found


def in_time(attempt: Json) -> datetime:
    return datetime.fromisoformat(attempt["ended_at"])


# -- the whole way ----------------------------------------------------------------------------------


async def test_who_asks_is_dialled_by_an_adviser_talks_and_is_closed_with_the_outcome(callbacks: Callbacks) -> None:
    house, phone = callbacks.house, callbacks.outside.person("talks")
    await house.phone("adv01")
    asked = await callbacks.ask(phone)
    offer = await callbacks.card("adv01", asked)
    assert offer["card"]["phone"].replace(" ", "") == phone
    assert not await house.ari("channels")  # the card is read before any phone rings
    await callbacks.put(offer, "accept")
    await callbacks.becomes(asked, "ready")
    assert callbacks.outside.invites(phone) == []  # nobody who answers hears silence: the adviser is up first

    await callbacks.put(offer, "dial")
    talking = await callbacks.becomes(asked, "talking")
    person, adviser = f"{asked['id']}-x1", f"{asked['id']}-a1"
    await asyncio.gather(callbacks.hears(person), callbacks.hears(adviser))
    assert [attempt["leg"] for attempt in talking["attempts"]] == [person]

    settled = await callbacks.becomes(asked, "unsettled", adviser="adv01")
    assert [attempt["cause"] for attempt in settled["attempts"]] == ["talked"]
    await house.adviser_is("adv01", "wrapping_up")
    closed = await callbacks.outcome(asked, "INFO_DONNEE")
    assert (closed["state"], closed["outcome"]) == ("closed", "INFO_DONNEE")
    await house.wish("ready", "adv01")
    await house.adviser_is("adv01", "free")
    assert callbacks.outside.heard(phone) == ["INVITE", "ACK", "200"]


async def test_the_person_sees_the_number_of_the_line_that_they_asked_on(callbacks: Callbacks) -> None:
    phone = callbacks.outside.person("busy")
    await callbacks.house.phone("adv01")
    asked = await callbacks.ask(phone)
    await callbacks.calls("adv01", asked)
    await callbacks.becomes(asked, "resting")
    (invite,) = callbacks.outside.invites(phone)
    for header in ("From", "P-Asserted-Identity"):
        assert re.search(rf"^{header}: .*<sip:\+33177771225@", invite.text, re.MULTILINE), invite.text


# -- in vain ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("temper", "cause", "outcome"),
    [
        ("busy", "busy", "OCCUPE"),
        ("declines", "busy", "OCCUPE"),
        ("switched_off", "no_answer", "SANS_REPONSE"),
        ("no_such_number", "unreachable", None),
    ],
)
async def test_in_vain_the_adviser_is_free_at_once_and_it_rests_by_the_ladder(
    callbacks: Callbacks, temper: str, cause: str, outcome: str | None
) -> None:
    house, phone = callbacks.house, callbacks.outside.person(temper)
    await house.phone("adv01")
    asked = await callbacks.ask(phone)
    await callbacks.calls("adv01", asked)
    resting = await callbacks.becomes(asked, "resting")
    (attempt,) = resting["attempts"]
    assert (attempt["cause"], attempt["outcome"]) == (cause, outcome)
    again_at, ended_at = datetime.fromisoformat(resting["due_at"]), in_time(attempt)
    if cause == "busy":
        assert again_at == ended_at + timedelta(minutes=30)
    else:  # the next half-day
        assert again_at.astimezone(ended_at.tzinfo) == datetime.fromisoformat("2027-03-16T13:00:00+01:00")
    await house.adviser_is("adv01", "free")
    await house.until(house.is_quiet, what="every leg is gone")
    assert len(callbacks.outside.invites(phone)) == 1


async def test_a_phone_that_nobody_answers_is_rung_for_no_longer_than_is_configured(callbacks: Callbacks) -> None:
    house, phone = callbacks.house, callbacks.outside.person("absent")
    await house.phone("adv01")
    asked = await callbacks.ask(phone)
    await callbacks.calls("adv01", asked)
    resting = await callbacks.becomes(asked, "resting", limit_s=20)
    (attempt,) = resting["attempts"]
    assert (attempt["cause"], attempt["outcome"]) == ("no_answer", "SANS_REPONSE")
    rang_s = (in_time(attempt) - datetime.fromisoformat(attempt["at"])).total_seconds()
    assert 10 <= rang_s < 12
    assert "CANCEL" in callbacks.outside.heard(phone)
    await house.adviser_is("adv01", "free")


async def test_who_says_no_is_not_called_for_sixty_days_though_they_ask_again(callbacks: Callbacks) -> None:
    house, phone = callbacks.house, callbacks.outside.person("talks")
    await house.phone("adv01")
    asked = await callbacks.ask(phone)
    await callbacks.calls("adv01", asked)
    await callbacks.becomes(asked, "unsettled")
    closed = await callbacks.outcome(asked, "REFUS")
    await house.wish("ready", "adv01")

    again = await callbacks.ask(phone)
    resting = await callbacks.becomes(again, "resting")
    assert resting["gate"]["reason"] == "declined"
    until = datetime.fromisoformat(resting["gate"]["until"])
    assert until >= datetime.fromisoformat(closed["closed_at"]) + timedelta(days=60)
    assert len(callbacks.outside.invites(phone)) == 1


async def test_an_answering_machine_hears_the_neutral_message_and_the_adviser_is_free_at_once(
    callbacks: Callbacks,
) -> None:
    house, phone = callbacks.house, callbacks.outside.person("answers")
    await house.phone("adv01", acts=(Pause(1.2), Press("*")))
    asked = await callbacks.ask(phone)
    await callbacks.put(await callbacks.card("adv01", asked), "dial")
    await callbacks.becomes(asked, "talking")
    await callbacks.becomes(asked, "telling")
    await house.adviser_is("adv01", "free")
    await callbacks.hears(f"{asked['id']}-x1")
    resting = await callbacks.becomes(asked, "resting")
    (attempt,) = resting["attempts"]
    assert (attempt["cause"], attempt["outcome"]) == ("machine", "MESSAGE_LAISSE")
    assert callbacks.outside.heard(phone)[-1] == "BYE"


# -- the card ---------------------------------------------------------------------------------------


async def test_a_card_that_is_refused_goes_to_another_adviser(callbacks: Callbacks) -> None:
    house, phone = callbacks.house, callbacks.outside.person("talks")
    await house.phone("adv01", "adv02")
    asked = await callbacks.ask(phone)
    refused = await callbacks.card("adv01", asked)
    await callbacks.put(refused, "refuse")
    await callbacks.put(refused, "dial", status=409)  # it is theirs no more
    await callbacks.calls("adv02", asked)
    talked = await callbacks.becomes(asked, "unsettled", adviser="adv02")
    assert [attempt["adviser"] for attempt in talked["attempts"]] == ["adv02"]
    assert len(callbacks.outside.invites(phone)) == 1


async def test_the_same_card_accepted_twice_and_dialled_twice_rings_one_phone_once(callbacks: Callbacks) -> None:
    house, phone = callbacks.house, callbacks.outside.person("slow")
    await house.phone("adv01")
    asked = await callbacks.ask(phone)
    offer = await callbacks.card("adv01", asked)
    for action in ("accept", "dial"):
        both = await asyncio.gather(
            *(callbacks.send("PUT", f"/offers/{offer['id']}", {"action": action}) for _ in "12")
        )
        assert sorted(status for status, _ in both) == [200, 409], both
        if action == "accept":
            await callbacks.becomes(asked, "ready")
    talking = await callbacks.becomes(asked, "talking")
    assert len(talking["attempts"]) == 1
    assert sorted(each["id"] for each in await house.ari("channels")) == [f"{asked['id']}-a1", f"{asked['id']}-x1"]
    assert len(callbacks.outside.invites(phone)) == 1


async def test_who_cancels_while_their_phone_rings_is_left_in_peace(callbacks: Callbacks) -> None:
    house, phone = callbacks.house, callbacks.outside.person("absent")
    await house.phone("adv01")
    asked = await callbacks.ask(phone)
    await callbacks.calls("adv01", asked)
    await callbacks.invited(phone)
    closed = await callbacks.cancel(asked)
    assert (closed["state"], closed["outcome"]) == ("closed", "ANNULE")
    await house.adviser_is("adv01", "free")
    await house.until(house.is_quiet, AT_ONCE_S, what="every leg is gone")
    assert "CANCEL" in callbacks.outside.heard(phone)
    assert [each["cause"] for each in (await callbacks.get(asked))["attempts"]] == ["cancelled"]


# -- somebody hangs up ------------------------------------------------------------------------------


async def test_a_person_who_hangs_up_as_they_are_joined_leaves_no_leg_and_the_adviser_is_asked(
    callbacks: Callbacks,
) -> None:
    """The adviser said `dial` on the card: the person is rung the moment that the adviser's leg comes up."""
    house, phone = callbacks.house, callbacks.outside.person("hangs_up")
    await house.phone("adv01")
    asked = await callbacks.ask(phone)
    await callbacks.put(await callbacks.card("adv01", asked), "dial")
    settled = await callbacks.becomes(asked, "unsettled")
    assert [each["cause"] for each in settled["attempts"]] == ["talked"]
    await house.until(house.is_quiet, what="every leg is gone")
    await callbacks.outcome(asked, "SANS_REPONSE")
    assert (await callbacks.becomes(asked, "resting"))["attempts"][0]["cause"] == "no_answer"
    assert len(callbacks.outside.invites(phone)) == 1


async def test_somebody_whose_adviser_hangs_up_as_they_answer_hears_an_apology(callbacks: Callbacks) -> None:
    house, phone = callbacks.house, callbacks.outside.person("answers")
    await house.phone("adv01", talks_s=LEAVES_S)
    asked = await callbacks.ask(phone)
    await callbacks.put(await callbacks.card("adv01", asked), "dial")
    await callbacks.becomes(asked, "talking")
    await callbacks.becomes(asked, "telling")
    await callbacks.hears(f"{asked['id']}-x1")
    resting = await callbacks.becomes(asked, "resting")
    assert [each["cause"] for each in resting["attempts"]] == ["adviser_lost"]
    assert callbacks.outside.heard(phone)[-1] == "BYE"
    assert len(callbacks.outside.invites(phone)) == 1


async def test_a_phone_that_still_rings_when_the_adviser_hangs_up_rings_no_more(callbacks: Callbacks) -> None:
    house, phone = callbacks.house, callbacks.outside.person("absent")
    await house.phone("adv01", talks_s=LEAVES_S)
    asked = await callbacks.ask(phone)
    await callbacks.put(await callbacks.card("adv01", asked), "dial")
    resting = await callbacks.becomes(asked, "resting")
    assert [each["cause"] for each in resting["attempts"]] == ["adviser_lost"]
    await house.until(house.is_quiet, AT_ONCE_S, what="every leg is gone")
    assert "CANCEL" in callbacks.outside.heard(phone)
    assert "ACK" in callbacks.outside.heard(phone)
