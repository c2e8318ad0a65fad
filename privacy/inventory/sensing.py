"""Cameras, the pictures by them (photos of field units), events of feeds. Patches show ground, no person."""

from __future__ import annotations

from typing import Final

from privacy.model import ErasureMethod, Period, Whose, nobody, table

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
        "sensing_live_views",
        "who looked through which camera, live or at what it recorded, for which case, from when to when",
        plain="code case_number viewer ended_by",
    ),
    nobody(
        "sensing_camera_moves",
        "which cameras were turned and have not gone back, for which case, by whom",
        plain="code preset case_number moved_by",
    ),
    nobody(
        "sensing_clips",
        "which recording of a camera was kept with which case, when, by whose wish; when it was erased",
        plain="code case_number asked_by asked_name state why sha256 path key_id erased_by",
    ),
    nobody(
        "sensing_moving_cameras",
        "which cameras were told to move by hand and not yet to stand, for which case, by whom",
        plain="code case_number moved_by",
    ),
    nobody(
        "sensing_snapshots",
        "which camera took a picture for which case, when, by whose wish; before or after the work",
        plain="code case_number taken_by sha256 moment",
    ),
    table(
        "sensing_feed_events",
        Whose.CITIZEN,
        "events that other systems posted, each drafted once",
        kept=Period("90 days, or as set", "sensing.feeds_kept_days", "centre, once an hour"),
        shown="Plates masked; a whole one for supervisors, each audited",
        held=(
            ("shown_id", "the source's id, with a plate in it masked", ErasureMethod.DELETED),
            ("place", "place of the event", ErasureMethod.DELETED),
            ("plate", "number plate, masked", ErasureMethod.DELETED),
            ("plate_digest", "keyed digest of the plate", ErasureMethod.DELETED),
            ("plate_sealed", "the plate, encrypted", ErasureMethod.DELETED),
            ("content", "words and pictures until the draft is there", ErasureMethod.DELETED),
        ),
        plain="source key kind category state evidence",
    ),
    nobody("sensing_feed_nonces", "requests of feeds that may come once", "source nonce"),
    nobody("sensing_feed_refusals", "how many requests of feeds were refused", "source why"),
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
