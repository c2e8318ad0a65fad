"""photos

Photos that crews bring; the bytes lie in files.

Revision: 0009, after 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INDEXES = {
    "unit": ["unit_id", "announced_at"],
    "dispatch": ["dispatch_id"],
    "case": ["case_id"],
    "state": ["state", "announced_at"],
}


def upgrade() -> None:
    op.create_table(
        "radio_photos",
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.String(length=64), nullable=False),
        sa.Column("dispatch_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("announced_at", UtcDateTime(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("shown_lon", sa.Float(), nullable=True),
        sa.Column("shown_lat", sa.Float(), nullable=True),
        sa.Column("shown_at", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("kept_at", UtcDateTime(), nullable=True),
        sa.Column("erased_at", UtcDateTime(), nullable=True),
        sa.Column("erased_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_radio_photos")),
    )
    with op.batch_alter_table("radio_photos", schema=None) as batch_op:
        for name, columns in INDEXES.items():
            batch_op.create_index(f"ix_radio_photos_{name}", columns, unique=False)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(f"ix_radio_photos_{name}", table_name="radio_photos")
    op.drop_table("radio_photos")
