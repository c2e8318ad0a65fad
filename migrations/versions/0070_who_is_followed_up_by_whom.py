"""a follow-up says that its reporter was connected with a person

Revision: 0070, after 0069
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import UtcDateTime

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("citizen_follow_ups", sa.Column("connected_at", UtcDateTime))


def downgrade() -> None:
    op.drop_column("citizen_follow_ups", "connected_at")
