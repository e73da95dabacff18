"""The moves of a callback: what is done when it comes due, is offered, dialled, answered, in vain, settled, closed.

Decides how each move is carried out, the same from whatever state it is made; which event makes which move is
`callback`. Must not know Asterisk, the clock or the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from dialer.core import commands as cmd
from dialer.core.callbacks.compliance import Allowed, Mode, Refused
from dialer.core.callbacks.events import ForPerson, HandedOver, Opposed, PromiseMissed, Scene, Signal
from dialer.core.callbacks.ladder import Again, AskPerson, AttemptCause, Exhausted, Try, climb, days_over
from dialer.core.callbacks.outcomes import CAUSES, MEANINGS, OUTCOMES, CallbackOutcome, Group, Report
from dialer.core.callbacks.rules import GREETING_MAX_S
from dialer.core.callbacks.states import (
    Accepted,
    Attempt,
    Callback,
    CallbackState,
    Closed,
    Dialling,
    Due,
    HangingUp,
    Joined,
    Offered,
    Ready,
    Requested,
    Resting,
    Talking,
    Telling,
    Unsettled,
    UnsettledWhy,
    tries,
    visit,
)
from dialer.core.callbacks.talking import Talk, WithGuest, colleague
from dialer.core.calls.states import GuestOver, OfferAnswered, OfferMade, OfferMissed, OfferWithdrawn, TalkEnded
from dialer.core.numbers import Parsed
from dialer.core.reasons import Reason
from dialer.core.words import (
    AdviserId,
    BridgeId,
    By,
    Cause,
    Instant,
    LegId,
    OfferId,
    PlaybackId,
    Record,
    record,
)
from schedules.windows import Window

Refusal = Literal[
    "stale_offer", "already_accepted", "closed", "in_progress", "talking", "no_attempt", "by_rule_only",
    "not_talking", "callback_stays", "guest_there", "no_guest", "guest_rings",
]  # fmt: skip
"""Why something that a person asked for was not done; nothing changed then."""

OF_OTHERS = frozenset({Reason.CASE_LIVE, Reason.NUMBER_LIVE, Reason.AT_ONCE})
"""Refusals that no instant lifts but the end of other calls does."""


@dataclass(slots=True)
class CallbackStep:
    """The callback after the event, and what follows from it. ``refused``: a person's wish that was not done."""

    callback: Callback
    commands: list[cmd.Command] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    refused: Refusal | None = None


def enter(step: CallbackStep, state: CallbackState, at: Instant) -> None:
    """Be in this state. The journal tells of another kind of state."""
    before = step.callback.state
    if isinstance(before, Talking) and not isinstance(state, Talking):
        if before.rejoin is not None and before.rejoin.leg is not None:  # nobody is rung for it any more
            step.commands.append(cmd.HangUp(before.rejoin.leg))
        if not isinstance(state, WithGuest):
            free_guest(step, before)
    step.callback = replace(step.callback, state=state)
    if state.kind != before.kind:
        tell(step, at, "callback_state", state=state.kind)


def free_guest(step: CallbackStep, talk: Talk) -> None:
    """Whoever was asked into it goes: a colleague has nothing to write down of it."""
    if talk.guest is not None:
        step.commands.append(cmd.HangUp(talk.guest.leg))
    if (who := colleague(talk)) is not None:
        step.signals.append(GuestOver(who, visit(step.callback)))


def tell(
    step: CallbackStep,
    at: Instant,
    event: str,
    adviser: AdviserId | None = None,
    **data: str | int | float | None,
) -> None:
    step.records.append(record(at, event, visit(step.callback), adviser, **data))


# -- into the queue ---------------------------------------------------------------------------------


def come_due(step: CallbackStep, scene: Scene, at: Instant) -> None:
    if passes(step, scene, at):
        enter(step, Due(at), at)


