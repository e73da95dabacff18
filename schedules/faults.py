"""A fault in what an operator wrote: where it is, what is wrong, how to mend it.

Every loader of the house collects its faults and hands them back all at once. A fault is a value, not an
exception, and knows nothing of the file format it was found in.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in configuration or input.

    where: file, and the place inside it (`config/roster.csv line 12`).
    what: what is wrong, quoting the value.
    mend: what to write instead, as an instruction.
    """

    where: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} — {self.mend}"
