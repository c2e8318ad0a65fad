"""cameras that were told to move by hand and not yet to stand

Revision: 0085, after 0082
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import UtcDateTime, Uuid

revision = "0085"
down_revision = "0082"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sensing_moving_cameras",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("move_id", Uuid, nullable=False),
        sa.Column("case_number", sa.String(32), nullable=False),
        sa.Column("moved_by", sa.String(64), nullable=False),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_sensing_moving_cameras")),
    )


def downgrade() -> None:
    op.drop_table("sensing_moving_cameras")
