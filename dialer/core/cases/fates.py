"""What becomes of every field that is kept of a person: until when it is there.

Decides nothing by itself: `retention` does as this table says, and a test walks every field of a case's file, so that
a new one cannot be kept without somebody having said until when. Must not know where they are stored; `ELSEWHERE` names
the columns beside the file that the job has to empty too.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Fate(StrEnum):
    FULL = "full"
    """Vanishes when the case is archived."""
    ARCHIVE = "archive"
    """Vanishes when the term of the archive is over."""
    REMAINS = "remains"


def _of(name: str, full: str = "", archive: str = "") -> dict[str, Fate]:
    fates = {f"{name}.{each}": Fate.FULL for each in full.split()}
    return fates | {f"{name}.{each}": Fate.ARCHIVE for each in archive.split()}


FATES: Mapping[str, Fate] = MappingProxyType(
    {
        **_of("Case", full="linked", archive="id received_at phone kind first_name birth_date appointments ended"),
        **_of("Ended", archive="at outcome by"),
        **_of("OnTheClock", archive="at fixed_at called_off_at"),
        **_of(
            "CaseFile",
            full="requests came acted_at paths notes consents schooling",
            archive="case responsible appointments",
        ),
        **_of("Given", full="at request flags"),
        **_of(
            "Request",
            full="kind line queue phone asked_by source window place priority call first_name postcode birth_date"
            " situation language relay note",
            archive="name",
        ),
        **_of("Parsed", full="number territory zone"),
        **_of("Window", full="start_at end_at"),
        **_of("Came", full="at outcome"),
        **_of("Responsible", archive="history"),
        **_of("Turn", full="since how by reason pooled", archive="academie officer"),
        **_of("Actor", full="side officer heard_by"),
        **_of("Appointment", full="id by where", archive="on fixed_at state"),
        **_of("Where", full="structure network referent"),
        **_of("Fixed", archive="kind"),
        **_of("Kept", full="at by", archive="kind"),
        **_of("Missed", full="at by misser", archive="kind"),
        **_of("Moved", full="at by to", archive="kind"),
        **_of("CalledOff", full="at by reason", archive="kind"),
        **_of("Path", full="id title at by tasks named origin over"),
        **_of("Edition", full="template version"),
        **_of("Walked", full="at kind"),
        **_of("GivenUp", full="at by reason kind"),
        **_of("Task", full="id plan due_on state"),
        **_of("TaskPlan", full="kind title does days structure"),
        **_of("Proposed", full="kind"),
        **_of("SentBack", full="at by reason kind"),
        **_of("Done", full="at by kind"),
        **_of("Confirmed", full="at by done kind"),
        **_of("Note", full="id by at text corrects released_at"),
        **_of("ConsentSaid", full="at by purpose given"),
        **_of("SchoolingSaid", full="at by diploma in_higher_education"),
    }
)
"""By class and field, of everything that a case's file is made of. Nothing of it remains: what does is a `Tally`."""

ELSEWHERE: Mapping[str, Fate] = MappingProxyType(
    {
        "requests.request": Fate.FULL,
        "requests.booking": Fate.FULL,
        "requests.reference": Fate.ARCHIVE,
        "idempotency.booking": Fate.FULL,
        "callbacks.phone": Fate.FULL,
        "attempts.phone": Fate.FULL,
        "cases.phone": Fate.ARCHIVE,
        "cases.file": Fate.FULL,
        "cases.first_name": Fate.FULL,
        "cases.name": Fate.FULL,
        "cases.archive": Fate.ARCHIVE,
        "case_words.word": Fate.FULL,
        "appointments.structure": Fate.FULL,
        "contacts.note": Fate.FULL,
        "contacts.asked": Fate.FULL,
        "calls.caller": Fate.ARCHIVE,
        "oppositions.number": Fate.REMAINS,
    }
)
"""By table and column. A note is emptied before, when its own days are over (`RetentionRules.notes_days`). A number
that opposed remains, and nothing with it: it is there to be obeyed."""
