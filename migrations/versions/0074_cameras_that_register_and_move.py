"""devices of GB/T 28181, and where cameras that move are

Revision: 0074, after 0069
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import UtcDateTime

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sensing_gb_devices",
        sa.Column("device", sa.String(20), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("heard_at", UtcDateTime),
        sa.Column("maker", sa.String(80), nullable=False),
        sa.Column("model", sa.String(80), nullable=False),
        sa.Column("firmware", sa.String(80), nullable=False),
        sa.Column("cameras", sa.Integer(), nullable=False),
        sa.Column("without_place", sa.Integer(), nullable=False),
        sa.Column("catalogue_at", UtcDateTime),
        sa.Column("alarms", sa.Integer(), nullable=False),
        sa.Column("alarm_at", UtcDateTime),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_sensing_gb_devices")),
    )
    op.create_table(
        "sensing_camera_positions",
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_sensing_camera_positions")),
    )


def downgrade() -> None:
    op.drop_table("sensing_camera_positions")
    op.drop_table("sensing_gb_devices")
