"""Signing in by a provider: who is honest comes in; whatever is wrong at the provider or on the way, nobody does."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from pydantic import SecretStr

from dialer.access.failures import SENTENCES, Failed, Why
from dialer.access.oidc import Begun, Client, Identity, RelyingParty, challenge
from tests.access.provider import CALLBACK, CLIENT, EC, GOODBYE, RSA, SECRET, SUB, Provider

Party = Callable[..., RelyingParty]


@pytest_asyncio.fixture
async def provider() -> AsyncIterator[Provider]:
    made = Provider()
    await made.start()
    yield made
    await made.close()


@pytest_asyncio.fixture
async def party(provider: Provider) -> AsyncIterator[Party]:
    """``party(**client)``: us, with another agreement where it says so."""
    made: list[RelyingParty] = []

    def ours(**other: Any) -> RelyingParty:
        client = Client(provider.issuer, CLIENT, SecretStr(SECRET), CALLBACK, GOODBYE, timeout_s=2.0)
        made.append(RelyingParty(replace(client, **other), lambda: provider.at))
        return made[-1]

    yield ours
    for each in made:
        await each.close()


async def begun_by(us: RelyingParty, **how: bool) -> Begun:
    begun = await us.begin(**how)
    assert isinstance(begun, Begun)
    return begun


async def signed_in(us: RelyingParty, provider: Provider) -> Identity | Failed:
    begun = await begun_by(us)
    return await us.finish(provider.sign_in(begun.url), begun)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
@pytest.mark.asyncio
async def test_whoever_signs_in_at_an_honest_provider_is_known_by_its_name_for_them(
    provider: Provider, party: Party, algorithm: str
) -> None:
    provider.algorithm, provider.signing = algorithm, RSA[0] if algorithm == "RS256" else EC

    found = await signed_in(party(algorithm=algorithm), provider)

    assert isinstance(found, Identity)
    assert (found.issuer, found.sub, found.name) == (provider.issuer, SUB, "Camille Exemple")


@pytest.mark.asyncio
async def test_it_works_without_pkce_where_the_provider_refuses_it_and_with_userinfo_that_need_not_be_signed(
    provider: Provider, party: Party
) -> None:
    provider.wrong.document = {"code_challenge_methods_supported": []}
    provider.wrong.plain_userinfo = True

    assert isinstance(await signed_in(party(pkce=False, signed_userinfo=False), provider), Identity)


@pytest.mark.asyncio
async def test_a_provider_that_says_nothing_of_userinfo_and_of_signing_out_is_enough(
    provider: Provider, party: Party
) -> None:
    provider.wrong.document = {"userinfo_endpoint": None, "end_session_endpoint": None}
    us = party()

    found = await signed_in(us, provider)

    assert isinstance(found, Identity)
    assert (found.sub, found.name) == (SUB, None)
    assert await us.sign_out(found.id_token) is None


def hour(hours: int) -> int:
    """From the provider's stopped hour, as a NumericDate."""
    return int((Provider().at + timedelta(hours=hours)).timestamp())


