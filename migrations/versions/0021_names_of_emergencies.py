"""other ids under which a unit has said its emergency

While an alarm waits for its answer, another one of the same unit joins it.

Revision: 0021, after 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "radio_emergency_names",
        sa.Column("name", sa.Uuid(), nullable=False),
        sa.Column("alarm_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("ix_radio_emergency_names_alarm", "radio_emergency_names", ["alarm_id"])


def downgrade() -> None:
    op.drop_table("radio_emergency_names")
