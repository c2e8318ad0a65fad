"""Access rights for approvals and for the sealed account: lines of the table (decision 0180)."""

from __future__ import annotations

from typing import Final

from core.actor import Role
from core.rights import open_to_all, right

LOOKERS: Final = (Role.ADMIN, Role.SUPERVISOR)

ASK_SECOND_PERSON: Final = right(
    "ask for an act that needs a second person",
    LOOKERS,
    "POST /api/approvals",
    rule="for a report of very many calls, or a change after which more is erased; other acts are asked for "
    "where they are done",
    by_token=False,
)
APPROVE: Final = right(
    "see requests for a second person, approve, object, withdraw",
    LOOKERS,
    "GET /api/approvals",
    "POST /api/approvals/{number}/approve",
    "POST /api/approvals/{number}/object",
    "POST /api/approvals/{number}/withdraw",
    rule="nobody decides about his own; who asked withdraws; not by an account that who asked has changed",
    by_token=False,
)
RIGHTS_ALARMS: Final = right(
    "see alarms about acts done alone and the sealed account, take one over",
    LOOKERS,
    "GET /api/rights-alarms",
    "POST /api/rights-alarms/{alarm_id}/take",
    rule="the security contact of the settings sees them on the desk; nobody takes over his own",
    by_token=False,
)
BREAK_GLASS: Final = open_to_all(
    "open the sealed account",
    "POST /api/session/break-glass",
    proof="own",
    rule="the words of its envelope, once; limited as passwords are; it alarms",
)

RIGHTS: Final = (ASK_SECOND_PERSON, APPROVE, RIGHTS_ALARMS, BREAK_GLASS)
