"""follow-up calls in the reports, and letters of superiors' orders

Revision: 0079, after 0078
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import UtcDateTime, Uuid

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None

OF_QUEUES = ("follow_ups", "follow_ups_connected", "follow_ups_talk_ms")
OF_AGENTS = ("cdr_agent_quarters", "cdr_agent_watches")


def upgrade() -> None:
    with op.batch_alter_table("cdr_facts") as facts:
        facts.add_column(sa.Column("purpose", sa.String(16), server_default="", nullable=False))
    with op.batch_alter_table("cdr_queue_quarters") as queues:
        for name in OF_QUEUES:
            queues.add_column(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    for table in OF_AGENTS:
        with op.batch_alter_table(table) as agents:
            agents.add_column(sa.Column("follow_ups", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "case_order_attachments",
        sa.Column("attachment_id", Uuid, nullable=False),
        sa.Column("case_id", Uuid, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("added_by", sa.String(64), nullable=False),
        sa.Column("added_by_name", sa.String(200), nullable=False),
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("erased_at", UtcDateTime),
        sa.Column("erased_by", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.case_id"], name=op.f("fk_case_order_attachments_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_case_order_attachments")),
    )
    op.create_index(op.f("ix_case_order_attachments_case_id"), "case_order_attachments", ["case_id"])


def downgrade() -> None:
    op.drop_table("case_order_attachments")
    for table in OF_AGENTS:
        with op.batch_alter_table(table) as agents:
            agents.drop_column("follow_ups")
    with op.batch_alter_table("cdr_queue_quarters") as queues:
        for name in OF_QUEUES:
            queues.drop_column(name)
    with op.batch_alter_table("cdr_facts") as facts:
        facts.drop_column("purpose")
