"""The door of the cases: which one a request is about, whether whoever asks may see it, and who is told that they did.

Decides what comes before anything of a case is shown or changed: a case that they may not see is answered as one that
is not there, looking is committed first, and whoever changes one says which version they have before them. The rule
itself is `visibility`'s. Must not know what is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aiohttp import web

from dialer.core.callbacks.states import CaseId
from dialer.core.cases.actor import Actor, officer
from dialer.core.cases.audit import Looked
from dialer.core.cases.file import CaseFile
from dialer.core.cases.responsible import Officer
from dialer.core.cases.retention import Archived
from dialer.core.cases.visibility import Everywhere, National, academies_of, may_see
from dialer.core.events import FilesLooked
from dialer.core.revision import Versioned
from dialer.web.asked import read_id
from dialer.web.commit import commit
from dialer.web.keys import FLOOR, TOKEN, VIEWER
from dialer.web.problems import Refused

Kept = Versioned[CaseFile] | Archived

_ETAG = re.compile(r'"(\d{1,9})"', re.ASCII)


async def read_case(request: web.Request) -> Kept:
    """The case of the path, as it is stored. Raises Refused 404: there is none, or they may not see it."""
    case = CaseId(read_id(request))
    kept = await request.app[FLOOR].case_file(case)
    if kept is None or not is_theirs(request[VIEWER], kept):
        raise Refused(404, "There is no such case, or it is no longer kept.")
    return kept


def is_theirs(viewer: National | Officer, kept: Kept) -> bool:
    """Whether it exists for them, whole or archived."""
    if isinstance(kept, Versioned):
        return may_see(viewer, kept.value)
    theirs = academies_of(viewer)
    return isinstance(theirs, Everywhere) or kept.academie in theirs


async def look(request: web.Request, cases: Sequence[CaseId], what: Looked = Looked.FILE) -> None:
    """Tell the audit of it, before it is shown. Raises Refused 503."""
    if cases:
        floor = request.app[FLOOR]
        await commit(floor, FilesLooked(floor.now(), who(request), tuple(cases), what))


def who(request: web.Request) -> Actor:
    return officer(request[TOKEN])


def etag(version: int) -> dict[str, str]:
    return {"ETag": f'"{version}"'}


def version_seen(request: web.Request) -> int:
    """The version that they have before them. Raises Refused 428 without one, 400 for what is none."""
    sent = request.headers.getall("If-Match", [])
    if not sent:
        raise Refused(428, 'Say which version you have before you: If-Match: "3", the ETag of its last answer.')
    found = _ETAG.fullmatch(sent[0].strip()) if len(sent) == 1 else None
    if found is None:
        raise Refused(400, 'If-Match is one version in quotation marks, like If-Match: "3".')
    return int(found[1])
