"""The entrance: a folder of configuration → one whole Configuration, or every fault of all its files at once.

Decides only that it is whole or not at all, so that a service which is running never changes to half of what was
written. Each file is read by the module of its name. What names something that is itself at fault is not told too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType

from dialer.access.oidc import Client
from dialer.configuration.advisers import read_advisers
from dialer.configuration.contacts import read_contacts
from dialer.configuration.danger import read_danger
from dialer.configuration.digest import DigestMail
from dialer.configuration.folder import Folder
from dialer.configuration.hooks import Hook
from dialer.configuration.installation import FILE as INSTALLATION
from dialer.configuration.installation import Mode, read_installation, refuse_special_numbers
from dialer.configuration.lines import read_lines
from dialer.configuration.messages import Messages
from dialer.configuration.officers import read_officers
from dialer.configuration.queues import read_queues
from dialer.configuration.softphone import SoftphoneSettings
from dialer.configuration.tables import EVERY_NAME
from dialer.configuration.trunk import Trunk
from dialer.configuration.web import WebSettings
from dialer.configuration.webhook import Outgoing
from dialer.core.rules import Rules
from dialer.core.words import AdviserId, LineId, QueueId
from ivr.prompts import Catalogue, sentences
from schedules.faults import Fault
from schedules.roster_csv import read_roster
from schedules.shifts import AlwaysOnPhone, Roster, Shifts
from schedules.walltime import wall_clock

ROSTER = "roster.csv"


@dataclass(frozen=True, slots=True)
class Configuration:
    """One whole configuration.

    demo: whether this run is a demonstration, by --demo or by its mode. trunk: None when there is none, and in a
    demonstration. prompts: every prompt's name and the sentence to be heard for it, with the opening hours of the day
    for which it was read. catalogue: for those of another day. recorded: lines that are recorded. webhook: who is told
    of changes of callbacks, if anybody. messages: by which gateway people are written to, if they are. digest: by which
    relay officers are, if they are. softphone: what helps the voice of a browser through firewalls.
    oidc: by which provider people sign in too, if they do.
    """

    rules: Rules
    mode: Mode
    demo: bool
    trunk: Trunk | None
    hooks: Mapping[str, Hook]
    prompts: Mapping[str, str]
    catalogue: Catalogue
    recorded: frozenset[LineId]
    webhook: Outgoing | None
    messages: Messages | None
    digest: DigestMail | None
    softphone: SoftphoneSettings
    web: WebSettings
    oidc: Client | None

    @property
    def version(self) -> str:
        """16 hex digits: a hash of the content of all files that were read."""
        return self.rules.version

    def prompts_on(self, day: date) -> Mapping[str, str]:
        """The sentences to be heard on a day: they tell the opening hours in force."""
        return MappingProxyType(sentences(self.catalogue, self.rules.lines.values(), day, self.rules.slots.length_s))


def read_configuration(
    path: Path, demo: bool, *, on: date | None = None, environ: Mapping[str, str] | None = None
) -> Configuration | list[Fault]:
    """The configuration in the folder `path`, or every fault in it, in order of the files. Raises nothing.

    demo: whether --demo was given. on: the day whose opening hours prompts tell, in Paris; today when not said.
    environ: where secrets are looked up; the process's own environment when not said.
    """
    faults: list[Fault] = []
    if not path.is_dir():
        mend = "create it, or see that DIALER_CONFIG names the right folder"
        return [Fault(str(path), "is not a folder" if path.exists() else "the folder is missing", mend)]
    folder = Folder(path, faults)
    installation = read_installation(folder, demo, os.environ if environ is None else environ, faults)
    queues = read_queues(folder, faults)
    advisers = read_advisers(folder, queues, faults)
    danger = read_danger(folder, advisers.names, faults)
    officers = read_officers(folder, faults)
    lines = read_lines(folder, queues, installation, faults)
    if lines.is_whole:
        ours = [line.number for line in lines.whole.values()]
        refuse_special_numbers(installation, ours, folder.where(INSTALLATION), faults)
    contact_reasons = read_contacts(folder, lines.whole, lines.is_whole and bool(lines.whole), queues, faults)
    shifts: Shifts
    if installation.demo:
        hours = tuple(line.hours for line in lines.whole.values())
        shifts = AlwaysOnPhone(hours, frozenset(advisers.whole))
    else:
        shifts = _read_roster(folder, advisers.names, faults)
    if faults:
        return faults
    rules = Rules(
        version=folder.version,
        lines=lines.whole,
        queues=MappingProxyType({QueueId(name): queue for name, queue in queues.whole.items()}),
        advisers=MappingProxyType({AdviserId(name): adviser for name, adviser in advisers.whole.items()}),
        shifts=shifts,
        numbers=installation.numbers.whole,
        danger=danger,
        hooks=frozenset(installation.hooks.whole),
        answer_max_s=installation.limits.answer_max_s,
        callbacks=installation.callbacks.rules,
        calling=replace(installation.calling, own=frozenset(line.number for line in lines.whole.values())),
        slots=installation.callbacks.slots,
        officers=officers,
        escalation=installation.escalation,
        retention=installation.retention,
        contact_reasons=contact_reasons,
    )
    today = on or wall_clock(datetime.now(UTC)).date()
    return Configuration(
        rules=rules,
        mode=installation.mode,
        demo=installation.demo,
        trunk=installation.trunk,
        hooks=MappingProxyType(dict(installation.hooks.whole)),
        prompts=sentences(lines.catalogue, rules.lines.values(), today, rules.slots.length_s),
        catalogue=lines.catalogue,
        recorded=lines.recorded,
        webhook=installation.webhook,
        messages=installation.messages,
        digest=installation.digest,
        softphone=installation.softphone,
        web=installation.web,
        oidc=installation.oidc,
    )


def _read_roster(folder: Folder, advisers: Collection[str], faults: list[Fault]) -> Roster:
    text = folder.text(ROSTER)
    if text is None:
        return Roster.of(())
    # While the advisers cannot be read, whoever is written in the roster may be one of them.
    known = re.findall(r"[^,;\s]+", text) if advisers is EVERY_NAME else advisers
    roster = read_roster(text, folder.where(ROSTER), known)
    if isinstance(roster, Roster):
        return roster
    faults += roster
    return Roster.of(())
