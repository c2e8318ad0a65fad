"""what of follow-ups and messages is still held is found by an index: erasure walks no row twice

Revision: 0069, after 0068
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

NUMBERS = sa.text("number != '' OR note != '' OR concern_note != ''")
TEXTS = sa.text("number != '' OR text != ''")


def upgrade() -> None:
    op.create_index(
        "ix_citizen_follow_ups_held", "citizen_follow_ups", ["closed_at"],
        sqlite_where=NUMBERS, postgresql_where=NUMBERS,
    )  # fmt: skip
    op.create_index(
        "ix_citizen_messages_held", "citizen_messages", ["created_at"],
        sqlite_where=TEXTS, postgresql_where=TEXTS,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_citizen_messages_held", table_name="citizen_messages")
    op.drop_index("ix_citizen_follow_ups_held", table_name="citizen_follow_ups")
