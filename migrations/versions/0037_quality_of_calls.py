"""quality of calls

Scoring forms with their versions, scorecards, calibrations of two scorers, marks on recordings.

Revision: 0037, after 0034
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import Json, UtcDateTime

revision = "0037"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cdr_scoring_forms",
        sa.Column("op_id", sa.Uuid(), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", Json, nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("op_id", name=op.f("pk_cdr_scoring_forms")),
    )
    op.create_index("ix_cdr_scoring_forms_version", "cdr_scoring_forms", ["form_id", "number"], unique=True)
    op.create_table(
        "cdr_scorecards",
        sa.Column("op_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("call_at", UtcDateTime(), nullable=False),
        sa.Column("queue", sa.String(80), nullable=False),
        sa.Column("agent", sa.String(64), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("scorer", sa.String(64), nullable=False),
        sa.Column("calibration_id", sa.Uuid(), nullable=True),
        sa.Column("answers", Json, nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("fatal", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("op_id", name=op.f("pk_cdr_scorecards")),
    )
    op.create_index("ix_cdr_scorecards_call", "cdr_scorecards", ["call_id"])
    op.create_index("ix_cdr_scorecards_agent", "cdr_scorecards", ["agent", "made_at"])
    op.create_index("ix_cdr_scorecards_call_at", "cdr_scorecards", ["call_at"])
    op.create_index(
        "ix_cdr_scorecards_calibration", "cdr_scorecards", ["calibration_id", "scorer"], unique=True
    )
    op.create_table(
        "cdr_calibrations",
        sa.Column("op_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("agent", sa.String(64), nullable=False),
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first", sa.String(64), nullable=False),
        sa.Column("second", sa.String(64), nullable=False),
        sa.Column("opened_by", sa.String(64), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("op_id", name=op.f("pk_cdr_calibrations")),
    )
    op.create_index("ix_cdr_calibrations_opened", "cdr_calibrations", ["opened_at"])
    op.create_index("ix_cdr_calibrations_call", "cdr_calibrations", ["call_id"])
    op.create_table(
        "cdr_recording_marks",
        sa.Column("op_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("at_s", sa.Float(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("op_id", name=op.f("pk_cdr_recording_marks")),
    )
    op.create_index("ix_cdr_recording_marks_call", "cdr_recording_marks", ["call_id", "at_s"])


def downgrade() -> None:
    for table in ("cdr_recording_marks", "cdr_calibrations", "cdr_scorecards", "cdr_scoring_forms"):
        op.drop_table(table)
