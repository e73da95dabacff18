"""The arithmetic of the bench: from what SIPp wrote to figures, and what is started. No process is."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.configuration.load import Configuration, read_configuration
from ops.bench import sipp_logs, usage
from ops.bench.caller import adviser_phone, caller
from ops.bench.fil_vert import environment, metric, write_configuration
from ops.bench.percentile import percentile
from ops.bench.side import PASSWORD, Ports, adviser_ids
from ops.bench.sipp_logs import Talk
from schedules.shifts import Activity

PORTS = Ports(30000, 34999)


# -- percentiles -----------------------------------------------------------------------------------


def test_a_percentile_is_the_nearest_rank() -> None:
    values = [float(value) for value in range(1, 101)]
    assert [percentile(values, percent) for percent in (1, 50, 99, 99.1, 100)] == [1, 50, 99, 100, 100]
    assert percentile([7.0], 1) == percentile([7.0], 100) == 7.0


def test_there_is_no_percentile_of_nothing_and_none_beyond_a_hundred() -> None:
    for values, percent in (([], 50), ([1.0], 0), ([1.0], 101)):
        with pytest.raises(ValueError, match="no percentile"):
            percentile(values, percent)


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.1, 100))
def test_a_percentile_is_a_measured_value_that_so_many_do_not_exceed(values: list[float], percent: float) -> None:
    values.sort()
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= percent * len(values) * (1 - 1e-9)


# -- what SIPp wrote -------------------------------------------------------------------------------


def line(at: str, direction: str, call: str, cseq: str, first: str) -> str:
    return f"2026-11-22T00:29:{at}Z\t{direction}\t{call}\tCSeq:{cseq}\t{first}\n"


def rings(at: str, call: str, adviser: str) -> str:
    return line(at, "R", call, "1 INVITE", f"INVITE sip:{adviser}@127.0.0.1:30005 SIP/2.0")


def hung_up(at: str, call: str) -> str:
    return line(at, "R", call, "70 BYE", "SIP/2.0 200 OK")


def test_a_talk_lasts_from_its_invite_to_the_answer_to_its_bye() -> None:
    log = [
        rings("28.000000", "a@x", "adv01"),
        line("28.001000", "S", "a@x", "1 INVITE", "SIP/2.0 200 OK"),
        line("28.002000", "R", "a@x", "1 ACK", "ACK sip:phone@127.0.0.1:30005 SIP/2.0"),
        line("30.000000", "S", "a@x", "70 BYE", "BYE sip:asterisk@127.0.0.1:30000 SIP/2.0"),
        hung_up("30.500000", "a@x"),
    ]
    (talk,) = sipp_logs.talks(log)
    assert talk.adviser == "adv01"
    assert talk.free_at is not None
    assert talk.free_at - talk.rang_at == pytest.approx(2.5)


def test_what_is_sent_twice_counts_once_and_a_cut_line_not_at_all() -> None:
    log = [
        rings("28.000000", "a@x", "adv01"),
        rings("28.500000", "a@x", "adv01"),
        hung_up("30.000000", "a@x"),
        hung_up("31.000000", "a@x"),
        "2026-11-22T00:29:31.5",
    ]
    (talk,) = sipp_logs.talks(log)
    assert talk.free_at is not None
    assert talk.free_at - talk.rang_at == pytest.approx(2.0)


def test_a_talk_that_the_other_side_ended_leaves_nobody_free() -> None:
    log = [
        rings("28.000000", "a@x", "adv01"),
        line("29.000000", "R", "a@x", "9 BYE", "BYE sip:phone@127.0.0.1:30005 SIP/2.0"),
    ]
    assert [talk.free_at for talk in sipp_logs.talks(log)] == [None]


def test_a_gap_is_between_two_talks_of_the_same_adviser() -> None:
    log = [
        rings("01.000000", "a@x", "adv01"),
        rings("01.100000", "b@x", "adv02"),
        hung_up("03.000000", "a@x"),
        rings("03.010000", "c@x", "adv01"),
        hung_up("03.100000", "b@x"),
        rings("03.350000", "d@x", "adv02"),
    ]
    assert sorted(sipp_logs.idle_gaps_s(sipp_logs.talks(log))) == pytest.approx([0.010, 0.250])


def test_the_served_rate_is_of_the_time_in_which_callers_came() -> None:
    every_tenth = [Talk("adv01", at / 10, at / 10 + 2) for at in range(100)]  # ten a second for ten seconds
    assert sipp_logs.served_per_s(every_tenth, 10.0) == pytest.approx(10.0)
    assert sipp_logs.served_per_s([], 10.0) == 0.0


def test_a_backlog_that_is_served_later_does_not_raise_the_served_rate() -> None:
    half = [Talk("adv01", at / 5, at / 5 + 2) for at in range(100)]  # five a second for twenty seconds
    assert sipp_logs.served_per_s(half, 10.0) == pytest.approx(5.0, rel=0.03)


def test_the_callers_count_is_the_last_row_of_their_statistics() -> None:
    header = (
        "TotalCallCreated;SuccessfulCall(P);SuccessfulCall(C);FailedCall(C);FailedTimeoutOnRecv(C);FailedCmdNotSent(C);"
    )
    found = sipp_logs.tally(f"{header}\n5;5;5;0;0;0;\n12;6;11;1;1;0;\n")
    assert found == sipp_logs.Tally(offered=12, good=11, failed=1, why=(("TimeoutOnRecv", 1),))


def test_statistics_without_a_row_are_refused() -> None:
    for text in ("", "TotalCallCreated;SuccessfulCall(C);FailedCall(C);\n"):
        with pytest.raises(ValueError, match="no statistics"):
            sipp_logs.tally(text)


# -- what the machine says -------------------------------------------------------------------------


def test_cpu_is_user_and_system_time_whatever_the_program_is_called() -> None:
    stat = "42 (a (b) c) S " + " ".join(str(field) for field in range(4, 53))
    assert usage.cpu_in(stat) == pytest.approx((14 + 15) / 100)


def test_resident_memory_of_this_process_is_more_than_nothing() -> None:
    assert 5 < usage.rss_mib(os.getpid()) < 4096
    assert usage.cpu_s(os.getpid()) > 0


def test_a_metric_is_found_by_its_whole_name() -> None:
    text = '# HELP x\ndialer_waiting{queue="bench2"} 7.0\ndialer_waiting{queue="bench"} 3.0\n'
    assert metric(text, 'dialer_waiting{queue="bench"}') == 3.0
    assert metric(text, "dialer_waiting") is None


# -- what is started -------------------------------------------------------------------------------


def test_the_callers_digit_leaves_from_the_port_that_their_description_names() -> None:
    for scenario in (caller(60, Path("/captures")), adviser_phone()):
        assert "m=audio [media_port] " in scenario
        assert "rtpstream" not in scenario


def test_a_caller_who_is_not_hung_up_on_has_failed() -> None:
    scenario = caller(60, Path("/captures"))
    assert '<recv request="BYE" timeout="60000"/>' in scenario
    assert "ontimeout" not in scenario


def test_the_service_is_told_nothing_by_our_own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALER_CLOCK", "2027-03-16T10:30:00+01:00")
    variables = environment(Path("/prefix"), Path("/folder"), PORTS, ["adv01"])
    assert "DIALER_CLOCK" not in variables
    assert variables["DIALER_PHONE_PASSWORD_ADV01"] == PASSWORD
    assert variables["DIALER_SIP"] == "127.0.0.1:30000"


def test_no_two_things_share_a_port() -> None:
    named = [PORTS.sip.port, PORTS.pages.port, PORTS.ari.port, PORTS.outside.port, PORTS.callers, PORTS.phones]
    assert len(set(named)) == len(named)
    assert max(named) < min(PORTS.media)
    assert max(PORTS.media) + 20 <= PORTS.rtp[0]


def test_the_configuration_of_the_bench_has_no_fault(tmp_path: Path) -> None:
    at = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    write_configuration(tmp_path, adviser_ids(120), at)
    read = read_configuration(tmp_path, demo=False)
    assert isinstance(read, Configuration), read
    assert len(read.rules.advisers) == 120
    assert not read.demo
    assert len(read.rules.shifts.advisers_on(Activity.PHONE, at)) == 120
    (queue,) = read.rules.queues.values()
    assert queue.wrap_up_max_s == 0
