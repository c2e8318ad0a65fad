"""Whether the three services answer, as somebody on this machine sees it."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from typing import Final

from gateway.examination.system import connects
from gateway.file_checks import address_of_role, tls_of_role
from gateway.installation.context import BROKER, SWITCH, USER
from gateway.installation.errors import InstallationStopped
from gateway.settings import Settings
from gateway.tls.client import for_own

ASKS_S: Final = 3.0
READY_S: Final = 180.0
_LOOK_EVERY_S: Final = 0.5


def answers(settings: Settings, service: str) -> bool:
    """`service` is its user's name. Blocking."""
    if service == BROKER:
        return connects(settings.mqtt.host, settings.mqtt.port)
    if service == SWITCH:
        return settings.ami is not None and connects(settings.ami.host, settings.ami.port)
    return _ready(settings)


def wait_until_all_answer(
    settings: Settings, *, longest_s: float = READY_S, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Raises `InstallationStopped` and names who does not."""
    until = time.monotonic() + longest_s
    while silent := [one for one in (BROKER, SWITCH, USER) if not answers(settings, one)]:
        if time.monotonic() > until:
            raise InstallationStopped(
                f"started, and does not answer: {', '.join(silent)}",
                remedy="journalctl -n 50 -u songhua -u songhua-broker -u asterisk; songhua doctor",
            )
        sleep(_LOOK_EVERY_S)


def _ready(settings: Settings) -> bool:
    """`/readyz` of the role centre says that calls are taken."""
    address, tls = address_of_role(settings, "centre"), tls_of_role(settings, "centre")
    if address is None:
        return False
    try:
        trust = None if tls is None else for_own(tls)
        with urllib.request.urlopen(f"{address}/readyz", timeout=ASKS_S, context=trust) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError, HTTPException):
        return False
