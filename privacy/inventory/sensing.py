"""Cameras: what stands in the register, and which pictures were taken, which are photos of field units."""

from __future__ import annotations

from typing import Final

from privacy.model import nobody

SENSING: Final = (
    nobody(
        "sensing_cameras",
        "where cameras are, what they see, how they are asked",
        plain="code name gb_id kind owner address account roles departments note",
    ),
    nobody("sensing_camera_imports", "imports that were done"),
    nobody("sensing_camera_states", "when a camera answered and when not", plain="code state why"),
    nobody(
        "sensing_live_views",
        "who looked live through which camera, for which case, from when to when",
        plain="code case_number viewer ended_by",
    ),
    nobody(
        "sensing_snapshots",
        "which camera took a picture for which case, when, by whose wish; before or after the work",
        plain="code case_number taken_by sha256 moment",
    ),
)
