"""versions of the operating mode

Revision: 0054, after 0053
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "operating_modes",
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("before", sa.String(16), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("confirmed_by", sa.String(80), nullable=False),
        sa.Column("confirmed_at", UtcDateTime()),
        sa.Column("incident_id", sa.Uuid()),
    )


def downgrade() -> None:
    op.drop_table("operating_modes")
