"""A small validator for the JSON Schema that our description uses; an unknown keyword is an error, not a pass."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

_TYPES = {
    "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int,
    "number": (int, float),
}  # fmt: skip
_SAID = {"title", "description", "default", "examples"}


def faults(value: Any, schema: dict[str, Any], document: dict[str, Any], at: str = "$") -> list[str]:
    """Where ``value`` is not what ``schema`` says."""
    found: list[str] = []
    for word, bound in schema.items():
        match word:
            case "$ref":
                target: Any = document
                for step in bound.removeprefix("#/").split("/"):
                    target = target[step]
                found += faults(value, target, document, at)
            case "anyOf":
                if all(faults(value, option, document, at) for option in bound):
                    found.append(f"{at}: {value!r} is none of {bound}")
            case "type":
                wrong_bool = isinstance(value, bool) and bound != "boolean"
                if wrong_bool or not isinstance(value, _TYPES[bound]):
                    found.append(f"{at}: {value!r} is not {bound}")
            case "enum" if value not in bound:
                found.append(f"{at}: {value!r} is not in {bound}")
            case "const" if value != bound:
                found.append(f"{at}: {value!r} is not {bound!r}")
            case "minimum" if isinstance(value, int | float) and value < bound:
                found.append(f"{at}: {value} < {bound}")
            case "maximum" if isinstance(value, int | float) and value > bound:
                found.append(f"{at}: {value} > {bound}")
            case "minLength" if isinstance(value, str) and len(value) < bound:
                found.append(f"{at}: too short")
            case "maxLength" if isinstance(value, str) and len(value) > bound:
                found.append(f"{at}: too long")
            case "pattern" if isinstance(value, str) and not re.search(bound, value):
                found.append(f"{at}: does not match")
            case "format":
                assert bound in ("date-time", "date"), bound
                if isinstance(value, str) and bound == "date":
                    date.fromisoformat(value)
                elif isinstance(value, str) and datetime.fromisoformat(value).utcoffset() is None:
                    found.append(f"{at}: {value} has no offset")
            case "required" if isinstance(value, dict):
                found += [f"{at}.{name}: missing" for name in bound if name not in value]
            case "properties" if isinstance(value, dict):
                for name in bound.keys() & value.keys():
                    found += faults(value[name], bound[name], document, f"{at}.{name}")
            case "additionalProperties" if isinstance(value, dict):
                for name in value.keys() - schema.get("properties", {}).keys():
                    if bound is False:
                        found.append(f"{at}.{name}: not said")
                    elif bound is not True:
                        found += faults(value[name], bound, document, f"{at}.{name}")
            case "items" if isinstance(value, list):
                for number, item in enumerate(value):
                    found += faults(item, bound, document, f"{at}[{number}]")
            case (
                "enum" | "const" | "minimum" | "maximum" | "minLength" | "maxLength" | "pattern" | "required"
                | "properties" | "additionalProperties" | "items"
            ):  # fmt: skip
                pass
            case _:
                assert word in _SAID, f"{at}: this validator does not know {word}"
    return found
