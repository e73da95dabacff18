"""Softphones as the link sees them: which phone is rung, what a page forgets, and passwords that are shown nowhere."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from dialer.asterisk import requests
from dialer.asterisk.legs import Legs
from dialer.asterisk.registrations import Registrations
from dialer.asterisk.requests import LOST, Outcome, Request
from dialer.asterisk.softphones import SoftphonePasswords
from dialer.asterisk.translate import Translator
from dialer.core.events import LegLeft, PhoneRegistered
from dialer.core.words import AdviserId, Cause, LegId
from tests.asterisk.heard import adviser_of

AT = datetime(2027, 3, 16, 9, 30, tzinfo=UTC)
ANNA = AdviserId("adv01")
SECRET = "a-password-of-asterisk"


def peer(endpoint: str, status: str) -> dict[str, Any]:
    return {"type": "PeerStatusChange", "endpoint": {"resource": endpoint}, "peer": {"peer_status": status}}


def hangup_request(cause: int, *, soft: bool) -> dict[str, Any]:
    return {
        "type": "ChannelHangupRequest", "channel": {"id": "leg", "state": "Up"}, "cause": cause, "soft": soft,
    }  # fmt: skip


def test_the_softphone_is_rung_before_the_phone_on_the_desk_whichever_registered_last() -> None:
    registrations = Registrations(adviser_of)
    for order in (("adv01", "adv01-web"), ("adv01-web", "adv01")):
        registrations.replace(())
        for endpoint in order:
            registrations.came(endpoint)
        assert registrations.endpoint(ANNA) == "adv01-web"
    registrations.left("adv01-web")
    assert registrations.endpoint(ANNA) == "adv01"


def test_a_softphone_beside_a_desk_phone_is_news_and_its_going_takes_nobody_off_the_exchange() -> None:
    registrations = Registrations(adviser_of)
    assert registrations.came("adv01") == ANNA
    assert registrations.came("adv01-web") == ANNA
    assert registrations.came("adv01-web") is None
    assert registrations.left("adv01-web") is None
    assert registrations.left("adv01") == ANNA


def test_a_page_that_registers_anew_has_forgotten_its_legs_and_a_desk_phone_has_not() -> None:
    legs = Legs()
    translator = Translator(legs, Registrations(adviser_of))
    for leg, endpoint in (("one", "adv01-web"), ("two", "adv02-web"), ("three", "adv03")):
        legs.ask_for(LegId(leg))
        legs.rung_on(LegId(leg), endpoint)
    registered = {name: translator.said(peer(name, "Reachable"), AT).event for name in ("adv01-web", "adv03")}
    assert registered["adv01-web"] == PhoneRegistered(AT, ANNA, frozenset({LegId("one")}))
    assert registered["adv03"] == PhoneRegistered(AT, AdviserId("adv03"))
    legs.end(LegId("one"))
    translator.said(peer("adv01-web", "Unreachable"), AT)
    assert translator.said(peer("adv01-web", "Reachable"), AT).event == PhoneRegistered(AT, ANNA)


def test_a_leg_that_was_there_before_us_is_known_by_the_phone_that_asterisk_names() -> None:
    legs = Legs()
    legs.adopt([(LegId("old"), True, "adv01-web")])
    assert legs.on("adv01-web") == {LegId("old")}


@pytest.mark.parametrize(
    ("cause", "soft", "expected"), [(0x01, True, Cause.FAILED), (0x20, True, Cause.NORMAL), (16, False, Cause.NORMAL)]
)
def test_a_leg_that_asterisk_gives_up_for_its_silence_was_torn_off_and_one_that_hangs_up_was_not(
    cause: int, soft: bool, expected: Cause
) -> None:
    legs = Legs()
    legs.ask_for(LegId("leg"))
    said = Translator(legs, Registrations(adviser_of)).said(hangup_request(cause, soft=soft), AT)
    assert said.event == LegLeft(AT, LegId("leg"), expected)


def test_an_adviser_is_rung_with_the_name_of_the_leg_and_nobody_outside_is() -> None:
    inside = requests.originate(LegId("c-a1"), "PJSIP/adv01-web", "dialer", "Ligne", None, 20.0, to_adviser=True)
    assert json.loads(inside.body or "") == {"variables": {"PJSIP_HEADER(add,X-Fil-Vert-Leg)": "c-a1"}}
    assert requests.originate(LegId("c-x1"), "PJSIP/+33199000001@trunk", "dialer", "", None, 20.0).body is None


# -- passwords --------------------------------------------------------------------------------------


@dataclass
class Answers:
    """An Asterisk that answers so."""

    outcome: Outcome
    asked: list[Request] = field(default_factory=list)

    async def ask(self, request: Request) -> Outcome:
        self.asked.append(request)
        return self.outcome


@pytest.mark.asyncio
async def test_a_password_is_put_and_removed_and_one_that_is_not_there_is_fine() -> None:
    asterisk = Answers(Outcome(200, f'[{{"value": "{SECRET}"}}]'))
    await SoftphonePasswords(asterisk).put("adv01-web", SECRET)
    for done in (Outcome(204), Outcome(404)):
        asterisk.outcome = done
        await SoftphonePasswords(asterisk).remove("adv01-web")
    put, *removed = asterisk.asked
    fields = {one["attribute"]: one["value"] for one in json.loads(put.body or "")["fields"]}
    assert fields == {"auth_type": "userpass", "username": "adv01-web", "password": SECRET}
    assert [(one.method, one.path) for one in removed] == [("DELETE", put.path)] * 2


@pytest.mark.asyncio
@pytest.mark.parametrize("outcome", [LOST, Outcome(403, SECRET), Outcome(500, SECRET)])
async def test_what_asterisk_did_not_do_is_an_error_that_shows_no_password(outcome: Outcome) -> None:
    passwords = SoftphonePasswords(Answers(outcome))
    for done in (passwords.put("adv01-web", SECRET), passwords.remove("adv01-web")):
        with pytest.raises(OSError, match="password") as refused:
            await done
        assert SECRET not in str(refused.value)


def test_neither_the_request_nor_its_answer_shows_the_password_when_it_is_printed() -> None:
    assert SECRET not in repr(requests.put_password("adv01-web", SECRET))
    assert SECRET not in repr(Outcome(200, SECRET))
