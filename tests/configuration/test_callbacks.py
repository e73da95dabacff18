"""What an operator may say of callbacks, what holds where nothing is said, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import SecretStr

from dialer.configuration.callbacks import CallbacksTable
from dialer.configuration.calling import CallingTable
from dialer.configuration.load import Configuration, read_configuration
from dialer.configuration.messages import MessagesTable
from dialer.configuration.queues import QueueTable
from dialer.configuration.report import fault_lines
from dialer.configuration.tables import Table
from dialer.configuration.web import RappelTable, WebSettings, WebTable
from dialer.configuration.webhook import Outgoing, WebhooksTable
from dialer.core.callbacks.compliance import CallingRules, Limit, Mode, lawful_caller_id
from dialer.core.callbacks.ladder import Ladder
from dialer.core.callbacks.rules import CallbackRules, SlotRules
from dialer.core.places.territory import Territory
from dialer.core.rules import QueueRules
from dialer.core.words import LineId, QueueId
from schedules.calendar import HolidaySet
from schedules.hours import Span

DAY = date(2026, 11, 23)
MAIN, DROPOUT, PARCOURSUP = LineId("main"), LineId("dropout"), LineId("parcoursup")
OURS = {"+33177771225", "+33800122500", "+33800400070"}
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"


def read(folder: Path, demo: bool = False, **environ: str) -> Configuration:
    configuration = read_configuration(folder, demo, on=DAY, environ=environ)
    assert isinstance(configuration, Configuration), configuration
    return configuration


def told(folder: Path, demo: bool = False, **environ: str) -> list[str]:
    """The faults as `dialer check` shows them, without the name of the folder."""
    found = read_configuration(folder, demo, on=DAY, environ=environ)
    assert isinstance(found, list), "nothing was refused"
    return [line.removeprefix("config/") for line in fault_lines(found)]


def say(folder: Path, text: str) -> None:
    """In dialer.toml, in place of all that it says of callbacks."""
    path = folder / "dialer.toml"
    before, mark, _ = path.read_text(encoding="utf-8").partition("# Callbacks:")
    assert mark
    path.write_text(f"{before}{mark}\n{text}\n", encoding="utf-8")


def head(folder: Path, line: LineId, text: str) -> None:
    """Keys above the others of a line's file."""
    path = folder / "lines" / f"{line}.toml"
    path.write_text(f"{text}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")


def of_queue(folder: Path, queue: str, text: str) -> None:
    path = folder / "queues.toml"
    content = re.sub(r"^callback_.*\n", "", path.read_text(encoding="utf-8"), flags=re.M)
    path.write_text(content.replace(f"[{queue}]\n", f"[{queue}]\n{text}\n"), encoding="utf-8")


def test_what_is_not_said_is_as_the_rules_have_it(folder: Path) -> None:
    say(folder, "")
    rules = read(folder).rules
    assert rules.callbacks == CallbackRules()
    assert rules.slots == SlotRules()
    assert rules.calling == CallingRules(own=rules.calling.own)
    assert rules.calling.own == OURS


def test_what_is_shipped_says_what_holds_anyway(folder: Path) -> None:
    shipped = read(folder)
    say(folder, "")
    of_queue(folder, "main", "")
    silent = read(folder)
    for name in ("callbacks", "slots", "calling", "queues"):
        assert getattr(shipped.rules, name) == getattr(silent.rules, name), name
    assert (shipped.web, shipped.webhook) == (silent.web, silent.webhook) == (WebSettings(), None)


EVERYTHING = """
[callbacks]
mode = "timed_preview"
card_max_s = 20
ready_max_s = 200
preview_s = 10
ring_max_s = 25
margin_s = 5
telling_max_s = 20
brief_s = 2
settle_max_s = 600
blocked_s = 30
machine_message = false
detect_machines = true
attempts_max = 3
attempts_days_max = 7
slot_length_s = 3600
notice_s = 900
days_max = 5
spoken_max = 3

[calling]
declined_days = 90
cap_attempts_max = 5
cap_days = 20
number_day_max = 2
hour_max = 100
at_once_max = 10
saint_martin_abolition = "05-27"

[calling.hours]
mon-thu = "10:00-12:00, 14:00-18:00"
fri = "10:00-12:00"
"""


