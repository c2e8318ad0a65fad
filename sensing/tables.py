"""Tables of the room."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from core.storage import Json, UtcDateTime, Uuid, metadata

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
    Column("plays_from", UtcDateTime),
    Column("plays_to", UtcDateTime),
    Index("ix_sensing_live_views_case", "case_id", "began_at"),
)
"""`view_id` is the operation's `op_id`. Without `ended_at`, after a crash, it ended at `until` at latest.
With `plays_from` and `plays_to` what was recorded then was seen.
"""

camera_moves = Table(
    "sensing_camera_moves",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("preset", String(64), nullable=False),
    Column("case_number", String(32), nullable=False),
    Column("moved_by", String(64), nullable=False),
    Column("moved_at", UtcDateTime, nullable=False),
)
"""Cameras that were turned and have not gone back; `preset` is empty for a move by hand. The audit trail has
every turn.
"""

moving_cameras = Table(
    "sensing_moving_cameras",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("move_id", Uuid, nullable=False),
    Column("case_number", String(32), nullable=False),
    Column("moved_by", String(64), nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
)
"""Cameras that were told to move by hand and not yet to stand."""

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

clips = Table(
    "sensing_clips",
    metadata,
    Column("clip_id", Uuid, primary_key=True),
    Column("code", String(32), nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("case_number", String(32), nullable=False),
    Column("plays_from", UtcDateTime, nullable=False),
    Column("plays_to", UtcDateTime, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("asked_by", String(64), nullable=False),
    Column("asked_name", String(200), nullable=False),
    Column("state", String(8), nullable=False),
    Column("why", String(16), nullable=False),
    Column("kept_at", UtcDateTime),
    Column("seconds", Float),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("path", Text, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("erased_at", UtcDateTime),
    Column("erased_by", String(80), nullable=False),
    Index("ix_sensing_clips_case", "case_id", "asked_at"),
    Index("ix_sensing_clips_state", "state"),
)
"""`clip_id` is the operation's `op_id`; `state` is `taking`, `kept`, `failed` (`why`) or `erased`; `sha256`
and `size` are of the video as it was kept.
"""

feed_events = Table(
    "sensing_feed_events",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("source", String(32), nullable=False),
    Column("key", String(64), nullable=False),
    Column("shown_id", String(160), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("kind", String(80), nullable=False),
    Column("category", String(64), nullable=False),
    Column("place", String(200), nullable=False),
    Column("lon", Float),
    Column("lat", Float),
    Column("plate", String(16), nullable=False),
    Column("plate_digest", String(64), nullable=False),
    Column("plate_sealed", LargeBinary),
    Column("state", String(8), nullable=False),
    Column("joined_to", Uuid),
    Column("report_id", Uuid),
    Column("content", Text),
    Column("size", Integer, nullable=False),
    Column("evidence", Text, nullable=False),
    UniqueConstraint("source", "key", name="uq_sensing_feed_events_key"),
    Index("ix_sensing_feed_events_waiting", "source", "state", "event_id"),
    Index("ix_sensing_feed_events_same", "source", "category", "occurred_at"),
    Index("ix_sensing_feed_events_received_at", "received_at"),
)
"""`key` is the SHA-256 of the source's own id. `content` (text and pictures, `size` bytes) is there until the
draft is. `plate` is masked; no column has it as it came, but `plate_sealed`. `evidence`: SHA-256, size and
fate of each picture as it came, in JSON.
"""

feed_nonces = Table(
    "sensing_feed_nonces",
    metadata,
    Column("source", String(32), primary_key=True),
    Column("nonce", String(64), primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_sensing_feed_nonces_at", "at"),
)

feed_refusals = Table(
    "sensing_feed_refusals",
    metadata,
    Column("source", String(32), primary_key=True),
    Column("why", String(16), primary_key=True),
    Column("count", Integer, nullable=False),
)
"""`source` is empty for names that are none."""

patch_imports = Table(
    "sensing_patch_imports",
    metadata,
    Column("import_id", Uuid, primary_key=True),
    Column("file", String(200), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("form", String(12), nullable=False),
    Column("crs", String(120), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("started_by", String(64), nullable=False),
    Column("features", Integer, nullable=False),
    Column("added", Integer, nullable=False),
    Column("same", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("problems", Json, nullable=False),
    Index("ix_sensing_patch_imports_started", "started_at"),
)
"""`import_id` is made of the file's bytes; without `finished_at` it was interrupted: repeat it."""

patches = Table(
    "sensing_patches",
    metadata,
    Column("patch_id", Uuid, primary_key=True),
    Column("import_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("source_id", String(80), nullable=False),
    Column("kind", String(80), nullable=False),
    Column("before", Date),
    Column("after", Date),
    Column("district", String(6), nullable=False),
    Column("cell", String(16), nullable=False),
    Column("beat", String(64), nullable=False),
    Column("beat_name", String(60), nullable=False),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("area_m2", Float, nullable=False),
    Column("outline", LargeBinary, nullable=False),
    Column("near", Json, nullable=False),
    Column("draft_id", Uuid),
    Column("place", Integer, nullable=False),
    Column("result", String(8), nullable=False),
    Column("result_by", String(80), nullable=False),
    Column("result_at", UtcDateTime),
    Column("case_id", Uuid),
    Index("ix_sensing_patches_import", "import_id", "beat", "number"),
    Index("ix_sensing_patches_draft", "draft_id"),
    Index("ix_sensing_patches_place", "lat", "lon"),
)
"""`patch_id` is made of the source's id and the outline. `draft_id` is that of the task that asks about it,
in which it has the number `place`.
"""

patch_tasks = Table(
    "sensing_patch_tasks",
    metadata,
    Column("draft_id", Uuid, primary_key=True),
    Column("import_id", Uuid, nullable=False),
    Column("beat", String(64), nullable=False),
    Column("op_id", Uuid, nullable=False, unique=True),
    Column("task_id", Uuid),
    Column("unit_id", String(80), nullable=False),
    Column("unit_name", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("released_by", String(64), nullable=False),
    Column("released_at", UtcDateTime, nullable=False),
    Index("ix_sensing_patch_tasks_import", "import_id", "beat"),
)
"""`state` is that of the verification task, `asking` before there is one, `over` once its draft is closed."""

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
