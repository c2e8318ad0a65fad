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
        "sensing_gb_devices",
        "devices that register by GB/T 28181, and whether they are there",
        plain="device state why maker model firmware",
    ),
    nobody("sensing_camera_positions", "where a camera that moves was last; no earlier place", plain="code"),
    nobody(
        "sensing_snapshots",
        "which camera took a picture for which case, when, by whose wish",
        plain="code case_number taken_by sha256",
    ),
)
