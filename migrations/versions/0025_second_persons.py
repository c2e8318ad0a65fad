"""requests for a second person, and the sealed account

Acts that another person has to approve, and the envelopes of the break-glass account.

Revision: 0025, after 0024
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import Json, Sequence64, UtcDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_approval",
        sa.Column("number", Sequence64, autoincrement=True, nullable=False),
        sa.Column("op_id", sa.Uuid(), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("parameters", Json, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("by_service", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("seen_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_identity_approval")),
        sa.UniqueConstraint("op_id", name=op.f("uq_identity_approval_op_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_identity_approval_state", "identity_approval", ["state", "verdict"], unique=False)
    op.create_table(
        "identity_break_glass",
        sa.Column("seal_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_at", UtcDateTime(), nullable=False),
        sa.Column("sealed_by", sa.String(length=80), nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("words_hash", sa.String(length=200), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("used_by", sa.String(length=100), nullable=False, server_default=""),
        sa.Column("address", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("replaced_at", UtcDateTime(), nullable=True),
        sa.Column("taken_by", sa.String(length=80), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("seal_id", name=op.f("pk_identity_break_glass")),
    )


def downgrade() -> None:
    op.drop_table("identity_break_glass")
    op.drop_index("ix_identity_approval_state", table_name="identity_approval")
    op.drop_table("identity_approval")
