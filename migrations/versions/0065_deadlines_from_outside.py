"""deadlines from outside, daily comparisons of work orders, superiors' orders, inspectors of other systems

Revision: 0065, after 0064
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import Json, UtcDateTime, Uuid
from core.storage.schema import Sequence64

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

CLOCKS = ("case_clocks", "case_assignment_clocks")
OUTSIDE = "case_outside_deadlines"
DAYS = "case_order_reconciliations"
SUPERIOR = "case_superior_orders"


def _unit_of_verifications(length: int) -> None:
    """A department stands there too, and its id is as long as a unit's."""
    with op.batch_alter_table("case_verifications") as table:
        table.alter_column(
            "unit_id", existing_type=sa.String(), type_=sa.String(length), existing_nullable=False
        )


def upgrade() -> None:
    for table in CLOCKS:
        op.add_column(table, sa.Column("outside_due_at", UtcDateTime))
        op.add_column(table, sa.Column("outside_by", sa.String(16), nullable=False, server_default=""))
        op.add_column(table, sa.Column("outside_reference", sa.String(64), nullable=False, server_default=""))
    op.create_table(
        OUTSIDE,
        sa.Column("seq", Sequence64, autoincrement=True, nullable=False),
        sa.Column("draft_id", Uuid),
        sa.Column("case_id", Uuid),
        sa.Column("set_by", sa.String(16), nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("set_at", UtcDateTime, nullable=False),
        sa.Column("over_at", UtcDateTime),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_case_outside_deadlines")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_case_outside_deadlines_draft_id"), OUTSIDE, ["draft_id"])
    op.create_index(op.f("ix_case_outside_deadlines_case_id"), OUTSIDE, ["case_id"])
    # Orders that were registered before: those that are not over count from the next recomputation on, a
    # merged one for the survivor.
    op.execute(
        f"INSERT INTO {OUTSIDE} (draft_id, case_id, set_by, reference, due_at, set_at) "  # noqa: S608
        "SELECT draft_id, case_id, '12345', reference, due_at, received_at FROM case_exchange_orders "
        "WHERE due_at IS NOT NULL AND state NOT IN ('declined', 'closed', 'cancelled', 'handed_over')"
    )
    op.create_table(
        DAYS,
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("form_id", Uuid, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", sa.String(120), nullable=False),
        sa.Column("next_at", UtcDateTime),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("ours", sa.Integer, nullable=False),
        sa.Column("theirs", sa.Integer),
        sa.Column("differences", Json, nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_case_order_reconciliations")),
    )


    op.create_table(
        SUPERIOR,
        sa.Column("case_id", Uuid, sa.ForeignKey("cases.case_id"), primary_key=True),
        sa.Column("ordered_by", sa.String(80), nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("due_at", UtcDateTime),
    )
    _unit_of_verifications(80)


def downgrade() -> None:
    # PostgreSQL refuses a shorter column while something longer stands in it; the name of the unit stays.
    op.execute("UPDATE case_verifications SET unit_id = substr(unit_id, 1, 64) WHERE length(unit_id) > 64")
    _unit_of_verifications(64)
    op.drop_table(SUPERIOR)
    op.drop_table(DAYS)
    op.drop_table(OUTSIDE)
    for table in CLOCKS:
        for column in ("outside_reference", "outside_by", "outside_due_at"):
            op.drop_column(table, column)
