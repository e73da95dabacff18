"""All that can happen to the desk, in the past tense. Every event carries its instant ``at`` (aware, UTC).

Decides nothing. Must not know ARI's names: `dialer.asterisk.translate` turns those into these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dialer.core.callbacks.request import Key, Request
from dialer.core.callbacks.states import CallbackId, CaseId
from dialer.core.callbacks.told import (
    CallbackCancelled,
    CardAccepted,
    CardRefused,
    DialAsked,
    OutcomeGiven,
    Rescheduled,
)
from dialer.core.calls.told import (
    DangerAsked,
    GuestAsked,
    GuestDismissed,
    GuestJoinAsked,
    HandOverAsked,
    HangUpAsked,
    HoldAsked,
)
from dialer.core.cases.actor import Actor
from dialer.core.cases.audit import Looked
from dialer.core.cases.bank import TemplateEvent
from dialer.core.cases.file import CaseFile
from dialer.core.cases.retention import Archived, Erased
from dialer.core.cases.told import FileEvent
from dialer.core.contacts.contact import Contact
from dialer.core.revision import Versioned
from dialer.core.rules import Rules
from dialer.core.structures.structure import Structure
from dialer.core.words import (
    E164,
    AdviserId,
    BridgeId,
    By,
    Caller,
    CallId,
    Cause,
    Instant,
    LegId,
    LineId,
    PlaybackId,
    Record,
    Wish,
)


@dataclass(frozen=True, slots=True)
class CallArrived:
    """Somebody dialled one of our lines. A second one with the same call id is a duplicate and changes nothing."""

    at: Instant
    call: CallId
    leg: LegId
    line: LineId
    caller: Caller


@dataclass(frozen=True, slots=True)
class LegAnswered:
    """A leg is up: the caller's after our Answer, or the phone that we rang."""

    at: Instant
    leg: LegId


@dataclass(frozen=True, slots=True)
class LegLeft:
    """A leg is gone, answered or not. Also the outcome of a RingAdviser or DialOutside that was refused."""

    at: Instant
    leg: LegId
    cause: Cause


@dataclass(frozen=True, slots=True)
class DigitPressed:
    at: Instant
    leg: LegId
    digit: str


@dataclass(frozen=True, slots=True)
class PromptFinished:
    """A prompt was heard to its end, was stopped, or could not be played (``failed``): never dead air."""

    at: Instant
    leg: LegId
    playback: PlaybackId
    failed: bool = False


@dataclass(frozen=True, slots=True)
class JoinRefused:
    """Living legs could not be bridged although we asked. ``legs``: which; none: all that were to be in the bridge."""

    at: Instant
    bridge: BridgeId
    legs: tuple[LegId, ...] = ()


@dataclass(frozen=True, slots=True)
class MachineDetected:
    """The ear has heard a machine on this leg. It waits: to hear the greeting out, or to be hung up."""

    at: Instant
    leg: LegId
    ear: LegId


@dataclass(frozen=True, slots=True)
class GreetingOver:
    """The machine on this leg has said its own, and records; or has talked for longer than is waited for."""

    at: Instant
    leg: LegId


@dataclass(frozen=True, slots=True)
class HookAnswered:
    """An operator's web hook answered; ``result`` None: it failed or took too long. ``node``: which asked."""

    at: Instant
    call: CallId
    node: str
    result: str | None


@dataclass(frozen=True, slots=True)
class WishSet:
    """``leg``: the one it was dialled from, which waits to hear whether it was done; None: it was said on the page."""

    at: Instant
    adviser: AdviserId
    wish: Wish
    by: By = By.PERSON
    reason: str | None = None
    leg: LegId | None = None


@dataclass(frozen=True, slots=True)
class HelpAsked:
    """An adviser calls a supervisor to their side, or is called for no longer (``asked`` False). ``own``: they say so
    themselves, and no supervisor does."""

    at: Instant
    adviser: AdviserId
    asked: bool
    own: bool = True


@dataclass(frozen=True, slots=True)
class PhoneRegistered:
    """``forgot``: legs that this phone had and may know nothing of any more: those of a page that was loaded anew."""

    at: Instant
    adviser: AdviserId
    forgot: frozenset[LegId] = frozenset()


@dataclass(frozen=True, slots=True)
class PhoneUnregistered:
    at: Instant
    adviser: AdviserId


@dataclass(frozen=True, slots=True)
class LinkLost:
    """Asterisk is out of reach: no new offers until Reconciled."""

    at: Instant


