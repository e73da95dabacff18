"""Addresses and ports: as text and as values.

Decides what names a host and a port. Must not know what is listening there, nor look up any name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.I)
_PORTS_MIN = 4
"""A call has two legs, each with a port for its sound and one for its reports."""


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


def is_host(text: str) -> bool:
    """Whether `text` is an IPv4 or IPv6 address or the name of a host."""
    return _is_ip(text) or (_HOST.fullmatch(text) is not None and not re.fullmatch(r"[\d.]+", text))


def _is_ip(text: str) -> bool:
    try:
        found = ip_address(text)
    except ValueError:
        return False
    return not (isinstance(found, IPv6Address) and found.scope_id)
