"""departments assign their work to their own people and units

Revision: 0062, after 0057
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import Uuid

revision = "0062"
down_revision = "0060"
branch_labels = None
depends_on = None
COUNTS = (
    "received", "filed", "declined", "standing", "dispatched", "dispatched_in_time", "due", "handled",
    "handled_in_time", "overdue", "closed", "closed_in_time", "ever_done", "reworked", "returned",
    "repeated", "checked", "passed", "reworks", "handling_s",
)  # fmt: skip


def upgrade() -> None:
    op.add_column("radio_units", sa.Column("department", sa.String(64), nullable=False, server_default=""))
    op.add_column("case_dispatches", sa.Column("assignment_id", Uuid))
    op.add_column("case_assignments", sa.Column("handler", sa.String(64), nullable=False, server_default=""))
    op.add_column(
        "case_assignments", sa.Column("handler_name", sa.String(200), nullable=False, server_default="")
    )
    op.add_column("case_assignments", sa.Column("job_id", Uuid))
    op.create_index(
        "ix_case_assignments_handler", "case_assignments", ["handler", "is_open", "due_order", "seq"]
    )
    op.add_column(
        "case_evaluation_facts", sa.Column("handler", sa.String(64), nullable=False, server_default="")
    )
    # Months that were added up before have their cases under nobody.
    sums = ", ".join(f"SUM({name})" for name in COUNTS)
    op.execute(
        f"INSERT INTO case_evaluation_months (dimension, month, key, district, {', '.join(COUNTS)}) "  # noqa: S608
        f"SELECT 'handler', day / 100, '', district, {sums} FROM case_evaluation_facts "
        "GROUP BY day / 100, district"
    )


def downgrade() -> None:
    op.execute("DELETE FROM case_evaluation_months WHERE dimension = 'handler'")
    op.drop_column("case_evaluation_facts", "handler")
    op.drop_index("ix_case_assignments_handler", "case_assignments")
    for name in ("job_id", "handler_name", "handler"):
        op.drop_column("case_assignments", name)
    op.drop_column("case_dispatches", "assignment_id")
    op.drop_column("radio_units", "department")
