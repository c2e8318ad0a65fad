"""forms to departments that do not work at the desk, work orders of another system

Revision: 0058, after 0057
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import UtcDateTime, Uuid

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

TABLE = "case_exchange_deliveries"
ORDERS = "case_exchange_orders"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("delivery_id", Uuid, primary_key=True),
        sa.Column("department_id", sa.String(64), nullable=False),
        sa.Column("case_id", Uuid, sa.ForeignKey("cases.case_id")),
        sa.Column("assignment_id", Uuid),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("form", sa.String(32), nullable=False),
        sa.Column("act", sa.String(24), nullable=False),
        sa.Column("act_at", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", sa.String(120), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("next_at", UtcDateTime),
        sa.Column("ended_at", UtcDateTime),
    )
    op.create_index("ix_case_exchange_deliveries_state", TABLE, ["state", "delivery_id"])
    op.create_index("ix_case_exchange_deliveries_department", TABLE, ["department_id", "delivery_id"])
    op.create_index("ix_case_exchange_deliveries_case", TABLE, ["case_id", "delivery_id"])
    op.create_table(
        ORDERS,
        sa.Column("reference", sa.String(64), primary_key=True),
        sa.Column("draft_id", Uuid, nullable=False, unique=True),
        sa.Column("case_id", Uuid),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("registered_at", UtcDateTime, nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime),
    )
    op.create_index("ix_case_exchange_orders_case", ORDERS, ["case_id"])
    op.create_index("ix_case_exchange_orders_registered", ORDERS, ["registered_at"])


def downgrade() -> None:
    op.drop_table(ORDERS)
    op.drop_table(TABLE)
