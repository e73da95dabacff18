"""Who is written to, when and in which words: tables of texts, nights on every wall, and what is of no use any more."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.callbacks import message_texts as texts
from dialer.core.callbacks.messages import (
    APART_MIN,
    CONFIRMED_WITHIN,
    Hold,
    Kind,
    Never,
    Owed,
    Send,
    by_day,
    confirmation,
    judge,
    reminder,
    tells,
    text,
)
from dialer.core.callbacks.request import Booking, Intake, Request, Source
from dialer.core.callbacks.states import CallbackId, CaseId
from dialer.core.cases.case import Kind as CaseKind
from dialer.core.numbers import Parsed, is_mobile
from dialer.core.places.territory import ZONES, Territory
from dialer.core.words import E164, CallId, Instant, LineId, QueueId, Record, record
from schedules.walltime import wall_clock
from schedules.windows import Window

PARIS, REUNION, TAHITI = ZoneInfo("Europe/Paris"), ZoneInfo("Indian/Reunion"), ZoneInfo("Pacific/Tahiti")
CB = CallbackId("cb-12345678")
REFERENCE = "12345678"
MOBILE, LANDLINE = E164("+33600000001"), E164("+33199000001")
LINK = "https://rappel.example.net/rappel/suivi/12345678-abcdefghijklmnopqrstuv"
NOON = datetime(2026, 3, 16, 11, tzinfo=UTC)
"""On a Monday in Paris."""

FORBIDDEN = (
    "décroch", "école", "lycée", "collège", "scol", "élève", "étud", "formation", "form", "diplôme", "onisep",
    "reviens", "parcours", "orient", "cio", "mission", "mineur", "jeune", "parent", "rendez-vous", "dossier",
    "conseiller", "service", "situation", "prénom", "bonjour",
)  # fmt: skip
"""Nothing of why they asked, who we are or who they are."""


def window(start: datetime, hours: float = 2) -> Window:
    return Window(start, start + timedelta(hours=hours))


def paris(day: int, hour: int, month: int = 3, minute: int = 0) -> Instant:
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS).astimezone(UTC)


TUESDAY = window(paris(17, 10))


@dataclass(frozen=True)
class Attempt:
    at: datetime


@dataclass(frozen=True)
class Row:
    """A callback as it is stored."""

    state: str = "requested"
    phone: E164 | None = MOBILE
    zone: str = "Europe/Paris"
    promised: Window | None = TUESDAY
    attempts: tuple[Attempt, ...] = ()


def intake(
    source: Source = Source.WEB,
    promised: Window | None = TUESDAY,
    at: Instant = NOON,
    serial: int = 1,
    reference: str = REFERENCE,
    postcode: str | None = None,
) -> Intake:
    phone = Parsed(MOBILE, Territory.METROPOLE, "Europe/Paris")
    request = Request(
        CaseKind.RTF, LineId("dropout"), QueueId("dropout"), phone, None, source, promised,
        first_name="Nadia", postcode=postcode, note="décrochage",
    )  # fmt: skip
    booking = Booking(CB, reference, CaseId(f"case-{reference}"), "requested", (), at, None, promised)
    return Intake(at, serial, request, booking)


def asked(source: Source = Source.WEB, at: Instant = NOON) -> Record:
    return record(at, "callback_asked", CallId(CB), source=source, kind="rtf", line="dropout", case="case-1")


def moved(to: Window | None, at: Instant) -> Record:
    place = at if to is None else to.start_at
    return record(at, "callback_rescheduled", CallId(CB), place=place.isoformat(), dated=int(to is not None))


def owed(kind: Kind = Kind.CONFIRMATION, **changes: object) -> Owed:
    made = Owed("c-1", kind, CB, REFERENCE, NOON, NOON, TUESDAY.start_at, ("Europe/Paris",))
    return replace(made, **changes)  # type: ignore[arg-type]


# -- the words --------------------------------------------------------------------------------------

TEXTS = [
    (
        Kind.CONFIRMATION, TUESDAY, "Europe/Paris", None,
        "Votre demande de rappel est enregistrée (référence 12 34 56 78). "
        "Nous vous appellerons mardi 17 mars entre 10 h et 12 h.",
    ),
    (
        Kind.CONFIRMATION, TUESDAY, "Europe/Paris", LINK,
        f"Rappel prévu mardi 17 mars entre 10 h et 12 h (réf. 12 34 56 78). Suivre ou annuler : {LINK}",
    ),
    (
        Kind.CONFIRMATION, TUESDAY, "Europe/Paris", "https://a.fr/x",
        "Votre demande de rappel est enregistrée (référence 12 34 56 78). Nous vous appellerons mardi 17 mars entre "
        "10 h et 12 h. Suivre ou annuler : https://a.fr/x",
    ),
    (
        Kind.CONFIRMATION, None, "Europe/Paris", None,
        "Votre demande de rappel est enregistrée (référence 12 34 56 78). Nous vous appellerons dès que possible.",
    ),
    (
        Kind.CONFIRMATION, TUESDAY, "Indian/Reunion", None,
        "Votre demande de rappel est enregistrée (référence 12 34 56 78). "
        "Nous vous appellerons mardi 17 mars entre 13 h et 15 h (heure de La Réunion).",
    ),
    (
        Kind.CONFIRMATION, TUESDAY, "Pacific/Tahiti", None,
        "Votre demande de rappel est enregistrée (référence 12 34 56 78). "
        "Nous vous appellerons lundi 16 mars entre 23 h et 1 h (heure de Tahiti).",
    ),
    (
        Kind.REMINDER, TUESDAY, "Europe/Paris", None,
        "Pour mémoire, nous vous appellerons mardi 17 mars entre 10 h et 12 h (référence 12 34 56 78).",
    ),
    (
        Kind.REMINDER, window(paris(1, 13, 8, 30)), "Europe/Paris", LINK,
        f"Pour mémoire, rappel samedi 1er aout entre 13 h 30 et 15 h 30. Suivre ou annuler : {LINK}",
    ),
    (
        Kind.REMINDER, window(datetime(2026, 12, 30, 17, 30, tzinfo=UTC)), "Indian/Reunion", LINK,
        f"Rappel prévu mer. 30/12 entre 21 h 30 et 23 h 30 (heure de La Réunion). Suivi : {LINK}",
    ),
]  # fmt: skip
ACROSS = "entre lundi 16 mars à 23 h et mardi 17 mars à 1 h"


@pytest.mark.parametrize(("kind", "promised", "zone", "link", "said"), TEXTS)
def test_a_message_says_when_and_by_which_reference(
    kind: Kind, promised: Window | None, zone: str, link: str | None, said: str
) -> None:
    start_at = promised.start_at if promised is not None else None
    one = owed(kind, zones=(zone,), start_at=start_at)
    assert text(one, promised, link) == said.replace("lundi 16 mars entre 23 h et 1 h", ACROSS)


def test_a_time_that_was_moved_is_told_as_moved() -> None:
    assert text(owed(moved=True), TUESDAY, None).startswith("Votre demande de rappel est modifiée (référence")


def test_a_window_up_to_midnight_is_on_one_day() -> None:
    late = Window(paris(17, 22), paris(18, 0))
    assert texts.when(late, PARIS, named=False).full == "mardi 17 mars entre 22 h et minuit"


def test_where_two_clocks_could_be_meant_it_is_said_which_even_if_it_is_that_of_paris() -> None:
    both = owed(zones=("Europe/Paris", "Indian/Reunion"))
    assert "entre 10 h et 12 h (heure de Paris)." in text(both, TUESDAY, None)


def test_every_clock_of_france_has_a_name() -> None:
    assert texts.CLOCKS.keys() == {zone for zones in ZONES.values() for zone in zones}


dated = st.integers(0, 3 * 365 * 96).map(lambda quarters: NOON + quarters * timedelta(minutes=15))
zones = st.sampled_from(sorted(texts.CLOCKS))


def _days(promised: Window, zone: ZoneInfo) -> int:
    """On how many days of that calendar it lies."""
    last = promised.end_at - timedelta(seconds=1)
    return (wall_clock(last, zone).date() - wall_clock(promised.start_at, zone).date()).days + 1


@settings(max_examples=400)
@given(
    st.one_of(st.none(), st.builds(window, dated, st.sampled_from((0.5, 1, 2, 3, 4)))),
    zones,
    st.sampled_from(Kind),
    st.booleans(),
    st.sampled_from((None, LINK)),
)
def test_every_message_is_neutral_and_is_one_part_where_it_can_be(
    promised: Window | None, zone: str, kind: Kind, is_moved: bool, link: str | None
) -> None:
    one = owed(kind, zones=(zone, "Europe/Paris"), moved=is_moved, start_at=promised and promised.start_at)
    said = text(one, promised, link)
    words = said.replace(link or "", "").lower()
    assert [word for word in FORBIDDEN if word in words] == []
    assert not re.search(r"\d{5}", words), "no number of anybody"
    assert "nadia" not in words
    assert (link or "") in said
    days = 1 if promised is None else _days(promised, ZoneInfo(zone))
    assert texts.parts(said) <= (1 if link is None or days == 1 else 2), (len(said), said)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", 1),
        ("é" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("~" * 80, 1),
        ("~" * 81, 2),
        ("ê" * 70, 1),
        ("a" * 70 + "ê", 2),
        ("\N{GRINNING FACE}" * 35, 1),
        ("\N{GRINNING FACE}" * 36, 2),
    ],
)
def test_parts_are_counted_as_an_operator_bills_them(written: str, expected: int) -> None:
    assert texts.parts(written) == expected


def test_where_no_wording_is_one_part_the_fullest_is_sent() -> None:
    link = LINK.replace("rappel.example.net", "a-very-long-name-of-a-machine." * 3 + "example.net")
    said = text(owed(), TUESDAY, link)
    assert said.startswith("Votre demande de rappel est enregistrée (référence 12 34 56 78). Nous vous appellerons")
    assert texts.parts(said) == 2


# -- who --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "mobile"),
    [
        ("+33600000001", True),
        ("+262692000001", True),
        ("+262639000001", True),
        ("+590690000001", True),
        ("+594694000001", True),
        ("+596696000001", True),
        ("+508550001", True),
        ("+687751001", True),
        ("+68987000001", True),
        ("+681820001", True),
        ("+33199000001", False),
        ("+262262000001", False),
        ("+33800400070", False),
        ("+33692000001", False),
        ("+447400123456", False),
        ("+12125550100", False),
        ("not a number", False),
    ],
)
def test_the_mobiles_of_france_are_known_wherever_they_are(number: str, mobile: bool) -> None:
    assert is_mobile(E164(number)) is mobile


@pytest.mark.parametrize("source", Source)
def test_who_asked_by_themselves_is_owed_a_confirmation_and_nobody_else(source: Source) -> None:
    found = confirmation(7, asked(source), [intake(source)], Row())
    assert (found is not None) is (source in (Source.WEB, Source.PHONE))


@pytest.mark.parametrize("phone", [LANDLINE, E164("+447400123456"), E164("+33692000001"), None])
def test_what_is_no_french_mobile_is_owed_nothing(phone: E164 | None) -> None:
    assert confirmation(7, asked(), [intake()], Row(phone=phone)) is None
    assert reminder(CB, TUESDAY.start_at, [intake()], Row(phone=phone), [], NOON) is None


def test_a_confirmation_is_of_the_request_that_its_record_tells_of() -> None:
    second = intake(at=NOON + timedelta(minutes=5), serial=2, reference="87654321", promised=None)
    found = confirmation(7, asked(), [second, intake()], Row())
    assert found == owed(id="c-7")
    found = confirmation(9, asked(at=second.at), [second, intake()], Row(promised=None))
    assert found is not None
    assert (found.id, found.reference, found.start_at, found.moved) == ("c-9", "87654321", None, False)


def test_a_record_whose_request_is_kept_no_more_owes_nothing() -> None:
    assert confirmation(7, asked(), [], Row()) is None
    assert confirmation(7, asked(at=NOON + timedelta(seconds=1)), [intake()], Row()) is None


@pytest.mark.parametrize("to", [window(paris(18, 14)), None])
def test_a_time_that_is_moved_is_confirmed_anew_whoever_moved_it(to: Window | None) -> None:
    at = NOON + timedelta(hours=1)
    found = confirmation(9, moved(to, at), [intake()], Row(promised=to))
    assert found is not None
    assert (found.moved, found.start_at, found.since) == (True, to.start_at if to else None, at)
    assert confirmation(9, moved(to, at), [intake(Source.CSV)], Row(promised=to)) is None


def test_somebody_who_was_not_told_yet_is_told_once_and_of_a_request_not_of_a_change() -> None:
    first = confirmation(7, asked(), [intake()], Row())
    assert first is not None
    found = confirmation(9, moved(None, NOON), [intake()], Row(promised=None), first)
    assert found is not None
    assert not found.moved
    assert found.key == first.key, "it takes the place of the one before"


def test_other_facts_owe_nothing() -> None:
    facts = ("callback_requested", "callback_state", "callback_promise_missed", "callback_closed", "callback_refused")
    assert not any(tells(record(NOON, fact, CallId(CB))) for fact in facts)


def test_a_reminder_is_named_by_its_promise_so_that_it_is_the_same_however_often_it_is_made() -> None:
    at = TUESDAY.start_at - timedelta(hours=2)
    first = reminder(CB, TUESDAY.start_at, [intake()], Row(), [asked()], at)
    later = reminder(CB, TUESDAY.start_at, [intake()], Row(), [asked()], at + timedelta(minutes=1))
    assert first is not None
    assert later is not None
    assert first.id == later.id == f"r-{CB}-{int(TUESDAY.start_at.timestamp())}"
    other = reminder(CB, TUESDAY.start_at + timedelta(hours=2), [intake()], Row(), [asked()], at)
    assert other is not None
    assert other.id != first.id


def test_a_reminder_on_the_heels_of_its_confirmation_is_none() -> None:
    made_at = TUESDAY.start_at - timedelta(hours=2, minutes=30)  # 7h30: confirmed at 8h
    at = TUESDAY.start_at - timedelta(hours=2)
    assert reminder(CB, TUESDAY.start_at, [intake(at=made_at)], Row(), [asked(at=made_at)], at) is None
    moved_at = NOON - timedelta(minutes=30)
    timeline = [asked(at=NOON - timedelta(days=3)), moved(TUESDAY, moved_at)]
    start_at = NOON + timedelta(hours=2)
    assert reminder(CB, start_at, [intake()], Row(), timeline, NOON) is None
    assert reminder(CB, start_at, [intake()], Row(), timeline, moved_at + APART_MIN) is not None


# -- when -------------------------------------------------------------------------------------------

DAYS = [
    # in Paris
    (("Europe/Paris",), datetime(2026, 3, 16, 8, 0, tzinfo=PARIS), None),
    (("Europe/Paris",), datetime(2026, 3, 16, 19, 59, 59, tzinfo=PARIS), None),
    (("Europe/Paris",), datetime(2026, 3, 16, 20, 0, tzinfo=PARIS), datetime(2026, 3, 17, 8, tzinfo=PARIS)),
    (("Europe/Paris",), datetime(2026, 3, 16, 23, 59, tzinfo=PARIS), datetime(2026, 3, 17, 8, tzinfo=PARIS)),
    (("Europe/Paris",), datetime(2026, 3, 17, 0, 0, tzinfo=PARIS), datetime(2026, 3, 17, 8, tzinfo=PARIS)),
    (("Europe/Paris",), datetime(2026, 3, 17, 7, 59, tzinfo=PARIS), datetime(2026, 3, 17, 8, tzinfo=PARIS)),
    # the nights of the clock changes: one hour less, one hour more
    (("Europe/Paris",), datetime(2026, 3, 28, 20, 0, tzinfo=PARIS), datetime(2026, 3, 29, 6, tzinfo=UTC)),
    (("Europe/Paris",), datetime(2026, 3, 29, 1, 59, tzinfo=PARIS), datetime(2026, 3, 29, 6, tzinfo=UTC)),
    (("Europe/Paris",), datetime(2026, 10, 24, 20, 0, tzinfo=PARIS), datetime(2026, 10, 25, 7, tzinfo=UTC)),
    (("Europe/Paris",), datetime(2026, 10, 25, 2, 30, tzinfo=PARIS, fold=1), datetime(2026, 10, 25, 7, tzinfo=UTC)),
    (("America/Miquelon",), datetime(2026, 3, 8, 0, 30, tzinfo=ZoneInfo("America/Miquelon")),
     datetime(2026, 3, 8, 10, tzinfo=UTC)),
    # La Réunion: three hours ahead in winter, two in summer
    (("Indian/Reunion",), datetime(2026, 1, 12, 16, 59, tzinfo=PARIS), None),
    (("Indian/Reunion",), datetime(2026, 1, 12, 17, 0, tzinfo=PARIS), datetime(2026, 1, 13, 8, tzinfo=REUNION)),
    (("Indian/Reunion",), datetime(2026, 7, 13, 17, 59, tzinfo=PARIS), None),
    (("Indian/Reunion",), datetime(2026, 7, 13, 6, 0, tzinfo=PARIS), None),
    (("Indian/Reunion",), datetime(2026, 7, 13, 5, 59, tzinfo=PARIS), datetime(2026, 7, 13, 8, tzinfo=REUNION)),
    # Tahiti: the day there is our night
    (("Pacific/Tahiti",), datetime(2026, 1, 12, 12, 0, tzinfo=PARIS), datetime(2026, 1, 12, 8, tzinfo=TAHITI)),
    (("Pacific/Tahiti",), datetime(2026, 1, 12, 19, 0, tzinfo=PARIS), None),
    # by both of two walls; Paris and Tahiti meet for an hour in winter, and not at all in summer
    (("Europe/Paris", "Indian/Reunion"), datetime(2026, 1, 12, 7, 0, tzinfo=PARIS),
     datetime(2026, 1, 12, 8, tzinfo=PARIS)),
    (("Europe/Paris", "Indian/Reunion"), datetime(2026, 1, 12, 18, 0, tzinfo=PARIS),
     datetime(2026, 1, 13, 8, tzinfo=PARIS)),
    (("Europe/Paris", "Pacific/Tahiti"), datetime(2026, 1, 12, 12, 0, tzinfo=PARIS),
     datetime(2026, 1, 12, 19, tzinfo=PARIS)),
]  # fmt: skip


@pytest.mark.parametrize(("walls", "at", "expected"), DAYS)
def test_what_falls_in_the_night_waits_for_eight_on_their_own_wall(
    walls: tuple[str, ...], at: datetime, expected: datetime | None
) -> None:
    assert by_day(walls, at.astimezone(UTC)) == (expected or at).astimezone(UTC)


def test_two_walls_that_have_no_hour_in_common_are_told_from_those_that_have() -> None:
    summer = datetime(2026, 7, 13, 12, tzinfo=PARIS).astimezone(UTC)
    assert by_day(("Europe/Paris", "Pacific/Tahiti"), summer) is None
    assert judge(owed(zones=("Europe/Paris", "Pacific/Tahiti"), since=summer, start_at=None),
                 Row(promised=None), False, summer) is Never.LATE  # fmt: skip


@settings(max_examples=300)
@given(st.lists(zones, min_size=1, max_size=2, unique=True), dated)
def test_nobodys_telephone_buzzes_at_night_and_no_sooner_hour_was_passed_by(walls: list[str], at: datetime) -> None:
    found = by_day(walls, at)
    quarter = timedelta(minutes=15)
    if found is None:
        between = [at + n * quarter for n in range(192)]
    else:
        between = [at + n * quarter for n in range(int((found - at) / quarter) + 1) if at + n * quarter < found]
        assert all(8 <= wall_clock(found, ZoneInfo(wall)).hour < 20 for wall in walls)
    for moment in between:
        assert any(not 8 <= wall_clock(moment, ZoneInfo(wall)).hour < 20 for wall in walls)


# -- whether it goes --------------------------------------------------------------------------------

JUDGED = [
    ("as it was promised", owed(), Row(), NOON, Send(MOBILE, TUESDAY)),
    ("with a card before an adviser", owed(), Row(state="offered"), NOON, Send(MOBILE, TUESDAY)),
    ("cancelled", owed(), Row(state="closed"), NOON, Never.OVER),
    ("called right now", owed(), Row(state="dialling"), NOON, Never.OVER),
    ("in a talk", owed(), Row(state="talking"), NOON, Never.OVER),
    ("gone", owed(), None, NOON, Never.OVER),
    ("whose number is kept no more", owed(), Row(phone=None), NOON, Never.OVER),
    ("moved to a landline", owed(), Row(phone=LANDLINE), NOON, Never.OVER),
    ("moved to another window", owed(), Row(promised=window(paris(18, 10))), NOON, Never.OVER),
    ("whose window was kept", owed(), Row(promised=None), NOON, Never.OVER),
    ("as soon as possible", owed(start_at=None), Row(promised=None), NOON, Send(MOBILE, None)),
    ("as soon as possible, and dated since", owed(start_at=None), Row(), NOON, Never.OVER),
    ("as soon as possible, and called since", owed(start_at=None),
     Row(promised=None, attempts=(Attempt(NOON + timedelta(seconds=9)),)), NOON + timedelta(minutes=1), Never.OVER),
    ("as soon as possible, and called before", owed(start_at=None),
     Row(promised=None, attempts=(Attempt(NOON - timedelta(days=1)),)), NOON, Send(MOBILE, None)),
    ("at night", owed(), Row(), paris(16, 22), Hold(paris(17, 8))),
    ("when its window has begun", owed(), Row(), TUESDAY.start_at, Never.LATE),
    ("a day old", owed(start_at=None), Row(promised=None), NOON + CONFIRMED_WITHIN, Never.LATE),
    ("nearly a day old", owed(start_at=None), Row(promised=None), NOON + CONFIRMED_WITHIN - timedelta(seconds=1),
     Send(MOBILE, None)),
    ("a reminder", owed(Kind.REMINDER), Row(), TUESDAY.start_at - timedelta(minutes=1), Send(MOBILE, TUESDAY)),
    ("a reminder when the window begins", owed(Kind.REMINDER), Row(), TUESDAY.start_at, Never.LATE),
    ("a reminder older than a day", owed(Kind.REMINDER, since=NOON - timedelta(days=3)), Row(), NOON,
     Send(MOBILE, TUESDAY)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "row", "at", "expected"), [case[1:] for case in JUDGED], ids=[case[0] for case in JUDGED]
)
def test_a_message_goes_while_it_is_true_and_of_use(one: Owed, row: Row | None, at: Instant, expected: object) -> None:
    assert judge(one, row, False, at) == expected


def test_nobody_who_opposed_is_written_to() -> None:
    assert judge(owed(), Row(), True, NOON) is Never.OVER


def test_a_reminder_that_the_night_holds_until_the_window_has_begun_is_dropped() -> None:
    early = window(paris(17, 8))
    one = owed(Kind.REMINDER, start_at=early.start_at, since=paris(17, 6), due_at=paris(17, 6))
    assert judge(one, Row(promised=early), False, paris(17, 6)) is Never.LATE
    nine = window(paris(17, 9))
    one = owed(Kind.REMINDER, start_at=nine.start_at, since=paris(17, 7), due_at=paris(17, 7))
    assert judge(one, Row(promised=nine), False, paris(17, 7)) == Hold(paris(17, 8))


def test_it_is_day_where_they_say_they_live_and_where_their_number_is() -> None:
    row = Row(phone=E164("+262692000001"), zone="Indian/Reunion")
    lives_in_paris = confirmation(7, asked(), [intake(postcode="75011")], row)
    assert lives_in_paris is not None
    assert lives_in_paris.zones == ("Europe/Paris", "Indian/Reunion")
    assert judge(lives_in_paris, row, False, NOON + timedelta(hours=7)) == Hold(paris(17, 8))
    at_home = confirmation(7, asked(), [intake(postcode="97400")], row)
    assert at_home is not None
    assert at_home.zones == ("Indian/Reunion",)
