"""The day of the desk's machine: its lines, shifts and configurations, and the people who ask to be called back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from dialer.core.callbacks.compliance import CallingRules, Limit, Mode
from dialer.core.callbacks.ladder import RUNGS, Ladder
from dialer.core.callbacks.request import AskedBy, Request, Source
from dialer.core.callbacks.rules import CallbackRules, SlotRules
from dialer.core.cases.case import Kind
from dialer.core.numbers import Parsed
from dialer.core.places.territory import Territory
from dialer.core.rules import DangerTarget, Rules
from dialer.core.words import E164, AdviserId, LineId, QueueId, ShortNumber
from ivr.flow import make_flow
from ivr.nodes import Menu
from schedules.shifts import Activity, Roster, Shifts
from tests.core.world import DIRECT, DROPOUT, MAIN, QUEUE, WELCOMED, line, lines, rules, shift, team, welcoming

DAY_S = 8 * 3600.0
TEAM = team(a=1, b=1, c={"main": 2, "dropout": 1}, d={"main": 3, "dropout": 2})
QUEUE_OF_THE_DAY = replace(
    QUEUE,
    ring_max_s=20,
    overflow_after_s=(20, 40),
    wrap_up_max_s=30,
    size_max=4,
    wait_max_s=300,
    announce_first_s=20,  # together with the ring's and the level's end, on purpose
    announce_every_s=30,
    callback_share=0.5,
    callback_handling_s=1200,
)
PLAN = Roster.of(
    [
        shift("a", -100, 400),
        shift("a", 900, DAY_S),
        shift("b", 200, 600, Activity.CHAT),
        shift("b", 600, 1500),
        shift("c", -100, 500),
        shift("c", 1200, DAY_S),
        shift("d", -100, 700),
        shift("d", 1000, DAY_S),
    ]
)
SHORT = Ladder(
    {cause: replace(rung, wait_s=min(rung.wait_s, 60) or 40, half_days=0) for cause, rung in RUNGS.items()},
    attempts_max=3,
    per_half_day_max=20,
    failures_max=4,
)
"""A ladder of minutes, so that a day sees the end of it."""
CALLBACKS = CallbackRules(
    card_max_s=20,  # together with the ring's end, on purpose
    ready_max_s=40,
    ring_max_s=15,
    margin_s=5,
    telling_max_s=15,
    settle_max_s=120,
    blocked_s=20,
    ladder=SHORT,
)
CALLING = CallingRules(ladder=Limit(12, 10), cap=Limit(30, 30), number_day_max=12)
LINES = (LineId("welcomed"), LineId("welcomed"), LineId("direct"), LineId("direct"), LineId("urgent"), LineId("drop"))

NADIA = Parsed(E164("+33199000101"), Territory.METROPOLE, "Europe/Paris")
LINA = Parsed(E164("+33199000102"), Territory.METROPOLE, "Europe/Paris")
ZOE = Parsed(E164("+33199000103"), Territory.METROPOLE, "Europe/Paris")
REMI = Parsed(E164("+262262910042"), Territory.REUNION, "Indian/Reunion")
"""At lunch until 11h in Paris, an hour after the day's beginning."""
CALLERS = (None, None, None, NADIA.number, LINA.number, ZOE.number)
_BORN = date(2007, 5, 1)
PEOPLE = {
    "nadia": Request(
        Kind.RTF, DIRECT, MAIN, NADIA, AskedBy.YOUNG_PERSON, Source.WEB, first_name="Nadia", birth_date=_BORN
    ),
    "sami": Request(Kind.RTF, DIRECT, MAIN, NADIA, AskedBy.PARENT, Source.WEB, first_name="Sami"),
    "nadia's talk": Request(Kind.INFORMATION, DIRECT, MAIN, NADIA, None, Source.WEB, first_name="Nadia"),
    "lina": Request(Kind.RTF, LineId("drop"), DROPOUT, LINA, AskedBy.YOUNG_PERSON, Source.WEB, first_name="Lina"),
    "zoe": Request(Kind.RTF, WELCOMED, MAIN, ZOE, AskedBy.PROFESSIONAL, Source.CSV, first_name="Zoé", priority=3),
    "remi": Request(Kind.RTF, DIRECT, MAIN, REMI, AskedBy.YOUNG_PERSON, Source.WEB, first_name="Rémi"),
}
"""Two of them share a number, and one of those asks for two things."""


DANGER = {
    "supervisor": DangerTarget("supervisor", "Superviseur", supervisors=(AdviserId("d"), AdviserId("c"))),
    "119": DangerTarget("119", "Enfance en danger", ShortNumber("119")),
}


def _configurations() -> list[Rules]:
    slots = SlotRules(1800, 30, 1)
    day = rules(TEAM, QUEUE_OF_THE_DAY, PLAN, callbacks=CALLBACKS, calling=CALLING, slots=slots, danger=DANGER)
    taking = {key: replace(each, callback_queue=MAIN) for key, each in lines().items()}
    day = replace(day, lines=taking)
    nodes = dict(welcoming().nodes)
    nodes["menu"] = Menu(prompts=("menu",), choices={"1": "queue"}, otherwise="queue", timeout_s=9.0)
    other = replace(line(WELCOMED, make_flow("welcomed", "hours", nodes)), callback_queue=MAIN)
    no_queue = {key: each for key, each in day.queues.items() if key != MAIN}
    timed = replace(CALLBACKS, mode=Mode.TIMED_PREVIEW, preview_s=10, message=())
    return [
        day,
        replace(day, version="flow", lines={**day.lines, WELCOMED: other}),
        replace(day, version="adviser", advisers={k: v for k, v in TEAM.items() if k != "a"}),
        replace(
            day,
            version="queue",
            queues=no_queue,
            advisers={k: replace(v, skills=_no_main(v.skills)) for k, v in TEAM.items()},
        ),
        replace(day, version="line", lines={k: v for k, v in day.lines.items() if k not in (WELCOMED, "urgent")}),
        replace(
            day, version="wrap", queues={k: replace(v, wrap_up_max_s=0, misses_max=1) for k, v in day.queues.items()}
        ),
        replace(
            day,
            version="timed",
            callbacks=timed,
            queues={k: replace(v, callback_share=0.25 if k == MAIN else 0.0) for k, v in day.queues.items()},
        ),
    ]


def _no_main(skills: object) -> dict[QueueId, int]:
    return {queue: level for queue, level in dict(skills).items() if queue != MAIN}  # type: ignore[call-overload]


CONFIGURATIONS = _configurations()


def everybody() -> Shifts:
    return Roster.of([shift(each, -100, 10 * 24 * 3600) for each in "abcd"])


ADVISERS = tuple(AdviserId(each) for each in "abcd")
