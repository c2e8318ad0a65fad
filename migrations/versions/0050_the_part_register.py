"""the part register

Things of the city that stand somewhere, with owner, authority and maintainer (GB/T 30428.2).

Revision: 0050, after 0049
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_parts",
        sa.Column("part_id", sa.String(16), nullable=False),
        sa.Column("class_code", sa.String(4), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("label_key", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("owner", sa.String(120), nullable=False),
        sa.Column("authority", sa.String(120), nullable=False),
        sa.Column("maintainer", sa.String(120), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("lon", sa.Float()),
        sa.Column("lat", sa.Float()),
        sa.Column("accuracy_m", sa.Float(), nullable=False),
        sa.Column("cell", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("part_id", name=op.f("pk_case_parts")),
    )
    op.create_index(
        "ix_case_parts_label_key",
        "case_parts",
        ["label_key"],
        postgresql_ops={"label_key": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_case_parts_cell"), "case_parts", ["cell"])
    op.create_index("ix_case_parts_place", "case_parts", ["lat", "lon"])
    op.create_index("ix_case_parts_class", "case_parts", ["class_code", "part_id"])


def downgrade() -> None:
    op.drop_table("case_parts")