LIES: dict[str, tuple[dict[str, Any], Why]] = {
    "another's nonce": ({"nonce": "n" * 43}, Why.WRONG_NONCE),
    "no nonce": ({"nonce": None}, Why.WRONG_NONCE),
    "for another service": ({"aud": "another"}, Why.WRONG_AUDIENCE),
    "for nobody": ({"aud": None}, Why.WRONG_AUDIENCE),
    "for two, made for the other": ({"aud": [CLIENT, "another"], "azp": "another"}, Why.WRONG_AUDIENCE),
    "for two, made for nobody": ({"aud": [CLIENT, "another"]}, Why.WRONG_AUDIENCE),
    "by another issuer": ({"iss": "https://elsewhere.example.net"}, Why.WRONG_ISSUER),
    "expired": ({"exp": hour(-1)}, Why.EXPIRED),
    "never expires": ({"exp": None}, Why.INCOMPLETE),
    "expires at no number": ({"exp": True}, Why.INCOMPLETE),
    "not yet": ({"nbf": hour(1)}, Why.NOT_YET),
    "made tomorrow": ({"iat": hour(24), "exp": hour(25)}, Why.NOT_YET),
    "of nobody": ({"sub": None}, Why.INCOMPLETE),
    "of an empty name": ({"sub": ""}, Why.INCOMPLETE),
    "of a name without end": ({"sub": "x" * 300}, Why.INCOMPLETE),
    "with another access token": ({"at_hash": "another"}, Why.WRONG_SIGNATURE),
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.asyncio
async def test_an_id_token_that_lies_signs_nobody_in(provider: Provider, party: Party, lie: str) -> None:
    provider.wrong.claims, why = LIES[lie]

    assert await signed_in(party(), provider) == Failed(why)


@pytest.mark.parametrize("claims", [{"aud": [CLIENT]}, {"aud": [CLIENT, "x"], "azp": CLIENT}, {"at_hash": None}])
@pytest.mark.asyncio
async def test_what_the_standard_allows_is_taken(provider: Provider, party: Party, claims: dict[str, Any]) -> None:
    provider.wrong.claims = claims

    assert isinstance(await signed_in(party(), provider), Identity)


@pytest.mark.parametrize(("late", "taken"), [(119, True), (121, False)])
@pytest.mark.asyncio
async def test_two_clocks_may_differ_by_a_minute_and_not_more(
    provider: Provider, party: Party, late: int, taken: bool
) -> None:
    us = party(signed_userinfo=False)
    provider.wrong.document = {"userinfo_endpoint": None}
    provider.wrong.claims = {"exp": int(provider.at.timestamp()) + 60}
    begun = await begun_by(us)
    query = provider.sign_in(begun.url)
    provider.at += timedelta(seconds=late)

    assert isinstance(await us.finish(query, begun), Identity) is taken


@pytest.mark.asyncio
async def test_an_unsigned_token_signs_nobody_in(provider: Provider, party: Party) -> None:
    provider.wrong.unsigned = True

    assert await signed_in(party(), provider) == Failed(Why.WRONG_ALGORITHM)


@pytest.mark.asyncio
async def test_a_token_signed_by_another_key_of_the_same_name_signs_nobody_in(provider: Provider, party: Party) -> None:
    provider.wrong.forged = True

    assert await signed_in(party(), provider) == Failed(Why.WRONG_SIGNATURE)


@pytest.mark.asyncio
async def test_an_algorithm_that_was_not_agreed_on_is_refused_even_with_a_key_that_is_published(
    provider: Provider, party: Party
) -> None:
    provider.algorithm, provider.signing = "ES256", EC

    assert await signed_in(party(), provider) == Failed(Why.WRONG_ALGORITHM)


@pytest.mark.asyncio
async def test_new_keys_of_the_provider_are_fetched_when_they_first_sign(provider: Provider, party: Party) -> None:
    us = party()
    assert isinstance(await signed_in(us, provider), Identity)
    provider.signing, provider.published = RSA[1], [RSA[0], RSA[1]]
    provider.at += timedelta(minutes=1)

    assert isinstance(await signed_in(us, provider), Identity)
    assert provider.asked["/jwks"] == 2


@pytest.mark.asyncio
async def test_made_up_keys_do_not_make_us_ask_the_provider_again_and_again(provider: Provider, party: Party) -> None:
    us = party()
    assert isinstance(await signed_in(us, provider), Identity)
    provider.signing = RSA[1]
    provider.at += timedelta(minutes=1)

    for _ in range(3):
        assert await signed_in(us, provider) == Failed(Why.UNKNOWN_KEY)
    assert provider.asked["/jwks"] == 2


@pytest.mark.asyncio
async def test_a_key_that_was_withdrawn_is_believed_for_an_hour_and_no_longer(provider: Provider, party: Party) -> None:
    us = party()
    assert isinstance(await signed_in(us, provider), Identity)
    provider.published = [EC]

    provider.at += timedelta(minutes=59)
    assert isinstance(await signed_in(us, provider), Identity)
    provider.at += timedelta(minutes=2)
    assert await signed_in(us, provider) == Failed(Why.UNKNOWN_KEY)


DOCUMENT, JWKS, TOKEN, USERINFO = "/.well-known/openid-configuration", "/jwks", "/token", "/userinfo"


@pytest.mark.parametrize("path", [JWKS, TOKEN, USERINFO])
@pytest.mark.parametrize("status", [500, 302, 204])
@pytest.mark.asyncio
async def test_a_provider_that_is_ill_or_sends_us_elsewhere_signs_nobody_in(
    provider: Provider, party: Party, path: str, status: int
) -> None:
    provider.wrong.status = {path: status}

    assert await signed_in(party(), provider) == Failed(Why.ODD_ANSWER)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b" " * 300_000], ids=range(6))
