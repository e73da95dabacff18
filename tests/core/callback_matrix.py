"""Every state × every event of the callback: what must come of it, as a table that is also the document.

`python -m tests.core.callback_matrix > docs/callbacks.md` writes the document; `test_callback_matrix.py` walks every
pair.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dialer.core import events as ev
from dialer.core.callbacks import callback as machine
from dialer.core.callbacks.events import CallAnswered, CallbackEvent, CalledIn, CallOver, Fate, Recovered
from dialer.core.callbacks.ladder import AttemptCause
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.states import (
    Accepted,
    Attached,
    Attempt,
    Callback,
    CallbackId,
    CallbackState,
    CaseId,
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
    WithGuest,
)
from dialer.core.callbacks.told import (
    CallbackCancelled,
    CardAccepted,
    CardRefused,
    DialAsked,
    MachineHeard,
    OutcomeGiven,
    Rescheduled,
)
from dialer.core.calls.party import Colleague, Dialled, Guest, GuestFound, Outsider, QueueChosen
from dialer.core.calls.states import AdviserBack, OfferMade
from dialer.core.calls.told import GuestDismissed, GuestJoinAsked, HandOverAsked, HangUpAsked, HoldAsked
from dialer.core.reasons import Reason
from dialer.core.words import (
    E164,
    AdviserId,
    BridgeId,
    By,
    CallId,
    Cause,
    ImpossibleEvent,
    LegId,
    LineId,
    OfferId,
    PlaybackId,
)
from tests.core.callback_world import (
    PHONE,
    WHY,
    FakeScene,
    allowed,
    refused_for_good,
    refused_until,
    window,
)
from tests.core.matrix import markdown
from tests.core.world import MAIN, T0, after

NOW = after(60)
"""When the event happens. Every state of the table is due at exactly this instant, except where the event is early."""
OFFER, ADVISER, THEIRS, MINE = OfferId("r-o1"), AdviserId("a"), LegId("r-x1"), LegId("r-a1")
VISIT = CallId("r")
BRIDGE, PLAYBACK, CALL, EAR = BridgeId("r-x1-b"), PlaybackId("r-x1-p"), CallId("c"), LegId("r-x1-m")

GUEST, HELPER = LegId("r-a2"), AdviserId("b")
RINGS = Guest(GUEST, Colleague(HELPER), "aside", "ringing", T0, NOW, OfferId("r-o2"))
ASIDE, JOINED = replace(RINGS, state="aside", deadline=None), replace(RINGS, state="joined", deadline=None)
CIO = Dialled(Outsider("number", "cio", "cio"), E164("+33199000042"))

STATES: dict[str, CallbackState] = {
    "requested": Requested(NOW),
    "due": Due(T0),
    "due, dated": Due(T0),
    "offered": Offered(OFFER, ADVISER, MINE, NOW),
    "accepted": Accepted(OFFER, ADVISER, MINE, NOW, False),
    "accepted, at once": Accepted(OFFER, ADVISER, MINE, NOW, True),
    "ready": Ready(OFFER, ADVISER, MINE, NOW, False),
    "ready, timed": Ready(OFFER, ADVISER, MINE, NOW, True),
    "dialling": Dialling(ADVISER, MINE, THEIRS, 1, NOW),
    "hanging_up": HangingUp(THEIRS, 1, AttemptCause.NO_ANSWER, None, False, NOW),
    "hanging_up, told": HangingUp(THEIRS, 1, AttemptCause.MACHINE, None, True, NOW),
    "telling": Telling(THEIRS, 1, AttemptCause.ADVISER_LOST, PLAYBACK, NOW),
    "telling, greeting": Telling(THEIRS, 1, AttemptCause.MACHINE, PLAYBACK, NOW),
    "talking": Talking(ADVISER, MINE, THEIRS, 1, BRIDGE, T0),
    "talking, brief": Talking(ADVISER, MINE, THEIRS, 1, BRIDGE, NOW - timedelta(seconds=1)),
    "talking, held": Talking(ADVISER, MINE, THEIRS, 1, BRIDGE, T0, held=True),
    "talking, guest rings": Talking(ADVISER, MINE, THEIRS, 1, BRIDGE, T0, held=True, guest=RINGS),
    "talking, aside": Talking(ADVISER, MINE, THEIRS, 1, BRIDGE, T0, held=True, guest=ASIDE),
    "talking, all three": Talking(ADVISER, MINE, THEIRS, 1, BRIDGE, NOW - timedelta(seconds=1), guest=JOINED),
    "with_guest, rings": WithGuest(ADVISER, THEIRS, 1, BRIDGE, T0, RINGS),
    "with_guest": WithGuest(ADVISER, THEIRS, 1, BRIDGE, T0, JOINED),
    "attached": Attached(CALL, Due(T0)),
    "joined": Joined(CALL, ADVISER),
    "resting": Resting(NOW, "busy", "ladder"),
    "unsettled, talked": Unsettled("talked", T0, 1, ADVISER, deadline=NOW),
    "unsettled, unknown": Unsettled("unknown", T0, 1),
    "unsettled, number": Unsettled("number", T0),
    "closed": Closed(T0, By.PERSON, Report(CallbackOutcome.INFO_DONNEE)),
}
_CAUSES: dict[str, AttemptCause] = {
    "resting": AttemptCause.BUSY,
    "unsettled, talked": AttemptCause.TALKED,
    "unsettled, unknown": AttemptCause.UNKNOWN,
    "unsettled, number": AttemptCause.WRONG_NUMBER,
    "closed": AttemptCause.TALKED,
}


def callback_in(name: str) -> Callback:
    state = STATES[name]
    under_way = isinstance(state, Dialling | HangingUp | Telling | Talking | WithGuest)
    attempts: tuple[Attempt, ...] = ()
    if under_way or name in _CAUSES:
        attempts = (Attempt(1, THEIRS, T0, ADVISER, _CAUSES.get(name)),)
    return Callback(
        id=CallbackId("r"),
        case=CaseId("k"),
        line=LineId("dropout"),
        queue=MAIN,
        phone=PHONE,
        requested_at=T0,
        place=T0,
        window=window(0, 60) if name == "due, dated" else None,
        state=state,
        attempts=attempts,
        legs=2,
    )


def _report(outcome: CallbackOutcome) -> Report:
    match outcome:
        case CallbackOutcome.A_RAPPELER:
            return Report(outcome, window=window(3600, 7200))
        case CallbackOutcome.RDV_FIXE:
            return Report(outcome, date=after(86400))
    return Report(outcome)


def _given(outcome: CallbackOutcome) -> CallbackEvent:
    return OutcomeGiven(NOW, _report(outcome))


EVENTS: dict[str, CallbackEvent] = {
    "the deadline": ev.DeadlineReached(NOW),
    "an early deadline": ev.DeadlineReached(NOW - timedelta(seconds=1)),
    "the deadline, gate shut": ev.DeadlineReached(NOW),
    "an offer is made": OfferMade(NOW, ADVISER, WHY),
    "an offer is made, gate shut": OfferMade(NOW, ADVISER, WHY),
    "accept": CardAccepted(NOW, OFFER),
    "refuse": CardRefused(NOW, OFFER),
    "dial": DialAsked(NOW, OFFER),
    "dial, gate shut": DialAsked(NOW, OFFER),
    "dial, gate shut for good": DialAsked(NOW, OFFER),
    "accept an older card": CardAccepted(NOW, OfferId("r-o0")),
    "the adviser's phone is up": ev.LegAnswered(NOW, MINE),
    "the adviser's phone leaves": ev.LegLeft(NOW, MINE, Cause.NORMAL),
    "the adviser's phone fails": ev.LegLeft(NOW, MINE, Cause.UNREACHABLE),
    "the person answers": ev.LegAnswered(NOW, THEIRS),
    "busy": ev.LegLeft(NOW, THEIRS, Cause.BUSY),
    "no answer": ev.LegLeft(NOW, THEIRS, Cause.NO_ANSWER),
    "the trunk fails": ev.LegLeft(NOW, THEIRS, Cause.FAILED),
    "their end was not seen": ev.LegLeft(NOW, THEIRS, Cause.UNKNOWN),
    "the person hangs up": ev.LegLeft(NOW, THEIRS, Cause.NORMAL),
    "a machine": MachineHeard(NOW, THEIRS),
    "a machine is detected": ev.MachineDetected(NOW, THEIRS, EAR),
    "its greeting is over": ev.GreetingOver(NOW, THEIRS),
    "the prompt ends": ev.PromptFinished(NOW, THEIRS, PLAYBACK),
    "an older prompt ends": ev.PromptFinished(NOW, THEIRS, PlaybackId("r-x0-p")),
    "the bridge is refused": ev.JoinRefused(NOW, BRIDGE),
    "hold": HoldAsked(NOW, VISIT, ADVISER, True),
    "take back": HoldAsked(NOW, VISIT, ADVISER, False),
    "a colleague holds": HoldAsked(NOW, VISIT, HELPER, True),
    "ask somebody, aside": GuestFound(NOW, ADVISER, CIO, "aside"),
    "ask somebody, all three": GuestFound(NOW, ADVISER, Colleague(AdviserId("c")), "join"),
    "the danger key": GuestFound(NOW, ADVISER, CIO, "join", "119"),
    "join the guest": GuestJoinAsked(NOW, VISIT, ADVISER),
    "dismiss the guest": GuestDismissed(NOW, VISIT, ADVISER),
    "hand over": HandOverAsked(NOW, VISIT, ADVISER),
    "send on": GuestFound(NOW, ADVISER, CIO, "blind"),
    "send on to a queue": QueueChosen(NOW, ADVISER, MAIN),
    "hang up": HangUpAsked(NOW, VISIT, ADVISER),
    "the guest hangs up": HangUpAsked(NOW, VISIT, HELPER),
    "the guest's phone is up": ev.LegAnswered(NOW, GUEST),
    "the guest's phone leaves": ev.LegLeft(NOW, GUEST, Cause.NORMAL),
    "the guest's phone fails": ev.LegLeft(NOW, GUEST, Cause.FAILED),
    "the guest is not bridged": ev.JoinRefused(NOW, BRIDGE, (GUEST,)),
    "the guest's page is loaded anew": AdviserBack(NOW, frozenset({GUEST})),
    "outcome RDV_FIXE": _given(CallbackOutcome.RDV_FIXE),
    "outcome A_RAPPELER": _given(CallbackOutcome.A_RAPPELER),
    "outcome TIERS_JOINT": _given(CallbackOutcome.TIERS_JOINT),
    "outcome SANS_REPONSE": _given(CallbackOutcome.SANS_REPONSE),
    "outcome MAUVAIS_NUMERO": _given(CallbackOutcome.MAUVAIS_NUMERO),
    "outcome INJOIGNABLE": _given(CallbackOutcome.INJOIGNABLE),
    "outcome OPPOSITION": _given(CallbackOutcome.OPPOSITION),
    "another time": Rescheduled(NOW, window(3600, 7200)),
    "cancelled": CallbackCancelled(NOW),
    "they call in": CalledIn(NOW, CALL),
    "their call is answered": CallAnswered(NOW, CALL, ADVISER),
    "their call is over": CallOver(NOW, CALL),
    "another call is over": CallOver(NOW, CallId("z")),
    "recovered, both up": Recovered(NOW, Fate.UP, Fate.UP),
    "recovered, bridged": Recovered(NOW, Fate.UP, Fate.UP, bridged=True),
    "recovered, ringing": Recovered(NOW, Fate.RINGING, Fate.UP),
    "recovered, adviser rings": Recovered(NOW, Fate.UNPLACED, Fate.RINGING),
    "recovered, up, adviser gone": Recovered(NOW, Fate.UP, Fate.UNKNOWN),
    "recovered, ringing, adviser gone": Recovered(NOW, Fate.RINGING, Fate.UNKNOWN),
    "recovered, unplaced": Recovered(NOW, Fate.UNPLACED, Fate.UP),
    "recovered, nothing there": Recovered(NOW, Fate.UNKNOWN, Fate.UNKNOWN),
    "recovered, all up": Recovered(NOW, Fate.UP, Fate.UP, guest=Fate.UP),
    "recovered, the guest is up, adviser gone": Recovered(NOW, Fate.UP, Fate.UNKNOWN, guest=Fate.UP),
}


def cell(state: str, event: str) -> str:
    """What comes of it: the state; `acts` in the same state; `·` nothing; `✗` impossible; `no: …` refused."""
    callback = callback_in(state)
    gate = allowed
    if event.endswith("gate shut"):
        gate = refused_until(3600)
    elif event.endswith("for good"):
        gate = refused_for_good(Reason.OPPOSED)
    try:
        step = machine.transition(callback, EVENTS[event], FakeScene(answer=gate))
    except ImpossibleEvent:
        return "✗"
    if step.refused is not None:
        assert step.callback == callback
        assert not step.commands
        assert not step.signals
        assert not step.records
        return f"no: {step.refused}"
    after_ = step.callback.state
    if after_.kind != callback.state.kind:
        return _described(after_)
    return "acts" if step.callback != callback or step.commands or step.signals or step.records else "·"


def _described(state: CallbackState) -> str:
    match state:
        case Closed():
            return f"closed {state.outcome}"
        case Unsettled(why=why):
            return f"unsettled, {why}"
    return state.kind


def document() -> str:
    """docs/callbacks.md."""
    table = markdown(list(STATES), list(EVENTS), cell)
    whys: tuple[UnsettledWhy, ...] = ("talked", "unknown", "number", "failures", "days", "gate")
    return f"""# The callback, every state × every event

Written by `python -m tests.core.callback_matrix > docs/callbacks.md`; `make test` fails when it is not current, and
when a cell is not what `tests/core/test_callback_matrix.py` promises.

A cell is the state that the event leads to. `acts`: the same state, but something is done or kept. `·`: late but
harmless, ignored. `no: …`: somebody asked for what cannot be had; nothing changed, and they are told why. `✗`: an
ImpossibleEvent, a defect of ours.

Every state is due at the instant of the event. The way is preview, the first attempt is the one under way, and the gate
is open unless the event says otherwise. The seven words of the API: *accepted* and *ready* are `offered`, *hanging_up*
is `dialling`, *telling*, *with_guest* and *joined* are `talking`, *unsettled* is `resting`, *attached* is what it goes
back to.

*with_guest*: the adviser has left the talk, and the person goes on with somebody they had asked in
(docs/talks.md); what came of it is still the adviser's to say.

Unsettled has its why: {", ".join(whys)}. Nothing but a person leads out of it.

{table}
"""


def with_state(name: str, **changes: object) -> Callback:
    """The callback of the table with some fields changed."""
    return replace(callback_in(name), **changes)  # type: ignore[arg-type]


if __name__ == "__main__":
    print(document(), end="")
