"""Topic names of the roles, and the rule by which a filter matches a topic (MQTT 5, 4.7).

Every value that becomes a topic level is checked: it can hold no `/`, `+`, `#` and no control character.
"""

from __future__ import annotations

import re

from core.errors import Invalid

TENANT = r"^[a-z0-9][a-z0-9-]{0,31}$"
MAX_TOPIC_BYTES = 512
_LEVEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,95}")


def level(value: str) -> str:
    """`value`, if it may stand as one level of a topic. Raises `Invalid`."""
    if not _LEVEL.fullmatch(value):
        raise Invalid("a topic level has 1 to 96 letters, digits, '_', '.', ':' or '-'")
    return value


def role_event(tenant: str, role: str, event_type: str) -> str:
    """Where `role` publishes its durable events of this type."""
    return f"v1/{level(tenant)}/role/{level(role)}/{level(event_type)}"


def role_state(tenant: str, role: str) -> str:
    """Retained: whether this role is there."""
    return f"v1/{level(tenant)}/role/{level(role)}/state"


def switch_state(tenant: str, switch: str) -> str:
    """Retained: whether the centre of this switch is there, where it does not lead."""
    return f"v1/{level(tenant)}/role/centre/switch/{level(switch)}/state"


def switch_board(tenant: str, switch: str) -> str:
    """Retained: the figures of this switch's board, for the boards of the others."""
    return f"v1/{level(tenant)}/role/centre/switch/{level(switch)}/board"


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a subscription to `topic_filter` wants `topic`; wildcards never match a `$` topic."""
    wanted, given = topic_filter.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in {"+", "#"}:
        return False
    for index, name in enumerate(wanted):
        if name == "#":
            return True
        if index >= len(given) or name not in {"+", given[index]}:
            return False
    return len(wanted) == len(given)
