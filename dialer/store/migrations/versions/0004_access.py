"""Who signs in, their sessions, and what is told of both until the journal has it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("adviser", sa.String()),
        sa.Column("issuer", sa.String()),
        sa.Column("sub", sa.String()),
        sa.Column("account", sa.Text(), nullable=False),
        sa.CheckConstraint("(issuer IS NULL) = (sub IS NULL)", name="accounts_whole_subject"),
    )
    _unique("accounts_adviser", ["adviser"], "adviser IS NOT NULL")
    _unique("accounts_subject", ["issuer", "sub"], "issuer IS NOT NULL")
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(), primary_key=True),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("sitting", sa.String(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("session", sa.Text()),
    )
    op.create_index("sessions_account", "sessions", ["account", "sitting"])
    op.create_table(
        "access_told",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
    )


def _unique(name: str, columns: list[str], where: str) -> None:
    there = sa.text(where)
    op.create_index(name, "accounts", columns, unique=True, sqlite_where=there, postgresql_where=there)


def downgrade() -> None:
    """Accounts and sessions are lost, and what the journal has not been told of them."""
    for table in ("accounts", "sessions", "access_told"):
        op.drop_table(table)
