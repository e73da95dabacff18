"""The OpenAPI description, built from the table of routes and the models: never written by hand.

Decides how a route of the table is told in OpenAPI 3.1. Must not know the handlers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from dialer.core.access.roles import POWERS, Powers, Reach
from dialer.web.case_models import Overtaken
from dialer.web.models import Asked, Problem
from dialer.web.outside import Way
from dialer.web.routes import Route
from dialer.web.sign_in_session import CSRF_HEADER, SESSION

_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,200}$"},
}
_VERSION: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The version that was before you: the ETag of the last answer.",
    "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
}
_SCHEMES: dict[str, Any] = {
    "token": {"type": "http", "scheme": "bearer", "description": "A program's, by `dialer token add`."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION[Way.TLS],
        "description": "Somebody's who signed in at /connexion; never beside a token. "
        f"On this very machine without TLS it is {SESSION[Way.LOOPBACK]}.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": CSRF_HEADER,
        "description": "With a session, for whatever changes something: the code of the page, "
        "or of the JSON that POST /connexion answers. The Origin is ours too.",
    },
}
_REF = "#/components/schemas/{model}"


def describe(routes: Iterable[Route]) -> bytes:
    """The document as JSON."""
    routes = list(routes)
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {
        (Problem, "serialization"): None,
        (Overtaken, "serialization"): None,
    }
    for route in routes:
        if route.answer is not None:
            wanted[route.answer, "serialization"] = None
        for model in (route.body, route.query):
            if model is not None:
                wanted[model, "validation"] = None
    names, definitions = models_json_schema(list(wanted), ref_template=_REF)
    schemas = definitions["$defs"]
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        answer = names[route.answer, "serialization"] if route.answer is not None else None
        body = names[route.body, "validation"] if route.body is not None else None
        query = _resolved(names[route.query, "validation"], schemas)
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, answer, body, query)
    for model in {route.query for route in routes} - {route.body for route in routes}:
        schemas.pop(_name(names[model, "validation"]), None)
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Fil vert",
            "version": "1",
            "description": "Lines, calls, queues, advisers and callbacks. Instants are ISO 8601 with an offset. "
            "Lists are continued by `?cursor=` with `next`. Errors are RFC 9457 problems.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": _SCHEMES,
        },
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _operation(route: Route, answer: dict[str, Any] | None, body: dict[str, Any] | None, query: Any) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if answer is not None:
        content = {"content": {"application/json": {"schema": answer}}}
    if route.csv:
        content = {"content": {"text/csv": {"schema": {"type": "string"}}}}
    answers: dict[str, Any] = {
        str(status): {"description": HTTPStatus(status).phrase, **content} for status in route.statuses
    }
    if route.path == "/readyz":
        answers["503"] = {"description": "Not ready", **content}
    codes = set(route.problems)
    if route.needs is not None:
        codes |= {401, 403} if route.needs != "any" else {401}
    if route.query.model_fields or route.body is not None or route.needs_key:
        codes.add(422)
    for code in sorted(codes):
        schema: dict[str, Any] = {"$ref": _REF.format(model=Problem.__name__)}
        if code == 409 and route.needs_version:
            schema = {"anyOf": [schema, {"$ref": _REF.format(model=Overtaken.__name__)}]}
        answers[str(code)] = {"description": "Problem", "content": {"application/problem+json": {"schema": schema}}}
    operation: dict[str, Any] = {
        "summary": route.summary,
        "parameters": [
            *_path_parameters(route.path),
            *_query_parameters(route.query, query),
            *([_KEY] if route.needs_key else []),
            *([_VERSION] if route.needs_version else []),
        ],
        "responses": answers,
        "security": _security(route),
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def _security(route: Route) -> list[dict[str, list[str]]]:
    """One of these: a token with the scope; or, where any role opens it, a session, with its code for a change."""
    if route.needs is None:
        return []
    asked: list[dict[str, list[str]]] = [{"token": [] if route.needs == "any" else [route.needs]}]
    if any(_opens(powers, route) for powers in POWERS.values()):
        asked.append({"session": []} if route.method == "GET" else {"session": [], "csrf": []})
    return asked


def _opens(powers: Powers, route: Route) -> bool:
    """Whether a role has the route."""
    if route.page is not None and route.page not in powers.pages:
        return False
    far = powers.scopes.get(str(route.needs))
    return route.needs == "any" or (far is not None and (far is not Reach.OWN or route.own))


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]


def _query_parameters(model: type[Asked], schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": schema["properties"][name],
        }
        for name in model.model_fields
    ]


def _name(reference: dict[str, Any]) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _resolved(reference: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schemas[_name(reference)]
    return found
