"""Behind the secret link: a person's own file ("Mon dossier"), and what they do in it.

Decides how an act travels to the desk and what is shown when it was not done: the newest file, what changed meanwhile,
and all that they had typed. Every look is in the journal before it is shown. What is on the page is `dossier_shown`,
what a form says `dossier_acts`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web

from dialer.core.callbacks.states import stage
from dialer.core.cases import refusals
from dialer.core.cases.actor import PERSON, Side
from dialer.core.cases.almanac import almanac_at
from dialer.core.cases.file import CaseFile
from dialer.core.cases.refusals import CaseRefusal
from dialer.core.cases.visibility import Person, may_see
from dialer.core.events import CaseTold, FilesLooked
from dialer.core.revision import Refusal, Stale, Versioned
from dialer.web import commit
from dialer.web.keys import FLOOR, RECEPTION
from dialer.web.rappel import dossier_words, words
from dialer.web.rappel.answers import html, no_longer_kept, see, too_many, unavailable
from dialer.web.rappel.dossier_acts import Faults, Typed, stands, told, typed
from dialer.web.rappel.dossier_shown import dossier
from dialer.web.rappel.opened import CHANGING, Followed, opened, standing

_DONE = {"creneau": "Votre créneau a été changé.", "annulation": "Votre demande a été annulée."}
_NEVER_AGAIN = "C’est noté : nous ne vous appellerons plus."


@dataclass(frozen=True, slots=True)
class Undone:
    """An act that was not done, and ``why``, one by one. ``text``: what they had typed and no field of the page has."""

    heading: str
    why: tuple[str, ...]
    text: str = ""


async def dossier_page(request: web.Request) -> web.Response:
    if wait_s := request.app[RECEPTION].wait_s(request, sending=False):
        return too_many(request, wait_s)
    found = await opened(request)
    return found if isinstance(found, web.Response) else await _page(request, found)


async def back(request: web.Request) -> web.Response:
    """Where acts are sent to, when somebody goes there by its address."""
    if wait_s := request.app[RECEPTION].wait_s(request, sending=False):
        return too_many(request, wait_s)
    found = await opened(request)
    return found if isinstance(found, web.Response) else see(request, found.path)


async def act(request: web.Request) -> web.Response:
    """One of the page's forms."""
    floor = request.app[FLOOR]
    if wait_s := request.app[RECEPTION].wait_s(request, sending=True):
        return too_many(request, wait_s)
    found = await opened(request)
    if isinstance(found, web.Response):
        return found
    said = typed(await request.post())
    file = await _file(request, found)
    if file is None:
        return no_longer_kept(request)
    event = told(said, floor.now())
    if isinstance(event, dict):
        return await _page(request, found, said, faults=event)
    stored = file if file.value.case.ended is not None else None
    try:
        async with asyncio.timeout(commit.COMMIT_MAX_S):
            change = await floor.submit(CaseTold(floor.now(), found.case, event, said.version, stored))
    except TimeoutError:
        return unavailable(request)
    if change.refused is not None:
        before = await _done_before(request, found, said) if isinstance(change.refused, Stale) else None
        if before is not None:
            return see(request, f"{found.path}?fait={before}")
        return await _page(request, found, said, refused=change.refused)
    after = change.files.get(found.case)
    return see(request, found.path if after is None else f"{found.path}?fait={after.version}")


# -- the page ---------------------------------------------------------------------------------------


async def _page(
    request: web.Request,
    found: Followed,
    said: Typed | None = None,
    faults: Faults | None = None,
    refused: str | Refusal | None = None,
) -> web.Response:
    """The file as it is now. ``said``: what was not done, with its ``faults``, or why it was ``refused``."""
    floor, now, faults = request.app[FLOOR], request.app[FLOOR].now(), faults or {}
    file = await _file(request, found)
    if file is None:
        return no_longer_kept(request)
    try:
        async with asyncio.timeout(commit.COMMIT_MAX_S):
            await floor.submit(FilesLooked(now, PERSON, (found.case,)))
    except TimeoutError:
        return unavailable(request)
    almanac = almanac_at(file.value.postcode, floor.rules().calling.holidays)
    shown = dossier(file, floor.directory().structures, almanac, now)
    undone = _undone(file, said, refused, faults) if said is not None else None
    if undone is not None and said is not None and said.field not in shown.fields:
        undone = Undone(undone.heading, undone.why, said.text)
    return html(
        request, "rappel_dossier.html",
        status=200 if said is None else 422 if undone is None else 409,
        done=_done(request, found, file) if said is None else "",
        undone=undone,
        faults={field: why for field, why in faults.items() if field},
        labels={field: dossier_words.LABELS[field if field == "lecture" else said.act] for field in faults if field}
        if said is not None else {},
        typed=said or Typed(),
        reference=words.reference(found.reference),
        ends_with=found.callback.phone.number[-2:] if found.callback is not None else "",
        state=standing(found, now),
        deadline=found.deadline if found.callback is not None else None,
        open=found.callback is not None and stage(found.callback) in CHANGING,
        over=found.callback is None,
        opposed=found.number is not None and floor.is_opposed(found.number),
        may_oppose=found.number is not None,
        file=shown,
        link=found.path,
    )  # fmt: skip


async def _file(request: web.Request, found: Followed) -> Versioned[CaseFile] | None:
    """Their file as it is stored; None: no longer kept."""
    file = await request.app[FLOOR].case_file(found.case)
    return file if isinstance(file, Versioned) and may_see(Person(found.case), file.value) else None


async def _done_before(request: web.Request, found: Followed, said: Typed) -> int | None:
    """The version that the same form made already."""
    file = await _file(request, found)
    edits = file.edits if file is not None else ()
    edit = next((each for each in edits if each.version == said.version + 1), None)
    if file is None or edit is None:
        return None
    event = told(said, edit.at)
    return edit.version if not isinstance(event, dict) and stands(file.value, event) else None


def _undone(file: Versioned[CaseFile], said: Typed, refused: str | Refusal | None, faults: Faults) -> Undone | None:
    """What to say above the newest file; None: nothing but the faults of the form."""
    if isinstance(refused, Stale) or said.version != file.version:
        edits = [each for each in file.edits if each.version > said.version >= 0]
        return Undone("Votre dossier a changé", dossier_words.meanwhile(edits))
    if refused is None and "" not in faults:
        return None
    why = refusals.SENTENCES[refused].fr if isinstance(refused, CaseRefusal) else dossier_words.NOT_UNDERSTOOD
    return Undone("Rien n’a été changé", (why.replace("'", "’"),))


def _done(request: web.Request, found: Followed, file: Versioned[CaseFile]) -> str:
    """What was just done; an address that was kept or made up says nothing that is not so."""
    said = request.query.get("fait", "")
    if said in _DONE:
        return _DONE[said] if (said == "annulation") is (found.callback is None) else ""
    if said == "opposition":
        opposed = found.number is not None and request.app[FLOOR].is_opposed(found.number)
        return _NEVER_AGAIN if opposed else ""
    made = next((each for each in file.edits if str(each.version) == said and each.by == Side.PERSON), None)
    return dossier_words.DONE.get(made.what, "") if made is not None else ""
