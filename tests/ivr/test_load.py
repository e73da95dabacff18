"""A line's file with something wrong in it is refused: every fault at once, with where it is and how to mend it."""

from collections.abc import Callable

import pytest

from ivr.load import Known, LineFlow, read_line
from ivr.nodes import Menu, Queue, Say
from ivr.prompts import Catalogue
from schedules.faults import Fault

WHERE = "config/lines/test.toml"
KNOWN = Known(queues={"main"}, numbers={"desk"}, hooks={"crm"})
GOOD = """
id = "main"
name = "Ligne d'essai"
number = "0199000001"
shown = "01 99 00 00 01"
language = "fr"
recording = false
start = "welcome"

[[opening.hours]]
from = 2026-01-01
mon-fri = "10:00-20:00"

[node.welcome]
kind = "say"
prompts = ["welcome"]
next = "menu"

[node.menu]
kind = "menu"
prompts = ["choose"]
choices = { 1 = "queue", 2 = "ask" }
otherwise = "queue"

[node.ask]
kind = "collect"
prompts = ["choose"]
name = "postcode"
next = "hook"
otherwise = "queue"
digits_max = 3
timeout_s = 2
tries_max = 1

[node.hook]
kind = "hook"
hook = "crm"
branches = { known = "desk" }
otherwise = "queue"

[node.desk]
kind = "transfer"
target = "desk"
failed = "callback"

[node.callback]
kind = "callback"
booked = "end"
refused = "end"

[node.queue]
kind = "queue"
queue = "main"
full = "end"
no_adviser = "end"
too_long = "end"

[node.end]
kind = "hangup"
prompts = ["ways.goodbye"]
outcome = "turned_away"
"""
Edit = Callable[[str], str]


