"""The draft of an outcome: whose it is, never an older one over a newer one, over once an outcome is given."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core import events as ev
from dialer.core.callbacks.outcomes import CallbackOutcome, Report
from dialer.core.callbacks.request import Booking
from dialer.core.callbacks.states import visit
from dialer.core.callbacks.told import CallbackCancelled, OutcomeGiven
from dialer.core.cases.retention import Erased
from dialer.core.change import Change
from dialer.core.contacts.contact import Contact, Hand, OutcomeForm, Written, faults_of, settled, write
from dialer.core.words import AdviserId, CallId, Cause, LineId
from tests.core.test_promises import Centre, centre
from tests.core.world import T0, after

TYPED: OutcomeForm = (("date", "2026-12-02"), ("outcome", "RDV_FIXE"))


def talking() -> tuple[Centre, Booking]:
    room = centre()
    booking = room.book()
    room.pass_s(1)
    room.picked_up(room.dial("a", booking))
    assert room.kind(booking) == "talking"
    return room, booking


def draft(
    room: Centre, booking: Booking, typed: OutcomeForm = TYPED, hand: Hand | None = None, who: str = "a"
) -> Contact:
    callback = room.callback(booking)
    return Contact(
        visit(callback), AdviserId(who), callback.line, callback.queue, room.now, written=Written(outcome=typed),
        hand=hand, case=callback.case,
    )  # fmt: skip


def keep(room: Centre, contact: Contact, against: int = 0) -> Change:
    return room.happen(ev.ContactWritten(room.now, contact, against, False, ""))


def kept(room: Centre, booking: Booking) -> Contact | None:
    return room.desk.contacts.find(CallId(booking.id), AdviserId("a"))


def typed(room: Centre, booking: Booking) -> OutcomeForm:
    found = kept(room, booking)
    return found.written.outcome if found is not None else ()


def test_it_is_kept_as_it_was_typed_and_nothing_of_it_is_journalled_nor_is_it_a_contact_to_be_filed() -> None:
    room, booking = talking()
    change = keep(room, draft(room, booking))
    assert (typed(room, booking), change.records, change.refused) == (TYPED, [], None)
    assert room.desk.contacts.drafts_of(AdviserId("a")) == ()


@pytest.mark.parametrize("who", ["b", "z"])
def test_nobody_writes_it_but_who_has_the_callback_before_them(who: str) -> None:
    room, booking = talking()
    change = keep(room, draft(room, booking, who=who))
    assert (change.refused, change.to_store) == ("contact_unknown", False)


def test_it_stays_after_the_talk_until_the_outcome_is_given_and_then_is_over_in_that_very_change() -> None:
    room, booking = talking()
    keep(room, draft(room, booking))
    room.happen(ev.LegLeft(room.now, room.callback(booking).state.leg, Cause.NORMAL))  # type: ignore[union-attr]
    assert (room.kind(booking), typed(room, booking)) == ("unsettled", TYPED)
    change = room.tell(booking, OutcomeGiven(room.now, Report(CallbackOutcome.REFUS)))
    (over,) = change.contacts.values()
    assert (over.written, over.hand, over.version, over.filed_at) == (Written(), None, 2, room.now)
    assert keep(room, draft(room, booking), 2).refused == "contact_unknown"


def test_an_outcome_that_is_given_in_the_talk_ends_it_and_what_was_still_on_its_way_is_stale() -> None:
    room, booking = talking()
    keep(room, draft(room, booking, hand=Hand("t", 1)))
    room.tell(booking, OutcomeGiven(room.now, Report(CallbackOutcome.REFUS)))
    assert typed(room, booking) == ()
    assert keep(room, draft(room, booking, hand=Hand("t", 2)), 1).refused == "contact_stale"
    assert keep(room, draft(room, booking, hand=Hand("t", 3)), 2).refused is None, "they say it again"


def test_an_outcome_that_is_refused_leaves_it() -> None:
    room, booking = talking()
    keep(room, draft(room, booking))
    change = room.tell(booking, OutcomeGiven(room.now, Report(CallbackOutcome.INJOIGNABLE)))
    assert change.refused is not None
    assert typed(room, booking) == TYPED


def test_a_request_that_is_cancelled_leaves_no_draft_of_it() -> None:
    room = centre()
    booking = room.book()
    room.pass_s(1)
    keep(room, draft(room, booking))
    assert typed(room, booking) == TYPED, "of a card it is kept too"
    room.tell(booking, CallbackCancelled(room.now))
    assert (room.kind(booking), typed(room, booking)) == ("closed", ())


def test_of_a_case_that_is_erased_nothing_is_left_in_memory() -> None:
    room, booking = talking()
    keep(room, draft(room, booking))
    change = Change(room.now, retired=[Erased(booking.case, ())])
    room.desk.contacts.follow(ev.DeadlineReached(room.now), change)
    assert kept(room, booking) is None


def test_drafts_whose_time_is_over_are_forgotten() -> None:
    room, booking = talking()
    keep(room, draft(room, booking))
    room.pass_s(1)
    room.happen(ev.NotesOver(room.now, room.now))
    assert kept(room, booking) is None


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 6), st.sampled_from(["write", "write", "give"])), max_size=20
    )
)
@settings(deadline=None)
def test_whatever_tabs_send_in_whatever_order_nothing_older_comes_over_an_outcome_or_a_newer_draft(
    sent: list[tuple[str, int, str]],
) -> None:
    blank = Contact(CallId("cb-10000016"), AdviserId("a"), LineId("main"), None, T0)
    contact, version = blank, 0
    for tab, turn, what in sent:
        before = contact
        if what == "give":
            contact = settled(contact, after(1))
            assert contact.written == Written()
        else:
            made = write(contact, 0, T0, Written(outcome=((tab, str(turn)),)), Hand(tab, turn), done=False)
            if isinstance(made, str) or made is before:
                continue
            contact = made
            # against 0 only the first of all is taken, or what the same tab wrote later than what is kept
            assert before.version == 0 or (
                before.hand is not None and before.hand.tab == tab and before.hand.turn < turn
            )
        assert contact.version > version
        version = contact.version


@pytest.mark.parametrize(
    ("outcome", "wrong"),
    [
        (tuple((f"f{n}", "x" * 500) for n in range(30)), 0),
        (tuple((f"f{n}", "x") for n in range(31)), 1),
        ((("a b", "x"), ("c", "y" * 501)), 2),
        ((("", "x"),), 1),
        ((("f" * 41, "x"),), 1),
    ],
)
def test_it_is_bounded_and_all_its_faults_are_told_at_once_without_a_word_of_it(
    outcome: OutcomeForm, wrong: int
) -> None:
    found = faults_of(Written(outcome=outcome), (), done=False)
    assert [fault.where for fault in found] == ["fields"] * wrong
    assert not any("y" * 20 in fault.what or "x" in fault.what for fault in found)
