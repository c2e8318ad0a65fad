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
    Index("ix_sensing_snapshots_case", "case_id", "taken_at"),
)
"""`snapshot_id` is the operation's `op_id` and the id of the photo that holds the picture."""

gb_devices = Table(
    "sensing_gb_devices",
    metadata,
    Column("device", String(20), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("why", String(16), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("heard_at", UtcDateTime),
    Column("maker", String(80), nullable=False),
    Column("model", String(80), nullable=False),
    Column("firmware", String(80), nullable=False),
    Column("cameras", Integer, nullable=False),
    Column("without_place", Integer, nullable=False),
    Column("catalogue_at", UtcDateTime),
    Column("alarms", Integer, nullable=False),
    Column("alarm_at", UtcDateTime),
)
"""Devices of GB/T 28181 as they are now."""

camera_positions = Table(
    "sensing_camera_positions",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
)
"""Where a camera that moves was last; no earlier place is kept."""
