"""Where this machine fetches Debian packages from: its own apt sources, in both of their formats.

Decides which mirror to use. It knows no host by name: a mirror is always read from the machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Source:
    """One line of apt sources: a mirror, a suite of it and the suite's components."""

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str | None = None  # path of a keyring; None when not stated, or when the key is written inline


def parse_list(text: str) -> Iterator[Source]:
    """The one-line format (`sources.list`, `*.list`): `deb [option=value …] URI suite component…`."""
    for raw in text.splitlines():
        line = raw.partition("#")[0].strip()
        found = re.fullmatch(r"deb\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<uri>\S+)\s+(?P<suite>\S+)(?P<rest>.*)", line)
        if not found or found["uri"].startswith("cdrom:"):
            continue
        options = dict(part.partition("=")[::2] for part in (found["options"] or "").split())
        yield Source(found["uri"], found["suite"], tuple(found["rest"].split()), _path(options.get("signed-by", "")))


def parse_deb822(text: str) -> Iterator[Source]:
    """The paragraph format (`*.sources`); every URI with every suite, paragraphs that are not enabled left out."""
    for paragraph in re.split(r"\n[ \t]*\n", _without_comments(text)):
        fields: dict[str, str] = {}
        name = ""
        for line in paragraph.splitlines():
            if line[:1] in (" ", "\t"):
                fields[name] = f"{fields.get(name, '')} {line.strip()}"
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in ("no", "false", "0"):
            continue
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                if not uri.startswith("cdrom:"):
                    yield Source(
                        uri, suite, tuple(fields.get("components", "").split()), _path(fields.get("signed-by", ""))
                    )


def read_sources(folder: Path) -> tuple[Source, ...]:
    """All sources under an apt folder (`/etc/apt`), in the order in which apt reads them."""
    files = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]
    found: list[Source] = []
    for file in files:
        if file.suffix in (".list", ".sources") and file.is_file():
            text = file.read_text(encoding="utf-8", errors="replace")
            found += parse_deb822(text) if file.suffix == ".sources" else parse_list(text)
    return tuple(found)


def debian_mirror(sources: Iterable[Source], codename: str) -> Source | None:
    """The first source that carries Debian's own release of this name (`bookworm`) with `main`.

    Security and update suites lie on other trees and are passed over; None when the machine has no such source.
    """
    for source in sources:
        if source.suite.rstrip("/") == codename and "main" in source.components:
            return source
    return None


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


def _path(signed_by: str) -> str | None:
    """A keyring's path out of `Signed-By`; fingerprints and inline keys name no file."""
    first = signed_by.split()[0].split(",")[0] if signed_by.split() else ""
    return first if first.startswith("/") else None
