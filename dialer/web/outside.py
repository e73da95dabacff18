"""How a request came to us: from this very machine or from elsewhere, over TLS or not, from a page of ours or not.

Decides whom we believe about it. What a proxy says is believed of those that we trust alone; a header of any proxy
takes away what only this machine may do. Must not know accounts, nor what is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import web
from yarl import URL

from dialer.core.access.network import Network, network_of
from dialer.web.rappel.client import address_of, is_among

_PROXY_HEADERS = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")


@dataclass(frozen=True, slots=True)
class Outside:
    """What an operator says of it. ``trusted_proxies``: whose X-Forwarded-… are believed. ``public_url``: under which
    browsers find us; None: as they have called us."""

    trusted_proxies: Sequence[IPv4Network | IPv6Network] = ()
    public_url: str | None = None


class Way(StrEnum):
    """By which a password may reach us."""

    TLS = "tls"
    LOOPBACK = "loopback"
    """Plain, and never outside of this machine."""


def is_local(request: web.Request) -> bool:
    """It comes straight from this machine: the peer's address is loopback and no proxy has left its mark."""
    if any(header in request.headers for header in _PROXY_HEADERS) or request.transport is None:
        return False
    return is_loopback(request.transport.get_extra_info("peername"))


def is_loopback(peer: object) -> bool:
    """Whether a socket's peer is this machine. One that is no address (a socket in a file) is not said to be."""
    if not isinstance(peer, tuple):
        return False
    address = ip_address(str(peer[0]).partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def way_of(request: web.Request, outside: Outside) -> Way | None:
    """None: in the clear over a network, or through a proxy that nobody told us of."""
    if request.secure:
        return Way.TLS
    peer = address_of(_peer(request), (), ())
    if peer is not None and (is_among(peer, outside.trusted_proxies) or is_local(request)):
        said = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower()
        public = URL(outside.public_url).scheme if outside.public_url is not None else ""
        if (said or public) == "https":
            return Way.TLS
    return Way.LOOPBACK if is_local(request) else None


def network_asking(request: web.Request, outside: Outside) -> Network | None:
    """From where somebody tries to sign in, as far as tries are counted by it."""
    found = address_of(_peer(request), request.headers.getall("X-Forwarded-For", ()), outside.trusted_proxies)
    return network_of(str(found)) if found is not None else None


def is_ours(request: web.Request, outside: Outside) -> bool:
    """Whether a page of ours asks, as far as the browser says. One that says nothing at all changes nothing here: it
    is for reads alone, where a browser leaves out what is plain."""
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin in _origins(request, outside)
    site = request.headers.get("Sec-Fetch-Site")
    if request.method in ("GET", "HEAD"):
        return site in (None, "same-origin", "none")
    return site == "same-origin"


def _origins(request: web.Request, outside: Outside) -> frozenset[str]:
    scheme = "https" if way_of(request, outside) is Way.TLS else "http"
    found = {f"{scheme}://{request.host}"}
    if outside.public_url is not None:
        found.add(str(URL(outside.public_url).origin()))
    return frozenset(found)


def _peer(request: web.Request) -> object:
    return request.transport.get_extra_info("peername") if request.transport is not None else None
