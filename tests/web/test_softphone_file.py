"""The softphone's bundle as a page gets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from dialer.web import files
from dialer.web.keys import SOFTPHONE
from dialer.web.problems import problems


@pytest.mark.asyncio
async def test_the_bundle_is_served_as_it_lies_there_now_and_known_again_until_it_is_made_anew(tmp_path: Path) -> None:
    app = web.Application(middlewares=[problems])
    app[SOFTPHONE] = tmp_path / "softphone.js"
    app.router.add_get("/static/softphone.js", files.softphone)
    async with TestClient(TestServer(app)) as client:
        missing = await client.get("/static/softphone.js")
        assert missing.status == 404
        assert "make setup" in (await missing.json())["detail"]

        app[SOFTPHONE].write_text("let first;")
        first = await client.get("/static/softphone.js")
        assert (first.status, first.content_type, await first.text()) == (200, "text/javascript", "let first;")
        known = {"If-None-Match": first.headers["ETag"]}
        assert (await client.get("/static/softphone.js", headers=known)).status == 304

        app[SOFTPHONE].write_text("let second;")
        second = await client.get("/static/softphone.js", headers=known)
        assert (second.status, await second.text()) == (200, "let second;")
