"""Who may do what with flows and prompts: this room's lines of the table (decision 0180)."""

from __future__ import annotations

from typing import Final

from core.actor import Role
from core.rights import right

SEE: Final = right(
    "see flows and prompts",
    (Role.ADMIN, Role.SUPERVISOR),
    "GET /api/ivr/flows",
    "GET /api/ivr/flows/{name}",
    "GET /api/ivr/flows/{name}/versions",
    "GET /api/ivr/flows/{name}/versions/{number}",
    "GET /api/ivr/flows/{name}/graph",
    "GET /api/ivr/prompts",
    "GET /api/ivr/prompts/{language}/{name}/versions",
    "GET /api/ivr/prompts/{language}/{name}/versions/{number}/sound",
)
CHANGE: Final = right(
    "check, upload and activate flows and prompts",
    (Role.ADMIN,),
    "POST /api/ivr/flows/{name}/check",
    "POST /api/ivr/flows/{name}/versions",
    "POST /api/ivr/flows/{name}/activate",
    "POST /api/ivr/flows/{name}/rollback",
    "POST /api/ivr/prompts/{language}/{name}/versions",
    "POST /api/ivr/prompts/{language}/{name}/activate",
    "POST /api/ivr/prompts/{language}/{name}/rollback",
)

RIGHTS: Final = (SEE, CHANGE)
