"""[trunk]: the telephone provider, how it is reached and how it is told from others.

Decides which combinations make sense. Must not know how Asterisk is told: `ops.asterisk` is handed these values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from dialer.address import is_host
from dialer.configuration.secrets import VariableName, secret_of
from dialer.configuration.tables import Table, read_table, refusal, shown
from schedules.faults import Fault

Transport = Literal["udp", "tcp", "tls"]
Codec = Literal["alaw", "ulaw"]
"""What is passed on without loss; prompts are stored in the first."""

_PORTS: Mapping[Transport, int] = {"udp": 5060, "tcp": 5060, "tls": 5061}


@dataclass(frozen=True, slots=True)
class Nat:
    """How we are seen from outside when we stand behind address translation. local_networks: reached without it."""

    external_address: str
    local_networks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trunk:
    """One provider. calls_from: addresses and networks its calls come from; empty: those of its host."""

    host: str
    port: int
    transport: Transport
    calls_from: tuple[str, ...]
    registers: bool
    username: str
    password: SecretStr | None
    domain: str
    """In From and in registrations; empty: the host."""
    codecs: tuple[Codec, ...]
    trusts_identity: bool
    """Whether its P-Asserted-Identity is believed; with `Privacy: id` the caller counts as masked."""
    symmetric: bool
    """Answer where packets come from, whatever they say: it is behind NAT itself."""
    encrypts_media: bool
    certificates: Path | None
    """The authorities that its TLS certificate is checked against."""
    nat: Nat | None


def _host(text: str) -> str:
    if not is_host(text):
        raise refusal(f"{shown(text)} is not a host", "write a name or an IP address, without port or sip:")
    return text


def _network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError:
        mend = "write an address as 192.0.2.10, or a network as 192.0.2.0/24 with nothing after its first bits"
        raise refusal(f"{shown(text)} is not an IP address or network", mend) from None
    return text


def _username(text: str) -> str:
    if not text or not text.isascii() or not text.isprintable() or set(text) & set(" ;<>\"'"):
        raise refusal(f"{shown(text)} is not the user of a SIP account", "write it as the provider gave it")
    return text


def certificates_file(text: str) -> str:
    """`text` as the full path of a file that is there. PydanticCustomError with `what` and `mend` otherwise."""
    if not Path(text).is_absolute() or not text.isprintable() or ";" in text:
        raise refusal(f"{shown(text)} is not the full path of a file", "begin with /, as /etc/ssl/certs/provider.pem")
    if not Path(text).is_file():
        raise refusal(f"there is no file {shown(text)}", "put the authority's certificate there")
    return text


_Host = Annotated[str, AfterValidator(_host)]
_Networks = list[Annotated[str, AfterValidator(_network)]]


class NatTable(Table):
    external_address: _Host = Field(examples=["198.51.100.7"])
    local_networks: _Networks = Field(default=[], examples=[["10.0.0.0/8"]])


class TrunkTable(Table):
    host: _Host = Field(examples=["sip.example.net"])
    port: int | None = Field(default=None, ge=1, le=65535, examples=[5060])
    transport: Transport = Field(default="udp", examples=["udp"])
    calls_from: _Networks = Field(default=[], examples=[["192.0.2.10"]])
    register_: bool = Field(default=False, alias="register", examples=[True])
    username: Annotated[str, AfterValidator(_username)] | None = Field(default=None, examples=["33177771225"])
    password_env: VariableName | None = Field(default=None, examples=["TRUNK_PASSWORD"])
    domain: _Host | None = Field(default=None, examples=["example.net"])
    codecs: list[Codec] = Field(default=["alaw"], min_length=1, examples=[["alaw"]])
    trust_identity: bool = Field(default=False, examples=[True])
    symmetric: bool = Field(default=False, examples=[True])
    encrypt_media: bool = Field(default=False, examples=[True])
    certificates: Annotated[str, AfterValidator(certificates_file)] | None = Field(
        default=None, examples=["/etc/ssl/certs/provider.pem"]
    )
    nat: NatTable | None = Field(default=None, examples=[{"external_address": "198.51.100.7"}])


def read_trunk(
    table: object, where: str, environ: Mapping[str, str], wants_secrets: bool, faults: list[Fault]
) -> Trunk | None:
    """The trunk that [trunk] writes. wants_secrets: False where it is checked and not used, as in a demonstration."""
    read = read_table(TrunkTable, table, where, faults)
    if read is None:
        return None
    before = len(faults)
    if read.register_ and not (read.username and read.password_env):
        mend = "write username and password_env, or register = false for a provider that knows us by our address"
        faults.append(Fault(f"{where} register", "a registration needs a user and a password", mend))
    elif (read.username is None) != (read.password_env is None):
        missing = "username" if read.username is None else "password_env"
        faults.append(Fault(f"{where} {missing}", "is missing beside the other", "write both, or neither"))
    if read.encrypt_media and read.transport != "tls":
        what, mend = "the keys would travel in clear", 'write transport = "tls", or encrypt_media = false'
        faults.append(Fault(f"{where} encrypt_media", what, mend))
    if read.certificates and read.transport != "tls":
        what, mend = "nothing is checked without TLS", 'write transport = "tls", or take it out'
        faults.append(Fault(f"{where} certificates", what, mend))
    password = None
    if read.password_env and wants_secrets:
        password = secret_of(read.password_env, f"{where} password_env", environ, faults)
    if len(faults) > before:
        return None
    return Trunk(
        host=read.host,
        port=read.port or _PORTS[read.transport],
        transport=read.transport,
        calls_from=tuple(read.calls_from),
        registers=read.register_,
        username=read.username or "",
        password=password,
        domain=read.domain or "",
        codecs=tuple(dict.fromkeys(read.codecs)),
        trusts_identity=read.trust_identity,
        symmetric=read.symmetric,
        encrypts_media=read.encrypt_media,
        certificates=Path(read.certificates) if read.certificates else None,
        nat=Nat(read.nat.external_address, tuple(read.nat.local_networks)) if read.nat else None,
    )