def test_everything_that_is_said_holds(folder: Path) -> None:
    say(folder, EVERYTHING)
    rules = read(folder).rules
    assert rules.callbacks == CallbackRules(
        mode=Mode.TIMED_PREVIEW,
        card_max_s=20.0,
        ready_max_s=200.0,
        preview_s=10.0,
        ring_max_s=25.0,
        margin_s=5.0,
        telling_max_s=20.0,
        brief_s=2.0,
        settle_max_s=600.0,
        blocked_s=30.0,
        message=(),
        detect_machines=True,
        ladder=Ladder(attempts_max=3, days_max=7),
    )
    assert rules.slots == SlotRules(length_s=3600.0, notice_s=900.0, days_max=5, spoken_max=3)
    calling = rules.calling
    assert (calling.declined_days, calling.number_day_max, calling.hour_max, calling.at_once_max) == (90, 2, 100, 10)
    assert calling.cap == Limit(5, 20, CallingRules().cap.uncounted)
    assert calling.holidays[Territory.SAINT_MARTIN] == HolidaySet(abolition=(5, 27))
    assert calling.holidays[Territory.GUADELOUPE] == CallingRules().holidays[Territory.GUADELOUPE]
    long, short = (Span(600, 720), Span(840, 1080)), (Span(600, 720),)
    assert calling.hours.week == (long, long, long, long, short, (), ())


def test_the_attempts_are_one_setting_for_the_ladder_and_for_the_gate(folder: Path) -> None:
    say(folder, "[callbacks]\nattempts_max = 2\nattempts_days_max = 6")
    rules = read(folder).rules
    assert (rules.callbacks.ladder.attempts_max, rules.callbacks.ladder.days_max) == (2, 6)
    assert rules.calling.ladder == Limit(2, 6, CallingRules().ladder.uncounted)


def test_a_queue_says_whom_it_reserves_and_how_long_a_callback_takes(folder: Path) -> None:
    of_queue(folder, "dropout", "callback_share = 0.5\ncallback_handling_s = 600")
    queues = read(folder).rules.queues
    assert (queues[QueueId("dropout")].callback_share, queues[QueueId("dropout")].callback_handling_s) == (0.5, 600.0)
    fresh = QueueRules(QueueId("x"), "x")
    assert queues[QueueId("main")].callback_share == fresh.callback_share
    assert queues[QueueId("main")].callback_handling_s == fresh.callback_handling_s


class TestALine:
    def test_is_called_back_for_by_the_queue_of_its_name_under_its_own_number(self, folder: Path) -> None:
        lines = read(folder).rules.lines
        assert {line: rules.callback_queue for line, rules in lines.items()} == {
            "main": "main", "dropout": "dropout", "parcoursup": "parcoursup",
        }  # fmt: skip
        assert {rules.caller_id for rules in lines.values()} == {None}

    def test_may_name_another_queue_and_another_number(self, folder: Path) -> None:
        head(folder, PARCOURSUP, 'callback_queue = "main"\ncaller_id = "01 99 00 00 01"')
        line = read(folder).rules.lines[PARCOURSUP]
        assert (line.callback_queue, line.caller_id) == ("main", "+33199000001")

    def test_may_take_no_requests_by_an_empty_name_or_by_a_queue_that_reserves_nobody(self, folder: Path) -> None:
        head(folder, PARCOURSUP, 'callback_queue = ""')
        of_queue(folder, "main", "callback_share = 0")
        for path in (folder / "lines").iterdir():
            offered = 'kind = "callback"\nqueue = "main"'
            path.write_text(path.read_text(encoding="utf-8").replace(offered, 'kind = "callback"\nqueue = "dropout"'))
        lines = read(folder).rules.lines
        assert lines[PARCOURSUP].callback_queue is None
        assert lines[MAIN].callback_queue is None
        assert lines[DROPOUT].callback_queue == "dropout"

    def test_that_takes_no_requests_may_have_any_number_in_any_mode(self, folder: Path) -> None:
        say(folder, '[callbacks]\nmode = "progressive"')
        head(folder, MAIN, 'callback_queue = ""')
        assert read(folder).rules.lines[MAIN].callback_queue is None

    def test_in_080_may_be_dialled_for_progressively_and_an_ordinary_one_under_a_verified_number(
        self, folder: Path
    ) -> None:
        say(folder, '[callbacks]\nmode = "progressive"')
        head(folder, MAIN, 'caller_id = "09 48 00 00 01"')
        rules = read(folder).rules
        for line in rules.lines.values():
            assert lawful_caller_id(line.caller_id or line.number, rules.callbacks.mode, rules.calling)


