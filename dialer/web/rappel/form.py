"""The form as a browser sends it: text by name, kept as it was typed, and read as a request.

Decides which fields there are, what stands for them in a request, and under which key the same form books only once.
Must not know what is wrong with it (`intake` does) nor how it is shown.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from dialer.core.callbacks.intake import Asked
from dialer.core.callbacks.request import Key, Source
from dialer.core.words import LineId
from dialer.web.rappel.choices import wish_in
from dialer.web.rappel.words import FIELDS

TRAP = "site_web"
"""Not to be seen, and left empty by people."""
_ID = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
_DATE = re.compile(r"(\d{1,2})[/. -]+(\d{1,2})[/. -]+(\d{4})|(\d{2})(\d{2})(\d{4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Form:
    """``values``: of every field of `words.FIELDS`, "" where nothing was sent. ``id``: of this form, drawn by us."""

    id: str
    values: Mapping[str, str]
    zone: str = ""
    """The clock by which the windows were shown."""
    proof: str = ""
    trapped: bool = False

    @property
    def key(self) -> Key:
        """The same form again is the same request; a form that was changed after it was taken is another body."""
        body = json.dumps(self.values, sort_keys=True, ensure_ascii=False)
        return Key(sha256(f"rappel\n{self.id}".encode()).hexdigest(), sha256(body.encode()).hexdigest())

    @property
    def shown(self) -> Mapping[str, str]:
        """What the page is filled with: all that was typed, under the same id."""
        return {**self.values, "formulaire": self.id}

    def asked(self, line: LineId) -> Asked:
        said = {field: self.values[name] for field, name in FIELDS.items()}
        wish, start, end = wish_in(said.pop("wish"))
        said["birth_date"] = _iso(said["birth_date"])
        return Asked(
            kind="rtf", line=line, wish=wish, start=start, end=end, source=Source.WEB.value, **said,
        )  # fmt: skip

    def without_window(self) -> Form:
        return replace(self, values={**self.values, "creneau": ""})


def new_form() -> Form:
    """An empty one. Nothing is chosen for anybody: as soon as possible may be in the middle of a lesson."""
    return Form(secrets.token_urlsafe(16), {**dict.fromkeys(FIELDS.values(), ""), "langue": "fr"})


def read_form(sent: Mapping[str, object]) -> Form:
    """What was sent, read leniently: a field that is missing is empty, and a form whose id is not ours is a new one."""
    text = {name: value for name, value in sent.items() if isinstance(value, str)}
    said = text.get("formulaire", "")
    return Form(
        id=said if _ID.fullmatch(said) else secrets.token_urlsafe(16),
        values={name: text.get(name, "").replace("\0", "") for name in FIELDS.values()},
        zone=text.get("fuseau", ""),
        proof=text.get("preuve", ""),
        trapped=bool(text.get(TRAP, "")),
    )


def _iso(typed: str) -> str:
    """31/12/2008, and what people write for it, in ISO 8601; anything else as it is."""
    found = _DATE.fullmatch(typed.strip())
    if found is None:
        return typed
    day, month, year = (part for part in found.groups() if part is not None)
    return f"{year}-{int(month):02}-{int(day):02}"
