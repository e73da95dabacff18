"""What the tests of `ops` stand on: settings with ports of their own, and a real Asterisk where one is asked for."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from ops.asterisk.process import AsteriskProcess
from ops.asterisk.programs import Programs, installed
from ops.asterisk.settings import Address, Line, Phone, Prompts, Settings, demo_trunk
from ops.asterisk.speech import Voice

PORT = int(os.environ.get("FIL_VERT_TEST_PORT", "20000"))
PREFIX = Path(__file__).parents[2] / ".prefix"
TEXTS = {
    "not_in_service": "Le numéro que vous avez composé n'est pas attribué.",
    "not_permitted": "Ce numéro n'est pas autorisé.",
    "wish_ready": "Vous êtes disponible.",
    "wish_paused": "Vous êtes en pause.",
    "wish_refused": "Votre fiche n'est pas terminée.",
    "wish_unavailable": "Le service est indisponible.",
    "apology": "Nos conseillers sont indisponibles.",
}
Make = Callable[..., Settings]


@pytest.fixture(scope="session")
def programs() -> Programs:
    """The provisioned programs. Their absence is a failure, never a skipped test."""
    found = installed(PREFIX)
    if found is None:
        pytest.fail(f"{PREFIX} is not complete: run `make test`, which provisions Asterisk", pytrace=False)
    return found


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Settings that can be rendered, without any program; keyword arguments replace fields."""

    def settings(**changes: Any) -> Settings:
        return replace(
            Settings(
                home=tmp_path / "asterisk",
                modules=Path("/opt/modules"),
                data=Path("/opt/data"),
                music=Path("/opt/music"),
                sip=Address("127.0.0.1", PORT),
                http=Address("127.0.0.1", PORT + 2),
                rtp=(PORT + 1000, PORT + 1499),
                ari_password="ari-secret",
                lines=(
                    Line("main", "0177771225", tmp_path / "apology"),
                    Line("dropout", "0800122500", tmp_path / "apology"),
                ),
                phones=(Phone("adv01", "phone-secret"), Phone("adv02", "phone-secret")),
                trunk=demo_trunk(Address("127.0.0.1", PORT + 90)),
                prompts=Prompts(**{name: tmp_path / name for name in Prompts.__dataclass_fields__}),
            ),
            **changes,
        )

    return settings


@pytest.fixture(scope="session")
def spoken(programs: Programs, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The dialplan's own prompts, really spoken."""
    return Voice(programs.voice).render(TEXTS, tmp_path_factory.mktemp("prompts"), None, lambda _: None)


@pytest.fixture
def real(programs: Programs, spoken: dict[str, Path], make: Make) -> Settings:
    """Settings that a real Asterisk starts with."""
    return make(
        modules=programs.modules,
        data=programs.data,
        music=programs.moh,
        lines=(Line("main", "0177771225", spoken["apology"]), Line("dropout", "0800122500", spoken["apology"])),
        prompts=Prompts(**{name: spoken[name] for name in Prompts.__dataclass_fields__}),
    )


@pytest_asyncio.fixture(loop_scope="function")
async def asterisk(programs: Programs, real: Settings) -> AsyncIterator[AsteriskProcess]:
    """A running Asterisk, ended after the test."""
    process = AsteriskProcess(programs, real)
    try:
        await process.start_or_adopt()
        await process.wait_ready()
        yield process
    finally:
        await process.stop()
