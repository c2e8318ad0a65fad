"""second factors, and where sessions are

Secrets and recovery codes of second factors, the room's key, and of each session when it was used, from where
and with which program.

Revision: 0018, after 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_key",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "identity_second_factor",
        sa.Column("user_id", sa.String(length=63), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("sealed", sa.LargeBinary(length=100), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["identity_user.id"]),
        sa.PrimaryKeyConstraint("user_id", "state"),
    )
    op.create_table(
        "identity_recovery_code",
        sa.Column("user_id", sa.String(length=63), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["identity_user.id"]),
        sa.PrimaryKeyConstraint("user_id", "digest"),
    )
    with op.batch_alter_table("identity_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("used_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("address", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("program", sa.String(length=200), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("identity_session", schema=None) as batch_op:
        for name in ("program", "address", "used_at"):
            batch_op.drop_column(name)
    for name in ("identity_recovery_code", "identity_second_factor", "identity_key"):
        op.drop_table(name)
