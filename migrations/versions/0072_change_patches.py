"""change patches of remote sensing, their imports and their tasks

Revision: 0072, after 0069
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import Json, UtcDateTime, Uuid

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sensing_patch_imports",
        sa.Column("import_id", Uuid, nullable=False),
        sa.Column("file", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("form", sa.String(12), nullable=False),
        sa.Column("crs", sa.String(120), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime),
        sa.Column("started_by", sa.String(64), nullable=False),
        sa.Column("features", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("problems", Json, nullable=False),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_sensing_patch_imports")),
    )
    op.create_index("ix_sensing_patch_imports_started", "sensing_patch_imports", ["started_at"])
    op.create_table(
        "sensing_patches",
        sa.Column("patch_id", Uuid, nullable=False),
        sa.Column("import_id", Uuid, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("before", sa.Date()),
        sa.Column("after", sa.Date()),
        sa.Column("district", sa.String(6), nullable=False),
        sa.Column("cell", sa.String(16), nullable=False),
        sa.Column("beat", sa.String(64), nullable=False),
        sa.Column("beat_name", sa.String(60), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("area_m2", sa.Float(), nullable=False),
        sa.Column("outline", sa.LargeBinary(), nullable=False),
        sa.Column("near", Json, nullable=False),
        sa.Column("draft_id", Uuid),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(8), nullable=False),
        sa.Column("result_by", sa.String(80), nullable=False),
        sa.Column("result_at", UtcDateTime),
        sa.Column("case_id", Uuid),
        sa.PrimaryKeyConstraint("patch_id", name=op.f("pk_sensing_patches")),
    )
    op.create_index("ix_sensing_patches_import", "sensing_patches", ["import_id", "beat", "number"])
    op.create_index("ix_sensing_patches_draft", "sensing_patches", ["draft_id"])
    op.create_index("ix_sensing_patches_place", "sensing_patches", ["lat", "lon"])
    op.create_table(
        "sensing_patch_tasks",
        sa.Column("draft_id", Uuid, nullable=False),
        sa.Column("import_id", Uuid, nullable=False),
        sa.Column("beat", sa.String(64), nullable=False),
        sa.Column("op_id", Uuid, nullable=False),
        sa.Column("task_id", Uuid),
        sa.Column("unit_id", sa.String(80), nullable=False),
        sa.Column("unit_name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("released_by", sa.String(64), nullable=False),
        sa.Column("released_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("pk_sensing_patch_tasks")),
        sa.UniqueConstraint("op_id", name=op.f("uq_sensing_patch_tasks_op_id")),
    )
    op.create_index("ix_sensing_patch_tasks_import", "sensing_patch_tasks", ["import_id", "beat"])


def downgrade() -> None:
    op.drop_table("sensing_patch_tasks")
    op.drop_table("sensing_patches")
    op.drop_table("sensing_patch_imports")
