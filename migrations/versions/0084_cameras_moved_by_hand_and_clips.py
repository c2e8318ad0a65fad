"""cameras moved by hand, recordings that were seen, clips of them

Revision: 0084, after 0083
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import UtcDateTime, Uuid

revision = "0084"
down_revision = "0083"
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
    op.add_column("sensing_live_views", sa.Column("plays_from", UtcDateTime))
    op.add_column("sensing_live_views", sa.Column("plays_to", UtcDateTime))
    op.create_table(
        "sensing_clips",
        sa.Column("clip_id", Uuid, nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("case_id", Uuid, nullable=False),
        sa.Column("case_number", sa.String(32), nullable=False),
        sa.Column("plays_from", UtcDateTime, nullable=False),
        sa.Column("plays_to", UtcDateTime, nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("asked_name", sa.String(200), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("kept_at", UtcDateTime),
        sa.Column("seconds", sa.Float),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("erased_at", UtcDateTime),
        sa.Column("erased_by", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("clip_id", name=op.f("pk_sensing_clips")),
    )
    op.create_index("ix_sensing_clips_case", "sensing_clips", ["case_id", "asked_at"])
    op.create_index("ix_sensing_clips_state", "sensing_clips", ["state"])


def downgrade() -> None:
    op.drop_table("sensing_clips")
    op.drop_column("sensing_live_views", "plays_to")
    op.drop_column("sensing_live_views", "plays_from")
    op.drop_table("sensing_moving_cameras")
