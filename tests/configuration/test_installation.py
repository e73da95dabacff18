"""What dialer.toml says of the provider and of the outside, once it is without fault."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr

from dialer.configuration.hooks import Hook
from dialer.configuration.load import Configuration, read_configuration
from dialer.configuration.trunk import Nat, Trunk

EVERYTHING = """
[trunk]
host = "sip.example.net"
transport = "tls"
calls_from = ["192.0.2.10", "2001:db8::/32"]
register = true
username = "33177771225"
password_env = "TRUNK_PASSWORD"
domain = "example.net"
codecs = ["ulaw", "alaw", "ulaw"]
trust_identity = true
symmetric = true
encrypt_media = true

[trunk.nat]
external_address = "198.51.100.7"
local_networks = ["10.0.0.0/8"]

[numbers]
secretariat = "01 99 00 00 01"
reunion = "0262 20 00 00"
ours = "0 800 12 25 00"
dots = "01.99.00.00.02"

[hooks.dossier]
url = "https://example.net/dossier"
secret_env = "DOSSIER_SECRET"

[hooks.here]
url = "http://127.0.0.1:9000/"
timeout_s = 1
"""


def read(folder: Path, text: str, demo: bool = False, **environ: str) -> Configuration:
    with (folder / "dialer.toml").open("a", encoding="utf-8") as file:
        file.write(text)
    configuration = read_configuration(folder, demo, on=date(2026, 11, 23), environ=environ)
    assert isinstance(configuration, Configuration), configuration
    return configuration


def test_a_trunk_has_everything_that_was_written(folder: Path) -> None:
    configuration = read(folder, EVERYTHING, TRUNK_PASSWORD="hunter2", DOSSIER_SECRET="a-b")
    assert configuration.trunk == Trunk(
        host="sip.example.net",
        port=5061,
        transport="tls",
        calls_from=("192.0.2.10", "2001:db8::/32"),
        registers=True,
        username="33177771225",
        password=SecretStr("hunter2"),
        domain="example.net",
        codecs=("ulaw", "alaw"),
        trusts_identity=True,
        symmetric=True,
        encrypts_media=True,
        certificates=None,
        nat=Nat("198.51.100.7", ("10.0.0.0/8",)),
    )
    assert "hunter2" not in repr(configuration)


def test_a_trunk_of_one_line_is_known_by_its_address_and_believed_nothing(folder: Path) -> None:
    trunk = read(folder, '[trunk]\nhost = "192.0.2.1"').trunk
    assert trunk is not None
    assert (trunk.port, trunk.transport, trunk.codecs) == (5060, "udp", ("alaw",))
    assert {trunk.registers, trunk.trusts_identity, trunk.symmetric, trunk.encrypts_media} == {False}
    assert trunk.password is None


def test_numbers_are_normalised_and_hooks_are_named_to_the_desk(folder: Path) -> None:
    configuration = read(folder, EVERYTHING, TRUNK_PASSWORD="hunter2", DOSSIER_SECRET="a-b")
    assert configuration.rules.numbers == {
        "secretariat": "+33199000001", "reunion": "+262262200000", "ours": "+33800122500",
        "dots": "+33199000002",
    }  # fmt: skip
    assert configuration.rules.hooks == {"dossier", "here"}
    assert configuration.hooks == {
        "dossier": Hook("dossier", "https://example.net/dossier", 2.0, SecretStr("a-b")),
        "here": Hook("here", "http://127.0.0.1:9000/", 1.0, None),
    }


@pytest.mark.parametrize("by_mode", [True, False])
def test_a_demonstration_needs_no_secret_no_roster_and_uses_no_trunk(folder: Path, by_mode: bool) -> None:
    (folder / "roster.csv").unlink()
    if by_mode:
        path = folder / "dialer.toml"
        path.write_text(path.read_text(encoding="utf-8").replace('"development"', '"demo"'), encoding="utf-8")
    configuration = read(folder, EVERYTHING, demo=not by_mode)
    assert configuration.demo
    assert configuration.trunk is None
    assert configuration.hooks["dossier"].secret is None


def test_limits_reach_the_desk_and_the_check_of_flows(folder: Path) -> None:
    path = folder / "dialer.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("answer_max_s = 10.0", "answer_max_s = 5"), encoding="utf-8")
    assert read(folder, "").rules.answer_max_s == 5.0
    path.write_text(text.replace("help_max_s = 180.0", "help_max_s = 30"), encoding="utf-8")
    refused = read_configuration(folder, demo=False, environ={})
    assert isinstance(refused, list)
    assert all("before a person, a callback or an end" in fault.what for fault in refused)


def test_a_line_may_be_recorded_where_recording_is_allowed_and_callers_are_told(folder: Path) -> None:
    path = folder / "dialer.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("allowed = false", "allowed = true"), encoding="utf-8")
    line = folder / "lines" / "main.toml"
    text = line.read_text(encoding="utf-8").replace("recording = false", "recording = true")
    line.write_text(
        text.replace('prompts = ["welcome"]', 'prompts = ["welcome", "recording_notice"]', 1), encoding="utf-8"
    )
    assert read(folder, "").recorded == {"main"}
