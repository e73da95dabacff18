"""From where somebody asks, as far as tries to sign in are counted by it.

Decides which addresses are one. Must not know requests, nor which header may be believed. Nothing of it is stored.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import NewType

Network = NewType("Network", str)

SITE_BITS = 64
"""Of an IPv6 address: what one household or office is given at least (RFC 6177), and changes within as it likes."""


def network_of(address: str) -> Network | None:
    """An IPv4 address, or the /64 of an IPv6 one. None: it tells nobody from anybody, as that of a proxy on this very
    machine, or of a socket in a file."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    if found.is_loopback:
        return None
    if isinstance(found, IPv6Address):
        return Network(str(ip_network((found, SITE_BITS), strict=False)))
    return Network(str(found))
