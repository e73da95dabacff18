"""Telephone numbers: what was sent → E.164, and how one is shown or masked. The only importer of phonenumbers.

Overseas numbers typed nationally fail as region FR (0262 is Réunion's own plan), so every French plan is tried and a
number is accepted when exactly one validates.
"""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException

from dialer.core.words import E164

REGIONS = ("FR", "GP", "GF", "MQ", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "WF")
MASKED = {"+339999999999", "9999999999"}
"""99 99 99 99 99 is what some operators send for a masked caller (domain notes)."""


_SEPARATORS = re.compile(r"[\s./()\u00b7-]")


@lru_cache(maxsize=4096)
def e164(typed: str) -> E164 | None:
    """The number in E.164, or None when it is none or more than one French plan claims it.

    A number with + or 00 is taken as international and only has to be possible.
    """
    digits = _SEPARATORS.sub("", typed.replace("(0)", ""))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("33") and len(digits) in (11, 12):
        digits = "+" + digits
    if digits.startswith("+"):
        try:
            parsed = phonenumbers.parse(digits, None)
        except NumberParseException:
            return None
        if not phonenumbers.is_possible_number(parsed):
            return None
        return E164(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    found: set[str] = set()
    # 08 numbers (green, shared cost) are metropolitan ones that overseas plans describe too: they are not ambiguous.
    for region in REGIONS[:1] if digits.startswith("08") else REGIONS:
        try:
            parsed = phonenumbers.parse(digits, region)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number_for_region(parsed, region):
            found.add(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
    if len(found) == 1:
        return E164(found.pop())
    return None


def caller_number(sent: str, prohibited: bool) -> E164 | None:
    """The caller's number, or None when masked, empty or not a number: such a caller is as welcome as any."""
    if prohibited or not sent:
        return None
    number = e164(sent)
    return None if number in MASKED or sent in MASKED else number


def masked(number: E164 | None) -> str:
    """The number as logs may show it: ``+33 … 01``; never more than the last two digits."""
    if number is None:
        return "masqué"
    return f"{number[:3]} … {number[-2:]}"


@lru_cache(maxsize=4096)
def national(number: E164) -> str:
    """The number as French people write it: ``01 99 00 00 01``."""
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException:
        return number
    return phonenumbers.format_number(
        parsed,
        phonenumbers.PhoneNumberFormat.NATIONAL
        if parsed.country_code in (33, 262, 590, 594, 596, 508, 687, 689, 681)
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    )
