"""[hooks.NAME]: web addresses that a flow may ask, and the secret that proves it is us who ask.

Decides what names them. Must not know what is asked, nor how.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field, SecretStr

from dialer.configuration.queues import NAME
from dialer.configuration.secrets import VariableName, secret_of
from dialer.configuration.tables import Named, Table, read_table, shown
from dialer.configuration.url import WebAddress
from schedules.faults import Fault


@dataclass(frozen=True, slots=True)
class Hook:
    """One web hook. timeout_s: the most that any node may wait for it. secret: sent with each request, if any."""

    name: str
    url: str
    timeout_s: float
    secret: SecretStr | None


class HookTable(Table):
    url: WebAddress = Field(examples=["https://example.net/hook"])
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