def passes(step: CallbackStep, scene: Scene, at: Instant) -> bool:
    """May it be dialled now? If not it rests, or a person is asked: that counts as no attempt."""
    if days_over(scene.callback_rules.ladder, tries(step.callback), at):
        ask_person(step, "days", at)
        return False
    answer = scene.gate(step.callback, at)
    if isinstance(answer, Allowed):
        step.callback = replace(step.callback, gate_at=at, gate=None)
        return True
    step.callback = replace(step.callback, gate_at=at, gate=answer)
    _refused_by_gate(step, answer, scene, at)
    return False


def _refused_by_gate(step: CallbackStep, answer: Refused, scene: Scene, at: Instant) -> None:
    until = answer.until
    if until is None and answer.reason in OF_OTHERS:
        until = at + timedelta(seconds=scene.callback_rules.blocked_s)
    tell(step, at, "callback_refused", reason=answer.reason, until=until.isoformat() if until is not None else None)
    window = step.callback.window
    if window is not None and (until is None or until >= window.end_at):
        miss_promise(step, window, at)
    if until is None:
        ask_person(step, "gate", at, detail=answer.reason)
    else:
        enter(step, Resting(until, answer.reason, "gate"), at)


def miss_promise(step: CallbackStep, window: Window, at: Instant) -> None:
    """The stated rule: shown to the supervisor, and as soon as possible from its place, before all who came later."""
    step.callback = replace(step.callback, window=None)
    step.signals.append(PromiseMissed(step.callback.id, window))
    tell(step, at, "callback_promise_missed")


def request_anew(step: CallbackStep, window: Window | None, phone: Parsed | None, at: Instant) -> None:
    """A person said when, and perhaps where: a place of its own, and the ladder from its first rung."""
    callback = step.callback
    place = at if window is None else window.start_at
    moved = phone is not None and phone.number != callback.phone.number
    step.callback = replace(
        callback,
        window=window,
        place=place,
        fresh_after=len(callback.attempts),
        phone=phone or callback.phone,
        message_left=callback.message_left and not moved,
    )
    tell(step, at, "callback_rescheduled", place=place.isoformat(), dated=int(window is not None))
    enter(step, Requested(max(at, place)), at)


# -- the offer --------------------------------------------------------------------------------------


def offer(step: CallbackStep, event: OfferMade, scene: Scene) -> None:
    """The card for one adviser. Its leg has a name already, so that the adviser's machine holds it as any offer."""
    if not passes(step, scene, event.at):
        return
    number = step.callback.legs + 1
    name = OfferId(f"{step.callback.id}-o{number}")
    until = event.at + timedelta(seconds=scene.callback_rules.card_max_s)
    step.callback = replace(step.callback, legs=number)
    enter(step, Offered(name, event.adviser, LegId(f"{step.callback.id}-a{number}"), until), event.at)
    why = event.why
    waited_s = round(why.waited_s, 3)
    tell(step, event.at, "callback_offered", event.adviser, offer=name, level=why.level, waited_s=waited_s)


def ring(step: CallbackStep, state: Offered, at: Instant, dial_at_once: bool, scene: Scene) -> None:
    ring_max_s = scene.queue(step.callback.queue).ring_max_s
    shown = scene.shown_name(step.callback)
    step.commands.append(cmd.RingAdviser(state.leg, state.adviser, visit(step.callback), shown, None, ring_max_s))
    rings(step, state, at, dial_at_once, scene)


def rings(step: CallbackStep, state: Offered, at: Instant, dial_at_once: bool, scene: Scene) -> None:
    """The phone rings, by our asking now or, after a crash before the commit, by our asking before it."""
    at_once = dial_at_once or scene.callback_rules.mode is Mode.PROGRESSIVE
    until = at + timedelta(seconds=scene.queue(step.callback.queue).ring_max_s)
    enter(step, Accepted(state.offer, state.adviser, state.leg, until, at_once), at)


