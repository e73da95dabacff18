"""What advisers write down of calls."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("call", sa.String(), primary_key=True),
        sa.Column("adviser", sa.String(), primary_key=True),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("queue", sa.String()),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("asked", sa.Text()),
        sa.Column("tab", sa.String()),
        sa.Column("turn", sa.BigInteger()),
        sa.Column("filed_at", sa.BigInteger()),
        sa.Column("filed_as", sa.String()),
        sa.Column("booked", sa.String()),
        sa.Column("reference", sa.String()),
        sa.Column("case", sa.String()),
        sa.CheckConstraint("(filed_at IS NULL) = (filed_as IS NULL)", name="contacts_whole_filing"),
        sa.CheckConstraint("(tab IS NULL) = (turn IS NULL)", name="contacts_whole_hand"),
    )
    _partial("contacts_draft", ["changed_at"], "filed_at IS NULL")
    _partial("contacts_noted", ["filed_at"], "filed_at IS NOT NULL AND note IS NOT NULL")
    _partial("contacts_case", ["case"], '"case" IS NOT NULL')


def _partial(name: str, columns: list[str], where: str) -> None:
    there = sa.text(where)
    op.create_index(name, "contacts", columns, sqlite_where=there, postgresql_where=there)


def downgrade() -> None:
    """All that advisers wrote is lost."""
    op.drop_table("contacts")
