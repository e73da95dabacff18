"""The tables. Decides what is stored where, and by which indexes it is found.

Instants are stored as whole microseconds since 1970 UTC in both databases: they sort right as numbers, come back
exact and aware, and cost no parsing (SQLite has no instant of its own, and text sorts wrong once formats mix).
JSON is stored as text: nothing asks for what is in it, and the order of a record's data is kept.

Personal data is in ``calls.caller``, in ``phone`` of callbacks, cases and attempts, in ``requests.request``, in
``oppositions``, in the snapshots of calls and callbacks that are open; of cases in ``first_name``, ``name``, ``file``
and ``archive``, in ``case_words`` and, as who goes where, in ``appointments``; in ``note`` and ``asked`` of contacts.
The journal and ``tallies`` have none.
Until when each is there, `core.cases.fates` says; `statements` empties it. None of it is in a row's id: those of cases
and callbacks hold a reference, which leads to nobody once its request is deleted. ``accounts`` has the names of those
who work here; of their passwords and of browsers' secrets there is what they were hashed to, and nothing else.

No table refers to another by a foreign key: a row that a defect of ours left out must not hold up everybody's journal.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CALLBACKS_TOLD = "callback_"
"""How the journal's events of callbacks begin: they have an index of their own, for who reads them in turn."""


def micros(at: datetime) -> int:
    """Whole microseconds since 1970 UTC. Raises TypeError for a naive instant."""
    return (at - EPOCH) // MICROSECOND


def instant(stored: int) -> datetime:
    return EPOCH + timedelta(microseconds=stored)


