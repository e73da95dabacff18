"""What was asked: query and body → a model, or every fault at once.

Decides which bodies are read at all (JSON, UTF-8, at most what their model says) and how faults are told: where, and
how to mend them, never with the value that was sent. Must not know what is done with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from aiohttp import web
from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from dialer.core.callbacks.intake import Wrong
from dialer.web.models import Asked, FieldFault
from dialer.web.problems import Refused

ID_LENGTH_MAX = 100

Model = TypeVar("Model", bound=Asked)


def read_query(request: web.Request, model: type[Model]) -> Model:
    """The query as ``model``. Raises Refused 422."""
    twice = [name for name in set(request.query) if len(request.query.getall(name)) > 1]
    faults = [FieldFault(field=name, message="comes twice; send it once") for name in sorted(twice)]
    try:
        found = model.model_validate(dict(request.query))
    except ValidationError as error:
        faults += _faults(error, model)
    if faults:
        raise refuse_all(faults)
    return found


async def read_body(request: web.Request, model: type[Model]) -> Model:
    """The JSON body as ``model``. Raises Refused 400 (not JSON), 413, 415, 422."""
    raw = await _raw(request, model.bytes_max)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        if any(detail["type"] == "json_invalid" for detail in details):
            raise _not_json(details[0]["msg"]) from None
        raise refuse_all(_faults(error, model)) from None


async def sift_body(request: web.Request, model: type[Model]) -> tuple[Model, list[FieldFault]]:
    """The JSON body as ``model`` without whatever is unknown or of a wrong type, and the faults of that.

    For bodies whose values somebody else judges, so that all faults are told at once. Raises as `read_body` does, but
    422 only for what is no object.
    """
    try:
        value = from_json(await _raw(request, model.bytes_max))
    except ValueError as error:
        raise _not_json(str(error)) from None
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        faults = _faults(error, model)
        if not isinstance(value, dict):
            raise refuse_all(faults) from None
        for detail in error.errors(include_url=False, include_input=False):
            _take_out(value, detail["loc"])
        return model.model_validate(value), faults


def _take_out(value: Any, place: tuple[int | str, ...]) -> None:
    """An object of a list leaves an empty one, so that those after it keep their numbers."""
    for step in place[:-1]:
        value = value[step]
    if isinstance(value, list):
        value[place[-1]] = {}  # type: ignore[index]
    else:
        value.pop(place[-1])


async def _raw(request: web.Request, bytes_max: int) -> bytes:
    if request.content_type != "application/json" or (request.charset or "utf-8").lower() != "utf-8":
        raise Refused(415, "Send JSON: Content-Type: application/json", headers={"Accept": "application/json"})
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refused(415, "Send the body as it is, not compressed.", headers={"Accept-Encoding": "identity"})
    content = bytearray()
    async for chunk in request.content.iter_any():  # the application's own limit is the same for every route
        content += chunk
        if len(content) > bytes_max:
            raise Refused(413, f"The body is over {bytes_max} bytes.")
    return bytes(content)


def _not_json(why: str) -> Refused:
    return Refused(400, "The body is not JSON.", [FieldFault(field="", message=why)])


def read_id(request: web.Request) -> str:
    """The id in the path. What could be none of ours is not looked up. Raises Refused 404."""
    found = request.match_info["id"]
    if len(found) > ID_LENGTH_MAX or not found.isprintable():
        raise Refused(404, "There is nothing under this id.")
    return found


def refuse(field: str, message: str) -> Refused:
    """One fault that only the handler could see."""
    return refuse_all([FieldFault(field=field, message=message)])


def judged(faults: Iterable[FieldFault], wrongs: Iterable[Wrong]) -> list[FieldFault]:
    """The faults of a body's shape and those that the judge found in the rest of it.

    What the judge says of a field that was taken out, of what it is part of or of its parts, is left out.
    """
    found = list(faults)
    out = [f"{fault.field}." for fault in found]
    for wrong in wrongs:
        field = f"{wrong.field}."
        if not any(field.startswith(each) or each.startswith(field) for each in out):
            found.append(FieldFault(field=wrong.field, message=wrong.sentence.en))
    return found


def refuse_all(faults: list[FieldFault]) -> Refused:
    """Every fault at once, as 422."""
    return Refused(422, f"{len(faults)} fault{'s' if len(faults) > 1 else ''}; see errors.", faults)


def _faults(error: ValidationError, model: type[Asked]) -> list[FieldFault]:
    return [
        FieldFault(field=".".join(map(str, detail["loc"])), message=_message(detail, model))
        for detail in error.errors(include_url=False, include_input=False)
    ]


def _message(detail: ErrorDetails, model: type[Asked]) -> str:
    at_top = len(detail["loc"]) < 2
    names = ", ".join(model.model_fields) if at_top else ""
    match detail["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            if not at_top:
                return "is not a field here"
            return f"is not a field here; use {names}" if names else "is not a field here; send none"
        case "value_error":
            return str(detail["ctx"]["error"])
        case "literal_error" | "enum":
            return f"write {detail['ctx']['expected']}"
        case "string_pattern_mismatch":
            return "holds a control character; write plain text on one line"
        case "model_type" | "model_attributes_type":
            return f"write an object with {names}" if not detail["loc"] else "write an object"
        case _:
            return detail["msg"].replace("Input should be", "should be")
