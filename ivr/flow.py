"""A flow: the nodes of one line's voice menu, whole and checked, with a version that is a hash of its content.

Decides only what makes two flows the same. A call keeps the flow it started with; must not know calls.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from types import MappingProxyType

from ivr.nodes import KIND_OF, Node


@dataclass(frozen=True, slots=True)
class Flow:
    """line: its id. start: the first node. version: 16 hex digits, the same for the same content."""

    line: str
    start: str
    nodes: Mapping[str, Node]
    version: str


def make_flow(line: str, start: str, nodes: Mapping[str, Node]) -> Flow:
    """The flow of these nodes, its version computed. The order in which nodes or choices were written is no content."""
    content = {name: [KIND_OF[type(node)], asdict(node)] for name, node in nodes.items()}
    text = json.dumps([line, start, content], sort_keys=True, ensure_ascii=True)
    return Flow(line, start, MappingProxyType(dict(nodes)), blake2b(text.encode(), digest_size=8).hexdigest())
