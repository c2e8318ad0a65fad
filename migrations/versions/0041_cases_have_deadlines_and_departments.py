"""cases have deadlines and departments

A case has clocks, each with its warning and its deadline as times, and the departments that answer for it.
Cases that are open already get theirs by `songhua cases recompute`.

Revision: 0041, after 0040
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import Sequence64, UtcDateTime

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_clocks",
        sa.Column("seq", Sequence64, autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("filed_order", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("limit_text", sa.String(64), nullable=False),
        sa.Column("condition_zh", sa.Text(), nullable=False),
        sa.Column("condition_en", sa.Text(), nullable=False),
        sa.Column("choice", sa.String(16), nullable=False),
        sa.Column("counting", sa.String(16), nullable=False),
        sa.Column("season", sa.String(32), nullable=False),
        sa.Column("warn_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("warned_at", UtcDateTime()),
        sa.Column("passed_at", UtcDateTime()),
        sa.Column("stopped_at", UtcDateTime()),
        sa.Column("ended", sa.String(16)),
        sa.Column("next_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_case_clocks")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_case_clocks_case_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_case_clocks_case_id"), "case_clocks", ["case_id"])
    running, coming = sa.text("stopped_at IS NULL"), sa.text("next_at IS NOT NULL")
    op.create_index(
        "ix_case_clocks_running",
        "case_clocks",
        ["due_at", "filed_order"],
        sqlite_where=running,
        postgresql_where=running,
    )
    op.create_index(
        "ix_case_clocks_next", "case_clocks", ["next_at"], sqlite_where=coming, postgresql_where=coming
    )
    op.create_table(
        "case_departments",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.String(64), nullable=False),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer()),
        sa.Column("chosen_by", sa.String(64)),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "department_id", name=op.f("pk_case_departments")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_case_departments_case_id")),
    )


def downgrade() -> None:
    op.drop_table("case_departments")
    op.drop_table("case_clocks")
