"""reports of a class that the reporter chose

Open311 asks for a service code; everybody may see number, class and steps of its reports, but for those
whose case is confidential.

Revision: 0042, after 0041
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("citizen_reports") as reports:
        reports.add_column(sa.Column("category", sa.String(64), nullable=False, server_default=""))
        reports.add_column(sa.Column("hidden", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_citizen_notices_at", "citizen_notices", ["at"])
    op.create_index("ix_citizen_reports_public", "citizen_reports", ["channel", "received_at"])


def downgrade() -> None:
    op.drop_index("ix_citizen_reports_public", "citizen_reports")
    op.drop_index("ix_citizen_notices_at", "citizen_notices")
    with op.batch_alter_table("citizen_reports") as reports:
        reports.drop_column("hidden")
        reports.drop_column("category")
