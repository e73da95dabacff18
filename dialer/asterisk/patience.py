"""How long Asterisk may keep us waiting: when the operator is told of it, and when only its end can help.

Decides from instants alone. Must not know how anything is asked, nor how Asterisk is ended.
"""

from __future__ import annotations

TOLD_AFTER_S = 10.0
TOLD_EVERY_S = 60.0
WEDGED_AFTER_S = 20.0
"""No answer for so long, asked again and again over fresh connections: what has not come by then does not come."""
WEDGED_AFTER_MAX_S = 640.0
"""One that is deaf again as soon as it is started anew is given twice the time each time, and never more than this."""


class Patience:
    """With one Asterisk. Every ``at`` is in seconds of a clock that never jumps.

    An answer is anything that Asterisk says, a refusal too: one that refuses is not wedged, its end would mend nothing.
    """

    def __init__(self, at: float, wedged_after_s: float = WEDGED_AFTER_S) -> None:
        self._first_s = self._limit_s = wedged_after_s
        self._out_since: float | None = at
        self._told_at: float | None = None
        self._deaf_since: float | None = None

    def in_step(self) -> None:
        """Asterisk told its whole truth."""
        self._out_since = self._told_at = self._deaf_since = None
        self._limit_s = self._first_s

    def out_of_step(self, at: float) -> None:
        """The link is lost, or was not won back."""
        if self._out_since is None:
            self._out_since = at

    def unanswered(self, at: float) -> None:
        """Something that we asked was not answered in its time."""
        if self._deaf_since is None:
            self._deaf_since = at

    def answered(self) -> None:
        """Asterisk refused something, or nobody is there to ask."""
        self._deaf_since = None

    def stood_still(self, at: float) -> None:
        """It was we who stood still until now: what was not answered meanwhile says nothing of Asterisk."""
        if self._deaf_since is not None:
            self._deaf_since = at

    def to_be_told(self, at: float) -> float | None:
        """For how many seconds we are out of step, whenever the operator is to be told; else None. Says it once."""
        if self._out_since is None:
            return None
        due = self._out_since + TOLD_AFTER_S if self._told_at is None else self._told_at + TOLD_EVERY_S
        if at < due:
            return None
        self._told_at = at
        return at - self._out_since

    def is_over(self, at: float) -> bool:
        """Whether this Asterisk is to be ended. Says it once: the next one has its own, longer time."""
        if self._deaf_since is None or at - self._deaf_since < self._limit_s:
            return False
        self._deaf_since = None
        self._limit_s = min(2 * self._limit_s, max(self._first_s, WEDGED_AFTER_MAX_S))
        return True
