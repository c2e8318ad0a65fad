"""scopes of people

What limits a person: names of queues, districts, departments and talkgroups by kind; empty limits nothing.

Revision: 0022, after 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import Json

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("identity_user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("scopes", Json, nullable=False, server_default="{}"))


def downgrade() -> None:
    with op.batch_alter_table("identity_user", schema=None) as batch_op:
        batch_op.drop_column("scopes")
