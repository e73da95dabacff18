"""What a provider signed: whether it holds, and what it says.

Decides by the signature, by the algorithm that was agreed on and no other, and by the claims. Must not know where it
came from nor how keys are fetched.

OpenID Connect Core 1.0, section 3.1.3.7 (the id_token) and 5.3.2 (what is said of the person); RFC 7519; RFC 8725.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeGuard

from joserfc import jws, jwt
from joserfc.errors import JoseError

from dialer.access.failures import Failed, Why
from dialer.access.provider import Provider

Algorithm = Literal["RS256", "ES256"]
"""HS256, which ProConnect has too, would have us keep a secret that can sign."""

LEEWAY = timedelta(seconds=60)
"""Between two clocks."""
TEXT_MAX = 64 * 1024
SUB_MAX = 255


@dataclass(frozen=True, slots=True)
class Expected:
    """Of an id_token. ``access_token``: the one that came with it."""

    audience: str
    algorithm: Algorithm
    nonce: str
    access_token: str

    def __repr__(self) -> str:
        return "Expected(…)"


async def read_id_token(
    text: str, provider: Provider, expected: Expected, now: Callable[[], datetime]
) -> Mapping[str, Any] | Failed:
    """Its claims."""
    claims = await verified(text, provider, expected.algorithm)
    if isinstance(claims, Failed):
        return claims
    why = (
        _fault_of_origin(claims, provider.issuer, expected.audience)
        or _fault_of_time(claims, now())
        or _fault_of_person(claims, expected)
    )
    return claims if why is None else Failed(why)


async def read_userinfo(
    text: str, provider: Provider, audience: str, algorithm: Algorithm, now: Callable[[], datetime]
) -> Mapping[str, Any] | Failed:
    """The claims of a signed answer on the person. Who it is for and how long it holds need not be in it, but hold if
    they are; whom it is about, the caller compares."""
    claims = await verified(text, provider, algorithm)
    if isinstance(claims, Failed):
        return claims
    said = dict(claims)
    said.setdefault("iss", provider.issuer)
    said.setdefault("aud", audience)
    why = _fault_of_origin(said, provider.issuer, audience)
    if why is None and "exp" in said:
        said.setdefault("iat", 0)
        why = _fault_of_time(said, now())
    return claims if why is None else Failed(why)


async def verified(text: str, provider: Provider, algorithm: Algorithm) -> dict[str, Any] | Failed:
    """The claims of what is signed by one of the provider's keys, by this algorithm."""
    if len(text) > TEXT_MAX:
        return Failed(Why.ODD_ANSWER)
    try:
        head = jws.extract_compact(text.encode()).headers()
    except (JoseError, ValueError):
        return Failed(Why.ODD_ANSWER)
    if head.get("alg") != algorithm:
        return Failed(Why.WRONG_ALGORITHM)
    kid = head.get("kid")
    if kid is not None and not isinstance(kid, str):
        return Failed(Why.ODD_ANSWER)
    key = await provider.key(kid)
    if isinstance(key, Failed):
        return key
    try:
        return dict(jwt.decode(text, key, algorithms=[algorithm]).claims)
    except (JoseError, ValueError, TypeError):
        return Failed(Why.WRONG_SIGNATURE)


def _fault_of_origin(claims: Mapping[str, Any], issuer: str, audience: str) -> Why | None:
    if claims.get("iss") != issuer:
        return Why.WRONG_ISSUER
    meant = claims.get("aud")
    meant = [meant] if isinstance(meant, str) else meant
    if not isinstance(meant, list) or audience not in meant:
        return Why.WRONG_AUDIENCE
    # Others that it is meant for too: only if it says that we are the one it was made for.
    party = claims.get("azp", audience if len(meant) == 1 else None)
    return None if party == audience else Why.WRONG_AUDIENCE


def _fault_of_time(claims: Mapping[str, Any], now: datetime) -> Why | None:
    at, leeway = now.timestamp(), LEEWAY.total_seconds()
    ends, made, begins = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
    if not (_is_instant(ends) and _is_instant(made) and _is_instant(begins)):
        return Why.INCOMPLETE
    if ends <= at - leeway:
        return Why.EXPIRED
    if begins > at + leeway or made > at + leeway:
        return Why.NOT_YET
    return None


def _fault_of_person(claims: Mapping[str, Any], expected: Expected) -> Why | None:
    nonce, sub = claims.get("nonce"), claims.get("sub")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        return Why.WRONG_NONCE
    if not isinstance(sub, str) or not 0 < len(sub) <= SUB_MAX:
        return Why.INCOMPLETE
    half = claims.get("at_hash")
    if half is not None and half != _half_hash(expected.access_token):
        return Why.WRONG_SIGNATURE
    return None


def _is_instant(value: object) -> TypeGuard[float]:
    """A NumericDate (RFC 7519, section 2): a number, and none that compares with nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value < 2**40


def _half_hash(access_token: str) -> str:
    """`at_hash` of both algorithms: the left half of SHA-256, in base64url (Core 1.0, section 3.1.3.6)."""
    digest = hashlib.sha256(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()
