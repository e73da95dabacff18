"""Where the boxes of a drawing stand: layers from the first node down, few crossings, long arrows led between boxes.

Decides positions only. Knows names and arrows, and nothing of flows, texts or SVG.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 8
"""Passes over the layers that order them by their neighbours; more changes little."""


@dataclass(frozen=True, slots=True)
class Bend:
    """Where the arrow between two boxes passes through a layer between theirs."""

    source: str
    target: str
    layer: int


Spot = str | Bend
Arrow = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """layers: boxes by name, with the bends of long arrows among them, from top to bottom, left to right.
    columns: each one's place across, 0 being the middle.
    """

    layers: tuple[tuple[Spot, ...], ...]
    columns: Mapping[Spot, float]


def lay_out(names: Iterable[str], arrows: Iterable[Arrow], start: str) -> Layout:
    """Every name in a layer below all that lead to it, loops aside."""
    arrows = [arrow for arrow in dict.fromkeys(arrows) if arrow[0] != arrow[1]]
    depth = _depths(list(names), arrows, start)
    layers: list[list[Spot]] = [[] for _ in range(max(depth.values()) + 1)]
    for name, level in depth.items():
        layers[level].append(name)
    links: dict[Spot, list[Spot]] = {name: [] for name in depth}
    for source, target in arrows:
        bends = [Bend(source, target, level) for level in range(depth[source] + 1, depth[target])]
        for bend in bends:
            layers[bend.layer].append(bend)
            links[bend] = []
        if depth[target] > depth[source]:
            way: list[Spot] = [source, *bends, target]
            for above, below in pairwise(way):
                links[above].append(below)
                links[below].append(above)
    columns = {spot: float(place) for layer in layers for place, spot in enumerate(layer)}
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            _order(layer, links, columns)
    return Layout(tuple(map(tuple, layers)), columns)


def _depths(names: list[str], arrows: list[Arrow], start: str) -> dict[str, int]:
    """The layer of each name: below the longest way to it that goes round nowhere."""
    forward = _without_loops(names, arrows, start)
    depth = dict.fromkeys(names, 0)
    for _ in names:
        for source, target in forward:
            depth[target] = max(depth[target], depth[source] + 1)
    return depth


def _without_loops(names: list[str], arrows: list[Arrow], start: str) -> list[Arrow]:
    """The arrows but for those that lead back to where a walk from `start` came from."""
    following: dict[str, list[str]] = {name: [] for name in names}
    for source, target in arrows:
        following[source].append(target)
    forward: list[Arrow] = []
    done: set[str] = set()
    for first in [start, *names]:
        if first in done:
            continue
        way = [first]
        ahead = [iter(following[first])]
        while way:
            for target in ahead[-1]:
                if target not in way:
                    forward.append((way[-1], target))
                    if target not in done:
                        way.append(target)
                        ahead.append(iter(following[target]))
                        break
            else:
                done.add(way.pop())
                ahead.pop()
    return forward


def _order(layer: list[Spot], links: Mapping[Spot, list[Spot]], columns: dict[Spot, float]) -> None:
    """Sorts a layer by the middle of each spot's neighbours, and gives it columns around the middle."""
    wanted = {
        spot: sum(columns[other] for other in links[spot]) / len(links[spot]) if links[spot] else columns[spot]
        for spot in layer
    }
    layer.sort(key=lambda spot: (wanted[spot], str(spot)))
    for place, spot in enumerate(layer):
        columns[spot] = place - (len(layer) - 1) / 2
