"""verification tasks of inspectors

Revision: 0060, after 0057
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import Json, UtcDateTime, Uuid

revision = "0060"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_verifications",
        sa.Column("task_id", Uuid, primary_key=True),
        sa.Column("draft_id", Uuid),
        sa.Column("case_id", Uuid),
        sa.Column("unit_id", sa.String(64), nullable=False),
        sa.Column("unit_name", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("beat", sa.String(64), nullable=False),
        sa.Column("confidential", sa.Boolean, nullable=False),
        sa.Column("displayed_at", UtcDateTime),
        sa.Column("finding", sa.String(16), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("answered_at", UtcDateTime),
        sa.Column("lon", sa.Float),
        sa.Column("lat", sa.Float),
        sa.Column("accuracy_m", sa.Float),
        sa.Column("acts", Json, nullable=False),
    )
    op.create_index("ix_case_verifications_draft_id", "case_verifications", ["draft_id"])
    op.create_index("ix_case_verifications_case_id", "case_verifications", ["case_id"])
    op.create_index("ix_case_verifications_live", "case_verifications", ["state", "due_at"])


def downgrade() -> None:
    op.drop_table("case_verifications")
