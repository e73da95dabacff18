"""From where somebody asks: what is one for counting, and what is nobody's."""

import pytest

from dialer.core.access.network import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("127.0.0.1", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("", None),
        ("unix:", None),
        ("192.0.2.7, 192.0.2.8", None),
    ],
)
def test_an_address_is_counted_by_what_one_household_or_office_has(address: str, network: str | None) -> None:
    assert network_of(address) == network
