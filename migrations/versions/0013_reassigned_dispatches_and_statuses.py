"""reassigned dispatches and statuses of networks

Which dispatch another one takes over; the versions of the table that turns what networks say into steps of a job.

Revision: 0013, after 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import Json, UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("case_dispatches", schema=None) as batch_op:
        batch_op.add_column(sa.Column("takes_over", sa.Uuid(), nullable=True))
    op.create_table(
        "radio_status_versions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rules", Json, nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_radio_status_versions")),
    )
    op.create_table(
        "radio_status_acts",
        sa.Column("rev", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("rev", name=op.f("pk_radio_status_acts")),
    )


def downgrade() -> None:
    op.drop_table("radio_status_acts")
    op.drop_table("radio_status_versions")
    with op.batch_alter_table("case_dispatches", schema=None) as batch_op:
        batch_op.drop_column("takes_over")
