"""The pictures of docs/guide-conseillers.md, taken of the real pages over a desk of fiction.

There is no sound here: the pages are told what their softphone would say (docs/softphone.md).
`python -m tests.web.guide` takes them anew, into docs/pictures. Whoever changes what they show does so.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, async_playwright, expect

from dialer.configuration.load import Configuration, read_configuration
from dialer.core import events as ev
from dialer.core.access.roles import Role
from dialer.core.rules import DangerTarget, Rules
from dialer.core.words import E164, AdviserId, ShortNumber
from dialer.web.app import make_app
from tests.store.fake_access import FakeAccess

from . import asking
from .fake_floor import FakeFloor
from .rappel_office import callback_rules
from .signing_in import account, session
from .test_browser import ARGS

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
CONFIGURATION = PICTURES.parents[1] / "config"
ME = "adv05"
HELP = {
    "enfance": ("119, enfance en danger", "119"), "suicide": ("3114, prévention du suicide", "3114"),
    "harcelement": ("3018, harcèlement", "3018"), "samu": ("15, SAMU", "15"),
}  # fmt: skip
"""As long as the shipped configuration names nobody."""


@dataclass(frozen=True)
class Shot:
    """One picture. ``of``: the part of the page that is shown; None: all that the window holds. ``does``: what happened
    before it; ``then``: the key that is pressed on the page. ``phone``: the state of the softphone. ``both``: in the
    dark theme too."""

    name: str
    does: Callable[[FakeFloor], object] = lambda floor: None
    of: str | None = None
    then: str | None = None
    phone: str = "healthy"
    path: str = "/poste"
    both: bool = False
    role: Role = Role.ADVISER


def _ready(floor: FakeFloor) -> None:
    floor.ready_advisers(ME)
    floor.later(190)
    floor.ready_advisers("adv01", "adv06", "adv09")


def _ringing(floor: FakeFloor) -> None:
    _ready(floor)
    floor.queue_up("dropout")
    floor.later(4)


def _talking(floor: FakeFloor) -> None:
    _ready(floor)
    call = floor.queue_up("dropout")
    floor.later(6)
    floor.pick_up(call)
    floor.later(95)


def _helped(floor: FakeFloor) -> None:
    _talking(floor)
    floor.happen(ev.HelpAsked(floor.now(), AdviserId(ME), True))
    floor.later(20)


def _wrapping_up(floor: FakeFloor) -> None:
    _talking(floor)
    floor.leave(next(iter(floor.desk_.calls)))
    floor.later(15)


def _card(floor: FakeFloor) -> None:
    asking.offered(floor)
    floor.later(5)


SHOTS = (
    Shot("connexion", path="/connexion"),
    Shot("telephone", _ready, "#telephone", phone="checking"),
    Shot("poste", _ready, both=True),
    Shot("appel-arrive", _ringing, "#poste-appel", phone="ringing"),
    Shot("en-ligne", _talking, phone="talking", both=True),
    Shot("transferer", _talking, "dialog#transferer", "F7", phone="talking"),
    Shot("danger", _talking, "dialog#danger", "F9", phone="talking"),
    Shot("fiche", _wrapping_up, "#poste-fiche"),
    Shot("rappel", _card, "#poste-rappel"),
    Shot("issue", asking.talking, "#poste-rappel", phone="talking"),
    Shot("pause", _ready, "dialog#pause", "Shift+F4"),
    Shot("aide", _helped, "#poste-aide"),
    Shot("aide-supervision", _helped, "#conseillers", path="/", role=Role.SUPERVISOR),
    Shot("horaires", path="/horaires"),
    Shot("touches", of="dialog#touches", then="Shift+F1"),
)


SAYS = """(state) => document.querySelector("[data-softphone]")
  .dispatchEvent(new CustomEvent("softphone-state", {detail: state}))"""


def names() -> set[str]:
    """The files that there are to be."""
    return {f"{shot.name}.png" for shot in SHOTS} | {f"{shot.name}-sombre.png" for shot in SHOTS if shot.both}


def rules() -> Rules:
    """What the shipped configuration says of the team, its plan and its words, on lines that ask one question."""
    shipped = read_configuration(CONFIGURATION, demo=False)
    assert isinstance(shipped, Configuration), shipped
    named = ("advisers", "shifts", "contact_reasons")
    helps = {name: DangerTarget(name, shown, ShortNumber(number)) for name, (shown, number) in HELP.items()}
    leads = DangerTarget("encadrement", "Encadrement", supervisors=(AdviserId("adv01"),))
    return replace(
        callback_rules(),
        **{name: getattr(shipped.rules, name) for name in named},
        numbers={"Secrétariat": E164("+33199000010")},
        danger=shipped.rules.danger or {"encadrement": leads} | helps,
    )


def house(shot: Shot) -> FakeFloor:
    people = [account("lan", Role.ADVISER, adviser=ME), account("sam", Role.SUPERVISOR)]
    floor = FakeFloor(mode="production", access=FakeAccess(people), rules_=rules())
    shot.does(floor)
    return floor


async def take(browser: Browser, shot: Shot, folder: Path) -> None:
    floor = house(shot)
    server = TestServer(make_app(floor), host="127.0.0.1")
    await server.start_server()
    url = str(server.make_url("/")).rstrip("/")
    context = await browser.new_context(viewport={"width": 1180, "height": 720}, locale="fr-FR")
    if shot.path != "/connexion":
        who = "lan" if shot.role is Role.ADVISER else "sam"
        cookie, _, secret = (await session(floor.access, who, floor.now()))["Cookie"].partition("=")
        await context.add_cookies([{"name": cookie, "value": secret, "url": url}])
    page = await context.new_page()
    await page.goto(url + shot.path)
    if shot.path in ("/poste", "/"):
        await expect(page.locator("html")).to_have_attribute("data-live", "live")
    if shot.path == "/poste":
        await page.evaluate(SAYS, {"name": shot.phone, "routable": shot.phone != "checking", "connected": True})
    if shot.then is not None:
        await page.keyboard.press(shot.then)
    for scheme, suffix in (("light", ""), ("dark", "-sombre")) if shot.both else (("light", ""),):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await _picture(page, shot, folder / f"{shot.name}{suffix}.png")
    await context.close()
    await server.close()
    await floor.access.close()


async def _picture(page: Page, shot: Shot, path: Path) -> None:
    if shot.of is None:
        await page.screenshot(path=path, animations="disabled")
        return
    part = page.locator(shot.of)
    await expect(part).to_be_visible()
    await part.screenshot(path=path, animations="disabled")


async def take_all(folder: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGS)
        for shot in SHOTS:
            await take(browser, shot, folder)
        await browser.close()


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    asyncio.run(take_all(PICTURES))
    for old in PICTURES.glob("*.png"):
        if old.name not in names():
            old.unlink()
