"""A complete configuration of a given size: for the bench, for a demonstration of a larger centre.

Decides how many advisers have which skills: in the same shares as in the shipped configuration, whose lines, prompts,
queues and reasons are taken over. Written in mode `demo`, so that it needs no trunk, no roster and no secrets.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

from dialer.configuration.advisers import FILE as ADVISERS
from dialer.configuration.contacts import FILE as CONTACTS
from dialer.configuration.installation import FILE as INSTALLATION
from dialer.configuration.lines import FOLDER as LINES
from dialer.configuration.lines import PROMPTS
from dialer.configuration.load import Configuration, read_configuration
from dialer.configuration.queues import FILE as QUEUES
from dialer.configuration.tables import toml
from schedules.faults import Fault

SHIPPED = Path(__file__).resolve().parents[2] / "config"
ADVISERS_MAX = 9999
WAITING_PER_ADVISER = 4
"""Callers that a queue takes for each adviser: what the shipped configuration has."""
QUEUE_MAX = 10_000

_FIRST = (
    "Inès", "Yann", "Mariama", "Thomas", "Lan", "Sofia", "Jean-Marie", "Élodie", "Karim", "Agnieszka", "Hugo", "Maëva",
    "Awa", "Bastien", "Chloé", "Dimitri", "Esther", "Farid", "Gwenaëlle", "Ivan", "Jeanne", "Kenza", "Loïc", "Mehdi",
    "Noémie", "Oumar", "Paola", "Quentin", "Rachel", "Samir", "Tiphaine",
)  # fmt: skip
_LAST = (
    "Belkacem", "Le Goff", "Diallo", "Moreau", "Nguyen", "Ferreira", "Hoarau", "Schmitt", "Haddad", "Kowalski",
    "Etcheverry", "Teriitahi", "Amrani", "Bianchi", "Coulibaly", "Dupuis", "Estève", "Fontaine", "Garnier", "Hamidou",
    "Ivanova", "Jacquet", "Khelifi", "Lambert", "Mendy", "N'Diaye", "Oliveira", "Petit", "Quéméneur", "Rossi",
    "Sarkissian", "Traoré", "Urbain", "Vasseur", "Wagner", "Yılmaz", "Zhang",
)  # fmt: skip
_MODE = re.compile(r"^mode\s*=.*$", re.MULTILINE)


def write_demo_configuration(folder: Path, advisers: int, shipped: Path = SHIPPED) -> list[Fault]:
    """Write a configuration of so many advisers into a new or empty folder. Faults: why it was not; none when it was.

    advisers: 1 to 9999, named adv01 or, from a hundred on, with as many figures as the last one needs. shipped: the
    configuration whose lines, prompts and queues are taken over.
    """
    if not 1 <= advisers <= ADVISERS_MAX:
        return [Fault("--advisers", f"{advisers} is out of bounds", f"give a number from 1 to {ADVISERS_MAX}")]
    try:
        if folder.exists() and any(folder.iterdir()):
            return [Fault(str(folder), "is not empty", "name a folder that does not exist yet, or an empty one")]
        model = read_configuration(shipped, demo=True)
        if isinstance(model, list):
            return model
        _write(folder, _files(model, advisers, shipped))
        written = read_configuration(folder, demo=True)
    except OSError as error:
        return [Fault(str(error.filename or folder), f"cannot be written ({error.strerror})", "name another folder")]
    return written if isinstance(written, list) else []


def adviser_ids(advisers: int) -> list[str]:
    """adv01, adv02, … with figures enough for all."""
    width = max(2, len(str(advisers)))
    return [f"adv{number:0{width}}" for number in range(1, advisers + 1)]


def _files(model: Configuration, advisers: int, shipped: Path) -> dict[str, str]:
    taken = [PROMPTS, *(f"{LINES}/{line}.toml" for line in model.rules.lines)]
    taken += [CONTACTS] if (shipped / CONTACTS).exists() else []
    texts = {name: (shipped / name).read_text(encoding="utf-8") for name in taken}
    texts[INSTALLATION] = _demonstration((shipped / INSTALLATION).read_text(encoding="utf-8"))
    texts[QUEUES] = _queues(model, advisers)
    texts[ADVISERS] = _advisers(model, advisers)
    return texts


def _demonstration(installation: str) -> str:
    """The file with another mode, which is written above its first table: below it is that of callbacks."""
    head, table, rest = f"\n{installation}".partition("\n[")
    mode = 'mode = "demo" # every run is a demonstration'
    head = _MODE.sub(mode, head) if _MODE.search(head) else f"{mode}\n{head}"
    return f"{head}{table}{rest}".lstrip("\n")


def _queues(model: Configuration, advisers: int) -> str:
    text = ""
    for queue in model.rules.queues.values():
        settings = asdict(queue)
        settings["size_max"] = min(QUEUE_MAX, max(queue.size_max, advisers * WAITING_PER_ADVISER))
        keys = [f"{key} = {toml(value)}" for key, value in settings.items() if key != "id"]
        text += "\n".join([f"[{queue.id}]", *keys]) + "\n\n"
    return text


def _advisers(model: Configuration, advisers: int) -> str:
    models = list(model.rules.advisers.values())
    text = "# Names are invented.\n"
    for index, adviser in enumerate(adviser_ids(advisers)):
        # The numbers of first and last names have no common factor, so that all pairs come before one comes again.
        name = f"{_FIRST[index % len(_FIRST)]} {_LAST[index % len(_LAST)]}"
        skills = dict(models[index * len(models) // advisers].skills)
        text += f"\n[{adviser}]\nname = {toml(name)}\nskills = {toml(skills)}\n"
    return text


def _write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
