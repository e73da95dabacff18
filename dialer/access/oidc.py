"""Signing in by a provider of identities: OpenID Connect, by code, with state, nonce and PKCE; made for ProConnect.

Decides what is asked of the provider, and whether who comes back is who went and is who the provider says. Must not
know accounts, nor where what was begun is kept: with the browser that began it, until it comes back, at most
`BEGUN_MAX`. Every failure is a value. Nothing of a code or a token is logged, and none is shown by a repr.

OpenID Connect Core 1.0, section 3.1; RFC 7636 (PKCE); RFC 9207 (`iss` of the answer); RP-Initiated Logout 1.0. Of
ProConnect (documentation for "fournisseurs de service"): state and nonce of 32 characters at least; the secret in the
form; a code holds 30 s, an access token 60 s; what is said of the person is signed (`application/jwt`); `sub` is
another for each of the person's providers, so that an account is linked and not found by e-mail; to sign out wants
the id_token and a state. It answers a parameter that it does not list with an error, and its list has no PKCE: try it
at its integration platform, and set ``pkce`` to False only if it refuses.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from pydantic import SecretStr

from dialer.access.asking import Asking
from dialer.access.failures import Failed, Why
from dialer.access.provider import Places, Provider
from dialer.access.tokens import LEEWAY, SUB_MAX, Algorithm, Expected, read_id_token, read_userinfo

BEGUN_MAX = timedelta(minutes=10)
CODE_MAX = 2048
_BYTES = 32
_NAME_MAX = 120
_SIGNED = "application/jwt"


@dataclass(frozen=True, slots=True)
class Client:
    """What we are to the provider, as it was agreed on with it.

    ``signed_userinfo``: what it says of a person must be signed too. ``redirect_uri``, ``after_sign_out``: ours, to the
    letter as they are known there. ``claim``: by what of what it says an account is linked; an `email` only if it says
    that it verified it. ``name``: as people call it.
    """

    issuer: str
    id: str
    secret: SecretStr
    redirect_uri: str
    after_sign_out: str
    scopes: tuple[str, ...] = ("openid", "given_name", "usual_name")
    algorithm: Algorithm = "RS256"
    signed_userinfo: bool = True
    pkce: bool = True
    timeout_s: float = 5.0
    claim: str = "sub"
    name: str = "ProConnect"


@dataclass(frozen=True, slots=True)
class Begun:
    """Kept with the browser that began it, where no script reads it. ``state`` finds it again. ``again``: whoever comes
    back was to prove anew who they are."""

    at: datetime
    state: str
    nonce: str
    verifier: str
    url: str
    """Where the browser goes now; once it is back, nothing."""
    again: bool = False

    def __repr__(self) -> str:
        return f"Begun({self.at.isoformat()})"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says that it is. ``name``: as they are called, if it says so. ``id_token``: to sign out with.
    ``known_by``: what the claim holds by which accounts are linked."""

    issuer: str
    sub: str
    name: str | None
    id_token: SecretStr
    known_by: str

    def __repr__(self) -> str:
        return "Identity(…)"


