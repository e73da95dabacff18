"""Telephone numbers: what was sent or typed → E.164, whose territory it is, and how it is shown or masked.

The only importer of phonenumbers. Overseas numbers typed nationally fail as region FR (0262 is Réunion's own plan), so
every French plan is tried and a number is accepted when exactly one validates. Decides whether a number is one that we
call at all; must not know when (`compliance.py`), nor what a caller wants.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from dialer.core.places.territory import Territory, of_postcode, zone_of
from dialer.core.words import E164

_TERRITORIES: Mapping[str, Territory] = {
    "FR": Territory.METROPOLE,
    "GP": Territory.GUADELOUPE,
    "GF": Territory.GUYANE,
    "MQ": Territory.MARTINIQUE,
    "RE": Territory.REUNION,
    "YT": Territory.MAYOTTE,
    "PM": Territory.SAINT_PIERRE_ET_MIQUELON,
    "BL": Territory.SAINT_BARTHELEMY,
    "MF": Territory.SAINT_MARTIN,
    "NC": Territory.NOUVELLE_CALEDONIE,
    "PF": Territory.POLYNESIE,
    "WF": Territory.WALLIS_ET_FUTUNA,
}
REGIONS = tuple(_TERRITORIES)
_COUNTRY_CODES = frozenset({33, 262, 508, 590, 594, 596, 681, 687, 689})
_OVERSEAS = {
    "0269": ("YT",),
    "02688": ("RE",),
    "02689": ("YT",),
    "0263": ("RE",),
    "0508": ("PM",),
    "0596": ("MQ",),
    "05987": ("GP", "BL", "MF"),
    "05988": ("GF",),
    "05989": ("MQ",),
}
"""What the national plan gives overseas (Arcep), though the library's plan of FR claims it too."""
_PERSONAL = (
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.VOIP,
)
"""The kinds of number that a person answers; not premium, shared cost, free, UAN, pager or voicemail."""
_SEPARATORS = re.compile(r"[\s./()\u00b7-]")


@lru_cache(maxsize=4096)
def e164(typed: str) -> E164 | None:
    """The number in E.164, or None when it is none or more than one French plan claims it.

    A number with + or 00 is taken as international and only has to be possible.
    """
    digits = _international(typed)
    if digits.startswith("+"):
        try:
            parsed = phonenumbers.parse(digits, None)
        except NumberParseException:
            return None
        if not phonenumbers.is_possible_number(parsed):
            return None
        return _written(parsed)
    found = set(_claims(digits).values())
    return found.pop() if len(found) == 1 else None


def caller_number(sent: str, prohibited: bool) -> E164 | None:
    """The caller's number, or None when masked, empty or not a number: such a caller is as welcome as any."""
    if prohibited or not sent:
        return None
    return e164(sent)  # 99 99 99 99 99, which some operators send for a masked caller, is no number of any plan


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
        if parsed.country_code in _COUNTRY_CODES
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    )


@dataclass(frozen=True, slots=True)
class Parsed:
    """A number that we may call: whose it is, and the IANA zone of the person's clock as far as can be told."""

    number: E164
    territory: Territory
    zone: str


class WhyNot(StrEnum):
    """Why what a person typed is no number to call them back on."""

    IMPOSSIBLE = "impossible"
    """No numbering plan has it: too long, nothing at all, the ten nines of a masked caller."""
    FOREIGN = "foreign"
    PREMIUM = "premium"
    """08 and its like overseas, be they free: nobody is called there."""
    SHORT = "short"
    OURS = "ours"
    AMBIGUOUS = "ambiguous"
    """Several plans claim it: ask which territory, among those given."""


@dataclass(frozen=True, slots=True)
class Refused:
    """among: the territories to choose from, when ambiguous."""

    why: WhyNot
    among: tuple[Territory, ...] = ()


def parse_for(
    typed: str,
    territory: Territory | None = None,
    postcode: str | None = None,
    *,
    ours: Collection[E164] = (),
) -> Parsed | Refused:
    """The number that a person in `territory`, or with `postcode`, means by what they typed.

    Their word (territory first, then postcode) chooses among what the number can be and never overrules it: 0692 is
    La Réunion's whatever the postcode, unless that is Mayotte's, which shares the code 262. `ours`: our own lines.
    """
    digits = _international(typed)
    if not digits.isascii() or not digits.removeprefix("+").isdecimal():
        return Refused(WhyNot.IMPOSSIBLE)
    claims = _claims_of(digits)
    if not claims:
        return Refused(_why_not(digits))
    said = (territory, of_postcode(postcode))
    if len(set(claims.values())) > 1:
        meant = next((claims[word] for word in said if word in claims), None)
        if meant is None:
            return Refused(WhyNot.AMBIGUOUS, tuple(claims))
    else:
        meant = next(iter(claims.values()))
    if meant in ours:
        return Refused(WhyNot.OURS)
    whose = territories(meant)
    if not whose:
        return Refused(WhyNot.PREMIUM)
    where = next((word for word in said if word in whose), whose[0])
    return Parsed(meant, where, zone_of(where, postcode))


