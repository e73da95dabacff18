"""The `dialer` command. Decides how it is called and how a refusal reads; everything else is elsewhere."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from dialer import main
from dialer.cli_callbacks import callbacks_app
from dialer.cli_person import person_app
from dialer.cli_report import report_app
from dialer.cli_structures import structures_app
from dialer.cli_user import user_app
from dialer.clock import ClockError, parse
from dialer.configuration.demo import write_demo_configuration
from dialer.configuration.load import read_configuration
from dialer.configuration.officers import FILE as OFFICERS
from dialer.configuration.officers import nearest_academies
from dialer.configuration.report import fault_lines, summary
from dialer.core.access.account import faults_of_officers
from dialer.core.places.academie import named
from dialer.service import StartError
from dialer.settings import Settings, read_settings
from dialer.store.accounts_read import accounts_in
from dialer.store.refusal import StoreError
from dialer.store.store import Store
from dialer.web.scopes import ALL
from ivr.draw import draw_mermaid, draw_svg

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Fil vert: the telephone of Mon orientation en ligne."
)
token_app = typer.Typer(no_args_is_help=True, help="API tokens.")
app.add_typer(callbacks_app, name="callbacks")
app.add_typer(person_app, name="person")
app.add_typer(report_app, name="report")
app.add_typer(structures_app, name="structures")
app.add_typer(token_app, name="token")
app.add_typer(user_app, name="user")


def _refuse(lines: Iterable[str]) -> NoReturn:
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(1)


def _settings() -> Settings:
    read = read_settings()
    if isinstance(read, list):
        _refuse(fault_lines(read))
    return read


def _instant(text: str) -> datetime:
    try:
        return parse(text)
    except ClockError as error:
        raise typer.BadParameter(str(error)) from error


@app.command()
def run(
    demo: Annotated[bool, typer.Option("--demo", help="Demo sign-ins, everyone on phone, and robots.")] = False,
    robots: Annotated[int, typer.Option(min=0, max=500, help="With --demo: callers at a time, 0 for none.")] = 6,
    clock: Annotated[
        datetime | None,
        typer.Option(
            parser=_instant, metavar="INSTANT", help="Start the service's clock here, as 2026-11-23T10:00:00+01:00."
        ),
    ] = None,
) -> None:
    """Run the service until Ctrl-C; SIGHUP takes up the configuration anew."""
    settings = _settings()
    main.set_up_logs()
    try:
        _loop().run(main.serve(settings, main.Asked(demo, robots, clock)))
    except StartError as error:
        _refuse(error.lines)


def _loop() -> asyncio.Runner:
    try:
        import uvloop
    except ImportError:  # not on every platform; the standard loop does as well, slower
        return asyncio.Runner()
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="The configuration; DIALER_CONFIG when not said.")] = None,
) -> None:
    """Say everything that is wrong with the configuration, each with its place and how to mend it."""
    path = folder or _settings().config
    read = read_configuration(path, demo=False)
    if isinstance(read, list):
        _refuse([*fault_lines(read), summary(read)])
    rules = read.rules
    accounts = asyncio.run(accounts_in(_settings().database_url)) if folder is None else None
    if faults := faults_of_officers(accounts or (), rules.officers, str(path / OFFICERS)):
        _refuse([*fault_lines(faults), summary(faults)])
    typer.echo(
        f"{path}: no fault; {len(rules.lines)} lines, {len(rules.queues)} queues, {len(rules.advisers)} advisers, "
        f"{len(read.prompts)} prompts; version {read.version}"
    )


@app.command()
def draw(
    line: Annotated[str, typer.Argument(help="The line's id, as main.")],
    as_svg: Annotated[bool, typer.Option("--svg", help="An SVG picture instead of Mermaid text.")] = False,
) -> None:
    """Draw a line's flow, to standard output."""
    read = read_configuration(_settings().config, demo=False)
    if isinstance(read, list):
        _refuse([*fault_lines(read), summary(read)])
    found = next((rules for rules in read.rules.lines.values() if rules.id == line), None)
    if found is None:
        _refuse([f"there is no line {line!r}: choose from {', '.join(read.rules.lines)}"])
    sys.stdout.write((draw_svg if as_svg else draw_mermaid)(found.flow, read.prompts))


@token_app.command("add")
def token_add(
    scope: Annotated[list[str], typer.Option(help="What it opens; may be given several times.")],
    name: Annotated[str, typer.Option(help="For whom or what it is, for the list.")] = "",
    academie: Annotated[str | None, typer.Option(help="Sees only this académie: its name or its code.")] = None,
) -> None:
    """Make a token and print it, once: only its hash is kept."""
    unknown = [f"scope {one!r} is not known: choose from {', '.join(sorted(ALL))}" for one in scope if one not in ALL]
    sees = None if academie is None else named(academie)
    if academie is not None and sees is None:
        unknown.append(f"académie {academie!r} is not known: write {nearest_academies(academie)}")
    if unknown:
        _refuse(unknown)

    async def add() -> str:
        store = await Store.open(_settings().database_url, lead=False)  # beside a service that runs
        try:
            return await store.add_token(name or ", ".join(scope), scope, None if sees is None else sees.code)
        finally:
            await store.close()

    try:
        typer.echo(asyncio.run(add()))
    except StoreError as error:
        _refuse([str(error)])


@app.command("demo-config")
def demo_config(
    folder: Annotated[Path, typer.Argument(help="An empty folder, or one to be made.")],
    advisers: Annotated[int, typer.Option(min=1, max=2000, help="How many.")] = 12,
) -> None:
    """Write a complete configuration with that many advisers."""
    faults = write_demo_configuration(folder, advisers)
    if faults:
        _refuse(fault_lines(faults))
    typer.echo(f"{folder}: a configuration with {advisers} advisers; DIALER_CONFIG={folder} uses it")
