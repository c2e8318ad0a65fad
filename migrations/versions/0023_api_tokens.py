"""API tokens

How programs act for a person: the hash of each token, what it may do, until when, and when it was used last.

Revision: 0023, after 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import Json, UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_token",
        sa.Column("token_id", sa.String(20), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("user_id", sa.String(63), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("roles", Json, nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("operations", Json, nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.Column("used_at", UtcDateTime, nullable=True),
        sa.Column("address", sa.String(64), nullable=False, server_default=""),
        sa.Column("revoked_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_identity_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_identity_token_token_hash")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["identity_user.id"], name=op.f("fk_identity_token_user_id_identity_user")
        ),
    )
    op.create_index(op.f("ix_identity_token_user_id"), "identity_token", ["user_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_identity_token_user_id"), "identity_token")
    op.drop_table("identity_token")
