"""Whatever somebody does who asks to be called back: the talk ends within its bounds, and what it says is French."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr import place as p
from ivr.callback import SLOTS_MAX, TRIES_MAX, sentences
from ivr.check import callback_questions_s, longest_talk_s
from ivr.flow import make_flow
from ivr.load import LineFlow
from ivr.moves import Moment
from ivr.nodes import Callback, Hangup, Node
from ivr.prompts import Catalogue, pair_prompts, seconds_of
from ivr.prompts import sentences as catalogue_sentences
from ivr.step import start, step
from ivr.window_prompts import window_prompt, windows_said
from schedules.hours import Open, Span
from schedules.windows import Window

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""Friday, 10h in Paris."""
OPEN = Open(None)
NODES: dict[str, Node] = {
    "callback": Callback(booked="yes", refused="no"),
    "yes": Hangup(outcome="informed", prompts=("thanks",)),
    "no": Hangup(outcome="turned_away", prompts=("pity",)),
}
FLOW = make_flow("main", "callback", NODES)


def hours_from_now(start: float, end: float) -> Window:
    return Window(AT + timedelta(hours=start), AT + timedelta(hours=end))


SLOTS = (hours_from_now(4, 6), hours_from_now(72, 74), hours_from_now(74, 76), hours_from_now(96, 98))
TERMS = p.CallbackTerms("+33199001122", "metropole", "0199001122", True, SLOTS)


@pytest.fixture(scope="module")
def texts(catalogue: Catalogue, lines: dict[str, LineFlow]) -> dict[str, str]:
    return catalogue_sentences(catalogue, lines.values(), date(2026, 11, 20))


# -- as it is heard ----------------------------------------------------------------------------------

AWAY = replace(TERMS, zone="Indian/Reunion")
TAHITI = replace(TERMS, asap=False, zone="Pacific/Tahiti", slots=(hours_from_now(8, 10), hours_from_now(80, 82)))
HEARD = {
    "the number shown": (
        p.Asking("shown", terms=TERMS),
        "Nous pouvons vous rappeler à ce numéro : zéro, un. neuf, neuf. zéro, zéro. un, un. deux, deux. Si ce numéro "
        "convient, tapez un. Pour en donner un autre, tapez deux.",
    ),
    "the number asked": (
        p.Asking("number"),
        "Composez le numéro de téléphone auquel nous pouvons vous rappeler, puis tapez dièse.",
    ),
    "the number typed": (
        p.Asking("typed", typed="271234", terms=TERMS),
        "Vous avez composé : deux, sept. un, deux. trois, quatre. Si c'est exact, tapez un. Pour corriger, tapez deux.",
    ),
    "where it is": (
        p.Asking("where", typed="271234", among=("saint_pierre_et_miquelon", "nouvelle_caledonie")),
        "Ce numéro peut se trouver à plusieurs endroits. Pour Saint-Pierre-et-Miquelon : tapez un. Pour la "
        "Nouvelle-Calédonie : tapez deux. Pour renoncer, tapez étoile.",
    ),
    "when": (
        p.Asking("time", terms=TERMS),
        "Pour un rappel dès que possible : tapez un. Pour aujourd'hui, entre quatorze heures et seize heures : tapez "
        "deux. Pour lundi matin, entre dix heures et midi : tapez trois. Pour lundi après-midi, entre midi et quatorze "
        "heures : tapez quatre. Pour mardi matin, entre dix heures et midi : tapez cinq. Pour renoncer, tapez étoile.",
    ),
    "when, on La Réunion": (
        p.Asking("time", terms=replace(AWAY, slots=SLOTS[:2])),
        "Les heures sont données à votre heure locale. Pour un rappel dès que possible : tapez un. Pour aujourd'hui, "
        "entre dix-sept heures et dix-neuf heures : tapez deux. Pour lundi après-midi, entre treize heures et quinze "
        "heures : tapez trois. Pour renoncer, tapez étoile.",
    ),
    "when, on Tahiti, where it is still yesterday": (
        p.Asking("time", terms=TAHITI),
        "Avec le décalage horaire, nos conseillers ne travaillent pas aux heures habituelles de chez vous. Nous "
        "pouvons vous rappeler plus tôt ou plus tard dans la journée. Les heures sont données à votre heure locale. "
        "Pour demain matin, entre sept heures et neuf heures : tapez un. Pour lundi matin, entre sept heures et neuf "
        "heures : tapez deux. Pour renoncer, tapez étoile.",
    ),
    "no slot is free": (
        p.Asking("time", terms=replace(TERMS, slots=())),
        "Pour un rappel dès que possible : tapez un. Pour renoncer, tapez étoile.",
    ),
    "as soon as possible": (
        p.Asking("reference", terms=TERMS, reference="60124736"),
        "Votre demande de rappel est enregistrée. Nous vous rappellerons dès que possible. Voici votre numéro de "
        "référence : six, zéro. un, deux. quatre, sept. trois, six. Nous répétons : six, zéro. un, deux. quatre, sept. "
        "trois, six. Pour réécouter, tapez dièse. Sinon, vous pouvez raccrocher.",
    ),
    "a slot on La Réunion": (
        p.Asking("reference", terms=AWAY, window=SLOTS[1], reference="60124736"),
        "Pour lundi après-midi, entre treize heures et quinze heures : Votre demande de rappel est enregistrée. Les "
        "heures sont données à votre heure locale. Voici votre numéro de référence : six, zéro. un, deux. quatre, "
        "sept. trois, six. Nous répétons : six, zéro. un, deux. quatre, sept. trois, six. Pour réécouter, tapez dièse. "
        "Sinon, vous pouvez raccrocher.",
    ),
    "nothing": (
        p.Asking("none"),
        "Nous sommes désolés, nous ne pouvons pas vous proposer de rappel pour le moment.",
    ),
}


