"""What the bench shows: a row for each pair of rounds, and a verdict for each target that says what was found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ops.bench import table
from ops.bench.rounds import Round
from ops.bench.targets import clean_rate, verdicts

OURS = Round(
    kind="rate", side="fil_vert", rate=40.0, seconds=15.0, advisers=120, load=1.0, offered=600, lost=0,
    served_per_s=40.0, asterisk_cpu_ms=8.0, controller_cpu_ms=4.0, asterisk_mib=120.0, controller_mib=110.0,
    loop_lag_s=0.010,
)  # fmt: skip
THEIRS = replace(
    OURS, side="app_queue", asterisk_cpu_ms=24.0, controller_cpu_ms=0.0, controller_mib=0.0, loop_lag_s=None
)


def at(one: Round, rate: float, **changes: object) -> Round:
    return replace(one, rate=rate, served_per_s=changes.pop("served", rate), **changes)  # type: ignore[arg-type]


def met(*rounds: Round) -> dict[str, bool | None]:
    return {one.target: one.met for one in verdicts(rounds)}


def test_without_rounds_nothing_is_met_and_nothing_missed() -> None:
    assert set(met().values()) == {None}
    assert table.tables([], verdicts([])).count("not measured") == 2 * 7


def test_a_clean_rate_loses_nobody_serves_what_is_offered_and_so_do_all_below_it() -> None:
    rounds = [at(THEIRS, rate) for rate in (10.0, 20.0, 40.0)]
    assert clean_rate(rounds, "app_queue") == 40.0
    assert clean_rate([*rounds, at(THEIRS, 60.0, lost=1)], "app_queue") == 40.0
    assert clean_rate([*rounds, at(THEIRS, 60.0, served=50.0)], "app_queue") == 40.0
    assert clean_rate([at(THEIRS, 30.0, lost=1), *rounds], "app_queue") == 20.0
    assert clean_rate(rounds, "fil_vert") is None


def test_one_lost_call_misses_the_faultless_rates() -> None:
    assert met(OURS)["no call lost at 40/s"] is True
    assert met(OURS, replace(OURS, lost=1))["no call lost at 40/s"] is False
    assert met(at(OURS, 60.0))["no call lost at 40/s"] is None


@pytest.mark.parametrize(("controller_ms", "reached"), [(16.0, True), (16.1, False)])
def test_cpu_counts_asterisk_and_controller_together(controller_ms: float, reached: bool) -> None:
    found = verdicts([THEIRS, replace(OURS, controller_cpu_ms=controller_ms)])
    (verdict,) = [one for one in found if "CPU per call" in one.target]
    assert verdict.met is reached
    assert "24.0 ms" in verdict.found


def test_an_overload_is_measured_against_app_queues_clean_rate() -> None:
    theirs = [at(THEIRS, 80.0), at(THEIRS, 100.0, lost=9)]
    overload = at(OURS, 120.0, kind="overload", served=64.0)
    served, lost = (one for one in verdicts([*theirs, overload]) if "1.5 ×" in one.target)
    assert (served.met, lost.met) == (True, True)
    served, lost = (
        one for one in verdicts([*theirs, replace(overload, served_per_s=63.0, lost=2)]) if "1.5 ×" in one.target
    )
    assert (served.met, lost.met) == (False, False)
    assert "2 of 600" in lost.found


def test_memory_is_judged_with_all_callers_up() -> None:
    waiting = at(OURS, 50.0, kind="waiting", offered=500, controller_mib=200.0)
    name = "controller at most 200 MiB with 500 calls up"
    assert met(waiting)[name] is True
    assert met(replace(waiting, controller_mib=200.5))[name] is False
    assert met(replace(waiting, lost=3))["controller at most 200 MiB with 497 calls up"] is False


def test_the_worst_lateness_of_all_rounds_counts() -> None:
    (verdict,) = [one for one in verdicts([OURS, at(OURS, 60.0, loop_lag_s=0.051)]) if "event loop" in one.target]
    assert verdict.met is False
    assert verdict.found == "51 ms (rate, 60/s)"


def test_a_loop_that_is_late_under_overload_has_missed_too_and_what_it_was_otherwise_is_said() -> None:
    (verdict,) = [
        one for one in verdicts([OURS, at(OURS, 150.0, kind="overload", loop_lag_s=0.136)]) if "loop" in one.target
    ]
    assert verdict.met is False
    assert verdict.found == "136 ms (overload, 150/s), else 10 ms"


def test_both_sides_of_a_rate_stand_in_one_row_with_their_ratio() -> None:
    lines = table.tables([THEIRS, OURS, at(THEIRS, 60.0)], ()).splitlines()
    assert len(lines) == 4
    assert "| 12.0     | 8.0 + 4.0" in lines[2]
    assert lines[2].rstrip().endswith("| 0.50    | 1.00       |")
    assert "60.0" in lines[3]


def test_the_same_rate_played_twice_has_two_rows() -> None:
    assert len(table.tables([THEIRS, OURS, THEIRS, OURS], ()).splitlines()) == 4


def test_gaps_are_shown_where_they_were_measured() -> None:
    saturated = at(OURS, 15.0, kind="saturated", gaps=70, gap_p50_s=0.003, gap_p99_s=0.0053)
    assert "| 70    | 3.0    | 5.3    |" in table.tables([saturated], ())
    assert "p50 3 ms p99 5 ms" in table.progress(saturated)


def test_a_lost_call_is_told_with_its_reason() -> None:
    assert "lost 2/600 (TimeoutOnRecv 2)" in table.progress(replace(OURS, lost=2, why_lost=(("TimeoutOnRecv", 2),)))


def test_all_rows_of_a_table_are_equally_wide() -> None:
    text = table.markdown(("a", "bcd"), [("12345", "x"), ("", "äé")])
    assert {len(row) for row in text.splitlines()} == {15}
