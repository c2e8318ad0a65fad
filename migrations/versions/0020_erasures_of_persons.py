"""erasures of persons

Each erasure with the stores that are done.

Revision: 0020, after 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import Json, UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "privacy_erasures",
        sa.Column("erasure_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("call_ids", Json, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("ordered_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("steps", Json, nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("erasure_id", name=op.f("pk_privacy_erasures")),
    )
    op.create_index("ix_privacy_erasures_state", "privacy_erasures", ["state", "ordered_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_privacy_erasures_state", table_name="privacy_erasures")
    op.drop_table("privacy_erasures")