class InstantType(TypeDecorator[datetime]):
    """An aware instant, stored as microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else instant(value)


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


metadata = MetaData()

journal = Table(
    "journal",
    metadata,
    # Numbered by the one writer, without gaps: a number used twice is a second writer, and is refused.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", InstantType, nullable=False),
    Column("event", String, nullable=False),
    Column("call", String),
    Column("adviser", String),
    Column("data", Text, nullable=False),
    Index("journal_at", "at", "seq"),
    _partial("journal_call", "call", "seq", where="call IS NOT NULL"),
    # substr, because LIKE sorts and folds by the database's language and this does not
    _partial("journal_callbacks", "seq", where=f"substr(event, 1, {len(CALLBACKS_TOLD)}) = '{CALLBACKS_TOLD}'"),
)

calls = Table(
    "calls",
    metadata,
    Column("id", String, primary_key=True),
    Column("line", String, nullable=False),
    Column("queue", String),
    Column("state", String, nullable=False),
    Column("outcome", String),
    Column("stage", String),
    Column("arrived_at", InstantType, nullable=False),
    Column("queued_at", InstantType),
    Column("answered_at", InstantType),
    Column("ended_at", InstantType),
    Column("adviser", String),
    Column("caller", String),
    Column("flow", String, nullable=False),
    Column("snapshot", Text),
    CheckConstraint(
        "(state = 'ended') = (ended_at IS NOT NULL) AND (state = 'ended') = (outcome IS NOT NULL)"
        " AND (state = 'ended') = (snapshot IS NULL)",
        name="calls_one_outcome",
    ),
    Index("calls_arrived", "arrived_at", "id"),
    Index("calls_line", "line", "arrived_at", "id"),
    Index("calls_queue", "queue", "arrived_at", "id"),
    Index("calls_outcome", "outcome", "arrived_at", "id"),
    Index("calls_adviser", "adviser", "arrived_at", "id"),
    _partial("calls_open", "arrived_at", "id", where="ended_at IS NULL"),
    _partial("calls_caller", "caller", "arrived_at", "id", where="caller IS NOT NULL"),
)

advisers = Table(
    "advisers",
    metadata,
    Column("id", String, primary_key=True),
    Column("wish", String, nullable=False),
    Column("state", String, nullable=False),
    Column("state_since", InstantType, nullable=False),
    Column("snapshot", Text, nullable=False),
)

CASES_BY = ("received_at", "id")
"""The order of the lists of cases."""
CLOCK = ("at_risk_at", "legal_deadline_at", "appointment_at")
cases = Table(
    "cases",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("received_at", InstantType, nullable=False),
    Column("legal_deadline_at", InstantType),
    Column("appointment_at", InstantType),
    Column("ended_at", InstantType),
    Column("outcome", String),
    Column("phone", String),
    Column("at_risk_at", InstantType),  # like the legal deadline, None where no law sets one
    Column("first_name", String),
    Column("name", String),
    Column("academie", String),  # None: the national pool
    Column("officer", String),
    Column("version", Integer, nullable=False),
    Column("file", Text),  # the whole file, until it is archived
    Column("archive", Text),
    Column("stood", String),  # where the legal clock stood at the end of the case
    CheckConstraint(
        "(ended_at IS NOT NULL) = (outcome IS NOT NULL) AND (file IS NOT NULL) = (archive IS NULL)"
        " AND (ended_at IS NOT NULL OR file IS NOT NULL)",
        name="cases_one_outcome",
    ),
    # As with callbacks, the columns behind the id find nothing: other filters are looked at in the index.
    Index("cases_received", *CASES_BY),
    Index("cases_academie", "academie", *CASES_BY, "ended_at", "outcome", "kind", "officer"),
    _partial("cases_whole", "received_at", "id", where="archive IS NULL"),  # those that have words
    _partial("cases_phone", "phone", where="phone IS NOT NULL"),
    _partial("cases_officer", "officer", *CASES_BY, "ended_at", where="officer IS NOT NULL"),
    _partial("cases_outcome", "outcome", *CASES_BY, "academie", "kind", "officer", where="outcome IS NOT NULL"),
    _partial("cases_stood", "stood", *CASES_BY, "academie", "kind", "officer", where="stood IS NOT NULL"),
    _partial("cases_open", *CASES_BY, "academie", "officer", "kind", *CLOCK, where="ended_at IS NULL"),
    _partial("cases_ended", "ended_at", "id", where="ended_at IS NOT NULL"),
)

case_words = Table(
    "case_words",
    metadata,
    # By which words a case is found: of its names, of its number, its references, its postcode. Personal data.
    Column("word", String, primary_key=True),
    Column("case", String, primary_key=True),
    Index("case_words_case", "case"),
)

appointments = Table(
    "appointments",
    metadata,
    # A projection of the files, to be asked for by structure.
    Column("case", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("on_at", InstantType, nullable=False),
    Column("structure", String),
    Column("state", String, nullable=False),
    _partial("appointments_structure", "structure", "case", where="structure IS NOT NULL"),
)

tallies = Table(
    "tallies",
    metadata,
    # What remains of cases that were erased: counts, added up. '' and -1 stand for "none", for keys have no NULL.
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("academie", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("dimension", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("count", String, primary_key=True),
    Column("delay", String, primary_key=True),
    Column("days", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
)

templates = Table(
    "templates",
    metadata,
    Column("id", String, primary_key=True),
    Column("template", Text, nullable=False),
)

structures = Table(
    "structures",
    metadata,
    Column("id", String, primary_key=True),
    Column("structure", Text, nullable=False),
)

BY = ("requested_at", "id")
"""The order of the lists of callbacks."""
callbacks = Table(
    "callbacks",
    metadata,
    Column("id", String, primary_key=True),
    Column("case", String, nullable=False),
    Column("line", String, nullable=False),
    Column("queue", String, nullable=False),
    Column("kind", String),  # of its case, as is the legal deadline: lists are filtered by them
    Column("state", String, nullable=False),
    Column("outcome", String),
    Column("requested_at", InstantType, nullable=False),
    Column("due_at", InstantType),
    Column("window_start_at", InstantType),
    Column("window_end_at", InstantType),
    Column("legal_deadline_at", InstantType),
    Column("adviser", String),
    Column("phone", String),
    Column("zone", String, nullable=False),
    Column("closed_at", InstantType),
    Column("gate_reason", String),
    Column("gate_until", InstantType),
    Column("snapshot", Text),
    CheckConstraint(
        "(state = 'closed') = (closed_at IS NOT NULL) AND (state = 'closed') = (outcome IS NOT NULL)"
        " AND (state = 'closed') = (snapshot IS NULL) AND (state = 'closed') = (due_at IS NULL)",
        name="callbacks_one_outcome",
    ),
    CheckConstraint("(window_start_at IS NULL) = (window_end_at IS NULL)", name="callbacks_whole_window"),
    # The columns behind the id find nothing: other filters are looked at in the index, and few rows are fetched.
    Index("callbacks_requested", *BY),
    Index("callbacks_line", "line", *BY, "kind"),
    Index("callbacks_queue", "queue", *BY, "kind"),
    Index("callbacks_kind", "kind", *BY),
    Index("callbacks_line_kind", "line", "kind", *BY),  # of some lines nobody asks for the one kind
    Index("callbacks_queue_kind", "queue", "kind", *BY),
    Index("callbacks_state", "state", *BY, "line", "queue", "kind"),
    _partial("callbacks_outcome", "outcome", *BY, "line", "queue", "kind", where="outcome IS NOT NULL"),
    _partial("callbacks_open", *BY, "legal_deadline_at", "line", "queue", "kind", "state", where="closed_at IS NULL"),
    _partial("callbacks_due", "due_at", "id", where="closed_at IS NULL"),
    _partial("callbacks_ended", "outcome", "closed_at", where="outcome IS NOT NULL"),
    Index("callbacks_case", "case"),
    _partial("callbacks_adviser", "adviser", *BY, "line", "queue", "kind", "state", where="adviser IS NOT NULL"),
    _partial("callbacks_adviser_state", "adviser", "state", *BY, "line", "queue", "kind", where="adviser IS NOT NULL"),
    _partial("callbacks_phone", "phone", *BY, where="phone IS NOT NULL"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("callback", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("leg", String, nullable=False),
    Column("at", InstantType, nullable=False),
    Column("adviser", String, nullable=False),
    Column("cause", String),
    Column("ended_at", InstantType),
    Column("outcome", String),
    Column("phone", String),  # the number that was dialled, whatever the callback's is by now
    Column("case", String, nullable=False),
    Index("attempts_leg", "leg", unique=True),
    Index("attempts_at", "at", "leg"),
)

requests = Table(
    "requests",
    metadata,
    Column("serial", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("reference", String, nullable=False),
    Column("callback", String, nullable=False),
    Column("case", String, nullable=False),
    Column("at", InstantType, nullable=False),
    Column("request", Text, nullable=False),
    Column("booking", Text, nullable=False),
    Index("requests_reference", "reference", unique=True),
    Index("requests_callback", "callback", "serial"),
    Index("requests_case", "case"),
)

serials = Table(
    "serials",
    metadata,
    # One row. The highest serial that was ever given, so that none is given again once its request is deleted.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("key", String, primary_key=True),
    Column("body", String, nullable=False),
    Column("serial", BigInteger, nullable=False),
    Column("at", InstantType, nullable=False),
    Column("booking", Text, nullable=False),
    Index("idempotency_serial", "serial"),
)

oppositions = Table(
    "oppositions",
    metadata,
    Column("number", String, primary_key=True),
    Column("at", InstantType, nullable=False),
)

contacts = Table(
    "contacts",
    metadata,
    Column("call", String, primary_key=True),
    Column("adviser", String, primary_key=True),
    Column("line", String, nullable=False),
    Column("queue", String),
    Column("changed_at", InstantType, nullable=False),
    Column("version", Integer, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("note", Text),
    Column("asked", Text),  # of a draft: the callback or case that shall follow, or a callback's outcome, as typed
    Column("tab", String),
    Column("turn", BigInteger),
    Column("filed_at", InstantType),
    Column("filed_as", String),
    Column("booked", String),
    Column("reference", String),
    Column("case", String),
    CheckConstraint("(filed_at IS NULL) = (filed_as IS NULL)", name="contacts_whole_filing"),
    CheckConstraint("(tab IS NULL) = (turn IS NULL)", name="contacts_whole_hand"),
    _partial("contacts_draft", "changed_at", where="filed_at IS NULL"),
    _partial("contacts_noted", "filed_at", where="filed_at IS NOT NULL AND note IS NOT NULL"),
    _partial("contacts_case", "case", where='"case" IS NOT NULL'),
)

leader = Table(
    "leader",
    metadata,
    # One row. Whoever leads has made the epoch one higher, and every write of theirs asks whether it still is theirs.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("hash", String, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("academie", String),
    Column("created_at", InstantType, nullable=False),
    Column("last_used_at", InstantType),
    Column("revoked_at", InstantType),
    Index("tokens_hash", "hash", unique=True),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", String, primary_key=True),
    Column("adviser", String),
    Column("issuer", String),
    Column("sub", String),
    Column("account", Text, nullable=False),
    CheckConstraint("(issuer IS NULL) = (sub IS NULL)", name="accounts_whole_subject"),
    _partial("accounts_adviser", "adviser", unique=True, where="adviser IS NOT NULL"),
    _partial("accounts_subject", "issuer", "sub", unique=True, where="issuer IS NOT NULL"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("sitting", String, nullable=False),
    Column("seen_at", InstantType, nullable=False),
    Column("ended_at", InstantType),
    Column("session", Text),  # None: its secret was changed for another, and opens nothing
    Index("sessions_account", "account", "sitting"),
)

access_told = Table(
    "access_told",
    metadata,
    # What became of accounts and sessions, written with it, until it is in the journal: that has one writer alone.
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", InstantType, nullable=False),
    Column("event", String, nullable=False),
    Column("data", Text, nullable=False),
)

settings = Table(
    "settings",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", Text, nullable=False),
)
