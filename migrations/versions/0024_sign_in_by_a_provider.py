"""sign-in by an OpenID provider

Which user a provider's subject is, and how each session was opened.

Revision: 0024, after 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_link",
        sa.Column("issuer", sa.String(300), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("user_id", sa.String(63), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_identity_link")),
        sa.UniqueConstraint("issuer", "user_id", name=op.f("uq_identity_link_issuer_user_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["identity_user.id"], name=op.f("fk_identity_link_user_id_identity_user")
        ),
    )
    with op.batch_alter_table("identity_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("opened_by", sa.String(20), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("identity_session", schema=None) as batch_op:
        batch_op.drop_column("opened_by")
    op.drop_table("identity_link")
