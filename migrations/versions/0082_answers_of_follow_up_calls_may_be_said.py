"""a follow-up call says whether its answer was a key or was said

Revision: 0082, after 0081
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "hotline_follow_up_calls",
        sa.Column("spoken", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("hotline_follow_up_calls", "spoken")
