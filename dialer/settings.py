"""Where this instance runs: the environment's DIALER_* variables → typed values, or every fault in them at once.

Decides what an instant looks like, and the defaults, none of which reaches beyond loopback. Must not know the
configuration (`dialer.configuration`) nor what is done with any of these values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from dialer.address import Address, PortRange, address, port_range
from schedules.faults import Fault

__all__ = ["Address", "PortRange", "Settings", "instant", "read_settings"]

CHECKOUT = Path(__file__).resolve().parents[1]
"""The folder that holds `dialer/`, `config/` and, unless DIALER_PREFIX says otherwise, `.prefix/`."""
PREFIX = "DIALER_"
DATABASE = "dialer.db"
"""The database's file in the state folder, when DIALER_DATABASE_URL is not given."""

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_YEARS = range(2000, 2100)
_T = TypeVar("_T")


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
