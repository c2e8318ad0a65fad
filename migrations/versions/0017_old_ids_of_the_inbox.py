"""old ids of the inbox

The index by which ids of messages that came long ago are found and forgotten.

Revision: 0017, after 0016
"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_inbox_at", "inbox", ["at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_inbox_at", table_name="inbox")
