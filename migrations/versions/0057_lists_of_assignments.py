"""lists of assignments that are not open alone

Revision: 0057, after 0054
"""

from __future__ import annotations

from alembic import op

revision = "0057"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_case_assignments_all", "case_assignments", ["due_order", "seq"])
    op.create_index(
        "ix_case_assignments_all_of_department", "case_assignments", ["department_id", "due_order", "seq"]
    )


def downgrade() -> None:
    op.drop_index("ix_case_assignments_all_of_department", "case_assignments")
    op.drop_index("ix_case_assignments_all", "case_assignments")