class RelyingParty:
    """``now``: the true time, however the service's clock is shifted, since tokens hold by it. End it with `close`."""

    def __init__(self, client: Client, now: Callable[[], datetime]) -> None:
        self.name = client.name
        self._client = client
        self._now = now
        self._asking = Asking(client.timeout_s)
        self._provider = Provider(client.issuer, self._asking, now)

    async def close(self) -> None:
        await self._asking.close()

    async def begin(self, *, again: bool = False) -> Begun | Failed:
        """``again``: they prove anew who they are, even if the provider knows them still."""
        places = await self._places()
        if isinstance(places, Failed):
            return places
        state, nonce, verifier = (secrets.token_urlsafe(_BYTES) for _ in range(3))
        asked = {
            "response_type": "code",
            "client_id": self._client.id,
            "redirect_uri": self._client.redirect_uri,
            "scope": " ".join(self._client.scopes),
            "state": state,
            "nonce": nonce,
        }
        if self._client.pkce:
            asked |= {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
        if again:
            asked["prompt"] = "login"
        return Begun(self._now(), state, nonce, verifier, _with(places.authorization, asked), again)

    async def finish(self, query: Mapping[str, str], begun: Begun | None) -> Identity | Failed:
        """``query``: with what the browser came back. ``begun``: what this browser began; None: nothing. It is used up,
        whatever comes of it."""
        code = self._code(query, begun)
        if isinstance(code, Failed) or begun is None:
            return code if isinstance(code, Failed) else Failed(Why.WRONG_STATE)
        places = await self._places()
        if isinstance(places, Failed):
            return places
        tokens = await self._tokens(places, code, begun)
        if isinstance(tokens, Failed):
            return tokens
        id_token, access_token = tokens
        expected = Expected(self._client.id, self._client.algorithm, begun.nonce, access_token)
        claims = await read_id_token(id_token, self._provider, expected, self._now)
        if isinstance(claims, Failed):
            return claims
        said = await self._userinfo(places, access_token)
        if isinstance(said, Failed):
            return said
        if said is not None and said.get("sub") != claims["sub"]:
            return Failed(Why.WRONG_SUBJECT)
        proven_at = claims.get("auth_time")
        if begun.again and proven_at is not None and not _is_since(proven_at, begun.at - LEEWAY):
            return Failed(Why.NOT_ASKED_AGAIN)
        known_by = _known_by(self._client.claim, {**claims, **(said or {})})
        if known_by is None:
            return Failed(Why.INCOMPLETE)
        return Identity(self._client.issuer, claims["sub"], _name(said or claims), SecretStr(id_token), known_by)

    async def sign_out(self, id_token: SecretStr) -> tuple[str, str] | None:
        """Where the browser goes so that the provider forgets them too, and the state that it brings back. None: there
        is no such place, or nobody answers: they are signed out here, all the same."""
        places = await self._provider.places()
        if isinstance(places, Failed) or places.end_session is None:
            return None
        state = secrets.token_urlsafe(_BYTES)
        asked = {
            "id_token_hint": id_token.get_secret_value(),
            "state": state,
            "post_logout_redirect_uri": self._client.after_sign_out,
        }
        return _with(places.end_session, asked), state

    async def _places(self) -> Places | Failed:
        places = await self._provider.places()
        if isinstance(places, Places) and self._client.pkce and not places.pkce:
            return Failed(Why.NO_PKCE)
        return places

    def _code(self, query: Mapping[str, str], begun: Begun | None) -> str | Failed:
        state = query.get("state", "")
        if begun is None or not hmac.compare_digest(state.encode(), begun.state.encode()):
            return Failed(Why.WRONG_STATE)
        if not begun.at <= self._now() < begun.at + BEGUN_MAX:
            return Failed(Why.TOO_LATE)
        if query.get("iss", self._client.issuer) != self._client.issuer:
            return Failed(Why.WRONG_ISSUER)
        if "error" in query:
            return Failed(Why.GIVEN_UP if query["error"] == "access_denied" else Why.PROVIDER_REFUSED)
        code = query.get("code", "")
        return code if 0 < len(code) <= CODE_MAX else Failed(Why.PROVIDER_REFUSED)

    async def _tokens(self, places: Places, code: str, begun: Begun) -> tuple[str, str] | Failed:
        """The id_token and the access token."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._client.redirect_uri,
            "client_id": self._client.id,
            "client_secret": self._client.secret.get_secret_value(),
        }
        if self._client.pkce:
            form["code_verifier"] = begun.verifier
        answer = await self._asking.post(places.token, form)
        if isinstance(answer, Failed):
            return answer
        if answer.status in (400, 401):
            return Failed(Why.CODE_REFUSED)
        found = answer.object() if answer.status == 200 else Failed(Why.ODD_ANSWER)
        if isinstance(found, Failed):
            return found
        id_token, access_token = found.get("id_token"), found.get("access_token")
        if str(found.get("token_type")).lower() != "bearer" or not (_is_token(id_token) and _is_token(access_token)):
            return Failed(Why.ODD_ANSWER)
        return str(id_token), str(access_token)

    async def _userinfo(self, places: Places, access_token: str) -> Mapping[str, Any] | Failed | None:
        """None: the provider has no such place."""
        if places.userinfo is None:
            return None
        headers = {"Authorization": f"Bearer {access_token}", "Accept": f"{_SIGNED}, application/json"}
        answer = await self._asking.get(places.userinfo, headers)
        if isinstance(answer, Failed):
            return answer
        if answer.status != 200:
            return Failed(Why.ODD_ANSWER)
        if answer.kind == _SIGNED:
            client = self._client
            return await read_userinfo(answer.text, self._provider, client.id, client.algorithm, self._now)
        return Failed(Why.WRONG_SIGNATURE) if self._client.signed_userinfo else answer.object()


def challenge(verifier: str) -> str:
    """S256 of RFC 7636, section 4.2."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _with(place: str, asked: Mapping[str, str]) -> str:
    return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}"


def _is_token(value: object) -> bool:
    """One that can stand in a header."""
    return isinstance(value, str) and bool(value) and value.isascii() and value.isprintable() and " " not in value


def _is_since(said: object, at: datetime) -> bool:
    return isinstance(said, int | float) and said >= at.timestamp()


def _known_by(claim: str, said: Mapping[str, Any]) -> str | None:
    """None: it is not there, or not to be trusted. An address that anybody could have written is nobody's."""
    found = said.get(claim)
    if not isinstance(found, str) or not 0 < len(found) <= SUB_MAX:
        return None
    return None if claim == "email" and said.get("email_verified") is not True else found


def _name(said: Mapping[str, Any]) -> str | None:
    """As ProConnect tells it, else as the standard does. Nothing that no screen can show."""
    parts = [said.get("given_name"), said.get("usual_name") or said.get("family_name")]
    name = " ".join(part.strip() for part in parts if isinstance(part, str)) or said.get("name")
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        return None
    return name.strip()[:_NAME_MAX]
