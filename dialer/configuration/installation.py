"""dialer.toml: what this installation is, who its provider is, and what lies outside it.

Decides what each mode asks for:

- `development` (unless said otherwise): a trunk is optional; `--demo` and `--clock` are allowed.
- `demo`: every run is a demonstration, as with `--demo`: everyone is on phone while a line is open, phones have the
  password `demo`, and the trunk is whatever calls from this machine. [trunk] and the secrets are checked, not used.
- `production`: a trunk is needed, `--demo` is refused here and `--clock` by the command.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field

from dialer.access.oidc import Client
from dialer.configuration.callbacks import Callbacks, read_callbacks, with_ladder
from dialer.configuration.calling import read_calling
from dialer.configuration.cases import read_cases, read_retention
from dialer.configuration.digest import DigestMail, read_digest
from dialer.configuration.folder import Folder
from dialer.configuration.hooks import Hook, read_hooks
from dialer.configuration.messages import Messages, read_messages
from dialer.configuration.oidc import read_oidc
from dialer.configuration.queues import NAME
from dialer.configuration.softphone import SoftphoneSettings, read_softphone
from dialer.configuration.tables import EVERY_NAME, Named, Table, read_table, shown
from dialer.configuration.trunk import Trunk, read_trunk
from dialer.configuration.web import WebSettings, read_web
from dialer.configuration.webhook import Outgoing, read_webhook
from dialer.core.callbacks.compliance import CallingRules
from dialer.core.cases.escalation import EscalationRules
from dialer.core.cases.retention import RetentionRules
from dialer.core.numbers import e164
from dialer.core.words import E164
from schedules.faults import Fault

FILE = "dialer.toml"
Mode = Literal["development", "demo", "production"]

_FRENCH = re.compile(r"\+(33|262|508|590|594|596|681|687|689)\d+", re.ASCII)
"""The numbering plans of France and its overseas territories."""
_SEPARATORS = re.compile(r"[ .\u00a0\u202f-]")
"""Between groups of figures, as people write them."""
_SPECIAL = re.compile(r"\+338", re.ASCII)
"""08…: numbers that may cost the service whatever their owner asks for."""


class LimitsTable(Table):
    """[limits]. answer_max_s: how long an arrived call may take to be picked up."""

    answer_max_s: float = Field(default=10.0, ge=1, le=60, examples=[10.0])
    help_max_s: float = Field(default=180.0, ge=30, le=900, examples=[180.0])
    """The most a flow may have a caller spend before a person, a callback or an end."""


class RecordingTable(Table):
    """[recording]. allowed: whether any line may say recording = true."""

    allowed: bool = Field(default=False, examples=[False])


class _InstallationTable(Table):
    """The whole file. All but the first three are read apart, each by a module of its own."""

    mode: Mode = Field(default="development", examples=["development"])
    limits: LimitsTable = LimitsTable()
    recording: RecordingTable = RecordingTable()
    trunk: Any = None
    numbers: Any = None
    hooks: Any = None
    callbacks: Any = None
    calling: Any = None
    webhooks: Any = None
    messages: Any = None
    cases: Any = None
    retention: Any = None
    digest: Any = None
    softphone: Any = None
    web: Any = None
    rappel: Any = None
    oidc: Any = None


@dataclass(frozen=True, slots=True)
class Installation:
    """What dialer.toml says. demo: whether this run is a demonstration. trunk: None when there is none, or in one.
    webhook: None when nobody is told. messages: None when nobody is written to. digest: None when no officer is.
    oidc: None where people have passwords alone. calling: without our own lines, which are in other files.

    The defaults are those under which a file that cannot be read makes no other file seem at fault.
    """

    mode: Mode = "development"
    demo: bool = False
    trunk: Trunk | None = None
    numbers: Named[E164] = field(default_factory=lambda: Named({}, EVERY_NAME))
    hooks: Named[Hook] = field(default_factory=lambda: Named({}, EVERY_NAME))
    limits: LimitsTable = field(default_factory=LimitsTable)
    recording: RecordingTable = field(default_factory=lambda: RecordingTable(allowed=True))
    callbacks: Callbacks = field(default_factory=Callbacks)
    calling: CallingRules = field(default_factory=CallingRules)
    webhook: Outgoing | None = None
    messages: Messages | None = None
    escalation: EscalationRules = field(default_factory=EscalationRules)
    retention: RetentionRules = field(default_factory=RetentionRules)
    digest: DigestMail | None = None
    softphone: SoftphoneSettings = field(default_factory=SoftphoneSettings)
    web: WebSettings = field(default_factory=WebSettings)
    oidc: Client | None = None


def read_installation(folder: Folder, demo: bool, environ: Mapping[str, str], faults: list[Fault]) -> Installation:
    """The installation; with faults, as much of it as can be read, so that other files can be checked against it."""
    file = folder.toml(FILE)
    if file is None:
        return Installation(demo=demo)
    read = read_table(_InstallationTable, file.table, file.where, faults)
    read = read or _InstallationTable(recording=RecordingTable(allowed=True))
    mode = read.mode
    if mode == "production" and demo:
        mend = 'run without --demo, or write mode = "development"'
        faults.append(Fault(f"{file.where} mode", '"production" is no demonstration', mend))
    demo = demo or mode == "demo"
    trunk = None
    if "trunk" in file.table:
        trunk = read_trunk(file.table["trunk"], f"{file.where} [trunk]", environ, not demo, faults)
    elif mode == "production":
        what = "is missing, and no call could come in or go out"
        faults.append(Fault(f"{file.where} [trunk]", what, 'write [trunk], and below it host = "sip.example.net"'))
    callbacks = read_callbacks(file.table.get("callbacks", {}), f"{file.where} [callbacks]", faults)
    calling = read_calling(file.table.get("calling", {}), f"{file.where} [calling]", faults)
    webhook = None
    if "webhooks" in file.table:
        webhook = read_webhook(file.table["webhooks"], f"{file.where} [webhooks]", environ, not demo, faults)
    messages = None
    if "messages" in file.table:
        messages = read_messages(file.table["messages"], f"{file.where} [messages]", environ, not demo, faults)
    digest = None
    if "digest" in file.table:
        digest = read_digest(file.table["digest"], f"{file.where} [digest]", environ, not demo, faults)
    web = read_web(file.table.get("web", {}), file.table.get("rappel", {}), file.where, mode, demo, faults)
    oidc = None
    if "oidc" in file.table:
        oidc = read_oidc(file.table["oidc"], f"{file.where} [oidc]", web.public_url, environ, not demo, faults)
    return Installation(
        mode=mode,
        demo=demo,
        trunk=None if demo else trunk,
        numbers=_read_numbers(file.table.get("numbers", {}), file.where, faults),
        hooks=read_hooks(file.table.get("hooks", {}), file.where, environ, not demo, faults),
        limits=read.limits,
        recording=read.recording,
        callbacks=callbacks,
        calling=with_ladder(calling, callbacks, file.where, faults),
        webhook=webhook,
        messages=messages,
        escalation=read_cases(file.table.get("cases", {}), f"{file.where} [cases]", faults),
        retention=read_retention(file.table.get("retention", {}), f"{file.where} [retention]", faults),
        digest=digest,
        softphone=read_softphone(file.table.get("softphone", {}), f"{file.where} [softphone]", environ, faults),
        web=web,
        oidc=oidc,
    )


def french_number(written: object) -> E164 | None:
    """The number of France or overseas France that an operator wrote, spaces or not; None when it is none."""
    number = e164(_SEPARATORS.sub("", written)) if isinstance(written, str) else None
    return number if number is not None and _FRENCH.fullmatch(number) else None


def _read_numbers(table: object, where: str, faults: list[Fault]) -> Named[E164]:
    mend = 'write a French number of ten figures, as "01 99 00 00 01"'
    if not isinstance(table, dict):
        faults.append(
            Fault(f"{where} numbers", f"{shown(table)} is not a table", "write [numbers], and below it names")
        )
        return Named({}, ())
    whole: dict[str, E164] = {}
    for name, written in table.items():
        here = f"{where} [numbers] {name}"
        number = e164(_SEPARATORS.sub("", written)) if isinstance(written, str) else None
        if NAME.fullmatch(name) is None:
            faults.append(Fault(here, f"{shown(name)} cannot name a number", "use small letters, figures and _"))
        elif number is None:
            faults.append(Fault(here, f"{shown(written)} is not a telephone number", mend))
        elif _FRENCH.fullmatch(number) is None:
            # Whoever calls in makes us pay for the call out: the first thing a fraudster looks for.
            faults.append(Fault(here, f"{shown(written)} is not in France or overseas France", mend))
        else:
            whole[name] = number
    return Named(MappingProxyType(whole), table.keys())


def refuse_special_numbers(installation: Installation, ours: Collection[E164], where: str, faults: list[Fault]) -> None:
    """Refuse numbers in 08…, but the lines' own."""
    for name, number in installation.numbers.whole.items():
        if _SPECIAL.match(number) and number not in ours:
            what = f"{shown(number)} is in 08, which may cost us whatever its owner asks for"
            faults.append(Fault(f"{where} [numbers] {name}", what, "write the ordinary number behind it"))
