"""members of staff bound to WeChat, and codes by which they bind; verification tasks by the time of asking

Revision: 0067, after 0066
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import UtcDateTime, Uuid

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "citizen_wechat_bindings",
        sa.Column("binding_id", Uuid, nullable=False),
        sa.Column("openid", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("member", sa.String(64), nullable=False),
        sa.Column("bound_at", UtcDateTime, nullable=False),
        sa.Column("code_by", sa.String(64), nullable=False),
        sa.Column("silent_since", UtcDateTime),
        sa.PrimaryKeyConstraint("binding_id", name=op.f("pk_citizen_wechat_bindings")),
        sa.UniqueConstraint("openid", name=op.f("uq_citizen_wechat_bindings_openid")),
    )
    op.create_index("ix_citizen_wechat_bindings_member", "citizen_wechat_bindings", ["kind", "member"])
    op.create_table(
        "citizen_wechat_codes",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("member", sa.String(64), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_citizen_wechat_codes")),
    )
    op.create_index(
        "ix_citizen_wechat_codes_member", "citizen_wechat_codes", ["kind", "member"], unique=True
    )
    op.create_index("ix_case_verifications_asked", "case_verifications", ["asked_at"])


def downgrade() -> None:
    op.drop_index("ix_case_verifications_asked", table_name="case_verifications")
    op.drop_table("citizen_wechat_codes")
    op.drop_table("citizen_wechat_bindings")
