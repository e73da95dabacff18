"""What a softphone is told of STUN and TURN."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

from dialer.web.ice import Ice, servers

AT = datetime(2027, 3, 16, 9, 30, tzinfo=UTC)
TURN = ("turn:turn.example.net:3478", "turns:turn.example.net:443?transport=tcp")


def test_without_servers_a_softphone_is_told_of_none() -> None:
    assert servers(Ice(), "adv01-web", AT) == []


def test_turn_is_opened_by_a_name_that_ends_and_its_hmac_and_never_by_the_secret() -> None:
    ice = Ice(("stun:stun.example.net:3478",), TURN, "shared-with-turn")
    stun, turn = servers(ice, "adv01-web", AT)
    assert stun == {"urls": ["stun:stun.example.net:3478"]}
    assert turn["urls"] == list(TURN)
    assert turn["username"] == "1805232600:adv01-web"  # 21:30 UTC of that day
    wanted = hmac.new(b"shared-with-turn", b"1805232600:adv01-web", hashlib.sha1).digest()
    assert base64.b64decode(turn["credential"]) == wanted
    assert "shared-with-turn" not in repr((ice, stun, turn))
