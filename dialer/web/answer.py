"""A body of the API → its answer. Decides nothing but the type."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel


def answer(body: BaseModel, status: int = 200) -> web.Response:
    return web.Response(status=status, body=body.model_dump_json().encode(), content_type="application/json")