@pytest.mark.parametrize("name", HEARD)
def test_each_question_is_french_as_a_person_says_it(name: str, texts: dict[str, str]) -> None:
    asking, heard = HEARD[name]
    assert " ".join(texts[prompt] for prompt in sentences(asking, Moment(AT, OPEN))) == heard


def test_figures_are_read_two_by_two_each_by_itself() -> None:
    assert pair_prompts("0199001122") == ("pair.01", "pair.99", "pair.00", "pair.11", "pair.22")
    assert pair_prompts("123") == ("pair.12", "digit.3")
    assert pair_prompts("") == ()


# -- windows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("window", "at", "named"),
    [
        (hours_from_now(0, 2), AT, "slot.today_1000_1200"),
        (hours_from_now(24, 26), AT, "slot.tomorrow_1000_1200"),
        (hours_from_now(72, 74), AT, "slot.mon_1000_1200"),
        (hours_from_now(72, 74), AT + timedelta(hours=48), "slot.tomorrow_1000_1200"),  # after a night of waiting
        (hours_from_now(7 * 24, 7 * 24 + 2), AT, None),  # "vendredi" is today
        (hours_from_now(-24, -22), AT, None),
        (hours_from_now(13, 15), AT, None),  # over midnight
        (hours_from_now(-5, -3), AT, None),  # in the night
        (hours_from_now(11, 13), AT, "slot.today_2100_2300"),
        (hours_from_now(12, 14), AT, None),
    ],
)
def test_a_window_is_named_as_long_as_its_day_cannot_be_taken_for_another(
    window: Window, at: datetime, named: str | None
) -> None:
    assert window_prompt(window, at) == named


def test_slots_are_cut_as_they_are_promised() -> None:
    named = windows_said("{window}", [(Span(540, 690), Span(840, 1020))], 7200.0)
    mondays = {name for name in named if name.startswith("slot.mon_")}
    assert {"slot.mon_0900_1130", "slot.mon_1400_1600", "slot.mon_1600_1700"} <= mondays
    assert "slot.mon_1130_1330" not in named
    touching = windows_said("{window}", [(Span(600, 660), Span(660, 720))], 7200.0)
    assert touching["slot.mon_1000_1200"] == "lundi matin, entre dix heures et midi"


