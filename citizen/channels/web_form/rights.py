"""Access rights for the web form's routes."""

from __future__ import annotations

from typing import Final

from core.rights import open_to_all

REPORT: Final = open_to_all(
    "report something by the web form",
    "POST /api/citizen/reports",
    rule="only where `[citizen.web_form]` is enabled; limited by address and in total",
)
FOLLOW: Final = open_to_all(
    "follow an own report",
    "POST /api/citizen/reports/follow",
    proof="own",
    rule="by the report's number and code; limited by address",
)

RIGHTS: Final = (REPORT, FOLLOW)
