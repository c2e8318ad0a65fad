"""The topics of talkgroups' sound."""

from __future__ import annotations

from field.contract.names import check_uid

STATE = "sound/state"
EVERY_SOUND = "tg/+/+/sound"


def state(tenant: str) -> str:
    """Where the switch brings the sound of conferences: retained."""
    return f"v1/{tenant}/{STATE}"


def sound(tenant: str, group: str) -> str:
    network, _, gid = check_uid(group).partition(":")
    return f"v1/{tenant}/tg/{network}/{gid}/sound"
