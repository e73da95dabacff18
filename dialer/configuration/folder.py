"""The folder of the configuration: its files as text and as TOML tables, each fault of reading told and none raised.

Decides only what can be read at all. Remembers what was read, for the version. Must not know what the files mean.
"""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from schedules.faults import Fault

_AT_LINE = re.compile(r" \(at line (\d+), column (\d+)\)$")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """where: the file as faults name it. table: what `text` writes, parsed."""

    where: str
    text: str
    table: Mapping[str, object]


class Folder:
    """One reading of a configuration folder. Faults go to the list it is given, and what could not be read is None."""

    def __init__(self, path: Path, faults: list[Fault]) -> None:
        self._path = path
        self._faults = faults
        self._content = blake2b(digest_size=8)

    @property
    def version(self) -> str:
        """16 hex digits: a hash of the names and contents of all files read so far."""
        return self._content.hexdigest()

    def where(self, name: str) -> str:
        return str(self._path / name)

    def has(self, name: str) -> bool:
        """Whether something of that name is there, readable or not."""
        return (self._path / name).exists()

    def names(self, folder: str, suffix: str) -> list[str]:
        """The names, with `folder`, of what lies in it and ends so, in order. Hidden files are not ours."""
        try:
            found = [entry.name for entry in (self._path / folder).iterdir()]
        except FileNotFoundError:
            self._fault(folder, "the folder is missing", "create it, or see that DIALER_CONFIG names the right folder")
            return []
        except OSError as error:
            self._fault(folder, f"cannot be read as a folder ({error.strerror})", "make it a folder that we may read")
            return []
        return sorted(f"{folder}/{name}" for name in found if name.endswith(suffix) and not name.startswith("."))

    def text(self, name: str) -> str | None:
        """The text of a file, UTF-8 with or without byte order mark."""
        path = self._path / name
        try:
            # A pipe or a device would be waited for without end.
            if not stat.S_ISREG(path.stat().st_mode):
                kind = "a folder" if path.is_dir() else "not a file"
                self._fault(name, f"is {kind}", "put a file of this name there")
                return None
            content = path.read_bytes()
        except FileNotFoundError:
            self._fault(name, "is missing", "write it, or see that DIALER_CONFIG names the right folder")
            return None
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            self._fault(name, f"cannot be read ({why})", "let the user of the service read it: chmod u+r")
            return None
        self._content.update(f"{name} {len(content)} ".encode())
        self._content.update(content)
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            self._fault(f"{name} line {line}", "is not UTF-8", "save the file with the encoding UTF-8")
            return None

    def toml(self, name: str) -> TomlFile | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            return TomlFile(self.where(name), text, tomllib.loads(text))
        except ValueError as error:  # also an integer of thousands of figures, which is no TOMLDecodeError
            found = _AT_LINE.search(str(error))
            at, column = (f"{name} line {found[1]}", f", column {found[2]}") if found else (name, "")
            what = f"is not TOML: {_AT_LINE.sub('', str(error))}{column}"
            self._fault(at, what, "correct it there: text between quotes, one key = value on each line")
        except RecursionError:
            self._fault(name, "is not TOML: nested too deeply", "write no more than tables of values")
        return None

    def _fault(self, name: str, what: str, mend: str) -> None:
        self._faults.append(Fault(self.where(name), what, mend))
