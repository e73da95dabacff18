"""[callbacks]: how callbacks are made, and which windows are promised → the desk's CallbackRules and SlotRules.

Decides the bounds within which an operator may set them. The defaults are those of the two, written nowhere else. The
attempts are one setting for the ladder, which counts them, and for the gate, which stops them were it to count wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from dialer.configuration.tables import Table, bounded, read_table, refusal
from dialer.core.callbacks.compliance import CallingRules, Mode
from dialer.core.callbacks.rules import CallbackRules, SlotRules
from ivr.callback import SLOTS_MAX
from schedules.faults import Fault

_RULES, _SLOTS = CallbackRules(), SlotRules()
_QUARTER_S = 900


@dataclass(frozen=True, slots=True)
class Callbacks:
    """What [callbacks] says."""

    rules: CallbackRules = field(default_factory=CallbackRules)
    slots: SlotRules = field(default_factory=SlotRules)


def _quarters(length_s: float) -> float:
    if length_s % _QUARTER_S:
        raise refusal(f"{length_s:g} is not in whole quarters of an hour", "write 3600, 5400 or 7200, …")
    return length_s


class CallbacksTable(Table):
    """The table; seconds where a key ends in _s. Predictive is no way of ours: who answers would hear silence."""

    mode: Literal["preview", "timed_preview", "progressive"] = Field(default="preview", examples=[_RULES.mode.value])
    card_max_s: float = bounded(_RULES.card_max_s, 5, 300)
    ready_max_s: float = bounded(_RULES.ready_max_s, 10, 3600)
    preview_s: float = bounded(_RULES.preview_s, 1, 600)
    ring_max_s: float = bounded(_RULES.ring_max_s, 10, 120)
    margin_s: float = bounded(_RULES.margin_s, 1, 60)
    telling_max_s: float = bounded(_RULES.telling_max_s, 5, 120)
    brief_s: float = bounded(_RULES.brief_s, 0, 30)
    settle_max_s: float = bounded(_RULES.settle_max_s, 60, 86_400)
    blocked_s: float = bounded(_RULES.blocked_s, 5, 3600)
    machine_message: bool = Field(default=bool(_RULES.message), examples=[False])
    detect_machines: bool = Field(default=_RULES.detect_machines, examples=[True])
    attempts_max: int = bounded(_RULES.ladder.attempts_max, 1, 20)
    attempts_days_max: int = bounded(_RULES.ladder.days_max, 1, 30)
    slot_length_s: Annotated[float, AfterValidator(_quarters)] = bounded(_SLOTS.length_s, 1800, 14_400)
    notice_s: float = bounded(_SLOTS.notice_s, 0, 86_400)
    days_max: int = bounded(_SLOTS.days_max, 1, 14)
    spoken_max: int = bounded(_SLOTS.spoken_max, 1, SLOTS_MAX)


def read_callbacks(table: object, where: str, faults: list[Fault]) -> Callbacks:
    """What [callbacks] writes; with faults, the defaults."""
    read = read_table(CallbacksTable, table, where, faults)
    if read is None:
        return Callbacks()
    same = ("card_max_s", "ready_max_s", "preview_s", "ring_max_s", "margin_s", "telling_max_s", "brief_s")
    rules = replace(
        _RULES,
        **{key: getattr(read, key) for key in (*same, "settle_max_s", "blocked_s")},
        mode=Mode(read.mode),
        message=_RULES.message if read.machine_message else (),
        detect_machines=read.detect_machines,
        ladder=replace(_RULES.ladder, attempts_max=read.attempts_max, days_max=read.attempts_days_max),
    )
    slots = SlotRules(read.slot_length_s, read.notice_s, read.days_max, read.spoken_max)
    return Callbacks(rules, slots)


def with_ladder(calling: CallingRules, callbacks: Callbacks, where: str, faults: list[Fault]) -> CallingRules:
    """The gate's rules with the attempts of [callbacks]. where: the file of both tables."""
    ladder = callbacks.rules.ladder
    if ladder.attempts_max > calling.cap.attempts_max:
        what = f"{ladder.attempts_max} attempts, and the cap lets {calling.cap.attempts_max} through"
        mend = "write no more than cap_attempts_max of [calling]"
        faults.append(Fault(f"{where} [callbacks] attempts_max", what, mend))
    limit = replace(calling.ladder, attempts_max=ladder.attempts_max, days=ladder.days_max)
    return replace(calling, ladder=limit)
