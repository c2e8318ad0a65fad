"""notices by e-mail

The address and the language of a reporter, and the keys by which readers stop e-mails; an erasure may be of
an address.

Revision: 0064, after 0063
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import UtcDateTime

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("citizen_reports") as reports:
        reports.add_column(sa.Column("email", sa.String(254), nullable=False, server_default=""))
        reports.add_column(sa.Column("language", sa.String(2), nullable=False, server_default=""))
    with op.batch_alter_table("privacy_erasures") as erasures:
        erasures.alter_column("number", existing_type=sa.String(40), type_=sa.String(254), existing_nullable=False)
    op.create_table(
        "citizen_mail_keys",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_citizen_mail_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_citizen_mail_keys_digest")),
    )


def downgrade() -> None:
    op.drop_table("citizen_mail_keys")
    # The version of before can go on with no erasure of an address, and its column holds 40 signs.
    op.execute("DELETE FROM privacy_erasures WHERE number LIKE '%@%'")
    with op.batch_alter_table("privacy_erasures") as erasures:
        erasures.alter_column("number", existing_type=sa.String(254), type_=sa.String(40), existing_nullable=False)
    with op.batch_alter_table("citizen_reports") as reports:
        reports.drop_column("language")
        reports.drop_column("email")
