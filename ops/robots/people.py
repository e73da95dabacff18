"""Who calls and how: invented people with a line, a number from the ranges for fiction, habits and patience.

Decides by chance, from a seed, so that a run can be seen again. Must not know SIP.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from ops.robots.scenarios import Act, Pause, Press

FICTION = ("019900", "026191", "035301", "046571", "053649")
"""Ranges that Arcep keeps for fiction; the last four digits are free."""
LINES = (("0177771225", 6), ("0800122500", 3), ("0800400070", 3))


@dataclass(frozen=True, slots=True)
class Person:
    """``stays_s``: how long they stay after their last key, unless they are hung up on."""

    dials: str
    number: str
    masked: bool
    acts: tuple[Act, ...]
    stays_s: float


def somebody(chance: random.Random, lines: Sequence[tuple[str, int]] = LINES) -> Person:
    """The next caller: most want an adviser, some give up, some mistype, some hide their number."""
    dials = chance.choices([number for number, _ in lines], [weight for _, weight in lines])[0]
    number = chance.choice(FICTION) + f"{chance.randrange(10_000):04d}"
    habit = chance.random()
    acts: tuple[Act, ...]
    if habit < 0.08:  # hears the welcome and hangs up
        acts, stays_s = (), chance.uniform(2, 6)
    elif habit < 0.16:  # presses a key that means nothing, then finds the way
        acts = (Pause(6), Press("8"), Pause(5), Press("1"), Pause(4), Press("1"))
        stays_s = chance.uniform(25, 45)
    elif habit < 0.24:  # gives up in the queue
        acts, stays_s = (Pause(5), Press("1"), Pause(2), Press("1")), chance.uniform(3, 7)
    else:
        acts = (Pause(chance.uniform(2, 7)), Press("1"), Pause(chance.uniform(1, 4)), Press("1"))
        stays_s = chance.uniform(25, 60)
    return Person(dials, number, chance.random() < 0.1, acts, stays_s)
