"""`python -m ops.bench`: plays the rounds, shows them, keeps them as JSON. Decides which rounds, in which order.

The sides alternate at every rate, so that whatever else this machine does weighs on both.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import signal
import socket
import sys
import tempfile
from collections.abc import Awaitable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from ops.asterisk.programs import Programs, installed
from ops.asterisk.speech import SpeechError, Voice
from ops.bench import table
from ops.bench.rounds import Bench, Round
from ops.bench.side import HOST, PORTS_MIN, PROMPT, Ports, SideError
from ops.bench.table import SIDES
from ops.bench.targets import OVERLOAD, Verdict, clean_rate, verdicts

RATES = (10.0, 20.0, 40.0, 60.0, 80.0, 100.0, 120.0)
SECONDS = 15.0
SATURATED_S = 15.0
QUICK_RATES, QUICK_SECONDS = (10.0, 40.0), 6.0


def main() -> int:
    asked = _asked()
    refused = _refusal() or _taken(asked.ports)
    if refused:
        print(refused, file=sys.stderr)
        return 1
    programs = installed(asked.prefix)
    if programs is None:
        print(f"Asterisk and SIPp are not set up in {asked.prefix}: run `make setup`", file=sys.stderr)
        return 1
    try:
        rounds = asyncio.run(_run(asked, programs))
    except (SideError, SpeechError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("bench: ended; nothing that it started is left", file=sys.stderr)
        return 130
    found = verdicts(rounds)
    _keep(asked.json, programs, rounds, found)
    print(f"\n{table.tables(rounds, found)}")
    print(f"\n{asked.json} has all figures")
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ops.bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--rates", type=_rates, help="calls a second, as 10,40,60; " + ",".join(f"{r:g}" for r in RATES)
    )
    parser.add_argument("--seconds", type=_seconds, help=f"how long each rate is offered; {SECONDS:g}")
    parser.add_argument("--quick", action="store_true", help="two rates, six seconds each, no overload: about a minute")
    parser.add_argument("--json", type=Path, default=Path("var/bench.json"), metavar="PATH", help="var/bench.json")
    parser.add_argument("--ports", type=_ports, default=Ports(20001, 32000), metavar="FIRST-LAST", help="20001-32000")
    parser.add_argument("--prefix", type=Path, default=Path(".prefix"), help="where Asterisk and SIPp are; .prefix")
    parser.add_argument("--only", choices=("rates", "overload", "saturated", "waiting"), help="one kind of round")
    parser.add_argument("--clean", type=float, metavar="RATE", help="app_queue's clean rate, where it is known already")
    asked = parser.parse_args()
    asked.rates = asked.rates or (QUICK_RATES if asked.quick else RATES)
    asked.seconds = asked.seconds or (QUICK_SECONDS if asked.quick else SECONDS)
    asked.prefix = asked.prefix.resolve()
    return asked


def _rates(text: str) -> tuple[float, ...]:
    rates = tuple(float(part) for part in text.split(","))
    if not rates or not all(1 <= rate <= 500 for rate in rates):
        raise argparse.ArgumentTypeError("give rates from 1 to 500 calls a second")
    return rates


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 3 <= seconds <= 600:
        raise argparse.ArgumentTypeError("give 3 to 600 seconds")
    return seconds


def _ports(text: str) -> Ports:
    first, _, last = text.partition("-")
    ports = Ports(int(first), int(last))
    if not 1024 <= ports.first <= ports.last - PORTS_MIN <= 65535 - PORTS_MIN:
        raise argparse.ArgumentTypeError(f"give a range of at least {PORTS_MIN} ports between 1024 and 65535")
    return ports


def _refusal() -> str:
    """Why the bench cannot run here; "" when it can."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP).close()
    except PermissionError:
        return "the bench presses keys by RFC 4733, for which SIPp needs a raw socket: run it as root"
    return ""


def _taken(ports: Ports) -> str:
    """Which of the bench's ports somebody else has; "" when none."""
    for kind, wanted in (
        (socket.SOCK_DGRAM, (ports.sip.port, ports.callers, ports.phones)),
        (socket.SOCK_STREAM, (ports.pages.port, ports.ari.port)),
    ):
        for port in wanted:
            try:
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind is socket.SOCK_STREAM)
                    probe.bind((HOST, port))
            except OSError:
                return f"port {port} is in use: end what uses it, or choose others with --ports"
    return ""


async def _run(asked: argparse.Namespace, programs: Programs) -> list[Round]:
    """Every round that was asked for. Ctrl-C and SIGTERM cancel it, and what was started ends on the way out."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    voice = Voice(programs.voice)
    prompt = await asyncio.to_thread(voice.render, {"bench": PROMPT}, asked.prefix / "prompts", None, lambda _: None)
    rounds: list[Round] = []
    with tempfile.TemporaryDirectory(prefix="fil-vert-bench-", ignore_cleanup_errors=True) as folder:
        bench = Bench(programs, asked.prefix, Path(folder), asked.ports, prompt["bench"])
        await _play(bench, asked, rounds)
    return rounds


async def _play(bench: Bench, asked: argparse.Namespace, rounds: list[Round]) -> None:
    async def note(playing: Awaitable[Round]) -> None:
        rounds.append(await playing)
        print(table.progress(rounds[-1]), flush=True)

    if asked.only in (None, "rates"):
        for rate in asked.rates:
            for side in SIDES:
                await note(bench.at_rate(side, rate, asked.seconds))
    if asked.only in (None, "overload") and not asked.quick:
        clean = asked.clean or clean_rate(rounds, "app_queue")
        if clean is None:
            print("app_queue was clean at no rate: there is nothing to overload by")
        else:
            await note(bench.at_rate("fil_vert", OVERLOAD * clean, asked.seconds, "overload"))
    if asked.only in (None, "saturated"):
        for side in SIDES:
            await note(bench.saturated(side, min(asked.seconds, SATURATED_S)))
    if asked.only in (None, "waiting"):
        for side in SIDES:
            await note(bench.waiting(side))


def _keep(path: Path, programs: Programs, rounds: Sequence[Round], found: Sequence[Verdict]) -> None:
    kept = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "processor": _processor(),
            "cores": os.cpu_count(),
            "kernel": platform.release(),
            "python": platform.python_version(),
            "asterisk": programs.version,
        },
        "rounds": [asdict(one) for one in rounds],
        "targets": [asdict(one) for one in found],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    raise SystemExit(main())
