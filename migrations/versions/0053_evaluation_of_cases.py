"""what each case counts for in the evaluation, and the sums by month

They are made from the cases when the service starts.

Revision: 0053, after 0042
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

_COUNTS = (
    "received", "filed", "declined", "standing", "dispatched", "dispatched_in_time", "due", "handled",
    "handled_in_time", "overdue", "closed", "closed_in_time", "ever_done", "reworked", "returned",
    "repeated", "checked", "passed", "reworks", "handling_s",
)  # fmt: skip


def _counts() -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in _COUNTS]


def upgrade() -> None:
    op.create_table(
        "case_evaluation_facts",
        sa.Column("subject_id", sa.Uuid(), primary_key=True),
        sa.Column("is_case", sa.Boolean(), nullable=False),
        sa.Column("filed_order", sa.BigInteger(), nullable=False),
        sa.Column("filed_at", UtcDateTime(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("district", sa.String(6), nullable=False),
        sa.Column("street", sa.String(9), nullable=False),
        sa.Column("cell", sa.Text(), nullable=False),
        sa.Column("beat", sa.String(64), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("class", sa.String(80), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("acceptor", sa.String(64), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("repeat_root", sa.Uuid()),
        *_counts(),
    )
    op.create_index("ix_case_evaluation_day", "case_evaluation_facts", ["day", "filed_order"])
    op.create_index("ix_case_evaluation_department", "case_evaluation_facts", ["department", "day"])
    op.create_index("ix_case_evaluation_class", "case_evaluation_facts", ["class", "day"])
    op.create_index("ix_case_evaluation_repeat", "case_evaluation_facts", ["repeat_root"])
    op.create_table(
        "case_evaluation_months",
        sa.Column("dimension", sa.String(16), primary_key=True),
        sa.Column("month", sa.Integer(), primary_key=True),
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("district", sa.String(6), primary_key=True),
        *_counts(),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_evaluation_progress",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("case_evaluation_progress")
    op.drop_table("case_evaluation_months")
    op.drop_table("case_evaluation_facts")
