"""follow-ups of closed cases

Whom a closed case's follow-up asks, what was answered, and what a person made of who is not satisfied.

Revision: 0048, after 0047
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime, Uuid

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "citizen_follow_ups",
        sa.Column("follow_up_id", Uuid, primary_key=True),
        sa.Column("case_id", Uuid, nullable=False),
        sa.Column("case_number", sa.String(24), nullable=False),
        sa.Column("report_id", Uuid),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("district", sa.String(6), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("department", sa.Text, nullable=False),
        sa.Column("way", sa.String(8), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("taken_by", sa.String(64), nullable=False),
        sa.Column("contacted", sa.Boolean),
        sa.Column("solved", sa.Boolean),
        sa.Column("satisfaction", sa.Integer),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("answered_by", sa.String(64), nullable=False),
        sa.Column("answered_at", UtcDateTime),
        sa.Column("concern", sa.String(16), nullable=False),
        sa.Column("concern_note", sa.Text, nullable=False),
        sa.Column("concern_by", sa.String(64), nullable=False),
        sa.Column("concern_at", UtcDateTime),
        sa.Column("closed_at", UtcDateTime, nullable=False),
        sa.Column("last_op", Uuid),
    )
    op.create_index("ix_citizen_follow_ups_case_id", "citizen_follow_ups", ["case_id"])
    op.create_index("ix_citizen_follow_ups_report_id", "citizen_follow_ups", ["report_id"])
    op.create_index("ix_citizen_follow_ups_due", "citizen_follow_ups", ["state", "due_at"])
    op.create_index("ix_citizen_follow_ups_number", "citizen_follow_ups", ["number", "closed_at"])
    op.create_index("ix_citizen_follow_ups_concern", "citizen_follow_ups", ["concern", "answered_at"])
    op.create_index("ix_citizen_follow_ups_closed", "citizen_follow_ups", ["closed_at"])


def downgrade() -> None:
    op.drop_table("citizen_follow_ups")
