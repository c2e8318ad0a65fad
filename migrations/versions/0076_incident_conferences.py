"""incident conferences

Revision: 0076, after 0069
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import UtcDateTime, Uuid

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None
LIVE = sa.text("ended IS NULL")
OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "hotline_conferences",
        sa.Column("conference_id", Uuid, nullable=False),
        sa.Column("case_id", Uuid, nullable=False),
        sa.Column("opened_by", sa.String(80), nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("end_cause", sa.String(16)),
        sa.PrimaryKeyConstraint("conference_id", name=op.f("pk_hotline_conferences")),
    )
    op.create_index(op.f("ix_hotline_conferences_case_id"), "hotline_conferences", ["case_id"])
    op.create_index(op.f("ix_hotline_conferences_ended_at"), "hotline_conferences", ["ended_at"])
    op.create_index(
        "ix_hotline_conferences_open", "hotline_conferences", ["case_id"], unique=True,
        sqlite_where=OPEN, postgresql_where=OPEN,
    )  # fmt: skip
    op.create_table(
        "hotline_conference_members",
        sa.Column("member_id", Uuid, nullable=False),
        sa.Column("conference_id", Uuid, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("phone", sa.String(64), nullable=False),
        sa.Column("line", sa.String(80), nullable=False),
        sa.Column("added_by", sa.String(80), nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("joined_at", UtcDateTime),
        sa.Column("left_at", UtcDateTime),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_hotline_conference_members")),
    )
    op.create_index(
        op.f("ix_hotline_conference_members_conference_id"), "hotline_conference_members", ["conference_id"]
    )
    op.create_table(
        "hotline_conference_acts",
        sa.Column("op_id", Uuid, nullable=False),
        sa.Column("conference_id", Uuid, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("member_id", Uuid),
        sa.Column("until", UtcDateTime),
        sa.PrimaryKeyConstraint("op_id", name=op.f("pk_hotline_conference_acts")),
    )
    op.create_index(
        op.f("ix_hotline_conference_acts_conference_id"), "hotline_conference_acts", ["conference_id"]
    )
    op.create_table(
        "hotline_conference_calls",
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
        sa.Column("conference_id", Uuid, nullable=False),
        sa.Column("way", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_hotline_conference_calls")),
    )
    op.create_index(
        "ix_hotline_conference_calls_live", "hotline_conference_calls", ["line"], unique=True,
        sqlite_where=LIVE, postgresql_where=LIVE,
    )  # fmt: skip
    op.create_index("ix_hotline_conference_calls_began", "hotline_conference_calls", ["began_at"])
    op.create_index(
        op.f("ix_hotline_conference_calls_conference_id"), "hotline_conference_calls", ["conference_id"]
    )


def downgrade() -> None:
    for table in ("calls", "acts", "members"):
        op.drop_table(f"hotline_conference_{table}")
    op.drop_table("hotline_conferences")
