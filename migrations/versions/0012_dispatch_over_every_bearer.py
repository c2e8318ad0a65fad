"""dispatch over every bearer

How each dispatch went to its unit: its chain, one delivery for each bearer and attempt, and the calls that were
placed for it.

Revision: 0012, after 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import Json, UtcDateTime

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "radio_chains",
        sa.Column("dispatch_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("plan", Json, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("overdue_at", UtcDateTime(), nullable=True),
        sa.Column("overdue", sa.String(length=16), nullable=True),
        sa.Column("offered_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("dispatch_id", name=op.f("pk_radio_chains")),
    )
    with op.batch_alter_table("radio_chains", schema=None) as batch_op:
        batch_op.create_index("ix_radio_chains_due", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_radio_chains_opened", ["opened_at"], unique=False)
        batch_op.create_index("ix_radio_chains_case", ["case_id"], unique=False)
    op.create_table(
        "radio_deliveries",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("dispatch_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("bearer", sa.String(length=8), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("reports", sa.String(length=12), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("queued_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("displayed_at", UtcDateTime(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_radio_deliveries")),
    )
    with op.batch_alter_table("radio_deliveries", schema=None) as batch_op:
        batch_op.create_index("ix_radio_deliveries_dispatch", ["dispatch_id", "number"], unique=True)
        batch_op.create_index("ix_radio_deliveries_waiting", ["bearer", "stage"], unique=False)
    op.create_table(
        "hotline_crew_calls",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("unit_id", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("line", sa.String(length=80), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("system", sa.String(length=80), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=1), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("began", sa.Float(), nullable=False),
        sa.Column("answered", sa.Float(), nullable=True),
        sa.Column("ended", sa.Float(), nullable=True),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_hotline_crew_calls")),
    )
    live = sa.text("ended IS NULL")
    with op.batch_alter_table("hotline_crew_calls", schema=None) as batch_op:
        batch_op.create_index(
            "ix_hotline_crew_calls_live", ["line"], unique=True, sqlite_where=live, postgresql_where=live
        )
        batch_op.create_index("ix_hotline_crew_calls_began", ["began_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("hotline_crew_calls", schema=None) as batch_op:
        batch_op.drop_index("ix_hotline_crew_calls_began")
        batch_op.drop_index("ix_hotline_crew_calls_live")

    op.drop_table("hotline_crew_calls")
    with op.batch_alter_table("radio_deliveries", schema=None) as batch_op:
        batch_op.drop_index("ix_radio_deliveries_waiting")
        batch_op.drop_index("ix_radio_deliveries_dispatch")

    op.drop_table("radio_deliveries")
    with op.batch_alter_table("radio_chains", schema=None) as batch_op:
        batch_op.drop_index("ix_radio_chains_case")
        batch_op.drop_index("ix_radio_chains_opened")
        batch_op.drop_index("ix_radio_chains_due")

    op.drop_table("radio_chains")
