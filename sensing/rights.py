"""Who may do what with cameras: this room's lines of the table (decision 0180)."""

from __future__ import annotations

from typing import Final

from core.actor import Role
from core.rights import STAFF, right
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
PAIR: Final = right(
    "say which picture of a camera shows a place before the work, and which after it",
    (Role.AGENT, Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    "POST /api/snapshots/{snapshot_id}/moment",
    scope=Scope.DISTRICT,
    others="none",
    freely=(Role.SUPERVISOR, Role.DISPATCHER, Role.ACCEPTOR),
    rule=f"{_SEES}; audited",
)

RIGHTS: Final = (SEE_CAMERAS, IMPORT_CAMERAS, LOOK, SEE_SNAPSHOTS, LIVE, PAIR)
