"""`dialer person`: the rights of a person, asked of the running service.

Decides how a person is named, where what is kept of them is written, and that nobody erases the wrong one by a slip of
the hand. What is kept and what remains is the service's: one writer. Must not know the database.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar
from urllib.parse import quote

import typer
from pydantic import BaseModel, ValidationError

from dialer import cli_service as service
from dialer.web.models import Problem
from dialer.web.oppositions import Opposed
from dialer.web.person_models import CaseErased, PersonCase, PersonExport, PersonFound
from schedules.walltime import wall_clock

V1 = "/api/v1"
SCOPE = "persons"
REFERENCE_DIGITS = 8
"""No number that we may call has as few."""

Body = TypeVar("Body", bound=BaseModel)

person_app = typer.Typer(no_args_is_help=True, help="What is kept of a person, and its end.")

Ref = Annotated[str, typer.Argument(help="The eight digits that the person was told, or the id of a case.")]
Url = Annotated[str | None, typer.Option(help="Where the service answers; DIALER_HTTP when not said.")]


@person_app.callback()
def person() -> None:
    """What is kept of a person, and its end."""


@person_app.command("export")
def export(
    ref: Ref,
    file: Annotated[
        Path | None, typer.Option("-o", "--output", help="A new file, for your eyes only; standard output otherwise.")
    ] = None,
    url: Url = None,
) -> None:
    """Write all that is kept of a person, as JSON in French. The token is taken from DIALER_TOKEN."""
    token, base = service.token_for(SCOPE), service.base_of(url)
    found = _found(base, ref, token)
    status, answer = service.fetch(base, f"{V1}/cases/{_part(found.case.id)}/export", token)
    told = _read(base, status, answer, PersonExport)
    text = json.dumps(told.data, ensure_ascii=False, indent=2) + "\n"
    if file is None:
        sys.stdout.buffer.write(text.encode())
    else:
        _write(file, text)
    _tell_others(found, "export")


@person_app.command("erase")
def erase(
    ref: Ref,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the reference again.")] = False,
    url: Url = None,
) -> None:
    """Forget a person for good: only counts remain. The token is taken from DIALER_TOKEN."""
    token, base = service.token_for(SCOPE), service.base_of(url)
    found = _found(base, ref, token)
    typer.echo(_line(found.case), err=True)
    if found.case.ended_at is None:
        typer.echo("It is open: it is ended first, and nobody is called back.", err=True)
    if not yes and typer.prompt("Type it again to erase everything, for good", err=True).strip() != ref:
        service.refuse("That is another one; nothing is erased.")
    unknown = "It may be erased: ask for it again before you go on."
    status, answer = service.send(base, f"{V1}/cases/{_part(found.case.id)}/erase", token, None, unknown)
    told = _read(base, status, answer, CaseErased)
    typer.echo(f"{told.case}: {'ended and erased' if told.ended else 'erased'}; what it counts for remains.")
    _tell_others(found, "erase")


@person_app.command("oppose")
def oppose(
    ref: Annotated[str, typer.Argument(help="The eight digits that the person was told, or their number.")],
    url: Url = None,
) -> None:
    """Never call a person again, from this instant on. The token is taken from DIALER_TOKEN."""
    token, base = service.token_for("callbacks:write"), service.base_of(url)
    digits = sum(each.isdecimal() for each in ref)
    body = {"reference" if digits == REFERENCE_DIGITS else "phone": ref}
    unknown = "It may be done: do it once more, that harms nothing."
    status, answer = service.send(base, f"{V1}/oppositions", token, body, unknown)
    told = _read(base, status, answer, Opposed)
    typer.echo(f"Nobody calls them again. Callbacks that ended by it: {', '.join(told.ended) or 'none'}.")
    if told.talking:
        typer.echo(f"Being talked with, for the last time: {', '.join(told.talking)}.")


# -- asking ------------------------------------------------------------------------------------------


def _found(base: str, ref: str, token: str) -> PersonFound:
    status, answer = service.fetch(base, f"{V1}/persons/{_part(ref)}", token)
    return _read(base, status, answer, PersonFound)


def _part(text: str) -> str:
    """One part of a path, whatever was typed."""
    return quote(text, safe="") or "-"


def _read(base: str, status: int, answer: bytes, model: type[Body]) -> Body:
    try:
        if status != 200:
            problem = Problem.model_validate_json(answer)
            service.refuse(service.told(problem), *(f"{each.field}: {each.message}" for each in problem.errors or ()))
        return model.model_validate_json(answer)
    except ValidationError:
        service.refuse_stranger(base, status)


# -- telling -----------------------------------------------------------------------------------------


def _write(file: Path, text: str) -> None:
    """For this user's eyes only, from its first byte on. A file that is there is not written over."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        _unwritten(file, "is there already; name a new file")
    except OSError as error:
        _unwritten(file, f"cannot be written ({error.strerror})")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        file.unlink(missing_ok=True)
        _unwritten(file, f"cannot be written ({error.strerror})")
    typer.echo(f"{file}: written, for your eyes only", err=True)


def _unwritten(file: Path, why: str) -> NoReturn:
    service.refuse(f"{file}: {why}")


def _tell_others(found: PersonFound, word: str) -> None:
    if found.same_number:
        typer.echo(f"Of the same number, and perhaps of the same person: look, and {word} each by its id.", err=True)
        for each in found.same_number:
            typer.echo(f"  {_line(each)}", err=True)


def _line(case: PersonCase) -> str:
    ended = "open" if case.ended_at is None else f"ended {wall_clock(case.ended_at):%d/%m/%Y} with {case.outcome}"
    archived = ", in the archive" if case.archived else ""
    return f"{case.id}: {case.kind}, received {wall_clock(case.received_at):%d/%m/%Y}, {ended}{archived}"
