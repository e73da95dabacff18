"""A TOML table against its model: the model's value, or every fault in it in plain English.

Decides how a fault of pydantic's is said to an operator: where, what, and what to write instead, for which each field
of a model gives an example. Must not know any one table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from json import dumps
from typing import Any, Generic, TypeVar, get_args

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from schedules.faults import Fault

T = TypeVar("T")
M = TypeVar("M", bound="Table")

_SHOWN_MAX = 60
"""Signs of a wrong value that are shown."""


class Table(BaseModel):
    """What every table of ours is: closed, strict (no "20" for 20), finite."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, hide_input_in_errors=True)


@dataclass(frozen=True, slots=True)
class Named(Generic[T]):
    """Things configured under names. whole: those without fault. names: all that were written, sound or not.

    What names something broken is not at fault itself: `names` is what other files are checked against.
    """

    whole: Mapping[str, T]
    names: Collection[str]

    @property
    def is_whole(self) -> bool:
        return len(self.whole) == len(self.names) and self.names is not EVERY_NAME


class _EveryName(Collection[str]):
    """The names in a file that cannot be read: any could be there."""

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


EVERY_NAME = _EveryName()


def refusal(what: str, mend: str) -> PydanticCustomError:
    """What a field's own validator raises: the fault's two sentences."""
    # As values and not as the template, in which braces of what an operator wrote would be read as places to fill.
    return PydanticCustomError("refused", "{what}", {"what": what, "mend": mend})


def bounded(default: float, least: float, most: float) -> Any:
    """A field for a number from `least` to `most`, which may be left out."""
    return Field(default=default, ge=least, le=most, examples=[default])


def read_table(model: type[M], table: object, where: str, faults: list[Fault]) -> M | None:
    """The value that `table` writes; None when there are faults, which are then added. where: file and [table]."""
    if not isinstance(table, dict):
        header = where.rpartition(" ")[2].strip("[]")
        faults.append(Fault(where, f"{shown(table)} is not a table", f"write [{header}], and its keys below"))
        return None
    try:
        return model.model_validate(table)
    except ValidationError as error:
        faults += [_fault(model, one, where) for one in error.errors(include_url=False)]
        return None


def shown(value: object) -> str:
    """A value as TOML would write it, cut when long."""
    text = toml(value)
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…"


def toml(value: object) -> str:
    """A value in TOML."""
    match value:
        case str():
            # DEL is the one sign that JSON leaves as it is and TOML forbids.
            return dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return f"[{', '.join(toml(one) for one in value)}]"
        case dict():
            return f"{{ {', '.join(f'{key} = {toml(one)}' for key, one in value.items())} }}" if value else "{}"
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _fault(model: type[Table], error: ErrorDetails, where: str) -> Fault:
    model, field, depth = _place(model, error["loc"])
    key, *inside = error["loc"][depth:] or ("",)
    tables = ".".join(str(one) for one in error["loc"][:depth])
    before = "" if not tables else f"{tables}." if where.endswith("]") else f"[{tables}] "
    here = f"{where} {before}{key}" + "".join(f" {one + 1}" if isinstance(one, int) else f".{one}" for one in inside)
    value = shown(error["input"])
    if field is None:
        return Fault(here, "is not a key here", _mend_of_unknown(model, str(key)))
    example = f"write {key} = {toml(field.examples[0])}" if field.examples else f"correct {key}"
    match error["type"]:
        case "missing":
            return Fault(here, "is missing", example)
        case "refused":
            context = error["ctx"]
            return Fault(here, str(context["what"]), str(context["mend"]))
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            return Fault(here, f"{value} is out of bounds", f"write a number {_bounds(field, bool(inside))}")
        case "literal_error":
            allowed = error["ctx"]["expected"].replace("'", '"')
            return Fault(here, f"{value} is not one of {allowed}", example)
        case "int_type" | "int_from_float" | "int_parsing_size":
            return Fault(here, f"{value} is not a whole number", example)
        case "float_type" | "finite_number":
            return Fault(here, f"{value} is not a number", example)
        case "bool_type":
            return Fault(here, f"{value} is not true or false", example)
        case "string_type":
            return Fault(here, f"{value} is not text between quotes", example)
        case "too_long":
            return Fault(here, f"has more than {error['ctx']['max_length']} of them", "take some out")
        case "list_type":
            return Fault(here, f"{value} is not a list", example)
        case "dict_type":
            return Fault(here, f"{value} is not a table", example)
        case _:
            return Fault(here, f"{value} cannot be used", example)


def _place(model: type[Table], loc: tuple[int | str, ...]) -> tuple[type[Table], FieldInfo | None, int]:
    """The innermost table that `loc` leads into, the field there, and at which step of `loc` that field is named."""
    for depth, key in enumerate(loc):
        field = _fields(model).get(str(key))
        types = (field.annotation, *get_args(field.annotation)) if field is not None else ()
        inner = next((one for one in types if isinstance(one, type) and issubclass(one, Table)), None)
        if inner is None or depth + 1 == len(loc):
            return model, field, depth
        model = inner
    return model, None, 0


def _fields(model: type[Table]) -> dict[str, FieldInfo]:
    """The fields of a table by the keys that TOML writes."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _mend_of_unknown(model: type[Table], key: str) -> str:
    if f"{key}_env" in _fields(model):
        # The value is a secret in a file that is copied, kept and shown: never quoted.
        return f"take it out, put it into an environment variable and write its name: {key}_env"
    return f"use {', '.join(_fields(model))}"


def _bounds(field: FieldInfo, inside: bool) -> str:
    """The bounds of a field, in words; those of its members are said by its description."""
    if inside:
        return field.description or "within bounds"
    least = next((one.ge for one in field.metadata if isinstance(one, Ge)), None)
    above = next((one.gt for one in field.metadata if isinstance(one, Gt)), None)
    most = next((one.le for one in field.metadata if isinstance(one, Le)), None)
    start = f"from {least:g}" if isinstance(least, int | float) else f"above {above}"
    return f"{start} to {most:g}" if isinstance(most, int | float) else start
