"""Only an Asterisk that is good enough is used, and a prefix counts when it is complete."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ops.asterisk import programs
from ops.asterisk.apt import explain


@pytest.mark.parametrize(
    ("said", "version", "good"),
    [
        ("Asterisk 22.10.1+dfsg+~cs6.17.60671434-1", (22, 10, 1), True),
        ("1:22.10.1~dfsg+~cs6.15.60671435-1", (22, 10, 1), True),
        ("Asterisk 22.11.0", (22, 11, 0), True),
        ("Asterisk 22.9.0", (22, 9, 0), False),
        ("Asterisk certified/20.7-cert2", (20, 7, 0), False),
        ("Asterisk 23.4.1", (23, 4, 1), False),
        ("Asterisk 16.28.0~dfsg-0+deb11u3", (16, 28, 0), False),
        ("", None, False),
        ("command not found", None, False),
    ],
)
def test_only_asterisk_22_from_22_10_1_on_is_good(said: str, version: tuple[int, ...] | None, good: bool) -> None:
    assert programs.parse_version(said) == version
    assert programs.is_good(version) is good


@pytest.mark.parametrize("said", ["Asterisk 20.6.0~dfsg", "Asterisk 23.1.0", "Asterisk 22.9.0", "nonsense"])
def test_the_machines_own_asterisk_of_another_version_is_not_used_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    program = tmp_path / "asterisk"
    program.write_text(f"#!/bin/sh\necho '{said}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found, remark = programs.system_asterisk()
    assert found is None
    assert said in remark
    assert "private one" in remark


def test_a_machine_without_asterisk_says_nothing_about_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.asterisk.programs.shutil.which", lambda *_, **__: None)
    assert programs.system_asterisk() == (None, "")


@pytest.mark.parametrize(
    "content", [None, "", "{", "[]", "{}", '{"version": "22.10.1", "system": false, "pico": true}']
)
def test_a_prefix_without_a_whole_stamp_is_not_installed(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / programs.STAMP).write_text(content)
    assert programs.installed(tmp_path) is None


def test_a_stamped_prefix_whose_programs_are_gone_is_not_installed(tmp_path: Path) -> None:
    stamp = programs.wanted_stamp(uses_system=False, has_pico=True) | {"version": "22.10.1"}
    (tmp_path / programs.STAMP).write_text(json.dumps(stamp))
    assert programs.installed(tmp_path) is None


@pytest.mark.parametrize(
    ("complaint", "says"),
    [
        ("W: Failed to fetch http://x/ Temporary failure resolving 'x'", "check the network"),
        ("E: Could not connect to x:80 (1.2.3.4), connection timed out", "check the network"),
        ("E: Failed to fetch x  404  Not Found", "has no suite"),
        ("E: You don't have enough free space in /x.", "disk is full"),
        ("dpkg-deb: error: failed to write (No space left on device)", "disk is full"),
        ("W: GPG error: x InRelease: NO_PUBKEY 6ED0E7B82643E131", "debian-archive-keyring"),
        ("E: Something nobody foresaw", "Something nobody foresaw"),
    ],
)
def test_a_complaint_of_apt_becomes_one_sentence_that_says_what_to_do(complaint: str, says: str) -> None:
    sentence = explain(complaint, "fetching the packages")
    assert says in sentence
    assert "\n" not in sentence
