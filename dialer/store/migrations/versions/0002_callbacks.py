"""Callbacks, their attempts, cases and requests; oppositions; and the one leader.

Written out rather than taken from tables.py: tables.py goes on changing, what this file made does not.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _cases_and_callbacks()
    _requests()
    _leader()
    _partial("journal_callbacks", "journal", ["seq"], "substr(event, 1, 9) = 'callback_'")


def _cases_and_callbacks() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("legal_deadline_at", sa.BigInteger()),
        sa.Column("appointment_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("outcome", sa.String()),
        sa.Column("phone", sa.String()),
        sa.Column("snapshot", sa.Text()),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (outcome IS NOT NULL) AND (ended_at IS NOT NULL) = (snapshot IS NULL)",
            name="cases_one_outcome",
        ),
    )
    _partial("cases_open", "cases", ["received_at", "id"], "ended_at IS NULL")
    op.create_table(
        "callbacks",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("kind", sa.String()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome", sa.String()),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("window_start_at", sa.BigInteger()),
        sa.Column("window_end_at", sa.BigInteger()),
        sa.Column("legal_deadline_at", sa.BigInteger()),
        sa.Column("adviser", sa.String()),
        sa.Column("phone", sa.String()),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("gate_reason", sa.String()),
        sa.Column("gate_until", sa.BigInteger()),
        sa.Column("snapshot", sa.Text()),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL) AND (state = 'closed') = (outcome IS NOT NULL)"
            " AND (state = 'closed') = (snapshot IS NULL) AND (state = 'closed') = (due_at IS NULL)",
            name="callbacks_one_outcome",
        ),
        sa.CheckConstraint("(window_start_at IS NULL) = (window_end_at IS NULL)", name="callbacks_whole_window"),
    )
    by = ["requested_at", "id"]
    op.create_index("callbacks_requested", "callbacks", by)
    op.create_index("callbacks_kind", "callbacks", ["kind", *by])
    for column in ("line", "queue"):
        op.create_index(f"callbacks_{column}", "callbacks", [column, *by, "kind"])
        op.create_index(f"callbacks_{column}_kind", "callbacks", [column, "kind", *by])
    op.create_index("callbacks_state", "callbacks", ["state", *by, "line", "queue", "kind"])
    over = "outcome IS NOT NULL"
    _partial("callbacks_outcome", "callbacks", ["outcome", *by, "line", "queue", "kind"], over)
    looked_at = [*by, "legal_deadline_at", "line", "queue", "kind", "state"]
    _partial("callbacks_open", "callbacks", looked_at, "closed_at IS NULL")
    _partial("callbacks_due", "callbacks", ["due_at", "id"], "closed_at IS NULL")
    _partial("callbacks_ended", "callbacks", ["outcome", "closed_at"], over)
    op.create_table(
        "attempts",
        sa.Column("callback", sa.String(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("leg", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("adviser", sa.String(), nullable=False),
        sa.Column("cause", sa.String()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("outcome", sa.String()),
        sa.Column("phone", sa.String()),
        sa.Column("case", sa.String(), nullable=False),
    )
    op.create_index("attempts_leg", "attempts", ["leg"], unique=True)
    op.create_index("attempts_at", "attempts", ["at", "leg"])


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column(
            "serial", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=False
        ),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("callback", sa.String(), nullable=False),
        sa.Column("case", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("booking", sa.Text(), nullable=False),
    )
    op.create_index("requests_reference", "requests", ["reference"], unique=True)
    op.create_index("requests_callback", "requests", ["callback", "serial"])
    op.create_table(
        "serials",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "idempotency",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("booking", sa.Text(), nullable=False),
    )
    op.create_index("idempotency_serial", "idempotency", ["serial"])
    op.create_table(
        "oppositions",
        sa.Column("number", sa.String(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )


def _leader() -> None:
    leader = op.create_table(
        "leader",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
    )
    op.bulk_insert(leader, [{"id": 1, "epoch": 0}])


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    op.drop_index("journal_callbacks", "journal")
    for table in (
        "leader", "oppositions", "idempotency", "serials", "requests", "attempts", "callbacks", "cases",
    ):  # fmt: skip
        op.drop_table(table)
