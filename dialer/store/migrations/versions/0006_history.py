"""What became of a number so far, and the callbacks of one adviser, found by indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("calls_caller", "calls")
    _partial("calls_caller", "calls", ["caller", "arrived_at", "id"], "caller IS NOT NULL")
    by = ["requested_at", "id"]
    _partial(
        "callbacks_adviser", "callbacks", ["adviser", *by, "line", "queue", "kind", "state"], "adviser IS NOT NULL"
    )
    _partial(
        "callbacks_adviser_state",
        "callbacks",
        ["adviser", "state", *by, "line", "queue", "kind"],
        "adviser IS NOT NULL",
    )
    _partial("callbacks_phone", "callbacks", ["phone", *by], "phone IS NOT NULL")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    there = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=there, postgresql_where=there)


def downgrade() -> None:
    for name in ("callbacks_adviser", "callbacks_adviser_state", "callbacks_phone"):
        op.drop_index(name, "callbacks")
    op.drop_index("calls_caller", "calls")
    _partial("calls_caller", "calls", ["caller"], "caller IS NOT NULL")
