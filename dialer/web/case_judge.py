"""The judge of one body: what is wrong with it, all at once.

Decides which faults are told of one field: that of its shape, or else the first of its value. Must not know what the
body is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from dialer.core.callbacks.intake import Wrong
from dialer.core.callbacks.intake_fields import read_choice, read_instant
from dialer.web.asked import refuse_all
from dialer.web.models import Asked, FieldFault
from schedules.faults import Fault

Word = TypeVar("Word", bound=StrEnum)


class Judge:
    """Collects the faults of one body: those of its shape, then at most one more for each field."""

    def __init__(self, shape: Iterable[FieldFault]) -> None:
        self._faults = list(shape)
        self._taken_out = [fault.field for fault in self._faults]

    def wrong(self, field: str, message: str) -> None:
        known = any(fault.field == field for fault in self._faults)
        if not known and not any(field.startswith(f"{each}.") for each in self._taken_out):
            self._faults.append(FieldFault(field=field, message=message))

    def fault(self, fault: Fault | None) -> None:
        if fault is not None:
            self.wrong(fault.where.replace("[", ".").replace("]", ""), f"{fault.what}: {fault.mend}")

    def choice(self, field: str, sent: str | None, words: type[Word]) -> Word | None:
        wrongs: list[Wrong] = []
        found = read_choice(wrongs, field, sent, words)
        self._all(wrongs)
        return found

    def instant(self, field: str, sent: str | None) -> datetime | None:
        wrongs: list[Wrong] = []
        found = read_instant(wrongs, field, sent)
        self._all(wrongs)
        return found

    def takes(self, body: Asked, action: StrEnum, needs: str, may: str = "") -> None:
        """That the body has the fields of this action, and no other."""
        allowed = ("action", *needs.split(), *may.split())
        for field in type(body).model_fields:
            given = getattr(body, field) is not None
            if given and field not in allowed:
                self.wrong(field, f"does not go with {action}; use {', '.join(allowed)}")
            elif not given and field in needs.split():
                self.wrong(field, f"is required to {action.replace('_', ' ')}")

    def settle(self) -> None:
        """Raises Refused 422 with all of them, if there are any."""
        if self._faults:
            raise refuse_all(self._faults)

    def _all(self, wrongs: Iterable[Wrong]) -> None:
        for each in wrongs:
            self.wrong(each.field, each.sentence.en)
