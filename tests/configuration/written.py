"""`dialer.toml` with something written at its end, read as on one day: what it comes to, or what is told of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from dialer.configuration.load import Configuration, read_configuration
from dialer.configuration.report import fault_lines

DAY = date(2026, 11, 23)


def say(folder: Path, text: str) -> None:
    path = folder / "dialer.toml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{text}\n", encoding="utf-8")


def read(folder: Path, demo: bool = False, **environ: str) -> Configuration:
    configuration = read_configuration(folder, demo, on=DAY, environ=environ)
    assert isinstance(configuration, Configuration), configuration
    return configuration


def told(folder: Path, **environ: str) -> list[str]:
    found = read_configuration(folder, False, on=DAY, environ=environ)
    assert isinstance(found, list), "nothing was refused"
    return [line.removeprefix("config/dialer.toml ") for line in fault_lines(found)]
