"""All that the desk can ask for, in the imperative. Every leg, bridge and playback is named here before it exists.

Decides nothing. ``durable`` commands wait for the commit of the change that asked for them; the others, prompts and
tones, do not. What comes of a command comes back as an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dialer.core.words import E164, AdviserId, BridgeId, CallId, LegId, LineId, PlaybackId, ShortNumber, Wish


@dataclass(frozen=True, slots=True)
class Answer:
    """Pick up the caller's leg. Comes back as LegAnswered, or LegLeft when it is gone."""

    durable: ClassVar[bool] = False
    leg: LegId


@dataclass(frozen=True, slots=True)
class PlayPrompt:
    """Say these prompts one after the other. Comes back as PromptFinished."""

    durable: ClassVar[bool] = False
    leg: LegId
    playback: PlaybackId
    prompts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlayStored(PlayPrompt):
    """As PlayPrompt, once the change is stored: "your request is registered" is said after the commit, never before."""

    durable: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class StopPrompt:
    durable: ClassVar[bool] = False
    playback: PlaybackId


@dataclass(frozen=True, slots=True)
class StartMusic:
    durable: ClassVar[bool] = False
    leg: LegId
    music: str


@dataclass(frozen=True, slots=True)
class StopMusic:
    durable: ClassVar[bool] = False
    leg: LegId


@dataclass(frozen=True, slots=True)
class RingAdviser:
    """Ring an adviser's phone on a new leg. Comes back as LegAnswered or LegLeft with its cause.

    ``shown`` is what the phone displays: the line's name, never a number that is masked.
    """

    durable: ClassVar[bool] = False
    leg: LegId
    adviser: AdviserId
    call: CallId
    shown_name: str
    shown_number: E164 | None
    ring_max_s: float


@dataclass(frozen=True, slots=True)
class DialOutside:
    """Dial a number outside, on a new leg, showing ``caller_id``. The intent is committed first."""

    durable: ClassVar[bool] = True
    leg: LegId
    call: CallId
    number: E164 | ShortNumber
    caller_id: E164
    ring_max_s: float


@dataclass(frozen=True, slots=True)
class HangUp:
    durable: ClassVar[bool] = False
    leg: LegId


@dataclass(frozen=True, slots=True)
class SendToApology:
    """The safe exit for a call that a defect of ours hit: a recorded apology outside the controller, then the end."""

    durable: ClassVar[bool] = False
    leg: LegId
    line: LineId


@dataclass(frozen=True, slots=True)
class MakeBridge:
    durable: ClassVar[bool] = False
    bridge: BridgeId


@dataclass(frozen=True, slots=True)
class Join:
    """Put the legs into the bridge. Comes back as JoinRefused when a living leg could not be joined."""

    durable: ClassVar[bool] = False
    bridge: BridgeId
    legs: tuple[LegId, ...]


@dataclass(frozen=True, slots=True)
class TakeOut:
    """Take the leg out of the bridge; it stays with us, and hears nothing unless told. Not there: nothing is done."""

    durable: ClassVar[bool] = False
    bridge: BridgeId
    leg: LegId


@dataclass(frozen=True, slots=True)
class CloseBridge:
    durable: ClassVar[bool] = False
    bridge: BridgeId


@dataclass(frozen=True, slots=True)
class ListenForMachine:
    """Listen, beside the talk, whether it is a machine that answered; ``ear``: the leg that listens and is never heard.

    Comes back as MachineDetected; of a person, or in doubt, nothing is ever told and the ear ends by itself.
    """

    durable: ClassVar[bool] = False
    leg: LegId
    ear: LegId


@dataclass(frozen=True, slots=True)
class HearGreetingOut:
    """Go on listening, until the machine has said its own. Comes back as GreetingOver, unless the leg goes before."""

    durable: ClassVar[bool] = False
    ear: LegId


@dataclass(frozen=True, slots=True)
class ConfirmWish:
    """Tell who dialled a wish whether it was ``done``, and let them go."""

    durable: ClassVar[bool] = False
    leg: LegId
    wish: Wish
    done: bool


@dataclass(frozen=True, slots=True)
class RunHook:
    """Ask an operator's web hook. Comes back as HookAnswered of the same node."""

    durable: ClassVar[bool] = False
    call: CallId
    node: str
    hook: str
    answers: tuple[tuple[str, str], ...]
    timeout_s: float


Command = (
    Answer
    | PlayPrompt
    | PlayStored
    | StopPrompt
    | StartMusic
    | StopMusic
    | RingAdviser
    | DialOutside
    | HangUp
    | SendToApology
    | MakeBridge
    | Join
    | TakeOut
    | CloseBridge
    | ListenForMachine
    | HearGreetingOut
    | ConfirmWish
    | RunHook
)
