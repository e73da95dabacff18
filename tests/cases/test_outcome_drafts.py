"""What was typed of an outcome, in a true database of each kind: there after a crash, and gone when it must be."""

from __future__ import annotations

from datetime import timedelta

import pytest
import structlog

from dialer.core import events as ev
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.states import CallbackId, visit
from dialer.core.callbacks.told import CardAccepted
from dialer.core.contacts.contact import Contact, OutcomeForm, Written
from dialer.core.words import AdviserId, Wish
from dialer.retention import end_notes
from tests.cases.conftest import Office, StartOffice
from tests.cases.test_contacts import dump, holding

pytestmark = pytest.mark.asyncio
A = AdviserId("adv01")
TYPED: OutcomeForm = (("outcome", "RDV_FIXE"), ("search", "Élève de محمد\u200f, cio secret"))


async def card(house: Office) -> dict[str, str]:
    """A callback whose card adv01 has accepted, and an outcome that they have begun."""
    told = await house.book()
    await house.later(seconds=1)
    await house.happen(ev.PhoneRegistered(house.clock.at, A))
    await house.happen(ev.WishSet(house.clock.at, A, Wish.READY))
    live = house.floor.open_callback(CallbackId(told["id"]))
    assert live is not None
    await house.happen(CardAccepted(house.clock.at, live.state.offer))  # type: ignore[union-attr]
    draft = Contact(
        visit(live), A, live.line, live.queue, house.clock.at, written=Written(outcome=TYPED), case=live.case
    )
    await house.happen(ev.ContactWritten(house.clock.at, draft, 0, False, ""))
    return told


async def test_it_outlives_the_service_and_is_in_no_journal_and_no_log(office: StartOffice) -> None:
    with structlog.testing.capture_logs() as logged:
        first = await office()
        told = await card(first)
        again = await office()
    found = await again.floor.contact(told["id"], A)  # type: ignore[arg-type]
    assert found is not None
    assert (found.written.outcome, found.version) == (TYPED, 1)
    assert again.floor.drafts_of(A) == ()
    assert holding(await dump(again), "secret") == {"contacts"}
    assert "secret" not in repr(logged)


async def test_once_an_outcome_is_given_no_word_of_it_is_stored(office: StartOffice) -> None:
    house = await office()
    told = await card(house)
    await house.settle(told["id"], CallbackOutcome.ANNULE)
    assert holding(await dump(house), "secret") == set()


async def test_the_export_of_a_person_has_it_while_it_is_there_and_it_is_no_contact_of_theirs(
    office: StartOffice,
) -> None:
    house = await office()
    told = await card(house)
    data = (await house.ask("GET", f"/cases/{told['case']}/export"))[1]["data"]
    (begun,) = data["issues commencées"]
    assert begun["champs"] == dict(TYPED)
    assert data["fiches d'appel"] == []
    assert "adv01" not in repr(begun)
    await house.settle(told["id"], CallbackOutcome.ANNULE)
    data = (await house.ask("GET", f"/cases/{told['case']}/export"))[1]["data"]
    assert (data["issues commencées"], data["fiches d'appel"]) == ([], [])


async def test_who_is_forgotten_is_in_no_draft_any_more(office: StartOffice) -> None:
    house = await office()
    told = await card(house)
    assert (await house.ask("POST", f"/cases/{told['case']}/erase"))[0] == 200
    held = await dump(house)
    assert holding(held, "secret") == set()
    assert told["case"] not in held["contacts"]
    assert (await office()).runner.desk.contacts.find(told["id"], A) is None  # type: ignore[arg-type]


async def test_one_that_nobody_finished_goes_with_the_notes_of_its_age(office: StartOffice) -> None:
    house = await office()
    await card(house)
    house.clock.at += timedelta(days=89)
    await end_notes(house.runner.submit, lambda: house.runner.desk.rules.retention, house.clock)
    assert holding(await dump(house), "secret") == {"contacts"}
    house.clock.at += timedelta(days=2)
    await end_notes(house.runner.submit, lambda: house.runner.desk.rules.retention, house.clock)
    assert holding(await dump(house), "secret") == set()
