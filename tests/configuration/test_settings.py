"""The environment: what each variable may hold, and what an operator is told otherwise."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.address import Address, PortRange, address, is_host
from dialer.settings import CHECKOUT, Settings, instant, read_settings


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DIALER_")]:
        monkeypatch.delenv(name)


def told(monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[str]:
    for name, value in variables.items():
        monkeypatch.setenv(f"DIALER_{name}", value)
    read = read_settings()
    return [] if isinstance(read, Settings) else [str(fault) for fault in read]


def settings(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    assert told(monkeypatch, **variables) == []
    read = read_settings()
    assert isinstance(read, Settings)
    return read


def test_without_any_variable_nothing_reaches_beyond_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    read = settings(monkeypatch)
    assert read == Settings(
        config=Path("config"),
        state=tmp_path / "var",
        prefix=CHECKOUT / ".prefix",
        database_url=f"sqlite+aiosqlite:///{tmp_path}/var/dialer.db",
        http=Address("127.0.0.1", 8080),
        sip=Address("127.0.0.1", 5060),
        ari=Address("127.0.0.1", 8088),
        rtp=PortRange(10000, 20000),
        trunk=Address("127.0.0.1", 5090),
        clock=None,
    )
    assert all(one.is_loopback for one in (read.http, read.sip, read.ari, read.trunk))


def test_every_variable_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    read = settings(
        monkeypatch, CONFIG="/etc/fil-vert", STATE=str(tmp_path), PREFIX="/opt/asterisk", HTTP="0.0.0.0:80",
        DATABASE_URL="postgresql://fil:vert@db/calls", SIP="[::1]:5070", ARI="localhost:8090", RTP="12000-12999",
        TRUNK="robots.example.net:5091", CLOCK="2026-11-23T10:00:00+01:00",
    )  # fmt: skip
    assert read == Settings(
        config=Path("/etc/fil-vert"),
        state=tmp_path,
        prefix=Path("/opt/asterisk"),
        database_url="postgresql+psycopg://fil:vert@db/calls",
        http=Address("0.0.0.0", 80),
        sip=Address("::1", 5070),
        ari=Address("localhost", 8090),
        rtp=PortRange(12000, 12999),
        trunk=Address("robots.example.net", 5091),
        clock=datetime(2026, 11, 23, 9, tzinfo=UTC),
    )
    assert [one.is_loopback for one in (read.http, read.sip, read.ari, read.trunk)] == [False, True, True, False]
    assert "vert@db" not in repr(read), "the database's password is not shown by accident"


def test_an_empty_variable_is_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch, HTTP="", CLOCK="").http == Address("127.0.0.1", 8080)


def test_all_faults_are_told_at_once_each_with_its_variable_and_its_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    here = "write HOST:PORT, as 127.0.0.1:8080 or [::1]:8080"
    assert sorted(
        told(
            monkeypatch, HTTP="8080", SIP="127.0.0.1:0", ARI="::1:8088", TRUNK="999.1.1.1:5090", RTP="20000-10000",
            CLOCK="2026-11-23T10:00:00", DATABASE_URL="mysql://u:hunter2@h/d",
        )
    ) == [
        f"DIALER_ARI: '::1' is not an IP address or a name of a host — {here}",
        "DIALER_CLOCK: '2026-11-23T10:00:00' has no offset, and so could be any of several instants — write an instant "
        "with its offset, as 2026-11-23T10:00:00+01:00",
        "DIALER_DATABASE_URL: is not the URL of a database that is known here — write sqlite:///PATH or "
        "postgresql://USER:PASSWORD@HOST/NAME",
        f"DIALER_HTTP: '8080' does not end in a port from 1 to 65535 — {here}",
        "DIALER_RTP: '20000-10000' does not go upwards within 1024 to 65535 — write 10000-20000",
        f"DIALER_SIP: '127.0.0.1:0' does not end in a port from 1 to 65535 — {here}",
        f"DIALER_TRUNK: '999.1.1.1' is not an IP address or a name of a host — {here}",
    ]  # fmt: skip


def test_two_things_in_one_place_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, ARI="127.0.0.1:8080", TRUNK="127.0.0.1:5060", RTP="5000-6000") == [
        "DIALER_ARI: 127.0.0.1:8080 is DIALER_HTTP too — give Asterisk and the pages a port each",
        "DIALER_TRUNK: 127.0.0.1:5060 is DIALER_SIP too: outbound calls would come back to us — write the address of "
        "the other side",
        "DIALER_RTP: 5000-6000 contains the port of DIALER_SIP, 5060 — move one of the two",
    ]


@pytest.mark.parametrize(
    "text", ["tomorrow", "2026-11-23", "10:00", "2026-02-30T10:00:00Z", "0001-01-01T00:00:00+14:00", "2026-11-23T10:00"]
)
def test_what_is_not_one_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not|has no offset"):
        instant(text)


@pytest.mark.parametrize("text", ["2026-11-23T09:00:00Z", "2026-11-23T10:00+01:00", "2026-11-23 04:00:00-05:00"])
def test_one_instant_may_be_written_in_several_ways(text: str) -> None:
    assert instant(text) == datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", ":80", "a b:80", "-a:80", "[127.0.0.1]:80", "[::1:80", "a:８０", "a:65536", "a:+1"]
)
def test_what_is_not_an_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"port|host|IPv6"):
        address(text)


@given(
    st.ip_addresses() | st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?(\.[a-z]{2,5})?", fullmatch=True),
    st.integers(1, 65535),
)
def test_an_address_is_read_as_it_is_shown(host: object, port: int) -> None:
    written = Address(str(host), port)
    assert address(str(written)) == written


@given(st.text(max_size=20))
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    try:
        found = address(text)
    except ValueError:
        return
    assert is_host(found.host)
    assert address(str(found)) == found
