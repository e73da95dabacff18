"""A file that several people change: each change says which version it was made against, and a stale one is refused.

Decides whether a change is made against what the file is now. Whoever comes second is told who changed what meanwhile,
and nothing is overwritten: not theirs, as they still have it before them, nor that of the first. Must not know what the
file holds, nor where it is kept; whoever stores it looks at the version once more in the transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from dialer.core.words import Instant

EDITS_KEPT = 50
"""Of how many changes a file tells who made them; the audit has them all."""

T = TypeVar("T")


class Refusal:
    """What a change may answer in place of the new value: why it is not made. Rules refuse by values of this kind."""

    __slots__ = ()


R = TypeVar("R", bound=Refusal)


@dataclass(frozen=True, slots=True)
class Edit:
    """One change. ``version``: the one that it made. ``what``: a word for the kind of change, with no personal data."""

    version: int
    at: Instant
    by: str
    what: str


@dataclass(frozen=True, slots=True)
class Versioned(Generic[T]):
    """A value and how often it was changed: 0 is as it came in. ``edits``: the last of them, in their order.

    ValueError: the edits do not lead up to the version.
    """

    value: T
    version: int = 0
    edits: tuple[Edit, ...] = ()

    def __post_init__(self) -> None:
        known = tuple(edit.version for edit in self.edits)
        if known != tuple(range(self.version - len(known) + 1, self.version + 1)) or len(known) > self.version:
            raise ValueError(f"edits {known} do not lead up to version {self.version}")


@dataclass(frozen=True, slots=True)
class Stale(Refusal):
    """Somebody was faster. ``against``: the version that was before them. ``meanwhile``: what came since, as far as
    kept. A version that the file never had is stale too, with nothing meanwhile."""

    against: int
    version: int
    meanwhile: tuple[Edit, ...]

    @property
    def untold(self) -> int:
        """How many changes came before those of ``meanwhile``: the audit knows them."""
        return max(self.version - max(self.against, 0), 0) - len(self.meanwhile)


def revise(
    file: Versioned[T], against: int, at: Instant, by: str, what: str, change: Callable[[T], T | R]
) -> Versioned[T] | Stale | R:
    """The file with this change, or why it is not made. ``change`` is not even asked when the version is stale.

    A change that changes nothing makes no version: nobody is told of it. What files hold is never a `Refusal` itself.
    """
    if against != file.version:
        return Stale(against, file.version, tuple(edit for edit in file.edits if edit.version > against))
    value = change(file.value)
    if isinstance(value, Refusal):
        return cast(R, value)
    if value == file.value:
        return file
    edit = Edit(file.version + 1, at, by, what)
    return Versioned(value, edit.version, (*file.edits, edit)[-EDITS_KEPT:])
