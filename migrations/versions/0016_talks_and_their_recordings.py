"""talks and their recordings

Who talked when in talkgroups; which recordings are of a talkgroup's conference, from when to when.

Revision: 0016, after 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import Json, UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "radio_open_talks",
        sa.Column("talk_id", sa.Uuid(), nullable=False),
        sa.Column("run", sa.String(length=40), nullable=False),
        sa.Column("talkgroup", sa.String(length=64), nullable=False),
        sa.Column("talker", sa.Text(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("talk_id", name=op.f("pk_radio_open_talks")),
    )
    op.create_table(
        "cdr_talks",
        sa.Column("talk_id", sa.Uuid(), nullable=False),
        sa.Column("talkgroup", sa.String(length=64), nullable=False),
        sa.Column("party", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("emergency", sa.Boolean(), nullable=False),
        sa.Column("came_from", sa.String(length=64), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("end_seen", sa.Boolean(), nullable=False),
        sa.Column("seal", Json, nullable=True),
        sa.PrimaryKeyConstraint("talk_id", name=op.f("pk_cdr_talks")),
    )
    with op.batch_alter_table("cdr_talks", schema=None) as batch_op:
        batch_op.create_index("ix_cdr_talks_talkgroup", ["talkgroup", "began_at"], unique=False)
    with op.batch_alter_table("cdr_recordings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("talkgroup", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("began_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("ended_at", UtcDateTime(), nullable=True))
        batch_op.create_index("ix_cdr_recordings_talkgroup", ["talkgroup", "began_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("cdr_recordings", schema=None) as batch_op:
        batch_op.drop_index("ix_cdr_recordings_talkgroup")
        for name in ("ended_at", "began_at", "talkgroup"):
            batch_op.drop_column(name)
    with op.batch_alter_table("cdr_talks", schema=None) as batch_op:
        batch_op.drop_index("ix_cdr_talks_talkgroup")
    op.drop_table("cdr_talks")
    op.drop_table("radio_open_talks")
