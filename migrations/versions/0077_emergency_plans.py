"""emergency plans that run on cases

Revision: 0077, after 0069
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import Json, UtcDateTime, Uuid

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_plan_runs",
        sa.Column("run_id", Uuid, nullable=False),
        sa.Column("case_id", Uuid, nullable=False),
        sa.Column("plan_id", sa.String(40), nullable=False),
        sa.Column("plan", Json, nullable=False),
        sa.Column("started_by", sa.String(64), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_case_plan_runs")),
    )
    op.create_index("ix_case_plan_runs_case", "case_plan_runs", ["case_id", "plan_id"], unique=True)
    op.create_table(
        "case_plan_steps",
        sa.Column("run_id", Uuid, nullable=False),
        sa.Column("step_id", sa.String(40), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime),
        sa.PrimaryKeyConstraint("run_id", "step_id", name=op.f("pk_case_plan_steps")),
    )
    op.create_index("ix_case_plan_steps_state", "case_plan_steps", ["state"])


def downgrade() -> None:
    op.drop_table("case_plan_steps")
    op.drop_table("case_plan_runs")
