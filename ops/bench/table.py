"""The rounds as text: a line while they are played, tables at the end. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ops.bench.rounds import Round
from ops.bench.side import Name
from ops.bench.targets import Verdict

SIDES: tuple[Name, Name] = ("app_queue", "fil_vert")
KINDS = {"rate": "", "overload": "overload", "saturated": "saturated", "waiting": "waiting"}
MARKS = {True: "met", False: "MISSED", None: "not measured"}


def progress(played: Round) -> str:
    """One round in a line."""
    what = f"{played.kind:<9} {played.rate:>4.0f}/s {played.side:<9}"
    cpu = f"CPU per call {played.cpu_ms:5.1f} ms"
    if played.controller_mib:
        cpu += f" (controller {played.controller_cpu_ms:.1f})"
    lost = f"lost {played.lost}/{played.offered}"
    if played.why_lost:
        lost += f" ({', '.join(f'{name} {count}' for name, count in played.why_lost)})"
    text = f"{what}  {lost}, served {played.served_per_s:.1f}/s, {cpu}"
    if played.gap_p50_s is not None and played.gap_p99_s is not None:
        text += f", free to INVITE p50 {1000 * played.gap_p50_s:.0f} ms p99 {1000 * played.gap_p99_s:.0f} ms"
    if played.loop_lag_s is not None:
        text += f", loop late {1000 * played.loop_lag_s:.0f} ms"
    return text


def tables(rounds: Sequence[Round], verdicts: Sequence[Verdict]) -> str:
    """All that was measured, and what it means for each target, as Markdown that is readable as it is."""
    parts = [_comparison(rounds), _gaps(rounds), _targets(verdicts)]
    return "\n\n".join(part for part in parts if part)


def _comparison(rounds: Sequence[Round]) -> str:
    """(a) app_queue beside (b) Fil vert; ratios are b/a."""
    header = (
        "calls/s", "a served", "a lost", "a CPU ms", "a MiB",
        "b served", "b lost", "b CPU ms", "= Asterisk + controller", "b MiB Asterisk + controller", "b loop ms",
        "CPU b/a", "served b/a",
    )  # fmt: skip
    rows = []
    for ours, theirs in _paired(rounds):
        shown = ours or theirs
        assert shown is not None
        rows.append(
            (
                f"{shown.rate:.0f} {KINDS[shown.kind]}".strip(),
                *(_cells(theirs) if theirs else ("",) * 4),
                *(_our_cells(ours) if ours else ("",) * 6),
                _ratio(ours.cpu_ms, theirs.cpu_ms) if ours and theirs else "",
                _ratio(ours.served_per_s, theirs.served_per_s) if ours and theirs else "",
            )
        )
    return markdown(header, rows) if rows else ""


def _cells(one: Round) -> tuple[str, ...]:
    return f"{one.served_per_s:.1f}", f"{one.lost}/{one.offered}", f"{one.cpu_ms:.1f}", f"{one.asterisk_mib:.0f}"


def _our_cells(one: Round) -> tuple[str, ...]:
    return (
        f"{one.served_per_s:.1f}",
        f"{one.lost}/{one.offered}",
        f"{one.cpu_ms:.1f}",
        f"{one.asterisk_cpu_ms:.1f} + {one.controller_cpu_ms:.1f}",
        f"{one.asterisk_mib:.0f} + {one.controller_mib:.0f}",
        "" if one.loop_lag_s is None else f"{1000 * one.loop_lag_s:.0f}",
    )


def _paired(rounds: Sequence[Round]) -> list[tuple[Round | None, Round | None]]:
    """Ours beside theirs, in the order in which they were played; the second of a kind and rate is a row of its own."""
    rows: list[dict[Name, Round]] = []
    for played in rounds:
        for row in rows:
            first = next(iter(row.values()))
            if played.side not in row and (first.kind, first.rate) == (played.kind, played.rate):
                row[played.side] = played
                break
        else:
            rows.append({played.side: played})
    return [(row.get("fil_vert"), row.get("app_queue")) for row in rows]


def _gaps(rounds: Sequence[Round]) -> str:
    rows = [
        (one.side, str(one.advisers), str(one.gaps), f"{1000 * one.gap_p50_s:.1f}", f"{1000 * one.gap_p99_s:.1f}")
        for one in rounds
        if one.gap_p50_s is not None and one.gap_p99_s is not None
    ]
    header = ("adviser free to next INVITE", "advisers", "times", "p50 ms", "p99 ms")
    return markdown(header, rows) if rows else ""


def _targets(verdicts: Sequence[Verdict]) -> str:
    rows = [(one.target, one.found, MARKS[one.met]) for one in verdicts]
    return markdown(("target", "found", ""), rows) if rows else ""


def _ratio(ours: float, theirs: float) -> str:
    return f"{ours / theirs:.2f}" if theirs else ""


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with its columns aligned."""
    widths = [max(len(cell) for cell in column) for column in zip(header, *rows, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in (header, *rows)
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
