"""What an operator may get wrong in the configuration, and what they are told: where, what, and how to mend it."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

import pytest

from dialer.configuration.load import Configuration, read_configuration
from dialer.configuration.report import fault_lines, summary
from schedules.faults import Fault

DAY = date(2026, 11, 23)


def told(folder: Path, demo: bool = False, **environ: str) -> list[str]:
    """The faults as `dialer check` shows them."""
    read = read_configuration(folder, demo, on=DAY, environ=environ)
    return fault_lines(read) if isinstance(read, list) else []


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{name} has no {old!r} to replace"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def add(folder: Path, name: str, text: str) -> None:
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")


RECORDED = (
    *("callback", "callback_dropout", "callback_main", "callback_parcoursup"),
    *("queue_dropout", "queue_main", "queue_parcoursup"),
)
"""The nodes of the main line at which a person or a promise may be reached."""
MAIN_NAME = 'name = "Ligne principale"'

# file, what is replaced, by what, and every fault that is told then
EDITS = [
    # queues.toml
    (
        "queues.toml", MAIN_NAME, "name = Ligne principale",
        ["config/queues.toml line 4: is not TOML: Invalid value, column 8 — correct it there: text between quotes, one "
         "key = value on each line"],
    ),
    (
        "queues.toml", MAIN_NAME, "",
        ['config/queues.toml [main] name: is missing — write name = "Ligne principale"'],
    ),
    (
        "queues.toml", MAIN_NAME, 'name = "Ligne\\nprincipale"',
        ['config/queues.toml [main] name: "Ligne\\nprincipale" is not a name for people — write one to 80 letters on '
         "one line"],
    ),
    (
        "queues.toml", "wrap_up_max_s = 120.0", "wrap_up_maxs = 120.0",
        ["config/queues.toml [main] wrap_up_maxs: is not a key here — use name, music, ring_max_s, overflow_after_s, "
         "wrap_up_max_s, wrap_up_then_ready, contact_required, size_max, wait_max_s, announce_first_s, "
         "announce_every_s, misses_max, answered_within_s, callback_share, callback_handling_s"],
    ),
    (
        "queues.toml", "wrap_up_max_s = 120.0", "wrap_up_max_s = -1",
        ["config/queues.toml [main] wrap_up_max_s: -1 is out of bounds — write a number from 0 to 3600"],
    ),
    (
        "queues.toml", "wrap_up_max_s = 120.0", "wrap_up_max_s = nan",
        ["config/queues.toml [main] wrap_up_max_s: nan is not a number — write wrap_up_max_s = 120.0"],
    ),
    (
        "queues.toml", "wrap_up_max_s = 120.0", 'wrap_up_max_s = "120"',
        ['config/queues.toml [main] wrap_up_max_s: "120" is not a number — write wrap_up_max_s = 120.0'],
    ),
    (
        "queues.toml", "wrap_up_max_s = 120.0", "wrap_up_max_s = true",
        ["config/queues.toml [main] wrap_up_max_s: true is not a number — write wrap_up_max_s = 120.0"],
    ),
    (
        "queues.toml", "size_max = 50", "size_max = 50.5",
        ["config/queues.toml [main] size_max: 50.5 is not a whole number — write size_max = 50"],
    ),
    (
        "queues.toml", "size_max = 50", f"size_max = {'9' * 5000}",
        ["config/queues.toml: is not TOML: Exceeds the limit (4300 digits) for integer string conversion: value has "
         "5000 digits; use sys.set_int_max_str_digits() to increase the limit — correct it there: text between quotes, "
         "one key = value on each line"],
    ),
    (
        "queues.toml", "size_max = 50", "wrap_up_then_ready = 1",
        ["config/queues.toml [main] wrap_up_then_ready: 1 is not true or false — write wrap_up_then_ready = false"],
    ),
    (
        "queues.toml", "size_max = 50", 'music = "rock"',
        ['config/queues.toml [main] music: there is no music "rock" — use default'],
    ),
    (
        "queues.toml", "[20.0] # after", "[20, 20] # after",
        ["config/queues.toml [main] overflow_after_s: [20.0, 20.0] does not go upwards — write the waits after which "
         "level 2, 3, … open, in order"],
    ),
    (
        "queues.toml", "[20.0] # after", "[20, -1] # after",
        ["config/queues.toml [main] overflow_after_s 2: -1 is out of bounds — write a number from 0 to 3600"],
    ),
    (
        "queues.toml", "[20.0] # after", "20 # after",
        ["config/queues.toml [main] overflow_after_s: 20 is not a list — write overflow_after_s = [20.0]"],
    ),
    (
        "queues.toml", "[20.0] # after", f"{[10 * step for step in range(9)]} # after",
        ["config/queues.toml [main] overflow_after_s: has more than 8 of them — take some out"],
    ),
    (
        "queues.toml", "[20.0] # after", "[20, 1800] # after",
        ["config/queues.toml [main] overflow_after_s: level 3 would open when the wait is over — write less than "
         "wait_max_s = 1800"],
    ),
    (
        "queues.toml", "[main]", "main = 1\n[other]",
        ["config/queues.toml [main]: 1 is not a table — write [main], and its keys below",
         "config/queues.toml [other]: nobody can answer this queue — give an adviser this skill in advisers.toml, as "
         "skills = { other = 1 }, or take the queue out"],
    ),
    (
        "queues.toml", "[main]", '["Été"]\nname = "Été"\n[main]',
        ['config/queues.toml [Été]: "Été" cannot name a queue — use small letters, figures and _'],
    ),
    # advisers.toml
    (
        "advisers.toml", "[adv05]", "[adv-05]",
        ['config/advisers.toml [adv-05]: "adv-05" cannot be the SIP user of a phone — use 2 to 16 small letters and '
         "figures, a letter first, as adv01", *(
             f"config/roster.csv line {line}: 'adv05' is not an adviser — use an id of advisers.toml, or add it there"
             for line, text in enumerate((Path(__file__).parents[2] / "config/roster.csv").read_text().split("\n"), 1)
             if text.startswith("adv05"))],
    ),
    (
        "advisers.toml", "dropout = 1, main = 2", "dropot = 1, main = 2",
        ['config/advisers.toml [adv05] skills.dropot: there is no queue "dropot" — use dropout, main, parcoursup, or '
         "add it to queues.toml"],
    ),
    (
        "advisers.toml", "dropout = 1, main = 2", "dropout = 1, main = 3",
        ["config/advisers.toml [adv05] skills.main: level 3 never opens: the queue has 2 — write a smaller level, or "
         "more times in overflow_after_s of queues.toml [main]"],
    ),
    (
        "advisers.toml", "dropout = 1, main = 2", "dropout = 0, main = 2",
        ["config/advisers.toml [adv05] skills.dropout: 0 is out of bounds — write a number from 1, the best, to 9"],
    ),
    (
        "advisers.toml", "{ dropout = 1, main = 2 }", '"dropout"',
        ['config/advisers.toml [adv05] skills: "dropout" is not a table — write skills = { main = 1, dropout = 2 }'],
    ),
    (
        "advisers.toml", 'name = "Lan Nguyen"', 'name = 5\npassword = "x"',
        ['config/advisers.toml [adv05] name: 5 is not text between quotes — write name = "Inès Belkacem"',
         "config/advisers.toml [adv05] password: is not a key here — use name, skills"],
    ),
    # dialer.toml
    (
        "dialer.toml", '"development"', '"prod"',
        ['config/dialer.toml mode: "prod" is not one of "development", "demo" or "production" — write mode = '
         '"development"'],
    ),
    (
        "dialer.toml", '"development"', '"production"',
        ["config/dialer.toml [trunk]: is missing, and no call could come in or go out — write [trunk], and below it "
         'host = "sip.example.net"'],
    ),
    (
        "dialer.toml", "answer_max_s", "answer_max",
        ["config/dialer.toml [limits] answer_max: is not a key here — use answer_max_s, help_max_s"],
    ),
    (
        "dialer.toml", "[limits]", "[limit]",
        ["config/dialer.toml limit: is not a key here — use mode, limits, recording, trunk, numbers, hooks, callbacks, "
         "calling, webhooks, messages, cases, retention, digest, softphone, web, rappel, oidc"],
    ),
    # roster.csv
    (
        "roster.csv", "adv01,2026-11-16,12:15", "adv99,2026-11-16,25:00",
        ["config/roster.csv line 2: 'adv99' is not an adviser — use an id of advisers.toml, or add it there",
         "config/roster.csv line 2: start '25:00' is not a time — write 09:30, up to 24:00"],
    ),
    # lines and prompts
    (
        "lines/main.toml", 'id = "main"', 'id = "principale"',
        [*(f"config/lines/main.toml [node {node}] prompts: there is no prompt '{prompt}' — write its text in the "
           f"catalogue as {prompt}" for node, prompt in (("menu", "choose"), ("welcome", "welcome"))),
         'config/lines/main.toml id: "principale" is not the name of the file — write id = "main", or rename the file '
         "principale.toml"],
    ),
    (
        "lines/main.toml", "recording = false", "recording = true",
        [*(f"config/lines/main.toml [node {node}]: a recorded line, and a caller comes here without having been "
           'told — say "recording_notice" in a say node before it' for node in RECORDED),
         "config/lines/main.toml recording: recording is not allowed in this installation — write recording = false, "
         "or allowed = true in dialer.toml [recording]"],
    ),
    (
        "lines/main.toml", 'number = "0177771225"\nshown = "01 77 77 12 25"',
        'number = "0800122500"\nshown = "0 800 12 25 00"',
        ['config/lines/main.toml number: "0800122500" is the number of config/lines/dropout.toml too — give each line '
         "its own"],
    ),
    (
        "lines/main.toml", 'number = "0177771225"\nshown = "01 77 77 12 25"',
        'number = "0000000000"\nshown = "00 00 00 00 00"',
        ['config/lines/main.toml number: "0000000000" is not a French number — write the published number, ten '
         "figures"],
    ),
    (
        "lines/main.toml", 'queue = "main"', 'queue = "mian"',
        ["config/lines/main.toml [node queue_main] queue: there is no queue 'mian' — use dropout, main, parcoursup"],
    ),
    (
        "lines/main.toml", 'prompts = ["choose"]', 'prompts = ["choos"]',
        ["config/lines/main.toml [node menu] prompts: there is no prompt 'choos' — write its text in the catalogue "
         "as choos"],
    ),
    (
        "prompts/fr.toml", "Vous êtes disponible.", "Vous êtes disponible",
        ["config/prompts/fr.toml phone.ready: is not a whole sentence: 'Vous êtes disponible' — end it with a full "
         "stop"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "faults"), EDITS, ids=[f"{e[0]}: {e[2][:40]}" for e in EDITS])
def test_a_mistake_is_told_with_its_place_and_its_mend_and_nothing_else_is(
    folder: Path, name: str, old: str, new: str, faults: list[str]
) -> None:
    edit(folder, name, old, new)
    lines = told(folder)
    assert lines == faults


# [trunk], [numbers] and [hooks] added to dialer.toml, and every fault that is told then
ADDITIONS = [
    ('[trunk]\nport = 5060', ['[trunk] host: is missing — write host = "sip.example.net"']),
    (
        '[trunk]\nhost = "sip:example.net"',
        ['[trunk] host: "sip:example.net" is not a host — write a name or an IP address, without port or sip:'],
    ),
    ('[trunk]\nhost = "a"\nport = 0', ["[trunk] port: 0 is out of bounds — write a number from 1 to 65535"]),
    (
        '[trunk]\nhost = "a"\ntransport = "ws"',
        ['[trunk] transport: "ws" is not one of "udp", "tcp" or "tls" — write transport = "udp"'],
    ),
    (
        '[trunk]\nhost = "a"\ncalls_from = ["192.0.2.10", "192.0.2.1/24"]',
        ['[trunk] calls_from 2: "192.0.2.1/24" is not an IP address or network — write an address as 192.0.2.10, or a '
         "network as 192.0.2.0/24 with nothing after its first bits"],
    ),
    (
        '[trunk]\nhost = "a"\ncodecs = ["opus"]',
        ['[trunk] codecs 1: "opus" is not one of "alaw" or "ulaw" — write codecs = ["alaw"]'],
    ),
    (
        '[trunk]\nhost = "a"\nregister = true',
        ["[trunk] register: a registration needs a user and a password — write username and password_env, or register "
         "= false for a provider that knows us by our address"],
    ),
    (
        '[trunk]\nhost = "a"\nusername = "x"',
        ["[trunk] password_env: is missing beside the other — write both, or neither"],
    ),
    (
        '[trunk]\nhost = "a"\nencrypt_media = true\ncertificates = "/"',
        ['[trunk] certificates: there is no file "/" — put the authority\'s certificate there'],
    ),
    (
        '[trunk]\nhost = "a"\nencrypt_media = true',
        ['[trunk] encrypt_media: the keys would travel in clear — write transport = "tls", or encrypt_media = false'],
    ),
    (
        '[trunk]\nhost = "a"\n[trunk.nat]\nexternal = "b"',
        ['[trunk] nat.external_address: is missing — write external_address = "198.51.100.7"',
         "[trunk] nat.external: is not a key here — use external_address, local_networks"],
    ),
    (
        '[trunk]\nhost = "a"\nusername = "x"\npassword_env = "ABSENT"',
        ["[trunk] password_env: the environment has no ABSENT — set ABSENT where the service starts"],
    ),
    (
        '[trunk]\nhost = "a"\nusername = "x"\npassword_env = "BROKEN"',
        ["[trunk] password_env: BROKEN holds a blank, a semicolon or a sign beyond ASCII — set it again, without "
         "blanks or line breaks around it"],
    ),
    (
        '[numbers]\na = "0199"\nb = "+14155550100"\nC = "0199000001"\nd = "0890120120"\ne = 5',
        ['[numbers] C: "C" cannot name a number — use small letters, figures and _',
         '[numbers] a: "0199" is not a telephone number — write a French number of ten figures, as "01 99 00 00 01"',
         '[numbers] b: "+14155550100" is not in France or overseas France — write a French number of ten figures, as '
         '"01 99 00 00 01"',
         '[numbers] d: "+33890120120" is in 08, which may cost us whatever its owner asks for — write the ordinary '
         "number behind it",
         '[numbers] e: 5 is not a telephone number — write a French number of ten figures, as "01 99 00 00 01"'],
    ),
    (
        '[hooks.a]\nurl = "http://example.net"\n[hooks.b]\nurl = "https://u:p@example.net"\n[hooks.c]\ntimeout_s = 60',
        ['[hooks.a] url: "http://example.net" is not https, and what a caller asked would travel in clear — write '
         "https://host/path",
         "[hooks.b] url: has a user or a password in it — take it out, and name the secret's variable in secret_env",
         '[hooks.c] url: is missing — write url = "https://example.net/hook"',
         "[hooks.c] timeout_s: 60 is out of bounds — write a number from 0.1 to 5"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "faults"), ADDITIONS, ids=[text.replace("\n", " ") for text, _ in ADDITIONS])
def test_what_is_wrong_with_trunk_numbers_and_hooks_is_told(folder: Path, text: str, faults: list[str]) -> None:
    add(folder, "dialer.toml", text)
    lines = told(folder, BROKEN="two words")
    assert sorted(lines) == sorted(f"config/dialer.toml {fault}" for fault in faults)


def test_a_secret_written_into_a_file_is_not_shown_again(folder: Path) -> None:
    add(folder, "dialer.toml", '[trunk]\nhost = "a"\nusername = "u"\npassword = "hunter2"\npassword_env = "hunter2;"')
    lines = told(folder)
    assert lines == [
        "config/dialer.toml [trunk] password: is not a key here — take it out, put it into an environment variable and "
        "write its name: password_env",
        "config/dialer.toml [trunk] password_env: is not the name of an environment variable — write a name in "
        "capitals, as TRUNK_PASSWORD",
    ]


def test_faults_of_several_files_are_told_together(folder: Path) -> None:
    edit(folder, "queues.toml", "size_max = 50", "size_max = 0")
    edit(folder, "advisers.toml", "main = 1,", "maine = 1,")
    edit(folder, "dialer.toml", "[limits]", "[numbers]\nx = 1\n[limits]")
    edit(folder, "lines/dropout.toml", "recording = false", "")
    edit(folder, "lines/main.toml", 'queue = "dropout"', 'queue = "drop"')
    edit(folder, "prompts/fr.toml", "Vous êtes en pause.", "")
    edit(folder, "roster.csv", "phone", "fone")
    read = read_configuration(folder, demo=False, on=DAY, environ={})
    assert isinstance(read, list)
    assert [line.partition(": ")[0] for line in fault_lines(read)] == [
        "config/advisers.toml [adv01] skills.maine",
        "config/dialer.toml [numbers] x",
        "config/lines/dropout.toml recording",
        "config/lines/main.toml [node queue_dropout] queue",
        "config/prompts/fr.toml phone.paused",
        "config/queues.toml [main] size_max",
        "config/roster.csv line 2",
    ]
    assert summary(read) == "7 faults"


@pytest.mark.parametrize("name", ["dialer.toml", "queues.toml", "advisers.toml", "prompts/fr.toml", "lines/main.toml"])
def test_a_file_that_cannot_be_parsed_makes_no_other_file_seem_at_fault(folder: Path, name: str) -> None:
    add(folder, "dialer.toml", '[numbers]\na = "0199000001"')
    edit(
        folder,
        "lines/main.toml",
        "[node.help]",
        '[node.out]\nkind = "transfer"\ntarget = "a"\nfailed = "full"\n[node.help]',
    )
    edit(folder, "lines/main.toml", '2 = "search_parcoursup"', '2 = "search_parcoursup", 5 = "out"')
    assert told(folder) == []
    add(folder, name, "= 1")
    lines = told(folder)
    assert len(lines) == 1
    assert lines[0].startswith(f"config/{name} line ")
    assert ": is not TOML: Invalid statement, column 1 — " in lines[0]


def test_a_prompt_that_is_at_fault_itself_is_not_told_as_missing_and_one_that_is_missing_is(folder: Path) -> None:
    edit(folder, "prompts/fr.toml", "[adviser]\nsearch = ", "[adviser]\nsearche = ")
    edit(folder, "prompts/fr.toml", "Vous êtes disponible.", "5")
    places = [line.partition(": ")[0] for line in told(folder)]
    assert "config/prompts/fr.toml phone.ready" in places
    assert "config/lines/main.toml [node search_main] prompts" in places
    assert not [place for place in places if "welcome" in place]


@pytest.mark.parametrize(
    "name", ["dialer.toml", "queues.toml", "advisers.toml", "roster.csv", "prompts/fr.toml", "lines/main.toml"]
)
class TestAFileThatCannotBeRead:
    def test_is_refused_when_it_is_a_folder(self, folder: Path, name: str) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()
        assert told(folder) == [f"config/{name}: is a folder — put a file of this name there"]

    def test_is_refused_when_it_is_a_pipe_and_not_waited_for(self, folder: Path, name: str) -> None:
        (folder / name).unlink()
        os.mkfifo(folder / name)
        assert told(folder) == [f"config/{name}: is not a file — put a file of this name there"]

    def test_is_refused_when_it_is_a_link_to_itself(self, folder: Path, name: str) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to(folder.absolute() / name)
        (line,) = told(folder)
        assert line.startswith(f"config/{name}: cannot be read (Too many levels of symbolic links)")

    def test_is_refused_with_its_line_when_it_is_not_utf8(self, folder: Path, name: str) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(b"\n" + content.replace(b"\n", b" # \xe9t\xe9\n", 1))
        assert told(folder) == [f"config/{name} line 2: is not UTF-8 — save the file with the encoding UTF-8"]

    def test_is_welcome_with_a_byte_order_mark(self, folder: Path, name: str) -> None:
        (folder / name).write_bytes(b"\xef\xbb\xbf" + (folder / name).read_bytes())
        assert told(folder) == []


@pytest.mark.parametrize("name", ["dialer.toml", "queues.toml", "advisers.toml", "roster.csv", "prompts/fr.toml"])
def test_a_missing_file_is_told_by_its_name(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert told(folder) == [f"config/{name}: is missing — write it, or see that DIALER_CONFIG names the right folder"]


def test_missing_lines_are_told(folder: Path) -> None:
    for path in (folder / "lines").iterdir():
        path.unlink()
    assert told(folder) == ["config/lines: there are no lines — write one file for each, as lines/main.toml"]
    (folder / "lines").rmdir()
    assert told(folder) == [
        "config/lines: the folder is missing — create it, or see that DIALER_CONFIG names the right folder"
    ]


def test_a_missing_folder_is_told_and_so_is_a_file_in_its_place(folder: Path) -> None:
    mend = "create it, or see that DIALER_CONFIG names the right folder"
    assert read_configuration(Path("none"), demo=True) == [Fault("none", "the folder is missing", mend)]
    assert read_configuration(folder / "queues.toml", demo=True) == [
        Fault("config/queues.toml", "is not a folder", mend)
    ]


def test_empty_files_say_what_to_begin_with(folder: Path) -> None:
    (folder / "queues.toml").write_text("")
    (folder / "advisers.toml").write_text("# nobody\n")
    lines = [line for line in told(folder) if not {"lines", "roster", "danger"} & set(re.split(r"\W", line))]
    assert lines == [
        'config/advisers.toml: there are no advisers — write [adv01], and below it name = "Inès Belkacem" and skills = '
        "{ main = 1 }",
        'config/queues.toml: there are no queues — write [main], and below it name = "Ligne principale"',
    ]


def test_tables_nested_beyond_reason_are_refused(folder: Path) -> None:
    (folder / "queues.toml").write_text(f"a = {'[' * 100_000}")
    assert [line.partition(" — ")[0] for line in told(folder)] == ["config/queues.toml: is not TOML: nested too deeply"]


def test_production_is_no_demonstration(folder: Path) -> None:
    edit(folder, "dialer.toml", '"development"', '"production"')
    add(folder, "dialer.toml", '[trunk]\nhost = "sip.example.net"')
    assert told(folder) == []
    assert told(folder, demo=True) == [
        'config/dialer.toml mode: "production" is no demonstration — run without --demo, or write mode = "development"'
    ]


def test_lines_of_a_report_are_in_the_order_of_their_numbers_and_each_is_told_once() -> None:
    faults = [Fault(f"b.csv line {line}", "x", "y") for line in (10, 9, 9, 100)] + [Fault("a.toml [q2]", "x", "y")]
    assert fault_lines(faults) == [
        "a.toml [q2]: x — y", "b.csv line 9: x — y", "b.csv line 10: x — y", "b.csv line 100: x — y",
    ]  # fmt: skip
    assert [summary(faults[:count]) for count in (0, 1, 2)] == ["no fault", "1 fault", "2 faults"]


def test_what_was_refused_is_taken_once_mended(folder: Path) -> None:
    edit(folder, "queues.toml", "size_max = 50", "size_max = 0")
    assert told(folder)
    edit(folder, "queues.toml", "size_max = 0", "size_max = 51")
    assert isinstance(read_configuration(folder, demo=False), Configuration)
