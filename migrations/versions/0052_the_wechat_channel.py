"""the WeChat channel

Messages that were taken, dialogues with people, and what is to be done after an answer.

Revision: 0052, after 0051
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

JOBS = "citizen_wechat_jobs"


def upgrade() -> None:
    op.create_table(
        "citizen_wechat_messages",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_citizen_wechat_messages")),
    )
    op.create_index(op.f("ix_citizen_wechat_messages_at"), "citizen_wechat_messages", ["at"])
    op.create_table(
        "citizen_wechat_dialogues",
        sa.Column("openid", sa.String(64), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("openid", name=op.f("pk_citizen_wechat_dialogues")),
    )
    op.create_index(op.f("ix_citizen_wechat_dialogues_at"), "citizen_wechat_dialogues", ["at"])
    op.create_table(
        JOBS,
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("openid", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("report_key", sa.String(64), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary()),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_citizen_wechat_jobs")),
    )
    op.create_index("ix_citizen_wechat_jobs_due", JOBS, ["state", "due_at"])
    op.create_index("ix_citizen_wechat_jobs_person", JOBS, ["openid", "kind", "made_at"])
    op.create_index("ix_citizen_wechat_jobs_report", JOBS, ["report_key"])


def downgrade() -> None:
    for table in (JOBS, "citizen_wechat_dialogues", "citizen_wechat_messages"):
        op.drop_table(table)
