"""Contacts in both databases: back as they were kept, once however often they are written, emptied when it is time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from dialer.core.callbacks.intake import Asked
from dialer.core.callbacks.states import CallbackId, CaseId
from dialer.core.change import Change
from dialer.core.contacts.contact import Contact, Hand, Written, settled
from dialer.core.words import AdviserId, CallId, LineId, QueueId
from dialer.store import Store, StoreError
from dialer.store.contact_shelf import select_drafts, select_of_call, select_of_case
from tests.core.world import T0, after

pytestmark = pytest.mark.asyncio
A, B = AdviserId("a"), AdviserId("b")
NOTE = "Élève 👩🏽‍🎓 de محمد\u200f, שם\u202b ״רות״\u202c,\n\tà rappeler  ' \" \\ lundi\U0010ffff"
DRAFT = Contact(
    CallId("c1"), A, LineId("main"), QueueId("main"), T0 + timedelta(microseconds=1), 3,
    Written(("bourses", "autre"), NOTE, Asked(first_name="Zoé\x00", phone="01 99", wish="window", relay="false")),
    Hand("onglet-🙂", 2**52),
)  # fmt: skip
FILED = Contact(
    CallId("c1"), B, LineId("main"), None, after(5), 1, Written(("autre",), "note"), None, after(5), "f" * 64,
    CallbackId("cb-10000016"), "10000016", CaseId("case-10000016"),
)  # fmt: skip
OUTCOME = Contact(
    CallId("cb-10000016"), A, LineId("main"), QueueId("main"), after(2), 7,
    Written(outcome=(("outcome", "RDV_FIXE"), ("search", "Élève 👩🏽‍🎓 \u202b״רות״\u202c ' \" \\ \x00\U0010ffff"))),
    Hand("onglet", 3), case=CaseId("case-10000016"),
)  # fmt: skip
"""The draft of a callback's outcome."""


def kept(*contacts: Contact) -> Change:
    return Change(T0, contacts={each.key: each for each in contacts})


async def drafts(store: Store) -> tuple[Contact, ...]:
    loaded = await store.load(T0, events=())
    assert loaded.unreadable == ()
    return loaded.contacts


async def test_a_contact_comes_back_as_it_was_kept_by_its_call_and_adviser_by_its_call_and_by_its_case(
    store: Store,
) -> None:
    await store.append([kept(DRAFT, FILED)])
    assert await store.contacts.contact(CallId("c1"), A) == DRAFT
    assert await store.contacts.of_call(CallId("c1")) == (DRAFT, FILED)
    assert await store.contacts.of_case(CaseId("case-10000016")) == (FILED,)
    assert await store.contacts.contact(CallId("c2"), A) is None
    assert await drafts(store) == (DRAFT,)


async def test_what_was_typed_of_an_outcome_comes_back_by_its_callback_and_by_its_case_and_goes_once_it_is_given(
    store: Store,
) -> None:
    await store.append([kept(OUTCOME, DRAFT)])
    assert await store.contacts.contact(CallId("cb-10000016"), A) == OUTCOME
    assert await store.contacts.of_case(CaseId("case-10000016")) == (OUTCOME,)
    assert await drafts(store) == (DRAFT, OUTCOME)
    await store.append([kept(settled(OUTCOME, after(9)))])
    assert await drafts(store) == (DRAFT,)
    found = await store.contacts.contact(CallId("cb-10000016"), A)
    assert found is not None
    assert (found.written, found.version) == (Written(), 8)


async def test_of_several_writings_in_one_commit_the_last_is_kept_and_a_filed_one_is_no_draft(store: Store) -> None:
    await store.append([kept(DRAFT), kept(replace(DRAFT, version=4, written=Written(note="x")))])
    found = await store.contacts.contact(CallId("c1"), A)
    assert found is not None
    assert (found.version, found.written) == (4, Written(note="x"))
    await store.append([kept(replace(found, version=5, filed_at=after(9), filed_as="0" * 64))])
    assert await drafts(store) == ()


@pytest.mark.parametrize("committed", [True, False])
async def test_a_writing_whose_answer_was_lost_is_there_once_it_is_tried_again(
    store: Store, lose_answers: Callable[[bool], None], committed: bool
) -> None:
    lose_answers(committed)
    with pytest.raises(StoreError):
        await store.append([kept(DRAFT)])
    await store.append([kept(DRAFT), kept(FILED)])
    assert await store.contacts.of_call(CallId("c1")) == (DRAFT, FILED)


async def test_notes_that_were_filed_before_and_drafts_of_that_age_go_and_nothing_younger(store: Store) -> None:
    younger = replace(FILED, call=CallId("c2"), filed_at=after(6))
    await store.append([kept(DRAFT, FILED, younger, replace(DRAFT, call=CallId("c3"), changed_at=after(6)))])
    await store.append([Change(after(9), notes_before=after(6), contacts={})])
    assert await store.contacts.of_call(CallId("c1")) == (replace(FILED, written=Written(("autre",), None)),)
    assert await store.contacts.of_call(CallId("c2")) == (younger,)
    assert [each.call for each in await drafts(store)] == ["c3"]


async def test_every_question_finds_its_contacts_by_an_index(store: Store) -> None:
    rows = [
        replace(FILED, call=CallId(f"c{number:05}"), case=CaseId(f"case-{number}") if number % 9 == 0 else None)
        for number in range(3000)
    ]
    await store.append([kept(*rows, replace(DRAFT, call=CallId("d")))])
    async with store._writer.transaction() as conn:
        if conn.dialect.name == "postgresql":
            await conn.exec_driver_sql("ANALYZE contacts")
            await conn.exec_driver_sql("SET enable_seqscan = off")
        for query, index in (
            (select_of_call("c00042"), "contacts_pkey|sqlite_autoindex_contacts"),
            (select_of_case("case-9"), "contacts_case"),
            (select_drafts(), "contacts_draft"),
        ):
            sql = str(query.compile(dialect=conn.dialect, compile_kwargs={"literal_binds": True}))
            explain = "EXPLAIN QUERY PLAN " if conn.dialect.name == "sqlite" else "EXPLAIN "
            plan = "\n".join(str(tuple(row)) for row in await conn.exec_driver_sql(explain + sql.replace("%", "%%")))
            assert any(each in plan for each in index.split("|")), plan
