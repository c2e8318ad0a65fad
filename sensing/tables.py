"""Tables of the room."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, String, Table, Text

from core.storage import UtcDateTime, Uuid, metadata

cameras = Table(
    "sensing_cameras",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("gb_id", String(20), nullable=False),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("height_m", Float),
    Column("azimuth", Float),
    Column("view_angle", Float, nullable=False),
    Column("near_m", Float, nullable=False),
    Column("far_m", Float, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("owner", String(120), nullable=False),
    Column("address", String(400), nullable=False),
    Column("account", String(32), nullable=False),
    Column("roles", String(120), nullable=False),
    Column("departments", String(400), nullable=False),
    Column("in_use", Boolean, nullable=False),
    Column("note", Text, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_sensing_cameras_updated_at", "updated_at"),
)
"""`address` holds no password: `account` names one of the settings."""

camera_imports = Table(
    "sensing_camera_imports",
    metadata,
    Column("op_id", Uuid, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

camera_states = Table(
    "sensing_camera_states",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("since", UtcDateTime, primary_key=True),
    Column("state", String(8), nullable=False),
    Column("why", String(16), nullable=False),
)
"""One row for each change; the newest holds."""

live_views = Table(
    "sensing_live_views",
    metadata,
    Column("view_id", Uuid, primary_key=True),
    Column("code", String(32), nullable=False),
    Column("case_id", Uuid),
    Column("case_number", String(32), nullable=False),
    Column("viewer", String(64), nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_by", String(16), nullable=False),
    Index("ix_sensing_live_views_case", "case_id", "began_at"),
)
"""`view_id` is the operation's `op_id`. Without `ended_at`, after a crash, it ended at `until` at latest."""

snapshots = Table(
    "sensing_snapshots",
    metadata,
    Column("snapshot_id", Uuid, primary_key=True),
    Column("code", String(32), nullable=False),
    Column("case_id", Uuid),
    Column("case_number", String(32), nullable=False),
    Column("taken_at", UtcDateTime, nullable=False),
    Column("taken_by", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("moment", String(8), nullable=False, server_default=""),
    Index("ix_sensing_snapshots_case", "case_id", "taken_at"),
)
"""`snapshot_id` is the operation's `op_id` and the id of the photo that holds the picture; `moment` is
`before` or `after` the work, or empty.
"""
