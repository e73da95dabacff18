"""[messages]: the operator's gateway that writes to people's telephones, the secret that signs what it is sent, and how
long before a promised window people are reminded.

Decides which address may be written to and how a sender may be named. Must not know what people are told, nor when.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from dialer.configuration.secrets import VariableName, secret_of
from dialer.configuration.tables import Table, bounded, read_table, refusal, shown
from dialer.configuration.url import WebAddress
from schedules.faults import Fault

_SENDER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{3,11}|\+?[0-9]{3,15}", re.ASCII)
"""What operators take: a name of at most 11 signs, or a number."""


@dataclass(frozen=True, slots=True)
class Messages:
    """The gateway. secret: what it is sent is signed with it; None only in a demonstration whose environment has none.

    timeout_s: how long one delivery may take. sender: as whom people see it; None: the gateway's own way. remind_h:
    hours before a promised window; 0: nobody is reminded.
    """

    url: str
    secret: SecretStr | None
    timeout_s: float = 10.0
    sender: str | None = None
    remind_h: float = 2.0


def _sender(text: str) -> str:
    if _SENDER.fullmatch(text) is None or text != text.strip():
        mend = "write 3 to 11 letters, figures and blanks, a letter among them; or a number of figures alone"
        raise refusal(f"{shown(text)} is no sender that operators take", mend)
    return text


class MessagesTable(Table):
    url: WebAddress = Field(examples=["https://example.net/sms"])
    secret_env: VariableName = Field(examples=["MESSAGES_SECRET"])
    timeout_s: float = bounded(10.0, 0.5, 60)
    sender: Annotated[str, AfterValidator(_sender)] | None = Field(default=None, examples=["Rappel"])
    remind_h: float = bounded(2.0, 0, 48)


def read_messages(
    table: object, where: str, environ: Mapping[str, str], wants_secrets: bool, faults: list[Fault]
) -> Messages | None:
    """The gateway that [messages] writes. wants_secrets: False in a demonstration, which may go unsigned."""
    read = read_table(MessagesTable, table, where, faults)
    if read is None:
        return None
    secret = None
    if wants_secrets or environ.get(read.secret_env):
        secret = secret_of(read.secret_env, f"{where} secret_env", environ, faults)
    return Messages(read.url, secret, read.timeout_s, read.sender, read.remind_h)
