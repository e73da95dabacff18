"""Errors: RFC 9457 problems for programs, a French page for people, and nothing of ours in either."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs
from yarl import URL

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(
    "path", ["/nowhere", "/api/v1/nowhere", "/api/v2/calls", "/static/nothing.css", "/appels/none"]
)
async def test_what_is_not_there_is_a_problem(client, path):
    response = await client.get(path)
    problem = await response.json()
    assert response.status == 404
    assert response.content_type == "application/problem+json"
    assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", "Not Found", 404)


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/"])
async def test_static_files_are_only_the_ones_meant(client, path):
    response = await client.get(URL(path, encoded=True))
    assert response.status in (403, 404)
    assert "import" not in await response.text()


async def test_a_wrong_method_says_which_is_right(client):
    response = await client.delete("/api/v1/advisers/adv01/wish")
    assert response.status == 405
    assert response.headers["Allow"] == "PUT"
    assert response.content_type == "application/problem+json"
    assert "use PUT" in (await response.json())["detail"]


async def test_our_own_mistake_shows_and_logs_nothing_of_the_caller(client, floor):
    floor.broken = True
    with capture_logs() as logs:
        response = await client.get("/api/v1/calls")
    problem = await response.json()
    assert response.status == 500
    assert problem.keys() == {"type", "title", "status", "detail", "reference"}
    assert "99000001" not in str(problem)
    assert "99000001" not in str(logs)
    assert logs[0]["reference"] == problem["reference"]
    assert logs[0]["error"] == "RuntimeError"
    assert any("calls_page" in place for place in logs[0]["where"])


async def test_the_service_goes_on_after_its_own_mistake(client, floor):
    floor.broken = True
    with capture_logs():
        await client.get("/api/v1/calls")
    floor.broken = False
    assert (await client.get("/api/v1/calls")).status == 200


async def test_a_person_in_a_browser_reads_french(client, floor):
    response = await client.get("/appels/none", headers={"Accept": "text/html,*/*"})
    text = await response.text()
    assert response.status == 404
    assert 'lang="fr"' in text
    assert "Page introuvable" in text
    api = await client.get("/api/v1/calls/none", headers={"Accept": "text/html,*/*"})
    assert api.content_type == "application/problem+json"


async def test_a_problem_never_repeats_what_was_sent(client):
    response = await client.get("/api/v1/calls", params={"since": "<script>+33199000001"})
    assert "99000001" not in await response.text()
    response = await client.put("/api/v1/advisers/adv01/wish", json={"wish": "+33199000001"})
    assert "99000001" not in await response.text()
