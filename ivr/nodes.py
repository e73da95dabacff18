"""The kinds of node a flow is made of. This closed set IS the schema: one dataclass and one table per kind.

Decides which settings a node has, within which bounds, which of them lead to another node and which are prompts.
`load` reads TOML by these tables, `check` walks them, `draw` labels arrows by them; none of them lists a kind's
settings again. Must not know how a node is carried out: that is `step`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

KEYS = "0123456789*#"
"""What a telephone's keypad can send."""

LeavingOutcome = Literal["informed", "turned_away"]
Asks = Literal["rtf", "information"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Goes on by the line's opening hours, at once and in silence."""

    open: str
    closed: str
    holiday: str | None = None
    """On a public holiday; without it, `closed`."""
    exception: str | None = None
    """On a day that an exception closes; without it, `closed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Says something, then goes on. Digits pressed meanwhile count for the next menu."""

    prompts: tuple[str, ...]
    next: str
    barge_in: bool = False
    """Whether a digit cuts it short."""
    informs: bool = False
    """Whether this is the information that was asked for: who hangs up after it was informed, not lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """Asks for one digit; it may come during the prompt. After `tries_max` wrong or missing ones: `otherwise`."""

    prompts: tuple[str, ...]
    choices: Mapping[str, str]
    otherwise: str
    repeat: str | None = "#"
    back: str | None = "*"
    """To the menu the caller came from; in the first menu it repeats."""
    timeout_s: float = 5.0
    tries_max: int = 3
    unanswered: str | None = None
    """Where silence leads at once, for a menu that only offers more after an information; without it: a try missed."""
    invalid: str = "menu.invalid"
    silent: str = "menu.silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """Asks for a number by keypad and keeps it as the answer `name`, read back and confirmed when asked so."""

    prompts: tuple[str, ...]
    name: str
    next: str
    otherwise: str
    digits_min: int = 1
    digits_max: int = 10
    finish: str = "#"
    timeout_s: float = 5.0
    """Silence before the first digit; between digits at most 4 s of it."""
    tries_max: int = 3
    read_back: str | None = None
    """A prompt that leads in the digits read back; then 1 confirms, 2 corrects."""
    confirm: str = "collect.confirm"
    invalid: str = "collect.invalid"
    silent: str = "collect.silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Has the caller wait for an adviser. The desk runs the waiting; it reports only a wait that found nobody."""

    queue: str
    full: str
    no_adviser: str
    too_long: str
    priority: int = 0
    """Priority class; 0 is the ordinary one, higher is served first."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys by which a waiting caller leaves the queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """Offers to call back: on which number, when, and the reference of it. The desk books it.

    What is said is the prompts under `callback` in the catalogue, the same for every such node. In it 1, 2, … choose, #
    repeats and * gives up. After 3 wrong or missing answers to one question: `refused`.
    """

    booked: str
    refused: str
    """Where nothing was booked: the caller gave up, or nothing could be promised, which was said."""
    queue: str | None = None
    """Whose advisers call back; without it, the queue the caller comes from, else the line's own for callbacks."""
    asks: Asks = "information"
    """What is asked for: "rtf", the right to return to training, with its legal clock, or a talk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Puts the caller through to an outside number of `dialer.toml` [numbers], by its name there."""

    target: str
    failed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Asks an operator's web hook and goes on by its result. The caller hears nothing meanwhile: keep it short."""

    hook: str
    branches: Mapping[str, str]
    otherwise: str
    timeout_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup:
    """Takes leave and ends the call."""

    outcome: LeavingOutcome
    prompts: tuple[str, ...] = ()


Node = Hours | Say | Menu | Collect | Queue | Callback | Transfer | Hook | Hangup


# What a setting may hold. The French labels are for the drawings.


@dataclass(frozen=True, slots=True)
class PromptList:
    """Names of prompts, said one after the other."""

    some: bool = True
    """At least one."""


@dataclass(frozen=True, slots=True)
class OnePrompt:
    """The name of one prompt."""


@dataclass(frozen=True, slots=True)
class Target:
    """The id of the node to go on with."""

    label: str
    by_caller: bool = False
    """Whether only something the caller does leads there: a loop through it is the caller's wish, not ours."""


@dataclass(frozen=True, slots=True)
class Targets:
    """A table of node ids, by key of the keypad or by a result's name."""

    label: str
    by_caller: bool
    keypad: bool
    some: bool = True


@dataclass(frozen=True, slots=True)
class Keypad:
    """One key of the keypad; an empty text: none, where `optional`."""

    optional: bool = False


@dataclass(frozen=True, slots=True)
class Seconds:
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Whole:
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Flag:
    pass


@dataclass(frozen=True, slots=True)
class Word:
    """A name of the operator's own, or one of `allowed`."""

    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Configured:
    """The name of something that is configured elsewhere."""

    of: Literal["queue", "number", "hook"]


Holds = PromptList | OnePrompt | Target | Targets | Keypad | Seconds | Whole | Flag | Word | Configured


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of node: its class, its French name for drawings, and what each setting holds."""

    node: type[Node]
    french: str
    settings: Mapping[str, Holds]


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "hours": Kind(
            Hours,
            "Horaires",
            {
                "open": Target("ouvert"),
                "closed": Target("fermé"),
                "holiday": Target("jour férié"),
                "exception": Target("fermeture exceptionnelle"),
            },
        ),
        "say": Kind(
            Say,
            "Message",
            {"prompts": PromptList(), "next": Target(""), "barge_in": Flag(), "informs": Flag()},
        ),
        "menu": Kind(
            Menu,
            "Menu",
            {
                "prompts": PromptList(),
                "choices": Targets("touche", by_caller=True, keypad=True),
                "otherwise": Target("sans choix valable"),
                "repeat": Keypad(optional=True),
                "back": Keypad(optional=True),
                "timeout_s": Seconds(2, 15),
                "tries_max": Whole(1, 5),
                "unanswered": Target("sans réponse"),
                "invalid": OnePrompt(),
                "silent": OnePrompt(),
            },
        ),
        "collect": Kind(
            Collect,
            "Saisie",
            {
                "prompts": PromptList(),
                "name": Word(),
                "next": Target("saisi", by_caller=True),
                "otherwise": Target("sans saisie valable"),
                "digits_min": Whole(1, 20),
                "digits_max": Whole(1, 20),
                "finish": Keypad(),
                "timeout_s": Seconds(2, 15),
                "tries_max": Whole(1, 5),
                "read_back": OnePrompt(),
                "confirm": OnePrompt(),
                "invalid": OnePrompt(),
                "silent": OnePrompt(),
            },
        ),
        "queue": Kind(
            Queue,
            "File d'attente",
            {
                "queue": Configured("queue"),
                "full": Target("file pleine"),
                "no_adviser": Target("aucun conseiller"),
                "too_long": Target("attente trop longue"),
                "priority": Whole(0, 9),
                "keys": Targets("touche", by_caller=True, keypad=True, some=False),
            },
        ),
        "callback": Kind(
            Callback,
            "Rappel",
            {
                "booked": Target("rappel noté"),
                "refused": Target("rien de noté"),
                "queue": Configured("queue"),
                "asks": Word(("rtf", "information")),
            },
        ),
        "transfer": Kind(
            Transfer,
            "Transfert",
            {"target": Configured("number"), "failed": Target("sans réponse")},
        ),
        "hook": Kind(
            Hook,
            "Service extérieur",
            {
                "hook": Configured("hook"),
                "branches": Targets("réponse", by_caller=False, keypad=False),
                "otherwise": Target("sans réponse"),
                "timeout_s": Seconds(0.1, 5),
            },
        ),
        "hangup": Kind(
            Hangup,
            "Fin",
            {"prompts": PromptList(some=False), "outcome": Word(("informed", "turned_away"))},
        ),
    }
)
KIND_OF: Mapping[type[Node], str] = MappingProxyType({kind.node: name for name, kind in KINDS.items()})

PERSON = (Queue, Transfer)
"""Kinds at which a caller comes to a person."""
RELIEF = (Queue, Transfer, Callback, Hangup)
"""Kinds at which the wait for a person, a callback or an end is over."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One arrow of a flow: from which setting, how drawings call it, to which node, and whether the caller chose it."""

    setting: str
    label: str
    target: str
    by_caller: bool


def branches(node: Node) -> tuple[Branch, ...]:
    """Every way out of a node to another one, in the order of its settings."""
    found: list[Branch] = []
    for setting, holds in KINDS[KIND_OF[type(node)]].settings.items():
        value = getattr(node, setting)
        match holds:
            case Target(label, by_caller) if value is not None:
                found.append(Branch(setting, label, value, by_caller))
            case Targets(label, by_caller):
                found += [Branch(f"{setting}.{key}", f"{label} {key}", to, by_caller) for key, to in value.items()]
            case _:
                pass
    return tuple(found)


def prompts(node: Node) -> tuple[str, ...]:
    """Every prompt a node may say, in the order of its settings, each once."""
    found: dict[str, None] = {}
    for setting, holds in KINDS[KIND_OF[type(node)]].settings.items():
        value = getattr(node, setting)
        if isinstance(holds, PromptList):
            found |= dict.fromkeys(value)
        elif isinstance(holds, OnePrompt) and value is not None:
            found[value] = None
    if isinstance(node, Collect) and node.read_back is None:
        found.pop(node.confirm, None)
    return tuple(found)
