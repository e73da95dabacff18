"""[webhooks]: the one address that is told of each change of a callback, and the secret that signs what it is told.

Decides which address may be told. Must not know what is told, nor how.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field, SecretStr

from dialer.configuration.secrets import VariableName, secret_of
from dialer.configuration.tables import Table, bounded, read_table
from dialer.configuration.url import WebAddress
from schedules.faults import Fault


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Who is told. secret: what is told is signed with it; None only in a demonstration whose environment has none.

    timeout_s: how long one delivery may take.
    """

    url: str
    secret: SecretStr | None
    timeout_s: float = 10.0


class WebhooksTable(Table):
    url: WebAddress = Field(examples=["https://example.net/callbacks"])
    secret_env: VariableName = Field(examples=["WEBHOOK_SECRET"])
    timeout_s: float = bounded(10.0, 0.5, 60)


def read_webhook(
    table: object, where: str, environ: Mapping[str, str], wants_secrets: bool, faults: list[Fault]
) -> Outgoing | None:
    """The receiver that [webhooks] writes. wants_secrets: False in a demonstration, which may go unsigned."""
    read = read_table(WebhooksTable, table, where, faults)
    if read is None:
        return None
    secret = None
    if wants_secrets or environ.get(read.secret_env):
        secret = secret_of(read.secret_env, f"{where} secret_env", environ, faults)
    return Outgoing(read.url, secret, read.timeout_s)
