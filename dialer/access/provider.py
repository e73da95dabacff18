"""What a provider of identities publishes of itself: where it is asked, and by which keys it signs.

Decides whether its discovery document can be trusted, how long it is believed, and when its keys are fetched anew: when
one is asked for that is not among them, since providers change theirs, but not more often than `KEYS_EVERY`, so that
nobody makes us ask by making keys up. Must not know who signs in.

OpenID Connect Discovery 1.0, sections 3 and 4; OpenID Connect Core 1.0, section 10.1.1 (rotation).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from dialer.access.asking import Asking
from dialer.access.failures import Failed, Why

BELIEVED = timedelta(hours=1)
KEYS_EVERY = timedelta(seconds=30)
AGAIN = timedelta(seconds=5)
"""After a failure: whoever waited behind it is told the same, and does not wait as long once more."""
_DOCUMENT = "/.well-known/openid-configuration"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

Key = Any
"""One of joserfc's: RSA or EC, public."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where what is asked. ``end_session`` None: one signs out here alone. ``pkce``: it takes S256."""

    authorization: str
    token: str
    jwks: str
    userinfo: str | None
    end_session: str | None
    pkce: bool


class Provider:
    """``now``: the true time, however the service's clock is shifted."""

    def __init__(self, issuer: str, asking: Asking, now: Callable[[], datetime]) -> None:
        self.issuer = issuer
        self._asking = asking
        self._now = now
        self._places: Places | None = None
        self._places_at: datetime | None = None
        self._keys: dict[str, Key] = {}
        self._keys_at: datetime | None = None
        self._failed: Failed | None = None
        self._failed_at: datetime | None = None
        self._lock = asyncio.Lock()

    async def places(self) -> Places | Failed:
        async with self._lock:
            if self._places is not None and self._is_young(self._places_at, BELIEVED):
                return self._places
            if self._failed is not None and self._is_young(self._failed_at, AGAIN):
                return self._failed
            found = await self._fetch_places()
            if isinstance(found, Failed):
                return self._remember(found)
            self._places, self._places_at = found, self._now()
            return found

    async def key(self, kid: str | None) -> Key | Failed:
        """The one of this name. Without a name: the only one that there is."""
        places = await self.places()
        if isinstance(places, Failed):
            return places
        async with self._lock:
            known = self._known(kid)
            if known is not None and self._is_young(self._keys_at, BELIEVED):
                return known
            if self._is_young(self._keys_at, KEYS_EVERY):
                return Failed(Why.UNKNOWN_KEY)
            if self._failed is not None and self._is_young(self._failed_at, AGAIN):
                return self._failed
            found = await self._fetch_keys(places.jwks)
            if isinstance(found, Failed):
                return self._remember(found)
            self._keys, self._keys_at = found, self._now()
            return self._known(kid) or Failed(Why.UNKNOWN_KEY)

    def _is_young(self, at: datetime | None, age: timedelta) -> bool:
        return at is not None and self._now() < at + age

    def _remember(self, failed: Failed) -> Failed:
        self._failed, self._failed_at = failed, self._now()
        return failed

    def _known(self, kid: str | None) -> Key | None:
        if kid is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid)

    async def _fetch_places(self) -> Places | Failed:
        answer = await self._asking.get(self.issuer.rstrip("/") + _DOCUMENT)
        if isinstance(answer, Failed):
            return answer
        document = answer.object() if answer.status == 200 else Failed(Why.ODD_ANSWER)
        if isinstance(document, Failed):
            return document
        if document.get("issuer") != self.issuer:
            return Failed(Why.WRONG_ISSUER)
        return _read_places(document) or Failed(Why.ODD_ANSWER)

    async def _fetch_keys(self, url: str) -> dict[str, Key] | Failed:
        answer = await self._asking.get(url)
        if isinstance(answer, Failed):
            return answer
        document = answer.object() if answer.status == 200 else Failed(Why.ODD_ANSWER)
        if isinstance(document, Failed):
            return document
        return _read_keys(document) or Failed(Why.ODD_ANSWER)


def _read_places(document: Mapping[str, Any]) -> Places | None:
    """None: something of it is missing, or no place to send a secret to."""
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "end_session_endpoint")
    authorization, token, jwks, userinfo, end_session = (document.get(name) for name in names)
    if not (_is_safe(authorization) and _is_safe(token) and _is_safe(jwks)):
        return None
    if not all(place is None or _is_safe(place) for place in (userinfo, end_session)):
        return None
    methods = document.get("code_challenge_methods_supported")
    # RFC 8414: one that does not say so takes no PKCE; many that do take it do not say so.
    pkce = methods is None or (isinstance(methods, list) and "S256" in methods)
    return Places(str(authorization), str(token), str(jwks), userinfo, end_session, pkce)


def _is_safe(place: object) -> bool:
    """Over TLS, or on this very machine."""
    if not isinstance(place, str):
        return False
    try:
        parts = urlsplit(place)
        host = parts.hostname
    except ValueError:
        return False
    return (
        bool(host)
        and not parts.fragment
        and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))
    )


def _read_keys(found: Mapping[str, Any]) -> dict[str, Key] | None:
    """Of a key set, those that sign; symmetric ones, which nobody publishes, are left out. None: it is none."""
    listed = found.get("keys")
    if not isinstance(listed, list):
        return None
    keys: dict[str, Key] = {}
    for each in listed:
        if not isinstance(each, dict) or each.get("kty") not in ("RSA", "EC") or each.get("use", "sig") != "sig":
            continue
        try:
            [key] = KeySet.import_key_set({"keys": [each]}).keys
        except (JoseError, ValueError, TypeError, KeyError):
            continue  # one that we cannot read does not spoil the others (RFC 7517, section 5)
        keys[str(each.get("kid") or key.kid)] = key
    return keys
