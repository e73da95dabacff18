"""What was asked: query and body → a model, or every fault at once.

Decides which bodies are read at all (JSON, UTF-8, at most 64 KiB) and how faults are told: where, and how to mend them,
never with the value that was sent. Must not know what is done with it.
"""

from __future__ import annotations

from typing import TypeVar

from aiohttp import web
from pydantic import ValidationError
from pydantic_core import ErrorDetails

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
        raise _refused(faults)
    return found


async def read_body(request: web.Request, model: type[Model]) -> Model:
    """The JSON body as ``model``. Raises Refused 400 (not JSON), 415, 422; aiohttp refuses what is too large."""
    if request.content_type != "application/json" or (request.charset or "utf-8").lower() != "utf-8":
        raise Refused(415, "Send JSON: Content-Type: application/json", headers={"Accept": "application/json"})
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refused(415, "Send the body as it is, not compressed.", headers={"Accept-Encoding": "identity"})
    raw = await request.read()
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        if any(detail["type"] == "json_invalid" for detail in details):
            raise Refused(400, "The body is not JSON.", [FieldFault(field="", message=details[0]["msg"])]) from None
        raise _refused(_faults(error, model)) from None


def read_id(request: web.Request) -> str:
    """The id in the path. What could be none of ours is not looked up. Raises Refused 404."""
    found = request.match_info["id"]
    if len(found) > ID_LENGTH_MAX or not found.isprintable():
        raise Refused(404, "There is nothing under this id.")
    return found


def refuse(field: str, message: str) -> Refused:
    """One fault that only the handler could see."""
    return _refused([FieldFault(field=field, message=message)])


def _refused(faults: list[FieldFault]) -> Refused:
    return Refused(422, f"{len(faults)} fault{'s' if len(faults) > 1 else ''}; see errors.", faults)


def _faults(error: ValidationError, model: type[Asked]) -> list[FieldFault]:
    return [
        FieldFault(field=".".join(map(str, detail["loc"])), message=_message(detail, model))
        for detail in error.errors(include_url=False, include_input=False)
    ]


def _message(detail: ErrorDetails, model: type[Asked]) -> str:
    names = ", ".join(model.model_fields)
    match detail["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return f"is not a field here; use {names}" if names else "is not a field here; send none"
        case "value_error":
            return str(detail["ctx"]["error"])
        case "literal_error":
            return f"write {detail['ctx']['expected']}"
        case "string_pattern_mismatch":
            return "holds a control character; write plain text on one line"
        case "model_type" | "model_attributes_type":
            return f"write an object with {names}"
        case _:
            return detail["msg"].replace("Input should be", "should be")
