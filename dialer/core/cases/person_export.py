"""Everything that is kept of one person, as they may ask to have it: plain data, in French.

Decides what it is called and what is left out: nothing of theirs, but the names of those who worked on it, who are
persons too. The right is to all of it, so released or not makes no difference here. Every field of the file is told
by itself, so that none can be forgotten. Must not know how it is written down or sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from types import MappingProxyType

from dialer.core.callbacks.states import Attempt, callback_of
from dialer.core.cases.actor import Actor, Side
from dialer.core.cases.file import CaseFile
from dialer.core.cases.responsible import Turn
from dialer.core.cases.template import KINDS_FR, TaskKind
from dialer.core.contacts.contact import Contact
from dialer.core.words import Instant
from schedules.walltime import wall_clock

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "academie": "académie",
        "acted_at": "dernière intervention du service",
        "appointments": "rendez-vous",
        "asked_by": "demandé par",
        "at": "le",
        "birth_date": "date de naissance",
        "by": "par",
        "call": "appel",
        "called_off_at": "ne compte plus depuis le",
        "came": "issues des rappels",
        "case": "dossier",
        "consents": "accords",
        "corrects": "corrige la note",
        "days": "jours ouvrés",
        "does": "à faire par",
        "done": "faite",
        "diploma": "diplôme",
        "due_on": "échéance",
        "end_at": "fin",
        "ended": "clôture",
        "first_name": "prénom",
        "flags": "signalements",
        "fixed_at": "fixé le",
        "given": "donné",
        "history": "transmissions",
        "how": "par quelle voie",
        "id": "identifiant",
        "in_higher_education": "dans l'enseignement supérieur",
        "kind": "nature",
        "language": "langue",
        "line": "ligne",
        "linked": "dossiers du même numéro",
        "misser": "absence de",
        "name": "nom",
        "named": "nombre de tâches proposées",
        "network": "réseau",
        "note": "précisions",
        "notes": "notes",
        "number": "numéro",
        "on": "date",
        "origin": "modèle",
        "outcome": "issue",
        "over": "fin de la démarche",
        "paths": "démarches",
        "phone": "téléphone",
        "place": "rang",
        "plan": "tâche",
        "pooled": "motif du suivi national",
        "postcode": "code postal",
        "priority": "priorité",
        "purpose": "objet",
        "queue": "file",
        "reason": "motif",
        "received_at": "reçue le",
        "referent": "référent",
        "relay": "relais téléphonique",
        "released_at": "communiquée le",
        "responsible": "suivi par",
        "request": "demande",
        "requests": "demandes",
        "schooling": "scolarité",
        "since": "depuis le",
        "situation": "situation",
        "source": "origine",
        "start_at": "début",
        "state": "état",
        "structure": "structure",
        "tasks": "tâches",
        "template": "modèle",
        "territory": "territoire",
        "text": "texte",
        "title": "intitulé",
        "to": "remplacé par",
        "version": "version",
        "where": "avec",
        "window": "créneau",
        "zone": "fuseau horaire",
    }
)
_WHO = {Side.PERSON: "vous", Side.SERVICE: "le service"}
_NOT_THEIRS: Mapping[type, frozenset[str]] = MappingProxyType({Turn: frozenset({"officer", "by"})})
"""The names of those who work on it."""


def export(
    file: CaseFile,
    attempts: Sequence[Attempt],
    at: Instant,
    contacts: Sequence[Contact] = (),
    reasons: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Plain]:
    """``attempts``: all that were made for the case. ``contacts``: those with which its callbacks were asked for, and
    the drafts of their outcomes; ``reasons``: what theirs are called. Instants are told by the clock of Paris."""
    told = _plain(file)
    assert isinstance(told, dict)
    calls: list[Plain] = [{"le": _plain(each.at), "résultat": _plain(each.cause)} for each in attempts]
    return {
        "exporté le": _plain(at), **told, "tentatives d'appel": calls,
        "fiches d'appel": [_contact(each, reasons) for each in contacts if callback_of(each.call) is None],
        "issues commencées": [_outcome(each) for each in contacts if each.written.outcome],
    }  # fmt: skip


def _contact(contact: Contact, reasons: Mapping[str, str]) -> Plain:
    """What was written down of a call, without who wrote it."""
    written = contact.written
    said: list[Plain] = [reasons.get(each, each) for each in written.reasons]
    return {"le": _plain(contact.filed_at or contact.changed_at), "motifs": said, "note": written.note}


def _outcome(draft: Contact) -> Plain:
    """What was typed of an outcome that is not given yet."""
    return {"le": _plain(draft.changed_at), "champs": {**dict(draft.written.outcome)}}


def _plain(value: object) -> Plain:
    match value:
        case Actor():
            return _WHO[value.side]
        case TaskKind():
            return KINDS_FR[value]
        case Side():
            return _WHO[value]
        case Enum():
            return str(value.value)
        case bool() | int() | float() | str() | None:
            return value
        case datetime():
            return wall_clock(value).isoformat()
        case date():
            return value.isoformat()
        case tuple() | list():
            return [_plain(each) for each in value]
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"a {type(value).__name__} is not told in an export")
    left_out = _NOT_THEIRS.get(type(value), frozenset())
    return {LABELS[each.name]: _plain(getattr(value, each.name)) for each in fields(value) if each.name not in left_out}
