"""The way of a caller through the voice menus, as an adviser reads it: which keys they pressed, and what for.

Decides the words, from the journal's nodes and the flow that names what comes after each key. Pure: records in, words
out. A node that the flow no longer has is told by its name. Must not know who calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from dialer.core.words import QueueId, Record
from dialer.web.french import NBSP
from ivr.flow import Flow
from ivr.nodes import Callback, Collect, Hangup, Menu, Node, Queue, Say, Transfer

_ASKS = {"rtf": "un rappel pour «\u00a0Reviens te former\u00a0»", "information": "un rappel"}


def way(records: Iterable[Record], flow: Flow | None, queues: Mapping[QueueId, str]) -> tuple[str, ...]:
    """The choices, in their order; none where there was nothing to choose."""
    trail = [str(dict(entry.data)["node"]) for entry in records if entry.event == "node_entered"]
    nodes = flow.nodes if flow is not None else {}
    said = []
    for number, (before, after) in enumerate(pairwise(trail)):
        asks = nodes.get(before)
        if isinstance(asks, Menu | Queue | Collect):
            key = _key(asks, after)
            led = _led_to(trail[number + 1 :], nodes, queues)
            said.append(f"Touche{NBSP}{key} : {led}" if key else f"Sans choix valable : {led}")
    return tuple(said)


def _key(asks: Menu | Queue | Collect, after: str) -> str | None:
    """The one that leads there; None: nothing that was pressed."""
    match asks:
        case Menu(choices=keys) | Queue(keys=keys):
            return next((key for key, target in keys.items() if target == after), None)
        case Collect(next=target, finish=finish):
            return finish if target == after else None


def _led_to(trail: Iterable[str], nodes: Mapping[str, Node], queues: Mapping[QueueId, str]) -> str:
    """What was chosen: the first node behind the key that is more than a sentence on the way."""
    last = ""
    for name in trail:
        last = name
        match nodes.get(name):
            case Queue(queue=queue):
                return f"parler à quelqu’un, file «{NBSP}{queues.get(QueueId(queue), queue)}{NBSP}»"
            case Callback(asks=asks):
                return f"demander {_ASKS[asks]}"
            case Transfer(target=target):
                return f"être mis en relation avec «{NBSP}{target}{NBSP}»"
            case Say(informs=True):
                return "écouter une information"
            case Menu() | Collect():
                return "un autre menu"
            case Hangup():
                return "terminer l’appel"
            case None:
                break
    return f"étape «{NBSP}{last}{NBSP}»"