def adviser_up(step: CallbackStep, state: Accepted, scene: Scene, at: Instant) -> None:
    step.signals.append(OfferAnswered(state.adviser, visit(step.callback)))
    if state.dial_at_once:
        dial(step, state, scene, at)
        return
    rules = scene.callback_rules
    dials = rules.mode is Mode.TIMED_PREVIEW
    until = at + timedelta(seconds=rules.preview_s if dials else rules.ready_max_s)
    enter(step, Ready(state.offer, state.adviser, state.leg, until, dials), at)


def missed(step: CallbackStep, state: Offered | Accepted | Ready, cause: Cause, scene: Scene, at: Instant) -> None:
    """Refused, expired, or the adviser's leg failed: back at the very same place."""
    misses_max = scene.queue(step.callback.queue).misses_max
    step.signals.append(OfferMissed(state.adviser, visit(step.callback), cause, misses_max))
    tell(step, at, "callback_offer_missed", state.adviser, cause=cause)
    enter(step, Due(at), at)


def withdraw(step: CallbackStep, state: Offered | Accepted | Ready, at: Instant) -> None:
    """Take the card back, by nobody's fault. The state is the caller's to set."""
    if not isinstance(state, Offered):
        step.commands.append(cmd.HangUp(state.leg))
    step.signals.append(OfferWithdrawn(state.adviser, visit(step.callback)))
    tell(step, at, "callback_offer_withdrawn", state.adviser)


# -- the attempt ------------------------------------------------------------------------------------


def dial(step: CallbackStep, state: Accepted | Ready, scene: Scene, at: Instant) -> None:
    """The intent: number and leg are in the state that is committed before DialOutside is performed."""
    if not passes(step, scene, at):
        withdraw(step, state, at)
        return
    callback, rules = step.callback, scene.callback_rules
    number = len(callback.attempts) + 1
    leg = LegId(f"{callback.id}-x{number}")
    attempt = Attempt(number, leg, at, state.adviser)
    step.callback = replace(callback, attempts=(*callback.attempts, attempt))
    until = at + timedelta(seconds=rules.ring_max_s + rules.margin_s)
    enter(step, Dialling(state.adviser, state.leg, leg, number, until), at)
    caller_id = scene.caller_id(callback)
    step.commands.append(cmd.DialOutside(leg, visit(callback), callback.phone.number, caller_id, rules.ring_max_s))
    tell(step, at, "callback_dialled", state.adviser, attempt=number)


def bridge(step: CallbackStep, state: Dialling, at: Instant) -> None:
    name = BridgeId(f"{state.leg}-b")
    step.commands += [cmd.MakeBridge(name), cmd.Join(name, (state.leg, state.adviser_leg))]
    enter(step, Talking(state.adviser, state.adviser_leg, state.leg, state.number, name, at), at)
    tell(step, at, "callback_answered", state.adviser, attempt=state.number)


def listen(step: CallbackStep, leg: LegId, scene: Scene) -> None:
    """Whether it is a machine is heard beside the talk, so that nobody who answers hears silence meanwhile."""
    if scene.callback_rules.detect_machines:
        step.commands.append(cmd.ListenForMachine(leg, LegId(f"{leg}-m")))


def release(step: CallbackStep, state: Dialling | Talking) -> None:
    """Free the adviser at once: nothing is asked of them, and it was not their fault."""
    step.commands.append(cmd.HangUp(state.adviser_leg))
    step.signals.append(OfferWithdrawn(state.adviser, visit(step.callback)))


def lose_adviser(step: CallbackStep, state: Dialling | Talking, cause: Cause, scene: Scene) -> None:
    """The adviser's leg is gone, or of no use, before there was a talk."""
    misses_max = scene.queue(step.callback.queue).misses_max
    step.signals.append(OfferMissed(state.adviser, visit(step.callback), cause, misses_max))


def hang_up(
    step: CallbackStep,
    state: Dialling | Talking | Telling | HangingUp | Attempt,
    cause: AttemptCause,
    scene: Scene,
    at: Instant,
    outcome: CallbackOutcome | None = None,
) -> None:
    """End the person's leg, and wait for its end."""
    told = isinstance(state, Telling | Talking) or (isinstance(state, HangingUp) and state.told)
    step.commands.append(cmd.HangUp(state.leg))
    until = at + timedelta(seconds=scene.callback_rules.margin_s)
    enter(step, HangingUp(state.leg, state.number, cause, outcome, told, until), at)


