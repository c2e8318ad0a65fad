"""reports of citizens by any channel

A draft needs no call: it has a source, and an agent takes it out of the queue. Reports, their pictures and
notices of progress are stored.

Revision: 0040, after 0038
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime

revision = "0040"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("case_drafts") as drafts:
        drafts.add_column(sa.Column("source", sa.String(16), nullable=False, server_default="telephone"))
        drafts.add_column(sa.Column("taken_by", sa.String(64)))
    op.create_index("ix_case_drafts_queue", "case_drafts", ["state", "source", "created_at"])
    op.create_table(
        "citizen_reports",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("message_id", sa.String(128), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("reporter", sa.Text(), nullable=False),
        sa.Column("phone", sa.String(40), nullable=False),
        sa.Column("lon", sa.Float()),
        sa.Column("lat", sa.Float()),
        sa.Column("accuracy_m", sa.Float()),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("case_id", sa.Uuid()),
        sa.Column("case_number", sa.String(24), nullable=False),
        sa.Column("progress", sa.String(16), nullable=False),
        sa.Column("forgotten_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_citizen_reports")),
        sa.UniqueConstraint("channel", "message_id", name=op.f("uq_citizen_reports_channel_message_id")),
        sa.UniqueConstraint("number", name=op.f("uq_citizen_reports_number")),
    )
    op.create_index(op.f("ix_citizen_reports_case_id"), "citizen_reports", ["case_id"])
    op.create_index("ix_citizen_reports_forgotten", "citizen_reports", ["forgotten_at", "received_at"])
    op.create_table(
        "citizen_pictures",
        sa.Column("picture_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("picture_id", name=op.f("pk_citizen_pictures")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["citizen_reports.report_id"], name=op.f("fk_citizen_pictures_report_id")
        ),
    )
    op.create_index(op.f("ix_citizen_pictures_report_id"), "citizen_pictures", ["report_id"])
    op.create_table(
        "citizen_notices",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("progress", sa.String(16), nullable=False),
        sa.Column("declined", sa.String(16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_citizen_notices")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["citizen_reports.report_id"], name=op.f("fk_citizen_notices_report_id")
        ),
    )
    op.create_index(op.f("ix_citizen_notices_report_id"), "citizen_notices", ["report_id"])
    op.create_index("ix_citizen_notices_due", "citizen_notices", ["state", "due_at"])
    op.create_table(
        "citizen_counters",
        sa.Column("day", sa.String(8), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_citizen_counters")),
    )


def downgrade() -> None:
    for table in ("citizen_counters", "citizen_notices", "citizen_pictures", "citizen_reports"):
        op.drop_table(table)
    op.drop_index("ix_case_drafts_queue", "case_drafts")
    with op.batch_alter_table("case_drafts") as drafts:
        drafts.drop_column("taken_by")
        drafts.drop_column("source")
