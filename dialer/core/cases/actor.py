"""Who does something in a case's file: the person it is about, or somebody of the service.

Decides nothing. Must not know how anybody proved who they are: that was asked before.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dialer.core.cases.responsible import OfficerId


class Side(StrEnum):
    """The two sides of a file: what one has done, the other confirms."""

    PERSON = "person"
    SERVICE = "service"

    @property
    def other(self) -> Side:
        return Side.SERVICE if self is Side.PERSON else Side.PERSON


@dataclass(frozen=True, slots=True)
class Actor:
    """One of a side. An adviser who acts in a file acts as an officer, under the adviser's id.

    heard_by: the officer who took down what the person said, for a person who has no web to say it by.

    ValueError: an officer without an id, or a person with one, who is known by the case alone.
    """

    side: Side
    officer: OfficerId | None = None
    heard_by: OfficerId | None = None

    def __post_init__(self) -> None:
        if (self.side is Side.SERVICE) is not bool(self.officer):
            raise ValueError("somebody of the service has an id, and the person has none")
        if self.side is Side.SERVICE and self.heard_by is not None:
            raise ValueError("an officer speaks for themselves")

    @property
    def name(self) -> str:
        """For the journal: an officer's id, or the word "person". Nothing of the person."""
        return self.officer or Side.PERSON


PERSON = Actor(Side.PERSON)
DESK = Actor(Side.SERVICE, OfficerId("desk"))
"""What the desk took down of a callback: no officer has acted yet."""


def officer(name: str) -> Actor:
    return Actor(Side.SERVICE, OfficerId(name))


def person_heard_by(name: str) -> Actor:
    """The person, as an officer heard them on the telephone or in their office."""
    return Actor(Side.PERSON, heard_by=OfficerId(name))
