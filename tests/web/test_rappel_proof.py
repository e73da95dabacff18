"""The proof of work: solutions of our challenges are taken once and in time, and nothing else is."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import altcha
import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.web.rappel import proof
from dialer.web.rappel.proof import TRIES_MAX, TRIES_MIN, VALID_S, Proofs

from .rappel_office import solved


@pytest.fixture
def proofs() -> Proofs:
    return Proofs(b"k" * 32)


@pytest.fixture(autouse=True)
def light(monkeypatch):
    """The work itself is measured in the browser's test."""
    monkeypatch.setattr(proof, "ITERATIONS", 1)


def test_a_solution_is_taken_once(proofs):
    payload = solved(proofs.challenge())
    assert proofs.accepts(payload)
    assert not proofs.accepts(payload)


def test_every_challenge_is_another_and_takes_as_many_tries_as_it_should(proofs):
    challenges = [proofs.challenge() for _ in range(30)]
    assert len({each["signature"] for each in challenges}) == 30
    counters = [altcha.solve_challenge(altcha.Challenge.from_dict(each)).counter for each in challenges]
    assert min(counters) >= TRIES_MIN
    assert max(counters) < TRIES_MAX
    assert len(set(counters)) > 10


def test_a_solution_is_taken_for_twenty_minutes_and_no_longer():
    assert VALID_S == 1200
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        proofs = Proofs(b"k" * 32)
        in_time, late = solved(proofs.challenge()), solved(proofs.challenge())
        clock.shift(timedelta(seconds=VALID_S - 1))
        assert proofs.accepts(in_time)
        clock.shift(timedelta(seconds=2))
        assert not proofs.accepts(late)


def test_another_instances_challenge_is_not_ours(proofs):
    assert not proofs.accepts(solved(Proofs(b"o" * 32).challenge()))


def test_challenges_outlive_a_restart(proofs):
    assert Proofs(b"k" * 32).accepts(solved(proofs.challenge()))


def _with(payload: str, change) -> str:
    read = json.loads(base64.b64decode(payload))
    change(read)
    return base64.b64encode(json.dumps(read).encode()).decode()


@pytest.mark.parametrize(
    "change",
    [
        lambda sent: sent["challenge"]["parameters"].update(expiresAt=4_000_000_000),
        lambda sent: sent["challenge"]["parameters"].update(keyPrefix="00"),
        lambda sent: sent["challenge"]["parameters"].update(cost=2),
        lambda sent: sent["challenge"]["parameters"].pop("keySignature"),
        lambda sent: sent["challenge"].update(signature="00" * 32),
        lambda sent: sent["challenge"].pop("signature"),
        lambda sent: sent["challenge"].update(signature=7),
        lambda sent: sent["solution"].update(derivedKey="00" * 32),
        lambda sent: sent["solution"].update(derivedKey=None),
        lambda sent: sent.update(solution=[]),
        lambda sent: sent.update(challenge="x"),
    ],
)
def test_a_challenge_or_solution_that_was_changed_is_refused(proofs, change):
    payload = solved(proofs.challenge())
    assert not proofs.accepts(_with(payload, change))
    assert proofs.accepts(payload), "the unchanged one is good still"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=100).map(lambda raw: base64.b64encode(raw).decode()))
def test_whatever_is_sent_is_refused_and_makes_nothing_fail(text):
    assert not Proofs(b"k" * 32).accepts(text)


@pytest.mark.parametrize(
    "body", [[], 3, None, "x", {"challenge": {}}, {"challenge": {"parameters": {}}, "solution": {}}]
)
def test_json_that_is_no_payload_is_refused(proofs, body):
    assert not proofs.accepts(base64.b64encode(json.dumps(body).encode()).decode())


def test_a_payload_that_is_far_too_long_is_not_even_read(proofs):
    deep = base64.b64encode(b"[" * 100_000).decode()
    assert not proofs.accepts(deep)


def test_memory_is_bounded_and_an_old_solution_is_not_taken_again_for_it():
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False) as clock:
        proofs = Proofs(b"k" * 32, used_max=3)
        first = solved(proofs.challenge())
        assert proofs.accepts(first)
        assert all(proofs.accepts(solved(proofs.challenge())) for _ in range(2))
        assert not proofs.accepts(solved(proofs.challenge())), "full: it fails closed"
        assert not proofs.accepts(first)
        clock.shift(timedelta(seconds=VALID_S + 1))
        assert proofs.accepts(solved(proofs.challenge())), "what has expired makes room"
