"""How callbacks are made and promised: what an operator may change of it.

Decides nothing; `dialer.configuration` makes these values. Must not know where they came from.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dialer.core.callbacks.compliance import Mode
from dialer.core.callbacks.ladder import Ladder

DETECTED_MAX_S = 10.0
"""A machine is one from its first words: what is detected later than this after the bridge is a person who talks."""
GREETING_MAX_S = 25.0
"""After how long the end of a machine's greeting is waited for no more: Asterisk tells it within 20 s (`dialplan`)."""


@dataclass(frozen=True, slots=True)
class CallbackRules:
    """How callbacks are made. ValueError for a way that is not ours, or for bounds that make no sense."""

    mode: Mode = Mode.PREVIEW
    card_max_s: float = 30.0
    """How long a card stays before one adviser."""
    ready_max_s: float = 300.0
    """How long an adviser whose phone is up may read in preview before the card goes back."""
    preview_s: float = 20.0
    """After how long timed preview dials."""
    ring_max_s: float = 30.0
    """How long the person's phone rings: French voicemail answers after 20 to 25 s (our decision)."""
    margin_s: float = 10.0
    """What a leg may be late by, in ringing or in ending, before it is taken for lost."""
    telling_max_s: float = 30.0
    brief_s: float = 3.0
    """An adviser's leg that goes this soon after the bridge was no talk: the person hears an apology."""
    settle_max_s: float = 1800.0
    """After how long without an outcome somebody else than the adviser is asked."""
    blocked_s: float = 60.0
    """When to ask the gate again where only the end of other calls can open it."""
    apology: tuple[str, ...] = ("callback.apology",)
    message: tuple[str, ...] = ("callback.message",)
    """Neutral: never a word about school. Empty: no message is left."""
    detect_machines: bool = False
    """Have Asterisk listen to who answers, beside the talk; else a machine is one by the adviser's key alone."""
    ladder: Ladder = field(default_factory=Ladder)

    def __post_init__(self) -> None:
        if self.mode is Mode.PREDICTIVE:
            raise ValueError("predictive dialling rings people before an adviser is there; use progressive")
        spans = (self.card_max_s, self.ready_max_s, self.preview_s, self.ring_max_s, self.margin_s)
        if min(*spans, self.telling_max_s, self.settle_max_s, self.blocked_s) <= 0 or self.brief_s < 0:
            raise ValueError("the spans of callbacks are longer than nothing")


@dataclass(frozen=True, slots=True)
class SlotRules:
    """Which windows are offered to people who ask to be called back. ValueError for bounds that make no sense."""

    length_s: float = 7200.0
    """Two hours, on the clock of Paris, from the opening of the line."""
    notice_s: float = 1800.0
    """A window that has begun, or begins sooner than this, is not promised any more."""
    days_max: int = 10
    """How many calendar days ahead a window may lie: within the legal clock's days."""
    spoken_max: int = 4
    """How many are read out on the telephone; the screens show all."""

    def __post_init__(self) -> None:
        if min(self.length_s, self.days_max, self.spoken_max) <= 0 or self.notice_s < 0:
            raise ValueError("a slot lasts, lies ahead and is told")
