"""The topics of a unit: `v1/{tenant}/unit/{uid}/…`."""

from __future__ import annotations

from dataclasses import dataclass

from core.malformed import Malformed
from field.contract.names import check_uid, is_uid


def up(tenant: str, uid: str, kind: str) -> str:
    """What the unit says of this kind."""
    return f"v1/{tenant}/unit/{check_uid(uid)}/up/{kind}"


def down(tenant: str, uid: str, kind: str) -> str:
    """What the unit is told of this kind."""
    return f"v1/{tenant}/unit/{check_uid(uid)}/down/{kind}"


def state(tenant: str, uid: str) -> str:
    """Its presence: retained, and its last will."""
    return f"v1/{tenant}/unit/{check_uid(uid)}/state"


@dataclass(frozen=True, slots=True)
class TopicAddress:
    """Whose topic it is; `way` is `up`, `down` or `state`, `kind` is empty for `state`."""

    uid: str
    way: str
    kind: str = ""


def parse(tenant: str, topic: str) -> TopicAddress:
    """The unit and the kind in a topic. Raises `Malformed`."""
    match topic.split("/"):
        case ["v1", of, "unit", uid, "state"] if of == tenant and is_uid(uid):
            return TopicAddress(uid, "state")
        case ["v1", of, "unit", uid, "up" | "down" as way, kind] if of == tenant and is_uid(uid):
            return TopicAddress(uid, way, kind)
    raise Malformed("not a unit's topic")
