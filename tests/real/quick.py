"""The shipped configuration, made quick: prompts are short tones, phones ring for five seconds, levels open early.

Flows, lines, skills and hours are those of `config/`, so that what is shown here is shown of what is shipped.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dialer.configuration.load import Configuration, read_configuration
from ops.asterisk.programs import Programs

SHIPPED = Path(__file__).resolve().parents[2] / "config"
SPOKEN = "not_in_service"
"""The prompt that stays as it is, so that it can be told from silence by its length."""
TONE_S = 0.25
SILENCE_S = 2.0
BYTES_A_SECOND = 8000
QUEUES: Mapping[str, Mapping[str, Any]] = {
    name: {"name": name, "ring_max_s": 5, "overflow_after_s": [2.0], "wrap_up_max_s": 60, "wait_max_s": 600}
    for name in ("main", "dropout", "parcoursup")
}


def quick(
    folder: Path,
    programs: Programs,
    queues: Mapping[str, Mapping[str, Any]] | None = None,
    lasts_s: Mapping[str, float] | None = None,
    tables: Mapping[str, Mapping[str, object]] | None = None,
) -> Path:
    """Write it into ``folder``. ``queues``: settings by queue that differ; ``lasts_s``: prompts of another length;
    ``tables``: settings by table of ``dialer.toml`` that differ."""
    shutil.copytree(SHIPPED, folder)
    changed = {name: {**settings, **(queues or {}).get(name, {})} for name, settings in QUEUES.items()}
    (folder / "queues.toml").write_text(
        "".join(
            f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
            for name, settings in changed.items()
        )
    )
    for line in (folder / "lines").glob("*.toml"):  # who says nothing to the offer of a callback is waited for less
        line.write_text(line.read_text().replace("[node.offer]\n", f"[node.offer]\ntimeout_s = {SILENCE_S}\n"))
    installation = folder / "dialer.toml"
    for table, settings in (tables or {}).items():
        installation.write_text(_with(installation.read_text(), table, settings))
    read = read_configuration(folder, demo=True)
    assert isinstance(read, Configuration), read
    recorded = folder / "prompts" / "recorded"
    recorded.mkdir()
    sound = min(programs.moh.glob("*.alaw")).read_bytes()
    for nth, prompt in enumerate(read.prompts):
        if prompt != SPOKEN:
            length = round((lasts_s or {}).get(prompt, TONE_S) * BYTES_A_SECOND)
            # Each a byte later in the sound: no two are the same file, so that `witness` can tell them apart.
            (recorded / f"{prompt}.alaw").write_bytes(sound[nth : nth + length])
    return folder


def _with(text: str, table: str, settings: Mapping[str, object]) -> str:
    """The file with these settings in one of its tables, in place of those of the same keys."""
    head, mark, rest = text.partition(f"\n[{table}]\n")
    assert mark, f"dialer.toml has no [{table}]"
    body, after, tail = rest.partition("\n[")
    kept = [line for line in body.splitlines() if line.partition("=")[0].strip() not in settings]
    written = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    return "\n".join((head + mark.rstrip("\n"), *written, *kept)) + "\n" + after + tail
