"""Who may do what with cameras, feeds and change patches: this room's lines of the table (decision 0180)."""

from __future__ import annotations

from typing import Final

from core.actor import Role
from core.rights import STAFF, open_to_all, right
from core.scopes import Scope

_SEES: Final = "a camera that names roles or departments is for these alone"

SEE_CAMERAS: Final = right(
    "find cameras and see whether they answer",
    STAFF,
    "GET /api/cameras",
    "GET /api/cameras/near",
    "GET /api/cameras/{code}",
    scope=Scope.DEPARTMENT,
    others="none",
    rule=_SEES,
)
IMPORT_CAMERAS: Final = right("import the register of cameras", (Role.ADMIN,), "POST /api/cameras/import")
LOOK: Final = right(
    "take a picture with a camera, for a case or for none",
    (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    "POST /api/cameras/{code}/snapshots",
    scope=Scope.DISTRICT,
    others="none",
    rule=f"{_SEES}; each is audited",
)
SEE_SNAPSHOTS: Final = right(
    "see pictures that cameras took",
    (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    "GET /api/snapshots",
    "GET /api/snapshots/{snapshot_id}",
    scope=Scope.DISTRICT,
    others="none",
    freely=(Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    rule=f"{_SEES}; of a confidential case for those who see it; each look is audited",
)
LIVE: Final = right(
    "see live what a camera sees, for a case or for none",
    (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    "POST /api/cameras/{code}/live",
    "GET /api/live-views",
    "GET /api/live-views/{view_id}/video",
    "POST /api/live-views/{view_id}/extend",
    "POST /api/live-views/{view_id}/end",
    scope=Scope.DISTRICT,
    others="none",
    rule=f"{_SEES}; each view is audited with its beginning and its end",
)
TURN_CAMERA: Final = right(
    "turn a camera to one of its presets or by hand, for a case or for none",
    (Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    "GET /api/cameras/{code}/presets",
    "POST /api/cameras/{code}/preset",
    "POST /api/cameras/{code}/preset/release",
    "GET /api/cameras/{code}/steering",
    "POST /api/cameras/{code}/move",
    "POST /api/cameras/{code}/move/hold",
    "POST /api/cameras/{code}/move/stop",
    scope=Scope.DISTRICT,
    others="none",
    rule=f"{_SEES}; one person at a time; each turn and each move is audited",
)
PLAY_BACK: Final = right(
    "find and play what a camera's device has recorded, for a case or for none",
    (Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    "GET /api/cameras/{code}/recordings",
    "POST /api/cameras/{code}/playback",
    scope=Scope.DISTRICT,
    others="none",
    rule=f"{_SEES}; each search and each view is audited",
)
KEEP_CLIP: Final = right(
    "keep a clip of a recording with a case",
    (Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    "POST /api/cameras/{code}/clips",
    scope=Scope.DISTRICT,
    others="none",
    rule=f"{_SEES}; audited with its SHA-256",
)
SEE_CLIPS: Final = right(
    "see clips that were kept with a case",
    (Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    "GET /api/clips",
    "GET /api/clips/{clip_id}/video",
    scope=Scope.DISTRICT,
    others="none",
    rule=f"{_SEES}; of a confidential case for those who see it; each look is audited",
)
PAIR: Final = right(
    "say which picture of a camera shows a place before the work, and which after it",
    (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    "POST /api/snapshots/{snapshot_id}/moment",
    scope=Scope.DISTRICT,
    others="none",
    freely=(Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    rule=f"{_SEES}; audited",
)

BRING_PICTURES: Final = open_to_all(
    "bring a picture that a camera was told to take",
    "POST /api/camera-pictures/{session}",
    "PUT /api/camera-pictures/{session}",
    proof="own",
    rule="by an address that nobody guesses, once, while the picture is awaited",
)
POST_EVENTS: Final = open_to_all(
    "post an event of a feed",
    "POST /api/feed-events/{name}",
    proof="own",
    rule="by the signature of a source, and its client certificate where one is set",
)
READ_SCHEMA: Final = open_to_all("read the form of an event of a feed", "GET /api/feed-events/schema")
SEE_FEEDS: Final = right(
    "see feeds and their newest events",
    (Role.SUPERVISOR, Role.ADMIN),
    "GET /api/feeds",
    "GET /api/feeds/{name}",
    rule="plates are masked",
)
SEE_PLATES: Final = right(
    "see a whole number plate of a feed",
    (Role.SUPERVISOR,),
    "GET /api/feeds/{name}/events/{event_id}/plate",
    rule="each is audited",
    by_token=False,
)

SEE_PATCHES: Final = right(
    "see change patches of remote sensing, and what was found there",
    (Role.DISPATCHER, Role.SUPERVISOR, Role.ADMIN),
    "GET /api/change-patches",
    "GET /api/change-patches/imports",
    "GET /api/change-patches/imports/{import_id}",
    scope=Scope.DISTRICT,
)
IMPORT_PATCHES: Final = right("… import change patches", (Role.ADMIN,))
RELEASE_PATCHES: Final = right(
    "have an inspector look at change patches of a beat",
    (Role.DISPATCHER,),
    "POST /api/change-patches/imports/{import_id}/release",
    scope=Scope.DISTRICT,
    rule="audited",
)
DECIDE_PATCH: Final = right(
    "say whether a change patch is real",
    (Role.DISPATCHER,),
    "POST /api/change-patches/{patch_id}/outcome",
    scope=Scope.DISTRICT,
    rule="audited",
)

RIGHTS: Final = (
    SEE_CAMERAS, IMPORT_CAMERAS, LOOK, SEE_SNAPSHOTS, LIVE, TURN_CAMERA, PLAY_BACK,
    KEEP_CLIP, SEE_CLIPS, PAIR,
    BRING_PICTURES, POST_EVENTS, READ_SCHEMA, SEE_FEEDS, SEE_PLATES,
    SEE_PATCHES, IMPORT_PATCHES, RELEASE_PATCHES, DECIDE_PATCH,
)  # fmt: skip
