"""cases are merged, split and related

A case may be merged into another one, which then goes on for it; cases may be related; a report may belong to
several cases, and its notices name the case that they are about.

Revision: 0045, after 0042
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime

revision = "0045"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cases") as cases:
        cases.add_column(sa.Column("merged_into", sa.Uuid()))
    op.create_index(op.f("ix_cases_merged_into"), "cases", ["merged_into"])
    with op.batch_alter_table("case_drafts") as drafts:
        drafts.add_column(sa.Column("of_report", sa.Uuid()))
    op.create_index(op.f("ix_case_drafts_of_report"), "case_drafts", ["of_report"])
    op.create_table(
        "case_reports",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "report_id", name=op.f("pk_case_reports")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_case_reports_case_id")),
    )
    op.create_index(op.f("ix_case_reports_report_id"), "case_reports", ["report_id"])
    op.create_table(
        "case_merges",
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("clock", sa.BigInteger()),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("undone_at", UtcDateTime()),
        sa.Column("undone_by", sa.String(64)),
        sa.PrimaryKeyConstraint("merge_id", name=op.f("pk_case_merges")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_case_merges_case_id")),
        sa.ForeignKeyConstraint(["into_id"], ["cases.case_id"], name=op.f("fk_case_merges_into_id")),
    )
    op.create_index(op.f("ix_case_merges_case_id"), "case_merges", ["case_id"])
    op.create_table(
        "case_relations",
        sa.Column("relation_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("undone_at", UtcDateTime()),
        sa.Column("undone_by", sa.String(64)),
        sa.PrimaryKeyConstraint("relation_id", name=op.f("pk_case_relations")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_case_relations_case_id")),
        sa.ForeignKeyConstraint(["other_id"], ["cases.case_id"], name=op.f("fk_case_relations_other_id")),
    )
    op.create_index(op.f("ix_case_relations_case_id"), "case_relations", ["case_id"])
    op.create_index(op.f("ix_case_relations_other_id"), "case_relations", ["other_id"])
    op.create_table(
        "citizen_report_cases",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("progress", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "case_id", name=op.f("pk_citizen_report_cases")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["citizen_reports.report_id"], name=op.f("fk_citizen_report_cases_report_id")
        ),
    )
    with op.batch_alter_table("citizen_notices") as notices:
        notices.add_column(sa.Column("case_number", sa.String(24), nullable=False, server_default=""))
        notices.add_column(sa.Column("additional", sa.Boolean(), nullable=False, server_default=sa.false()))
    # The cases that were filed from reports: a report has the id of its draft.
    op.execute(
        "INSERT INTO citizen_report_cases (report_id, case_id, progress) "
        "SELECT report_id, case_id, progress FROM citizen_reports WHERE case_id IS NOT NULL"
    )
    op.execute(
        "INSERT INTO case_reports (case_id, report_id) "
        "SELECT case_id, report_id FROM citizen_reports WHERE case_id IS NOT NULL"
    )


def downgrade() -> None:
    with op.batch_alter_table("citizen_notices") as notices:
        notices.drop_column("additional")
        notices.drop_column("case_number")
    op.drop_table("citizen_report_cases")
    op.drop_table("case_relations")
    op.drop_table("case_merges")
    op.drop_table("case_reports")
    op.drop_index(op.f("ix_case_drafts_of_report"), "case_drafts")
    with op.batch_alter_table("case_drafts") as drafts:
        drafts.drop_column("of_report")
    op.drop_index(op.f("ix_cases_merged_into"), "cases")
    with op.batch_alter_table("cases") as cases:
        cases.drop_column("merged_into")
