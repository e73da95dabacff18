"""A flow as a picture: Mermaid text, and an SVG that needs nothing else. Labels are French.

Decides how nodes and arrows look; where boxes stand is `layout`'s. Kinds, labels and branches come from `nodes`. Pure:
values in, text out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import shorten, wrap
from xml.sax.saxutils import escape, quoteattr

from ivr.flow import Flow
from ivr.layout import Bend, Layout, Spot, lay_out
from ivr.nodes import KIND_OF, KINDS, Callback, Collect, Hangup, Hook, Menu, Node, Queue, Transfer, branches
from ivr.prompts import REOPENING

BOX_WIDTH, COLUMN, LINE, PAD, GAP = 216, 246, 15, 9, 104
"""Pixels: a box, from one column to the next, a line of text, the box's margin, between two layers."""
SIGNS_IN_LINE = 33
LINES_MAX = 5
COLOURS: Mapping[str, str] = {
    "hours": "#fff3d6",
    "say": "#eef2f7",
    "menu": "#dcebff",
    "collect": "#dcebff",
    "queue": "#d9f2df",
    "callback": "#d9f2df",
    "transfer": "#d9f2df",
    "hook": "#f0e4f7",
    "hangup": "#f7dede",
}
_ASKS = {"rtf": ", pour un retour en formation", "information": ""}
_OUTCOMES = {"informed": "renseigné", "turned_away": "non reçu"}


def draw_mermaid(flow: Flow, texts: Mapping[str, str]) -> str:
    """The flow as a Mermaid flowchart. texts: the sentence of each prompt, where there is one."""
    lines = ["flowchart TD"]
    for name, node in flow.nodes.items():
        label = "<br/>".join(_mermaid_text(line) for line in _label(name, node, texts))
        lines.append(f'    n_{name}["{label}"]')
    for (source, target), label in _arrows(flow).items():
        tag = f'|"{_mermaid_text(label)}"|' if label else ""
        lines.append(f"    n_{source} -->{tag} n_{target}")
    lines += [f"    style n_{name} fill:{COLOURS[KIND_OF[type(node)]]}" for name, node in flow.nodes.items()]
    return "\n".join(lines) + "\n"


def draw_svg(flow: Flow, texts: Mapping[str, str]) -> str:
    """The flow as one SVG document. texts: the sentence of each prompt, where there is one."""
    arrows = _arrows(flow)
    labels = {name: _label(name, node, texts) for name, node in flow.nodes.items()}
    layout = lay_out(flow.nodes, arrows, flow.start)
    boxes = _boxes(layout, labels)
    width = max(box.x for box in boxes.values()) + BOX_WIDTH / 2 + 60
    height = max(box.y + box.height for box in boxes.values()) + 30
    title = f"Ligne {flow.line}, version {flow.version}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" font-family="sans-serif" font-size="12" role="img" aria-label={quoteattr(title)}>',
        f"<title>{escape(title)}</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#445"/></marker></defs>',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    curves = [_curve(arrow, layout, boxes, arrows) for arrow in arrows]
    parts += [f'<path d="{path}" fill="none" stroke="#778" marker-end="url(#tip)"/>' for path, _, _ in curves]
    parts += [
        _box(boxes[name], lines, COLOURS[KIND_OF[type(flow.nodes[name])]], name == flow.start)
        for name, lines in labels.items()
    ]
    parts += [_tag(arrows[arrow], x, y) for arrow, (_, x, y) in zip(arrows, curves, strict=True) if arrows[arrow]]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _label(name: str, node: Node, texts: Mapping[str, str]) -> list[str]:
    """A box's lines: kind and id first, then what is said or asked for."""
    match node:
        case Queue(queue=queue):
            about = f"file « {queue} »"
        case Transfer(target=target):
            about = f"vers « {target} »"
        case Hook(hook=hook):
            about = f"appel de « {hook} »"
        case Callback(queue=queue, asks=asks):
            about = (f"proposé pour la file « {queue} »" if queue else "proposé") + _ASKS[asks]
        case Collect(name=answer):
            about = f"réponse « {answer} »"
        case Hangup(outcome=outcome):
            about = f"issue : {_OUTCOMES[outcome]}"
        case Menu(repeat=repeat, back=back):
            keys = [f"{key} {what}" for key, what in ((repeat, "répète"), (back, "revient")) if key]
            about = f"touches : {', '.join(keys)}" if keys else ""
        case _:
            about = ""
    said = " ".join(_sentence(prompt, texts) for prompt in getattr(node, "prompts", ()))
    spoken = wrap(shorten(said, SIGNS_IN_LINE * LINES_MAX, placeholder=" …"), SIGNS_IN_LINE) if said else []
    return [f"{KINDS[KIND_OF[type(node)]].french} · {name}", *wrap(about, SIGNS_IN_LINE), *spoken]


def _sentence(prompt: str, texts: Mapping[str, str]) -> str:
    return "[prochaine ouverture]" if prompt == REOPENING else texts.get(prompt, f"[{prompt}]")