@lru_cache(maxsize=4096)
def territories(number: E164) -> tuple[Territory, ...]:
    """Where a French number that a person answers can be; the likeliest first. () for any other number.

    Several for a mobile of 262 (its own plan's island, then the other) and for most numbers of 590.
    """
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException:
        return ()
    if _written(parsed) != number:
        return ()
    if parsed.country_code == 33 and _overseas(f"0{parsed.national_number}") is not None:
        return ()
    if phonenumbers.number_type(parsed) not in _PERSONAL:
        return ()
    whose = tuple(
        where for region, where in _TERRITORIES.items() if phonenumbers.is_valid_number_for_region(parsed, region)
    )
    if parsed.country_code == 262 and phonenumbers.number_type(parsed) == PhoneNumberType.MOBILE:
        whose += tuple(where for where in (Territory.REUNION, Territory.MAYOTTE) if where not in whose)
    return whose


@lru_cache(maxsize=4096)
def is_mobile(number: E164) -> bool:
    """Whether this is a mobile of France or overseas France, which a text message reaches, as far as its plan tells."""
    return bool(territories(number)) and phonenumbers.number_type(phonenumbers.parse(number)) == PhoneNumberType.MOBILE


def _international(typed: str) -> str:
    """What was typed without its separators, and with + when it says a country code."""
    digits = _SEPARATORS.sub("", typed.replace("(0)", ""))
    if digits.startswith("00"):
        return "+" + digits[2:]
    if digits.startswith("33") and len(digits) in (11, 12):
        return "+" + digits
    return digits


def _claims_of(digits: str) -> dict[Territory, E164]:
    """The territories that claim what was typed, each with the number it would be."""
    if not digits.startswith("+"):
        return _claims(digits)
    try:
        parsed = phonenumbers.parse(digits, None)
    except NumberParseException:
        return {}
    if parsed.country_code == 33:
        nationally = "0" + digits[3:].removeprefix("0")
        if _overseas(nationally) is not None or not phonenumbers.is_valid_number(parsed):
            # +33 692 … is how some write 0692 …, though the metropole has no such number.
            return _claims(nationally)
    region = phonenumbers.region_code_for_number(parsed)
    where = _TERRITORIES.get(region) if region is not None else None
    return {where: _written(parsed)} if where is not None else {}


def _claims(digits: str) -> dict[Territory, E164]:
    """The territories in whose plan these digits, typed nationally, are a valid number."""
    if len(digits) == 9 and not digits.startswith("0"):
        digits = "0" + digits  # a spreadsheet ate the zero
    if digits.startswith("0508"):
        digits = digits.removeprefix("0508")  # which the islands themselves do not dial
        if len(digits) != 6:
            return {}
        regions: tuple[str, ...] = ("PM",)
    elif digits.startswith("08"):
        # 08 numbers (green, shared cost) are metropolitan ones that overseas plans describe too: not ambiguous.
        regions = ("FR",)
    else:
        regions = _overseas(digits) or REGIONS
    claims: dict[Territory, E164] = {}
    for region in regions:
        try:
            parsed = phonenumbers.parse(digits, region)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number_for_region(parsed, region):
            claims[_TERRITORIES[region]] = _written(parsed)
    return claims


def _overseas(nationally: str) -> tuple[str, ...] | None:
    """The regions to which Arcep's plan gives a number that the library takes for one of FR; None for all others."""
    return next((regions for prefix, regions in _OVERSEAS.items() if nationally.startswith(prefix)), None)


def _why_not(digits: str) -> WhyNot:
    """What to say of digits that no French plan claims."""
    if digits.startswith("+"):
        try:
            parsed = phonenumbers.parse(digits, None)
        except NumberParseException:
            return WhyNot.IMPOSSIBLE
        if parsed.country_code not in _COUNTRY_CODES and phonenumbers.is_possible_number(parsed):
            return WhyNot.FOREIGN
        digits = f"0{parsed.national_number}"
    if digits.startswith("08") and len(digits) == 10:
        return WhyNot.PREMIUM
    return WhyNot.SHORT if len(digits) <= 6 else WhyNot.IMPOSSIBLE


def _written(parsed: phonenumbers.PhoneNumber) -> E164:
    return E164(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
