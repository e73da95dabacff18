"""What is done by the calendar and not by a call: the prompts of a new day, and what is no longer kept.

Decides when. Call timing never comes here: that is the desk's `next_deadline`. Must not know what a job does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from dialer.clock import Clock
from schedules.walltime import instant_of, wall_clock

Job = Callable[[], Awaitable[None]]

SOON_AFTER_MIDNIGHT = time(0, 0, 20)
WHILE_FEW_CALL = time(0, 10)


class Housekeeping:
    """Runs daily jobs, on the service's clock. None runs twice at a time; what one raises is told in the log."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # A late job is still due (the default drops it after a second); several late ones are one.
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )

    def daily(self, name: str, job: Job, at: time, *, at_start: bool = False) -> None:
        """Have it done each day at that hour in Paris. ``at_start``: now too, for what a stopped service missed."""
        now = {"next_run_time": datetime.now(UTC)} if at_start else {}
        self._scheduler.add_job(job, _Daily(self._clock.shift, at), id=name, **now)

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)


class _Daily(BaseTrigger):  # type: ignore[misc]
    """At an hour in Paris of the service's clock, said in the machine's time. APScheduler's own trigger leaves out the
    day after the clocks go forward."""

    def __init__(self, shift: timedelta, at: time) -> None:
        self._shift = shift
        self._minute = at.hour * 60 + at.minute
        self._second = timedelta(seconds=at.second)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The first that is not before ``now`` and is after the one before."""
        day = wall_clock(now.astimezone(UTC) + self._shift).date()
        while True:
            due = instant_of(day, self._minute) + self._second - self._shift
            if due >= now and (previous_fire_time is None or due > previous_fire_time):
                return due
            day += timedelta(days=1)
