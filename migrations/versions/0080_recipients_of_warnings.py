"""recipients of warnings and calls to them, and texts to units that end with their warning

Revision: 0080, after 0079
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import Json, UtcDateTime, Uuid

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "warning_recipients",
        sa.Column("recipient_id", Uuid, nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("by", sa.String(16), nullable=False),
        sa.Column("area", Json, nullable=False),
        sa.Column("changed_by", sa.String(80), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("recipient_id", name=op.f("pk_warning_recipients")),
    )
    op.create_index("ix_warning_recipients_number", "warning_recipients", ["number"], unique=True)
    op.create_table(
        "warning_calls",
        sa.Column("delivery_id", Uuid, nullable=False),
        sa.Column("recipient_id", Uuid, nullable=False),
        sa.Column("mark", sa.String(8), nullable=False),
        sa.Column("about", sa.String(8), nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("heard", sa.Boolean(), nullable=False),
        sa.Column("calling", sa.Boolean(), nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_warning_calls")),
    )
    op.create_index("ix_warning_calls_state", "warning_calls", ["state", "due_at"])
    op.create_table(
        "hotline_warning_calls",
        sa.Column("call_id", Uuid, nullable=False),
        sa.Column("phone", sa.String(64), nullable=False),
        sa.Column("line", sa.String(80), nullable=False),
        sa.Column("system", sa.String(80), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16)),
        sa.Column("began", sa.Float(), nullable=False),
        sa.Column("answered", sa.Float()),
        sa.Column("ended", sa.Float()),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("delivery_id", Uuid, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(8), nullable=False),
        sa.Column("about", sa.String(8), nullable=False),
        sa.Column("key", sa.String(1), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_hotline_warning_calls")),
    )
    live = sa.text("ended IS NULL")
    op.create_index(
        "ix_hotline_warning_calls_live", "hotline_warning_calls", ["line"], unique=True,
        sqlite_where=live, postgresql_where=live,
    )  # fmt: skip
    op.create_index("ix_hotline_warning_calls_began", "hotline_warning_calls", ["began_at"])
    op.create_index("ix_hotline_warning_calls_delivery_id", "hotline_warning_calls", ["delivery_id"])
    op.add_column("radio_texts", sa.Column("until", UtcDateTime))


def downgrade() -> None:
    op.drop_column("radio_texts", "until")
    op.drop_table("hotline_warning_calls")
    op.drop_table("warning_calls")
    op.drop_table("warning_recipients")
