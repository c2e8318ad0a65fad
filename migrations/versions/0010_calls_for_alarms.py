"""calls for alarms

Calls to supervisors for emergencies of units that nobody has answered.

Revision: 0010, after 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hotline_alarm_calls",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("alarm_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("line", sa.String(length=80), nullable=False),
        sa.Column("system", sa.String(length=80), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("began", sa.Float(), nullable=False),
        sa.Column("answered", sa.Float(), nullable=True),
        sa.Column("ended", sa.Float(), nullable=True),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_hotline_alarm_calls")),
    )
    live = sa.text("ended IS NULL")
    with op.batch_alter_table("hotline_alarm_calls", schema=None) as batch_op:
        batch_op.create_index("ix_hotline_alarm_calls_alarm", ["alarm_id", "number"], unique=True)
        batch_op.create_index(
            "ix_hotline_alarm_calls_live", ["line"], unique=True, sqlite_where=live, postgresql_where=live
        )
        batch_op.create_index("ix_hotline_alarm_calls_began", ["began_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("hotline_alarm_calls", schema=None) as batch_op:
        batch_op.drop_index("ix_hotline_alarm_calls_began")
        batch_op.drop_index("ix_hotline_alarm_calls_live")
        batch_op.drop_index("ix_hotline_alarm_calls_alarm")

    op.drop_table("hotline_alarm_calls")
