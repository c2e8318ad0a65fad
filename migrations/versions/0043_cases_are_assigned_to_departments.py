"""cases are assigned to departments

A case in the hands of a department has its own state, its own clock and a record of every act. Cases that
were filed before have none: a dispatcher gives them to their department, or they go on as they are.

Revision: 0043, after 0042
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.storage.schema import Sequence64, UtcDateTime

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "case_assignments",
        sa.Column("seq", Sequence64, autoincrement=True, nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.String(64), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("must_answer", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("last_act", sa.String(24), nullable=False),
        sa.Column("last_by", sa.String(64), nullable=False),
        sa.Column("last_by_name", sa.String(200), nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("asked_text", sa.Text(), nullable=False),
        sa.Column("asked_h", sa.Float()),
        sa.Column("decided_by", sa.String(64), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("photos", JSON, nullable=False),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("reworks", sa.Integer(), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("supervision", sa.Integer(), nullable=False),
        sa.Column("due_order", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_case_assignments")),
        sa.UniqueConstraint("assignment_id", name=op.f("uq_case_assignments_assignment_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_case_assignments_case_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_case_assignments_case_id"), "case_assignments", ["case_id"])
    op.create_index(
        "ix_case_assignments_department",
        "case_assignments",
        ["department_id", "is_open", "due_order", "seq"],
    )
    op.create_index("ix_case_assignments_due", "case_assignments", ["is_open", "due_order", "seq"])
    op.create_table(
        "case_assignment_acts",
        sa.Column("seq", Sequence64, autoincrement=True, nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("actor_name", sa.String(200), nullable=False),
        sa.Column("act", sa.String(24), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_case_assignment_acts")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_case_assignment_acts_assignment_id"), "case_assignment_acts", ["assignment_id"])
    op.create_table(
        "case_assignment_clocks",
        sa.Column("seq", Sequence64, autoincrement=True, nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("limit_text", sa.String(64), nullable=False),
        sa.Column("condition_zh", sa.Text(), nullable=False),
        sa.Column("condition_en", sa.Text(), nullable=False),
        sa.Column("counting", sa.String(16), nullable=False),
        sa.Column("season", sa.String(32), nullable=False),
        sa.Column("limit_h", sa.Float(), nullable=False),
        sa.Column("extended_h", sa.Float(), nullable=False),
        sa.Column("pauses", JSON, nullable=False),
        sa.Column("warn_at", UtcDateTime()),
        sa.Column("due_at", UtcDateTime()),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("warned_at", UtcDateTime()),
        sa.Column("passed_at", UtcDateTime()),
        sa.Column("stopped_at", UtcDateTime()),
        sa.Column("ended", sa.String(16)),
        sa.Column("next_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_case_assignment_clocks")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.case_id"], name=op.f("fk_case_assignment_clocks_case_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_case_assignment_clocks_assignment_id"), "case_assignment_clocks", ["assignment_id"]
    )
    coming = sa.text("next_at IS NOT NULL")
    op.create_index(
        "ix_case_assignment_clocks_next",
        "case_assignment_clocks",
        ["next_at"],
        sqlite_where=coming,
        postgresql_where=coming,
    )


def downgrade() -> None:
    op.drop_table("case_assignment_clocks")
    op.drop_table("case_assignment_acts")
    op.drop_table("case_assignments")
