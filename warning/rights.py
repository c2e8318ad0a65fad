"""Who may do what with warnings: this room's lines of the table (decision 0180)."""

from __future__ import annotations

from typing import Final

from core.actor import Role
from core.rights import STAFF, open_to_all, right

SEE_WARNINGS: Final = right(
    "see warnings: what runs, drafts, who released them, how many were reached",
    STAFF,
    "GET /api/warnings",
    "GET /api/warnings/running",
    "GET /api/warnings/areas",
    "GET /api/warnings/{warning_id}",
)
DRAFT_WARNINGS: Final = right(
    "draft a warning, check or import a CAP message; nothing is sent by it",
    (Role.SUPERVISOR,),
    "POST /api/warnings",
    "POST /api/warnings/check",
    "POST /api/warnings/cap",
)
RELEASE_WARNINGS: Final = right(
    "release a warning, cancel it, or withdraw a draft",
    (Role.SUPERVISOR,),
    "POST /api/warnings/{warning_id}/release",
    "POST /api/warnings/{warning_id}/cancel",
    rule="an actual one needs two persons, neither of whom drafted it; an exercise one; each is audited",
    by_token=False,
)
EXPORT_WARNINGS: Final = right(
    "download a released warning as a signed CAP message",
    (Role.SUPERVISOR, Role.ADMIN),
    "GET /api/warnings/{warning_id}/cap",
)
SEE_PUBLIC: Final = open_to_all("see warnings for the public", "GET /api/citizen/warnings")

RIGHTS: Final = (SEE_WARNINGS, DRAFT_WARNINGS, RELEASE_WARNINGS, EXPORT_WARNINGS, SEE_PUBLIC)
