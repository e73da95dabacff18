"""What a caller who asks to be called back can be told: which number, whether as soon as possible, which slots.

Decides the terms that a flow's callback node offers, from the number that was shown or typed, and what the desk is
asked to book. Must not know how the talk goes (`ivr.callback`), nor how a callback is kept (`book`).
"""

from __future__ import annotations

from dialer.core.callbacks.slots import has_common_hour
from dialer.core.calls.states import BookingAsked, Call, Scene
from dialer.core.cases.case import Kind
from dialer.core.numbers import Parsed, Refused, WhyNot, national, parse_for
from dialer.core.places.territory import Territory, homes
from dialer.core.rules import LineRules
from dialer.core.words import E164, Instant, QueueId
from ivr import place as flow
from ivr.nodes import Callback
from ivr.window_prompts import window_prompt
from schedules.windows import Reach

_MIQUELON = "+508"


def queue_of(call: Call, named: str | None, scene: Scene) -> QueueId | None:
    """Whose advisers call back: as the node says, else where the caller waited, else as the line says; None: nobody."""
    line = scene.line(call.line)
    if line is None:
        return None
    return QueueId(named) if named is not None else call.queue or line.callback_queue


def shown_terms(
    call: Call, named: str | None, scene: Scene, at: Instant
) -> flow.CallbackTerms | flow.CallbackRefused | flow.CallbackBooked:
    """What can be promised on the number that was shown. A masked one, or one that we would not call, is none.

    One call books once: who asks again is told the reference again.
    """
    if call.booked is not None:
        return flow.CallbackBooked(call.booked)
    line, queue = scene.line(call.line), queue_of(call, named, scene)
    if line is None or queue is None:
        return flow.CallbackRefused()
    phone = parse_for(call.caller.number, ours=_ours(scene)) if call.caller.number is not None else None
    if not isinstance(phone, Parsed):
        return flow.CallbackTerms()
    return _terms(line, queue, phone, scene, at)


def typed_terms(
    call: Call, asked: flow.CheckNumber, scene: Scene, at: Instant
) -> flow.CallbackTerms | flow.NumberRefused | flow.CallbackRefused:
    """What can be promised on a number that was typed, or why nobody can be called there."""
    line, queue = scene.line(call.line), queue_of(call, asked.queue, scene)
    if line is None or queue is None:
        return flow.CallbackRefused()
    phone = parse_for(asked.typed, _territory(asked.territory), ours=_ours(scene))
    match phone:
        case Parsed():
            return _terms(line, queue, phone, scene, at)
        case Refused(WhyNot.AMBIGUOUS, among):
            return flow.NumberRefused("ambiguous", tuple(territory.value for territory in among))
        case Refused(why):
            return flow.NumberRefused(why.value)


def booking(call: Call, asked: flow.BookCallback, scene: Scene) -> BookingAsked | None:
    """What the desk is asked to book; None when that can be booked no more."""
    queue = queue_of(call, asked.queue, scene)
    phone = parse_for(asked.number, _territory(asked.territory), ours=_ours(scene))
    if queue is None or not isinstance(phone, Parsed):
        return None
    return BookingAsked(call.id, queue, Kind(asked.asks), phone, asked.window)


def instead(call: Call, place: flow.Place, scene: Scene, at: Instant) -> flow.SlotTaken | flow.CallbackRefused:
    """What there is instead of a slot that somebody else has now."""
    node = _callback_node(call, place, scene)
    terms = place.asking.terms if place.asking is not None else None
    if node is None or terms is None or terms.number is None:
        return flow.CallbackRefused()
    asked = flow.CheckNumber(node.queue, terms.number, terms.territory)
    anew = typed_terms(call, asked, scene, at)
    return flow.SlotTaken(anew) if isinstance(anew, flow.CallbackTerms) else flow.CallbackRefused()


def _callback_node(call: Call, place: flow.Place, scene: Scene) -> Callback | None:
    known = scene.flow(call)
    node = known.nodes.get(place.node) if known is not None else None
    return node if isinstance(node, Callback) else None


def _terms(line: LineRules, queue: QueueId, phone: Parsed, scene: Scene, at: Instant) -> flow.CallbackTerms:
    rules = scene.rules
    home = homes(phone.territory, phone.zone, holidays=rules.calling.holidays)
    reach = Reach(home, line.hours, rules.calling.hours)
    windows = (slot.window for slot in scene.slots(line.id, queue, phone, at) if slot.free > 0)
    # What has no name on the telephone is not offered there: a week ahead or more, or in the person's night.
    spoken = [window for window in windows if window_prompt(window, at, home[0].zone) is not None]
    return flow.CallbackTerms(
        number=phone.number,
        territory=phone.territory.value,
        figures=_figures(phone.number),
        asap=has_common_hour(reach, at, rules.slots.days_max),
        slots=tuple(spoken[: rules.slots.spoken_max]),
        zone=phone.zone,
    )


def _figures(number: E164) -> str:
    """The number as one dials it in France."""
    if number.startswith(_MIQUELON) and len(number) == len(_MIQUELON) + 6:
        return f"0508{number.removeprefix(_MIQUELON)}"
    return "".join(figure for figure in national(number) if figure.isdigit())


def _territory(name: str | None) -> Territory | None:
    return None if name is None else Territory(name)


def _ours(scene: Scene) -> frozenset[E164]:
    lines = scene.rules.lines.values()
    return frozenset({line.number for line in lines} | {line.caller_id for line in lines if line.caller_id is not None})
