"""recipients of warnings, and texts to units that end with their warning

Revision: 0082, after 0077
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import Json, UtcDateTime, Uuid

revision = "0082"
down_revision = "0078"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "warning_recipients",
        sa.Column("recipient_id", Uuid, nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("area", Json, nullable=False),
        sa.Column("changed_by", sa.String(80), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("recipient_id", name=op.f("pk_warning_recipients")),
    )
    op.create_index("ix_warning_recipients_number", "warning_recipients", ["number"], unique=True)
    op.add_column("radio_texts", sa.Column("until", UtcDateTime))


def downgrade() -> None:
    op.drop_column("radio_texts", "until")
    op.drop_table("warning_recipients")
