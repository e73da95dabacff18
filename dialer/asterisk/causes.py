"""Why a leg ended: SIP's and Q.850's numbers → our words. Pure tables."""

from __future__ import annotations

from dialer.core.words import Cause

SIP = {
    403: Cause.REJECTED,
    404: Cause.UNREACHABLE,
    408: Cause.NO_ANSWER,
    410: Cause.UNREACHABLE,
    480: Cause.NO_ANSWER,  # also what Asterisk says of its own ring timeout
    484: Cause.UNREACHABLE,
    486: Cause.BUSY,
    487: Cause.NORMAL,
    600: Cause.BUSY,
    603: Cause.REJECTED,
    604: Cause.UNREACHABLE,
    607: Cause.REJECTED,
    608: Cause.REJECTED,
}
"""The SIP status with which a phone or the provider refused: finer than Q.850's numbers."""

Q850 = {
    1: Cause.UNREACHABLE,
    3: Cause.UNREACHABLE,
    16: Cause.NORMAL,
    17: Cause.BUSY,
    18: Cause.NO_ANSWER,
    19: Cause.NO_ANSWER,
    20: Cause.UNREACHABLE,
    21: Cause.REJECTED,
    22: Cause.UNREACHABLE,
    26: Cause.NORMAL,
    27: Cause.UNREACHABLE,
    28: Cause.UNREACHABLE,
    31: Cause.NORMAL,
}
"""Every other number is a failure on the way."""


def cause_of(q850: int | None, sip: int | None, answered: bool) -> Cause:
    """Why a leg ended. ``q850`` None: the event told none; 0: Asterisk knew none, before 22.8 its ring timeout.

    An answered leg ended, whatever the number, unless it was torn off by a failure.
    """
    if not answered and sip in SIP:
        return SIP[sip]
    if not q850:
        return Cause.NORMAL if answered or q850 is None else Cause.NO_ANSWER
    cause = Q850.get(q850, Cause.FAILED)
    if answered and cause is not Cause.FAILED:
        return Cause.NORMAL
    return cause


def refused(status: int, outside: bool) -> Cause:
    """Why a leg was not even tried. Asterisk answers 500 "Allocation failed" when a phone has no contact."""
    if status == 500 and not outside:
        return Cause.UNREACHABLE
    return Cause.FAILED
