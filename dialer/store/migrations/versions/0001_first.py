"""The journal, calls, advisers, tokens and settings.

Written out rather than taken from tables.py: tables.py goes on changing, what this file made does not.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("call", sa.String()),
        sa.Column("adviser", sa.String()),
        sa.Column("data", sa.Text(), nullable=False),
    )
    op.create_index("journal_at", "journal", ["at", "seq"])
    _partial("journal_call", "journal", ["call", "seq"], "call IS NOT NULL")
    _append_only()

    op.create_table(
        "calls",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("queue", sa.String()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome", sa.String()),
        sa.Column("stage", sa.String()),
        sa.Column("arrived_at", sa.BigInteger(), nullable=False),
        sa.Column("queued_at", sa.BigInteger()),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("adviser", sa.String()),
        sa.Column("caller", sa.String()),
        sa.Column("flow", sa.String(), nullable=False),
        sa.Column("snapshot", sa.Text()),
        sa.CheckConstraint(
            "(state = 'ended') = (ended_at IS NOT NULL) AND (state = 'ended') = (outcome IS NOT NULL)"
            " AND (state = 'ended') = (snapshot IS NULL)",
            name="calls_one_outcome",
        ),
    )
    op.create_index("calls_arrived", "calls", ["arrived_at", "id"])
    for column in ("line", "queue", "outcome", "adviser"):
        op.create_index(f"calls_{column}", "calls", [column, "arrived_at", "id"])
    _partial("calls_open", "calls", ["arrived_at", "id"], "ended_at IS NULL")

    op.create_table(
        "advisers",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("wish", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_since", sa.BigInteger(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("academie", sa.String()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger()),
        sa.Column("revoked_at", sa.BigInteger()),
    )
    op.create_index("tokens_hash", "tokens", ["hash"], unique=True)
    op.create_table(
        "settings",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _append_only() -> None:
    """No line of the journal is ever changed. It may be deleted whole, when the time to keep it is over."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER journal_append_only BEFORE UPDATE ON journal "
            "FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse()"
        )
    else:
        op.execute(
            "CREATE TRIGGER journal_append_only BEFORE UPDATE ON journal "
            "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
        )


def downgrade() -> None:
    for table in ("settings", "tokens", "advisers", "calls", "journal"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION journal_refuse()")
