"""cells, beats and the position of a case

A case keeps where its coordinates come from, its beat, and the part that it is about. Cells of the grid are
stored in versions. Coordinates of before came from the gazetteer, whose shipped places nobody has measured,
or from a device: which one is not known, and stays empty.

Revision: 0049, after 0042
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("beat", sa.String(64)))
    op.add_column("cases", sa.Column("part_id", sa.String(16)))
    op.add_column("cases", sa.Column("owner", sa.String(120)))
    op.add_column("cases", sa.Column("position_source", sa.String(16)))
    op.create_table(
        "case_grid_versions",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_case_grid_versions")),
    )
    op.create_table(
        "case_grid_areas",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("cells", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version", "code", name=op.f("pk_case_grid_areas")),
        sa.ForeignKeyConstraint(
            ["version"], ["case_grid_versions.version"], name=op.f("fk_case_grid_areas_version")
        ),
    )


def downgrade() -> None:
    op.drop_table("case_grid_areas")
    op.drop_table("case_grid_versions")
    with op.batch_alter_table("cases") as cases:
        cases.drop_column("position_source")
        cases.drop_column("owner")
        cases.drop_column("part_id")
        cases.drop_column("beat")
