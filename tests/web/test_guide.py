"""The guide for advisers: every picture is there and said in words, and its keys are those of the page."""

from __future__ import annotations

import re

import pytest

from dialer.web.desk.page import KEYS

from .guide import PICTURES, SHOTS, names, take
from .test_browser import browser

__all__ = ["browser"]
GUIDE = PICTURES.parent / "guide-conseillers.md"
BYTES_MAX = 1_500_000
TEXT = GUIDE.read_text("utf-8")


def test_the_guide_shows_every_picture_that_is_taken_and_no_other() -> None:
    assert set(re.findall(r"pictures/([\w-]+\.png)", TEXT)) == names()
    assert {path.name for path in PICTURES.iterdir()} == names()


def test_the_pictures_are_small_enough_to_be_kept() -> None:
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < BYTES_MAX


def test_every_picture_is_said_in_words_for_whoever_does_not_see_it() -> None:
    said = re.findall(r"!\[([^\]]*)\]\(pictures/", TEXT) + re.findall(r'<img alt="([^"]*)"', TEXT)
    assert len(said) == len(SHOTS)
    assert all(len(words) > 20 for words in said)


def test_the_keys_of_the_guide_are_those_of_the_page() -> None:
    told = set(re.findall(r"<kbd>([^<]+)</kbd>", TEXT)) - {"Entrée"}
    assert told == {key for key, _ in KEYS}


@pytest.mark.real
@pytest.mark.asyncio
async def test_each_picture_can_be_taken_anew(browser, tmp_path) -> None:
    for shot in SHOTS:
        await take(browser, shot, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == names()
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in tmp_path.iterdir())
