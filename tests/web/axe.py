"""axe-core on a page as it stands: every rule of WCAG 2.2 AA and of good practice that a machine can judge.

axe-core is MPL-2.0 and is not kept here: it comes in the wheel of axe-playwright-python, which the lock pins. It is
evaluated through the debugger, so the page keeps its own Content-Security-Policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
COLOURS = ("color-contrast", "link-in-text-block")
"""The rules that the theme decides about; all others see the same page in both."""
LOOKS = ((1280, "light", ()), (1280, "dark", COLOURS), (360, "dark", ()))
"""Widths and themes, and the rules that are tried in each; () is all. What a theme decides it decides at any width."""
_RUN = """async (runOnly) => {
  const found = await axe.run(document, {runOnly, resultTypes: ["violations"], preload: false, iframes: false});
  return {
    tried: found.passes.length + found.violations.length,
    faults: found.violations.flatMap(({id, help, nodes}) => nodes.map(({target, html, any, all, none}) => ({
      id, help, target: target.join(" "), html, why: [...any, ...all, ...none].map(({message}) => message),
    }))),
  };
}"""
_STILL = """() => Promise.all(document.getAnimations().filter((each) => each.effect.getTiming().iterations !== Infinity)
  .map((each) => each.finished.catch(() => null)))"""


async def faults(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What is wrong with the page as it is now, one line for each element; the rule's name comes first.

    rules: these alone; all of `TAGS` where none is said.
    """
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    await page.evaluate(_STILL)  # a colour on its way to another is neither
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": list(TAGS)}
    found: dict[str, Any] = await page.evaluate(_RUN, only)
    assert rules or found["tried"] > 10, "axe-core tried next to nothing"
    return [
        f"{each['id']}: {each['help']}: {each['target']} {each['html'][:200]} ({'; '.join(each['why'])})"
        for each in found["faults"]
    ]


async def look(page: Page, name: str, found: dict[str, list[str]]) -> None:
    """Add what is wrong with the page, light and dark, narrow and wide, to ``found`` under its name."""
    for width, scheme, rules in LOOKS:
        await page.set_viewport_size({"width": width, "height": 900})
        await page.emulate_media(color_scheme=scheme)
        wrong = await faults(page, rules)
        if not await page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            wrong.append("the page is wider than the window")
        if wrong:
            found[f"{name}, {scheme}, {width}"] = wrong
