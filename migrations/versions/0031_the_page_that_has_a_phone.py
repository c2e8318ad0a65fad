"""the page that has a phone

Which page of a person has his phone outlives a restart: no other one takes it silently.

Revision: 0031, after 0028
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime

revision = "0031"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hotline_phone_claims",
        sa.Column("agent_id", sa.String(64), nullable=False),
        sa.Column("endpoint", sa.String(80), nullable=False),
        sa.Column("page_id", sa.String(64), nullable=False),
        sa.Column("load_id", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_hotline_phone_claims")),
    )


def downgrade() -> None:
    op.drop_table("hotline_phone_claims")