def say(step: CallbackStep, leg: LegId, number: int, cause: AttemptCause, scene: Scene, at: Instant) -> None:
    """One prompt for whoever is on that leg: the neutral message for a machine, the apology for a person."""
    rules, playback = scene.callback_rules, PlaybackId(f"{leg}-p")
    if cause is AttemptCause.MACHINE:  # at most once, so that one was left is stored before it is said
        step.commands.append(cmd.PlayStored(leg, playback, rules.message))
    else:
        step.commands.append(cmd.PlayPrompt(leg, playback, rules.apology))
    until = at + timedelta(seconds=rules.telling_max_s)
    enter(step, Telling(leg, number, cause, playback, until), at)


def machine(step: CallbackStep, state: Dialling | Talking, scene: Scene, at: Instant, ear: LegId | None = None) -> None:
    """A machine: the adviser is free at once; the message is left if there is one and none was left before.

    ear: what has heard it, where nobody pressed the key. Then its greeting has only begun, and is heard out first.
    """
    if isinstance(state, Talking):
        step.commands.append(cmd.CloseBridge(state.bridge))
    release(step, state)
    by = By.PERSON if ear is None else By.SYSTEM
    tell(step, at, "callback_machine", state.adviser, attempt=state.number, by=by)
    if not scene.callback_rules.message or step.callback.message_left:
        hang_up(step, state, AttemptCause.MACHINE, scene, at, CallbackOutcome.REPONDEUR)
    elif ear is None:
        leave_message(step, state.leg, state.number, scene, at)
    else:
        hear_out(step, state, ear, scene, at)


def leave_message(step: CallbackStep, leg: LegId, number: int, scene: Scene, at: Instant) -> None:
    step.callback = replace(step.callback, message_left=True)
    say(step, leg, number, AttemptCause.MACHINE, scene, at)


def hear_out(step: CallbackStep, state: Dialling | Talking, ear: LegId, scene: Scene, at: Instant) -> None:
    """What is said during the greeting is not recorded. Meanwhile music: a person, were it one, hears no silence."""
    music = scene.queue(step.callback.queue).music
    step.commands += [cmd.StartMusic(state.leg, music), cmd.HearGreetingOut(ear)]
    until = at + timedelta(seconds=GREETING_MAX_S)
    enter(step, Telling(state.leg, state.number, AttemptCause.MACHINE, PlaybackId(f"{state.leg}-p"), until), at)


def end_attempt(
    step: CallbackStep, number: int, cause: AttemptCause, at: Instant, outcome: CallbackOutcome | None = None
) -> None:
    """Keep what came of the attempt. Said again when a person knows better than the network."""
    attempts, index = step.callback.attempts, number - 1
    ended_at = attempts[index].ended_at or at
    known = replace(attempts[index], cause=cause, ended_at=ended_at, outcome=outcome)
    step.callback = replace(step.callback, attempts=(*attempts[:index], known, *attempts[index + 1 :]))
    tell(step, at, "callback_attempt_ended", known.adviser, attempt=number, cause=cause, outcome=outcome)


def finish(
    step: CallbackStep,
    number: int,
    cause: AttemptCause,
    scene: Scene,
    at: Instant,
    outcome: CallbackOutcome | None = None,
) -> None:
    """The attempt is over without a talk: what follows."""
    end_attempt(step, number, cause, at, outcome or OUTCOMES.get(cause))
    match cause:
        case AttemptCause.UNPLACED:
            enter(step, Due(at), at)
        case AttemptCause.UNKNOWN:
            ask_person(step, "unknown", at, attempt=number)
        case _:
            follow_ladder(step, scene, at)


