"""calls that tell citizens how their cases go on, and who asked for them

Revision: 0078, after 0077
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import UtcDateTime, Uuid

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None
LIVE = sa.text("ended IS NULL")


def upgrade() -> None:
    op.create_table(
        "hotline_notice_calls",
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
        sa.Column("message_id", Uuid, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(1), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_hotline_notice_calls")),
    )
    op.create_table(
        "citizen_call_choices",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_citizen_call_choices")),
    )
    op.create_index(
        "ix_hotline_notice_calls_live", "hotline_notice_calls", ["line"], unique=True,
        sqlite_where=LIVE, postgresql_where=LIVE,
    )  # fmt: skip
    op.create_index("ix_hotline_notice_calls_began", "hotline_notice_calls", ["began_at"])
    op.create_index(op.f("ix_hotline_notice_calls_message_id"), "hotline_notice_calls", ["message_id"])


def downgrade() -> None:
    op.drop_table("citizen_call_choices")
    op.drop_table("hotline_notice_calls")
