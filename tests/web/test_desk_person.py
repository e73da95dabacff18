"""What an adviser is told of whom they talk with: nothing before they answer, and each look is in the journal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialer.core import events as ev
from dialer.core.access.roles import Role
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.told import OutcomeGiven, Rescheduled
from dialer.core.cases.actor import officer
from dialer.core.words import CallId, Cause, record
from dialer.web.desk import lately, person
from dialer.web.desk.way import way
from dialer.web.problems import Refused
from ivr.flow import make_flow
from ivr.nodes import Callback, Hangup, Menu, Queue, Say

from .asking import book, dialling, talking
from .desk_house import holder, shown, text_of
from .fake_floor import FakeFloor

pytestmark = pytest.mark.asyncio
NUMBER = "01 99 00 00 01"


@pytest.fixture(autouse=True)
def asks_each_time(monkeypatch):
    monkeypatch.setattr(lately, "KEPT_S", 0.0)


async def told(floor, who=None) -> str:
    return text_of(await shown(person.fragment, floor, who))


def looks(floor) -> list[tuple]:
    return [(e.call, e.adviser, dict(e.data)) for e in floor.journal if e.event == "history_looked"]


def ring(floor, number="+33199000001"):
    floor.ready_advisers("adv05")
    call = floor.queue_up("dropout", number)
    assert floor.adviser("adv05").state == "ringing"
    return call


async def test_while_it_rings_there_is_the_line_the_choice_and_the_wait_and_neither_number_nor_history(floor):
    book(floor)
    call = floor.queue_up("dropout")
    floor.later(30)
    floor.ready_advisers("adv05")
    assert floor.adviser("adv05").offer.call == call
    html = await shown(person.fragment, floor)
    text = text_of(html)
    assert "Reviens te former" in text
    assert "Touche 1 : parler à quelqu’un" in text
    assert "30 s" in text
    assert "quand vous avez répondu" in text
    for secret in (NUMBER, "99000001", "Dossier", "Rappels promis", "précédents"):
        assert secret not in html
    assert looks(floor) == []


async def test_once_answered_the_number_and_all_that_came_before_are_told_newest_first(floor):
    floor.ready_advisers("adv06")
    first = floor.queue_up("dropout")
    floor.later(4)
    floor.pick_up(first)
    floor.later(60)
    floor.leave(first)
    floor.happen(ev.WishSet(floor.now(), floor.person("adv06").id, ev.Wish.AWAY))
    floor.later(3600)
    gone = floor.queue_up("main")
    floor.leave(gone)
    floor.later(60)
    floor.pick_up(ring(floor))
    text = await told(floor)
    assert NUMBER in text
    assert "en métropole" in text
    assert "A attendu 0 s" in text
    newest, oldest = text.index("abandonné par l’appelant"), text.index("répondu")
    assert newest < oldest
    assert "Appel, Reviens te former : répondu, Farid Guérin" in text


async def test_at_most_ten_earlier_visits_are_told_and_the_one_under_way_is_none_of_them(floor):
    for _ in range(14):
        floor.leave(floor.call_in("dropout"))
        floor.later(60)
    floor.pick_up(ring(floor))
    html = await shown(person.fragment, floor)
    assert html.count("abandonné par l’appelant") + html.count("en ligne") in (9, 10)
    assert "en ligne" not in html


async def test_each_look_at_somebodys_history_is_one_record_and_each_open_case_has_it_in_its_audit(floor):
    callback = floor.desk_.book.callbacks[book(floor)]
    call = ring(floor)
    floor.pick_up(call)
    for _ in range(3):
        assert NUMBER in await told(floor)
    assert looks(floor) == [(call, "adv05", {"by": "amel", "cases": 1})]
    audit = [dict(e.data) for e in floor.journal if e.event == "case_looked"]
    assert audit == [{"case": callback.case, "by": "amel", "what": "history"}]
    floor.leave(call)
    floor.later(3600)
    again = ring(floor)
    floor.pick_up(again)
    await told(floor)
    assert [look[0] for look in looks(floor)] == [call, again]


async def test_what_is_repainted_changes_nothing_not_even_after_a_restart(floor):
    call = ring(floor)
    floor.pick_up(call)
    await told(floor)
    floor.desk_.office._looks.clear()  # as a service that has just started remembers none
    version = floor.changes.version
    assert NUMBER in await told(floor)
    assert floor.changes.version == version
    assert len(looks(floor)) == 1


async def test_a_case_that_has_ended_is_not_told(floor):
    callback = book(floor)
    refused = OutcomeGiven(floor.now(), Report(CallbackOutcome.REFUS))
    floor.happen(ev.CallbackTold(floor.now(), callback, refused))
    floor.later(60)
    floor.pick_up(ring(floor))
    text = await told(floor)
    assert "Dossier ouvert" not in text
    assert "Rappel, Reviens te former : refus" in text
    assert [dict(e.data) for e in floor.journal if e.event == "case_looked"] == []


async def test_two_browsers_of_one_adviser_look_once(floor):
    call = ring(floor)
    floor.pick_up(call)
    seen = ev.HistoryLooked(floor.now(), officer("amel"), floor.person("adv05").id, call)
    floor.happen(seen)
    floor.happen(seen)
    assert len(looks(floor)) == 1


async def test_nothing_is_shown_of_a_person_when_the_look_cannot_be_committed(floor, monkeypatch):
    monkeypatch.setattr("dialer.web.commit.COMMIT_MAX_S", 0.01)
    floor.pick_up(ring(floor))
    floor.stuck = True
    with pytest.raises(Refused):
        await told(floor)


async def test_an_open_case_is_told_by_reference_kind_standing_and_legal_deadline_and_nothing_else_of_it(floor):
    callback = floor.desk_.book.callbacks[book(floor, name="Martin", note="très secret", situation="Seconde")]
    floor.later(10 * 86400 + 3600)
    floor.happen(ev.CallbackTold(floor.now(), callback.id, Rescheduled(floor.now(), None)))
    floor.pick_up(ring(floor))
    text = await told(floor)
    digits = callback.case.removeprefix("case-")
    assert " ".join(digits[at : at + 2] for at in range(0, 8, 2)) in text
    assert "Reviens te former : échéance proche" in text
    assert "Échéance légale (J+15) : mardi 8 décembre 2026 (dans 5 jours)" in text
    for secret in ("Martin", "Naïma", "très secret", "Seconde"):
        assert secret not in text


async def test_where_they_live_and_what_time_it_is_there_is_told(floor):
    floor.pick_up(ring(floor, "+262262000001"))
    text = await told(floor)
    assert "à La Réunion, il y est 13 h 30" in text


async def test_a_number_of_two_territories_is_told_as_likely(floor):
    floor.pick_up(ring(floor, "+262692000001"))
    assert "sans doute à La Réunion" in await told(floor)


async def test_a_withheld_number_has_no_history_and_is_no_look(floor):
    floor.pick_up(ring(floor, None))
    text = await told(floor)
    assert "Masqué par la personne" in text
    assert "précédents" not in text
    assert looks(floor) == []


async def test_who_may_not_see_callers_is_shown_neither_number_nor_history(floor):
    floor.pick_up(ring(floor))
    for who in (holder("sup", role=Role.SUPERVISOR), holder("other", "adv06")):
        text = await told(floor, who)
        assert "Non affiché pour vous" in text
        assert NUMBER not in text
        assert "précédents" not in text
    assert looks(floor) == []


async def test_it_stays_during_the_wrap_up_and_goes_with_it(floor):
    call = ring(floor)
    floor.pick_up(call)
    floor.leave(call)
    assert floor.adviser("adv05").state == "wrapping_up"
    assert NUMBER in await told(floor)
    floor.later(3600)
    assert await told(floor) == ""


async def test_somebody_called_back_has_their_history_once_they_answer(floor):
    floor.leave(floor.call_in("dropout"))
    floor.later(60)
    callback = dialling(floor)
    assert await told(floor) == ""
    floor.happen(ev.LegAnswered(floor.now(), callback.state.leg))
    text = await told(floor)
    assert NUMBER in text
    assert "abandonné par l’appelant" in text
    assert looks(floor) == [(callback.id, "adv05", {"by": "amel", "cases": 1})]
    floor.happen(ev.LegLeft(floor.now(), callback.state.leg, Cause.NORMAL))
    assert NUMBER in await told(floor)


async def test_who_talks_with_nobody_is_told_of_nobody(floor):
    assert await told(floor) == ""
    floor.ready_advisers("adv06")
    talking(floor, "adv06")
    assert await told(floor) == ""


# -- the way through the menus ------------------------------------------------------------------------


def with_flow(floor: FakeFloor, **nodes) -> None:
    flow = make_flow("main", next(iter(nodes)), nodes)
    lines = {key: replace(line, flow=flow) if key == "main" else line for key, line in floor.rules_.lines.items()}
    floor.rules_ = replace(floor.rules_, lines=lines)


def entered(floor, *nodes) -> tuple[str, ...]:
    records = [record(floor.now(), "node_entered", CallId("c1"), node=node) for node in nodes]
    return way(records, floor.rules_.lines["main"].flow, {"dropout": "Retour en formation"})


def menu(**choices: str) -> Menu:
    return Menu(prompts=("choose",), choices={key.removeprefix("k"): to for key, to in choices.items()},
                otherwise="help")  # fmt: skip


async def test_the_way_says_each_key_and_what_it_was_for(floor):
    queue = Queue(queue="dropout", full="bye", no_adviser="bye", too_long="bye", keys={"2": "callback"})
    with_flow(
        floor,
        hello=Say(prompts=("hello",), next="menu"),
        menu=menu(k1="search", k4="info"),
        search=Say(prompts=("search",), next="queue"),
        queue=queue,
        info=Say(prompts=("info",), next="more", informs=True),
        more=menu(k1="search"),
        help=Say(prompts=("help",), next="queue"),
        callback=Callback(booked="bye", refused="search", asks="rtf"),
        bye=Hangup(prompts=("bye",), outcome="informed"),
    )
    said = entered(floor, "hello", "menu", "info", "more", "search", "queue", "callback")
    assert [each.replace("\u00a0", " ") for each in said] == [
        "Touche 4 : écouter une information",
        "Touche 1 : parler à quelqu’un, file « Retour en formation »",
        "Touche 2 : demander un rappel pour « Reviens te former »",
    ]
    (said,) = entered(floor, "hello", "menu", "help", "queue")
    assert said.startswith("Sans choix valable : parler à quelqu’un")
    (said,) = entered(floor, "hello", "menu", "gone")
    assert said.replace("\u00a0", " ") == "Sans choix valable : étape « gone »"
    assert entered(floor, "gone", "away") == ()
