"""[hooks.NAME]: web addresses that a flow may ask, and the secret that proves it is us who ask.

Decides which addresses may be asked. Must not know what is asked, nor how.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from dialer.address import is_host
from dialer.configuration.queues import NAME
from dialer.configuration.secrets import VariableName, secret_of
from dialer.configuration.tables import Named, Table, read_table, refusal, shown
from schedules.faults import Fault


@dataclass(frozen=True, slots=True)
class Hook:
    """One web hook. timeout_s: the most that any node may wait for it. secret: sent with each request, if any."""

    name: str
    url: str
    timeout_s: float
    secret: SecretStr | None


def _url(text: str) -> str:
    example = "write https://host/path"
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise refusal("is not a web address", example) from None
    if parts.username is not None or parts.password is not None:
        # Not quoted: it holds a secret.
        raise refusal("has a user or a password in it", "take it out, and name the secret's variable in secret_env")
    if not text.isascii() or not text.isprintable() or " " in text or not is_host(host):
        raise refusal(f"{shown(text)} is not a web address", example)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(host)):
        raise refusal(f"{shown(text)} is not https, and what a caller asked would travel in clear", example)
    return text


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class HookTable(Table):
    url: Annotated[str, AfterValidator(_url)] = Field(examples=["https://example.net/hook"])
    timeout_s: float = Field(default=2.0, ge=0.1, le=5, examples=[2.0])
    secret_env: VariableName | None = Field(default=None, examples=["HOOK_SECRET"])


def read_hooks(
    tables: object, where: str, environ: Mapping[str, str], wants_secrets: bool, faults: list[Fault]
) -> Named[Hook]:
    """The hooks that the table `hooks` of the file `where` writes.

    wants_secrets: whether one that the environment does not hold is a fault; in a demonstration it is just not signed.
    """
    if not isinstance(tables, dict):
        faults.append(
            Fault(f"{where} hooks", f"{shown(tables)} is not a table", "write one table [hooks.NAME] for each")
        )
        return Named({}, ())
    whole: dict[str, Hook] = {}
    for name, written in tables.items():
        here = f"{where} [hooks.{name}]"
        before = len(faults)
        if NAME.fullmatch(name) is None:
            faults.append(Fault(here, f"{shown(name)} cannot name a hook", "use small letters, figures and _"))
        table = read_table(HookTable, written, here, faults)
        if table is None:
            continue
        secret = None
        if table.secret_env and (wants_secrets or environ.get(table.secret_env)):
            secret = secret_of(table.secret_env, f"{here} secret_env", environ, faults)
        if len(faults) == before:
            whole[name] = Hook(name, table.url, table.timeout_s, secret)
    return Named(whole, tables.keys())
