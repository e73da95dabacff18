"""The region of the contact: what the adviser writes down of a call, while they talk and once it is over.

Decides which call that is, of several: the one in hand, else the oldest that is owed, else the last that was begun.
What is in the form is not drawn here: the page reads it by the API and keeps it there, so that no swap of this region
ever touches what somebody types. Must not know what makes a contact whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dialer.core.callbacks.intake import DEFAULT_LINES, NAME_MAX, NOTE_MAX, SITUATION_MAX
from dialer.core.callbacks.request import AskedBy
from dialer.core.cases.case import Kind
from dialer.core.contacts import contact as contacts
from dialer.core.numbers import national
from dialer.core.rules import Rules
from dialer.core.words import E164, CallId, Instant, LineId
from dialer.web import french
from dialer.web.desk.before import Before
from dialer.web.desk.lately import Lately
from dialer.web.floor import CallRow, Floor
from dialer.web.holder import Holder
from dialer.web.render import page

How = Literal["talking", "wrapping_up", "owed", "begun"]

ASKED_BY: Mapping[AskedBy, str] = {
    AskedBy.YOUNG_PERSON: "La personne elle-même",
    AskedBy.PARENT: "Un parent",
    AskedBy.PROFESSIONAL: "Un professionnel ou une professionnelle",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """The call that is written down. ``line`` None: it is not stored yet, or no longer."""

    call: CallId
    how: How
    line: LineId
    arrived_at: Instant


_CALLERS: Lately[Mapping[str, E164]] = Lately()
_CALLS: Lately[CallRow | None] = Lately()


async def fragment(floor: Floor, before: Before, holder: Holder) -> str:
    subject = await _subject(floor, before)
    if subject is None:
        return ""
    rules, me = floor.rules(), before.adviser
    line = rules.lines.get(subject.line)
    number = None
    if holder.reaches("callers:read", me.id):
        call = subject.call
        number = (await _CALLERS.ask(floor, call, lambda: floor.callers([call]))).get(call)
    return page(
        "_poste_fiche.html",
        call=subject.call,
        how=subject.how,
        until=me.wraps_until if subject.how == "wrapping_up" else None,
        required=me.required,
        when=french.moment(subject.arrived_at, before.at),
        line=line.name if line is not None else subject.line,
        reasons=rules.contact_reasons.get(subject.line, ()),
        reasons_max=contacts.REASONS_MAX,
        note_max=contacts.NOTE_MAX,
        follow=_follow(rules, subject.line),
        asked_by={str(who): words for who, words in ASKED_BY.items()},
        phone=national(number) if number is not None else "",
        lengths={"name": NAME_MAX, "situation": SITUATION_MAX, "note": NOTE_MAX},
    )


async def _subject(floor: Floor, before: Before) -> Subject | None:
    me = before.adviser
    how: How
    if me.state == "talking" and me.call is not None:
        call, how = me.call, "talking"
    elif me.state == "wrapping_up" and me.call is not None:
        call, how = me.call, "wrapping_up"
    elif me.owes:
        call, how = me.owes[0], "owed"
    elif drafts := floor.drafts_of(me.id):
        call, how = drafts[-1].call, "begun"
    else:
        return None
    found = floor.open_call(call) or await _CALLS.ask(floor, call, lambda: floor.call(call))
    return Subject(call, how, LineId(found.line), found.arrived_at) if found is not None else None


def _follow(rules: Rules, line: LineId) -> Mapping[str, LineId]:
    """What may follow, and on which line it is asked: of the call's own where nothing else is said of the kind."""
    taking = {key for key, each in rules.lines.items() if each.callback_queue is not None}
    wanted = {Kind.INFORMATION: (line, DEFAULT_LINES[Kind.INFORMATION]), Kind.RTF: (DEFAULT_LINES[Kind.RTF], line)}
    found = {kind: next((each for each in among if each in taking), None) for kind, among in wanted.items()}
    return {str(kind): on for kind, on in found.items() if on is not None}
