"""Who may talk on talkgroups, patch them and see their networks: lines of the table of rights."""

from __future__ import annotations

from typing import Final

from core.actor import Role
from core.rights import right
from core.scopes import Scope

COMMAND: Final = (Role.DISPATCHER, Role.SUPERVISOR)

SEE_FLOORS: Final = right("see who talks", COMMAND, "GET /api/floors", scope=Scope.TALKGROUP)
TALK: Final = right(
    "take and release the floor",
    (Role.AGENT, *COMMAND),
    "POST /api/floors/{talkgroup}/request",
    "POST /api/floors/{talkgroup}/release",
    scope=Scope.TALKGROUP,
    rule="the talkgroup's right talk",
)
LISTEN: Final = right(
    "hear a talkgroup in the browser",
    COMMAND,
    "POST /api/floors/{talkgroup}/voice",
    "POST /api/floors/listening",
    scope=Scope.TALKGROUP,
    rule="the talkgroup's right monitor",
)
TAKE_OVER: Final = right("… take the floor from who talks", COMMAND)
SEE_PATCHES: Final = right("see patches", (Role.AGENT, *COMMAND), "GET /api/patches", scope=Scope.TALKGROUP)
PATCH: Final = right(
    "patch calls and talkgroups together",
    (Role.AGENT, *COMMAND),
    "POST /api/patches",
    scope=Scope.TALKGROUP,
    rule="the talkgroup's right patch",
)
HANDLE_PATCH: Final = right(
    "press a patched telephone's key, end a patch",
    (Role.AGENT, *COMMAND),
    "POST /api/patches/{talkgroup}/end",
    "POST /api/patches/{talkgroup}/key",
    others="none",
    rule="who is on the patched call, in any scope; others as in the line above",
)
SEE_NETWORKS: Final = right("see the radio networks", (*COMMAND, Role.ADMIN), "GET /api/networks")

RIGHTS: Final = (
    SEE_FLOORS,
    TALK,
    LISTEN,
    TAKE_OVER,
    SEE_PATCHES,
    PATCH,
    HANDLE_PATCH,
    SEE_NETWORKS,
)