@pytest.mark.parametrize("path", [JWKS, TOKEN])
@pytest.mark.asyncio
async def test_an_answer_that_is_none_signs_nobody_in(provider: Provider, party: Party, path: str, body: bytes) -> None:
    provider.wrong.body = {path: body}

    assert await signed_in(party(), provider) == Failed(Why.ODD_ANSWER)


@pytest.mark.parametrize("path", [JWKS, TOKEN, USERINFO])
@pytest.mark.asyncio
async def test_a_provider_that_does_not_answer_in_time_holds_nobody_up(
    provider: Provider, party: Party, path: str
) -> None:
    provider.wrong.slow = {path}

    assert await signed_in(party(timeout_s=0.3), provider) == Failed(Why.SLOW)


@pytest.mark.asyncio
async def test_a_provider_that_is_ill_is_asked_once_for_all_who_wait_and_then_again(
    provider: Provider, party: Party
) -> None:
    us = party()
    provider.wrong.status = {DOCUMENT: 500}
    for _ in range(3):
        assert await us.begin() == Failed(Why.ODD_ANSWER)
    assert provider.asked[DOCUMENT] == 1

    provider.wrong.status = {}
    provider.at += timedelta(seconds=6)
    assert isinstance(await us.begin(), Begun)


@pytest.mark.asyncio
async def test_keys_that_cannot_be_had_are_asked_for_once_for_all_who_wait_and_then_again(
    provider: Provider, party: Party
) -> None:
    us = party()
    provider.wrong.status = {JWKS: 500}
    for _ in range(3):
        assert await signed_in(us, provider) == Failed(Why.ODD_ANSWER)
    assert provider.asked[JWKS] == 1

    provider.wrong.status = {}
    provider.at += timedelta(seconds=6)
    assert isinstance(await signed_in(us, provider), Identity)


@pytest.mark.asyncio
async def test_an_answer_without_end_is_not_read_to_its_end_however_right_it_begins(
    provider: Provider, party: Party
) -> None:
    keys = json.dumps({"keys": [RSA[0].as_dict(private=False)]}).encode()

    provider.wrong.body = {JWKS: keys + b" " * 300_000}
    assert await signed_in(party(), provider) == Failed(Why.ODD_ANSWER)
    provider.wrong.body = {JWKS: keys + b" " * 3_000}
    assert isinstance(await signed_in(party(), provider), Identity)


@pytest.mark.asyncio
async def test_a_provider_that_is_not_there_is_told_from_one_that_is_odd(provider: Provider, party: Party) -> None:
    us = party()
    await provider.close()

    assert await us.begin() == Failed(Why.UNREACHABLE)


DOCUMENTS: dict[str, tuple[dict[str, Any], Why]] = {
    "another issuer": ({"issuer": "https://elsewhere.example.net"}, Why.WRONG_ISSUER),
    "no place for tokens": ({"token_endpoint": None}, Why.ODD_ANSWER),
    "a place without TLS": ({"token_endpoint": "http://elsewhere.example.net/token"}, Why.ODD_ANSWER),
    "keys from a file": ({"jwks_uri": "file:///etc/passwd"}, Why.ODD_ANSWER),
    "userinfo without TLS": ({"userinfo_endpoint": "http://elsewhere.example.net/"}, Why.ODD_ANSWER),
    "a place that is none": ({"jwks_uri": "https://[/"}, Why.ODD_ANSWER),
    "a place that is a number": ({"authorization_endpoint": 7}, Why.ODD_ANSWER),
    "no PKCE": ({"code_challenge_methods_supported": ["plain"]}, Why.NO_PKCE),
}


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.asyncio
async def test_a_discovery_document_that_cannot_be_trusted_sends_nobody_anywhere(
    provider: Provider, party: Party, document: str
) -> None:
    provider.wrong.document, why = DOCUMENTS[document]

    assert await party().begin() == Failed(why)