# the head of lines/main.toml, the mode, and every fault that is told then
LINES = [
    (
        'callback_queue = "mian"', "preview",
        'callback_queue: there is no queue "mian" — use dropout, main, parcoursup, or add it to queues.toml',
    ),
    (
        "callback_queue = 5", "preview",
        'callback_queue: 5 is not text between quotes — write callback_queue = "main"',
    ),
    (
        'caller_id = "0199"', "preview",
        'caller_id: "0199" is not a French telephone number — write a French number of ours, as "01 99 00 00 01"',
    ),
    (
        'caller_id = "+14155550100"', "preview",
        'caller_id: "+14155550100" is not a French telephone number — write a French number of ours, as '
        '"01 99 00 00 01"',
    ),
    (
        'caller_id = "06 12 34 56 78"', "preview",
        'caller_id: "06 12 34 56 78" may not be shown: it is a mobile, overseas, or in 08 and not 080 — write one in '
        "080 or of a verified range, as 01 62, 02 70 or 09 48, or 01 to 05",
    ),
    (
        'caller_id = "08 90 12 01 20"', "timed_preview",
        'caller_id: "0 890 12 01 20" may not be shown: it is a mobile, overseas, or in 08 and not 080 — write one in '
        "080 or of a verified range, as 01 62, 02 70 or 09 48, or 01 to 05",
    ),
    (
        'caller_id = "01 99 00 00 01"', "progressive",
        'caller_id: "01 99 00 00 01" may not be shown on calls that are dialled by mode "progressive" — write one in '
        '080 or of a verified range, as 01 62, 02 70 or 09 48; or mode = "preview" in dialer.toml [callbacks]',
    ),
    (
        "", "progressive",
        'caller_id: the line\'s own number "01 77 77 12 25" may not be shown on calls that are dialled by mode '
        '"progressive" — write one in 080 or of a verified range, as 01 62, 02 70 or 09 48; or mode = "preview" in '
        "dialer.toml [callbacks]",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "mode", "fault"), LINES, ids=[f"{mode} {text}" for text, mode, _ in LINES])
def test_what_is_wrong_with_how_a_line_calls_back_is_told(folder: Path, text: str, mode: str, fault: str) -> None:
    say(folder, f'[callbacks]\nmode = "{mode}"')
    head(folder, MAIN, text)
    assert told(folder) == [f"lines/main.toml {fault}"]


def test_neither_a_line_nor_its_flow_may_promise_by_a_queue_that_reserves_nobody(folder: Path) -> None:
    head(folder, MAIN, 'callback_queue = "main"')
    of_queue(folder, "main", "callback_share = 0")
    faults = [line for line in told(folder) if line.startswith("lines/main.toml")]
    rest = (
        'the queue "main" reserves nobody for callbacks, and what was promised would not be kept — write a '
        "callback_share above 0 in queues.toml [main]"
    )
    assert f"lines/main.toml callback_queue: {rest}" in faults
    assert f"lines/main.toml [node callback_main] queue: {rest}" in faults


def test_a_queue_that_cannot_be_read_is_not_told_as_missing_too(folder: Path) -> None:
    head(folder, MAIN, 'callback_queue = "elsewhere"')
    (folder / "queues.toml").write_text("= 1")
    assert [line.partition(": ")[0] for line in told(folder)] == ["queues.toml line 1"]


