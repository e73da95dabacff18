"""[web] and [rappel]: how the outside sees our pages, whom we believe about it, and whether the public page is open.

Decides which proxies may be believed and what links may begin with. Must not know pages, requests or limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from pydantic import AfterValidator, Field

from dialer.configuration.officers import MailAddress
from dialer.configuration.tables import Table, read_table, refusal, shown
from dialer.configuration.url import BaseAddress
from schedules.faults import Fault

Network = IPv4Network | IPv6Network
_LOOPBACK = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class WebSettings:
    """trusted_proxies: whose X-Forwarded-For tells the client of a request. public_url: what links that are given out
    begin with, without a slash at its end; None where links lead to where we listen. public_page: whether /rappel takes
    requests. accessibility_contact: whom somebody writes to who cannot use a page; None where they call."""

    trusted_proxies: tuple[Network, ...] = tuple(ip_network(each) for each in _LOOPBACK)
    public_url: str | None = None
    public_page: bool = False
    accessibility_contact: str | None = None


def _proxy(text: str) -> str:
    try:
        network = ip_network(text)
    except ValueError:
        mend = "write an address as 192.0.2.10, or a network as 192.0.2.0/24 with nothing after its first bits"
        raise refusal(f"{shown(text)} is not an IP address or network", mend) from None
    if network.prefixlen == 0:
        raise refusal(f"{shown(text)} is everybody, and anybody could say to be another", "write our proxies alone")
    return text


class WebTable(Table):
    trusted_proxies: list[Annotated[str, AfterValidator(_proxy)]] = Field(
        default=list(_LOOPBACK), max_length=100, examples=[list(_LOOPBACK)]
    )
    public_url: BaseAddress | None = Field(default=None, examples=["https://example.net"])
    accessibility_contact: MailAddress | None = Field(default=None, examples=["accessibilite@example.net"])


class RappelTable(Table):
    """open: None, not said: open in a demonstration alone."""

    open: bool | None = Field(default=None, examples=[True])


def read_web(web: object, rappel: object, where: str, mode: str, demo: bool, faults: list[Fault]) -> WebSettings:
    """What the two tables of the file `where` write; with faults, the defaults. mode, demo: what this run is."""
    read = read_table(WebTable, web, f"{where} [web]", faults)
    page = read_table(RappelTable, rappel, f"{where} [rappel]", faults)
    if read is None or page is None:
        return WebSettings()
    is_open = demo if page.open is None else page.open
    if is_open and mode == "production" and not demo and read.public_url is None:
        what = "the public page is open, and the links it gives out would lead nowhere"
        faults.append(Fault(f"{where} [web] public_url", what, 'write public_url = "https://example.net"'))
    proxies = tuple(ip_network(each) for each in read.trusted_proxies)
    return WebSettings(proxies, read.public_url, is_open, read.accessibility_contact)
