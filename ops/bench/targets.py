"""What is to be reached, and whether it was: one verdict for each target, from the rounds that were played.

Pure. A target whose round was not played (`--quick`, `--rates`) is not missed: it is not measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ops.bench.rounds import Round
from ops.bench.side import Name

CLEAN_SHARE_MIN = 0.95
"""A rate counts as reached when so much of it is served."""
FAULTLESS_RATES = (40.0, 60.0)
CPU_RATE = 40.0
CPU_RATIO_MAX = 1.0
SERVED_RATIO_MIN = 0.8
OVERLOAD = 1.5
CONTROLLER_MIB_MAX = 200.0
LAG_S_MAX = 0.050


@dataclass(frozen=True, slots=True)
class Verdict:
    """met: None when it was not measured."""

    target: str
    found: str
    met: bool | None


def clean_rate(rounds: Iterable[Round], side: Name) -> float | None:
    """The highest rate up to which every round lost nobody and served what was offered; None when there is none."""
    clean = None
    for played in sorted((one for one in rounds if one.kind == "rate" and one.side == side), key=lambda one: one.rate):
        if played.lost or played.served_per_s < CLEAN_SHARE_MIN * played.rate:
            break
        clean = played.rate
    return clean


def verdicts(rounds: Sequence[Round]) -> list[Verdict]:
    """Every target, in the order of the issue that set them."""
    ours = [one for one in rounds if one.side == "fil_vert"]
    found = [_faultless(ours, rate) for rate in FAULTLESS_RATES]
    found.append(_cpu(rounds))
    found += _overload(rounds, ours)
    found.append(_memory(ours))
    found.append(_lag(ours))
    return found


def _faultless(ours: Sequence[Round], rate: float) -> Verdict:
    target = f"no call lost at {rate:g}/s"
    played = [one for one in ours if one.kind == "rate" and one.rate == rate]
    if not played:
        return Verdict(target, "not measured", None)
    lost, offered = sum(one.lost for one in played), sum(one.offered for one in played)
    return Verdict(target, f"{lost} of {offered} lost", lost == 0)


def _cpu(rounds: Sequence[Round]) -> Verdict:
    target = f"Asterisk + controller at {CPU_RATE:g}/s: CPU per call at most {CPU_RATIO_MAX:g} × app_queue's"
    theirs = _mean_cpu_ms(rounds, "app_queue")
    ours = _mean_cpu_ms(rounds, "fil_vert")
    if theirs is None or ours is None:
        return Verdict(target, "not measured", None)
    return Verdict(target, f"{ours:.1f} ms / {theirs:.1f} ms = {ours / theirs:.2f}", ours / theirs <= CPU_RATIO_MAX)


def _mean_cpu_ms(rounds: Iterable[Round], side: Name) -> float | None:
    found = [one.cpu_ms for one in rounds if one.kind == "rate" and one.rate == CPU_RATE and one.side == side]
    return sum(found) / len(found) if found else None


def _overload(rounds: Sequence[Round], ours: Sequence[Round]) -> list[Verdict]:
    served = f"served at least {SERVED_RATIO_MIN:g} × app_queue's clean rate, offered {OVERLOAD:g} × it"
    lost = f"no call lost, offered {OVERLOAD:g} × app_queue's clean rate"
    clean = clean_rate(rounds, "app_queue")
    played = [one for one in ours if one.kind == "overload"]
    if clean is None or not played:
        return [Verdict(served, "not measured", None), Verdict(lost, "not measured", None)]
    one = played[-1]
    return [
        Verdict(
            served,
            f"{one.served_per_s:.0f}/s / {clean:.0f}/s = {one.served_per_s / clean:.2f}",
            one.served_per_s >= SERVED_RATIO_MIN * clean,
        ),
        Verdict(lost, f"{one.lost} of {one.offered} lost at {one.rate:.0f}/s", one.lost == 0),
    ]


def _memory(ours: Sequence[Round]) -> Verdict:
    played = [one for one in ours if one.kind == "waiting"]
    up = max((one.offered - one.lost for one in played), default=500)
    target = f"controller at most {CONTROLLER_MIB_MAX:.0f} MiB with {up} calls up"
    if not played:
        return Verdict(target, "not measured", None)
    most = max(one.controller_mib for one in played)
    return Verdict(target, f"{most:.0f} MiB", most <= CONTROLLER_MIB_MAX and not any(one.lost for one in played))


def _lag(ours: Sequence[Round]) -> Verdict:
    target = f"event loop never late by more than {1000 * LAG_S_MAX:.0f} ms"
    measured = [one for one in ours if one.loop_lag_s is not None]
    if not measured:
        return Verdict(target, "not measured", None)
    worst = max(measured, key=_late_s)
    found = f"{1000 * _late_s(worst):.0f} ms ({worst.kind}, {worst.rate:.0f}/s)"
    if worst.kind == "overload":  # there the loop also waits for a core
        found += (
            f", else {1000 * max((_late_s(one) for one in measured if one.kind != 'overload'), default=0.0):.0f} ms"
        )
    return Verdict(target, found, _late_s(worst) <= LAG_S_MAX)


def _late_s(one: Round) -> float:
    return one.loop_lag_s or 0.0
