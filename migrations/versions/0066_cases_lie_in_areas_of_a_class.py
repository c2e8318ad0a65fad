"""cases lie in areas of a class, and clocks say whose limit they count

Revision: 0066, after 0065
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None
TABLES = ("cases", "case_clocks", "case_assignment_clocks")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("area_class", sa.String(1)))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "area_class")
