"""The passes that a browser holds for the accounts that have signed in from it: it is known again, and not shut out.

Decides what a pass is, whether it holds for an account, and how several share one cookie, since advisers share desks.
A pass opens nothing: it says which counter a try belongs to (`throttle`). Must not know cookies' names nor whether
whoever sits there is who signed in before. A pass names nobody; which account it is for is in its code alone.

After OWASP, "Slow Down Online Guessing Attacks with Device Cookies". The key is one of the installation's.
"""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from typing import NewType

from dialer.core.access import sealed
from dialer.core.access.account import AccountId
from dialer.core.words import Instant

DeviceId = NewType("DeviceId", str)
"""32 hex digits, drawn at random for one browser and one account."""

VALID = timedelta(days=180)
"""From the last signing in on."""
PASSES_MAX = 12
"""In one browser: a cookie has 4,096 octets at least (RFC 6265, section 6.1), and a pass 103 with what parts them."""

_KIND = "device"
_PASS = re.compile(r"([0-9a-f]{32})\.([0-9]{1,5})\.([0-9a-f]{64})", re.ASCII)
_BETWEEN = "~"


def known_device(key: bytes, cookie: str, account: AccountId, at: Instant) -> DeviceId | None:
    """The device of this account whose pass is in the cookie. ``cookie``: whatever was sent."""
    for part in cookie.split(_BETWEEN, PASSES_MAX)[:PASSES_MAX]:
        found = _PASS.fullmatch(part)
        if found is not None and _holds(key, found, account, at):
            return DeviceId(found[1])
    return None


def with_pass(key: bytes, cookie: str, account: AccountId, device: DeviceId, at: Instant) -> str:
    """The cookie after the account signed in: its new pass first, its older one gone, the others as they were.

    ``device``: the one that was known, or a new one. ValueError: it is none.
    """
    sealed_on = str(_day(at))
    new = f"{device}.{sealed_on}.{sealed.code(key, _KIND, account, device, sealed_on)}"
    if not _PASS.fullmatch(new):
        raise ValueError("a device's id has 32 hex digits")
    others = [
        part
        for part in cookie.split(_BETWEEN, PASSES_MAX)[:PASSES_MAX]
        if (found := _PASS.fullmatch(part)) is not None and not _holds(key, found, account, at)
    ]
    return _BETWEEN.join([new, *others][:PASSES_MAX])


def _holds(key: bytes, found: re.Match[str], account: AccountId, at: Instant) -> bool:
    device, day, code = found.groups()
    age = _day(at) - int(day)
    return sealed.is_code(key, code, _KIND, account, device, day) and 0 <= age <= VALID.days


def _day(at: Instant) -> int:
    """Days since 1970, in UTC."""
    return int(at.astimezone(UTC).timestamp()) // 86_400
