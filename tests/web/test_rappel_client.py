"""Whose request it is: X-Forwarded-For is believed only as far as trusted proxies have written it."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.web.rappel.client import client_of

PROXY, FAR = ip_network("127.0.0.0/8"), ip_network("198.51.100.0/24")
V6 = ip_network("2001:db8:ff::/48")


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "client"),
    [
        ("203.0.113.7", [], [PROXY], "203.0.113.7"),
        ("203.0.113.7", ["192.0.2.1"], [PROXY], "203.0.113.7"),  # nobody we trust said so
        ("203.0.113.7", ["192.0.2.1"], [], "203.0.113.7"),
        ("127.0.0.1", ["192.0.2.1"], [PROXY], "192.0.2.1"),
        ("127.0.0.1", [], [PROXY], "127.0.0.1"),
        ("127.0.0.1", ["10.9.9.9, 192.0.2.1"], [PROXY], "192.0.2.1"),  # the left one is the client's own invention
        ("127.0.0.1", ["10.9.9.9", "192.0.2.1"], [PROXY], "192.0.2.1"),  # so it is over two headers
        ("127.0.0.1", ["192.0.2.1, 198.51.100.4"], [PROXY, FAR], "192.0.2.1"),
        ("127.0.0.1", ["192.0.2.1, 198.51.100.4"], [PROXY], "198.51.100.4"),
        ("127.0.0.1", ["127.0.0.9, 198.51.100.4"], [PROXY, FAR], "127.0.0.9"),  # all trusted: the first there is
        ("127.0.0.1", ["192.0.2.1, unknown"], [PROXY], "127.0.0.1"),
        ("127.0.0.1", ["192.0.2.1, "], [PROXY], "127.0.0.1"),
        ("127.0.0.1", [" 192.0.2.1:4711 "], [PROXY], "192.0.2.1"),
        ("::ffff:127.0.0.1", ["::ffff:192.0.2.1"], [PROXY], "192.0.2.1"),
        ("2001:db8:1:2:aaaa::1", [], [PROXY], "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9%eth0", [], [PROXY], "2001:db8:1:2::/64"),
        ("2001:db8:ff::1", ["[2001:db8:7:8::5]:443"], [V6], "2001:db8:7:8::/64"),
    ],
)
def test_the_right_most_hop_that_is_not_trusted_is_the_client(peer, forwarded, trusted, client):
    assert client_of((peer, 5), forwarded, trusted) == client


@pytest.mark.parametrize("peer", [None, "", (), ("not an address", 1)])
def test_a_peer_without_an_address_is_one_client_and_what_it_forwards_is_not_believed(peer):
    assert client_of(peer, ["192.0.2.1"], [PROXY]) == "no address"


@given(st.lists(st.text(max_size=30), max_size=4), st.ip_addresses())
def test_no_header_moves_a_client_who_comes_straight(forwarded, peer):
    assert client_of((str(peer), 1), forwarded, []) == client_of((str(peer), 1), [], [])


@given(st.lists(st.text(max_size=40), max_size=5))
def test_no_header_makes_it_fail(forwarded):
    assert client_of(("127.0.0.1", 1), forwarded, [PROXY])
