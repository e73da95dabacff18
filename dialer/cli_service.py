"""What the commands share that hand something to the running service, or ask it for something.

Decides how the service is found, which token is sent and how a refusal reads in a terminal. What is asked is the
commands' own. Must not know the database.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import NoReturn, TypeVar

import aiohttp
import typer
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from dialer.configuration.report import fault_lines
from dialer.configuration.url import base_address
from dialer.settings import read_settings
from dialer.web.models import Problem

Answer = TypeVar("Answer", bound=BaseModel)

TOKEN = "DIALER_TOKEN"  # noqa: S105 - the variable's name
CSV = "text/csv; charset=utf-8"
ANSWER_MAX_S = 120.0
"""How long the service may take for a file."""


def content_of(file: Path, bytes_max: int) -> bytes:
    """What is in a file. Refuses one that is none, or over the limit."""
    try:
        if not file.is_file():
            refuse(f"{file}: is no file; name a CSV file")
        content = file.read_bytes()
    except OSError as error:
        refuse(f"{file}: cannot be read ({error.strerror})")
    if len(content) > bytes_max:
        refuse(f"{file}: has {len(content)} bytes, and may have {bytes_max}; import it in parts")
    return content


def token_for(scope: str) -> str:
    token = os.environ.get(TOKEN, "")
    if not token or not token.isascii() or not token.isprintable():
        refuse(f"{TOKEN}: holds no token; make one with the scope {scope} ('demo' in a demonstration)")
    return token


def base_of(url: str | None) -> str:
    """Where the service answers: ``url``, or what the settings say."""
    if url is None:
        settings = read_settings()
        if isinstance(settings, list):
            refuse(*fault_lines(settings))
        return f"http://{settings.http}"
    try:
        return base_address(url)
    except PydanticCustomError as error:
        told = error.context or {}
        refuse(f"--url: {told['what']} — {told['mend']}")


def send_file(base: str, path: str, content: bytes, token: str, *, commit: bool, unknown: str) -> tuple[int, bytes]:
    """A CSV file to an import of the service: status and body of its answer. ``unknown``: of a commit
    that is not answered."""
    query = {"dry_run": str(not commit).lower()}
    return _asked(base, "POST", path, token, content, query, f" {unknown}" if commit else "")


def import_csv(
    file: Path, path: str, scope: str, url: str | None, answer: type[Answer],
    told: Callable[[Path, Answer], Iterator[str]], *, bytes_max: int, commit: bool, unknown: str, nothing: str,
) -> None:  # fmt: skip
    """Send a file to an import and tell what came of it, or say everything that is wrong with it. ``told``: the lines
    of a file that is whole. ``unknown``: of a commit that is not answered. ``nothing``: what a fault has not done."""
    content, token, base = content_of(file, bytes_max), token_for(scope), base_of(url)
    status, sent = send_file(base, path, content, token, commit=commit, unknown=unknown)
    try:
        if status in (200, 201):
            for line in told(file, answer.model_validate_json(sent)):
                typer.echo(line)
        else:
            refuse(*wrong(file, Problem.model_validate_json(sent), nothing))
    except ValidationError:
        refuse_stranger(base, status)


def fetch(base: str, path: str, token: str) -> tuple[int, bytes]:
    """What the service has there: status and body of its answer."""
    return _asked(base, "GET", path, token, None, {}, "")


def send(base: str, path: str, token: str, body: Mapping[str, str] | None, unknown: str) -> tuple[int, bytes]:
    """Something to be done, with a body of JSON if it has one: status and body of the answer. ``unknown``: of a wish
    that is not answered."""
    content = json.dumps(body).encode() if body is not None else None
    return _asked(base, "POST", path, token, content, {}, f" {unknown}", "application/json")


def wrong(file: Path, problem: Problem, nothing: str) -> Iterator[str]:
    """Every fault of a file, each with its line. ``nothing``: what was not done."""
    for fault in problem.errors or ():
        yield f"{file} {fault.field}: {fault.message}" if fault.field else f"{file}: {fault.message}"
    if not problem.errors:
        yield told(problem)
    else:
        count = len(problem.errors)
        yield f"{'1 fault' if count == 1 else f'{count} faults'}; {nothing}"


def told(problem: Problem) -> str:
    return f"{problem.status} {problem.title}: {problem.detail or 'no more is known'}"


def refuse_stranger(base: str, status: int) -> NoReturn:
    """What answers is not the service."""
    refuse(f"{base}: answered {status}, and not as this service does; give another --url")


def refuse(*lines: str) -> NoReturn:
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(1)


def _asked(
    base: str,
    method: str,
    path: str,
    token: str,
    content: bytes | None,
    query: Mapping[str, str],
    unknown: str,
    kind: str = CSV,
) -> tuple[int, bytes]:
    try:
        return asyncio.run(_ask(method, f"{base}{path}", token, content, query, kind))
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        refuse(f"{base}: the service does not answer ({type(error).__name__}).{unknown} Start it, or give --url.")


async def _ask(
    method: str, url: str, token: str, content: bytes | None, query: Mapping[str, str], kind: str
) -> tuple[int, bytes]:
    headers = {"Authorization": f"Bearer {token}"}
    if content is not None:
        headers["Content-Type"] = kind
    body = BytesIO(content) if content is not None else None
    timeout = aiohttp.ClientTimeout(total=ANSWER_MAX_S)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        # Not elsewhere: where it is sent on to might not be ours, and there may be people's names in it.
        session.request(method, url, data=body, headers=headers, params=query, allow_redirects=False) as response,
    ):
        return response.status, await response.read()
