"""Access rights for the routes of Open311."""

from __future__ import annotations

from typing import Final

from core.rights import open_to_all

READ: Final = open_to_all(
    "ask Open311 for its services, its reports and their steps",
    "GET /api/open311/v2/discovery.{form}",
    "GET /api/open311/v2/services.{form}",
    "GET /api/open311/v2/services/{service_code}.{form}",
    "GET /api/open311/v2/requests.{form}",
    "GET /api/open311/v2/requests/{number}.{form}",
    "GET /api/open311/v2/servicerequestupdates.{form}",
    "GET /api/open311/v2/tokens/{token}.{form}",
    rule="only where `[citizen.open311]` is enabled; reports that came by it, without words and reporters",
)
REPORT: Final = open_to_all(
    "report something by Open311",
    "POST /api/open311/v2/requests.{form}",
    proof="own",
    rule="by the api_key of a client; limited by key, and by address with a wrong key",
)

RIGHTS: Final = (READ, REPORT)