# -- within bounds -----------------------------------------------------------------------------------


@dataclass
class Desk:
    """A desk that answers as it was told, in turn."""

    answers: list[p.Input]
    asked: int = 0
    booked: list[p.BookCallback] = field(default_factory=list)

    def says(self, action: p.Action) -> p.Input | None:
        self.asked += 1
        if isinstance(action, p.BookCallback):
            self.booked.append(action)
        return self.answers.pop() if self.answers else TERMS


number_answers: st.SearchStrategy[p.Input] = st.one_of(
    st.just(TERMS),
    st.just(p.CallbackTerms()),
    st.sampled_from(["premium", "short", "foreign", "impossible", "ours"]).map(p.NumberRefused),  # type: ignore[arg-type]
    st.just(p.NumberRefused("ambiguous", ("metropole", "guyane", "saint_martin"))),
    st.just(p.SlotTaken(TERMS)),
    st.just(p.CallbackBooked("60124736")),
    st.just(p.CallbackRefused()),
)


@settings(max_examples=600, deadline=None)
@given(
    answers=st.lists(number_answers, max_size=12),
    presses=st.lists(st.tuples(st.sampled_from([None, *"0123456789*"]), st.floats(0, 1)), max_size=120),
)
def test_no_talk_lasts_longer_than_its_bound_whatever_is_pressed_and_whatever_the_desk_says(
    answers: list[p.Input], presses: list[tuple[str | None, float]], texts: dict[str, str]
) -> None:
    def spoken(prompt: str) -> float:
        if prompt == "slot":
            return max(seconds_of(text) for name, text in texts.items() if name.startswith("slot."))
        return seconds_of(texts[prompt])

    desk, left, at, seconds = Desk(answers), list(presses), AT, 0.0
    done = start(FLOW, AT, OPEN)
    while done.place.node == "callback":
        assert done.place.deadline is not None
        assert done.place.tries < TRIES_MAX
        asked = [each for each in done.actions if isinstance(each, p.OfferCallback | p.CheckNumber | p.BookCallback)]
        plays = [each for each in done.actions if isinstance(each, p.Play)]
        event: p.Input
        if asked:
            answer = desk.says(asked[-1])
            assert answer is not None
            before, done = done, step(FLOW, done.place, answer, at, OPEN)
            if done == p.Step(before.place):  # an answer out of turn: asked again after a while
                assert before.place.deadline is not None
                event, passed = p.DeadlinePassed(), (before.place.deadline - at).total_seconds()
            else:
                continue
        else:
            press, part = left.pop() if left else (None, 1.0)
            if done.place.phase == "saying":
                lasts = sum(map(spoken, plays[-1].prompts)) if plays else 0.0
                event, passed = (p.Digit(press), lasts * part) if press else (p.PromptsDone(), lasts)
            else:
                assert done.place.deadline is not None
                waits = (done.place.deadline - at).total_seconds()
                event, passed = (p.Digit(press), waits * part) if press else (p.DeadlinePassed(), waits)
        at += timedelta(seconds=passed)
        seconds += passed
        done = step(FLOW, done.place, event, at, OPEN)
    assert done.trail in {("yes",), ("no",)}
    assert seconds <= longest_talk_s(spoken)
    if done.trail == ("yes",):
        assert desk.asked >= 1


def test_the_longest_question_is_found_wherever_it_is(texts: dict[str, str]) -> None:
    flat = callback_questions_s(lambda _: 1.0)
    assert flat["none"] == 2
    assert flat["time"] == 1 + 1 + 2 * (1 + SLOTS_MAX) + 1  # a reason, the clock, each way with its key, giving up
    slow = callback_questions_s(lambda prompt: 50.0 if prompt == "slot" else 1.0)
    assert slow["time"] == flat["time"] + 49 * SLOTS_MAX
