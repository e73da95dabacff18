"""Why something that was asked for in a case's file, of a template or of a structure was not done: as an answer.

Decides its status: 404 for what is not there, 409 for what came too late or cannot be now, 422 for what is wrong in
itself, each with all its reasons. Must not know what was asked.
"""

from __future__ import annotations

from dialer.core.cases import refusals, responsible
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.revision import Refusal, Stale
from dialer.web.problems import Refused

NOT_THERE = frozenset({CaseRefusal.UNKNOWN})
WRONG = frozenset(
    {
        CaseRefusal.NOT_WHOLE,
        CaseRefusal.NO_REASON,
        CaseRefusal.NO_TASK,
        CaseRefusal.TOO_MANY_TASKS,
        CaseRefusal.BEFORE_REQUEST,
        CaseRefusal.ENDS_NOTHING,
    }
)
"""What is wrong whatever the file is; the rest is about how it stands now."""
WRONG_HANDOVERS = frozenset(
    {
        responsible.Why.UNKNOWN_OFFICER,
        responsible.Why.UNKNOWN_ACADEMIE,
        responsible.Why.NO_REASON,
        responsible.Why.LONG_REASON,
    }
)


class Overtaken(Refused):
    """Somebody was faster. ``stale``: who changed what meanwhile, for whoever may be told."""

    def __init__(self, stale: Stale) -> None:
        super().__init__(409, refusals.SENTENCES[CaseRefusal.STALE].en)
        self.stale = stale


def not_made(why: Refusal) -> Refused:
    match why:
        case CaseRefusal():
            status = 404 if why in NOT_THERE else 422 if why in WRONG else 409
            return Refused(status, refusals.SENTENCES[why].en)
        case responsible.Refused(whys=whys):
            status = 422 if WRONG_HANDOVERS.intersection(whys) else 409
            return Refused(status, " ".join(responsible.SENTENCES[each].en for each in whys))
        case Stale():
            return Overtaken(why)
    raise TypeError(f"no answer is known for {type(why).__name__}")
