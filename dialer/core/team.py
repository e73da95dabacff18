"""The team: the advisers, who of them is on duty, and which of them may be offered something.

Decides nothing that `adviser` and the plan do not: it carries events to an adviser's machine, keeps what comes of it,
and has in the pool exactly those who are eligible. Must not know calls, callbacks or Asterisk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dialer.core import adviser as machine
from dialer.core.adviser import Adviser, AdviserEvent, ContactFiled
from dialer.core.agenda import Agenda
from dialer.core.assign import Pool
from dialer.core.calls.states import Signal
from dialer.core.change import Change
from dialer.core.duty import Duty
from dialer.core.rules import Rules
from dialer.core.words import AdviserId, ImpossibleEvent, Instant, QueueId, Wish


class Team:
    """All advisers that are known, in the order of their coming."""

    def __init__(self, rules: Rules, at: Instant, pool: Pool, agenda: Agenda, *, strict: bool) -> None:
        self._rules = rules
        self._pool = pool
        self._agenda = agenda
        self._strict = strict
        self._advisers: dict[AdviserId, Adviser] = {}
        self.duty = Duty(rules, at)

    @property
    def advisers(self) -> Mapping[AdviserId, Adviser]:
        return self._advisers

    def anyone_ready(self, queue: QueueId) -> bool:
        return any(self._advisers[adviser].wish is Wish.READY for adviser in self.duty.with_skill(queue))

    def tell(self, adviser_id: AdviserId, event: AdviserEvent | ContactFiled | Signal, change: Change) -> None:
        adviser = self._advisers.get(adviser_id)
        if adviser is None:
            return
        try:
            step = machine.transition(adviser, event, change.at)
        except ImpossibleEvent as defect:
            if self._strict:
                raise
            change.defects.append(str(defect))
            return
        if step.refused is not None:
            change.refused = step.refused
            change.records += step.records
        if step.adviser != adviser:
            self.keep(step.adviser)
            change.advisers[adviser_id] = step.adviser
            change.records += step.records

    def keep(self, adviser: Adviser) -> None:
        gone = isinstance(adviser.state, machine.Free | machine.Unreachable)
        if adviser.id not in self._rules.advisers and gone:
            self._pool.drop_adviser(adviser.id)  # left the team, and their last call is over
            self._advisers.pop(adviser.id, None)
            return
        self._advisers[adviser.id] = adviser
        self._index(adviser)
        until = machine.deadline(adviser)
        if until is not None:
            self._agenda.put(until, "adviser", adviser.id)

    def follow(self, rules: Rules, at: Instant) -> None:
        """Go by these rules: new ones come, and those who left the team go after their call."""
        self._rules = rules
        self.plan(at)
        for adviser_id in rules.advisers:
            if adviser_id not in self._advisers:
                self.keep(Adviser(adviser_id, at, at))
        for adviser in list(self._advisers.values()):
            self.keep(adviser)

    def plan(self, at: Instant) -> None:
        self.duty = Duty(self._rules, at)
        if self.duty.until is not None:
            self._agenda.put(self.duty.until, "shift", "")

    def turn_shift(self, at: Instant, change: Change) -> None:
        """Who is on duty from now on."""
        before = self.duty.advisers
        self.plan(at)
        for adviser in list(self._advisers.values()):
            if adviser.id in self.duty.advisers - before:
                # Idle is counted from coming on the phone: a meeting is no wait for a call.
                change.advisers[adviser.id] = adviser = replace(adviser, idle_since=at)
            self.keep(adviser)

    def _index(self, adviser: Adviser) -> None:
        """In the pool exactly while eligible: on a phone shift, ready, free, rested, with a phone registered."""
        rules = self._rules.advisers.get(adviser.id)
        free = isinstance(adviser.state, machine.Free) and adviser.state.rest_until is None
        if (
            rules is not None
            and free
            and adviser.registered
            and adviser.wish is Wish.READY
            and adviser.id in self.duty.advisers
        ):
            self._pool.put_adviser(adviser.id, adviser.idle_since, rules.skills)
        else:
            self._pool.drop_adviser(adviser.id)
