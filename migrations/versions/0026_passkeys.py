"""passkeys

Public keys of devices that sign in beside the password.

Revision: 0026, after 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_passkey",
        sa.Column("passkey_id", sa.String(20), nullable=False),
        sa.Column("user_id", sa.String(63), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(2000), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("used_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("passkey_id", name=op.f("pk_identity_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_identity_passkey_credential_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["identity_user.id"], name=op.f("fk_identity_passkey_user_id_identity_user")
        ),
    )
    op.create_index(op.f("ix_identity_passkey_user_id"), "identity_passkey", ["user_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_identity_passkey_user_id"), "identity_passkey")
    op.drop_table("identity_passkey")
