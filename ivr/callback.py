"""The talk with somebody who asks to be called back: on which number, when, and the reference of the request.

Decides what is asked in which order, what each key means and what is said; the desk is asked what can be promised, and
books. A callback node has one question at a time (`Asking.question`), so that whoever comes back after a restart hears
that question again:

    terms      the desk is asked what can be promised        → shown; number when none is known (masked); reference
    shown      the number that was shown is read out: 1 yes, 2 another       → time, number
    number     a number is typed; # or a silence ends it                     → check
    check      the desk is asked about it                    → typed; where; number, with the reason why not
    where      several territories have this number: a key for each          → check
    typed      what was typed is read out: 1 yes, 2 correct it               → time, number
    time       as soon as possible, or one of the slots: a key for each      → booking
    booking    the desk is asked to book it                  → reference; time, when the slot was taken meanwhile
    reference  it is booked, which is said once it is stored: # repeats      → the node `booked`
    none       nothing can be promised: that is said                         → the node `refused`

In every question with keys # repeats and * gives up. Digits that were typed before a question was heard mean nothing,
but for those of the number itself. Must not know how numbers are judged, slots are found or callbacks are kept.
"""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from ivr.moves import DIGIT_GAP_MAX_S, TYPED_AHEAD_MAX, Moment, Move, cut, listening, say, stopping
from ivr.nodes import Callback
from ivr.place import (
    Action,
    Asking,
    BookCallback,
    CallbackBooked,
    CallbackRefused,
    CallbackTerms,
    CheckNumber,
    DeadlinePassed,
    Digit,
    Input,
    NumberRefused,
    OfferCallback,
    Place,
    PromptsDone,
    Question,
    SlotTaken,
)
from ivr.prompts import key_prompt, pair_prompts
from ivr.window_prompts import window_prompt
from schedules.walltime import PARIS
from schedules.windows import Window

TRIES_MAX = 3
"""Wrong or missing answers to one question; the questions about the number to be typed share theirs."""
ANSWER_MAX_S = 6.0
"""Silence after a question before it counts as no answer."""
DESK_MAX_S = 5.0
"""The desk answers in the same instant; if ever it does not, it is asked again after this long."""
NUMBER_MAX = 15
"""Digits of the longest number: 00, a country and its twelve."""
SLOTS_MAX = 5
"""Slots that are read out at most: a longer list is not kept in mind."""
KEYS_MAX = 9

TALKS: tuple[Question, ...] = ("shown", "number", "where", "typed", "time", "reference", "none")
"""The questions in which something is said; in the others the desk is asked."""
REASONS = (
    *(f"callback.{why}" for why in ("impossible", "foreign", "premium", "short", "ours", "slot_taken")),
    *("menu.invalid", "menu.silent", "collect.invalid", "collect.silent"),
)
"""Why a question is asked again."""


def enter(node: Callback, place: Place, now: Moment) -> Move:
    """Somebody comes to a callback node; digits typed ahead are kept for the number, should one be asked for."""
    return _put(node, replace(place, asking=Asking("terms"), tries=0), now)


def resume(node: Callback, place: Place, now: Moment) -> Move:
    """The question again, as after a restart; half a number is typed anew."""
    if place.asking is None:
        return enter(node, place, now)
    return _put(node, replace(place, digits=""), now)


def hear(node: Callback, place: Place, event: Input, now: Moment) -> Move:
    """What one input makes of the talk; one that is late or out of turn changes nothing."""
    asking = place.asking
    if asking is None:
        return Move(place)
    if asking.question not in TALKS:
        return _told(node, place, asking, event, now)
    match event:
        case PromptsDone() if place.phase == "saying":
            return _said(node, place, asking, now)
        case DeadlinePassed() if place.phase == "saying":
            said = _said(node, place, asking, now)
            return replace(said, actions=(*cut(place), *said.actions))
        case DeadlinePassed():
            return _silent(node, place, asking, now)
        case Digit("#") if asking.question == "number" and not place.digits:
            return Move(place)  # that of a number which was whole, and refused, before it came
        case Digit(digit) if asking.question == "number":
            return stopping(place, _typed(node, replace(place, phase="listening"), asking, digit, now))
        case Digit(digit):
            return _pressed(node, place, asking, digit, now)
        case _:
            return Move(place)


# -- what the desk says ------------------------------------------------------------------------------


