"""What officers do on a random day, while callbacks are dialled: they write in files, hand over, end cases, take down
that somebody never wants to be called again. Some of it comes with a version that is old.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from dialer.core import events as ev
from dialer.core.callbacks.outcomes import CallbackOutcome, Structure
from dialer.core.callbacks.states import Joined, Talking, WithGuest
from dialer.core.cases.actor import PERSON, officer
from dialer.core.cases.appointment import AppointmentFixed, Where
from dialer.core.cases.note import NoteWritten
from dialer.core.cases.responsible import CaseTransferred, ToNationalPool
from dialer.core.cases.told import CaseEnded, FileEvent
from dialer.core.revision import Stale
from tests.core.centre_day import CentreDay
from tests.core.desk_day import PEOPLE

ANNA = officer("anna")
WHAT = ["note", "note", "appointment", "their note", "end", "transfer"]


class OfficerDay(CentreDay):
    @precondition(lambda self: self.desk.cabinet.files)
    @rule(data=st.data(), what=st.sampled_from(WHAT), behind=st.sampled_from([None, 0, 0, 1]))
    def somebody_writes_in_a_file(self, data: st.DataObject, what: str, behind: int | None) -> None:
        case = data.draw(st.sampled_from(sorted(self.desk.cabinet.files)))
        before = self.desk.cabinet.files[case]
        against = None if behind is None else before.version - behind
        callback = self.desk.book.of_case(case)
        talked_with = callback is not None and isinstance(callback.state, Talking | Joined | WithGuest)
        doomed = self.controller.doom
        # By the entrance itself and not the mail: what is looked at is what came of this one event.
        change = self._decide(ev.CaseTold(self.now, case, self._said(what), against))
        match change.refused:
            case Stale(version=version):
                assert behind
                assert version == before.version
            case "talking":
                assert (talked_with, what) == (True, "end"), "a talk is not ended by an officer's pen"
            case None if case in change.files:
                assert change.files[case].version > before.version
        if what == "end" and change.refused is None and not doomed:
            assert self.desk.book.of_case(case) is None, "its callback goes with it"
        self._happen(ev.DeadlineReached(self.now))

    @rule(who=st.sampled_from(sorted(PEOPLE)), really=st.sampled_from([False] * 7 + [True]))
    def somebody_wants_never_to_be_called(self, who: str, really: bool) -> None:
        if really:
            self._happen(ev.NumberOpposed(self.now, PEOPLE[who].phone.number, "anna"))

    def _said(self, what: str) -> FileEvent:
        match what:
            case "appointment":
                return AppointmentFixed(self.now, ANNA, self.now + timedelta(days=2), Where(network=Structure.CIO))
            case "their note":
                return NoteWritten(self.now, PERSON, "Bonjour", released=True)
            case "end":
                return CaseEnded(self.now, ANNA, CallbackOutcome.DEJA_EN_SOLUTION)
            case "transfer":
                return CaseTransferred(self.now, "anna", ToNationalPool(), "déménage")
        return NoteWritten(self.now, ANNA, "Rappelée")
