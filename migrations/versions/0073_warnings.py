"""warnings, the acts on them, and who is told

Revision: 0073, after 0069
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import Json, UtcDateTime, Uuid

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "warning_warnings",
        sa.Column("warning_id", Uuid, nullable=False),
        sa.Column("message", Json, nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("origin", sa.String(8), nullable=False),
        sa.Column("signed", sa.Boolean(), nullable=False),
        sa.Column("channels", sa.String(40), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("first_by", sa.String(80), nullable=False),
        sa.Column("first_at", UtcDateTime),
        sa.Column("released_by", sa.String(80), nullable=False),
        sa.Column("released_at", UtcDateTime),
        sa.Column("ends_at", UtcDateTime),
        sa.Column("over_by", sa.String(80), nullable=False),
        sa.Column("over_at", UtcDateTime),
        sa.Column("over_why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("warning_id", name=op.f("pk_warning_warnings")),
    )
    op.create_index("ix_warning_warnings_state", "warning_warnings", ["state", "made_at"])
    op.create_index("ix_warning_warnings_made_at", "warning_warnings", ["made_at"])
    op.create_table(
        "warning_operations",
        sa.Column("op_id", Uuid, nullable=False),
        sa.Column("warning_id", Uuid, nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("op_id", name=op.f("pk_warning_operations")),
    )
    op.create_table(
        "warning_deliveries",
        sa.Column("delivery_id", Uuid, nullable=False),
        sa.Column("warning_id", Uuid, nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("why", sa.String(40), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_warning_deliveries")),
    )
    op.create_index(
        "ix_warning_deliveries_warning", "warning_deliveries", ["warning_id", "channel", "state"]
    )
    op.create_index("ix_warning_deliveries_state", "warning_deliveries", ["state", "delivery_id"])


def downgrade() -> None:
    op.drop_table("warning_deliveries")
    op.drop_table("warning_operations")
    op.drop_table("warning_warnings")
