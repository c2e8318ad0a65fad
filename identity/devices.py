"""Known devices: a browser keeps a cookie for each person who has signed in on it.

The cookie opens nothing. It only lets guesses from elsewhere count apart (`identity.guessing.limits`). One
browser may be known for several persons, as at a desk that shifts share.
"""

from __future__ import annotations

import secrets
from typing import Any

from identity.keys import Keys

PURPOSE = "device"
MOST_PERSONS = 12
"""On one device; who signed in longest ago goes first."""


def known(keys: Keys, cookie: str, name: str, *, now: float, days: int) -> str:
    """The id of the device if this person has signed in on it within `days`; empty otherwise."""
    content = _read(keys, cookie)
    since = content["persons"].get(keys.tag(PURPOSE, name))
    return "" if since is None or since <= now - days * 86_400 else str(content["id"])


def after_sign_in(keys: Keys, cookie: str, name: str, *, now: float) -> str:
    """The cookie's new value: the device is known for this person too."""
    content = _read(keys, cookie)
    persons = {**content["persons"], keys.tag(PURPOSE, name): int(now)}
    newest = sorted(persons.items(), key=lambda one: one[1], reverse=True)[:MOST_PERSONS]
    return keys.sign(PURPOSE, {"id": content["id"], "persons": dict(newest)})


def _read(keys: Keys, cookie: str) -> dict[str, Any]:
    return keys.read(PURPOSE, cookie) or {"id": secrets.token_urlsafe(9), "persons": {}}
