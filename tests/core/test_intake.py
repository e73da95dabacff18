"""The judge of requests: what is whole becomes a request, and whatever is not is told, every fault at once."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.callbacks.intake import (
    Asked,
    Wrong,
    examine,
)
from dialer.core.callbacks.intake_words import TO_TELL, Why, sentence
from dialer.core.callbacks.request import AskedBy, Request, Source
from dialer.core.cases.case import Flag, Kind
from dialer.core.numbers import Parsed
from dialer.core.places.territory import Territory
from dialer.core.words import E164, LineId, QueueId
from schedules.hours import Why as Closing
from schedules.windows import Window
from tests.core.intake_world import (
    AT,
    DATED,
    DEAF,
    DROPOUT,
    FREE,
    MAIN,
    RULES,
    WHOLE,
    free,
    line,
    make_rules,
    paris,
    whole,
    wrong,
)

# -- what is whole ----------------------------------------------------------------------------------


def test_a_whole_request_is_taken_with_all_that_was_said():
    asked = replace(
        DATED, kind="rtf", line="main", name=" Martin ", postcode="75011", situation="Seconde, arrêtée\r\nen mars",
        language="AR", relay="true", note="le soir\u00a0plutôt",
    )  # fmt: skip
    assert whole(asked) == Request(
        kind=Kind.RTF, line=LineId("main"), queue=QueueId("main"),
        phone=Parsed(E164("+33199000001"), Territory.METROPOLE, "Europe/Paris"),
        asked_by=AskedBy.YOUNG_PERSON, source=Source.WEB, window=Window(paris(23, 14), paris(23, 16)),
        first_name="Inès",
        name="Martin", postcode="75011", birth_date=date(2008, 3, 21), situation="Seconde, arrêtée\nen mars",
        language="ar", relay=True, note="le soir plutôt",
    )  # fmt: skip


def test_the_least_that_is_asked_for_is_enough():
    request = whole(WHOLE)
    assert (request.kind, request.line, request.queue, request.window) == (Kind.RTF, "dropout", "dropout", None)
    assert (request.language, request.relay, request.note, request.place, request.priority) == (
        "fr",
        False,
        None,
        None,
        0,
    )


def test_a_talk_needs_neither_first_name_nor_birth_date():
    request = whole(replace(WHOLE, kind="information", first_name=None, birth_date=None))
    assert (request.kind, request.line) == (Kind.INFORMATION, "main")


@pytest.mark.parametrize("born", ["2015-01-01", "1970-05-05", "2026-11-23", "1900-01-01"])
def test_nobody_is_refused_for_their_age(born):
    assert whole(replace(WHOLE, birth_date=born)).birth_date == date.fromisoformat(born)


@pytest.mark.parametrize(
    ("said", "meant"), [("on", True), ("oui", True), ("TRUE", True), ("non", False), ("  ", False)]
)
def test_a_form_and_a_file_say_yes_in_their_own_words(said, meant):
    assert whole(replace(WHOLE, relay=said)).relay is meant


def test_an_overseas_number_typed_nationally_is_understood():
    assert whole(replace(WHOLE, phone="0692 00 00 01")).phone.territory is Territory.REUNION


def test_the_postcode_helps_where_a_number_can_be_of_several_places():
    asked = replace(WHOLE, phone="0976 00 12 34")
    assert wrong(asked) == {"phone": Why.AMBIGUOUS}
    found = examine(asked, RULES, free, AT)
    assert isinstance(found, tuple)
    assert len(found[0].among) > 1
    for code, where in (("97110", Territory.GUADELOUPE), ("97300", Territory.GUYANE)):
        assert whole(replace(asked, postcode=code)).phone.territory is where


# -- faults, one by one -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"phone": None}, {"phone": Why.MISSING}),
        ({"phone": " \t"}, {"phone": Why.MISSING}),
        ({"asked_by": None}, {"asked_by": Why.MISSING}),
        ({"asked_by": "neighbour"}, {"asked_by": Why.CHOICE}),
        ({"wish": None}, {"wish": Why.MISSING}),
        ({"wish": "tomorrow"}, {"wish": Why.CHOICE}),
        ({"source": None}, {"source": Why.MISSING}),
        ({"source": "fax"}, {"source": Why.CHOICE}),
        ({"notice_read": None}, {"notice_read": Why.MISSING}),
        ({"notice_read": "false"}, {"notice_read": Why.NOTICE}),
        ({"notice_read": "perhaps"}, {"notice_read": Why.YES_OR_NO}),
        ({"relay": "perhaps"}, {"relay": Why.YES_OR_NO}),
        ({"first_name": None}, {"first_name": Why.MISSING}),
        ({"birth_date": None}, {"birth_date": Why.MISSING}),
        ({"kind": "sale"}, {"kind": Why.CHOICE}),
        ({"kind": "sale", "first_name": None, "birth_date": None}, {"kind": Why.CHOICE}),
        ({"birth_date": "21/03/2008"}, {"birth_date": Why.NO_DATE}),
        ({"birth_date": "2007-02-29"}, {"birth_date": Why.NO_DATE}),
        ({"birth_date": "20080321"}, {"birth_date": Why.NO_DATE}),
        ({"birth_date": "2008-W01-1"}, {"birth_date": Why.NO_DATE}),
        ({"birth_date": "٢٠٠٨-٠٣-٢١"}, {"birth_date": Why.NO_DATE}),
        ({"birth_date": "2026-11-24"}, {"birth_date": Why.BORN_LATER}),
        ({"birth_date": "1899-12-31"}, {"birth_date": Why.BORN_EARLY}),
        ({"postcode": "7501"}, {"postcode": Why.POSTCODE}),
        ({"postcode": "2A004"}, {"postcode": Why.POSTCODE}),
        ({"postcode": "٧٥٠١١"}, {"postcode": Why.POSTCODE}),
        ({"language": "fra"}, {"language": Why.LANGUAGE}),
        ({"language": "f1"}, {"language": Why.LANGUAGE}),
        ({"first_name": "x" * 81}, {"first_name": Why.TOO_LONG}),
        ({"name": "x" * 81}, {"name": Why.TOO_LONG}),
        ({"situation": "x" * 301}, {"situation": Why.TOO_LONG}),
        ({"note": "x" * 1001}, {"note": Why.TOO_LONG}),
        ({"first_name": "Inès\nMarie"}, {"first_name": Why.UNPRINTABLE}),
        ({"name": "\u202ekcab"}, {"name": Why.UNPRINTABLE}),
        ({"situation": "bell\x07"}, {"situation": Why.UNPRINTABLE}),
        ({"note": "half \ud800 a pair"}, {"note": Why.UNPRINTABLE}),
        ({"line": "sales"}, {"line": Why.LINE}),
        ({"line": "parcoursup"}, {"line": Why.LINE}),
        ({"phone": "0000000000"}, {"phone": Why.IMPOSSIBLE}),
        ({"phone": "99 99 99 99 99"}, {"phone": Why.IMPOSSIBLE}),
        ({"phone": "ring me"}, {"phone": Why.IMPOSSIBLE}),
        ({"phone": "01990000011"}, {"phone": Why.IMPOSSIBLE}),
        ({"phone": "1" * 5000}, {"phone": Why.IMPOSSIBLE}),
        ({"phone": "+44 20 7946 0000"}, {"phone": Why.FOREIGN}),
        ({"phone": "0033 1 99 00 00 01"}, None),
        ({"phone": "0 899 12 34 56"}, {"phone": Why.PREMIUM}),
        ({"phone": "0 805 12 34 56"}, {"phone": Why.PREMIUM}),
        ({"phone": "3949"}, {"phone": Why.SHORT}),
        ({"phone": "15"}, {"phone": Why.SHORT}),
        ({"phone": "0 800 12 25 00"}, {"phone": Why.OURS}),
        ({"phone": "+33 1 77 77 12 25"}, {"phone": Why.OURS}),
        ({"start": "2026-11-24T10:00:00+01:00"}, {"wish.start": Why.OUT_OF_PLACE}),
        ({"end": "2026-11-24T10:00:00+01:00"}, {"wish.end": Why.OUT_OF_PLACE}),
    ],
)  # fmt: skip
def test_each_fault_is_told_where_it_is(change, faults):
    asked = replace(WHOLE, **change)
    if faults is None:
        assert isinstance(whole(asked), Request)
    else:
        assert wrong(asked) == faults


def test_the_longest_texts_are_taken():
    request = whole(replace(WHOLE, first_name="x" * 80, name="é" * 80, situation="x" * 300, note="x" * 1000))
    assert len(request.note or "") == 1000


def test_letters_of_other_scripts_and_their_joiners_are_plain_text():
    name = "\u0646\u06cc\u200c\u06a9\u0627"
    assert whole(replace(WHOLE, first_name=name)).first_name == name


# -- lines ------------------------------------------------------------------------------------------


def test_the_only_line_that_calls_back_is_taken_when_none_is_named():
    assert whole(WHOLE, make_rules(MAIN, DEAF)).line == "main"


def test_where_the_usual_line_is_not_there_and_several_are_one_must_be_named():
    rules = make_rules(MAIN, line("other", "+33162000001", "main"))
    assert wrong(WHOLE, rules) == {"line": Why.LINE}
    assert whole(replace(WHOLE, line="other"), rules).line == "other"


def test_where_no_line_calls_back_that_is_said():
    assert wrong(WHOLE, make_rules(DEAF)) == {"line": Why.NO_LINE}


def test_a_line_whose_queue_is_gone_calls_nobody_back():
    assert wrong(replace(WHOLE, line="dropout"), make_rules(MAIN, line("dropout", "+33800122500", "gone"))) == {
        "line": Why.LINE
    }


def test_the_number_that_a_line_shows_is_ours_too():
    shown = replace(DROPOUT, caller_id=E164("+33162000009"))
    assert wrong(replace(WHOLE, phone="0162000009"), make_rules(shown)) == {"phone": Why.OURS}


# -- all at once ------------------------------------------------------------------------------------


def test_every_fault_is_told_at_once():
    asked = Asked(
        kind="sale", line="sales", phone="3949", first_name="\x07", name="x" * 81, postcode="abc",
        birth_date="2030-01-01", asked_by="?", situation="x" * 301, wish="window", start="now", end=None,
        language="french", relay="?", source="?", notice_read="?", note="x" * 1001,
    )  # fmt: skip
    assert set(wrong(asked)) == {
        "kind", "line", "phone", "first_name", "name", "postcode", "birth_date", "asked_by", "situation", "wish.start",
        "wish.end", "language", "relay", "source", "notice_read", "note",
    }  # fmt: skip


def test_nothing_at_all_says_all_that_is_required():
    assert wrong(Asked()) == dict.fromkeys(
        ("phone", "asked_by", "wish", "source", "notice_read", "first_name", "birth_date"), Why.MISSING
    )


texts = st.one_of(
    st.none(),
    st.text(max_size=120),
    st.sampled_from([
        "rtf", "information", "web", "adviser", "asap", "window", "main", "dropout", "true", "young_person", "fr",
        "0199000001", "0692000001", "+68987000001", "2008-03-21", "75011", "98713", "2026-11-24T10:00:00+01:00",
        "2026-11-24T12:00:00Z", "2098-12-31T23:59:59-23:59", "2000-01-01T00:00:00+23:59", "٣٣", "+", "\ud800",
    ]),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.fixed_dictionaries({field.name: texts for field in fields(Asked)}))
def test_whatever_is_sent_is_taken_or_told_and_never_an_error(sent):
    found = examine(Asked(**sent), RULES, free, AT)
    if isinstance(found, Request):
        assert found.source is Source.ADVISER or found.window is None or found.window in {s.window for s in FREE}
        return
    assert found
    for each in found:
        assert each.sentence.en
        assert each.sentence.fr


# -- words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", list(Why))
def test_every_reason_has_its_own_sentence_in_both_languages(why):
    among: tuple[str | Window, ...] = ("deux", FREE[0].window)
    told = sentence(why, among)
    assert "{" not in told.en + told.fr
    assert told.fr[0].isupper()
    assert told.fr.endswith(".")
    others = [sentence(other, among) for other in Why if other is not why]
    assert told.en not in {other.en for other in others}


def test_a_sentence_never_repeats_what_was_sent():
    found = examine(
        replace(WHOLE, phone="0033155512345678", name="S3cret\x07", asked_by="S3cret", language="S3cret"),
        RULES,
        free,
        AT,
    )
    assert isinstance(found, tuple)
    told = " ".join(each.sentence.en + each.sentence.fr for each in found)
    assert "S3cret" not in told
    assert "155512345678" not in told


def test_the_two_territories_of_a_number_are_named():
    told = Wrong("phone", Why.AMBIGUOUS, (Territory.GUYANE, Territory.REUNION)).sentence
    assert "Guyane or La Réunion" in told.en
    assert "Guyane ou La Réunion" in told.fr


def test_every_reason_for_which_a_line_is_closed_can_be_told():
    assert {str(why) for why in Closing} <= {str(why) for why in Why}


def test_every_flag_has_something_to_tell():
    assert set(TO_TELL) == set(Flag)
