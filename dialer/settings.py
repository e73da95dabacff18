"""Where this instance runs: the environment's DIALER_* variables → typed values, or every fault in them at once.

Decides what an address, a range of ports and an instant look like, and the defaults, none of which reaches beyond
loopback. Must not know the configuration (`dialer.configuration`) nor what is done with any of these values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from schedules.faults import Fault

CHECKOUT = Path(__file__).resolve().parents[1]
"""The folder that holds `dialer/`, `config/` and, unless DIALER_PREFIX says otherwise, `.prefix/`."""
PREFIX = "DIALER_"
DATABASE = "dialer.db"
"""The database's file in the state folder, when DIALER_DATABASE_URL is not given."""

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.I)
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_YEARS = range(2000, 2100)
_PORTS_MIN = 4
"""A call has two legs, each with a port for its sound and one for its reports."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port. host: IPv4, IPv6 without brackets, or a name."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host.lower() == "localhost":
            return True
        return is_host(self.host) and _is_ip(self.host) and ip_address(self.host).is_loopback


@dataclass(frozen=True, slots=True)
class PortRange:
    """Ports from `low` to `high`, both included."""

    low: int
    high: int

    def __str__(self) -> str:
        return f"{self.low}-{self.high}"

    def __contains__(self, port: int) -> bool:
        return self.low <= port <= self.high


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. config: as written, so that faults show it so; state, prefix: absolute."""

    config: Path
    state: Path
    prefix: Path
    database_url: str = field(repr=False)
    """With the driver that we use. May hold a password."""
    http: Address
    sip: Address
    ari: Address
    rtp: PortRange
    trunk: Address
    """Where outbound calls go in demo mode."""
    clock: datetime | None
    """UTC."""


def address(text: str) -> Address:
    """`127.0.0.1:8080`, `[::1]:8080` or `name:8080`. ValueError otherwise."""
    host, colon, port = text.strip().rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or not 1 <= int(port[:6]) <= 65535:
        raise ValueError(f"{text!r} does not end in a port from 1 to 65535")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        if ":" not in host or not is_host(host):
            raise ValueError(f"{host!r} is not an IPv6 address")
    elif not is_host(host) or ":" in host:
        raise ValueError(f"{host!r} is not an IP address or a name of a host")
    return Address(host, int(port))


def port_range(text: str) -> PortRange:
    """`10000-20000`, both included. ValueError otherwise."""
    match = re.fullmatch(r"(\d{1,5})\s*-\s*(\d{1,5})", text.strip(), re.ASCII)
    if match is None:
        raise ValueError(f"{text!r} is not a range of ports")
    low, high = int(match[1]), int(match[2])
    if not 1024 <= low <= high <= 65535:
        raise ValueError(f"{text!r} does not go upwards within 1024 to 65535")
    if high - low + 1 < _PORTS_MIN:
        raise ValueError(f"{text!r} has fewer than {_PORTS_MIN} ports, and one call needs as many")
    return PortRange(low, high)


def instant(text: str) -> datetime:
    """`2026-11-23T10:00:00+01:00`, or ending in Z, in UTC. ValueError otherwise, and when it has no offset."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is not an instant") from None
    if at.utcoffset() is None:
        raise ValueError(f"{text!r} has no offset, and so could be any of several instants")
    if at.year not in _YEARS:
        raise ValueError(f"{text!r} is not within the years {_YEARS[0]} to {_YEARS[-1]}")
    return at.astimezone(UTC)


def is_host(text: str) -> bool:
    """Whether `text` is an IPv4 or IPv6 address or the name of a host."""
    return _is_ip(text) or (_HOST.fullmatch(text) is not None and not re.fullmatch(r"[\d.]+", text))


def _is_ip(text: str) -> bool:
    try:
        found = ip_address(text)
    except ValueError:
        return False
    return not (isinstance(found, IPv6Address) and found.scope_id)


def _database_url(text: str) -> str:
    scheme, colon, rest = text.strip().partition("://")
    if not colon or scheme not in _DRIVERS:
        raise ValueError("is not the URL of a database that is known here")  # not quoted: it may hold a password
    return f"{_DRIVERS[scheme]}://{rest}"


def _as(read: Callable[[str], _T]) -> BeforeValidator:
    return BeforeValidator(lambda value: read(value) if isinstance(value, str) else value)


_Address = Annotated[Address, NoDecode, _as(address)]


class _Environment(BaseSettings):
    """The variables and their defaults. An empty variable counts as not set."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore")

    config: Path = Path("config")
    state: Path = Path("var")
    prefix: Path = CHECKOUT / ".prefix"
    database_url: Annotated[str, _as(_database_url)] | None = None
    http: _Address = Address("127.0.0.1", 8080)
    sip: _Address = Address("127.0.0.1", 5060)
    ari: _Address = Address("127.0.0.1", 8088)
    rtp: Annotated[PortRange, NoDecode, _as(port_range)] = PortRange(10000, 20000)
    trunk: _Address = Address("127.0.0.1", 5090)
    clock: Annotated[datetime, NoDecode, _as(instant)] | None = None


CLOCK_MEND = "write an instant with its offset, as 2026-11-23T10:00:00+01:00"
_MENDS = {
    "database_url": "write sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME",
    "rtp": "write 10000-20000",
    "clock": CLOCK_MEND,
}


def read_settings() -> Settings | list[Fault]:
    """What the environment of this process says, or every fault in it, each with its variable's name."""
    try:
        read = _Environment()
    except ValidationError as error:
        return [_fault(str(one["loc"][0]), one["msg"]) for one in error.errors(include_url=False, include_input=False)]
    state = read.state.expanduser().absolute()
    settings = Settings(
        config=read.config.expanduser(),
        state=state,
        prefix=read.prefix.expanduser().absolute(),
        database_url=read.database_url or f"sqlite+aiosqlite:///{state / DATABASE}",
        http=read.http,
        sip=read.sip,
        ari=read.ari,
        rtp=read.rtp,
        trunk=read.trunk,
        clock=read.clock,
    )
    return _clashes(settings) or settings


def _fault(name: str, message: str) -> Fault:
    mend = _MENDS.get(name, "write HOST:PORT, as 127.0.0.1:8080 or [::1]:8080")
    return Fault(f"{PREFIX}{name.upper()}", message.removeprefix("Value error, "), mend)


def _clashes(settings: Settings) -> list[Fault]:
    """Two things that cannot be in one place."""
    faults: list[Fault] = []
    if settings.ari == settings.http:
        what = f"{settings.ari} is DIALER_HTTP too"
        faults.append(Fault("DIALER_ARI", what, "give Asterisk and the pages a port each"))
    if settings.trunk == settings.sip:
        what = f"{settings.trunk} is DIALER_SIP too: outbound calls would come back to us"
        faults.append(Fault("DIALER_TRUNK", what, "write the address of the other side"))
    if settings.sip.port in settings.rtp:
        what = f"{settings.rtp} contains the port of DIALER_SIP, {settings.sip.port}"
        faults.append(Fault("DIALER_RTP", what, "move one of the two"))
    return faults
