"""a list of cases of any size

Cases get their place in the order of filing, where they came from and, for those written on paper, when; and an index
of the terms they are found by, which the service fills when it starts.

Revision: 0029, after 0028
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from cases.search.tables import NAME, POSTGRESQL, SQLITE
from core.storage.schema import UtcDateTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

AT_ONCE = 1_000
FIRST = datetime(1970, 1, 1, tzinfo=UTC)
INDEXES = {
    "ix_cases_search_version": ["search_version"],
    "ix_cases_order_changed": ["filed_order", "updated_at"],
    "ix_cases_changed": ["updated_at", "filed_order"],
    "ix_cases_place": ["lat", "lon"],
}
WORDS = {"ix_cases_address": ["address"], "ix_cases_crossing": ["crossing"]}


def upgrade() -> None:
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("filed_order", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("source", sa.String(16), nullable=False, server_default="telephone"))
        batch_op.add_column(sa.Column("taken_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("taken_by", sa.String(64), nullable=True))
        batch_op.add_column(sa.Column("search_version", sa.Integer(), nullable=False, server_default="0"))
    cases = sa.table(
        "cases",
        sa.column("case_id", sa.Uuid()),
        sa.column("number", sa.String()),
        sa.column("filed_at", UtcDateTime()),
        sa.column("filed_by", sa.String()),
        sa.column("filed_order", sa.BigInteger()),
        sa.column("source", sa.String()),
    )
    connection = op.get_bind()
    emergencies = cases.c.filed_by == "system:emergencies"
    connection.execute(sa.update(cases).where(emergencies).values(source="emergency"))
    _give_orders(connection, cases)
    op.create_index("ix_cases_filed_order", "cases", ["filed_order"], unique=True)
    for name, columns in INDEXES.items():
        op.create_index(name, "cases", columns)
    for name, columns in WORDS.items():
        op.create_index(name, "cases", columns, postgresql_using="hash")
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def _give_orders(connection: sa.Connection, cases: sa.TableClause) -> None:
    """Milliseconds since 1970 times 1,024, and one more for each further case of the same millisecond."""
    update = (
        sa.update(cases).where(cases.c.case_id == sa.bindparam("which")).values(filed_order=sa.bindparam("order"))
    )
    rows = connection.execute(sa.select(cases.c.case_id, cases.c.filed_at).order_by(cases.c.filed_at, cases.c.number))
    last = -1
    waiting = []
    for row in rows.all():
        since = row.filed_at - FIRST
        first = max(0, (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000) << 10
        last = max(first, last + 1)
        waiting.append({"which": row.case_id, "order": last})
    for at in range(0, len(waiting), AT_ONCE):
        connection.execute(update, waiting[at : at + AT_ONCE])


def downgrade() -> None:
    op.execute(f"DROP TABLE {NAME}")
    for name in (*WORDS, *INDEXES, "ix_cases_filed_order"):
        op.drop_index(name, "cases")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        for name in ("search_version", "taken_by", "taken_at", "source", "filed_order"):
            batch_op.drop_column(name)
