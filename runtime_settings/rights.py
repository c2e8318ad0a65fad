"""Who may see and change settings: this room's lines of the table (decision 0180)."""

from __future__ import annotations

from typing import Final

from core.actor import Role
from core.rights import right

OF_SUPERVISORS: Final = ("queues", "agent-work", "opening-hours", "citizen-messages", "follow-up")
OF_TWO_PERSONS: Final = ("retention",)
"""A change that cannot be undone needs a second person (docs/approvals.md)."""
SEE: Final = right(
    "see the settings that are changed at the desk, and their history",
    (Role.SUPERVISOR, Role.ADMIN),
    "GET /api/settings",
    "GET /api/settings/{name}",
    "GET /api/settings/{name}/versions",
    "GET /api/settings/{name}/versions/{number}",
)
CHANGE: Final = right(
    "try, change and undo settings of the shift: queues, after-call work, opening hours, messages",
    (Role.SUPERVISOR, Role.ADMIN),
    *(
        f"POST /api/settings/{{name}}/{act} name={name}"
        for name in OF_SUPERVISORS
        for act in ("check", "versions", "undo")
    ),
)
CHANGE_RETENTION: Final = right(
    "change and undo how long recordings, transcripts and personal data are kept",
    (Role.ADMIN,),
    *(
        f"POST /api/settings/{{name}}/{act} name={name}"
        for name in OF_TWO_PERSONS
        for act in ("versions", "undo")
    ),
    rule="a change after which more is erased needs a second person",
    by_token=False,
)
CHANGE_ALL: Final = right(
    "try, change and undo settings of the city: limits of trunks, places, departments; try retention",
    (Role.ADMIN,),
    "POST /api/settings/{name}/check",
    "POST /api/settings/{name}/versions",
    "POST /api/settings/{name}/undo",
    "POST /api/settings/{name}/import",
)

RIGHTS: Final = (SEE, CHANGE, CHANGE_RETENTION, CHANGE_ALL)
