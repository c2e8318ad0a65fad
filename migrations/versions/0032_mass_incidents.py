"""mass incidents

An incident has a parent case; the calls that belong to it can be taken out again.

Revision: 0032, after 0031
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime, Uuid

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_incidents",
        sa.Column("incident_id", Uuid, nullable=False),
        sa.Column("case_id", Uuid, nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("prompt", sa.String(64), nullable=False),
        sa.Column("play", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("started_by", sa.String(64), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.case_id"], name=op.f("fk_case_incidents_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_case_incidents")),
    )
    for column in ("case_id", "started_at", "ended_at"):
        op.create_index(op.f(f"ix_case_incidents_{column}"), "case_incidents", [column])
    op.create_table(
        "case_incident_calls",
        sa.Column("incident_id", Uuid, nullable=False),
        sa.Column("call_id", Uuid, nullable=False),
        sa.Column("draft_id", Uuid, nullable=True),
        sa.Column("linked", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["case_incidents.incident_id"],
            name=op.f("fk_case_incident_calls_incident_id_case_incidents"),
        ),
        sa.PrimaryKeyConstraint("incident_id", "call_id", name=op.f("pk_case_incident_calls")),
    )


def downgrade() -> None:
    op.drop_table("case_incident_calls")
    op.drop_table("case_incidents")
