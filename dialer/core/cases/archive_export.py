"""What the archive holds of one person, as they may ask to have it: plain data, in French.

Decides what it is called, as `person_export` does for a file that is whole; the officer's name is left out there too.
Must not know how it is written down or sent.
"""

from __future__ import annotations

from dialer.core.cases.person_export import Plain
from dialer.core.cases.retention import Archived
from dialer.core.report.summary import Summary
from dialer.core.words import Instant
from schedules.walltime import wall_clock


def export(kept: Archived, at: Instant) -> dict[str, Plain]:
    """Instants are told by the clock of Paris."""
    return {
        "exporté le": _time(at),
        "dossier": kept.case,
        "archivé le": _time(kept.archived_at),
        "nature": kept.kind.value,
        "reçue le": _time(kept.received_at),
        "clôture": {"le": _time(kept.ended.at), "issue": kept.ended.outcome.value, "par": kept.ended.by.value},
        "téléphone": kept.phone,
        "prénom": kept.first_name,
        "nom": kept.name,
        "date de naissance": kept.birth_date.isoformat() if kept.birth_date is not None else None,
        "académie": kept.academie,
        "rendez-vous": [
            {"date": _time(each.on), "fixé le": _time(each.fixed_at), "état": each.state} for each in kept.appointments
        ],
        "compté au bilan": _summary(kept.summary),
    }


def _summary(counted: Summary) -> dict[str, Plain]:
    return {
        "reçue le": _time(counted.received_at),
        "académie": counted.facts.academie,
        "tranche d'âge": counted.facts.age_band.value,
        "public": counted.facts.track.value,
        "délai légal": counted.standing.value,
        "tentatives": counted.attempts,
        "premier appel": _maybe(counted.first_attempt_at),
        "premier échange": _maybe(counted.reached_at),
        "rendez-vous fixé le": _maybe(counted.appointment_fixed_at),
        "rendez-vous": _maybe(counted.appointment_at),
        "issue": counted.outcome.value if counted.outcome is not None else None,
        "clôture": _maybe(counted.ended_at),
    }


def _time(at: Instant) -> str:
    return wall_clock(at).isoformat()


def _maybe(at: Instant | None) -> str | None:
    return _time(at) if at is not None else None
