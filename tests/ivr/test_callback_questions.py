"""Every question of a callback node × every input: the whole matrix, and the table is the documentation."""

# ruff: noqa: E501 — the table is wide

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ivr import place as p
from ivr.callback import TALKS
from ivr.flow import make_flow
from ivr.nodes import Callback, Hangup, Node
from ivr.step import step
from schedules.hours import Open
from schedules.windows import Window

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""Friday, 10h in Paris."""
OPEN = Open(None)
DUE = AT - timedelta(seconds=1)
NODES: dict[str, Node] = {
    "callback": Callback(booked="yes", refused="no", queue="main", asks="rtf"),
    "yes": Hangup(outcome="informed", prompts=("thanks",)),
    "no": Hangup(outcome="turned_away", prompts=("pity",)),
}
FLOW = make_flow("main", "callback", NODES)
TODAY = Window(AT + timedelta(hours=4), AT + timedelta(hours=6))
MONDAY = Window(AT + timedelta(days=3), AT + timedelta(days=3, hours=2))
TERMS = p.CallbackTerms("+33199001122", "metropole", "0199001122", True, (TODAY, MONDAY))
AMONG = ("guadeloupe", "guyane")
AT_NUMBER = p.Asking("number")
CHOSEN = p.Asking("booking", terms=TERMS, window=MONDAY)


def _at(asking: p.Asking, phase: p.Phase = "listening", **more: object) -> p.Place:
    phase = phase if asking.question in TALKS else "elsewhere"
    return replace(p.Place("callback", phase, deadline=DUE, asking=asking), **more)  # type: ignore[arg-type]


PLACES = {
    "terms": _at(p.Asking("terms")),
    "terms, typed ahead": _at(p.Asking("terms"), digits="0199001122"),
    "terms, half ahead": _at(p.Asking("terms"), digits="01"),
    "terms, last try": _at(p.Asking("terms"), tries=2),
    "shown, said": _at(p.Asking("shown", terms=TERMS), "saying"),
    "shown": _at(p.Asking("shown", terms=TERMS)),
    "shown, last try": _at(p.Asking("shown", terms=TERMS), tries=2),
    "number, said": _at(AT_NUMBER, "saying"),
    "number": _at(AT_NUMBER),
    "number, ninth": _at(AT_NUMBER, digits="019900112"),
    "number, abroad": _at(AT_NUMBER, digits="003319900"),
    "number, last try": _at(AT_NUMBER, tries=2),
    "check": _at(p.Asking("check", typed="0590123456")),
    "check, where": _at(p.Asking("check", typed="0590123456", among=AMONG, territory="guyane")),
    "check, last try": _at(p.Asking("check", typed="0590123456"), tries=2),
    "where": _at(p.Asking("where", typed="0976123456", among=AMONG)),
    "typed": _at(p.Asking("typed", typed="0199001122", terms=TERMS)),
    "typed, last try": _at(p.Asking("typed", typed="0199001122", terms=TERMS), tries=2),
    "time, said": _at(p.Asking("time", terms=TERMS), "saying"),
    "time": _at(p.Asking("time", terms=TERMS)),
    "time, last try": _at(p.Asking("time", terms=TERMS), tries=2),
    "time, slots only": _at(p.Asking("time", terms=replace(TERMS, asap=False))),
    "nothing to choose": _at(p.Asking("shown", terms=replace(TERMS, asap=False, slots=()))),
    "booking": _at(CHOSEN),
    "booking, last try": _at(CHOSEN, tries=2),
    "reference, said": _at(replace(CHOSEN, question="reference", reference="60124736"), "saying"),
    "reference": _at(replace(CHOSEN, question="reference", reference="60124736")),
    "none, said": _at(p.Asking("none"), "saying"),
}
INPUTS: dict[str, p.Input] = {
    "1": p.Digit("1"),
    "2": p.Digit("2"),
    "3": p.Digit("3"),
    "9": p.Digit("9"),
    "#": p.Digit("#"),
    "*": p.Digit("*"),
    "noise": p.Digit("A"),
    "done": p.PromptsDone(),
    "deadline": p.DeadlinePassed(),
    "masked": p.CallbackTerms(),
    "terms": TERMS,
    "premium": p.NumberRefused("premium"),
    "ambiguous": p.NumberRefused("ambiguous", AMONG),
    "booked": p.CallbackBooked("60124736"),
    "taken": p.SlotTaken(replace(TERMS, slots=(TODAY,))),
    "all taken": p.SlotTaken(replace(TERMS, asap=False, slots=())),
    "refused": p.CallbackRefused(),
    "resumed": p.Resumed(),
    "out of the queue": p.QueueLeft("full"),
}
# Two questions, as they are said.
SHOWN = "callback.shown pair.01 pair.99 pair.00 pair.11 pair.22 callback.shown_confirm"
TYPED = "callback.typed pair.01 pair.99 pair.00 pair.11 pair.22 collect.confirm"
TIME = "callback.asap key.1 slot.today_1400_1600 key.2 slot.mon_1000_1200 key.3 callback.give_up"
FEWER = "callback.asap key.1 slot.today_1400_1600 key.2 callback.give_up"
SLOTS = "callback.no_common_hour slot.today_1400_1600 key.1 slot.mon_1000_1200 key.2 callback.give_up"
WHERE = "callback.where callback.territory.guadeloupe key.1 callback.territory.guyane key.2 callback.give_up"
READ = "pair.60 pair.12 pair.47 pair.36"
REFERENCE = f"slot.mon_1000_1200 callback.registered callback.reference {READ} callback.again {READ} callback.repeat"
WORDS = {
    name: text
    for name, text in globals().items()
    if name in ("SHOWN", "TYPED", "TIME", "FEWER", "SLOTS", "WHERE", "REFERENCE")
}

# place | input | what is done | question, phase and what is kept. A pair that is not here changes nothing at all.
MATRIX = """
terms | 1 |  | terms elsewhere digits=1 -1s
terms | 2 |  | terms elsewhere digits=2 -1s
terms | 3 |  | terms elsewhere digits=3 -1s
terms | 9 |  | terms elsewhere digits=9 -1s
terms | # |  | terms elsewhere digits=# -1s
terms | * |  | terms elsewhere digits=* -1s
terms | deadline | offer | terms elsewhere tries=1 5s
terms | masked | play(callback.number) | number saying 90s
terms | terms | play(SHOWN) | shown saying 90s
terms | booked | stored(callback.registered callback.reference pair.60 pair.12 pair.47 pair.36 callback.again pair.60 pair.12 pair.47 pair.36 callback.repeat) | reference saying 90s
terms | refused | play(callback.none) | none saying 90s
terms | resumed | offer | terms elsewhere 5s
terms, typed ahead | 1 |  | terms elsewhere digits=01990011221 -1s
terms, typed ahead | 2 |  | terms elsewhere digits=01990011222 -1s
terms, typed ahead | 3 |  | terms elsewhere digits=01990011223 -1s
terms, typed ahead | 9 |  | terms elsewhere digits=01990011229 -1s
terms, typed ahead | # |  | terms elsewhere digits=0199001122# -1s
terms, typed ahead | * |  | terms elsewhere digits=0199001122* -1s
terms, typed ahead | deadline | offer | terms elsewhere tries=1 digits=0199001122 5s
terms, typed ahead | masked | check(0199001122) | check elsewhere 5s
terms, typed ahead | terms | play(SHOWN) | shown saying 90s
terms, typed ahead | booked | stored(callback.registered callback.reference pair.60 pair.12 pair.47 pair.36 callback.again pair.60 pair.12 pair.47 pair.36 callback.repeat) | reference saying 90s
terms, typed ahead | refused | play(callback.none) | none saying 90s
terms, typed ahead | resumed | offer | terms elsewhere 5s
terms, half ahead | 1 |  | terms elsewhere digits=011 -1s
terms, half ahead | 2 |  | terms elsewhere digits=012 -1s
terms, half ahead | 3 |  | terms elsewhere digits=013 -1s
terms, half ahead | 9 |  | terms elsewhere digits=019 -1s
terms, half ahead | # |  | terms elsewhere digits=01# -1s
terms, half ahead | * |  | terms elsewhere digits=01* -1s
terms, half ahead | deadline | offer | terms elsewhere tries=1 digits=01 5s
terms, half ahead | masked |  | number listening digits=01 4s
terms, half ahead | terms | play(SHOWN) | shown saying 90s
terms, half ahead | booked | stored(callback.registered callback.reference pair.60 pair.12 pair.47 pair.36 callback.again pair.60 pair.12 pair.47 pair.36 callback.repeat) | reference saying 90s
terms, half ahead | refused | play(callback.none) | none saying 90s
terms, half ahead | resumed | offer | terms elsewhere 5s
terms, last try | 1 |  | terms elsewhere tries=2 digits=1 -1s
terms, last try | 2 |  | terms elsewhere tries=2 digits=2 -1s
terms, last try | 3 |  | terms elsewhere tries=2 digits=3 -1s
terms, last try | 9 |  | terms elsewhere tries=2 digits=9 -1s
terms, last try | # |  | terms elsewhere tries=2 digits=# -1s
terms, last try | * |  | terms elsewhere tries=2 digits=* -1s
terms, last try | deadline | →no play(pity) | leaving 90s
terms, last try | masked | play(callback.number) | number saying 90s
terms, last try | terms | play(SHOWN) | shown saying tries=2 90s
terms, last try | booked | stored(callback.registered callback.reference pair.60 pair.12 pair.47 pair.36 callback.again pair.60 pair.12 pair.47 pair.36 callback.repeat) | reference saying tries=2 90s
terms, last try | refused | play(callback.none) | none saying tries=2 90s
terms, last try | resumed | offer | terms elsewhere tries=2 5s
shown, said | 1 | stop play(TIME) | time saying 90s
shown, said | 2 | stop play(callback.number) | number saying 90s
shown, said | 3 | stop play(menu.invalid SHOWN) | shown saying tries=1 90s
shown, said | 9 | stop play(menu.invalid SHOWN) | shown saying tries=1 90s
shown, said | # | stop play(SHOWN) | shown saying 90s
shown, said | * | →no stop play(pity) | leaving 90s
shown, said | done |  | shown listening 6s
shown, said | deadline | stop | shown listening 6s
shown, said | resumed | stop play(SHOWN) | shown saying 90s
shown | 1 | play(TIME) | time saying 90s
shown | 2 | play(callback.number) | number saying 90s
shown | 3 | play(menu.invalid SHOWN) | shown saying tries=1 90s
shown | 9 | play(menu.invalid SHOWN) | shown saying tries=1 90s
shown | # | play(SHOWN) | shown saying 90s
shown | * | →no play(pity) | leaving 90s
shown | deadline | play(menu.silent SHOWN) | shown saying tries=1 90s
shown | resumed | play(SHOWN) | shown saying 90s
shown, last try | 1 | play(TIME) | time saying 90s
shown, last try | 2 | play(callback.number) | number saying 90s
shown, last try | 3 | →no play(pity) | leaving 90s
shown, last try | 9 | →no play(pity) | leaving 90s
shown, last try | # | play(SHOWN) | shown saying tries=2 90s
shown, last try | * | →no play(pity) | leaving 90s
shown, last try | deadline | →no play(pity) | leaving 90s
shown, last try | resumed | play(SHOWN) | shown saying tries=2 90s
number, said | 1 | stop | number listening digits=1 4s
number, said | 2 | stop | number listening digits=2 4s
number, said | 3 | stop | number listening digits=3 4s
number, said | 9 | stop | number listening digits=9 4s
number, said | * | stop play(collect.invalid callback.number) | number saying tries=1 90s
number, said | done |  | number listening 6s
number, said | deadline | stop | number listening 6s
number, said | resumed | stop play(callback.number) | number saying 90s
number | 1 |  | number listening digits=1 4s
number | 2 |  | number listening digits=2 4s
number | 3 |  | number listening digits=3 4s
number | 9 |  | number listening digits=9 4s
number | * | play(collect.invalid callback.number) | number saying tries=1 90s
number | deadline | play(collect.silent callback.number) | number saying tries=1 90s
number | resumed | play(callback.number) | number saying 90s
number, ninth | 1 | check(0199001121) | check elsewhere 5s
number, ninth | 2 | check(0199001122) | check elsewhere 5s
number, ninth | 3 | check(0199001123) | check elsewhere 5s
number, ninth | 9 | check(0199001129) | check elsewhere 5s
number, ninth | # | check(019900112) | check elsewhere 5s
number, ninth | * | play(collect.invalid callback.number) | number saying tries=1 90s
number, ninth | deadline | check(019900112) | check elsewhere 5s
number, ninth | resumed | play(callback.number) | number saying 90s
number, abroad | 1 |  | number listening digits=0033199001 4s
number, abroad | 2 |  | number listening digits=0033199002 4s
number, abroad | 3 |  | number listening digits=0033199003 4s
number, abroad | 9 |  | number listening digits=0033199009 4s
number, abroad | # | check(003319900) | check elsewhere 5s
number, abroad | * | play(collect.invalid callback.number) | number saying tries=1 90s
number, abroad | deadline | check(003319900) | check elsewhere 5s
number, abroad | resumed | play(callback.number) | number saying 90s
number, last try | 1 |  | number listening tries=2 digits=1 4s
number, last try | 2 |  | number listening tries=2 digits=2 4s
number, last try | 3 |  | number listening tries=2 digits=3 4s
number, last try | 9 |  | number listening tries=2 digits=9 4s
number, last try | * | →no play(pity) | leaving 90s
number, last try | deadline | →no play(pity) | leaving 90s
number, last try | resumed | play(callback.number) | number saying tries=2 90s
check | 1 |  | check elsewhere digits=1 -1s
check | 2 |  | check elsewhere digits=2 -1s
check | 3 |  | check elsewhere digits=3 -1s
check | 9 |  | check elsewhere digits=9 -1s
check | # |  | check elsewhere digits=# -1s
check | * |  | check elsewhere digits=* -1s
check | deadline | check(0590123456) | check elsewhere tries=1 5s
check | terms | play(callback.typed pair.05 pair.90 pair.12 pair.34 pair.56 collect.confirm) | typed saying 90s
check | premium | play(callback.premium callback.number) | number saying tries=1 90s
check | ambiguous | play(WHERE) | where saying 90s
check | refused | play(callback.none) | none saying 90s
check | resumed | check(0590123456) | check elsewhere 5s
check, where | 1 |  | check elsewhere digits=1 -1s
check, where | 2 |  | check elsewhere digits=2 -1s
check, where | 3 |  | check elsewhere digits=3 -1s
check, where | 9 |  | check elsewhere digits=9 -1s
check, where | # |  | check elsewhere digits=# -1s
check, where | * |  | check elsewhere digits=* -1s
check, where | deadline | check(0590123456 guyane) | check elsewhere tries=1 5s
check, where | terms | play(callback.typed pair.05 pair.90 pair.12 pair.34 pair.56 collect.confirm) | typed saying 90s
check, where | premium | play(callback.premium callback.number) | number saying tries=1 90s
check, where | ambiguous | play(callback.impossible callback.number) | number saying tries=1 90s
check, where | refused | play(callback.none) | none saying 90s
check, where | resumed | check(0590123456 guyane) | check elsewhere 5s
check, last try | 1 |  | check elsewhere tries=2 digits=1 -1s
check, last try | 2 |  | check elsewhere tries=2 digits=2 -1s
check, last try | 3 |  | check elsewhere tries=2 digits=3 -1s
check, last try | 9 |  | check elsewhere tries=2 digits=9 -1s
check, last try | # |  | check elsewhere tries=2 digits=# -1s
check, last try | * |  | check elsewhere tries=2 digits=* -1s
check, last try | deadline | →no play(pity) | leaving 90s
check, last try | terms | play(callback.typed pair.05 pair.90 pair.12 pair.34 pair.56 collect.confirm) | typed saying tries=2 90s
check, last try | premium | →no play(pity) | leaving 90s
check, last try | ambiguous | play(WHERE) | where saying tries=2 90s
check, last try | refused | play(callback.none) | none saying tries=2 90s
check, last try | resumed | check(0590123456) | check elsewhere tries=2 5s
where | 1 | check(0976123456 guadeloupe) | check elsewhere 5s
where | 2 | check(0976123456 guyane) | check elsewhere 5s
where | 3 | play(menu.invalid WHERE) | where saying tries=1 90s
where | 9 | play(menu.invalid WHERE) | where saying tries=1 90s
where | # | play(WHERE) | where saying 90s
where | * | →no play(pity) | leaving 90s
where | deadline | play(menu.silent WHERE) | where saying tries=1 90s
where | resumed | play(WHERE) | where saying 90s
typed | 1 | play(TIME) | time saying 90s
typed | 2 | play(callback.number) | number saying tries=1 90s
typed | 3 | play(menu.invalid TYPED) | typed saying tries=1 90s
typed | 9 | play(menu.invalid TYPED) | typed saying tries=1 90s
typed | # | play(TYPED) | typed saying 90s
typed | * | →no play(pity) | leaving 90s
typed | deadline | play(menu.silent TYPED) | typed saying tries=1 90s
typed | resumed | play(TYPED) | typed saying 90s
typed, last try | 1 | play(TIME) | time saying 90s
typed, last try | 2 | →no play(pity) | leaving 90s
typed, last try | 3 | →no play(pity) | leaving 90s
typed, last try | 9 | →no play(pity) | leaving 90s
typed, last try | # | play(TYPED) | typed saying tries=2 90s
typed, last try | * | →no play(pity) | leaving 90s
typed, last try | deadline | →no play(pity) | leaving 90s
typed, last try | resumed | play(TYPED) | typed saying tries=2 90s
time, said | 1 | stop book(+33199001122 asap) | booking elsewhere 5s
time, said | 2 | stop book(+33199001122 Fri 13:00) | booking elsewhere 5s
time, said | 3 | stop book(+33199001122 Mon 09:00) | booking elsewhere 5s
time, said | 9 | stop play(menu.invalid TIME) | time saying tries=1 90s
time, said | # | stop play(TIME) | time saying 90s
time, said | * | →no stop play(pity) | leaving 90s
time, said | done |  | time listening 6s
time, said | deadline | stop | time listening 6s
time, said | resumed | stop play(TIME) | time saying 90s
time | 1 | book(+33199001122 asap) | booking elsewhere 5s
time | 2 | book(+33199001122 Fri 13:00) | booking elsewhere 5s
time | 3 | book(+33199001122 Mon 09:00) | booking elsewhere 5s
time | 9 | play(menu.invalid TIME) | time saying tries=1 90s
time | # | play(TIME) | time saying 90s
time | * | →no play(pity) | leaving 90s
time | deadline | play(menu.silent TIME) | time saying tries=1 90s
time | resumed | play(TIME) | time saying 90s
time, last try | 1 | book(+33199001122 asap) | booking elsewhere tries=2 5s
time, last try | 2 | book(+33199001122 Fri 13:00) | booking elsewhere tries=2 5s
time, last try | 3 | book(+33199001122 Mon 09:00) | booking elsewhere tries=2 5s
time, last try | 9 | →no play(pity) | leaving 90s
time, last try | # | play(TIME) | time saying tries=2 90s
time, last try | * | →no play(pity) | leaving 90s
time, last try | deadline | →no play(pity) | leaving 90s
time, last try | resumed | play(TIME) | time saying tries=2 90s
time, slots only | 1 | book(+33199001122 Fri 13:00) | booking elsewhere 5s
time, slots only | 2 | book(+33199001122 Mon 09:00) | booking elsewhere 5s
time, slots only | 3 | play(menu.invalid SLOTS) | time saying tries=1 90s
time, slots only | 9 | play(menu.invalid SLOTS) | time saying tries=1 90s
time, slots only | # | play(SLOTS) | time saying 90s
time, slots only | * | →no play(pity) | leaving 90s
time, slots only | deadline | play(menu.silent SLOTS) | time saying tries=1 90s
time, slots only | resumed | play(SLOTS) | time saying 90s
nothing to choose | 1 | play(callback.none) | none saying 90s
nothing to choose | 2 | play(callback.number) | number saying 90s
nothing to choose | 3 | play(menu.invalid SHOWN) | shown saying tries=1 90s
nothing to choose | 9 | play(menu.invalid SHOWN) | shown saying tries=1 90s
nothing to choose | # | play(SHOWN) | shown saying 90s
nothing to choose | * | →no play(pity) | leaving 90s
nothing to choose | deadline | play(menu.silent SHOWN) | shown saying tries=1 90s
nothing to choose | resumed | play(SHOWN) | shown saying 90s
booking | 1 |  | booking elsewhere digits=1 -1s
booking | 2 |  | booking elsewhere digits=2 -1s
booking | 3 |  | booking elsewhere digits=3 -1s
booking | 9 |  | booking elsewhere digits=9 -1s
booking | # |  | booking elsewhere digits=# -1s
booking | * |  | booking elsewhere digits=* -1s
booking | deadline | book(+33199001122 Mon 09:00) | booking elsewhere tries=1 5s
booking | booked | stored(REFERENCE) | reference saying 90s
booking | taken | play(callback.slot_taken FEWER) | time saying tries=1 90s
booking | all taken | play(callback.none) | none saying 90s
booking | refused | play(callback.none) | none saying 90s
booking | resumed | book(+33199001122 Mon 09:00) | booking elsewhere 5s
booking, last try | 1 |  | booking elsewhere tries=2 digits=1 -1s
booking, last try | 2 |  | booking elsewhere tries=2 digits=2 -1s
booking, last try | 3 |  | booking elsewhere tries=2 digits=3 -1s
booking, last try | 9 |  | booking elsewhere tries=2 digits=9 -1s
booking, last try | # |  | booking elsewhere tries=2 digits=# -1s
booking, last try | * |  | booking elsewhere tries=2 digits=* -1s
booking, last try | deadline | →no play(pity) | leaving 90s
booking, last try | booked | stored(REFERENCE) | reference saying tries=2 90s
booking, last try | taken | →no play(pity) | leaving 90s
booking, last try | all taken | play(callback.none) | none saying tries=2 90s
booking, last try | refused | play(callback.none) | none saying tries=2 90s
booking, last try | resumed | book(+33199001122 Mon 09:00) | booking elsewhere tries=2 5s
reference, said | # | stop stored(REFERENCE) | reference saying 90s
reference, said | done |  | reference listening 6s
reference, said | deadline | stop | reference listening 6s
reference, said | resumed | stop stored(REFERENCE) | reference saying 90s
reference | 1 | →yes play(thanks) | leaving 90s
reference | 2 | →yes play(thanks) | leaving 90s
reference | 3 | →yes play(thanks) | leaving 90s
reference | 9 | →yes play(thanks) | leaving 90s
reference | # | stored(REFERENCE) | reference saying 90s
reference | * | →yes play(thanks) | leaving 90s
reference | deadline | →yes play(thanks) | leaving 90s
reference | resumed | stored(REFERENCE) | reference saying 90s
none, said | # | stop play(callback.none) | none saying 90s
none, said | done | →no play(pity) | leaving 90s
none, said | deadline | →no stop play(pity) | leaving 90s
none, said | resumed | stop play(callback.none) | none saying 90s
"""


def _told(done: p.Step) -> str:
    words: list[str] = [f"→{name}" for name in done.trail]
    for action in done.actions:
        match action:
            case p.Play(prompts, stored):
                said = " ".join(prompts)
                for name, text in WORDS.items():
                    said = said.replace(text, name)
                words.append(f"{'stored' if stored else 'play'}({said})")
            case p.StopPlaying():
                words.append("stop")
            case p.OfferCallback("main"):
                words.append("offer")
            case p.CheckNumber("main", typed, territory):
                words.append(f"check({typed}{'' if territory is None else f' {territory}'})")
            case p.BookCallback("main", "rtf", number, "metropole", window):
                words.append(f"book({number} {'asap' if window is None else f'{window.start_at:%a %H:%M}'})")
            case _:
                words.append(repr(action))
    place = done.place
    kept: list[str] = [] if place.asking is None else [place.asking.question]
    kept += [place.phase]
    kept += [f"tries={place.tries}"] if place.tries else []
    kept += [f"digits={place.digits}"] if place.digits else []
    kept += [f"{(place.deadline - AT).total_seconds():g}s"] if place.deadline else []
    return f"{' '.join(words)} | {' '.join(kept)}"


def _row(line: str) -> tuple[tuple[str, str], str]:
    place, event, did, kept = (part.strip() for part in line.split("|"))
    return (place, event), f"{did} | {kept}"


EXPECTED = dict(_row(line) for line in MATRIX.strip().splitlines())


@pytest.mark.parametrize("name", PLACES)
def test_every_input_at_every_question_does_what_the_table_says_and_any_other_changes_nothing(name: str) -> None:
    told: dict[str, str] = {}
    for event, what in INPUTS.items():
        done = step(FLOW, PLACES[name], what, AT, OPEN)
        told[event] = "nothing" if done == p.Step(PLACES[name]) else _told(done)
    assert told == {event: EXPECTED.get((name, event), "nothing") for event in INPUTS}


def test_the_table_names_only_places_and_inputs_that_are_tried() -> None:
    assert EXPECTED.keys() <= {(place, event) for place in PLACES for event in INPUTS}


@pytest.mark.parametrize("name", PLACES)
def test_a_deadline_that_comes_early_changes_nothing(name: str) -> None:
    place = replace(PLACES[name], deadline=AT + timedelta(seconds=1))
    assert step(FLOW, place, p.DeadlinePassed(), AT, OPEN) == p.Step(place)