def _told(node: Callback, place: Place, asking: Asking, event: Input, now: Moment) -> Move:
    match asking.question, event:
        case "terms", CallbackTerms(number=None):
            return _number(node, place, asking, now)
        case "terms", CallbackTerms() as terms:
            return _ask(node, place, replace(asking, question="shown", terms=terms), now)
        case "check", CallbackTerms(number=str()) as terms:
            return _ask(node, place, replace(asking, question="typed", terms=terms), now)
        case "check", NumberRefused("ambiguous", among) if among and asking.territory is None:
            return _ask(node, place, replace(asking, question="where", among=among), now)
        case "check", NumberRefused("ambiguous"):  # in the territory they chose there is no such number
            return _missed(node, place, Asking("number"), "callback.impossible", now)
        case "check", NumberRefused(why):
            return _missed(node, place, Asking("number"), f"callback.{why}", now)
        case (("booking" | "terms"), CallbackBooked(reference)):  # or it was booked earlier in this call
            return _ask(node, place, replace(asking, question="reference", reference=reference), now)
        case "booking", SlotTaken(terms):
            asking = replace(asking, question="time", terms=terms, window=None)
            if not _choices(terms):
                return _ask(node, place, replace(asking, question="none"), now)
            return _missed(node, place, asking, "callback.slot_taken", now)
        case _, CallbackRefused():
            return _ask(node, place, replace(asking, question="none"), now)
        case _, DeadlinePassed():
            tried = replace(place, tries=place.tries + 1)
            return Move(tried, to=node.refused) if tried.tries >= TRIES_MAX else _put(node, tried, now)
        case _, Digit(digit):
            return Move(replace(place, digits=(place.digits + digit)[:TYPED_AHEAD_MAX]))
        case _:
            return Move(place)


# -- what the caller does ----------------------------------------------------------------------------


def _said(node: Callback, place: Place, asking: Asking, now: Moment) -> Move:
    if asking.question == "none":
        return Move(place, to=node.refused)
    return Move(listening(place, ANSWER_MAX_S, now))


def _silent(node: Callback, place: Place, asking: Asking, now: Moment) -> Move:
    match asking.question:
        case "reference":
            return Move(place, to=node.booked)
        case "number" if place.digits:
            return _check(node, place, replace(asking, typed=place.digits), now)
        case "number":
            return _missed(node, place, asking, "collect.silent", now)
        case _:
            return _missed(node, place, asking, "menu.silent", now)


def _pressed(node: Callback, place: Place, asking: Asking, digit: str, now: Moment) -> Move:
    """A key that answers a question, whether or not it was heard to its end."""
    match asking.question, digit:
        case _, "#":
            return stopping(place, _put(node, place, now))
        case (("reference" | "none"), _) if place.phase == "saying":
            return Move(place)  # told to its end: a hand on the keypad must not cut it short
        case "reference", _:
            return Move(place, to=node.booked)
        case _, "*":
            return Move(place, cut(place), to=node.refused)
        case (("shown" | "typed"), "1"):
            return stopping(place, _time(node, place, asking, now))
        case "shown", "2":
            return stopping(place, _number(node, place, asking, now))
        case "typed", "2":  # a try too, so that nobody goes round for ever
            return stopping(place, _missed(node, place, Asking("number"), None, now))
        case "where", _ if (nth := _chosen(digit, len(asking.among))) is not None:
            return stopping(place, _check(node, place, replace(asking, territory=asking.among[nth]), now))
        case "time", _ if (nth := _chosen(digit, len(_choices(asking.terms)))) is not None:
            booking = replace(asking, question="booking", window=_choices(asking.terms)[nth])
            return stopping(place, _ask(node, place, booking, now))
        case _:
            return stopping(place, _missed(node, place, asking, "menu.invalid", now))


def _typed(node: Callback, place: Place, asking: Asking, digit: str, now: Moment) -> Move:
    """One digit of the number, or the key that ends it."""
    if digit == "#":
        return _check(node, place, replace(asking, typed=place.digits), now)
    if not digit.isdigit():
        return _missed(node, place, asking, "collect.invalid", now)
    digits = place.digits + digit
    # Ten figures from 01 to 09 are a whole number in France; elsewhere they are fewer, and from abroad more.
    if len(digits) == NUMBER_MAX or (len(digits) == 10 and digits[0] == "0" and digits[1] != "0"):
        return _check(node, place, replace(asking, typed=digits), now)
    return Move(listening(replace(place, digits=digits), DIGIT_GAP_MAX_S, now))


# -- from question to question -----------------------------------------------------------------------


def _number(node: Callback, place: Place, asking: Asking, now: Moment) -> Move:
    """Ask for a number to be typed. Digits typed ahead are its first ones; what comes after it means nothing yet."""
    ahead = place.digits
    move = _ask(node, replace(place, tries=0), replace(asking, question="number"), now)
    if not ahead:
        return move
    place = replace(move.place, phase="listening")
    for digit in ahead.lstrip("#"):
        move = _typed(node, place, replace(asking, question="number"), digit, now)
        place = move.place
        if move.actions:
            break
    return move


def _check(node: Callback, place: Place, asking: Asking, now: Moment) -> Move:
    return _ask(node, place, replace(asking, question="check"), now)


