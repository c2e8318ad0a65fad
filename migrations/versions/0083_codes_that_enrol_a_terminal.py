"""one-time codes that enrol a terminal

Revision: 0083, after 0082
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import UtcDateTime

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "field_enrolment_codes",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("unit_id", sa.String(64), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("used_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_field_enrolment_codes")),
    )
    op.create_index("ix_field_enrolment_codes_unit", "field_enrolment_codes", ["unit_id"])


def downgrade() -> None:
    op.drop_table("field_enrolment_codes")
