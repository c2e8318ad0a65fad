"""settings that people change

Every version of a setting that is changed at the desk: who, when, why, its value and what it changed.

Revision: 0034, after 0032
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import Json, UtcDateTime

revision = "0034"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "setting_versions",
        sa.Column("name", sa.String(48), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("changes", Json, nullable=True),
        sa.Column("restores", sa.Integer(), nullable=True),
        sa.Column("op_id", sa.Uuid(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", "number", name=op.f("pk_setting_versions")),
        sa.UniqueConstraint("op_id", name=op.f("uq_setting_versions_op_id")),
    )


def downgrade() -> None:
    op.drop_table("setting_versions")
