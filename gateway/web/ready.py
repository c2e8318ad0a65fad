"""`/livez` and `/readyz` for service managers and load balancers: no sign-in, and nothing in them that only
insiders may know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from starlette.responses import JSONResponse, Response

from core.room import Health
from gateway.settings import RoleName

Draining = Callable[[], bool]

_OF_CENTRE: Final = {"storage": "database", "asterisk": "switch", "hotline": "hotline"}
NEEDED: Final[Mapping[RoleName, Mapping[str, str]]] = {
    "centre": _OF_CENTRE,
    "radio": {"storage": "database", "mqtt": "broker"},
    "speech": {"mqtt": "broker"},
}
"""Parts without which a role is not ready for new work, by the reason that is told. A centre takes calls
without its broker.
"""


def never() -> bool:
    return False


def live() -> Response:
    """200 while the loop of this process turns: it has answered. Nothing else is looked at."""
    return JSONResponse({"alive": True})


def ready(parts: Sequence[Health], role: RoleName, draining: Draining = never) -> Response:
    """200 while this role can take new work, else 503. `reasons`: `database`, `switch`, `hotline`, `broker`,
    `draining`. What is the matter with them, `/api/health` tells insiders.
    """
    states = {one.part: one.state for one in parts}
    reasons = [reason for part, reason in NEEDED[role].items() if states.get(part) != "up"]
    if draining():
        reasons.append("draining")
    return JSONResponse({"ready": not reasons, "reasons": reasons}, status_code=503 if reasons else 200)
