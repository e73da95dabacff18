"""Why the gate refuses a dial, and what a screen says of it. Decides nothing: `compliance.py` does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Reason(StrEnum):
    """Why a dial is refused, in the order of the checks."""

    ODD = "odd"
    NUMBER = "number"
    OPPOSED = "opposed"
    DECLINED = "declined"
    TOO_EARLY = "too_early"
    """Before the window the person chose."""
    SERVICE_CLOSED = "service_closed"
    HOLIDAY = "holiday"
    HOURS = "hours"
    LADDER = "ladder"
    CAP = "cap"
    CASE_LIVE = "case_live"
    NUMBER_LIVE = "number_live"
    CALLER_ID = "caller_id"
    NUMBER_DAY = "number_day"
    HOUR = "hour"
    AT_ONCE = "at_once"


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a screen says of a refusal."""

    en: str
    fr: str


SENTENCES: Mapping[Reason, Sentence] = MappingProxyType(
    {
        Reason.ODD: Sentence(
            "Something about this call is missing or makes no sense, so it is not dialled.",
            "Une donnée de cet appel manque ou est incohérente : il n'est pas composé.",
        ),
        Reason.NUMBER: Sentence(
            "Only ordinary French numbers are dialled.",
            "Seuls les numéros français ordinaires sont composés.",
        ),
        Reason.OPPOSED: Sentence(
            "The person asked never to be called.",
            "La personne s'est opposée à tout appel.",
        ),
        Reason.DECLINED: Sentence(
            "The person declined lately.",
            "La personne a refusé il y a peu.",
        ),
        Reason.TOO_EARLY: Sentence(
            "The time the person chose has not come.",
            "Le créneau choisi par la personne n'a pas commencé.",
        ),
        Reason.SERVICE_CLOSED: Sentence(
            "The line that calls is closed.",
            "La ligne qui appelle est fermée.",
        ),
        Reason.HOLIDAY: Sentence(
            "It is a public holiday where the person lives.",
            "C'est un jour férié là où vit la personne.",
        ),
        Reason.HOURS: Sentence(
            "It is not an hour for calls where the person lives.",
            "Ce n'est pas une heure d'appel là où vit la personne.",
        ),
        Reason.LADDER: Sentence(
            "This request has had all its attempts for now.",
            "Toutes les tentatives prévues pour cette demande ont été faites.",
        ),
        Reason.CAP: Sentence(
            "This number was tried as often as allowed.",
            "Ce numéro a été essayé autant de fois que permis.",
        ),
        Reason.CASE_LIVE: Sentence(
            "An attempt for this request is under way.",
            "Une tentative est en cours pour cette demande.",
        ),
        Reason.NUMBER_LIVE: Sentence(
            "This number is being called.",
            "Ce numéro est en cours d'appel.",
        ),
        Reason.CALLER_ID: Sentence(
            "The number we would show is not lawful for this way of dialling.",
            "Le numéro présenté n'est pas autorisé pour ce mode d'appel.",
        ),
        Reason.NUMBER_DAY: Sentence(
            "This number was dialled too often in one day.",
            "Ce numéro a été composé trop de fois en un jour.",
        ),
        Reason.HOUR: Sentence(
            "The most calls for one hour have been dialled.",
            "Le maximum d'appels en une heure est atteint.",
        ),
        Reason.AT_ONCE: Sentence(
            "As many calls as allowed are under way.",
            "Le maximum d'appels simultanés est atteint.",
        ),
    }
)
