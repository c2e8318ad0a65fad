"""cameras that were turned to a preset and have not gone back

Revision: 0081, after 0080
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import UtcDateTime

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sensing_camera_moves",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("preset", sa.String(64), nullable=False),
        sa.Column("case_number", sa.String(32), nullable=False),
        sa.Column("moved_by", sa.String(64), nullable=False),
        sa.Column("moved_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_sensing_camera_moves")),
    )


def downgrade() -> None:
    op.drop_table("sensing_camera_moves")
