"""Secrets: taken from environment variables that the configuration names, or drawn and kept in the state folder.

Decides where a secret may lie: never in `config/`, which is copied, kept and shown. The state folder's secrets.toml,
mode 0600, holds [phones], an adviser's id = the password of their phone, and [asterisk], ari = the password of ARI.
Must not know who uses them.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, SecretStr

from dialer.configuration.tables import refusal, toml
from dialer.core.words import AdviserId
from schedules.faults import Fault

FILE = "secrets.toml"
DEMO_PASSWORD = "demo"  # noqa: S105 - the demonstration's, on loopback, and said in the README
PHONE_VARIABLE = "DIALER_PHONE_PASSWORD_"
"""Followed by the adviser's id in capitals: a password that beats the file's."""
PASSWORD_MIN, PASSWORD_MAX = 12, 64

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)
_PRINTABLE = re.compile(r"[\x21-\x3a\x3c-\x7e]+")
"""No semicolon: in Asterisk's files it begins a comment."""
_PASSWORD = re.compile(rf"[A-Za-z0-9_.~!+*=-]{{{PASSWORD_MIN},{PASSWORD_MAX}}}", re.ASCII)
"""Signs that need no quoting in any file or any phone's menu."""
_DRAWN_BYTES = 18

_Kept = dict[str, dict[str, str]]


def _variable(name: str) -> str:
    if _VARIABLE.fullmatch(name) is None:
        # Not quoted: who misreads this key writes the secret itself here.
        raise refusal("is not the name of an environment variable", "write a name in capitals, as TRUNK_PASSWORD")
    return name


VariableName = Annotated[str, AfterValidator(_variable)]


def secret_of(variable: str, where: str, environ: Mapping[str, str], faults: list[Fault]) -> SecretStr | None:
    """The secret that an environment variable holds; None when it holds none that can be used, which is a fault."""
    value = environ.get(variable, "")
    if not value:
        faults.append(Fault(where, f"the environment has no {variable}", f"set {variable} where the service starts"))
        return None
    if _PRINTABLE.fullmatch(value) is None:
        what = f"{variable} holds a blank, a semicolon or a sign beyond ASCII"
        faults.append(Fault(where, what, "set it again, without blanks or line breaks around it"))
        return None
    return SecretStr(value)


def phone_passwords(
    advisers: Iterable[AdviserId], state: Path, demo: bool, environ: Mapping[str, str] | None = None
) -> dict[AdviserId, SecretStr] | list[Fault]:
    """The password of each adviser's phone, or every fault of the secrets.

    In demo mode it is `demo`. Otherwise the environment's, else the one in the state folder; for an adviser who has
    neither, one is drawn and kept there. Passwords of advisers who left stay, for their return.
    """
    wanted = sorted(advisers)
    if demo:
        return dict.fromkeys(wanted, SecretStr(DEMO_PASSWORD))
    environ = os.environ if environ is None else environ
    faults: list[Fault] = []
    kept = _read(state / FILE, faults)
    if faults:
        return faults
    phones = kept.setdefault("phones", {})
    missing = [one for one in wanted if one not in phones and not environ.get(_variable_of(one))]
    phones |= {adviser: secrets.token_urlsafe(_DRAWN_BYTES) for adviser in missing}
    passwords: dict[AdviserId, SecretStr] = {}
    for adviser in wanted:
        variable = _variable_of(adviser)
        password = environ.get(variable) or phones[adviser]
        if _PASSWORD.fullmatch(password) is None:
            where = variable if environ.get(variable) else f"{state / FILE} [phones] {adviser}"
            mend = f"write {PASSWORD_MIN} to {PASSWORD_MAX} letters, figures and signs of _.~!+*=-, or take it out"
            faults.append(Fault(where, "is too short, too long or has other signs", mend))
        passwords[adviser] = SecretStr(password)
    if missing and not faults:
        _write(state / FILE, kept, faults)
    return faults or passwords


def ari_password(state: Path) -> SecretStr | list[Fault]:
    """The password between the controller and its Asterisk, the same at each start so that one adopts the other."""
    faults: list[Fault] = []
    kept = _read(state / FILE, faults)
    asterisk = kept.setdefault("asterisk", {})
    if not faults and "ari" not in asterisk:
        asterisk["ari"] = secrets.token_urlsafe(_DRAWN_BYTES)
        _write(state / FILE, kept, faults)
    return faults or SecretStr(asterisk["ari"])


def _variable_of(adviser: AdviserId) -> str:
    return f"{PHONE_VARIABLE}{adviser.upper()}"


def _read(path: Path, faults: list[Fault]) -> _Kept:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            faults.append(Fault(str(path), "can be read by others", f"chmod 600 {path}"))
        kept = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        faults.append(Fault(str(path), f"cannot be read ({error.strerror})", f"see that {path.parent} is ours"))
        return {}
    except ValueError:
        # The error itself may quote the file.
        kept = {"": ""}
    if not all(
        isinstance(table, dict) and all(isinstance(one, str) for one in table.values()) for table in kept.values()
    ):
        mend = 'write [phones], and below it adv01 = "its password"; or take the file away to have new ones drawn'
        faults.append(Fault(str(path), "does not hold tables of passwords", mend))
        return {}
    return kept


def _write(path: Path, kept: _Kept, faults: list[Fault]) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    lines = ["# Drawn by the service. Whoever reads this can telephone in its name: mode 0600."]
    for name, table in sorted(kept.items()):
        lines += ["", f"[{toml(name)}]", *(f"{toml(key)} = {toml(one)}" for key, one in sorted(table.items()))]
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{FILE}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(path)
        except OSError:
            Path(draft).unlink(missing_ok=True)
            raise
    except OSError as error:
        faults.append(Fault(str(path), f"cannot be written ({error.strerror})", f"make room, and {path.parent} ours"))
