"""The callback before an adviser: what its card tells at each stage, and which outcomes may be said there."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from dialer.core import events as ev
from dialer.core.access.roles import Role
from dialer.core.access.session import csrf_code
from dialer.core.callbacks.outcomes import MEANINGS, CallbackOutcome, Group, Report
from dialer.core.callbacks.request import AskedBy, Source
from dialer.core.callbacks.told import DialAsked, OutcomeGiven, Rescheduled
from dialer.core.cases.case import Flag
from dialer.core.words import Cause
from dialer.web.desk import callback as region
from dialer.web.desk import lately
from schedules.windows import Window
from tests.store.fake_access import FakeAccess

from .asking import book, dialling, offered, ready, talking
from .desk_house import holder, shown, text_of
from .fake_floor import FakeFloor
from .signing_in import account, origin, session, the_session

pytestmark = pytest.mark.asyncio
TOLD = {
    "name": "Martin", "postcode": "75011", "situation": "Seconde, arrêtée en mars", "language": "ar", "relay": "true",
    "note": "Plutôt en fin de journée",
}  # fmt: skip
PERSONAL = ("Naïma", "Martin", "01 99 00 00 01", "75011", "Seconde", "Plutôt", "Arabe", "17 ans", "Relais")


@pytest.fixture(autouse=True)
def asks_each_time(monkeypatch):
    monkeypatch.setattr(lately, "KEPT_S", 0.0)


async def html(floor, who=None, adviser="adv05") -> str:
    return await shown(region.fragment, floor, who, adviser)


def outcomes(fragment: str) -> set[str]:
    return set(re.findall(r'name="outcome" value="(\w+)"', fragment))


def sends(fragment: str) -> set[tuple[str, str]]:
    """What its buttons send: the offer and the action."""
    pressed = r'data-send="PUT /api/v1/offers/([\w-]+)" data-body=\'{"action": "(\w+)"}\''
    return set(re.findall(pressed, fragment))


# -- the card ---------------------------------------------------------------------------------------


async def test_the_card_tells_all_that_an_adviser_needs_before_they_take_it(floor):
    callback = offered(floor, **TOLD)
    fragment = await html(floor)
    text = text_of(fragment)
    for told in (
        "Fiche de rappel proposée", "Naïma Martin, 18 ans", "01 99 00 00 01", "en métropole", "(75011)",
        "Reviens te former, 10 h 30", "par la personne elle-même, sur le site", "Promis dès que possible",
        "Échéance légale (J+15) mardi 8 décembre 2026 (dans 15 jours)", "Langue Arabe",
        "Relais téléphonique", "Aucune jusqu’ici", "Situation : Seconde, arrêtée en mars",
        "Message : Plutôt en fin de journée", "elle va à quelqu’un d’autre à 10:30:31",
    ):  # fmt: skip
        assert told in text, told
    assert sends(fragment) == {(callback.state.offer, action) for action in ("accept", "dial", "refuse")}


async def test_flags_and_the_hour_overseas_are_told(floor):
    floor.later(3600)  # their midday break is over
    offered(floor, number="+262692000001", postcode="97400", birth_date="2009-06-01")
    text = text_of(await html(floor))
    assert "à La Réunion, il y est 14 h 30 (97400)" in text
    assert "16 ou 17 ans : obligation de formation" in text


async def test_a_deadline_that_has_passed_stands_out(floor):
    name = book(floor)
    floor.happen(ev.CallbackTold(floor.now(), name, reschedule(floor, 16)))
    floor.later(16 * 86400)
    floor.ready_advisers("adv05")
    fragment = await html(floor)
    assert "(dépassée)" in text_of(fragment)
    assert 'class="wide late"' in fragment


def reschedule(floor, days):
    start = floor.now() + timedelta(days=days)
    return Rescheduled(floor.now(), Window(start - timedelta(hours=1), start + timedelta(hours=2)))


async def test_of_the_person_nothing_is_told_to_whom_their_roles_do_not_show_it(floor):
    offered(floor, **TOLD)
    for who in (holder("sup", role=Role.SUPERVISOR),):
        fragment = await html(floor, who)
        assert [said for said in PERSONAL if said in fragment] == []
        assert "Non affiché pour vous" in fragment
    assert await html(floor, holder("planner", role=Role.PLANNER)) == ""


async def test_what_a_person_wrote_is_text_and_never_markup(floor):
    offered(floor, note="<img src=x onerror=alert(1)>", name="O<b>")
    fragment = await html(floor)
    assert "<img" not in fragment
    assert "O&lt;b&gt;" in fragment


async def test_attempts_so_far_are_told_with_what_came_of_them(floor):
    callback = dialling(floor)
    floor.later(5)
    floor.happen(ev.LegLeft(floor.now(), callback.state.leg, Cause.BUSY))
    floor.later(1800)
    assert "10 h 30 : non joint, occupé" in text_of(await html(floor))


async def test_accepted_it_can_be_dialled_or_given_back_and_while_it_is_dialled_nothing_can(floor):
    callback = ready(floor)
    fragment = await html(floor)
    assert sends(fragment) == {(callback.state.offer, action) for action in ("dial", "refuse")}
    assert "le numéro est composé à" in text_of(fragment) or "retourne dans la file à" in text_of(fragment)
    floor.happen(DialAsked(floor.now(), callback.state.offer))
    fragment = await html(floor)
    assert sends(fragment) == set()
    assert "<form" not in fragment
    assert "le numéro est composé" in text_of(fragment)


async def test_who_has_no_callback_before_them_sees_none(floor):
    offered(floor)
    assert await html(floor, adviser="adv06") == ""


# -- the outcome ------------------------------------------------------------------------------------


async def test_a_card_that_nobody_dialled_takes_what_can_be_said_without_a_talk(floor):
    offered(floor)
    assert outcomes(await html(floor)) == {"A_RAPPELER", "ANNULE", "DOUBLON", "HORS_CHAMP", "OPPOSITION"}


async def test_after_a_talk_every_outcome_may_be_said_but_the_one_that_is_by_rule(floor):
    callback = talking(floor)
    everything = {str(each) for each in CallbackOutcome} - {"INJOIGNABLE"}
    assert outcomes(await html(floor)) == everything
    floor.happen(ev.LegLeft(floor.now(), callback.state.leg, Cause.NORMAL))
    fragment = await html(floor)
    assert outcomes(fragment) == everything
    assert "dites ce qui en est sorti" in text_of(fragment)


async def test_in_a_call_of_their_own_nobody_was_tried_in_vain(floor):
    book(floor)
    floor.ready_advisers("adv05")
    call = floor.queue_up("dropout")
    floor.pick_up(call)
    not_reached = {str(each) for each, meaning in MEANINGS.items() if meaning.group is Group.NOT_REACHED}
    fragment = await html(floor)
    assert outcomes(fragment) == {str(each) for each in CallbackOutcome} - not_reached


async def test_every_outcome_that_is_offered_is_one_that_the_desk_takes(floor):
    """At each stage, for each outcome whole: none is refused."""
    now = floor.now()
    window = Window(now + timedelta(hours=2), now + timedelta(hours=4))
    for stage in (offered, ready, talking):
        probe = FakeFloor()
        for outcome in sorted(outcomes(await staged(probe, stage))):
            house = FakeFloor()
            callback = stage(house)
            meaning = MEANINGS[CallbackOutcome(outcome)]
            report = Report(
                CallbackOutcome(outcome),
                window=window if "window" in meaning.needs else None,
                date=window.start_at if "date" in meaning.needs else None,
                place="cio" if "structure" in meaning.needs else None,
            )
            told = ev.CallbackTold(house.now(), callback.id, OutcomeGiven(house.now(), report))
            assert house.happen(told).refused is None, (stage.__name__, outcome)


async def staged(floor, stage) -> str:
    stage(floor)
    return await html(floor)


async def test_the_form_asks_for_what_the_rules_of_the_outcomes_ask_for(floor):
    talking(floor)
    fragment = await html(floor)
    for outcome, meaning in MEANINGS.items():
        if outcome is CallbackOutcome.INJOIGNABLE:
            continue
        (tag,) = re.findall(rf'<input[^>]*value="{outcome}"[^>]*>', fragment)
        assert set(re.search(r'data-needs="([^"]*)"', tag)[1].split()) == meaning.needs
        assert set(re.search(r'data-asks="([^"]*)"', tag)[1].split()) == meaning.needs | meaning.may
    fields = set(re.findall(r'data-field="(\w+)"', fragment))
    assert fields == {"outcome"} | {each for meaning in MEANINGS.values() for each in meaning.needs | meaning.may}


async def test_the_free_slots_are_offered_on_the_clock_where_the_person_lives(floor):
    floor.later(3600)
    callback = talking(floor, number="+262692000001", postcode="97400")
    fragment = await html(floor)
    free = [slot.window for slot in floor.slots(callback.line, callback.phone, callback.postcode)]
    values = re.findall(r'<option value="(\S+) (\S+)" data-key', fragment)
    assert values
    assert len(values) <= region.SLOTS_MAX
    assert values[0][0].startswith(free[0].start_at.isoformat(timespec="milliseconds"))
    assert "à l’heure qu’il est à La Réunion" in text_of(fragment)
    assert 'data-zone="Indian/Reunion"' in fragment
    assert "à Paris)" in text_of(fragment)


async def test_what_was_said_during_the_talk_is_told_and_may_be_said_otherwise(floor):
    callback = talking(floor)
    floor.happen(ev.CallbackTold(floor.now(), callback.id, OutcomeGiven(floor.now(), Report(CallbackOutcome.REFUS))))
    fragment = await html(floor)
    assert "Issue enregistrée : « Ne souhaite pas poursuivre »" in text_of(fragment)
    assert outcomes(fragment)


async def test_an_outcome_that_is_owed_stays_before_the_adviser_when_their_wrap_up_is_over(floor):
    callback = talking(floor)
    floor.happen(ev.LegLeft(floor.now(), callback.state.leg, Cause.NORMAL))
    floor.later(600)
    assert floor.adviser("adv05").state == "free"
    fragment = await html(floor)
    assert f'data-key="issue-{callback.id}"' in fragment
    floor.happen(ev.CallbackTold(floor.now(), callback.id, OutcomeGiven(floor.now(), Report(CallbackOutcome.REFUS))))
    assert await html(floor) == ""


async def test_what_was_promised_anew_is_told_until_the_wrap_up_is_over(floor):
    callback = talking(floor)
    floor.happen(ev.LegLeft(floor.now(), callback.state.leg, Cause.NORMAL))
    floor.happen(ev.CallbackTold(floor.now(), callback.id, reschedule(floor, 1)))
    text = text_of(await html(floor))
    assert "Rappel : c’est noté" in text
    assert "Rappel promis demain" in text


async def test_what_cannot_be_taken_back_is_asked_first(floor):
    talking(floor)
    fragment = await html(floor)
    asked = set(re.findall(r'value="(\w+)"[^>]*data-ask-first="[^"]+', fragment))
    assert asked == {str(each) for each in region.CONFIRMED}


async def test_every_word_of_a_card_and_of_the_form_has_its_french():
    for words, known in (
        (region.ASKED_BY, AskedBy), (region.SOURCES, Source), (region.FLAGS, Flag),
        (region.OUTCOMES, CallbackOutcome), (region.GROUPS, Group),
    ):  # fmt: skip
        assert set(words) == set(known)
        assert all(text and "'" not in text for text in words.values())


# -- two advisers -----------------------------------------------------------------------------------


async def test_who_answers_a_card_too_late_is_told_who_has_it_now_and_whoever_never_had_it_learns_nothing(connect):
    advisers = {"amel": "adv05", "farid": "adv06", "hugo": "adv08"}
    access = FakeAccess([account(name, Role.ADVISER, adviser=adviser) for name, adviser in advisers.items()])
    floor = FakeFloor(mode="production", access=access)
    callback = offered(floor)
    client = await connect(floor, token=None)

    browsers = {}
    for name in advisers:
        headers = await session(access, name, floor.now())
        code = csrf_code(access.csrf_key, await the_session(access, name))
        browsers[name] = headers | {"Origin": origin(client), "X-CSRF": code}

    async def put(name: str, offer: str):
        headers = browsers[name]
        async with client.put(f"/api/v1/offers/{offer}", json={"action": "accept"}, headers=headers) as response:
            return response.status, await response.json()

    first = callback.state.offer
    floor.happen(ev.WishSet(floor.now(), floor.person("adv05").id, ev.Wish.PAUSED))
    floor.later(61)
    floor.ready_advisers("adv06")
    live = floor.desk_.book.callbacks[callback.id]
    assert (live.state.kind, live.state.adviser) == ("offered", "adv06")
    status, problem = await put("amel", first)
    assert (status, problem["errors"]) == (409, [{"field": "adviser", "message": "Farid Guérin"}])
    assert (await put("hugo", first))[0] == 404
    assert (await put("amel", live.state.offer))[0] == 404
    assert floor.desk_.book.callbacks[callback.id] == live
    assert (await put("amel", f"{callback.id}-o99"))[0] == 404
    assert (await put("amel", "cb-00000000-o1"))[0] == 404
    floor.happen(ev.CallbackTold(floor.now(), callback.id, OutcomeGiven(floor.now(), Report(CallbackOutcome.ANNULE))))
    assert (await put("amel", first))[0] == 409
