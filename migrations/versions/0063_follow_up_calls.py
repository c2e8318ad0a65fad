"""follow-ups by an automatic call

Revision: 0063, after 0062
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import UtcDateTime, Uuid

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None
LIVE = sa.text("ended IS NULL")


def upgrade() -> None:
    op.add_column("citizen_follow_ups", sa.Column("calls", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "citizen_follow_ups", sa.Column("calling", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "hotline_follow_up_calls",
        sa.Column("call_id", Uuid, nullable=False),
        sa.Column("phone", sa.String(64), nullable=False),
        sa.Column("line", sa.String(80), nullable=False),
        sa.Column("system", sa.String(80), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16)),
        sa.Column("began", sa.Float(), nullable=False),
        sa.Column("answered", sa.Float()),
        sa.Column("ended", sa.Float()),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("follow_up_id", Uuid, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(1), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_hotline_follow_up_calls")),
    )
    op.create_index(
        "ix_hotline_follow_up_calls_live", "hotline_follow_up_calls", ["line"], unique=True,
        sqlite_where=LIVE, postgresql_where=LIVE,
    )  # fmt: skip
    op.create_index("ix_hotline_follow_up_calls_began", "hotline_follow_up_calls", ["began_at"])
    op.create_index(
        op.f("ix_hotline_follow_up_calls_follow_up_id"), "hotline_follow_up_calls", ["follow_up_id"]
    )


def downgrade() -> None:
    op.drop_table("hotline_follow_up_calls")
    op.drop_column("citizen_follow_ups", "calling")
    op.drop_column("citizen_follow_ups", "calls")