def follow_ladder(step: CallbackStep, scene: Scene, at: Instant) -> None:
    callback = step.callback
    made = tries(callback)
    match climb(scene.callback_rules.ladder, made, at, ZoneInfo(callback.phone.zone)):
        case Again(until=until, counted=counted):
            if counted:  # the promised window was kept, and the next turn is a new one
                step.callback = replace(callback, place=until, window=None)
            enter(step, Resting(until, made[-1].cause, "ladder"), at)
        case Exhausted():
            close(step, Report(CallbackOutcome.INJOIGNABLE), By.SYSTEM, at)
        case AskPerson(why=why):
            ask_person(step, why, at)


def cross(step: CallbackStep, number: int, scene: Scene, at: Instant) -> Due | Unsettled:
    """They call us while we call them: where the callback returns to if their call is not answered."""
    end_attempt(step, number, AttemptCause.CROSSED, at)
    after = climb(scene.callback_rules.ladder, tries(step.callback), at, ZoneInfo(step.callback.phone.zone))
    return Unsettled(after.why, at) if isinstance(after, AskPerson) else Due(at)


# -- what came of it --------------------------------------------------------------------------------


def ask_person(
    step: CallbackStep, why: UnsettledWhy, at: Instant, attempt: int | None = None, detail: str | None = None
) -> None:
    enter(step, Unsettled(why, at, attempt, detail=detail), at)
    step.signals.append(ForPerson(step.callback.id, why))
    tell(step, at, "callback_for_person", why=why, detail=detail)


def talk_over(step: CallbackStep, state: Talk | Joined, scene: Scene, at: Instant) -> None:
    """What came of it is the adviser's to say: they have said it already, or are asked now."""
    number = None
    step.callback = replace(step.callback, window=None)
    if not isinstance(state, Joined):
        number = state.number
        step.commands.append(cmd.CloseBridge(state.bridge))
        if isinstance(state, Talking):  # else they left it before, and were told then
            step.signals.append(TalkEnded(state.adviser, visit(step.callback), scene.queue(step.callback.queue)))
        end_attempt(step, number, AttemptCause.TALKED, at)
    until = at + timedelta(seconds=scene.callback_rules.settle_max_s)
    enter(step, Unsettled("talked", at, number, state.adviser, deadline=until), at)
    if state.report is not None:
        settle(step, state.report, By.PERSON, scene, at)


def settle(step: CallbackStep, report: Report, by: By, scene: Scene, at: Instant) -> None:
    """Do what the outcome means. What it says of the attempt is kept with the attempt."""
    state, outcome = step.callback.state, report.outcome
    number = state.attempt if isinstance(state, Unsettled) else None
    meaning = MEANINGS[outcome]
    if number is not None:
        before = step.callback.attempts[number - 1].cause or AttemptCause.UNKNOWN
        reached = AttemptCause.TALKED if meaning.group is Group.REACHED else before
        end_attempt(step, number, CAUSES.get(outcome, reached), at, outcome)
    if report.anew:
        request_anew(step, report.window, report.phone, at)
    elif meaning.closes:
        close(step, report, by, at)
    elif number is not None:
        follow_ladder(step, scene, at)
    else:  # somebody else than the person called in
        one = (Try(at, AttemptCause.THIRD_PARTY),)
        after = climb(scene.callback_rules.ladder, one, at, ZoneInfo(step.callback.phone.zone))
        until = after.until if isinstance(after, Again) else at
        enter(step, Resting(until, AttemptCause.THIRD_PARTY, "ladder"), at)


def close(step: CallbackStep, report: Report, by: By, at: Instant) -> None:
    """The end, with the one outcome. Nobody who could not be reached or is in danger is left to a list."""
    enter(step, Closed(at, by, report), at)
    tell(step, at, "callback_closed", outcome=report.outcome, by=by)
    if report.outcome in (CallbackOutcome.INJOIGNABLE, CallbackOutcome.ALERTE_DANGER):
        step.signals.append(HandedOver(step.callback.id, report.outcome))
    if report.outcome is CallbackOutcome.OPPOSITION:
        step.signals.append(Opposed(step.callback.id))
