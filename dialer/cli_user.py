"""`dialer user`: who signs in, made and changed at the machine itself, beside a service that runs; so is a first admin.

Decides how it is called, which words stand for roles and académies, and how a refusal reads. What an account may become
is `core.access.account`. No password is taken from the command line, where others on the machine could read it. Must
not know sessions: what ends them is in the account.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from dialer.access.passwords import Overloaded, Passwords
from dialer.cli_service import refuse
from dialer.clock import ClockError, Kept
from dialer.configuration.load import read_configuration
from dialer.configuration.officers import nearest_academies
from dialer.configuration.report import fault_lines, summary
from dialer.core.access import audit, password
from dialer.core.access.account import (
    MACHINE,
    Account,
    AccountEvent,
    AccountId,
    AccountRefusal,
    Disabled,
    Duties,
    DutiesGiven,
    Enabled,
    Pardoned,
    PasswordSet,
    Subject,
    SubjectLinked,
    SubjectUnlinked,
    faults_of,
    faults_of_duties,
    new_account,
    transition,
)
from dialer.core.access.roles import Role
from dialer.core.cases.visibility import Everywhere
from dialer.core.places.academie import ACADEMIES, AcademieCode, named
from dialer.core.words import AdviserId, Instant
from dialer.settings import Settings, read_settings
from dialer.store.refusal import StoreError
from dialer.store.snapshot import UnreadableSnapshot
from dialer.store.store import Store
from dialer.store.tables import MICROSECOND
from schedules.faults import Fault

user_app = typer.Typer(no_args_is_help=True, help="Who signs in, and what they may do.")

Who = Annotated[str, typer.Argument(metavar="ID", help="What they sign in with, as anne.leroux.")]
Roles = Annotated[list[str], typer.Option("--role", help=f"{', '.join(Role)}; may be given several times.")]
Adviser = Annotated[str | None, typer.Option(help="Of an adviser: their id in advisers.toml.")]
Academies = Annotated[
    list[str] | None,
    typer.Option("--academie", help="Of an officer: its name or its code; may be given several times."),
]
National = Annotated[bool, typer.Option("--national", help="Of an officer: all académies.")]

REFUSED = {
    AccountRefusal.DISABLED: ("it is disabled", "enable it first"),
    AccountRefusal.OWN_ACCOUNT: ("nobody does this to their own account", "let another admin do it"),
    AccountRefusal.NOT_WHOLE: ("its duties are not whole", "give roles, and what goes with them"),
    AccountRefusal.NO_WAY_IN: ("nobody could sign in to it any more", "give it a password first"),
    AccountRefusal.TAKEN: ("another account has this id, or is this adviser, or is linked so", "see dialer user list"),
    AccountRefusal.STALE: ("it was changed by somebody else at the same moment", "try again"),
}


@user_app.command("add")
def add(
    who: Who,
    name: Annotated[str, typer.Option(help="As people call them.")],
    role: Roles,
    adviser: Adviser = None,
    academie: Academies = None,
    national: National = False,
) -> None:
    """Make an account. Nobody can sign in to it before `dialer user password`, or before it is linked to a provider."""
    settings = _settings()
    duties = _duties(settings, role, adviser, academie, national, faults_of(who, name))

    async def work(store: Store, at: Instant) -> None:
        made = new_account(who, name, duties, at)
        assert isinstance(made, Account), "its faults were asked for"
        _unless(await store.access.keep_account(made, None, [audit.account_made(made, MACHINE, at)]), who)
        typer.echo(f"{who}: made; dialer user password {who} lets them sign in")

    _run(settings, work)


@user_app.command("list")
def list_() -> None:
    """Every account, disabled ones too: id, name, roles, whose they are, how they sign in."""

    async def work(store: Store, at: Instant) -> None:
        rows = [_row(account) for account in await store.access.accounts()]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    _run(_settings(), work)


@user_app.command("disable")
def disable(who: Who) -> None:
    """Let them in no more; whatever they have open is over."""
    _told(who, lambda _, at: Disabled(at, MACHINE), "disabled; all their sessions are over")


@user_app.command("enable")
def enable(who: Who) -> None:
    """Let them in again."""
    _told(who, lambda _, at: Enabled(at, MACHINE), "enabled")


@user_app.command("roles")
def roles(
    who: Who, role: Roles, adviser: Adviser = None, academie: Academies = None, national: National = False
) -> None:
    """What they are here for, from now on, in place of what it was; they sign in again."""
    settings = _settings()
    duties = _duties(settings, role, adviser, academie, national)
    _told(who, lambda _, at: DutiesGiven(at, MACHINE, duties), f"{_roles(duties.roles)} from now on", settings)


@user_app.command("password")
def set_password(
    who: Who,
    stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read it from standard input, not a terminal.")
    ] = False,
) -> None:
    """Give them a password, asked for twice. It opens nothing but its change; whatever they have open is over."""
    settings = _settings()
    asked = _from_stdin() if stdin else None
    if asked is None and not _is_terminal():
        refuse("a password is typed at a terminal; give --password-stdin to read it from standard input")

    async def work(store: Store, at: Instant) -> None:
        account = await _account(store, who)
        if account.disabled_at is not None:
            _unless(AccountRefusal.DISABLED, who)
        text = asked if asked is not None else typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        faults = password.faults_of(text, (account.id, account.name))
        if faults:
            refuse(*fault_lines(faults), summary(faults))
        hashed = await _hashed(text)
        await _keep(store, account, PasswordSet(at, MACHINE, hashed))
        typer.echo(f"{who}: has a new password, to be changed when they sign in; all their sessions are over")

    _run(settings, work)


@user_app.command("unlock")
def unlock(who: Who) -> None:
    """Let them try their password again at once, however often it was wrong; it holds at their next try."""
    _told(who, lambda _, at: Pardoned(at, MACHINE), "may try again at once")


@user_app.command("link")
def link(
    who: Who,
    subject: Annotated[str, typer.Option(help="What the provider knows them by; their sign-in page shows it.")],
) -> None:
    """Let them sign in by the provider of [oidc] too; whoever was linked before is signed out."""
    settings = _settings()
    read = read_configuration(settings.config, demo=False)
    if isinstance(read, list):
        refuse(*fault_lines(read), summary(read))
    if read.oidc is None:
        refuse(str(Fault("[oidc]", "dialer.toml speaks of no provider", "write it first: docs/accounts.md")))
    known = Subject(read.oidc.issuer, subject)
    _told(who, lambda _, at: SubjectLinked(at, MACHINE, known), f"signs in by {read.oidc.name} too", settings)


@user_app.command("unlink")
def unlink(who: Who) -> None:
    """Let them sign in by their password alone; whatever they have open is over."""
    _told(who, lambda _, at: SubjectUnlinked(at, MACHINE), "signs in by password alone")


# -- what was said -----------------------------------------------------------------------------------


def _settings() -> Settings:
    read = read_settings()
    if isinstance(read, list):
        refuse(*fault_lines(read))
    return read


def _duties(
    settings: Settings,
    role: list[str],
    adviser: str | None,
    academie: list[str] | None,
    national: bool,
    others: Sequence[Fault] = (),
) -> Duties:
    """What was said; refused with all that is wrong with it, and ``others``."""
    faults: list[Fault] = []
    known = {each for each in role if each in set(Role)}
    mend = f"choose from {', '.join(Role)}"
    faults += [Fault("--role", f"{each!r} is no role", mend) for each in role if each not in known]
    codes: set[AcademieCode] = set()
    for each in academie or ():
        found = named(each)
        if found is None:
            faults.append(Fault("--academie", f"{each!r} is no académie", f"write {nearest_academies(each)}"))
        else:
            codes.add(found.code)
    if national and academie:
        faults.append(Fault("--national", "it is said with --academie", "say one of the two"))
    if adviser is not None:
        faults += _faults_of_adviser(settings, adviser)
    everywhere = Everywhere() if national else frozenset(codes)
    duties = Duties(frozenset(map(Role, known)), AdviserId(adviser) if adviser else None, everywhere)
    # Of words that mean nothing nobody knows whether they go together.
    faults = [*others, *(faults or faults_of_duties(duties))]
    if faults:
        refuse(*fault_lines(faults), summary(faults))
    return duties


def _faults_of_adviser(settings: Settings, adviser: str) -> list[Fault]:
    read = read_configuration(settings.config, demo=False)
    if isinstance(read, list):
        return read
    if adviser in read.rules.advisers:
        return []
    return [Fault("--adviser", f"{adviser!r} is no adviser of {settings.config}", "write an id of advisers.toml")]


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _from_stdin() -> str:
    try:
        return sys.stdin.read().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        refuse("the password on standard input is not written in UTF-8")


async def _hashed(text: str) -> str:
    passwords = Passwords()
    try:
        hashed = await passwords.hash(text)
    finally:
        await passwords.close()
    assert not isinstance(hashed, Overloaded), "nobody else hashes here"
    return hashed


# -- what is done ------------------------------------------------------------------------------------


def _told(
    who: str, event: Callable[[Account, Instant], AccountEvent], done: str, settings: Settings | None = None
) -> None:
    async def work(store: Store, at: Instant) -> None:
        account = await _account(store, who)
        kept = await _keep(store, account, event(account, at))
        typer.echo(f"{who}: {done}" if kept else f"{who}: it was so already")

    _run(settings or _settings(), work)


async def _account(store: Store, who: str) -> Account:
    found = await store.access.account(AccountId(who))
    if found is None:
        refuse(str(Fault(who, "there is no such account", "see dialer user list")))
    return found


async def _keep(store: Store, account: Account, event: AccountEvent) -> bool:
    """Whether it changed anything."""
    after = transition(account, event)
    if isinstance(after, AccountRefusal):
        _unless(after, account.id)
    elif after != account:
        _unless(await store.access.keep_account(after, account, [audit.account_told(after, event)]), account.id)
        return True
    return False


def _unless(refused: AccountRefusal | None, who: str) -> None:
    if refused is not None:
        refuse(str(Fault(who, *REFUSED[refused])))


def _run(settings: Settings, work: Callable[[Store, Instant], Awaitable[None]]) -> None:
    async def run() -> None:
        async with _open(settings) as store:
            await work(store, await _now(settings, store))

    try:
        asyncio.run(run())
    except (StoreError, ClockError) as error:
        refuse(str(error))
    except UnreadableSnapshot as error:
        refuse(f"an account was written by another version and cannot be read: {error}")


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[Store]:
    store = await Store.open(settings.database_url, lead=False)  # beside a service that runs
    try:
        yield store
    finally:
        await store.close()


async def _now(settings: Settings, store: Store) -> Instant:
    """The machine's time; where the service's clock was shifted, right after the last that the journal knows, which is
    after every session that was made, and not in the future of who signs in next."""
    if Kept.read(settings.state / "clock.json") is None:
        return datetime.now(UTC)
    last_at = await store.last_at()
    return datetime.now(UTC) if last_at is None else last_at + MICROSECOND


# -- what is shown -----------------------------------------------------------------------------------


def _row(account: Account) -> tuple[str, ...]:
    ways = [way for way, has in (("password", account.password), ("provider", account.subject)) if has]
    if account.must_change:
        ways[0] = "password, to be changed"
    how = "disabled" if account.disabled_at is not None else " and ".join(ways) or "cannot sign in yet"
    return account.id, account.name, _roles(account.roles), _whose(account), how


def _roles(found: Iterable[Role]) -> str:
    return ", ".join(sorted(found))


def _whose(account: Account) -> str:
    academies = ["all académies"] if isinstance(account.academies, Everywhere) else [
        ACADEMIES[code].name for code in sorted(account.academies)
    ]  # fmt: skip
    return ", ".join([*([account.adviser] if account.adviser else []), *academies]) or "-"
