"""The digest: to each officer what is theirs to do, once a day, by a relay that may do what relays do; nothing personal
in it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from pydantic import SecretStr
from structlog.testing import capture_logs

from dialer.configuration.digest import DigestMail
from dialer.core import events as ev
from dialer.core.callbacks.states import CaseId
from dialer.core.cases.escalation import NextAction, Rule, Todo
from dialer.core.cases.letters import LINES_MAX, letter_to, recipients
from dialer.core.cases.responsible import CaseAssigned, Officer, OfficerId
from dialer.core.cases.visibility import Everywhere
from dialer.core.places.academie import ACADEMIES, AcademieCode
from dialer.core.rules import Rules
from dialer.digests import SETTING, Digests
from dialer.metrics import Metrics
from tests.cases.conftest import StartOffice, StoppedClock, academie, case_rules
from tests.cases.smtp_peer import HANG, HANG_UP, Certificate, Peer, certificate
from tests.webhook_world import Outbox

SENDER = "fil-vert@example.net"
MORNING = datetime(2026, 11, 23, 7, 30, tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)
WITHIN_S = 10.0


def action(case: int, officer: str | None = None, post: str | None = "Paris", late: bool = False) -> NextAction:
    by = MORNING + timedelta(days=-1 if late else 2)
    code = academie(post) if post is not None else None
    name = OfficerId(officer) if officer is not None else None
    return NextAction(CaseId(f"case-{case}"), Rule.LATE, Todo.FIX_APPOINTMENT, by, by, code, name)


@dataclass
class Post:
    """A service that has these actions to tell, a relay, and settings that outlive it."""

    peer: Peer
    relay: DigestMail
    clock: StoppedClock = field(default_factory=lambda: StoppedClock(MORNING))
    settings: Outbox = field(default_factory=Outbox)
    actions: list[NextAction] = field(default_factory=list)
    rules: Rules = field(default_factory=case_rules)
    asked: int = 0
    metrics: Metrics = field(default_factory=Metrics)
    digests: Digests = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.digests = Digests(
            self.settings, self._actions, lambda: self.rules, self.relay, self.clock, self.metrics, lambda _: 0.01
        )

    def by(self, **changes: Any) -> None:
        """Another relay, or the same with other settings."""
        self.relay = replace(self.relay, **changes)
        self.digests.follow(self.relay)

    async def _actions(self) -> list[NextAction]:
        self.asked += 1
        return self.actions

    def count(self, came: str) -> float:
        return self.metrics.registry.get_sample_value("dialer_digests_total", {"came": came}) or 0.0

    @property
    def to(self) -> list[str]:
        return [to for to, _ in self.peer.taken]


@pytest_asyncio.fixture
async def post() -> AsyncIterator[Post]:
    peer = Peer()
    await peer.start()
    yield Post(peer, DigestMail("127.0.0.1", peer.port, "none", SENDER, timeout_s=WITHIN_S))
    await peer.stop()


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("ours"), "127.0.0.1")


def only(verb: str, *answers: str | None) -> Callable[[str, str], str | None]:
    """These answers to that verb, one after the other, and then the usual ones."""
    left = list(answers)
    return lambda said, _rest: left.pop(0) if said == verb and left else None


# -- who is told of what ----------------------------------------------------------------------------


def letters(
    actions: list[NextAction], officers: dict[OfficerId, Officer], service: str | None = None
) -> dict[str, str]:
    everybody = recipients(officers, service)
    found = {to.key: letter_to(to, actions, officers, MORNING) for to in everybody}
    return {key: f"{letter.subject}\n{letter.text}" for key, letter in found.items() if letter is not None}


def test_an_officer_is_told_of_their_cases_and_of_those_of_their_academies_that_nobody_has_in_hand() -> None:
    officers = dict(case_rules().officers)
    actions = [action(10000016, "anna", late=True), action(10000017), action(10000018, "chantal", "La Réunion")]
    told = letters(actions, officers)
    assert told["anna"].split("\n") == [
        "Dossiers : 2 actions à mener, dont 1 en retard",
        "Bonjour,",
        "",
        "Vos dossiers",
        "- Dossier 10 00 00 16 : l'échéance légale est dépassée depuis le 22/11/2026. À faire : fixer un rendez-vous, "
        "au plus tard le 22/11/2026 (en retard).",
        "",
        "Dossiers sans référent, académie de Paris",
        "- Dossier 10 00 00 17 : l'échéance légale est dépassée depuis le 25/11/2026. À faire : fixer un rendez-vous, "
        "au plus tard le 25/11/2026.",
        "",
        "Ce message est automatique : merci de ne pas y répondre. Il ne nomme personne ; chaque dossier s'ouvre dans "
        "Fil vert par sa référence.",
        "",
    ]
    cases = {key: [each for each in ("16", "17", "18") if f"10 00 00 {each}" in text] for key, text in told.items()}
    assert cases == {"anna": ["16", "17"], "bruno": ["17"], "chantal": ["18"]}


def test_the_service_is_told_of_what_no_officer_is_told_of_and_of_nothing_else() -> None:
    officers = {
        key: replace(each, mail=None) if key == "chantal" else each for key, each in case_rules().officers.items()
    }
    actions = [
        action(10000016, "anna"), action(10000017), action(10000018, None, None), action(10000019, None, "La Réunion"),
        action(10000020, None, "Nice"),
    ]  # fmt: skip
    told = letters(actions, officers, "tous@example.net")["*"]
    assert [each for each in range(16, 21) if f"10 00 00 {each}" in told] == [18, 19, 20]
    assert "Dossiers sans académie\n" in told
    assert "Dossiers sans référent, académie de La Réunion\n" in told
    assert "*" not in letters(actions, officers), "nobody has said who the service is"


def test_a_long_list_is_cut_and_says_by_how_much() -> None:
    actions = [action(10000000 + each) for each in range(LINES_MAX + 2)]
    told = letters(actions, dict(case_rules().officers))["anna"]
    assert told.count("\n- Dossier") == LINES_MAX
    assert "- … et 2 autres.\n" in told
    assert told.startswith(f"Dossiers : {LINES_MAX + 2} actions à mener\n")


@pytest.mark.parametrize("each", ACADEMIES.values(), ids=lambda each: each.name)
def test_the_clock_of_an_officer_is_that_of_their_academie(each: Any) -> None:
    officer = Officer(OfficerId("anna"), frozenset({each.code}), "Anna", "anna@example.net")
    (to,) = recipients({officer.id: officer})
    zones = {"28": "Indian/Reunion", "31": "America/Martinique", "32": "America/Guadeloupe", "33": "America/Cayenne",
             "43": "Indian/Mayotte"}  # fmt: skip
    assert to.almanac.zone.key == zones.get(each.code, "Europe/Paris")


# -- when -------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_each_is_written_to_once_a_day_at_their_own_hour_over_restarts(post: Post) -> None:
    post.actions = [action(10000016, "anna"), action(10000017, "chantal", "La Réunion")]
    post.clock.at = MORNING - timedelta(seconds=1)
    for hour in range(-4, 26):  # La Réunion is three hours ahead
        post.clock.at = MORNING + timedelta(hours=hour)
        await post.digests.turn()
        post.restart()
        if hour in (-4, -3, 0, 20, 21, 25):
            sent = {name: post.to.count(f"{name}@example.net") for name in ("anna", "bruno", "chantal")}
            at = {-4: (0, 0, 0), -3: (0, 0, 1), 0: (1, 0, 1), 20: (1, 0, 1), 21: (1, 0, 2), 25: (2, 0, 2)}
            assert tuple(sent.values()) == at[hour], hour


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("day", "names"),
    [
        (date(2026, 11, 20), ["anna", "rene", "uwe"]),
        (date(2026, 11, 21), []),  # Saturday
        (date(2026, 11, 22), []),
        (date(2026, 12, 25), []),
        (date(2027, 3, 26), ["anna", "rene"]),  # Good Friday, in Alsace
        (date(2027, 12, 20), ["anna", "uwe"]),  # the abolition of slavery, at La Réunion
    ],
)
async def test_nobody_is_written_to_on_days_that_are_none_to_work_where_they_are(
    post: Post, day: date, names: list[str]
) -> None:
    posts = {"anna": "01", "rene": "28", "uwe": "15"}
    officers = {
        OfficerId(name): Officer(OfficerId(name), frozenset({AcademieCode(code)}), name, f"{name}@example.net")
        for name, code in posts.items()
    }
    post.rules = replace(post.rules, officers=officers)
    post.actions = [action(10000016, name, ACADEMIES[AcademieCode(code)].name) for name, code in posts.items()]
    post.clock.at = datetime.combine(day, time(7, 30), tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)
    await post.digests.turn()
    assert sorted(to.partition("@")[0] for to in post.to) == names


@pytest.mark.asyncio
async def test_who_has_nothing_to_do_is_left_alone_and_is_not_looked_at_again_that_day(post: Post) -> None:
    post.actions = [action(10000016, "anna")]
    for _ in range(3):
        await post.digests.turn()
    assert (post.to, post.asked) == (["anna@example.net"], 1)


@pytest.mark.asyncio
async def test_without_a_relay_nothing_is_asked_sent_or_written_down(post: Post) -> None:
    post.actions = [action(10000016, "anna")]
    post.digests.follow(None)
    assert await post.digests.turn() is False
    assert (post.asked, post.peer.heard, post.settings.settings) == (0, [], {})
    post.digests.follow(post.relay)
    await post.digests.turn()
    assert post.to == ["anna@example.net"]


# -- relays -----------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_letter_is_french_text_of_a_machine_that_names_no_machine(post: Post) -> None:
    post.actions = [action(10000016, "anna", late=True)]
    await post.digests.turn()
    ((to, mail),) = post.peer.taken
    assert (to, mail["To"], mail["From"]) == ("anna@example.net", "anna@example.net", SENDER)
    assert mail["Subject"] == "Dossiers : 1 action à mener, dont 1 en retard"
    assert mail["Date"].datetime == MORNING
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.net>")
    assert mail.get_content_type() == "text/plain"
    assert "l'échéance légale est dépassée" in mail.get_content()
    assert post.peer.heard[0] == "ehlo example.net"


@pytest.mark.asyncio
@pytest.mark.parametrize("verb", ["CONNECT", "MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize("answer", ["451 not now", "421 going down"])
async def test_what_a_relay_does_not_take_now_is_taken_later_and_once(post: Post, verb: str, answer: str) -> None:
    post.actions = [action(10000016, "anna")]
    post.peer.answer = only(verb, *(2 * [answer] if verb == "DATA" else [answer]))
    assert await post.digests.turn() is True
    assert (post.to, post.count("failed")) == ([], 1)
    post.peer.answer = only("")
    assert await post.digests.turn() is False
    await post.digests.turn()
    assert (post.to, post.count("sent"), post.count("lost")) == (["anna@example.net"], 1, 0)


@pytest.mark.asyncio
@pytest.mark.parametrize("verb", ["RCPT", "."])
async def test_what_a_relay_never_takes_is_told_in_the_log_and_costs_nobody_else_theirs(post: Post, verb: str) -> None:
    post.actions = [action(10000016, "anna"), action(10000017, "bruno")]
    post.peer.answer = lambda said, rest: "550 no anna@example.net here" if said == verb and "anna" in rest else None
    with capture_logs() as logs:
        await post.digests.turn()
        await post.digests.turn()
    assert (post.to, post.count("lost")) == (["bruno@example.net"], 1)
    (lost,) = [each for each in logs if each["log_level"] == "error"]
    assert (lost["officer"], lost["why"]) == ("anna", "550")
    assert "@" not in str(logs)


@pytest.mark.asyncio
async def test_a_mailbox_that_is_full_holds_up_nobody_else(post: Post) -> None:
    post.actions = [action(10000016, "anna"), action(10000017, "bruno")]
    post.peer.answer = lambda said, rest: "452 full" if said == "RCPT" and "anna" in rest else None
    assert await post.digests.turn() is True
    assert post.to == ["bruno@example.net"]


@pytest.mark.asyncio
@pytest.mark.parametrize("silence", [HANG, HANG_UP])
async def test_a_letter_whose_taking_was_never_said_is_not_sent_again(post: Post, silence: str) -> None:
    post.by(timeout_s=0.3)
    post.actions = [action(10000016, "anna")]
    post.peer.answer = _silent(".", silence)
    with capture_logs() as logs:
        await post.digests.turn()
    post.peer.answer = only("")
    await post.digests.turn()
    post.restart()
    await post.digests.turn()
    assert post.to == ["anna@example.net"]
    assert [each["event"] for each in logs] == ["a digest may be lost"]


@pytest.mark.asyncio
@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL"])
@pytest.mark.parametrize("silence", [HANG, HANG_UP])
async def test_a_relay_that_falls_silent_before_the_letter_gets_it_again(post: Post, verb: str, silence: str) -> None:
    post.by(timeout_s=0.3)
    post.actions = [action(10000016, "anna"), action(10000017, "bruno")]
    post.peer.answer = _silent(verb, silence)
    assert await post.digests.turn() is True
    assert post.count("failed") == 1, "whom it does not answer once it does not answer for others"
    post.peer.answer = only("")
    assert await post.digests.turn() is False
    assert post.to == ["anna@example.net", "bruno@example.net"]


@pytest.mark.asyncio
async def test_after_four_hours_a_letter_is_given_up_and_told_once(post: Post) -> None:
    await post.peer.stop()
    post.actions = [action(10000016, "anna")]
    with capture_logs() as logs:
        for minutes in (0, 239, 240, 241, 600):
            post.clock.at = MORNING + timedelta(minutes=minutes)
            await post.digests.turn()
    lost = [each for each in logs if each["log_level"] == "error"]
    assert [(each["officer"], each["why"]) for each in lost] == [("anna", "ConnectionRefusedError")]
    assert (post.count("failed"), post.count("lost")) == (2, 1)


def _silent(verb: str, silence: str) -> Callable[[str, str], str | None]:
    return lambda said, _rest: silence if said == verb else None


# -- TLS --------------------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize("tls", ["starttls", "tls"])
async def test_a_password_is_said_under_a_certificate_that_is_checked_and_to_nobody_else(
    post: Post, tls: str, ours: Certificate
) -> None:
    await post.peer.stop()
    post.peer.port = 0
    setattr(post.peer, tls, ours.shown())
    await post.peer.start()
    post.actions = [action(10000016, "anna")]
    post.by(port=post.peer.port, tls=tls, user="fil-vert", password=SecretStr("hunter2"))
    with capture_logs() as logs:
        assert await post.digests.turn() is True
    assert (post.to, post.peer.logins) == ([], [])
    assert [each["why"] for each in logs] == ["SSLCertVerificationError"]
    post.by(certificates=ours.chain)
    assert await post.digests.turn() is False
    assert (post.to, post.peer.logins) == (["anna@example.net"], ["\0fil-vert\0hunter2"])


@pytest.mark.asyncio
async def test_a_certificate_of_another_host_is_of_nobody(post: Post, tmp_path: Path) -> None:
    theirs = certificate(tmp_path, "mail.example.net")
    post.peer.starttls = theirs.shown()
    post.actions = [action(10000016, "anna")]
    post.by(tls="starttls", certificates=theirs.chain)
    assert await post.digests.turn() is True
    assert post.to == []


@pytest.mark.asyncio
async def test_nothing_is_said_to_a_relay_that_offers_no_tls(post: Post) -> None:
    post.actions = [action(10000016, "anna")]
    post.by(tls="starttls", user="fil-vert", password=SecretStr("hunter2"))
    assert await post.digests.turn() is True
    assert {line.partition(" ")[0].upper() for line in post.peer.heard} <= {"EHLO", "QUIT"}


@pytest.mark.asyncio
async def test_a_wrong_password_sends_nothing_and_shows_no_password(post: Post) -> None:
    post.actions = [action(10000016, "anna")]
    post.by(user="fil-vert", password=SecretStr("hunter2"))
    post.peer.answer = only("AUTH", "535 wrong: hunter2")
    with capture_logs() as logs:
        assert await post.digests.turn() is True
    assert post.to == []
    assert [each["why"] for each in logs] == ["SMTPAuthenticationError 535"]


# -- crashes ----------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_crash_in_the_midst_of_a_letter_doubles_none_and_is_told(post: Post) -> None:
    post.actions = [action(10000016, "anna"), action(10000017, "bruno")]
    handing_over, go_on = asyncio.Event(), asyncio.Event()
    whole = Peer._say

    async def slow(peer: Peer, writer: asyncio.StreamWriter, verb: str, rest: str, usual: str) -> bool:
        if verb == ".":
            handing_over.set()
            await go_on.wait()
        return await whole(peer, writer, verb, rest, usual)

    post.peer._say = slow.__get__(post.peer)  # type: ignore[method-assign]
    turn = asyncio.create_task(post.digests.turn())
    async with asyncio.timeout(WITHIN_S):
        await handing_over.wait()
    turn.cancel()
    await asyncio.gather(turn, return_exceptions=True)
    go_on.set()
    del post.peer._say
    post.restart()
    with capture_logs() as logs:
        await post.digests.turn()
    assert sorted(post.to) == ["anna@example.net", "bruno@example.net"]
    assert [each["officer"] for each in logs if each["log_level"] == "error"] == ["anna"]
    assert "@" not in post.settings.settings[SETTING], "no address is written down"


@pytest.mark.asyncio
async def test_what_cannot_be_written_down_is_not_sent(post: Post) -> None:
    post.actions = [action(10000016, "anna")]
    post.settings.cursor_locked = True
    run = asyncio.create_task(post.digests.run())
    await _until(lambda: post.asked >= 2)
    assert post.to == []
    post.settings.cursor_locked = False
    await _until(lambda: post.to == ["anna@example.net"])
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)


@pytest.mark.asyncio
async def test_a_defect_of_ours_does_not_end_the_sending(post: Post) -> None:
    post.actions = [replace(action(10000016, "anna"), case=None)]  # type: ignore[arg-type]
    run = asyncio.create_task(post.digests.run())
    await _until(lambda: post.asked >= 2)
    post.actions = [action(10000016, "anna")]
    await _until(lambda: post.to == ["anna@example.net"])
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not holds():  # noqa: ASYNC110 - what is waited for is told by nobody
            await asyncio.sleep(0.01)


# -- all of it --------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_of_a_request_nothing_but_its_reference_leaves_the_house(office: StartOffice, post: Post) -> None:
    house = await office()
    booked = await house.book()
    mine = await house.book(phone="01 99 00 00 02", first_name="Zoé")
    given = CaseAssigned(house.clock.at, "bruno", OfficerId("bruno"))
    await house.happen(ev.CaseTold(house.clock.at, CaseId(mine["case"]), given))
    await house.later(days=14)

    def digests() -> Digests:
        return Digests(
            house.store, lambda: house.floor.next_actions(Everywhere()), lambda: house.runner.desk.rules, post.relay,
            house.clock, post.metrics,  # type: ignore[arg-type]
        )  # fmt: skip

    await digests().turn()
    house = await office()
    await digests().turn()
    told = {to: mail.get_content() for to, mail in post.peer.taken}
    assert post.to == ["anna@example.net", "bruno@example.net"]
    free, bruno = (" ".join(re.findall("..", each["case"].removeprefix("case-"))) for each in (booked, mine))
    assert {to: (free in text, bruno in text) for to, text in told.items()} == {
        "anna@example.net": (True, False), "bruno@example.net": (True, True)
    }  # fmt: skip
    for word in ("Naïma", "Zoé", "Martin", "99 00", "75011", "2008"):
        assert word not in str(told), word
