"""[softphone]: the servers that help the voice between an adviser's browser and Asterisk through firewalls.

Decides what the address of a STUN or TURN server looks like, and that TURN has a secret. Must not know how either is
asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from dialer.address import Address, address
from dialer.configuration.secrets import VariableName, secret_of
from dialer.configuration.tables import Table, read_table, refusal, shown
from schedules.faults import Fault

_URI = re.compile(r"(?P<scheme>stuns?|turns?):(?P<place>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:(?P<port>[0-9]{1,5}))?")
_TRANSPORT = re.compile(r"\?transport=(udp|tcp)")
STUN_PORT = 3478
"""RFC 8489."""


@dataclass(frozen=True, slots=True)
class SoftphoneSettings:
    """stun, turn: URIs of RFC 7064 and 7065, as browsers take them. secret: shared with the TURN servers, None where
    there are none. asks: the STUN server that Asterisk asks how it is seen itself; None: none."""

    stun: tuple[str, ...] = ()
    turn: tuple[str, ...] = ()
    secret: SecretStr | None = None
    asks: Address | None = None


def _place(text: str, schemes: tuple[str, str]) -> Address | None:
    found = _URI.match(text)
    if found is None or found["scheme"] not in schemes:
        return None
    rest = text[found.end() :]
    if rest and (not found["scheme"].startswith("turn") or _TRANSPORT.fullmatch(rest) is None):
        return None
    try:
        return address(f"{found['place']}:{found['port'] or STUN_PORT}")
    except ValueError:
        return None


def _stun(text: str) -> str:
    if _place(text, ("stun", "stuns")) is None:
        raise refusal(f"{shown(text)} is no STUN server", "write stun:HOST:PORT, as stun:stun.example.net:3478")
    return text


def _turn(text: str) -> str:
    if _place(text, ("turn", "turns")) is None:
        mend = "write turn:HOST:PORT or turns:HOST:PORT, with ?transport=tcp behind it where it is TCP"
        raise refusal(f"{shown(text)} is no TURN server", mend)
    return text


class SoftphoneTable(Table):
    stun: list[Annotated[str, AfterValidator(_stun)]] = Field(
        default=[], max_length=5, examples=[["stun:stun.example.net:3478"]]
    )
    turn: list[Annotated[str, AfterValidator(_turn)]] = Field(
        default=[], max_length=5, examples=[["turns:turn.example.net:443?transport=tcp"]]
    )
    turn_secret_env: VariableName | None = Field(default=None, examples=["TURN_SECRET"])


def read_softphone(table: object, where: str, environ: Mapping[str, str], faults: list[Fault]) -> SoftphoneSettings:
    """What [softphone] writes; with faults, no servers."""
    read = read_table(SoftphoneTable, table, where, faults)
    if read is None:
        return SoftphoneSettings()
    secret = None
    if read.turn and read.turn_secret_env is None:
        what = "is missing, and a TURN server lets nobody through without its secret"
        faults.append(Fault(f"{where} turn_secret_env", what, 'write turn_secret_env = "TURN_SECRET"'))
    elif read.turn and read.turn_secret_env is not None:
        secret = secret_of(read.turn_secret_env, f"{where} turn_secret_env", environ, faults)
    # Asterisk asks by UDP: of a server behind TLS it would get no answer.
    asks = next((_place(each, ("stun", "stuns")) for each in read.stun if each.startswith("stun:")), None)
    return SoftphoneSettings(tuple(read.stun), tuple(read.turn), secret, asks)
