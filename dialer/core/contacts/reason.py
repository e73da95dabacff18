"""Why somebody called, in the words of an operator: a list for each line.

Decides nothing. Must not know who chooses among them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ContactReason:
    """``id`` stands in the journal and in figures, ``label`` on screens, in French."""

    id: str
    label: str
