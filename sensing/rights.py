"""Who may do what with cameras and feeds: this room's lines of the table (decision 0180)."""

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

RIGHTS: Final = (
    SEE_CAMERAS, IMPORT_CAMERAS, LOOK, SEE_SNAPSHOTS, POST_EVENTS, READ_SCHEMA, SEE_FEEDS, SEE_PLATES,
)  # fmt: skip
