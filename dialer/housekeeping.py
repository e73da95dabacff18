"""What is done by the calendar and not by a call: today, the prompts of a new day.

Decides when. Call timing never comes here: that is the desk's `next_deadline`. Must not know what a job does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from dialer.clock import Clock

SOON_AFTER_MIDNIGHT_S = 20


class Housekeeping:
    """Runs the jobs of a day, on the service's clock."""

    def __init__(self, clock: Clock, turn_day: Callable[[], Awaitable[None]]) -> None:
        self._clock = clock
        # A late job is still due (the default drops it after a second); several late ones are one.
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._turn_day = turn_day

    def start(self) -> None:
        trigger = _Shifted(self._clock.shift)
        self._scheduler.add_job(self._turn_day, trigger, id="turn_day")
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)


class _Shifted(CronTrigger):  # type: ignore[misc]
    """Just after midnight in Paris of the service's clock, said in the machine's time."""

    def __init__(self, shift: timedelta) -> None:
        super().__init__(hour=0, minute=0, second=SOON_AFTER_MIDNIGHT_S, timezone="Europe/Paris")
        self._shift = shift

    def get_next_fire_time(self, previous_fire_time, now):  # type: ignore[no-untyped-def]
        before = previous_fire_time + self._shift if previous_fire_time is not None else None
        due = super().get_next_fire_time(before, now + self._shift)
        return due - self._shift if due is not None else None
