"""what reporters add and rate

Words that a reporter added later, ratings of closed reports, and who has the same trouble.

Revision: 0051, after 0042
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_citizen_reports_reporter": ["reporter"],
    "ix_citizen_reports_key": ["public_key"],
    "ix_citizen_reports_nearby": ["progress", "lat"],
}


def _of_report(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["report_id"], ["citizen_reports.report_id"], name=op.f(f"fk_{table}_report_id")
    )


def upgrade() -> None:
    with op.batch_alter_table("citizen_reports") as reports:
        for name, length in (("street", 64), ("case_category", 64), ("public_key", 32)):
            reports.add_column(sa.Column(name, sa.String(length), nullable=False, server_default=""))
    for name, columns in INDEXES.items():
        op.create_index(name, "citizen_reports", columns)
    op.create_table(
        "citizen_additions",
        sa.Column("addition_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.String(128), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("addition_id", name=op.f("pk_citizen_additions")),
        sa.UniqueConstraint("report_id", "message_id", name=op.f("uq_citizen_additions_report_id_message_id")),
        _of_report("citizen_additions"),
    )
    op.create_table(
        "citizen_ratings",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("solved", sa.Boolean()),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_citizen_ratings")),
        _of_report("citizen_ratings"),
    )
    op.create_table(
        "citizen_me_too",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "device", name=op.f("pk_citizen_me_too")),
        _of_report("citizen_me_too"),
    )


def downgrade() -> None:
    for table in ("citizen_me_too", "citizen_ratings", "citizen_additions"):
        op.drop_table(table)
    for name in INDEXES:
        op.drop_index(name, "citizen_reports")
    with op.batch_alter_table("citizen_reports") as reports:
        for name in ("public_key", "case_category", "street"):
            reports.drop_column(name)