# what dialer.toml says, and every fault that is told then
TABLES = [
    (
        '[callbacks]\nmode = "predictive"',
        ['[callbacks] mode: "predictive" is not one of "preview", "timed_preview" or "progressive" — write mode = '
         '"preview"'],
    ),
    (
        "[callbacks]\ncard_max_s = 1\nring_max_s = true\nslot_length_s = 4000\ndays_max = 15\nattempt_max = 4",
        ["[callbacks] attempt_max: is not a key here — use mode, card_max_s, ready_max_s, preview_s, ring_max_s, "
         "margin_s, telling_max_s, brief_s, settle_max_s, blocked_s, machine_message, detect_machines, "
         "attempts_max, attempts_days_max, slot_length_s, notice_s, days_max, spoken_max",
         "[callbacks] card_max_s: 1 is out of bounds — write a number from 5 to 300",
         "[callbacks] days_max: 15 is out of bounds — write a number from 1 to 14",
         "[callbacks] ring_max_s: true is not a number — write ring_max_s = 30.0",
         "[callbacks] slot_length_s: 4000 is not in whole quarters of an hour — write 3600, 5400 or 7200, …"],
    ),
    (
        "callbacks = 1",
        ["[callbacks]: 1 is not a table — write [callbacks], and its keys below"],
    ),
    (
        "[callbacks]\nattempts_max = 5",
        ["[callbacks] attempts_max: 5 attempts, and the cap lets 4 through — write no more than cap_attempts_max of "
         "[calling]"],
    ),
    (
        "[calling]\ndeclined_days = 0\nsaint_martin_abolition = \"05-29\"\nhours = 5",
        ['[calling.hours]: 5 is not a table — write [calling.hours], and below it mon-fri = "10:00-13:00, '
         '14:00-20:00"',
         "[calling] declined_days: 0 is out of bounds — write a number from 1 to 3650",
         '[calling] saint_martin_abolition: "05-29" is not one of "05-27" or "05-28" — write saint_martin_abolition = '
         '"05-28"'],
    ),
    (
        '[calling.hours]\nmon-fri = "10:00-25:00"\nsamedi = "closed"',
        ["[calling.hours] mon-fri: '10:00-25:00' is not a time from … to … — write times as \"10:00-20:00\", or "
         '"09:00-11:30, 14:00-17:00", or "closed"',
         "[calling.hours] samedi: is not a day or a run of days — write mon, or mon-fri, in order"],
    ),
    (
        '[calling.hours]\nmon-sun = "closed"',
        ['[calling.hours]: nobody may ever be called — write [calling.hours], and below it mon-fri = "10:00-13:00, '
         '14:00-20:00"'],
    ),
    (
        '[webhooks]\nurl = "http://example.net/x"\nsecret = "hunter2"',
        ['[webhooks] secret: is not a key here — take it out, put it into an environment variable and write its name: '
         "secret_env",
         '[webhooks] secret_env: is missing — write secret_env = "WEBHOOK_SECRET"',
         '[webhooks] url: "http://example.net/x" is not https, and what a caller asked would travel in clear — write '
         "https://host/path"],
    ),
    (
        '[webhooks]\nurl = "https://example.net/x"\nsecret_env = "ABSENT"\ntimeout_s = 0.4',
        ["[webhooks] timeout_s: 0.4 is out of bounds — write a number from 0.5 to 60"],
    ),
    (
        '[webhooks]\nurl = "https://example.net/x"\nsecret_env = "ABSENT"',
        ["[webhooks] secret_env: the environment has no ABSENT — set ABSENT where the service starts"],
    ),
    (
        '[web]\npublic_url = "http://example.net"\ntrusted_proxies = ["proxy", "0.0.0.0/0", "192.0.2.1/24"]',
        ['[web] public_url: "http://example.net" is not https, and what people write there would travel in clear — '
         "write https://host, or https://host/path",
         '[web] trusted_proxies 1: "proxy" is not an IP address or network — write an address as 192.0.2.10, or a '
         "network as 192.0.2.0/24 with nothing after its first bits",
         '[web] trusted_proxies 2: "0.0.0.0/0" is everybody, and anybody could say to be another — write our proxies '
         "alone",
         '[web] trusted_proxies 3: "192.0.2.1/24" is not an IP address or network — write an address as 192.0.2.10, '
         "or a network as 192.0.2.0/24 with nothing after its first bits"],
    ),
    (
        '[web]\npublic_url = "https://example.net/?x=1"\n[rappel]\nopen = 1',
        ["[rappel] open: 1 is not true or false — write open = true",
         "[web] public_url: has more than a host and a path — write https://host, or https://host/path"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "faults"), TABLES, ids=[text.replace("\n", " ") for text, _ in TABLES])
def test_what_is_wrong_with_callbacks_is_told_all_at_once(folder: Path, text: str, faults: list[str]) -> None:
    if text.startswith("["):
        say(folder, text)
    else:
        say(folder, "")
        path = folder / "dialer.toml"
        path.write_text(f"{text}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    lines = told(folder)
    assert lines == [f"dialer.toml {fault}" for fault in faults]
    assert "hunter2" not in str(lines)


WEBHOOKS = '[webhooks]\nurl = "https://example.net/callbacks"\nsecret_env = "WEBHOOK_SECRET"\n'


def test_changes_are_told_to_one_address_signed_with_the_secret_of_the_environment(folder: Path) -> None:
    say(folder, WEBHOOKS)
    configuration = read(folder, WEBHOOK_SECRET="hunter2")
    assert configuration.webhook == Outgoing("https://example.net/callbacks", SecretStr("hunter2"), 10.0)
    assert "hunter2" not in repr(configuration)


def test_in_a_demonstration_they_are_told_unsigned_where_there_is_no_secret(folder: Path) -> None:
    say(folder, f"{WEBHOOKS}timeout_s = 2")
    assert read(folder, demo=True).webhook == Outgoing("https://example.net/callbacks", None, 2.0)
    signed = read(folder, demo=True, WEBHOOK_SECRET="a-b").webhook
    assert signed is not None
    assert signed.secret == SecretStr("a-b")


class TestThePublicPage:
    def test_is_open_in_a_demonstration_and_shut_elsewhere_unless_an_operator_says_otherwise(
        self, folder: Path
    ) -> None:
        assert read(folder, demo=True).web.public_page
        assert not read(folder).web.public_page
        say(folder, "[rappel]\nopen = false")
        assert not read(folder, demo=True).web.public_page
        say(folder, "[rappel]\nopen = true")
        assert read(folder).web.public_page

    def test_in_production_needs_the_address_that_its_links_begin_with(self, folder: Path) -> None:
        path = folder / "dialer.toml"
        path.write_text(path.read_text(encoding="utf-8").replace('mode = "development"', 'mode = "production"'))
        say(folder, '[trunk]\nhost = "sip.example.net"\n[rappel]\nopen = true')
        assert told(folder) == [
            "dialer.toml [web] public_url: the public page is open, and the links it gives out would lead nowhere — "
            'write public_url = "https://example.net"'
        ]
        say(
            folder,
            '[trunk]\nhost = "sip.example.net"\n[rappel]\nopen = true\n[web]\npublic_url = "https://a.example.net/b/"',
        )
        assert read(folder).web.public_url == "https://a.example.net/b"

    def test_believes_what_loopback_and_the_proxies_that_are_named_say_of_who_asks(self, folder: Path) -> None:
        assert read(folder).web.trusted_proxies == (ip_network("127.0.0.1"), ip_network("::1"))
        say(folder, '[web]\ntrusted_proxies = ["192.0.2.10", "10.0.0.0/8"]')
        assert read(folder).web.trusted_proxies == (ip_network("192.0.2.10"), ip_network("10.0.0.0/8"))
        say(folder, "[web]\ntrusted_proxies = []")
        assert read(folder).web.trusted_proxies == ()


def test_every_setting_of_the_rules_can_be_said_or_is_meant_not_to_be() -> None:
    said = CallbacksTable.model_fields.keys() | {"ladder", "apology", "message"}
    assert {field.name for field in fields(CallbackRules)} <= said
    assert {field.name for field in fields(QueueRules)} == QueueTable.model_fields.keys() | {"id"}
    meant = {"ladder", "cap", "own", "holidays", "verified", "automatic", "window_h_max"}
    assert {field.name for field in fields(CallingRules)} == (
        (CallingTable.model_fields.keys() - {"cap_attempts_max", "cap_days", "saint_martin_abolition"}) | meant
    )


def _rows(section: str) -> Iterator[tuple[str, str]]:
    """Each key of the tables in a section of the document, with the rest of its row."""
    text = DOCUMENT.read_text(encoding="utf-8").split(f"\n{section}", 1)[1]
    for row in re.split(r"^##", text, maxsplit=1, flags=re.M)[0].split("\n"):
        if row.startswith("| `"):
            first, rest = row[1:].split("|", 1)
            for key in re.findall(r"`\[?([a-z_.]+)\]?`", first):
                yield key, rest


@pytest.mark.parametrize(
    ("section", "model", "prefix"),
    [
        ("### `[callbacks]`", CallbacksTable, ""),
        ("### `[calling]`", CallingTable, ""),
        ("### `[webhooks]`", WebhooksTable, ""),
        ("### `[messages]`", MessagesTable, ""),
        ("### `[web]`", WebTable, "web."),
        ("### `[web]`", RappelTable, "rappel."),
        ("## `queues.toml`", QueueTable, ""),
    ],
)
def test_the_document_tells_every_key_with_its_bounds(section: str, model: type[Table], prefix: str) -> None:
    rows = dict(_rows(section))
    for key, field in model.model_fields.items():
        row = rows.get("calling.hours" if key == "hours" else f"{prefix}{key}")
        assert row is not None, key
        limits = [
            limit for bound in field.metadata for limit in (getattr(bound, "ge", None), getattr(bound, "le", None))
        ]
        default = (
            [] if isinstance(field.default, bool) or not isinstance(field.default, int | float) else [field.default]
        )
        for number in (*limits, *default):
            assert number is None or re.search(rf"\b{number:g}\b", row), (key, number)
