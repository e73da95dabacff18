"""The proof of work: some arithmetic that a browser does for each request, so that floods of them cost their sender.

Decides how hard it is, how long a challenge holds and that each solution serves once. The protocol is ALTCHA's second
(PBKDF2, with the answer's counter drawn by us: the work has an upper bound, and checking it costs one HMAC). Must not
know forms. Its clock is the machine's, as `altcha` reads it: the service's may be shifted.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
import time
from typing import Any

import altcha

VALID_S = 20 * 60
"""Longer than a form takes; a page that stays open longer asks for another challenge by itself."""
ITERATIONS = 2000
"""Of PBKDF2 for one try: 0.6 ms on a desk (measured), 5 ms on a telephone eight times slower."""
TRIES_MIN, TRIES_MAX = 100, 400
"""How many tries a challenge takes: 0.5 to 2 s on such a telephone."""
USED_MAX = 50_000
"""Solutions remembered until they expire; far above what `limits` lets through in that time."""
_PAYLOAD_MAX = 4096
_ALGORITHM = "PBKDF2/SHA-256"


class Proofs:
    """Makes challenges and accepts each solution once. ``key``: a secret of the instance; restarts keep it."""

    def __init__(self, key: bytes, used_max: int = USED_MAX) -> None:
        self._signing = hmac.digest(key, b"rappel/preuve/defi", "sha256")
        self._answering = hmac.digest(key, b"rappel/preuve/reponse", "sha256")
        self._used: dict[str, int] = {}
        """Signature of a challenge → when it expires."""
        self._used_max = used_max

    def challenge(self) -> dict[str, Any]:
        """A new challenge, as the browser reads it."""
        made = altcha.create_challenge(
            _ALGORITHM,
            ITERATIONS,
            counter=secrets.choice(range(TRIES_MIN, TRIES_MAX)),
            expires_at=int(time.time()) + VALID_S,
            hmac_secret=self._signing,
            hmac_key_secret=self._answering,
        )
        return made.to_dict()

    def accepts(self, payload: str) -> bool:
        """Whether this is a solution of a challenge of ours that has not expired and was not used: now it is."""
        if not payload or len(payload) > _PAYLOAD_MAX:
            return False
        try:
            sent = altcha.Payload.from_dict(json.loads(base64.b64decode(payload, validate=True)))
            result = altcha.verify_solution(sent, self._signing, hmac_key_secret=self._answering)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error):
            return False  # whatever it is, it is no payload
        signature, expires_at = sent.challenge.signature, sent.challenge.parameters.expires_at
        if not result.verified or signature is None or expires_at is None or signature in self._used:
            return False
        if len(self._used) >= self._used_max:
            now = time.time()
            self._used = {key: until for key, until in self._used.items() if until >= now}
            if len(self._used) >= self._used_max:
                return False
        self._used[signature] = expires_at
        return True
