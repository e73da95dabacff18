"""Files of cases of every kind of fate, with their requests, for the tests of the store. All of it is fictional."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

from dialer.core.callbacks.legal_clock import at_risk_at, late_at, legal_deadline
from dialer.core.callbacks.outcomes import CallbackOutcome
from dialer.core.callbacks.request import AskedBy, Booking, Intake, Key, Request, Source
from dialer.core.callbacks.states import CallbackId, CaseId
from dialer.core.cases.actor import officer
from dialer.core.cases.appointment import Appointment, AppointmentId, Fixed, Where
from dialer.core.cases.case import Appointment as Dated
from dialer.core.cases.case import Case, Ended, Kind
from dialer.core.cases.file import CaseFile, Given, open_file
from dialer.core.cases.responsible import How, OfficerId, Responsible, Turn, responsible_for
from dialer.core.change import Change
from dialer.core.numbers import Parsed
from dialer.core.places.territory import Territory
from dialer.core.revision import Versioned
from dialer.core.structures.structure import StructureId
from dialer.core.words import E164, By, Instant, LineId, QueueId
from tests.core.world import T0
from tests.store.promised import number

MICRO, SECOND, HOUR, DAY = timedelta(microseconds=1), timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
ANNA = officer("anna")


def filed(
    serial: int,
    received_at: Instant = T0,
    *,
    kind: Kind = Kind.RTF,
    first_name: str | None = "Zoé",
    name: str | None = None,
    phone: str | None = None,
    postcode: str | None = "75011",
    in_hand_of: str | None = None,
    dated: tuple[Dated, ...] = (),
    structure: str | None = None,
    ended: tuple[Instant, CallbackOutcome] | None = None,
    key: Key | None = None,
) -> Change:
    """What the desk would give to store of one request and of what became of its case. Its id: `case-` and serial."""
    case = Case(
        CaseId(f"case-{serial:08d}"), received_at, E164(phone or number(serial)), kind, first_name, None, dated,
        ended=Ended(*ended, By.PERSON) if ended is not None else None,
    )  # fmt: skip
    parsed = Parsed(case.phone, Territory.METROPOLE, "Europe/Paris")
    request = Request(
        kind, LineId("dropout"), QueueId("dropout"), parsed, AskedBy.YOUNG_PERSON, Source.WEB,
        first_name=first_name, name=name, postcode=postcode,
    )  # fmt: skip
    booking = Booking(
        CallbackId(f"cb-{serial:08d}"), f"{serial:08d}", case.id, "requested", (), received_at,
        legal_deadline(received_at) if kind is Kind.RTF else None, None,
    )  # fmt: skip
    appointments = tuple(
        Appointment(AppointmentId(f"{case.id}-a{place}"), each.at, each.fixed_at, ANNA, _where(structure), Fixed())
        for place, each in enumerate(dated, 1)
    )
    file = replace(
        open_file(replace(case, appointments=()), _held(responsible_for(postcode, received_at), in_hand_of)),
        case=case, requests=(Given(received_at, request),), appointments=appointments,
    )  # fmt: skip
    return Change(
        received_at, files={case.id: Versioned(file)}, intakes=[Intake(received_at, serial, request, booking, key)]
    )


def _where(structure: str | None) -> Where:
    return Where(StructureId(structure) if structure is not None else None)


def _held(by_postcode: Responsible, who: str | None) -> Responsible:
    if who is None:
        return by_postcode
    last = by_postcode.history[-1]
    return Responsible((last, Turn(last.since, How.ASSIGNED, last.academie, OfficerId(who), who)))


def file_of(change: Change) -> CaseFile:
    (file,) = change.files.values()
    return file.value


# -- around the clock -------------------------------------------------------------------------------


def every_clock() -> list[Change]:
    """Each kind, each way of having an appointment and each end around every bound of the legal clock. The clocks go
    forward within the 15 days. Facts are told before they are asked for, but for what is told after the end."""
    bounds = (at_risk_at(T0), late_at(T0))
    ends = [None, T0 + HOUR, *(bound + off for bound in bounds for off in (-MICRO, timedelta(), MICRO))]
    fixed_at = T0 + 30 * MICRO
    dates = (late_at(T0) - MICRO, late_at(T0), legal_deadline(T0), T0 + DAY)
    made = []
    for kind, end in product(Kind, ends):
        off = (end or T0) + HOUR
        ways: list[tuple[Dated, ...]] = [(), *((Dated(each, fixed_at),) for each in dates)]
        ways.append((Dated(T0 + DAY, fixed_at, fixed_at + MICRO), Dated(late_at(T0) + DAY, fixed_at)))
        if end is not None:
            ways += [
                (Dated(T0 + DAY, fixed_at, off),),  # called off after the end: it held when the clock stopped
                (Dated(T0 + DAY, off),),  # fixed after the end: it did not
                (Dated(T0 + DAY, fixed_at, end),),
            ]
        for dated in ways:
            over = None if end is None else (end, CallbackOutcome.ORIENTE)
            made.append(filed(len(made), kind=kind, dated=dated, ended=over))
    return made


def instants() -> list[Instant]:
    """Around every bound."""
    around = (at_risk_at(T0), legal_deadline(T0), late_at(T0))
    return [T0 + 2 * HOUR, *(bound + off for bound in around for off in (-MICRO, timedelta(), MICRO)), T0 + 90 * DAY]
