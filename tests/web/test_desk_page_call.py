"""The region of the call on the adviser's page: what rings, what is talked in, and what can be done there."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from dialer.core import events as ev
from dialer.core.calls.told import GuestJoinAsked, HandOverAsked, HoldAsked

from .desk_talks import DANGER, ME, answers, asked, regions, talk, words
from .fake_floor import FakeFloor, make_rules

pytestmark = pytest.mark.asyncio
NUMBER = "+33199000001"


@pytest.fixture
def floor() -> FakeFloor:
    return FakeFloor(rules_=replace(make_rules(), danger=DANGER))


async def test_once_answered_the_acts_of_a_talk_are_there_and_after_it_none(floor):
    floor.ready_advisers("adv05")
    call = floor.queue_up("dropout")
    floor.pick_up(call)
    text = words((await regions(floor))["poste-appel"])
    for act in ("Couper le micro", "Attente", "Transférer", "Clavier", "Raccrocher", "Danger"):
        assert act in text
    floor.leave(call)
    shown = await regions(floor)
    assert (shown["poste-appel"], shown["poste-cibles"], shown["poste-danger"]) == ("", "", "")
    assert "Fiche à remplir" in shown["poste-etat"]


async def test_a_call_that_was_handed_over_has_no_acts_any_more_while_it_is_wrapped_up(floor):
    call = await talk(floor)
    asked(floor, call)
    answers(floor, call)
    floor.happen(HandOverAsked(floor.now(), call, ME))
    assert floor.open_call(call).adviser == "adv06"
    shown = await regions(floor)
    assert (shown["poste-appel"], shown["poste-cibles"], shown["poste-danger"]) == ("", "", "")
    assert "Fiche à remplir" in shown["poste-etat"]
    assert "En ligne" in words((await regions(floor, "adv06"))["poste-appel"])


async def test_a_caller_who_is_held_is_told_so_and_the_same_key_takes_them_back(floor):
    call = await talk(floor)
    floor.happen(HoldAsked(floor.now(), call, ME, True))
    text = (await regions(floor))["poste-appel"]
    assert "L’appelant entend la musique, et ne vous entend pas." in text
    assert re.search(r'data-key="F4"[^>]*data-body=\'{"held": false}\'>Reprendre', text)


async def test_a_guest_is_named_with_what_can_be_done_in_each_of_their_states(floor):
    call = await talk(floor)
    asked(floor, call)
    ringing = words((await regions(floor))["poste-appel"])
    assert "Farid Guérin sonne" in ringing
    assert "Annuler Maj+F6" in ringing
    assert "Passer l’appel" not in ringing
    answers(floor, call)
    aside = words((await regions(floor))["poste-appel"])
    for said in ("Farid Guérin seul à seul avec vous", "Tous les trois F6", "Passer l’appel et partir F7", "Libérer"):
        assert said in aside
    assert "Transférer" not in aside
    floor.happen(GuestJoinAsked(floor.now(), call, ME))
    joined = words((await regions(floor))["poste-appel"])
    assert "Farid Guérin à trois" in joined
    assert "Tous les trois" not in joined


async def test_whoever_is_asked_in_sees_whose_talk_it_is_and_may_only_leave_it(floor):
    call = await talk(floor)
    asked(floor, call)
    rings = (await regions(floor, "adv06"))["poste-appel"]
    assert 'data-announce="Élodie Ferrand vous demande. F2 pour répondre." data-loud' in rings
    answers(floor, call)
    shown = await regions(floor, "adv06")
    text = words(shown["poste-appel"])
    assert "En ligne avec Élodie Ferrand" in text
    assert "L’appelant (Reviens te former) est en attente et ne vous entend pas." in text
    assert re.findall(r'data-key="([^"]+)"', shown["poste-appel"]) == ["F8", "Shift+F2"]
    assert (shown["poste-cibles"], shown["poste-danger"]) == ("", "")


async def test_whom_a_call_may_be_handed_to_is_listed_with_who_is_free(floor):
    await talk(floor)
    text = words((await regions(floor))["poste-cibles"])
    assert "Farid Guérin libre" in text
    assert "Amel Brahimi non disponible" in text
    assert "Élodie Ferrand" not in text
    assert "Parcoursup" in text


async def test_the_danger_key_shows_each_target_of_the_configuration_in_its_order(floor):
    await talk(floor)
    text = (await regions(floor))["poste-danger"]
    assert re.findall(r'data-body=\'{"to": "([^"]+)"}\'', html.unescape(text)) == ["astreinte", "enfance"]
    assert text.count("autofocus") == 1
    assert "Encadrement (personne de libre)" in words(text)


async def test_where_nobody_is_configured_for_danger_the_key_says_so():
    floor = FakeFloor()
    await talk(floor)
    assert "Personne n’est configuré" in (await regions(floor))["poste-danger"]


async def test_a_phone_that_comes_back_into_its_talk_is_answered_by_the_page_and_no_other(floor):
    call = await talk(floor)
    assert "data-answers" not in (await regions(floor))["poste-appel"]
    floor.happen(ev.PhoneRegistered(floor.now(), ME, frozenset({floor.desk_.calls[call].state.leg})))
    leg = floor.desk_.calls[call].state.rejoin.leg
    assert f'data-answers="{leg}"' in (await regions(floor))["poste-appel"]