def _arrows(flow: Flow) -> dict[tuple[str, str], str]:
    """From node to node, with all the labels of the branches that lead there."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, node in flow.nodes.items():
        for branch in branches(node):
            found.setdefault((name, branch.target), []).append(branch.label)
    return {arrow: ", ".join(filter(None, labels)) for arrow, labels in found.items()}


def _mermaid_text(text: str) -> str:
    return text.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")


@dataclass(frozen=True, slots=True)
class _Box:
    """x, y: the middle of the upper edge."""

    x: float
    y: float
    height: float


def _boxes(layout: Layout, labels: Mapping[str, list[str]]) -> dict[Spot, _Box]:
    left = min(layout.columns.values())
    boxes: dict[Spot, _Box] = {}
    y = 30.0
    for layer in layout.layers:
        heights = {spot: len(labels[spot]) * LINE + 2 * PAD for spot in layer if isinstance(spot, str)}
        tallest = max(heights.values(), default=0)
        for spot in layer:
            x = (layout.columns[spot] - left) * COLUMN + BOX_WIDTH / 2 + 30
            boxes[spot] = _Box(x, y, heights.get(spot, tallest) if isinstance(spot, str) else tallest)
        y += tallest + GAP
    return boxes


def _curve(
    arrow: tuple[str, str], layout: Layout, boxes: Mapping[Spot, _Box], arrows: Mapping[tuple[str, str], str]
) -> tuple[str, float, float]:
    """The path of an arrow, and where its label stands."""
    source, target = arrow
    here, there = boxes[source], boxes[target]
    if there.y <= here.y:  # back up, or round to itself: by the right side
        x, y = here.x + BOX_WIDTH / 2, here.y + here.height / 2
        to_x, to_y = there.x + BOX_WIDTH / 2, there.y + there.height / 2
        out = max(x, to_x) + 42
        return f"M{x:.0f} {y:.0f}C{out:.0f} {y:.0f} {out:.0f} {to_y:.0f} {to_x:.0f} {to_y:.0f}", x + 26, y - 10
    firsts = sorted((_way(other, layout)[0] for other in arrows if other[0] == source), key=lambda to: boxes[to].x)
    way = _way(arrow, layout)
    port = firsts.index(way[0])
    x, y = here.x + BOX_WIDTH * ((port + 1) / (len(firsts) + 1) - 0.5), here.y + here.height
    path = f"M{x:.0f} {y:.0f}"
    label: tuple[float, float] | None = None
    for spot in way:
        box = boxes[spot]
        middle = (y + box.y) / 2
        path += f"C{x:.0f} {middle:.0f} {box.x:.0f} {middle:.0f} {box.x:.0f} {box.y:.0f}"
        if label is None:
            # Each label has a row of its own below the box, so that neighbours never cover one another.
            row = 14 + min(17.0, (GAP - 28) / len(firsts)) * port
            part = next(step / 50 for step in range(1, 51) if _on_curve(y, box.y, step / 50, middle) >= y + row)
            label = _on_curve(x, box.x, part), y + row
        x, y = box.x, box.y
        if spot != target:
            y += box.height
            path += f"L{x:.0f} {y:.0f}"
    return path, *(label or (x, y))


def _way(arrow: tuple[str, str], layout: Layout) -> list[Spot]:
    """Where an arrow goes after its source: by its bends, from top to bottom, to its target."""
    spots = (spot for layer in layout.layers for spot in layer)
    return [*(spot for spot in spots if isinstance(spot, Bend) and (spot.source, spot.target) == arrow), arrow[1]]


def _on_curve(start: float, end: float, part: float, middle: float | None = None) -> float:
    """One coordinate of a cubic curve that leaves and arrives upright, `part` of the way along."""
    first, second = (start, end) if middle is None else (middle, middle)
    rest = 1 - part
    return rest**3 * start + 3 * rest**2 * part * first + 3 * rest * part**2 * second + part**3 * end


def _box(box: _Box, lines: list[str], colour: str, first: bool) -> str:
    x, width = box.x - BOX_WIDTH / 2, 2.2 if first else 1
    shape = (
        f'<rect x="{x:.0f}" y="{box.y:.0f}" width="{BOX_WIDTH}" height="{box.height:.0f}" rx="6" fill="{colour}" '
        f'stroke="#445" stroke-width="{width}"/>'
    )
    text = "".join(
        f'<text x="{x + PAD:.0f}" y="{box.y + PAD + LINE * row + 11:.0f}" fill="#112" '
        f'font-weight="{"normal" if row else "bold"}">{escape(line)}</text>'
        for row, line in enumerate(lines)
    )
    return shape + text


def _tag(label: str, x: float, y: float) -> str:
    width = 6.3 * len(label) + 8
    return (
        f'<rect x="{x - width / 2:.0f}" y="{y - 8:.0f}" width="{width:.0f}" height="16" rx="3" fill="#ffffff"/>'
        f'<text x="{x:.0f}" y="{y + 4:.0f}" font-size="11" fill="#334" text-anchor="middle">{escape(label)}</text>'
    )
