"""[softphone]: servers that browsers take, with a secret where one is needed, or a sentence that says what to write."""

from __future__ import annotations

import pytest

from dialer.address import Address
from dialer.configuration.softphone import SoftphoneSettings, read_softphone
from schedules.faults import Fault

WHERE = "dialer.toml [softphone]"
TURN = "turns:turn.example.net:443?transport=tcp"


def read(table: object, **environ: str) -> tuple[SoftphoneSettings, list[Fault]]:
    faults: list[Fault] = []
    return read_softphone(table, WHERE, environ, faults), faults


def test_without_it_browsers_are_told_of_no_server_and_asterisk_asks_none() -> None:
    assert read({}) == (SoftphoneSettings(), [])


def test_asterisk_asks_the_first_server_that_it_can_ask_and_browsers_are_told_of_all() -> None:
    stun = ["stuns:stun.example.net:5349", "stun:stun.example.net", "stun:other.example.net:3479"]
    found, faults = read({"stun": stun, "turn": [TURN], "turn_secret_env": "TURN_SECRET"}, TURN_SECRET="shared-secret")
    assert faults == []
    assert (found.stun, found.turn) == (tuple(stun), (TURN,))
    assert found.asks == Address("stun.example.net", 3478)
    assert found.secret is not None
    assert found.secret.get_secret_value() == "shared-secret"
    assert "shared-secret" not in repr(found)


@pytest.mark.parametrize(
    "wrong",
    ["", "stun.example.net", "http://stun.example.net", "stun:", "stun:a b", "stun:stun.example.net:99999",
     "stun:stun.example.net?transport=udp", "turn:turn.example.net:3478", "stun:stun.example.net:3478;evil"],
)  # fmt: skip
def test_what_is_no_stun_server_is_refused_with_an_example(wrong: str) -> None:
    found, (fault,) = read({"stun": [wrong]})
    assert found == SoftphoneSettings()
    assert "stun:HOST:PORT" in fault.mend


@pytest.mark.parametrize(
    "wrong", ["turn.example.net", "stun:turn.example.net", f"{TURN}&x=1", "turn:turn.example.net?t"]
)
def test_what_is_no_turn_server_is_refused_with_an_example(wrong: str) -> None:
    _, (fault,) = read({"turn": [wrong], "turn_secret_env": "TURN_SECRET"}, TURN_SECRET="shared-secret")
    assert "turns:HOST:PORT" in fault.mend


def test_a_turn_server_without_a_secret_is_refused_and_so_is_a_secret_that_is_written_here() -> None:
    _, (unnamed,) = read({"turn": [TURN]})
    assert (unnamed.where, unnamed.mend) == (f"{WHERE} turn_secret_env", 'write turn_secret_env = "TURN_SECRET"')
    _, (unset,) = read({"turn": [TURN], "turn_secret_env": "TURN_SECRET"})
    assert "TURN_SECRET" in unset.what
    _, (written,) = read({"turn": [TURN], "turn_secret_env": "my secret!"})
    assert "my secret" not in str(written)