@pytest.mark.asyncio
async def test_userinfo_of_somebody_else_or_unsigned_or_for_another_signs_nobody_in(
    provider: Provider, party: Party
) -> None:
    us = party()
    for instead, why in (
        ({"sub": "another"}, Why.WRONG_SUBJECT),
        ({"sub": None}, Why.WRONG_SUBJECT),
        ({"aud": "another"}, Why.WRONG_AUDIENCE),
        ({"iss": "https://elsewhere.example.net"}, Why.WRONG_ISSUER),
        ({"exp": hour(-1)}, Why.EXPIRED),
    ):
        provider.wrong.userinfo = instead
        assert await signed_in(us, provider) == Failed(why), instead
    provider.wrong.userinfo, provider.wrong.plain_userinfo = {}, True
    assert await signed_in(us, provider) == Failed(Why.WRONG_SIGNATURE)


@pytest.mark.asyncio
async def test_a_name_that_no_screen_can_show_is_left_out(provider: Provider, party: Party) -> None:
    provider.wrong.userinfo = {"given_name": "Ca\u202emille"}

    found = await signed_in(party(), provider)

    assert isinstance(found, Identity)
    assert found.name is None


BACK: dict[str, tuple[dict[str, str | None], Why]] = {
    "another's state": ({"state": "s" * 43}, Why.WRONG_STATE),
    "no state": ({"state": None}, Why.WRONG_STATE),
    "from another issuer": ({"iss": "https://elsewhere.example.net"}, Why.WRONG_ISSUER),
    "they gave up": ({"error": "access_denied"}, Why.GIVEN_UP),
    "the provider refused": ({"error": "server_error"}, Why.PROVIDER_REFUSED),
    "no code": ({"code": None}, Why.PROVIDER_REFUSED),
    "a code without end": ({"code": "c" * 3000}, Why.PROVIDER_REFUSED),
    "another code": ({"code": "c" * 22}, Why.CODE_REFUSED),
}


@pytest.mark.parametrize("back", BACK)
@pytest.mark.asyncio
async def test_whoever_does_not_come_back_as_they_went_is_not_signed_in(
    provider: Provider, party: Party, back: str
) -> None:
    us, (instead, why) = party(), BACK[back]
    begun = await begun_by(us)
    query = {k: v for k, v in (provider.sign_in(begun.url) | instead).items() if v is not None}

    assert await us.finish(query, begun) == Failed(why)
    assert provider.asked[TOKEN] == (why is Why.CODE_REFUSED)


@pytest.mark.asyncio
async def test_a_link_that_another_browser_began_signs_nobody_in_here(provider: Provider, party: Party) -> None:
    us = party()
    begun, others = await begun_by(us), await begun_by(us)
    query = provider.sign_in(others.url)

    assert await us.finish(query, begun) == Failed(Why.WRONG_STATE)
    assert await us.finish(query, None) == Failed(Why.WRONG_STATE)


@pytest.mark.asyncio
async def test_a_code_that_was_stolen_opens_nothing_without_what_the_browser_keeps(
    provider: Provider, party: Party
) -> None:
    us = party()
    begun = await begun_by(us)
    query = provider.sign_in(begun.url)

    assert await us.finish(query, replace(begun, verifier="v" * 43)) == Failed(Why.CODE_REFUSED)


@pytest.mark.asyncio
async def test_what_was_begun_more_than_ten_minutes_ago_is_begun_again(provider: Provider, party: Party) -> None:
    us = party()
    begun = await begun_by(us)
    provider.at += timedelta(minutes=10)

    assert await us.finish(provider.sign_in(begun.url), begun) == Failed(Why.TOO_LATE)


@pytest.mark.asyncio
async def test_a_code_serves_once(provider: Provider, party: Party) -> None:
    us = party()
    begun = await begun_by(us)
    query = provider.sign_in(begun.url)

    assert isinstance(await us.finish(query, begun), Identity)
    assert await us.finish(query, begun) == Failed(Why.CODE_REFUSED)


@pytest.mark.asyncio
async def test_a_wrong_secret_of_ours_signs_nobody_in(provider: Provider, party: Party) -> None:
    assert await signed_in(party(secret=SecretStr("another")), provider) == Failed(Why.CODE_REFUSED)


