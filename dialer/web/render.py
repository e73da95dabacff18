"""Templates → HTML: the environment in which every page and fragment is rendered.

Decides that everything is escaped and nothing undefined passes silently, and which French words the templates may use.
Must not know the requests.
"""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dialer.web import french

HERE = Path(__file__).parent
STATIC = HERE / "static"


def _look() -> str:
    """A hash of all that a browser holds of us; a page that was left open reloads itself when it changes."""
    digest = blake2b(digest_size=6)
    for path in sorted([*(HERE / "templates").iterdir(), *STATIC.iterdir()]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


LOOK = _look()

_environment = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(
    duration=french.duration, percent=french.percent, time=french.time_of_day, moment=french.moment, iso=french.iso,
    ordinal=french.ordinal, plural=french.plural, span=french.span, shortly=french.shortly,
    hours=french.hours_of, lasting=french.lasting,
)  # fmt: skip
_environment.globals.update(words=french, look=LOOK)


def page(template: str, **values: Any) -> str:
    """The HTML of a template or fragment. An undefined value is an error."""
    return _environment.get_template(template).render(**values)
