"""What lies ahead of a node: the end that silence leads to, and the key to a callback.

Decides nothing that happens; reads a flow as it stands. Must not know calls.
"""

from __future__ import annotations

from collections.abc import Collection

from ivr.flow import Flow
from ivr.nodes import Callback, Hangup, LeavingOutcome, Menu, Queue, Say


def last_words(flow: Flow, name: str) -> LeavingOutcome | None:
    """How a call ends whose caller hangs up at this node, where that is sure already; else None.

    At an end: as that end does. Where silence leads to being turned away and to nothing else any more: turned away, for
    what is still said there is how to help oneself. Who was given an information is known by their place instead.
    """
    node = flow.nodes.get(name)
    if isinstance(node, Hangup):
        return node.outcome
    seen: set[str] = set()
    while isinstance(node, Say | Menu) and name not in seen:
        seen.add(name)
        onward = node.next if isinstance(node, Say) else node.unanswered
        if onward is None:
            return None
        name, node = onward, flow.nodes.get(onward)
    return "turned_away" if isinstance(node, Hangup) and node.outcome == "turned_away" else None


def callback_key(flow: Flow, name: str, keys: Collection[str]) -> str | None:
    """The first of these keys by which a caller who waits at this node comes to a callback."""
    node = flow.nodes.get(name)
    if not isinstance(node, Queue):
        return None
    return next((key for key in keys if isinstance(flow.nodes.get(node.keys.get(key, "")), Callback)), None)
