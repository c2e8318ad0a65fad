"""pictures of cameras before and after the work; live views

Revision: 0075, after 0069
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import UtcDateTime, Uuid

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "sensing_snapshots", sa.Column("moment", sa.String(8), nullable=False, server_default="")
    )
    op.create_table(
        "sensing_live_views",
        sa.Column("view_id", Uuid, nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("case_id", Uuid),
        sa.Column("case_number", sa.String(32), nullable=False),
        sa.Column("viewer", sa.String(64), nullable=False),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("ended_by", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("view_id", name=op.f("pk_sensing_live_views")),
    )
    op.create_index("ix_sensing_live_views_case", "sensing_live_views", ["case_id", "began_at"])


def downgrade() -> None:
    op.drop_table("sensing_live_views")
    with op.batch_alter_table("sensing_snapshots") as table:
        table.drop_column("moment")
