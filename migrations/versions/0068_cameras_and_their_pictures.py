"""cameras, their states, and pictures that they took

Revision: 0068, after 0067
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import UtcDateTime, Uuid

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sensing_cameras",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("gb_id", sa.String(20), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("height_m", sa.Float()),
        sa.Column("azimuth", sa.Float()),
        sa.Column("view_angle", sa.Float(), nullable=False),
        sa.Column("near_m", sa.Float(), nullable=False),
        sa.Column("far_m", sa.Float(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("owner", sa.String(120), nullable=False),
        sa.Column("address", sa.String(400), nullable=False),
        sa.Column("account", sa.String(32), nullable=False),
        sa.Column("roles", sa.String(120), nullable=False),
        sa.Column("departments", sa.String(400), nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_sensing_cameras")),
    )
    op.create_index("ix_sensing_cameras_updated_at", "sensing_cameras", ["updated_at"])
    op.create_table(
        "sensing_camera_imports",
        sa.Column("op_id", Uuid, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("op_id", name=op.f("pk_sensing_camera_imports")),
    )
    op.create_table(
        "sensing_camera_states",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("code", "since", name=op.f("pk_sensing_camera_states")),
    )
    op.create_table(
        "sensing_snapshots",
        sa.Column("snapshot_id", Uuid, nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("case_id", Uuid),
        sa.Column("case_number", sa.String(32), nullable=False),
        sa.Column("taken_at", UtcDateTime, nullable=False),
        sa.Column("taken_by", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", name=op.f("pk_sensing_snapshots")),
    )
    op.create_index("ix_sensing_snapshots_case", "sensing_snapshots", ["case_id", "taken_at"])


def downgrade() -> None:
    op.drop_table("sensing_snapshots")
    op.drop_table("sensing_camera_states")
    op.drop_table("sensing_camera_imports")
    op.drop_table("sensing_cameras")
