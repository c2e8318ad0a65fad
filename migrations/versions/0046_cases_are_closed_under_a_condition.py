"""cases are closed under a condition

The acceptor names the standard condition that was met; its words and the version of the table stay with the
case. Cases that were closed before have none.

Revision: 0046, after 0045
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import Sequence64, UtcDateTime

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_closings",
        sa.Column("seq", Sequence64, autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("condition_id", sa.String(64), nullable=False),
        sa.Column("condition_zh", sa.Text(), nullable=False),
        sa.Column("condition_en", sa.Text(), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_case_closings")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_case_closings_case_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_case_closings_case_id"), "case_closings", ["case_id"])


def downgrade() -> None:
    op.drop_table("case_closings")
