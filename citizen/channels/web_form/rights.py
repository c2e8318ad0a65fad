"""Access rights for the web form's routes."""

from __future__ import annotations

from typing import Final

from core.rights import open_to_all

REPORT: Final = open_to_all(
    "report something by the web form",
    "POST /api/citizen/reports",
    rule="only where `[citizen.web_form]` is enabled; limited by address and in total",
)
PAGE: Final = open_to_all(
    "learn what the public page offers",
    "GET /api/citizen/page",
    rule="whether reports are taken, whether open ones are shown, and the hotline's number",
)
NEARBY: Final = open_to_all(
    "see open reports near a place, and say “me too”",
    "GET /api/citizen/nearby",
    "POST /api/citizen/nearby/{key}/me-too",
    rule="only where `citizen.web_form.nearby` is on: class, street and step of filed cases that are not"
    " confidential; a device counts once; limited by address",
)
FOLLOW: Final = open_to_all(
    "follow an own report, add to it and rate it",
    "POST /api/citizen/reports/follow",
    "POST /api/citizen/reports/add",
    "POST /api/citizen/reports/rate",
    proof="own",
    rule="by the report's number and code; limited by address, wrong codes more so",
)

RIGHTS: Final = (REPORT, FOLLOW, PAGE, NEARBY)
