"""sealed entries and the audit under the chain

Entries of the chain have the id of the key that sealed them, and the seal; those of before have neither. Rows of
the audit have a seal of their own; the older ones get it at the next start.

Revision: 0019, after 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import Json

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_INDEXES = {"actor": ["actor", "seq"], "action": ["action", "seq"], "at": ["at"]}


def upgrade() -> None:
    with op.batch_alter_table("cdr_chain", schema=None) as batch_op:
        batch_op.add_column(sa.Column("key_id", sa.String(length=16), server_default="", nullable=False))
        batch_op.add_column(sa.Column("mac", sa.String(length=64), server_default="", nullable=False))
    with op.batch_alter_table("identity_audit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seal", Json, nullable=True))
        for name, columns in _INDEXES.items():
            batch_op.create_index(f"ix_identity_audit_{name}", columns, unique=False)


def downgrade() -> None:
    with op.batch_alter_table("identity_audit", schema=None) as batch_op:
        for name in _INDEXES:
            batch_op.drop_index(f"ix_identity_audit_{name}")
        batch_op.drop_column("seal")
    with op.batch_alter_table("cdr_chain", schema=None) as batch_op:
        batch_op.drop_column("mac")
        batch_op.drop_column("key_id")
