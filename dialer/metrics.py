"""What Prometheus may see of the running service. Labels are lines, queues and states: never a number or a person.

Decides nothing. The figures that people are judged by come from the journal (`core.figures`), not from here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from dialer.core.desk import Desk
from dialer.core.words import Record

_FAST = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)


STAGES = ("requested", "due", "offered", "dialling", "talking", "resting", "for_person")
"""`for_person`: those of the resting ones that a person has to settle."""


SIGN_INS = {"signed_in": "via", "sign_in_refused": "why"}
"""What came of it: by what they were let in, or why they were not (`access.sign_in`)."""


class Metrics:
    """One registry per service, so that two services in one process do not mix."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self._records = Counter("dialer_records", "Journal records", ["event"], registry=registry)
        self._by_event: dict[str, Counter] = {}
        self._ended = Counter("dialer_calls_ended", "Calls that ended", ["line", "outcome"], registry=registry)
        self.asterisk_replaced = Counter(
            "dialer_asterisk_replaced", "Times that an Asterisk that answered nothing was ended and started anew",
            registry=registry,
        )  # fmt: skip
        self.defects = Counter("dialer_defects", "Calls and events dropped by a defect of ours", registry=registry)
        self.decide_s = Histogram("dialer_decide_seconds", "Handling one event", buckets=_FAST, registry=registry)
        self.commit_s = Histogram("dialer_commit_seconds", "One group commit", registry=registry)
        self.commit_failures = Counter("dialer_commit_failures", "Commits that failed", registry=registry)
        self._lag_s_max = 0.0
        self._lag = Gauge(
            "dialer_loop_lag_seconds_max", "Longest the event loop was late since the last scrape", registry=registry
        )
        self._link = Gauge("dialer_link_up", "1 while Asterisk is in reach", registry=registry)
        self._waiting = Gauge("dialer_waiting", "Callers who wait", ["queue"], registry=registry)
        self._eligible = Gauge("dialer_eligible", "Advisers who could be offered a call", ["queue"], registry=registry)
        self._advisers = Gauge("dialer_advisers", "Advisers by state", ["state"], registry=registry)
        self._calls = Gauge("dialer_calls", "Calls by state", ["state"], registry=registry)
        self._callbacks = Gauge("dialer_callbacks", "Open callbacks by state", ["state"], registry=registry)
        self._messages = Counter("dialer_messages", "Messages to people", ["kind", "came"], registry=registry)
        self._digests = Counter("dialer_digests", "Digests to officers", ["came"], registry=registry)
        self._retired = Counter("dialer_retired", "Cases archived or erased by retention", ["what"], registry=registry)
        self._sign_ins = Counter(
            "dialer_sign_ins", "Who asked to be let in, by what came of it", ["came"], registry=registry
        )
        self._cases = Gauge("dialer_cases", "Open cases by their legal clock", ["standing"], registry=registry)

    def take(self, records: Iterable[Record]) -> None:
        for record in records:
            counter = self._by_event.get(record.event)
            if counter is None:
                counter = self._by_event[record.event] = self._records.labels(record.event)
            counter.inc()
            if record.event == "ended":
                data = dict(record.data)
                self._ended.labels(str(data["line"]), str(data["outcome"])).inc()
            elif record.event in SIGN_INS:
                came = dict(record.data).get(SIGN_INS[record.event], "unknown")  # it may be another version's
                self._sign_ins.labels(str(came)).inc()

    def message(self, kind: str, came: str) -> None:
        """One more to somebody's telephone; came: `sent`, `failed` (a try in vain) or `dropped`."""
        self._messages.labels(kind, came).inc()

    def digest(self, came: str) -> None:
        """One more to an officer; came: `sent`, `failed` (a try in vain) or `lost`."""
        self._digests.labels(came).inc()

    def retired(self, what: str, cases: int) -> None:
        """So many cases more; what: `archived` or `erased`."""
        self._retired.labels(what).inc(cases)

    def saw_lag(self, late_s: float) -> None:
        """The event loop was this late once."""
        self._lag_s_max = max(self._lag_s_max, late_s)

    def scrape(self, desk: Desk, at: datetime) -> bytes:
        """The text format, with the gauges read off the desk now."""
        self._lag.set(self._lag_s_max)
        self._link.set(desk.link_up)
        for queue in desk.rules.queues:
            self._waiting.labels(queue).set(desk.pool.waiting(queue))
            self._eligible.labels(queue).set(desk.pool.eligible(queue))
        _count(self._advisers, ("free", "ringing", "talking", "wrapping_up", "unreachable"),
               (adviser.state.kind for adviser in desk.advisers.values()))  # fmt: skip
        _count(self._calls, ("arrived", "in_flow", "waiting", "offered", "talking", "forwarded"),
               (call.state.kind for call in desk.calls.values()))  # fmt: skip
        for state in STAGES:
            self._callbacks.labels(state).set(desk.book.stages[state])
        at_risk, late = desk.book.at_risk_and_late(at)
        self._cases.labels("at_risk").set(at_risk)
        self._cases.labels("late").set(late)
        text: bytes = generate_latest(self.registry)
        self._lag_s_max = 0.0
        return text


def _count(gauge: Gauge, states: Iterable[str], found: Iterable[str]) -> None:
    counts = dict.fromkeys(states, 0)
    for state in found:
        counts[state] += 1
    for state, count in counts.items():
        gauge.labels(state).set(count)
