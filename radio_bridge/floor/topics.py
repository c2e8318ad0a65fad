"""The topics of a talkgroup: `v1/{tenant}/tg/{network}/{gid}/…`."""

from __future__ import annotations

from core.malformed import Malformed
from field.contract.names import check_uid, is_uid

PRESENCE = "floor/state"
"""Retained: whether floor control is there. While it is not, no state of a talkgroup counts."""
DESKS = "role/centre/desks"
"""Retained: whether the desks and telephones are there, whose talks the role `centre` keeps alive."""
EVERY_STATE = "tg/+/+/state"
EVERY_REQUEST = "tg/+/+/floor/req"
EVERY_ANSWER = "tg/+/+/floor/res"
EVERY_PTT = "unit/+/up/ptt"


def presence(tenant: str) -> str:
    """Whether floor control runs: retained, and its last will."""
    return f"v1/{tenant}/{PRESENCE}"


def desks(tenant: str) -> str:
    """Whether the role centre stands for desks: retained, and its last will."""
    return f"v1/{tenant}/{DESKS}"


def state(tenant: str, group: str) -> str:
    """The floor of a talkgroup, retained."""
    return f"{_root(tenant, group)}/state"


def talker(tenant: str, group: str) -> str:
    """Who talks in a talkgroup."""
    return f"{_root(tenant, group)}/talker"


def request(tenant: str, group: str) -> str:
    """Requests for the floor by the role centre."""
    return f"{_root(tenant, group)}/floor/req"


def answer(tenant: str, group: str) -> str:
    """Answers to requests for the floor."""
    return f"{_root(tenant, group)}/floor/res"


def group_of(tenant: str, topic: str) -> str:
    """The talkgroup in a topic. Raises `Malformed`."""
    match topic.split("/"):
        case ["v1", of, "tg", network, gid, *_] if of == tenant and is_uid(f"{network}:{gid}"):
            return f"{network}:{gid}"
    raise Malformed("not a talkgroup's topic")


def _root(tenant: str, group: str) -> str:
    network, _, gid = check_uid(group).partition(":")
    return f"v1/{tenant}/tg/{network}/{gid}"
