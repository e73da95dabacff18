"""The reference of a request: eight digits that are read out on the telephone, the last one a check digit.

Decides which reference the request of a serial number has. Must not know requests, nor where the key is kept.

*Never reused, and telling nothing.* A serial number is given once, and a permutation of the ten million seven-digit
numbers, chosen by a key, makes the reference of it: no two serials share one, and two references of neighbours do not
show how many requests there are. The permutation is a Feistel network over 3,200 × 3,125, so it is exact without trying
again. It hides, it does not protect: a reference is never a secret, and opens nothing by itself.

*The check digit* is Damm's (H. M. Damm, "Total anti-symmetrische Quasigruppen", 2004): one table, which finds every
single wrong digit and every swap of two neighbours, the check digit's own included. Verhoeff's finds the same with
three tables; Luhn's lets 09 ↔ 90 pass.
"""

from __future__ import annotations

import re
from hashlib import blake2s

SERIALS = 10_000_000
"""How many references there are: serials 0 to 9,999,999. At 9,000 requests a year they last a thousand years."""
KEY_MIN, KEY_MAX = 16, 32
"""Bytes of the key."""

_LEFT, _RIGHT = 3_200, 3_125
_ROUNDS = 10
_TYPED = re.compile(r"[ .\u00a0-]")
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def reference(serial: int, key: bytes) -> str:
    """The eight digits of this serial. ValueError: not a serial from 0 to 9,999,999, or a key of the wrong length."""
    _check_key(key)
    if not 0 <= serial < SERIALS:
        raise ValueError(f"serial {serial} is not between 0 and {SERIALS - 1}")
    left, right = divmod(serial, _RIGHT)
    for number in range(_ROUNDS):
        if number % 2 == 0:
            left = (left + _stirred(key, number, right)) % _LEFT
        else:
            right = (right + _stirred(key, number, left)) % _RIGHT
    digits = f"{left * _RIGHT + right:07d}"
    return f"{digits}{_check_digit(digits)}"


def serial_of(reference: str, key: bytes) -> int | None:
    """The serial of a reference as somebody typed it, spaces, dots and hyphens allowed; None when it cannot be one."""
    _check_key(key)
    digits = _TYPED.sub("", reference)
    if len(digits) != 8 or not (digits.isascii() and digits.isdecimal()) or _check_digit(digits) != 0:
        return None
    left, right = divmod(int(digits[:7]), _RIGHT)
    for number in reversed(range(_ROUNDS)):
        if number % 2 == 0:
            left = (left - _stirred(key, number, right)) % _LEFT
        else:
            right = (right - _stirred(key, number, left)) % _RIGHT
    return left * _RIGHT + right


def spoken(reference: str) -> tuple[str, ...]:
    """Four groups of two digits, to be read digit by digit, with a breath between: "60 12" said as numbers is "72"."""
    return tuple(reference[start : start + 2] for start in range(0, len(reference), 2))


def _check_digit(digits: str) -> int:
    """Damm's digit for these; 0 for digits that end in their own."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


def _stirred(key: bytes, number: int, value: int) -> int:
    digest = blake2s(bytes((number,)) + value.to_bytes(4, "big"), key=key, digest_size=8, person=b"filvert").digest()
    return int.from_bytes(digest, "big")


def _check_key(key: bytes) -> None:
    if not KEY_MIN <= len(key) <= KEY_MAX:
        raise ValueError(f"the key of the references has {len(key)} bytes, not {KEY_MIN} to {KEY_MAX}")
