"""The configuration as it is shipped, read once."""

from pathlib import Path

import pytest

from ivr.load import Known, LineFlow, read_line
from ivr.prompts import Catalogue, read_catalogue

CONFIG = Path(__file__).parents[2] / "config"
KNOWN = Known(queues={"main", "dropout", "parcoursup"})


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    path = CONFIG / "prompts" / "fr.toml"
    read = read_catalogue(path.read_text(encoding="utf-8"), "config/prompts/fr.toml")
    assert isinstance(read, Catalogue), "\n".join(map(str, read))
    return read


@pytest.fixture(scope="session")
def lines(catalogue: Catalogue) -> dict[str, LineFlow]:
    read: dict[str, LineFlow] = {}
    for path in sorted((CONFIG / "lines").glob("*.toml")):
        line = read_line(path.read_text(encoding="utf-8"), f"config/lines/{path.name}", catalogue, KNOWN)
        assert isinstance(line, LineFlow), "\n".join(map(str, line))
        read[line.id] = line
    return read
