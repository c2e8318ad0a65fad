"""Who may see and change settings: this room's lines of the table (decision 0180)."""

from __future__ import annotations

from typing import Final

from core.actor import Role
from core.rights import right

OF_SUPERVISORS: Final = ("queues", "agent-work", "opening-hours")
OF_ADMINS: Final = ("trunk-limits", "retention", "places", "departments")

SEE: Final = right(
    "see the settings that are changed at the desk, and their history",
    (Role.SUPERVISOR, Role.ADMIN),
    "GET /api/settings",
    "GET /api/settings/{name}",
    "GET /api/settings/{name}/versions",
    "GET /api/settings/{name}/versions/{number}",
)
CHANGE: Final = right(
    "try, change and undo settings of the shift: queues, after-call work, opening hours",
    (Role.SUPERVISOR, Role.ADMIN),
    *(
        f"POST /api/settings/{{name}}/{act} name={name}"
        for name in OF_SUPERVISORS
        for act in ("check", "versions", "undo")
    ),
)
CHANGE_ALL: Final = right(
    "try, change and undo settings of the city: limits of trunks, retention, places, departments",
    (Role.ADMIN,),
    "POST /api/settings/{name}/check",
    "POST /api/settings/{name}/versions",
    "POST /api/settings/{name}/undo",
    "POST /api/settings/{name}/import",
)

RIGHTS: Final = (SEE, CHANGE, CHANGE_ALL)
