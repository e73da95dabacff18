"""A provider of identities on the loopback, honest to OpenID Connect, that can also be told to misbehave.

It checks what a provider checks: the client and its secret, the redirection to the letter, one use of a code, the
challenge of PKCE, the bearer of an access token, the address of who signs out. A browser finds a page there on which to
say that it is `person`, or to give up. Its clock is stopped (`at`), as the service's is in these tests.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import html
import json
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT, SECRET = "fil-vert", "a secret of the tests"
CALLBACK, GOODBYE = "https://filvert.example.net/connexion/retour", "https://filvert.example.net/"
SUB = "3a5f0c66d1"
RSA = [RSAKey.generate_key(2048, {"kid": f"rsa-{n}", "use": "sig"}) for n in range(2)]
EC = ECKey.generate_key("P-256", {"kid": "ec-0", "use": "sig"})


@dataclass
class Misbehaviour:
    """What it does wrong. ``claims`` and ``userinfo``: said instead; None: left out. ``status``: by path."""

    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    body: dict[str, bytes] = field(default_factory=dict)
    slow: set[str] = field(default_factory=set)
    unsigned: bool = False
    forged: bool = False
    plain_userinfo: bool = False


class Provider:
    """``asked``: how often each path was."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
        self.wrong = Misbehaviour()
        self.algorithm = "RS256"
        self.signing: RSAKey | ECKey = RSA[0]
        self.published: list[RSAKey | ECKey] = [RSA[0], EC]
        self.callback, self.goodbye = CALLBACK, GOODBYE
        self.person = SUB
        self.asked: Counter[str] = Counter()
        self.signed_out: list[str] = []
        """Tokens of those who signed out."""
        self._grants: dict[str, dict[str, str]] = {}
        self._bearers: set[str] = set()
        self._closing = asyncio.Event()
        app = web.Application(middlewares=[self._gate])
        app.router.add_get("/.well-known/openid-configuration", self._document)
        app.router.add_get("/jwks", self._jwks)
        app.router.add_post("/token", self._token)
        app.router.add_get("/userinfo", self._userinfo)
        app.router.add_get("/authorize", self._authorize)
        app.router.add_get("/session/end", self._end)
        self._server = TestServer(app, host="127.0.0.1")

    async def start(self) -> None:
        await self._server.start_server()

    async def close(self) -> None:
        self._closing.set()
        await self._server.close()

    @property
    def issuer(self) -> str:
        return str(self._server.make_url("")).rstrip("/")

    def sign_in(self, url: str) -> dict[str, str]:
        """Somebody signs in at this address: the query with which their browser comes back. Raises AssertionError for
        what ProConnect refuses."""
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.issuer}/authorize"
        asked = {name: value for name, [value] in parse_qs(parts.query, strict_parsing=True).items()}
        known = {"response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt"}
        assert asked.keys() <= known | {"code_challenge", "code_challenge_method"}
        assert (asked["response_type"], asked["client_id"], asked["redirect_uri"]) == ("code", CLIENT, self.callback)
        assert "openid" in asked["scope"].split()
        assert min(len(asked["state"]), len(asked["nonce"])) >= 32
        assert asked.get("code_challenge_method", "S256") == "S256"
        code = secrets.token_urlsafe(16)
        self._grants[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    # -- what is asked of it ------------------------------------------------------------------------

    @web.middleware
    async def _gate(self, request: web.Request, handler: Any) -> web.StreamResponse:
        path = request.path
        self.asked[path] += 1
        if path in self.wrong.slow:
            await self._closing.wait()  # it never answers
        if path in self.wrong.status:
            return web.Response(status=self.wrong.status[path], headers={"Location": f"{self.issuer}/jwks"})
        if path in self.wrong.body:
            return web.Response(body=self.wrong.body[path], content_type="application/json")
        return await handler(request)

    async def _document(self, request: web.Request) -> web.Response:
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/session/end",
            "code_challenge_methods_supported": ["S256"],
        }
        return web.json_response(_said(document, self.wrong.document))

    async def _authorize(self, request: web.Request) -> web.Response:
        """The page on which somebody says who they are."""
        back = self.sign_in(f"{self.issuer}{request.path_qs}")
        given_up = {"error": "access_denied", "state": back["state"], "iss": self.issuer}
        links = "".join(
            f'<p><a href="{html.escape(f"{self.callback}?{urlencode(query)}")}">{name}</a></p>'
            for name, query in (("Continuer", back), ("Annuler", given_up))
        )
        return web.Response(text=f"<!doctype html><title>Fournisseur</title>{links}", content_type="text/html")

    async def _end(self, request: web.Request) -> web.Response:
        query = request.query
        assert query["post_logout_redirect_uri"] == self.goodbye
        assert len(query["state"]) >= 32
        self.signed_out.append(query["id_token_hint"])
        return web.Response(status=303, headers={"Location": f"{self.goodbye}?{urlencode({'state': query['state']})}"})

    async def _jwks(self, request: web.Request) -> web.Response:
        strange = {"kty": "AKP", "kid": "of tomorrow"}
        return web.json_response({"keys": [strange, *(key.as_dict(private=False) for key in self.published)]})

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        grant = self._grants.pop(str(form.get("code")), None)  # a code serves once
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return web.json_response({"error": "invalid_client"}, status=401)
        if grant is None or form.get("redirect_uri") != grant["redirect_uri"] or not _proves(grant, form):
            return web.json_response({"error": "invalid_grant"}, status=400)
        access = secrets.token_urlsafe(16)
        self._bearers.add(access)
        half = base64.urlsafe_b64encode(hashlib.sha256(access.encode()).digest()[:16]).rstrip(b"=").decode()
        claims = self._times() | {"sub": self.person, "nonce": grant["nonce"], "at_hash": half, "acr": "eidas1"}
        answer = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": 60,
            "id_token": self._signed(_said(claims, self.wrong.claims)),
        }
        return web.json_response(answer)

    async def _userinfo(self, request: web.Request) -> web.Response:
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or bearer not in self._bearers:
            return web.Response(status=401)
        person = {"sub": self.person, "given_name": "Camille", "usual_name": "Exemple"}
        if self.wrong.plain_userinfo:
            return web.json_response(_said(person, self.wrong.userinfo))
        said = _said(self._times() | person, self.wrong.userinfo)
        return web.Response(body=self._signed(said).encode(), content_type="application/jwt")

    def _times(self) -> dict[str, Any]:
        now = int(self.at.timestamp())
        return {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + int(timedelta(minutes=1).total_seconds())}

    def _signed(self, claims: Mapping[str, Any]) -> str:
        if self.wrong.unsigned:
            return f"{_part({'alg': 'none'})}.{_part(claims)}."
        key = self.signing
        if self.wrong.forged:  # another key by the same name
            key = RSAKey.import_key(RSA[1].as_dict(private=True) | {"kid": self.signing.kid})
        return jwt.encode({"alg": self.algorithm, "kid": key.kid}, dict(claims), key, algorithms=[self.algorithm])


def _said(honest: dict[str, Any], instead: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (honest | dict(instead)).items() if value is not None}


def _proves(grant: Mapping[str, str], form: Any) -> bool:
    asked, verifier = grant.get("code_challenge"), form.get("code_verifier")
    if asked is None or verifier is None:
        return asked is None and verifier is None
    digest = hashlib.sha256(str(verifier).encode()).digest()
    return 43 <= len(verifier) <= 128 and asked == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _part(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(dict(value)).encode()).rstrip(b"=").decode()
