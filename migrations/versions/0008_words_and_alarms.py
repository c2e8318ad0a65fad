"""words and alarms

Texts between the centre and its units, and the emergency alarms of units.

Revision: 0008, after 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "radio_texts",
        sa.Column("text_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=4), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("said_at", UtcDateTime(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("displayed_at", UtcDateTime(), nullable=True),
        sa.Column("read_by", sa.String(length=80), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("text_id", name=op.f("pk_radio_texts")),
    )
    with op.batch_alter_table("radio_texts", schema=None) as batch_op:
        batch_op.create_index("ix_radio_texts_due", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_radio_texts_unit", ["unit_id", "at"], unique=False)
        batch_op.create_index("ix_radio_texts_at", ["at"], unique=False)

    op.create_table(
        "radio_emergencies",
        sa.Column("alarm_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked", sa.String(length=16), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("said_at", UtcDateTime(), nullable=False),
        sa.Column("heard_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("repeats", sa.BigInteger(), nullable=False),
        sa.Column("dispatch_id", sa.Uuid(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("position_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=80), nullable=False),
        sa.Column("acknowledged_name", sa.Text(), nullable=False),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("cleared_by", sa.String(length=80), nullable=False),
        sa.Column("cleared_name", sa.Text(), nullable=False),
        sa.Column("cleared_at", UtcDateTime(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("alarm_id", name=op.f("pk_radio_emergencies")),
    )
    with op.batch_alter_table("radio_emergencies", schema=None) as batch_op:
        batch_op.create_index("ix_radio_emergencies_due", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_radio_emergencies_unit", ["unit_id", "raised_at"], unique=False)
        batch_op.create_index("ix_radio_emergencies_at", ["raised_at"], unique=False)


def downgrade() -> None:
    for name in ("at", "unit", "due"):
        op.drop_index(f"ix_radio_emergencies_{name}", table_name="radio_emergencies")
    op.drop_table("radio_emergencies")
    for name in ("at", "unit", "due"):
        op.drop_index(f"ix_radio_texts_{name}", table_name="radio_texts")
    op.drop_table("radio_texts")
