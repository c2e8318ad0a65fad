"""Access rights for the web's own routes: the edge's lines of the table (decision 0180)."""

from __future__ import annotations

from typing import Final

from core.actor import Role
from core.rights import EVERYONE, open_to_all, right

OWN_PHONE: Final = right(
    "get the account of the own telephone",
    (Role.AGENT, Role.SUPERVISOR),
    "GET /api/phone",
    rule="only the own one",
)
LIVE: Final = right(
    "follow what happens",
    EVERYONE,
    "WEBSOCKET /api/live",
    others="masked",
    rule="each event by `gateway/web/live/audience.py`; a person without a role of the centre sees none",
)
UNIT_CONFIG: Final = open_to_all("find the broker", "GET /api/unit/config")
PAGES: Final = open_to_all(
    "load the pages",
    "GET /",
    "GET /desk",
    "GET /unit",
    "GET /citizen",
    "GET /desk/",
    "GET /unit/",
    "GET /citizen/",
)
HEALTH: Final = open_to_all(
    "see whether the service answers",
    "GET /api/health",
    rule="what is wrong with which part is told to those who may read the figures",
)
PROBES: Final = open_to_all(
    "see whether a role lives and takes new work",
    "GET /livez",
    "GET /readyz",
    rule="a word for each reason, without what insiders may know",
)
FIGURES: Final = open_to_all(
    "read the figures and the contract",
    "GET /metrics",
    "GET /api/openapi.json",
    proof="own",
    rule="whoever is signed in, on this machine, or named in `[metrics]` by address or token",
)

RIGHTS: Final = (OWN_PHONE, LIVE, UNIT_CONFIG, PAGES, HEALTH, PROBES, FIGURES)
