"""Calls, advisers, callbacks, cases, requests, accounts and sessions ⇄ JSON, exactly.

Decides nothing: the core's dataclasses are the schema, and the ``kind`` of a state tells which one it is. What a newer
or older version wrote and this one cannot read is an UnreadableSnapshot with the place of the fault, never its content,
which is personal data.
"""

from __future__ import annotations

from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from dialer.core.access.account import Account
from dialer.core.access.session import Session
from dialer.core.adviser import Adviser
from dialer.core.callbacks.intake import Asked
from dialer.core.callbacks.request import Booking, Request
from dialer.core.callbacks.states import Callback
from dialer.core.calls.states import Call
from dialer.core.cases.file import CaseFile
from dialer.core.cases.retention import Archived
from dialer.core.cases.template import Template
from dialer.core.revision import Versioned
from dialer.core.structures.structure import Structure

_CALL = TypeAdapter(Call)
_ADVISER = TypeAdapter(Adviser)
_CALLBACK = TypeAdapter(Callback)
_FILE = TypeAdapter(Versioned[CaseFile])
_ARCHIVED = TypeAdapter(Archived)
_TEMPLATE = TypeAdapter(Template)
_STRUCTURE = TypeAdapter(Structure)
_ASKED = TypeAdapter(Asked)
_REQUEST = TypeAdapter(Request)
_BOOKING = TypeAdapter(Booking)
_ACCOUNT = TypeAdapter(Account)
_SESSION = TypeAdapter(Session)
T = TypeVar("T")


class UnreadableSnapshot(Exception):
    """Stored by another version in words that this one does not have."""


def call_json(call: Call) -> str:
    """About 8 µs."""
    return _CALL.dump_json(call).decode()


def adviser_json(adviser: Adviser) -> str:
    """About 2 µs."""
    return _ADVISER.dump_json(adviser).decode()


def callback_json(callback: Callback) -> str:
    return _CALLBACK.dump_json(callback).decode()


def file_json(file: Versioned[CaseFile]) -> str:
    return _FILE.dump_json(file).decode()


def archived_json(archived: Archived) -> str:
    return _ARCHIVED.dump_json(archived).decode()


def template_json(template: Template) -> str:
    return _TEMPLATE.dump_json(template).decode()


def structure_json(structure: Structure) -> str:
    return _STRUCTURE.dump_json(structure).decode()


def asked_json(asked: Asked) -> str:
    return _ASKED.dump_json(asked).decode()


def request_json(request: Request) -> str:
    return _REQUEST.dump_json(request).decode()


def booking_json(booking: Booking) -> str:
    return _BOOKING.dump_json(booking).decode()


def account_json(account: Account) -> str:
    return _ACCOUNT.dump_json(account).decode()


def session_json(session: Session) -> str:
    return _SESSION.dump_json(session).decode()


def call_of(stored: str) -> Call:
    return _read(_CALL, stored)


def adviser_of(stored: str) -> Adviser:
    return _read(_ADVISER, stored)


def callback_of(stored: str) -> Callback:
    return _read(_CALLBACK, stored)


def file_of(stored: str) -> Versioned[CaseFile]:
    return _read(_FILE, stored)


def archived_of(stored: str) -> Archived:
    return _read(_ARCHIVED, stored)


def template_of(stored: str) -> Template:
    return _read(_TEMPLATE, stored)


def structure_of(stored: str) -> Structure:
    return _read(_STRUCTURE, stored)


def asked_of(stored: str) -> Asked:
    return _read(_ASKED, stored)


def request_of(stored: str) -> Request:
    return _read(_REQUEST, stored)


def booking_of(stored: str) -> Booking:
    return _read(_BOOKING, stored)


def account_of(stored: str) -> Account:
    return _read(_ACCOUNT, stored)


def session_of(stored: str) -> Session:
    return _read(_SESSION, stored)


def _read(adapter: TypeAdapter[T], stored: str) -> T:
    try:
        return adapter.validate_json(stored)
    except ValidationError as error:
        raise UnreadableSnapshot(_where(error)) from None


def _where(error: ValidationError) -> str:
    """The first faults by their place in the snapshot. The values stay out."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)[:3]
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'all of it'}: {fault['type']}" for fault in faults)
