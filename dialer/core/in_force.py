"""What is in force: the rules of today, and those flows, lines and queues of before that running calls still need.

Decides which of them a call goes by. A running call keeps the flow it started with, and the line and queue it is in,
even when the configuration no longer has them. Must not know what calls do with any of it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from dialer.core.callbacks.states import Callback
from dialer.core.calls.states import Call
from dialer.core.rules import LineRules, QueueRules, Rules
from dialer.core.words import Instant, LineId, QueueId
from ivr.flow import Flow
from schedules.hours import Open, Opening, opening_at


class InForce:
    """See `Scene` for what its answers mean."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._flows: dict[str, Flow] = {}
        self._lines: dict[LineId, LineRules] = {}
        self._queues: dict[QueueId, QueueRules] = {}
        self._openings: dict[LineId, tuple[Instant, Opening]] = {}
        self.follow(rules, ())

    def follow(self, rules: Rules, running: Collection[Call], promised: Collection[Callback] = ()) -> None:
        """Go by these rules from now on; forget of those before what no running call and no callback needs."""
        self.rules = rules
        self._openings.clear()
        flows = {call.flow for call in running}
        lines = {call.line for call in running} | {callback.line for callback in promised}
        queues = {call.queue for call in running} | {callback.queue for callback in promised}
        self._flows = {version: flow for version, flow in self._flows.items() if version in flows}
        self._flows |= {line.flow.version: line.flow for line in rules.lines.values()}
        self._lines = {key: line for key, line in self._lines.items() if key in lines} | dict(rules.lines)
        self._queues = {key: queue for key, queue in self._queues.items() if key in queues} | dict(rules.queues)

    def flow(self, call: Call) -> Flow | None:
        known = self._flows.get(call.flow)
        if known is not None:
            return known
        line = self.rules.lines.get(call.line)
        return line.flow if line is not None else None

    def line(self, line: LineId) -> LineRules | None:
        return self._lines.get(line)

    def queue(self, queue: QueueId) -> QueueRules:
        return self._queues.get(queue) or QueueRules(queue, queue)

    def opening(self, line: LineId, at: Instant) -> Opening:
        until, known = self._openings.get(line, (None, None))
        if until is not None and known is not None and at < until:
            return known
        opening = opening_at(self._lines[line].hours, at)
        if isinstance(opening, Open):  # a closed line is not remembered: its reason changes at midnight
            # One that never closes was looked through for a year ahead: once a day is enough.
            self._openings[line] = (opening.closes_at or at + timedelta(days=1), opening)
        return opening
