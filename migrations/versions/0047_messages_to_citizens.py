"""messages to citizens

Each message is a row before it leaves; parts are found by the SMSC's ids, opt-outs by a digest.

Revision: 0047, after 0042
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime, Uuid

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "citizen_messages",
        sa.Column("message_id", Uuid, primary_key=True),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("template", sa.String(24), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("case_id", Uuid),
        sa.Column("report_id", Uuid),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("parts", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("doubts", sa.Integer, nullable=False),
        sa.Column("error", sa.String(120), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("claimed_at", UtcDateTime),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("sent_at", UtcDateTime),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("sent_by", sa.String(64), nullable=False),
    )
    op.create_index("ix_citizen_messages_case", "citizen_messages", ["case_id", "created_at"])
    op.create_index("ix_citizen_messages_report", "citizen_messages", ["report_id", "created_at"])
    op.create_index("ix_citizen_messages_number", "citizen_messages", ["number", "created_at"])
    op.create_index("ix_citizen_messages_state", "citizen_messages", ["state", "expires_at"])
    op.create_index("ix_citizen_messages_created", "citizen_messages", ["created_at"])
    op.create_table(
        "citizen_message_parts",
        sa.Column("smsc_id", sa.String(65), primary_key=True),
        sa.Column("message_id", Uuid, sa.ForeignKey("citizen_messages.message_id"), nullable=False),
        sa.Column("receipt", sa.String(8), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_citizen_message_parts_message_id", "citizen_message_parts", ["message_id"])
    op.create_table(
        "citizen_received_parts",
        sa.Column("number", sa.String(24), primary_key=True),
        sa.Column("reference", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("total", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_citizen_received_parts_at", "citizen_received_parts", ["at"])
    op.create_table(
        "citizen_opt_outs",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("citizen_opt_outs")
    op.drop_table("citizen_received_parts")
    op.drop_table("citizen_message_parts")
    op.drop_table("citizen_messages")
