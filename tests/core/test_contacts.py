"""Contacts: whole or not, never an older one over a newer one, filed before ready, all in one change or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from dialer.core import adviser as advisers
from dialer.core import commands as cmd
from dialer.core import events as ev
from dialer.core.adviser import Adviser, ContactFiled
from dialer.core.callbacks.intake import Asked
from dialer.core.callbacks.request import AskedBy, Request, Source
from dialer.core.calls.states import OfferAnswered, TalkEnded
from dialer.core.cases.case import Kind
from dialer.core.change import Change
from dialer.core.contacts.contact import NOTE_MAX, Contact, Hand, Written, clean, faults_of, write
from dialer.core.contacts.reason import ContactReason
from dialer.core.figures import Figures
from dialer.core.numbers import Parsed
from dialer.core.places.territory import Territory
from dialer.core.words import E164, AdviserId, By, CallId, LegId, LineId, OfferId, Wish
from tests.core.world import DIRECT, MAIN, QUEUE, T0, Room, after, lines, rules, team

REQUIRED = replace(QUEUE, wrap_up_max_s=60, contact_required=True)
C, A = CallId("c"), AdviserId("a")
REASONS = (ContactReason("bourses", "Bourses et aides"), ContactReason("autre", "Autre motif"))
SAID = Written(("bourses",), "Rappeler lundi")
LINA = Parsed(E164("+33199000102"), Territory.METROPOLE, "Europe/Paris")
ASKED = Request(
    Kind.RTF, DIRECT, MAIN, LINA, AskedBy.YOUNG_PERSON, Source.ADVISER, first_name="Lina", birth_date=T0.date()
)


def blank(call: str = "c", adviser: str = "a", written: Written = SAID, hand: Hand | None = None) -> Contact:
    return Contact(CallId(call), AdviserId(adviser), DIRECT, MAIN, T0, written=written, hand=hand)


def talked(queue: Any = REQUIRED, people: Any = None, name: str = "c") -> Room:
    """Adviser a has talked with c for ten seconds, and wraps up."""
    taking = {key: replace(each, callback_queue=MAIN) for key, each in lines().items()}
    room = Room(rules(people or team(a=1), queue, lines=taking))
    room.queue_up(name)
    room.answer("a")
    room.until(10)
    room.leave(name)
    return room


def say(room: Room, contact: Contact, against: int, *, done: bool = False, body: str = "b", **more: Any) -> Change:
    return room.happen(ev.ContactWritten(room.now, contact, against, done, body, **more))


def kept(room: Room, call: str = "c", adviser: str = "a") -> Contact:
    found = room.desk.contacts.find(CallId(call), AdviserId(adviser))
    assert found is not None
    return found


# -- what is whole ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "note",
    [
        "Élève de 3e 👩🏽‍🎓",
        "اسم: محمد\u200f (جدّة)",
        "שם\u202b ״רות״\u202c",
        "क्\u200dष",
        "  deux blancs  ",
        "ligne\n\tretrait",
        "\U0010ffff",
    ],
)
def test_a_note_is_kept_sign_for_sign_in_any_script_and_direction(note: str) -> None:
    assert clean(note) == note


@pytest.mark.parametrize(
    ("note", "kept_of_it"),
    [
        ("a\x00b\x07c\x1bd\x7fe\x85f\x9fg", "abcdefg"), ("a\r\nb\rc", "a\nb\nc"), ("a\ud800b", "ab"),
        (None, None), ("", None), (" \n\t ", None), ("\x00\x01", None),
    ],
)  # fmt: skip
def test_of_a_note_only_control_characters_are_taken_out_and_one_that_says_nothing_is_none(
    note: str | None, kept_of_it: str | None
) -> None:
    assert clean(note) == kept_of_it


@given(st.text())
def test_a_clean_note_stays_as_it_is_and_can_be_stored(note: str) -> None:
    once = clean(note)
    assert clean(once) == once
    assert once is None or once.encode()


@pytest.mark.parametrize(
    ("written", "where_done", "where_drafted"),
    [
        (Written(("bourses",)), [], []),
        (Written(("bourses", "autre"), "x" * NOTE_MAX), [], []),
        (Written(), ["reasons"], []),
        (Written(("gone",)), ["reasons"], []),
        (Written(tuple("abcdef")), ["reasons", "reasons"], []),
        (Written(tuple(map(str, range(51)))), ["reasons", "reasons"], ["reasons"]),
        (Written(("autre",), "🙂" * (NOTE_MAX + 1)), ["note"], ["note"]),
        (Written((), "x" * (NOTE_MAX + 1)), ["reasons", "note"], ["note"]),
        (Written(("autre",), None, Asked(note="x" * 2001, name="y" * 2000)), ["callback.note"], ["callback.note"]),
    ],
)
def test_all_faults_are_told_at_once_and_a_draft_may_lack_anything_but_is_bounded(
    written: Written, where_done: list[str], where_drafted: list[str]
) -> None:
    assert [each.where for each in faults_of(written, REASONS, done=True)] == where_done
    assert [each.where for each in faults_of(written, REASONS, done=False)] == where_drafted


def test_on_a_line_without_reasons_none_is_asked_for() -> None:
    assert faults_of(Written(), (), done=True) == []
    assert [each.where for each in faults_of(Written(("bourses",)), (), done=True)] == ["reasons"]


# -- two that write at once -------------------------------------------------------------------------


def test_each_writing_makes_a_version_and_the_same_once_more_makes_none() -> None:
    first = write(blank(written=Written()), 0, T0, SAID, None, done=False)
    assert isinstance(first, Contact)
    assert (first.version, first.written) == (1, SAID)
    assert write(first, 0, after(1), SAID, None, done=False) is first
    assert write(first, 7, after(1), SAID, None, done=False) is first


def test_what_is_written_against_another_version_is_refused() -> None:
    first = write(blank(written=Written()), 0, T0, SAID, Hand("here", 1), done=False)
    assert isinstance(first, Contact)
    for against in (0, 2):
        assert write(first, against, after(1), Written(note="x"), Hand("there", 9), done=False) == "contact_stale"


def test_a_tab_is_never_stale_to_itself_and_its_earlier_words_that_come_late_are_passed_over() -> None:
    """Its answer was still under way when it was closed."""
    first = write(blank(written=Written()), 0, T0, Written(note="a"), Hand("here", 3), done=False)
    assert isinstance(first, Contact)
    last = write(first, 0, after(1), Written(note="abc"), Hand("here", 5), done=False)
    assert isinstance(last, Contact)
    assert (last.version, last.written.note) == (2, "abc")
    assert write(last, 0, after(2), Written(note="ab"), Hand("here", 4), done=False) is last
    assert write(last, 0, after(2), Written(note="ab"), Hand("here", 4), done=True) == "contact_stale"


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 6), st.integers(0, 8), st.text(max_size=3)), max_size=12))
def test_whatever_two_tabs_send_in_whatever_order_no_older_writing_of_a_tab_replaces_its_newer_one(
    writings: list[tuple[int, int, int, str]],
) -> None:
    contact = blank(written=Written())
    newest: dict[str, int] = {}
    for tab, against, turn, note in writings:
        found = write(contact, against, T0, Written(note=note), Hand(f"t{tab}", turn), done=False)
        if isinstance(found, str) or found is contact:
            continue
        same = contact.hand is not None and contact.hand.tab == f"t{tab}"
        assert found.version == contact.version + 1
        assert turn > newest[f"t{tab}"] if same else against == contact.version
        newest[f"t{tab}"] = turn
        contact = found


# -- filed before ready -----------------------------------------------------------------------------


def test_in_the_wrap_up_ready_is_refused_with_why_until_the_contact_is_filed() -> None:
    room = talked()
    refused = room.wish("a", Wish.READY)
    assert refused.refused == "contact_owed"
    assert refused.advisers == {}
    assert [(each.event, dict(each.data)["why"]) for each in refused.records] == [("wish_refused", "contact_owed")]
    assert room.adviser("a").state.kind == "wrapping_up"
    assert say(room, blank(), 0, done=True).refused is None
    assert (room.adviser("a").state.kind, room.adviser("a").wish, room.adviser("a").owes) == ("free", "ready", ())


def test_who_dials_ready_hears_whether_it_was_done() -> None:
    room, phone = talked(), LegId("their-phone")
    dialled = ev.WishSet(room.now, A, Wish.READY, leg=phone)
    assert room.happen(dialled).commands == [cmd.ConfirmWish(phone, Wish.READY, done=False)]
    paused = ev.WishSet(room.now, A, Wish.PAUSED, leg=phone)
    assert room.happen(paused).commands == [cmd.ConfirmWish(phone, Wish.PAUSED, done=True)]
    say(room, blank(), 0, done=True)
    assert cmd.ConfirmWish(phone, Wish.READY, done=True) in room.happen(dialled).commands
    assert room.adviser("a").wish is Wish.READY


def test_who_paused_in_the_wrap_up_stays_paused_when_the_contact_is_filed() -> None:
    room = talked()
    room.wish("a", Wish.PAUSED, "déjeuner")
    say(room, blank(), 0, done=True)
    assert (room.adviser("a").state.kind, room.adviser("a").wish, room.adviser("a").reason) == (
        "free", "paused", "déjeuner",
    )  # fmt: skip


def test_at_the_limit_the_adviser_is_paused_owes_the_contact_and_keeps_the_draft() -> None:
    room = talked()
    say(room, blank(), 0)
    adviser = room.until(80).adviser("a")
    assert (adviser.state.kind, adviser.wish, adviser.wish_by, adviser.reason) == (
        "free", "paused", By.SYSTEM, "fiche à finir",
    )  # fmt: skip
    assert adviser.owes == (C,)
    assert kept(room).written == SAID
    assert room.wish("a", Wish.READY).refused == "contact_owed"
    assert room.wish("a", Wish.AWAY).refused is None
    assert room.queue_up("d").state("d") == "waiting"


def test_a_late_contact_ends_the_pause_that_was_set_for_it_and_whoever_waits_is_offered() -> None:
    room = talked()
    room.until(80)
    room.queue_up("d")
    filed = say(room, blank(), 0, done=True)
    assert (room.adviser("a").wish, room.adviser("a").owes, room.state("d")) == ("ready", (), "offered")
    (told,) = (each for each in filed.records if each.event == "contact_filed")
    assert dict(told.data) == {
        "line": DIRECT, "queue": MAIN, "reasons": "bourses", "note": 1, "callback": None, "late": 1,
    }  # fmt: skip


@pytest.mark.parametrize(("wish", "reason"), [(Wish.AWAY, None), (Wish.PAUSED, "déjeuner")])
def test_a_late_contact_leaves_a_wish_of_ones_own(wish: Wish, reason: str | None) -> None:
    room = talked()
    room.until(80)
    room.wish("a", wish, reason)
    say(room, blank(), 0, done=True)
    assert (room.adviser("a").wish, room.adviser("a").owes) == (wish, ())
    assert room.wish("a", Wish.READY).refused is None


def test_without_any_wrap_up_a_required_contact_is_owed_at_once() -> None:
    room = talked(replace(REQUIRED, wrap_up_max_s=0))
    adviser = room.adviser("a")
    assert (adviser.state.kind, adviser.wish, adviser.owes) == ("free", "paused", (C,))


def test_where_no_contact_is_required_ready_ends_the_wrap_up_as_ever_and_the_draft_can_still_be_filed() -> None:
    room = talked(replace(REQUIRED, contact_required=False))
    say(room, blank(), 0)
    assert room.wish("a", Wish.READY).refused is None
    assert room.adviser("a").state.kind == "free"
    assert say(room, blank(), 1, done=True).refused is None
    assert kept(room).filed_at == room.now


def test_what_came_of_a_callback_is_its_outcome_and_no_contact_is_owed_for_it() -> None:
    adviser = Adviser(A, T0, T0, Wish.READY, state=advisers.Talking(CallId("cb-10000016")), registered=True)
    step = advisers.transition(adviser, TalkEnded(A, CallId("cb-10000016"), REQUIRED), T0)
    assert isinstance(step.adviser.state, advisers.WrappingUp)
    assert not step.adviser.state.required
    ready = advisers.transition(step.adviser, ev.WishSet(T0, A, Wish.READY), T0)
    assert (ready.refused, ready.adviser.state.kind) == (None, "free")


class Owing(RuleBasedStateMachine):
    """One adviser, several calls one after the other or handed over, some of whose queues ask for a contact."""

    def __init__(self) -> None:
        super().__init__()
        self.now = T0
        self.adviser = Adviser(A, T0, T0, Wish.READY, state=advisers.Free(), registered=True)
        self.calls = 0
        self.due: list[CallId] = []
        """Over their wrap-up without having been filed, as somebody would write it on paper."""

    def tell(self, event: Any) -> advisers.AdviserStep:
        self.now += timedelta(seconds=1)
        step = advisers.transition(
            self.adviser, replace(event, at=self.now) if hasattr(event, "at") else event, self.now
        )
        before, self.adviser = self.adviser, step.adviser
        left = before.state if isinstance(before.state, advisers.WrappingUp) else None
        over = left is not None and self.adviser.state != left
        if over and left is not None and left.required and not isinstance(event, ContactFiled):
            self.due.append(left.call)
        return step

    @rule(how=st.sampled_from(["required", "required, no wrap-up", "not required", "then ready"]))
    def talks(self, how: str) -> None:
        if not isinstance(self.adviser.state, advisers.Free | advisers.Unreachable):
            return
        self.calls += 1
        call = CallId(f"c{self.calls}")
        queue = replace(
            REQUIRED,
            contact_required=how.startswith("required"),
            wrap_up_max_s=0 if "no wrap-up" in how else 60,
            wrap_up_then_ready=how == "then ready",
        )
        ringing = advisers.Ringing(call, OfferId("o"), LegId("l"), self.now)
        self.adviser = replace(self.adviser, state=ringing)  # as a guest of the call, whatever the wish
        self.tell(OfferAnswered(A, call))
        self.tell(TalkEnded(A, call, queue))
        if how == "required, no wrap-up":
            self.due.append(call)

    @rule(wish=st.sampled_from(list(Wish)))
    def wishes(self, wish: Wish) -> None:
        before = self.adviser
        step = self.tell(ev.WishSet(self.now, A, wish))
        if step.refused is not None:
            assert wish is Wish.READY
            assert self.adviser == before

    @rule(which=st.integers(0, 3))
    def files(self, which: int) -> None:
        state = self.adviser.state
        open_calls = [*self.due, *([state.call] if isinstance(state, advisers.WrappingUp) else [])]
        if not open_calls:
            return
        call = open_calls[which % len(open_calls)]
        self.tell(ContactFiled(self.now, call))
        if call in self.due:
            self.due.remove(call)

    @rule(seconds=st.sampled_from([1, 61]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.tell(ev.DeadlineReached(self.now))

    @rule(here=st.booleans())
    def phone(self, here: bool) -> None:
        self.tell(ev.PhoneRegistered(self.now, A) if here else ev.PhoneUnregistered(self.now, A))

    @invariant()
    def nobody_is_ready_who_owes(self) -> None:
        assert list(self.adviser.owes) == self.due
        assert not self.due or self.adviser.wish is not Wish.READY


def test_there_is_no_state_in_which_somebody_is_ready_while_they_owe_a_contact() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Owing, settings=settings(max_examples=60, stateful_step_count=30, deadline=None, derandomize=True)
    )


# -- who writes, and when ---------------------------------------------------------------------------


def test_a_note_is_begun_in_the_talk_and_filed_after_it() -> None:
    room = Room(rules(team(a=1), REQUIRED))
    room.queue_up("c")
    assert say(room, blank(), 0).refused == "contact_unknown", "it only rings"
    room.answer("a")
    assert say(room, blank(), 0).refused is None
    assert say(room, blank(), 1, done=True).refused == "contact_talking"
    room.leave("c")
    assert kept(room).written == SAID
    assert say(room, blank(), 1, done=True).refused is None


@pytest.mark.parametrize(("call", "adviser"), [("c", "b"), ("z", "a"), ("c", "nobody")])
def test_of_a_call_that_is_not_theirs_nobody_writes_anything(call: str, adviser: str) -> None:
    room = talked(people=team(a=1, b=2))
    for done in (False, True):
        change = say(room, blank(call, adviser), 0, done=done)
        assert (change.refused, change.contacts, change.records) == ("contact_unknown", {}, [])


def test_drafts_are_not_journalled_and_what_is_filed_is_without_a_word_of_the_note() -> None:
    room = talked()
    assert say(room, blank(), 0).records == []
    filed = say(room, blank(), 1, done=True)
    assert [each.event for each in filed.records] == ["contact_filed", "adviser_state"]
    assert "Rappeler" not in repr(filed.records)


def test_the_same_filing_once_more_changes_nothing_and_another_is_refused() -> None:
    room = talked()
    assert say(room, blank(), 0, done=True, request=ASKED).refused is None
    known = kept(room)
    for stored in (None, known):
        again = say(room, blank(), 0, done=True, request=ASKED, stored=stored)
        assert (again.refused, again.contacts, again.intakes, again.records) == (None, {}, [], [])
    assert say(room, blank(), 0, done=True, body="other").refused == "contact_filed"
    assert say(room, blank(), 1).refused == "contact_filed"
    assert kept(room) == known


def test_one_that_was_filed_long_ago_comes_with_the_event_and_counts_only_where_none_is_here() -> None:
    room = talked()
    say(room, blank(), 0, done=True)
    filed = kept(room)
    other = talked(name="d")
    assert say(other, blank(), 0, done=True, stored=filed).refused is None, "the very same"
    assert say(other, blank(), 0, done=True, body="other", stored=filed).refused == "contact_filed"


def test_who_has_the_call_once_more_writes_on_and_files_it_again() -> None:
    """Handed over to a colleague and back."""
    room = talked()
    say(room, blank(), 0, done=True)
    adviser = room.adviser("a")
    room.desk.team.keep(replace(adviser, state=advisers.WrappingUp(C, MAIN, after(500), False, True)))
    longer = blank(written=Written(("autre",), "Encore lui"))
    assert say(room, longer, 1, done=True, body="second").refused is None
    assert (kept(room).version, kept(room).written.note) == (2, "Encore lui")
    assert room.adviser("a").state.kind == "free"


# -- what follows -----------------------------------------------------------------------------------


def test_a_case_is_opened_in_the_very_change_in_which_the_contact_is_filed() -> None:
    room = talked()
    change = say(room, blank(), 0, done=True, request=ASKED)
    (intake,) = change.intakes
    contact = change.contacts[C, A]
    assert (contact.booked, contact.reference, contact.case) == (
        intake.booking.id, intake.booking.reference, intake.booking.case,
    )  # fmt: skip
    assert change.cases.keys() == {intake.booking.case}
    assert dict(change.records[-2].data)["callback"] == intake.booking.id
    assert "Lina" not in repr(change.records)


def test_where_the_contact_is_refused_nothing_is_booked_and_nobody_is_freed() -> None:
    room = talked()
    say(room, blank(hand=Hand("other", 1)), 0)
    change = say(room, blank(written=Written(("autre",))), 0, done=True, request=ASKED)
    assert (change.refused, change.intakes, change.callbacks, change.contacts) == ("contact_stale", [], {}, {})
    assert room.adviser("a").state.kind == "wrapping_up"


def test_what_was_typed_for_a_callback_is_kept_with_the_draft_and_gone_once_it_is_filed() -> None:
    room = talked()
    typed = Written((), None, Asked(first_name="Li", phone="01 99 0"))
    say(room, blank(written=typed), 0)
    assert kept(room).written == typed
    say(room, blank(written=replace(typed, reasons=("autre",))), 1, done=True, request=ASKED)
    assert kept(room).written.asked is None


# -- how long ---------------------------------------------------------------------------------------


def test_notes_and_drafts_whose_time_is_over_are_forgotten_and_what_is_younger_stays() -> None:
    room = talked()
    say(room, blank(), 0, done=True)
    room.queue_up("d")
    room.answer("a")
    say(room, blank("d"), 0)
    drafted_at = room.now
    change = room.happen(ev.NotesOver(room.now, drafted_at))
    assert change.notes_before == drafted_at
    assert change.to_store
    assert (room.desk.contacts.find(C, A), kept(room, "d").written) == (None, SAID)
    room.happen(ev.NotesOver(room.now, drafted_at + timedelta(seconds=1)))
    assert room.desk.contacts.drafts_of(A) == ()


def test_who_reads_the_note_of_another_is_in_the_journal_and_ones_own_is_no_look() -> None:
    room = talked()
    say(room, blank(), 0, done=True)
    looked = room.happen(ev.ContactsLooked(room.now, "omar", (kept(room),)))
    assert [(each.event, each.call, each.adviser, dict(each.data)) for each in looked.records] == [
        ("contact_looked", C, A, {"by": "omar"})
    ]
    assert room.happen(ev.ContactsLooked(room.now, "lea", (kept(room),), A)).records == []


# -- figures ----------------------------------------------------------------------------------------


def test_the_reasons_of_the_day_are_counted_by_line_and_queue() -> None:
    room = talked()
    say(room, blank(written=Written(("bourses", "autre"))), 0, done=True)
    figures = Figures({})
    for change in room.changes:
        figures.take(change.records)
    assert figures.total.reasons == figures.lines[LineId("direct")].reasons == {"bourses": 1, "autre": 1}
    assert figures.queues[MAIN].reasons == {"bourses": 1, "autre": 1}
