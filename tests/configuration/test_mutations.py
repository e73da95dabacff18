"""Whatever becomes of the files, reading them ends in a whole configuration or in faults, never in an exception."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.configuration.load import Configuration, read_configuration
from schedules.faults import Fault

SHIPPED = Path(__file__).resolve().parents[2] / "config"
ROSTER_LINES = 60
"""So many of the roster, that reading it again and again takes no time."""
EXTRA = """
[trunk]
host = "sip.example.net"
transport = "tls"
calls_from = ["192.0.2.10"]
register = true
username = "u"
password_env = "SECRET"
codecs = ["alaw"]
[trunk.nat]
external_address = "198.51.100.7"
[numbers]
a = "01 99 00 00 01"
[hooks.h]
url = "https://example.net/h"
secret_env = "SECRET"
[webhooks]
url = "https://example.net/callbacks"
secret_env = "SECRET"
timeout_s = 5.0
[messages]
url = "https://example.net/sms"
secret_env = "SECRET"
sender = "Rappel"
remind_h = 3.0
[retention.HORS_CHAMP]
full_months = 1
[digest]
host = "mail.example.net"
sender = "fil-vert@example.net"
user = "u"
password_env = "SECRET"
at = "07:00"
[web]
public_url = "https://example.net"
trusted_proxies = ["192.0.2.10", "10.0.0.0/8"]
[rappel]
open = true
"""
VALUES = (
    '""', '"x"', "-1", "0", "1e400", "nan", "true", "[]", "{}", "[[]]", "{ a = {} }", "1979-05-27", "07:32:00",
    "1979-05-27T07:32:00Z", "99999999999999999999", '"\\u0000"', '"{hours}"', '"{x}"', '["a", 1]',
)  # fmt: skip


def _written(name: str) -> str:
    text = (SHIPPED / name).read_text(encoding="utf-8") + (EXTRA if name == "dialer.toml" else "")
    return "\n".join(text.split("\n")[: ROSTER_LINES if name == "roster.csv" else None])


WRITTEN = {
    name: _written(name)
    for name in sorted(str(path.relative_to(SHIPPED)) for path in SHIPPED.rglob("*") if path.is_file())
}


@st.composite
def mutations(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A file and its lines, one to three of them dropped, doubled, swapped or altered."""
    name = draw(st.sampled_from(list(WRITTEN)))
    lines = WRITTEN[name].split("\n")
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        key = lines[at].partition("=")[0]
        match draw(st.sampled_from(("drop", "double", "swap", "value", "key", "cut", "write"))):
            case "drop" if len(lines) > 1:
                del lines[at]
            case "double":
                lines.insert(at, lines[at])
            case "swap":
                other = draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
            case "value" if key:
                lines[at] = f"{key}= {draw(st.sampled_from(VALUES))}"
            case "key":
                lines[at] = f"x{lines[at]}"
            case "cut":
                lines[at] = lines[at][: draw(st.integers(0, len(lines[at])))]
            case _:
                lines[at] = draw(st.text(max_size=20))
    return name, lines


@pytest.fixture(scope="module")
def copy() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in WRITTEN.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        yield Path(folder)


@settings(max_examples=200, deadline=None)
@given(mutation=mutations(), demo=st.booleans())
def test_a_mutated_file_gives_a_configuration_or_faults(
    copy: Path, mutation: tuple[str, list[str]], demo: bool
) -> None:
    name, lines = mutation
    (copy / name).write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    try:
        read = read_configuration(copy, demo, on=date(2026, 11, 23), environ={"SECRET": "hunter2"})
    finally:
        (copy / name).write_text(WRITTEN[name], encoding="utf-8")
    if isinstance(read, Configuration):
        assert read.rules.lines
        assert read.prompts
        return
    assert read
    assert all(isinstance(fault, Fault) and fault.where.startswith(str(copy)) and fault.mend for fault in read)
    assert not any("hunter2" in str(fault) for fault in read)


def test_the_files_that_are_mutated_are_without_fault_themselves(copy: Path) -> None:
    read = read_configuration(copy, demo=False, on=date(2026, 11, 23), environ={"SECRET": "hunter2"})
    assert isinstance(read, Configuration)
    assert read.trunk is not None
    assert read.trunk.port == 5061
