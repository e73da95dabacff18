"""What people may write in a case's file: bounded, and nothing that no screen can show.

Decides whether a text is whole. Must not know whose text it is, nor what it says.
"""

from __future__ import annotations

from schedules.faults import Fault

NOTE_MAX = 4_000
REASON_MAX = 500
TITLE_MAX = 120
NAME_MAX = 120
_SHOWN = "\n\u200c\u200d"
"""Not printable by themselves, and no fault: an end of line, and what joins the letters of some scripts."""


def is_whole(text: str, length_max: int) -> bool:
    """Says something, within the bound, in signs that can be shown."""
    return bool(text.strip()) and len(text) <= length_max and all(sign.isprintable() or sign in _SHOWN for sign in text)


def fault_of(where: str, text: str, length_max: int) -> Fault | None:
    """Why the text is not whole; never repeats it."""
    if is_whole(text, length_max):
        return None
    if not text.strip():
        return Fault(where, "it says nothing", "write something")
    if len(text) > length_max:
        return Fault(where, f"it has {len(text)} characters", f"write at most {length_max}")
    return Fault(where, "it holds signs that cannot be shown", "write it with ordinary letters")
