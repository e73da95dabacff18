"""Every real answer about cases is what the description says: what `test_openapi` cannot ask of its fake floor."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from dialer.web.case_models import Overtaken
from dialer.web.openapi import describe
from dialer.web.routes import ROUTES
from tests.web.schema import faults as faults_of


@cache
def _described() -> dict[str, Any]:
    return dict(json.loads(describe(ROUTES)))


def hold_against_the_description(method: str, path: str, status: int, told: Any) -> None:
    """An answer of the API under `/api/v1`. ``told``: its JSON; AssertionError where it is not what is described."""
    if status == 409 and "meanwhile" in told:
        Overtaken.model_validate(told)
        return
    document, asked = _described(), f"/api/v1{path.partition('?')[0]}"
    known = [each for each in document["paths"] if re.fullmatch(re.sub(r"{\w+}", "[^/]+", each), asked)]
    template = asked if asked in document["paths"] else known[0]
    answers = document["paths"][template][method.lower()]["responses"]
    kind = "application/json" if status < 300 else "application/problem+json"
    assert faults_of(told, answers[str(status)]["content"][kind]["schema"], document) == [], (method, path)