@dataclass(frozen=True, slots=True)
class LegSeen:
    """One leg as Asterisk has it at a reconciliation."""

    up: bool
    bridge: BridgeId | None = None


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Asterisk's whole truth after every (re)connection; the desk compares it with memory and mends the difference.

    ``legs`` holds the legs that are in our hands (or ringing for us); callers whose arrival we missed come as
    CallArrived before it. ``started_at``: since when this Asterisk runs; older calls died with the one before.
    """

    at: Instant
    legs: Mapping[LegId, LegSeen] = field(default_factory=dict)
    bridges: frozenset[BridgeId] = frozenset()
    phones: frozenset[AdviserId] = frozenset()
    started_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class RulesChanged:
    """The configuration was loaded anew, whole."""

    at: Instant
    rules: Rules


@dataclass(frozen=True, slots=True)
class DeadlineReached:
    at: Instant


@dataclass(frozen=True, slots=True)
class CallbacksAsked:
    """Requests to be called back, whole and looked through: all of them are booked, in one change.

    key: the Idempotency-Key under which the one request came.
    """

    at: Instant
    requests: tuple[Request, ...]
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class CallbackTold:
    """What a person decided about one callback."""

    at: Instant
    callback: CallbackId
    told: OutcomeGiven | Rescheduled | CallbackCancelled


@dataclass(frozen=True, slots=True)
class NumberOpposed:
    """Somebody asks never to be called again, on this number: it holds at once, for all that is promised to it."""

    at: Instant
    number: E164
    by: str


@dataclass(frozen=True, slots=True)
class CaseTold:
    """What a side tells of a case's file. ``against``: the version that who tells it had before them; None: they had
    none. ``stored``: the file as it is stored, of a case that has ended: the desk may hold none."""

    at: Instant
    case: CaseId
    told: FileEvent
    against: int | None = None
    stored: Versioned[CaseFile] | None = None


@dataclass(frozen=True, slots=True)
class FilesLooked:
    """Somebody is about to see these files, or something of them."""

    at: Instant
    by: Actor
    cases: tuple[CaseId, ...]
    what: Looked = Looked.FILE


@dataclass(frozen=True, slots=True)
class HistoryLooked:
    """An adviser is about to see what is known of the person before them. ``visit``: the call or callback that brought
    them together; ``cases``: those of which something is shown."""

    at: Instant
    by: Actor
    adviser: AdviserId
    visit: CallId
    cases: tuple[CaseId, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateTold:
    at: Instant
    told: TemplateEvent


@dataclass(frozen=True, slots=True)
class StructuresChanged:
    """Each structure as it was before whoever did it, None if it is new, and as it is from now on."""

    at: Instant
    by: str
    changes: tuple[tuple[Structure | None, Structure], ...]


@dataclass(frozen=True, slots=True)
class CasesRetired:
    """Ended cases whose time is over, or whose person asked to be forgotten. ``against``: the versions read."""

    at: Instant
    by: str
    retired: tuple[Archived | Erased, ...]
    against: Mapping[CaseId, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContactWritten:
    """An adviser wrote down what a call was about, whole and looked through where it is ``done``.

    contact: what they wrote, in a contact that is new. against: the version that was before them. body: the SHA-256 of
    all that was sent, in hex. request: what shall follow from it, booked in the same change. stored: the contact as it
    is stored, of one that was filed: the desk may hold none.
    """

    at: Instant
    contact: Contact
    against: int
    done: bool
    body: str
    request: Request | None = None
    stored: Contact | None = None


@dataclass(frozen=True, slots=True)
class ContactsLooked:
    """Somebody is about to see the notes of these. own: the adviser who asks, whose own note is no look."""

    at: Instant
    by: str
    contacts: tuple[Contact, ...]
    own: AdviserId | None = None


@dataclass(frozen=True, slots=True)
class NotesOver:
    """Notes of contacts that were filed before this instant are kept no longer."""

    at: Instant
    before: Instant


@dataclass(frozen=True, slots=True)
class AccessTold:
    """Who signed in or was not let in, and what became of accounts (`access.audit`): done already, for the journal."""

    at: Instant
    records: tuple[Record, ...]


Event = (
    CallArrived
    | LegAnswered
    | LegLeft
    | DigitPressed
    | PromptFinished
    | JoinRefused
    | MachineDetected
    | GreetingOver
    | HookAnswered
    | WishSet
    | HelpAsked
    | PhoneRegistered
    | PhoneUnregistered
    | LinkLost
    | Reconciled
    | RulesChanged
    | DeadlineReached
    | CallbacksAsked
    | CallbackTold
    | CardAccepted
    | CardRefused
    | DialAsked
    | HoldAsked
    | GuestAsked
    | DangerAsked
    | GuestJoinAsked
    | HandOverAsked
    | GuestDismissed
    | HangUpAsked
    | NumberOpposed
    | CaseTold
    | FilesLooked
    | HistoryLooked
    | TemplateTold
    | StructuresChanged
    | CasesRetired
    | ContactWritten
    | ContactsLooked
    | NotesOver
    | AccessTold
)