def _time(node: Callback, place: Place, asking: Asking, now: Moment) -> Move:
    asking = replace(asking, question="time" if _choices(asking.terms) else "none")
    return _ask(node, replace(place, tries=0), asking, now)


def _missed(node: Callback, place: Place, asking: Asking, why: str | None, now: Moment) -> Move:
    """A wrong or missing answer: asked again with the reason, or given up."""
    tried = replace(place, tries=place.tries + 1, digits="", asking=asking)
    if tried.tries >= TRIES_MAX:
        return Move(tried, to=node.refused)
    return _put(node, tried, now, why)


def _ask(node: Callback, place: Place, asking: Asking, now: Moment) -> Move:
    """A new question. Digits typed before it was heard are not its answer."""
    digits = place.digits if asking.question == "terms" else ""
    return _put(node, replace(place, asking=asking, digits=digits), now)


def _put(node: Callback, place: Place, now: Moment, why: str | None = None) -> Move:
    """Say the question that the place is at, or ask the desk."""
    asking = place.asking
    assert asking is not None
    if asking.question not in TALKS:
        return Move(listening(place, DESK_MAX_S, now, "elsewhere"), (_to_desk(node, asking),))
    lead = () if why is None else (why,)
    # Also when it is said again: whoever asks for that at once may be quicker than the commit.
    return say(place, (*lead, *sentences(asking, now)), now, stored=asking.question == "reference")


def _to_desk(node: Callback, asking: Asking) -> Action:
    match asking.question:
        case "check":
            return CheckNumber(node.queue, asking.typed, asking.territory)
        case "booking":
            number = asking.terms.number
            assert number is not None
            return BookCallback(node.queue, node.asks, number, asking.terms.territory, asking.window)
        case _:
            return OfferCallback(node.queue)


# -- what is said ------------------------------------------------------------------------------------


def sentences(asking: Asking, now: Moment) -> tuple[str, ...]:
    """The prompts of the question that somebody is at, in the order in which they are said."""
    terms = asking.terms
    match asking.question:
        case "shown":
            return ("callback.shown", *pair_prompts(terms.figures), "callback.shown_confirm")
        case "number":
            return ("callback.number",)
        case "where":
            named = enumerate(asking.among[:KEYS_MAX], start=1)
            offered = [prompt for key, name in named for prompt in (f"callback.territory.{name}", key_prompt(str(key)))]
            return ("callback.where", *offered, "callback.give_up")
        case "typed":
            return ("callback.typed", *pair_prompts(asking.typed), "collect.confirm")
        case "time":
            return (*_about_hours(terms), *_offered(terms, now), "callback.give_up")
        case "reference":
            read = pair_prompts(asking.reference)
            twice = ("callback.reference", *read, "callback.again", *read)
            return (*_promised(asking, now), *twice, "callback.repeat")
        case _:
            return ("callback.none",)


def _about_hours(terms: CallbackTerms) -> tuple[str, ...]:
    """What has to be known before the hours are heard: that there are few, and on whose clock they are."""
    early_or_late = () if terms.asap else ("callback.no_common_hour",)
    return (*early_or_late, "callback.local_time") if terms.slots and _is_away(terms) else early_or_late


def _offered(terms: CallbackTerms, now: Moment) -> tuple[str, ...]:
    said: list[str] = []
    for key, window in enumerate(_choices(terms), start=1):
        named = "callback.asap" if window is None else _named(window, terms, now)
        if named is not None:  # a call that was taken up again days later: that slot is over
            said += [named, key_prompt(str(key))]
    return tuple(said)


def _promised(asking: Asking, now: Moment) -> tuple[str, ...]:
    """That it is registered, and for when, unless that was earlier in the call."""
    if asking.terms.number is None:
        return ("callback.registered",)
    if asking.window is None:
        return ("callback.registered", "callback.soon")
    named = _named(asking.window, asking.terms, now)
    local = ("callback.local_time",) if _is_away(asking.terms) else ()
    return ("callback.registered",) if named is None else (named, "callback.registered", *local)


def _choices(terms: CallbackTerms) -> tuple[Window | None, ...]:
    """The ways to be called back, by their key from 1. None: as soon as possible."""
    return (*((None,) if terms.asap else ()), *terms.slots[:SLOTS_MAX])


def _chosen(digit: str, count: int) -> int | None:
    """Which of so many was chosen, from 0."""
    return int(digit) - 1 if digit.isdigit() and 1 <= int(digit) <= min(count, KEYS_MAX) else None


def _named(window: Window, terms: CallbackTerms, now: Moment) -> str | None:
    return window_prompt(window, now.at, ZoneInfo(terms.zone))


def _is_away(terms: CallbackTerms) -> bool:
    return terms.zone != PARIS.key