def _instead(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return edit


def _more(text: str) -> Edit:
    return lambda before: before + text


def _faults(text: str, catalogue: Catalogue, **more: object) -> list[Fault]:
    read = read_line(text, WHERE, catalogue, KNOWN, **more)  # type: ignore[arg-type]
    assert isinstance(read, list), "the file was accepted"
    return read


def test_a_good_file_is_a_line_with_its_flow_and_its_hours(catalogue: Catalogue) -> None:
    line = read_line(GOOD, WHERE, catalogue, KNOWN)
    assert isinstance(line, LineFlow), "\n".join(map(str, line))
    assert (line.id, line.number, line.shown, line.recording) == ("main", "0199000001", "01 99 00 00 01", False)
    assert line.flow.nodes["welcome"] == Say(prompts=("welcome.main",), next="menu")
    assert line.flow.nodes["menu"] == Menu(
        prompts=("choose.main",), choices={"1": "queue", "2": "ask"}, otherwise="queue"
    )
    assert line.flow.nodes["queue"] == Queue(queue="main", full="end", no_adviser="end", too_long="end")
    assert len(line.hours.periods) == 1


LOOP = """
[node.round]
kind = "hook"
hook = "crm"
branches = { again = "and_round" }
otherwise = "end"
[node.and_round]
kind = "say"
prompts = ["welcome"]
next = "round"
"""
TRAP = """
[node.trap]
kind = "menu"
prompts = ["choose"]
choices = { 1 = "trap" }
otherwise = "trap"
"""
SLOW = """
[node.slow]
kind = "menu"
prompts = ["choose"]
choices = { 1 = "slow_too" }
otherwise = "slow_too"
timeout_s = 15
tries_max = 5
[node.slow_too]
kind = "menu"
prompts = ["choose"]
choices = { 1 = "end" }
otherwise = "end"
timeout_s = 15
tries_max = 5
"""
LONG_WINDED = """
[node.talk]
kind = "say"
prompts = ["info.contact", "info.contact", "info.contact"]
next = "end"
"""
# name: edit, where the fault is, a part of what it says
BROKEN: dict[str, tuple[Edit, str, str]] = {
    "no TOML": (_instead("[node.menu]", "[node.menu"), "", "is not TOML"),
    "an unknown key": (_instead('language = "fr"', 'language = "fr"\nmusic = "x"'), " music", "is not a key"),
    "no id": (_instead('id = "main"\n', ""), " id", "is missing"),
    "an id that is no name": (_instead('id = "main"', 'id = "Ma ligne"'), " id", "cannot be used"),
    "an empty name": (_instead("Ligne d'essai", " "), " name", "cannot be used"),
    "a number that is none": (_instead('"0199000001"', '"199000001"'), " number", "cannot be used"),
    "a number as a number": (_instead('"0199000001"', "199000001"), " number", "cannot be used"),
    "another number shown": (_instead("01 99 00 00 01", "01 99 00 00 02"), " shown", "another number"),
    "another language": (_instead('language = "fr"', 'language = "en"'), " language", "is not spoken"),
    "recording as a text": (_instead("recording = false", 'recording = "no"'), " recording", "neither true nor false"),
    "no start": (_instead('start = "welcome"', 'start = "hello"'), " start", "no node 'hello'"),
    "no hours": (_instead('mon-fri = "10:00-20:00"', ""), " [opening] hours 1", "no day"),
    "bad hours": (_instead("10:00-20:00", "20:00-10:00"), " [opening] hours 1 mon-fri", "20:00-10:00"),
    "an unknown kind": (_instead('kind = "say"', 'kind = "sing"'), " [node welcome] kind", "no kind of node"),
    "no kind": (_instead('kind = "say"\n', ""), " [node welcome] kind", "has no kind"),
    "a setting of another kind": (
        _instead('next = "menu"', 'next = "menu"\ntries_max = 3'),
        " [node welcome] tries_max",
        "is no setting of a say",
    ),
    "a setting that is missing": (_instead('outcome = "turned_away"', ""), " [node end] outcome", "is missing"),
    "a dangling target": (_instead('refused = "end"', 'refused = "fin"'), " [node callback] refused", "no such node"),
    "a dangling choice": (_instead('2 = "ask"', '2 = "ask", 3 = "tea"'), " [node menu] choices.3", "no such node"),
    "an unreachable node": (_more('[node.island]\nkind = "hangup"\noutcome = "informed"'), " [node island]", "nothing"),
    "a missing prompt": (_instead('["welcome"]', '["greeting"]'), " [node welcome] prompts", "no prompt 'greeting'"),
    "no prompt at all": (_instead('prompts = ["welcome"]', "prompts = []"), " [node welcome] prompts", "no prompt"),
    "prompts as a text": (_instead('["welcome"]', '"welcome"'), " [node welcome] prompts", "cannot be used"),
    "a menu without a choice": (
        _instead('{ 1 = "queue", 2 = "ask" }\notherwise = "queue"', '{}\notherwise = "ask"'),
        " [node menu] choices",
        "no way out",
    ),
    "a choice that is no key": (_instead("1 =", "12 ="), " [node menu] choices.12", "no key of a telephone"),
    "a choice that is also the back key": (_instead("1 =", '"*" ='), " [node menu] back", "is a choice too"),
    "a choice that is also the repeat key": (_instead("1 =", '"#" ='), " [node menu] repeat", "is a choice too"),
    "one key for back and repeat": (
        _instead("choices =", 'repeat = "*"\nchoices ='),
        " [node menu] back",
        "same key as repeat",
    ),
    "a key of two signs": (_instead("choices =", 'back = "**"\nchoices ='), " [node menu] back", "no key"),
    "a timeout out of bounds": (_instead("timeout_s = 2", "timeout_s = 60"), " [node ask] timeout_s", "cannot be used"),
    "a timeout that is no number": (_instead("timeout_s = 2", "timeout_s = nan"), " [node ask] timeout_s", "nan"),
    "tries as true": (_instead("tries_max = 1", "tries_max = true"), " [node ask] tries_max", "True"),
    "half a try": (_instead("tries_max = 1", "tries_max = 1.5"), " [node ask] tries_max", "1.5"),
    "barge-in as a text": (
        _instead('next = "menu"', 'next = "menu"\nbarge_in = "yes"'),
        " [node welcome] barge_in",
        "yes",
    ),
    "more digits at least than at most": (
        _instead("digits_max = 3", "digits_max = 3\ndigits_min = 4"),
        " [node ask] digits_min",
        "more than digits_max",
    ),
    "a digit that ends the number": (
        _instead("digits_max = 3", 'digits_max = 3\nfinish = "0"'),
        " [node ask] finish",
        "a digit",
    ),
    "an answer without a name": (_instead('"postcode"', '"Code postal"'), " [node ask] name", "is no name"),
    "an unknown queue": (_instead('queue = "main"', 'queue = "mian"'), " [node queue] queue", "no queue 'mian'"),
    "an unknown number": (_instead('target = "desk"', 'target = "mayor"'), " [node desk] target", "no number 'mayor'"),
    "an unknown hook": (_instead('hook = "crm"', 'hook = "erp"'), " [node hook] hook", "no hook 'erp'"),
    "an unknown outcome": (_instead('"turned_away"', '"answered"'), " [node end] outcome", "is not one of"),
    "a node that is no table": (
        _instead("[node.welcome]", "[node]\ntea = 1\n[node.welcome]"),
        " [node tea]",
        "not a table",
    ),
    "a loop of its own": (
        lambda text: _instead('full = "end"', 'full = "round"')(text) + LOOP,
        " [node round]",
        "goes round by itself: round → and_round → round",
    ),
    "a queue that leads back into itself": (
        _instead('too_long = "end"', 'too_long = "queue"'),
        " [node queue]",
        "goes round by itself",
    ),
    "a way of too many minutes": (
        lambda text: _instead('2 = "ask"', '2 = "ask", 3 = "slow"')(text) + SLOW,
        " [node welcome]",
        "welcome → menu → slow → slow_too",
    ),
    "too many minutes after a queue": (
        lambda text: _instead('full = "end"', 'full = "slow"')(text) + SLOW,
        " [node slow]",
        "slow → slow_too",
    ),
    "a node that talks for too long": (
        lambda text: _instead('full = "end"', 'full = "talk"')(text) + LONG_WINDED,
        " [node talk] prompts",
        "at once",
    ),
    "a notice where nobody records": (
        _instead('["welcome"]', '["welcome", "recording_notice"]'),
        " [node welcome] prompts",
        "recording is off",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_fault_is_told_alone_with_where_it_is_and_how_to_mend_it(name: str, catalogue: Catalogue) -> None:
    edit, where, what = BROKEN[name]
    faults = _faults(edit(GOOD), catalogue)
    assert [fault.where for fault in faults] == [WHERE + where], "\n".join(map(str, faults))
    assert what in faults[0].what
    assert faults[0].mend


def test_a_menu_from_which_nothing_leads_out_is_refused(catalogue: Catalogue) -> None:
    faults = _faults(_instead('2 = "ask"', '2 = "ask", 3 = "trap"')(GOOD) + TRAP, catalogue)
    assert (f"{WHERE} [node trap]", "the menu has no way out") in [(fault.where, fault.what) for fault in faults]


def test_all_faults_of_a_file_are_told_at_once(catalogue: Catalogue) -> None:
    together = [
        "an unknown key",
        "an empty name",
        "another number shown",
        "another language",
        "recording as a text",
        "bad hours",
        "a missing prompt",
        "a choice that is no key",
        "an answer without a name",
        "a timeout out of bounds",
        "tries as true",
        "an unknown hook",
        "an unknown number",
        "a dangling target",
        "a loop of its own",
        "an unreachable node",
    ]
    text, expected = GOOD, {f"{WHERE} [node slow]", f"{WHERE} [node trap]"}
    for name in together:
        edit, where, _ = BROKEN[name]
        text = edit(text)
        expected.add(WHERE + where)
    text = _instead('no_adviser = "end"', 'no_adviser = "slow"')(text) + SLOW
    text = _instead('failed = "callback"', 'failed = "trap"')(text) + TRAP
    text = text.replace('booked = "end"', 'booked = "callback"')
    assert {fault.where for fault in _faults(text, catalogue)} == expected


def test_the_limit_of_minutes_is_the_operators(catalogue: Catalogue) -> None:
    text = _instead('2 = "ask"', '2 = "ask", 3 = "slow"')(GOOD) + SLOW
    assert isinstance(read_line(text, WHERE, catalogue, KNOWN, minutes_max=7), LineFlow)
    assert _faults(GOOD, catalogue, minutes_max=0.5)


def test_measured_prompts_count_instead_of_estimates(catalogue: Catalogue) -> None:
    (fault,) = _faults(GOOD, catalogue, durations={"choose.main": 50.0})
    assert "welcome → menu" in fault.what


def test_a_recorded_line_tells_everybody_before_a_person_and_lets_nobody_skip_it(catalogue: Catalogue) -> None:
    recorded = _instead("recording = false", "recording = true")(GOOD)
    untold = _faults(recorded, catalogue)
    assert {fault.where for fault in untold} == {f"{WHERE} [node {name}]" for name in ("queue", "desk", "callback")}
    told = _instead('["welcome"]', '["welcome", "recording_notice"]')(recorded)
    line = read_line(told, WHERE, catalogue, KNOWN)
    assert isinstance(line, LineFlow)
    assert line.recording
    skipped = _faults(_instead('next = "menu"', 'next = "menu"\nbarge_in = true')(told), catalogue)
    assert f"{WHERE} [node welcome] prompts" in {fault.where for fault in skipped}


def test_loops_that_callers_make_themselves_are_theirs(catalogue: Catalogue) -> None:
    text = _instead('2 = "ask"', '2 = "ask", 3 = "welcome", 4 = "menu"')(GOOD)
    assert isinstance(read_line(text, WHERE, catalogue, KNOWN), LineFlow)


def _tangle(size: int) -> str:
    """Menus that all lead to one another."""
    menus = [f"m{number}" for number in range(size)]
    keys = ", ".join(f'{number} = "{name}"' for number, name in enumerate(menus))
    return _instead('2 = "ask"', '2 = "ask", 3 = "m0"')(GOOD) + "".join(
        f'[node.{name}]\nkind = "menu"\nprompts = ["digit.1"]\nchoices = {{ {keys} }}\notherwise = "queue"\n'
        "timeout_s = 2\ntries_max = 1\n"
        for name in menus
    )


def test_a_flow_too_entangled_to_be_checked_is_refused_and_not_gone_through_for_ever(catalogue: Catalogue) -> None:
    (fault,) = _faults(_tangle(10), catalogue)
    assert "too many ways" in fault.what


def test_menus_that_all_lead_to_one_another_are_no_fault_by_themselves(catalogue: Catalogue) -> None:
    assert isinstance(read_line(_tangle(6), WHERE, catalogue, KNOWN), LineFlow)
