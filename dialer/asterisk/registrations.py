"""Which SIP endpoints are registered, and so which advisers can be rung and where.

Decides which endpoint of an adviser is rung: the softphone in their browser before the phone on their desk, since it is
registered only by their own wish and while it is healthy. Must not know what an unreachable adviser means for anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dialer.core.words import AdviserId

SOFTPHONE = "-web"
"""Ends the name of a softphone's endpoint, as in ops/asterisk/settings.py."""

AdviserOf = Callable[[str], AdviserId | None]
"""Endpoint (``adv01``, ``adv01-web``) → its adviser; None for endpoints that are nobody's phone, such as the trunk."""


class Registrations:
    """The registered endpoints of each adviser, the one that registered last at the end."""

    def __init__(self, adviser_of: AdviserOf) -> None:
        self._adviser_of = adviser_of
        self._online: dict[AdviserId, list[str]] = {}

    def came(self, endpoint: str) -> AdviserId | None:
        """The adviser who became reachable by this, or by a softphone too; None when nothing changed for anybody."""
        adviser = self._adviser_of(endpoint)
        if adviser is None:
            return None
        known = self._online.setdefault(adviser, [])
        if endpoint in known:
            return None
        known.append(endpoint)
        return adviser if len(known) == 1 or endpoint.endswith(SOFTPHONE) else None

    def left(self, endpoint: str) -> AdviserId | None:
        """The adviser who became unreachable by this; None when nothing changed for anybody."""
        adviser = self._adviser_of(endpoint)
        known = self._online.get(adviser) if adviser is not None else None
        if adviser is None or known is None or endpoint not in known:
            return None
        known.remove(endpoint)
        if known:
            return None
        del self._online[adviser]
        return adviser

    def replace(self, endpoints: Iterable[str]) -> frozenset[AdviserId]:
        """Asterisk's whole truth; the advisers who can be rung."""
        online = set(endpoints)
        kept = {adviser: [name for name in known if name in online] for adviser, known in self._online.items()}
        self._online = {adviser: known for adviser, known in kept.items() if known}
        for endpoint in sorted(online):
            self.came(endpoint)
        return frozenset(self._online)

    def endpoint(self, adviser: AdviserId) -> str:
        """Where to ring this adviser: their softphone, else what registered last, else the endpoint of their name."""
        known = self._online.get(adviser)
        if not known:
            return str(adviser)
        return next((name for name in known if name.endswith(SOFTPHONE)), known[-1])

    def adviser(self, endpoint: str) -> AdviserId | None:
        return self._adviser_of(endpoint)
