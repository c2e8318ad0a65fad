"""emergencies make cases

What kind of emergency it is, where it is spoken, the case that it makes, what was told of it, and how it ended.

Revision: 0015, after 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None

ADDED = ("kind", "talkgroup", "case_id", "repeat_told_at", "place_told_at", "false_alarm")


def upgrade() -> None:
    with op.batch_alter_table("radio_emergencies", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=8), nullable=False, server_default="alarm"))
        batch_op.add_column(sa.Column("talkgroup", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("case_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("repeat_told_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("place_told_at", UtcDateTime(), nullable=True))
        batch_op.add_column(
            sa.Column("false_alarm", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.create_index("ix_radio_emergencies_case", ["case_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("radio_emergencies", schema=None) as batch_op:
        batch_op.drop_index("ix_radio_emergencies_case")
        for name in reversed(ADDED):
            batch_op.drop_column(name)
