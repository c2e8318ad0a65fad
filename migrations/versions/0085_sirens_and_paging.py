"""orders to sirens, and pages to loudspeakers; a warning may have all channels

Revision: 0085, after 0084
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import UtcDateTime, Uuid

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "warning_siren_orders",
        sa.Column("delivery_id", Uuid, nullable=False),
        sa.Column("siren", sa.String(40), nullable=False),
        sa.Column("actual", sa.Boolean(), nullable=False),
        sa.Column("program", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer()),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_warning_siren_orders")),
    )
    op.create_index("ix_warning_siren_orders_state", "warning_siren_orders", ["state", "made_at"])
    op.create_table(
        "warning_pages",
        sa.Column("delivery_id", Uuid, nullable=False),
        sa.Column("paging_group", sa.String(40), nullable=False),
        sa.Column("mark", sa.String(8), nullable=False),
        sa.Column("about", sa.String(8), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("begun", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_warning_pages")),
    )
    op.create_index("ix_warning_pages_state", "warning_pages", ["state", "made_at"])
    with op.batch_alter_table("warning_warnings") as warnings:
        warnings.alter_column(
            "channels", existing_type=sa.String(40), type_=sa.String(80), existing_nullable=False
        )


def downgrade() -> None:
    with op.batch_alter_table("warning_warnings") as warnings:
        warnings.alter_column(
            "channels", existing_type=sa.String(80), type_=sa.String(40), existing_nullable=False
        )
    op.drop_table("warning_pages")
    op.drop_table("warning_siren_orders")
