"""The machines do in every state, with every event, what these two tables promise."""

# ruff: noqa: E501 — the tables are wide

from pathlib import Path

import pytest

from tests.core import matrix

CALL = """
event                          | arrived         | in_flow, menu   | in_flow, hook   | in_flow, booking | in_flow, dialling | waiting         | offered         | talking        | talking, held  | talking, guest rings | talking, guest aside | talking, all three | talking, outside  | forwarded       | ended
the caller's leg is up         | in_flow         | ·               | ·               | ·                | ·                 | ·               | ·               | ·              | ·              | ·                    | ·                    | ·                  | ·                 | ·               | ·
the other phone is up          | ✗               | ·               | ·               | ·                | talking           | ·               | talking         | ·              | ·              | ·                    | ·                    | ·                  | ·                 | talking         | ·
the caller hangs up            | ended abandoned | ended abandoned | ended abandoned | ended abandoned  | ended abandoned   | ended abandoned | ended abandoned | ended answered | ended answered | ended answered       | ended answered       | ended answered     | ended transferred | ended abandoned | ·
the caller's leg fails         | ended failed    | ended failed    | ended failed    | ended failed     | ended failed      | ended failed    | ended failed    | ended failed   | ended failed   | ended failed         | ended failed         | ended failed       | ended failed      | ended failed    | ·
the other phone leaves         | ✗               | ✗               | ✗               | ✗                | waiting           | ✗               | waiting         | ended answered | ended answered | offered              | acts                 | acts               | ended transferred | waiting         | ·
digit 9 by the caller          | ·               | acts            | acts            | acts             | ·                 | in_flow         | in_flow         | ·              | ·              | ·                    | ·                    | ·                  | ·                 | ·               | ·
digit 1 by the caller          | ·               | waiting         | acts            | acts             | ·                 | ·               | ·               | ·              | ·              | ·                    | ·                    | ·                  | ·                 | ·               | ·
digit 9 by the other phone     | ·               | ·               | ·               | ·                | ·                 | ·               | ·               | ·              | ·              | ·                    | ·                    | ·                  | ·                 | ·               | ·
the prompt ends                | ·               | acts            | ·               | ·                | ·                 | acts            | acts            | ·              | ·              | ·                    | ·                    | ·                  | ·                 | ·               | ·
an older prompt ends           | ·               | ·               | ·               | ·                | ·                 | ·               | ·               | ·              | ·              | ·                    | ·                    | ·                  | ·                 | ·               | ·
the bridge is refused          | ✗               | ✗               | ✗               | ✗                | ✗                 | ✗               | ✗               | waiting        | waiting        | waiting              | waiting              | waiting            | ended failed      | ·               | ·
an older bridge is refused     | ✗               | ✗               | ✗               | ✗                | ✗                 | ✗               | ✗               | ·              | ·              | ·                    | ·                    | ·                  | ·                 | ·               | ·
the hook answers               | ✗               | ·               | waiting         | ·                | ·                 | ·               | ·               | ·              | ·              | ·                    | ·                    | ·                  | ·                 | ·               | ·
the hook fails                 | ✗               | ·               | acts            | ·                | ·                 | ·               | ·               | ·              | ·              | ·                    | ·                    | ·                  | ·                 | ·               | ·
the callback is booked         | ✗               | acts            | acts            | acts             | acts              | ✗               | ✗               | ✗              | ✗              | ✗                    | ✗                    | ✗                  | ✗                 | ✗               | ·
the slot is taken              | ✗               | acts            | acts            | acts             | acts              | ✗               | ✗               | ✗              | ✗              | ✗                    | ✗                    | ✗                  | ✗                 | ✗               | ·
nothing can be promised        | ✗               | acts            | acts            | acts             | acts              | ✗               | ✗               | ✗              | ✗              | ✗                    | ✗                    | ✗                  | ✗                 | ✗               | ·
the deadline                   | ended failed    | acts            | acts            | acts             | waiting           | acts            | waiting         | ·              | ·              | acts                 | ·                    | ·                  | ·                 | waiting         | ·
an early deadline              | ·               | ·               | ·               | ·                | ·                 | ·               | ·               | ·              | ·              | ·                    | ·                    | ·                  | ·                 | ·               | ·
an offer is made               | ✗               | ✗               | ✗               | ✗                | ✗                 | offered         | ✗               | ✗              | ✗              | ✗                    | ✗                    | ✗                  | ✗                 | ✗               | ·
nobody is on shift             | ✗               | ✗               | ✗               | ✗                | ✗                 | in_flow         | ·               | ·              | ·              | ·                    | ·                    | ·                  | ·                 | ✗               | ·
the guest's phone is up        | ✗               | ·               | ·               | ·                | ·                 | ·               | ·               | ·              | ·              | acts                 | ·                    | ·                  | ·                 | ·               | ·
the guest's phone leaves       | ✗               | ✗               | ✗               | ✗                | ✗                 | ✗               | ✗               | ✗              | ✗              | acts                 | acts                 | acts               | ✗                 | ✗               | ·
the guest is not bridged       | ✗               | ✗               | ✗               | ✗                | ✗                 | ✗               | ✗               | ·              | ·              | acts                 | acts                 | acts               | ·                 | ·               | ·
the caller is not brought back | ✗               | ✗               | ✗               | ✗                | ✗                 | ✗               | ✗               | waiting        | ·              | ·                    | ·                    | waiting            | ended failed      | ·               | ·
hold is asked for              | refused         | refused         | refused         | refused          | refused           | refused         | refused         | acts           | ·              | ·                    | ·                    | acts               | refused           | refused         | refused
to take back is asked for      | refused         | refused         | refused         | refused          | refused           | refused         | refused         | ·              | acts           | acts                 | acts                 | ·                  | refused           | refused         | refused
a colleague is asked aside     | refused         | refused         | refused         | refused          | refused           | refused         | refused         | acts           | acts           | refused              | refused              | refused            | refused           | refused         | refused
danger, a number               | refused         | refused         | refused         | refused          | refused           | refused         | refused         | acts           | acts           | acts                 | refused              | refused            | refused           | refused         | refused
sent on to a colleague         | refused         | refused         | refused         | refused          | refused           | refused         | refused         | offered        | offered        | refused              | refused              | refused            | refused           | refused         | refused
sent on to a number            | refused         | refused         | refused         | refused          | refused           | refused         | refused         | forwarded      | forwarded      | refused              | refused              | refused            | refused           | refused         | refused
sent on to a queue             | refused         | refused         | refused         | refused          | refused           | refused         | refused         | waiting        | waiting        | refused              | refused              | refused            | refused           | refused         | refused
all three is asked for         | refused         | refused         | refused         | refused          | refused           | refused         | refused         | refused        | refused        | refused              | acts                 | ·                  | refused           | refused         | refused
to hand over is asked for      | refused         | refused         | refused         | refused          | refused           | refused         | refused         | refused        | refused        | refused              | acts                 | acts               | refused           | refused         | refused
the guest is dismissed         | refused         | refused         | refused         | refused          | refused           | refused         | refused         | refused        | refused        | acts                 | acts                 | acts               | refused           | refused         | refused
the adviser asks to hang up    | refused         | refused         | refused         | refused          | refused           | refused         | refused         | ended answered | ended answered | offered              | acts                 | acts               | refused           | refused         | refused
the guest asks to hang up      | refused         | refused         | refused         | refused          | refused           | refused         | refused         | refused        | refused        | acts                 | acts                 | acts               | refused           | refused         | refused
resumed                        | acts            | acts            | acts            | acts             | ·                 | acts            | acts            | acts           | acts           | acts                 | acts                 | acts               | acts              | acts            | ·
resumed, the other phone up    | acts            | acts            | acts            | acts             | talking           | acts            | talking         | acts           | acts           | acts                 | acts                 | acts               | acts              | talking         | ·
resumed, bridged               | acts            | acts            | acts            | acts             | talking           | acts            | talking         | ·              | acts           | acts                 | acts                 | ·                  | ·                 | talking         | ·
"""
ADVISER = """
event                         | free        | free, resting | ringing           | talking           | wrapping_up       | unreachable, no phone | unreachable, retry
wish ready                    | ·           | ·             | ·                 | ·                 | free              | ·                     | ·
wish paused                   | wish paused | wish paused   | wish paused       | wish paused       | wish paused       | wish paused           | wish paused
wish away                     | wish away   | wish away     | wish away         | wish away         | wish away         | wish away             | wish away
phone registered              | ·           | ·             | ·                 | ·                 | ·                 | free                  | free
phone unregistered            | unreachable | unreachable   | acts              | acts              | acts              | ·                     | acts
the deadline                  | ·           | acts          | ·                 | ·                 | free, wish paused | ·                     | free
an early deadline             | ·           | ·             | ·                 | ·                 | ·                 | ·                     | ·
an offer                      | ringing     | ✗             | ✗                 | ✗                 | ✗                 | ✗                     | ✗
answered                      | ·           | ·             | talking           | ·                 | ·                 | ·                     | ·
not answered                  | ·           | ·             | free              | free              | ·                 | ·                     | ·
rejected                      | ·           | ·             | free              | free              | ·                 | ·                     | ·
rejected, one too many        | ·           | ·             | free, wish paused | free, wish paused | ·                 | ·                     | ·
busy                          | ·           | ·             | free              | free              | ·                 | ·                     | ·
phone not reached             | ·           | ·             | unreachable       | unreachable       | ·                 | ·                     | ·
phone failed                  | ·           | ·             | unreachable       | unreachable       | ·                 | ·                     | ·
dropped, nobody's fault       | ·           | ·             | free              | free              | ·                 | ·                     | ·
the caller left               | ·           | ·             | free              | free              | ·                 | ·                     | ·
a guest, answered             | ·           | ·             | talking           | ·                 | ·                 | ·                     | ·
a guest, not answered         | ·           | ·             | free              | free              | ·                 | ·                     | ·
a guest, phone not reached    | ·           | ·             | unreachable       | unreachable       | ·                 | ·                     | ·
a guest no more               | ·           | ·             | free              | free              | ·                 | ·                     | ·
a guest no more, another call | ·           | ·             | ·                 | ·                 | ·                 | ·                     | ·
the talk ended                | ·           | ·             | wrapping_up       | wrapping_up       | ·                 | ·                     | ·
the talk ended, no wrap-up    | ·           | ·             | free              | free              | ·                 | ·                     | ·
answered, another call        | ·           | ·             | ·                 | ·                 | ·                 | ·                     | ·
missed, another call          | ·           | ·             | ·                 | ·                 | ·                 | ·                     | ·
the talk ended, another call  | ·           | ·             | ·                 | ·                 | ·                 | ·                     | ·
"""
CALL_CELLS, ADVISER_CELLS = matrix.parse(CALL), matrix.parse(ADVISER)


def test_the_tables_promise_something_for_every_pair_of_state_and_event() -> None:
    assert set(CALL_CELLS) == {(s, e) for s in matrix.CALL_STATES for e in matrix.CALL_EVENTS}
    assert set(ADVISER_CELLS) == {(s, e) for s in matrix.ADVISER_STATES for e in matrix.ADVISER_EVENTS}


@pytest.mark.parametrize(("state", "event"), CALL_CELLS)
def test_a_call_does_what_the_table_promises(state: str, event: str) -> None:
    assert matrix.call_cell(state, event) == CALL_CELLS[state, event]


@pytest.mark.parametrize(("state", "event"), ADVISER_CELLS)
def test_an_adviser_does_what_the_table_promises(state: str, event: str) -> None:
    assert matrix.adviser_cell(state, event) == ADVISER_CELLS[state, event]


def test_the_document_is_current() -> None:
    """`python -m tests.core.matrix > docs/machines.md` mends it."""
    document = Path(__file__).parents[2] / "docs" / "machines.md"

    assert document.read_text(encoding="utf-8") == matrix.document()
