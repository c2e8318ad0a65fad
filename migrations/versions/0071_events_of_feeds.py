"""events that other systems post: what came, what may come once, what was refused

Revision: 0071, after 0069
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage import UtcDateTime, Uuid

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sensing_feed_events",
        sa.Column("event_id", Uuid, nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("shown_id", sa.String(160), nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("occurred_at", UtcDateTime, nullable=False),
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("lon", sa.Float()),
        sa.Column("lat", sa.Float()),
        sa.Column("plate", sa.String(16), nullable=False),
        sa.Column("plate_digest", sa.String(64), nullable=False),
        sa.Column("plate_sealed", sa.LargeBinary()),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("joined_to", Uuid),
        sa.Column("report_id", Uuid),
        sa.Column("content", sa.Text()),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.UniqueConstraint("source", "key", name="uq_sensing_feed_events_key"),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_sensing_feed_events")),
    )
    op.create_table(
        "sensing_feed_nonces",
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("nonce", sa.String(64), nullable=False),
        sa.Column("event_id", Uuid, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("source", "nonce", name=op.f("pk_sensing_feed_nonces")),
    )
    op.create_table(
        "sensing_feed_refusals",
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "why", name=op.f("pk_sensing_feed_refusals")),
    )
    op.create_index("ix_sensing_feed_events_waiting", "sensing_feed_events", ["source", "state", "event_id"])
    op.create_index(
        "ix_sensing_feed_events_same", "sensing_feed_events", ["source", "category", "occurred_at"]
    )
    op.create_index("ix_sensing_feed_events_received_at", "sensing_feed_events", ["received_at"])
    op.create_index("ix_sensing_feed_nonces_at", "sensing_feed_nonces", ["at"])


def downgrade() -> None:
    op.drop_table("sensing_feed_refusals")
    op.drop_table("sensing_feed_nonces")
    op.drop_table("sensing_feed_events")