@pytest.mark.asyncio
async def test_to_prove_anew_who_one_is_asks_the_provider_not_to_remember(provider: Provider, party: Party) -> None:
    begun = await begun_by(party(), again=True)

    assert parse_qs(urlsplit(begun.url).query)["prompt"] == ["login"]


@pytest.mark.asyncio
async def test_signing_out_goes_by_the_provider_with_what_it_wants_to_know(provider: Provider, party: Party) -> None:
    us = party()
    found = await signed_in(us, provider)
    assert isinstance(found, Identity)

    out = await us.sign_out(found.id_token)

    assert out is not None
    asked = {name: value for name, [value] in parse_qs(urlsplit(out[0]).query).items()}
    assert out[0].startswith(f"{provider.issuer}/session/end?")
    token = found.id_token.get_secret_value()
    assert asked == {"id_token_hint": token, "state": out[1], "post_logout_redirect_uri": GOODBYE}


@pytest.mark.asyncio
async def test_no_code_token_or_secret_is_logged_or_shown(
    provider: Provider, party: Party, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    us = party()
    begun = await begun_by(us)
    query = provider.sign_in(begun.url)
    found = await us.finish(query, begun)
    assert isinstance(found, Identity)
    # Of what is ours: the provider's own access log is the provider's.
    ours = [each.getMessage() for each in caplog.records if each.name != "aiohttp.access"]
    shown = repr((begun, found, us, ours))

    secrets = (query["code"], begun.state, begun.nonce, begun.verifier, found.id_token.get_secret_value(), SECRET, SUB)
    assert not [each for each in secrets if each in shown]


def test_the_challenge_is_that_of_the_standard() -> None:
    """RFC 7636, appendix B."""
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_every_failure_has_one_sentence_in_each_language() -> None:
    assert SENTENCES.keys() == set(Why)
    assert all(each.en.endswith(".") and each.fr.endswith(".") for each in SENTENCES.values())


# -- by which claim, and proven when ----------------------------------------------------------------------


CLAIMED: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "nothing said": ("sub", {}, SUB),
    "another claim": ("uid", {"uid": "u-17"}, "u-17"),
    "not there": ("uid", {}, None),
    "no text": ("uid", {"uid": 17}, None),
    "empty": ("uid", {"uid": ""}, None),
    "too long": ("uid", {"uid": "u" * 256}, None),
    "an address that it verified": ("email", {"email": "anne@example.net", "email_verified": True}, "anne@example.net"),
    "an address that it did not": ("email", {"email": "anne@example.net", "email_verified": False}, None),
    "an address of which it says nothing": ("email", {"email": "anne@example.net"}, None),
    "an address that it verified in words": ("email", {"email": "anne@example.net", "email_verified": "true"}, None),
}


@pytest.mark.parametrize("claimed", CLAIMED)
@pytest.mark.asyncio
async def test_somebody_is_known_by_the_claim_that_was_agreed_on_and_by_no_address_that_anybody_could_have_written(
    provider: Provider, party: Party, claimed: str
) -> None:
    claim, provider.wrong.userinfo, known_by = CLAIMED[claimed]

    found = await signed_in(party(claim=claim), provider)

    if known_by is None:
        assert found == Failed(Why.INCOMPLETE)
    else:
        assert isinstance(found, Identity)
        assert (found.known_by, found.sub) == (known_by, SUB)


@pytest.mark.parametrize(
    ("again", "minutes", "taken"),
    [
        (True, 0, True),
        (True, -1, True),
        (True, -2, False),
        (False, -600, True),
        (True, None, True),
        (True, "no", False),
    ],
)
@pytest.mark.asyncio
async def test_who_was_to_prove_anew_who_they_are_did_so_as_far_as_the_provider_says_when(
    provider: Provider, party: Party, again: bool, minutes: int | str | None, taken: bool
) -> None:
    us = party()
    at = int((provider.at + timedelta(minutes=minutes)).timestamp()) if isinstance(minutes, int) else minutes
    provider.wrong.claims = {"auth_time": at}
    begun = await begun_by(us, again=again)

    found = await us.finish(provider.sign_in(begun.url), begun)

    assert isinstance(found, Identity) if taken else found == Failed(Why.NOT_ASKED_AGAIN)
