"""The mirror is read from the machine, whichever of apt's formats it is written in."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.asterisk.sources import Source, debian_mirror, parse_deb822, parse_list, read_sources

KEY = "/usr/share/keyrings/debian-archive-keyring.gpg"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("deb http://mirror.test/debian bookworm main", [Source("http://mirror.test/debian", "bookworm", ("main",))]),
        (
            f"deb [arch=amd64 signed-by={KEY}] https://mirror.test/debian/ bookworm main contrib # ours",
            [Source("https://mirror.test/debian/", "bookworm", ("main", "contrib"), KEY)],
        ),
        (
            "deb [ trusted=no ]\thttp://mirror.test/debian\tbookworm\tmain",
            [Source("http://mirror.test/debian", "bookworm", ("main",))],
        ),
        (
            "deb mirror+file:/etc/apt/mirrors.list bookworm main",
            [Source("mirror+file:/etc/apt/mirrors.list", "bookworm", ("main",))],
        ),
        ("deb http://mirror.test/flat ./", [Source("http://mirror.test/flat", "./", ())]),
        ("deb-src http://mirror.test/debian bookworm main", []),
        ("# deb http://mirror.test/debian bookworm main", []),
        ("deb cdrom:[Debian GNU/Linux 12]/ bookworm main", []),
        ("deb", []),
        ("", []),
    ],
)
def test_one_line_sources_are_understood(line: str, expected: list[Source]) -> None:
    assert list(parse_list(line)) == expected


@pytest.mark.parametrize(
    ("paragraphs", "expected"),
    [
        (
            f"Types: deb\n# a remark\nURIs: http://mirror.test/debian\nSuites: bookworm bookworm-updates\n"
            f"Components: main\nSigned-By: {KEY}\n",
            [
                Source("http://mirror.test/debian", "bookworm", ("main",), KEY),
                Source("http://mirror.test/debian", "bookworm-updates", ("main",), KEY),
            ],
        ),
        (
            "types: deb deb-src\nURIs:\n http://a.test/debian\n http://b.test/debian\n"
            "Suites: trixie\nComponents: main\n",
            [Source("http://a.test/debian", "trixie", ("main",)), Source("http://b.test/debian", "trixie", ("main",))],
        ),
        (
            "Types: deb\nURIs: http://a.test/debian\nSuites: trixie\nComponents: main\n"
            "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBGPL0BUBEADm\n",
            [Source("http://a.test/debian", "trixie", ("main",))],
        ),
        ("Types: deb\nEnabled: no\nURIs: http://a.test/debian\nSuites: trixie\nComponents: main\n", []),
        ("Types: deb-src\nURIs: http://a.test/debian\nSuites: trixie\nComponents: main\n", []),
        (
            "Types: deb-src\nURIs: http://a.test/x\nSuites: trixie\n\n\n"
            "Types: deb\nURIs: http://b.test/x\nSuites: sid\n",
            [Source("http://b.test/x", "sid", ())],
        ),
        ("", []),
    ],
)
def test_paragraph_sources_are_understood(paragraphs: str, expected: list[Source]) -> None:
    assert list(parse_deb822(paragraphs)) == expected


def test_both_formats_are_read_and_other_files_are_not(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list").write_text("deb http://one.test/debian bookworm main\n")
    (tmp_path / "sources.list.d/debian.sources").write_text(
        "Types: deb\nURIs: http://two.test/debian\nSuites: bookworm\nComponents: main\n"
    )
    (tmp_path / "sources.list.d/old.list.disabled").write_text("deb http://three.test/debian bookworm main\n")
    assert [source.uri for source in read_sources(tmp_path)] == ["http://one.test/debian", "http://two.test/debian"]


def test_a_machine_without_sources_has_none(tmp_path: Path) -> None:
    assert read_sources(tmp_path) == ()


def test_the_mirror_is_that_of_the_release_itself_not_of_its_security_updates() -> None:
    security = Source("http://a.test/security", "bookworm-security", ("main",))
    backports = Source("http://a.test/other", "bookworm", ("contrib",))
    release = Source("http://a.test/debian", "bookworm", ("main",))
    assert debian_mirror([security, backports, release], "bookworm") == release
    assert debian_mirror([security, backports], "bookworm") is None
