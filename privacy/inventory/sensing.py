"""Cameras, and which pictures were taken, which are photos of field units. Patches show ground, no person."""

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
        "sensing_snapshots",
        "which camera took a picture for which case, when, by whose wish",
        plain="code case_number taken_by sha256",
    ),
    nobody(
        "sensing_patch_imports",
        "files with change patches that were imported, and why features were refused",
        plain="file sha256 form crs started_by problems",
    ),
    nobody(
        "sensing_patches",
        "ground that changed, by satellite or aerial pictures, and what was found there",
        plain="source_id kind district cell beat beat_name outline near result result_by",
    ),
    nobody(
        "sensing_patch_tasks",
        "which inspector was asked to look at which patches, and by whom",
        plain="beat unit_id unit_name state released_by",
    ),
)
