"""Who asks, as far as limits go: the address of a request's client, seen through the proxies that we trust.

Decides which hop of X-Forwarded-For is the client, and that an IPv6 client is its /64, of which one household has all
addresses. Must not know requests, nor keep or log any address.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_IPV6_PREFIX = 64


def client_of(peer: object, forwarded: Iterable[str], trusted: Sequence[Network]) -> str:
    """The key of the client of a request.

    peer: the socket's, as asyncio gives it. forwarded: every X-Forwarded-For of the request, in order. Hops are
    believed from the right, each because the one after it is trusted: the right-most that is not trusted is the client.
    A hop that is no address ends the belief at the proxy that wrote it. A peer without an address (a socket in a file)
    is one client.
    """
    hop = address_of(peer, forwarded, trusted)
    if hop is None:
        return "no address"
    if isinstance(hop, IPv6Address):
        return str(IPv6Network((hop, _IPV6_PREFIX), strict=False))
    return str(hop)


def address_of(peer: object, forwarded: Iterable[str], trusted: Sequence[Network]) -> Address | None:
    """The address of the client, whole: as `client_of` finds it. None: the peer has none."""
    hop = _address(str(peer[0])) if isinstance(peer, tuple) and peer else None
    if hop is None:
        return None
    hops = [hop for line in forwarded for hop in line.split(",")]
    while hops and is_among(hop, trusted):
        before = _address(hops.pop())
        if before is None:
            break
        hop = before
    return hop


def _address(text: str) -> Address | None:
    """An address as proxies write it: a port, brackets and a zone are left out; IPv4 in IPv6 is IPv4."""
    text = text.strip().strip('"').partition("%")[0]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_among(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
