"""[digest]: the relay by which officers get their day's work by e-mail, and at which hour. Without it nobody does.

Decides what may travel in clear: nothing that leaves this machine. Must not know what is written, nor to whom.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from dialer.address import Address, is_host
from dialer.configuration.officers import MailAddress
from dialer.configuration.secrets import VariableName, secret_of
from dialer.configuration.tables import Table, bounded, read_table, refusal, shown
from dialer.configuration.trunk import certificates_file
from schedules.faults import Fault

Tls = Literal["starttls", "tls", "none"]
_PORTS: Mapping[Tls, int] = {"starttls": 587, "tls": 465, "none": 25}
_AT = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)


@dataclass(frozen=True, slots=True)
class DigestMail:
    """The relay. user, password: None of both where it knows us by our address. certificates: the authorities its
    certificate is checked against; None: the system's. timeout_s: of each step of a delivery.

    at: on the clock where an officer works. service: whom cases are told to that nobody else is told of; None: nobody.
    """

    host: str
    port: int
    tls: Tls
    sender: str
    user: str | None = None
    password: SecretStr | None = None
    certificates: Path | None = None
    timeout_s: float = 10.0
    at: time = time(7, 30)
    service: str | None = None


def _host(text: str) -> str:
    if not is_host(text):
        raise refusal(f"{shown(text)} is not the name or IP address of a host", "write it as mail.example.net")
    return text


def _hour(text: str) -> str:
    if _AT.fullmatch(text) is None:
        raise refusal(f"{shown(text)} is not an hour of the day", 'write at = "07:30"')
    return text


def _user(text: str) -> str:
    if not text or not text.isascii() or not text.isprintable():
        raise refusal(f"{shown(text)} is no user of a relay", "write the name of the account")
    return text


class DigestTable(Table):
    host: Annotated[str, AfterValidator(_host)] = Field(examples=["mail.example.net"])
    port: int | None = Field(default=None, ge=1, le=65535, examples=[587])
    tls: Tls = Field(default="starttls", examples=["starttls"])
    sender: MailAddress = Field(examples=["fil-vert@example.net"])
    user: Annotated[str, AfterValidator(_user)] | None = Field(default=None, examples=["fil-vert"])
    password_env: VariableName | None = Field(default=None, examples=["DIGEST_PASSWORD"])
    certificates: Annotated[str, AfterValidator(certificates_file)] | None = Field(
        default=None, examples=["/etc/ssl/certs/relay.pem"]
    )
    timeout_s: float = bounded(10.0, 0.5, 60)
    at: Annotated[str, AfterValidator(_hour)] = Field(default="07:30", examples=["07:30"])
    service: MailAddress | None = Field(default=None, examples=["coordination@example.net"])


def read_digest(
    table: object, where: str, environ: Mapping[str, str], wants_secrets: bool, faults: list[Fault]
) -> DigestMail | None:
    """The relay that [digest] writes. wants_secrets: False in a demonstration, which may go without the password."""
    read = read_table(DigestTable, table, where, faults)
    if read is None:
        return None
    before = len(faults)
    if read.tls == "none" and not Address(read.host, 25).is_loopback:
        what = f"{shown(read.host)} is another machine, and the password and the text would travel in clear"
        faults.append(Fault(f"{where} tls", what, 'write tls = "starttls", or "tls"'))
    if read.certificates is not None and read.tls == "none":
        faults.append(Fault(f"{where} certificates", "nothing is checked without TLS", "take it out"))
    if (read.user is None) != (read.password_env is None):
        missing = "user" if read.user is None else "password_env"
        faults.append(Fault(f"{where} {missing}", "is missing beside the other", "write both, or neither"))
    password = None
    if read.password_env is not None and (wants_secrets or environ.get(read.password_env)):
        password = secret_of(read.password_env, f"{where} password_env", environ, faults)
    if len(faults) > before:
        return None
    return DigestMail(
        host=read.host,
        port=read.port or _PORTS[read.tls],
        tls=read.tls,
        sender=read.sender,
        user=read.user if password is not None else None,
        password=password,
        certificates=Path(read.certificates) if read.certificates else None,
        timeout_s=read.timeout_s,
        at=time.fromisoformat(read.at),
        service=read.service,
    )
