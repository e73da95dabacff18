"""The service's clock: the only place that reads the machine's. It may be shifted, for training and demonstrations.

Decides at which instant a service starts and that its time never goes back: a machine whose clock is set back keeps
its deadlines. Must not know what the time is for.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

FOLLOW_AFTER_S = 5.0
"""A machine's clock that is this far ahead of ours was set forward, or slept: we follow."""


class ClockError(Exception):
    """The clock that was asked for cannot be had; the message says why and what can."""


class Clock:
    """now() = the machine's time + ``shift``, never going back while this process runs."""

    def __init__(self, shift: timedelta = timedelta()) -> None:
        self.shift = shift
        self._began_at = datetime.now(UTC)
        self._began_s = time.monotonic()

    def now(self) -> datetime:
        """The service's instant, aware, in UTC."""
        elapsed = timedelta(seconds=time.monotonic() - self._began_s)
        machine = datetime.now(UTC)
        if (machine - self._began_at - elapsed).total_seconds() > FOLLOW_AFTER_S:
            self._began_at, self._began_s, elapsed = machine, time.monotonic(), timedelta()
        return self._began_at + elapsed + self.shift


@dataclass(frozen=True, slots=True)
class Kept:
    """What a state folder remembers of its clock: the instant asked for (None: nobody asked) and the shift it gave."""

    asked: datetime | None
    shift: timedelta

    @classmethod
    def read(cls, file: Path) -> Kept | None:
        try:
            held = json.loads(file.read_text())
            asked = held["asked"]
            return cls(datetime.fromisoformat(asked) if asked is not None else None, timedelta(seconds=held["shift_s"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as broken:
            raise ClockError(f"{file} cannot be read ({broken}); remove it to start on the machine's time") from broken

    def write(self, file: Path) -> None:
        asked = self.asked.isoformat() if self.asked is not None else None
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps({"asked": asked, "shift_s": self.shift.total_seconds()}) + "\n")
        fresh.replace(file)


def parse(text: str) -> datetime:
    """An instant in ISO 8601 with its offset, in UTC. Raises ClockError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ClockError(f"the clock {text!r} is no instant; write it like 2026-11-23T10:00:00+01:00") from None
    if at.tzinfo is None:
        raise ClockError(f"the clock {text!r} has no offset; write it like {text}+01:00")
    return at.astimezone(UTC)


def shift_for(asked: datetime, kept: Kept | None, last_at: datetime | None, machine: datetime) -> Kept:
    """The shift for a clock that was asked for.

    The same instant as last time resumes its shift; another one starts there, unless the journal is already past it.
    Raises ClockError.
    """
    if kept is not None and kept.asked == asked:
        return kept
    if last_at is not None and asked < last_at:
        raise ClockError(
            f"the clock cannot start at {asked.isoformat()}: the journal already goes to {last_at.isoformat()}; "
            "ask for a later instant, or use another DIALER_STATE"
        )
    return Kept(asked, asked - machine)


def demo_shift(
    next_opening: Callable[[datetime], datetime | None], last_at: datetime | None, machine: datetime
) -> timedelta:
    """The shift of a demonstration that nobody gave a clock: none while the line is open, else to its next opening.

    Never before ``last_at``, where the demonstration before it stopped.
    """
    start = machine if last_at is None else max(machine, last_at)
    opens_at = next_opening(start)
    return (opens_at or start) - machine
