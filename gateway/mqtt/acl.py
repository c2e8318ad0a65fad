"""The broker's access list: one entry for each role and each unit.

Written as Mosquitto's dynamic-security rules; everything that is not listed is denied.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from gateway.mqtt.topics import level

CONTROL = "$CONTROL/dynamic-security/v1"
ROLES = ("centre", "radio", "speech")
OWNTRACKS = "owntracks"
FLOOR_PRESENCE = "floor/state"
"""Whether floor control is there: everybody who reads a talkgroup's state has to know it."""
SOUND_STATE = "sound/state"
"""Where the switch brings the sound of talkgroups' conferences: between the roles alone."""
APP_SAYS = ("", "/event", "/waypoint", "/waypoints", "/status", "/step", "/dump")
"""What the OwnTracks apps publish, below their own topic."""


class AclRule(TypedDict):
    acltype: str
    topic: str
    priority: int
    allow: bool


def _says(*patterns: str) -> list[AclRule]:
    return [_rule("publishClientSend", pattern) for pattern in patterns]


def _hears(*patterns: str) -> list[AclRule]:
    return [
        _rule(kind, pattern) for pattern in patterns for kind in ("subscribePattern", "publishClientReceive")
    ]


def _rule(kind: str, pattern: str) -> AclRule:
    return {"acltype": kind, "topic": pattern, "priority": 0, "allow": True}


def unit_rules(
    tenant: str, uid: str, devices: Sequence[str] = (), talkgroups: Sequence[str] = ()
) -> list[AclRule]:
    """A unit says its own `up/#` and `state`, and hears its own `down/#`, and who has the floor of its
    talkgroups. Each of its location apps says what is below its own topic, and hears its own commands.
    """
    root, unit = f"v1/{level(tenant)}", level(uid)
    mine = f"{root}/unit/{unit}"
    apps = [f"{OWNTRACKS}/{unit}/{level(device)}" for device in devices]
    return [
        *_says(f"{mine}/up/#", f"{mine}/state"),
        *_hears(f"{mine}/down/#"),
        *_hears(f"{root}/{FLOOR_PRESENCE}"),
        *(rule for group in talkgroups for rule in _hears(*group_topics(tenant, group))),
        *_says(*(app + kind for app in apps for kind in APP_SAYS)),
        *_hears(*(f"{app}/cmd" for app in apps)),
    ]


def group_topics(tenant: str, talkgroup: str) -> tuple[str, str]:
    """What tells everybody on a talkgroup, `{network}:{gid}`, who has its floor; `radio` alone says it."""
    network, _, gid = talkgroup.partition(":")
    group = f"v1/{level(tenant)}/tg/{level(network)}/{level(gid)}"
    return f"{group}/state", f"{group}/talker"


def role_rules(tenant: str, role: str) -> list[AclRule]:
    """What a role of the service needs, and no more. `centre` alone may create units' accounts."""
    root = f"v1/{level(tenant)}"
    own = _says(f"{root}/role/{level(role)}/#")
    others = _hears(f"{root}/role/#")
    if role == "centre":
        return [
            *own,
            *others,
            *_says(f"{root}/tg/+/+/floor/req", f"{root}/tg/+/+/sound"),
            *_says(f"{root}/unit/+/down/voice", f"{root}/unit/+/down/wechat"),
            *_hears(f"{root}/unit/+/up/voice", f"{root}/unit/+/up/wechat"),
            *_hears(f"{root}/tg/+/+/state", f"{root}/tg/+/+/floor/res", f"{root}/{FLOOR_PRESENCE}"),
            *_hears(f"{root}/{SOUND_STATE}"),
            *_says(f"{root}/speech/+/tap", CONTROL),
            *_hears(f"{root}/speech/+/state", f"{root}/speech/+/segment", f"{CONTROL}/response"),
        ]
    if role == "radio":
        return [
            *own,
            *others,
            *_says(f"{root}/tg/+/+/state", f"{root}/tg/+/+/talker", f"{root}/tg/+/+/floor/res"),
            *_says(f"{root}/{FLOOR_PRESENCE}", f"{root}/{SOUND_STATE}"),
            *_hears(f"{root}/tg/+/+/state", f"{root}/tg/+/+/floor/req", f"{root}/tg/+/+/sound"),
            *_says(f"{root}/unit/+/down/#", f"{root}/broker/refused"),
            *_hears(
                f"{root}/unit/+/up/#",
                f"{root}/unit/+/state",
                f"{root}/broker/refused",
                f"{OWNTRACKS}/+/+",
                f"{OWNTRACKS}/+/+/event",
            ),
        ]
    if role == "speech":
        return [
            *own,
            *others,
            *_says(f"{root}/speech/+/state", f"{root}/speech/+/segment"),
            *_hears(f"{root}/speech/+/tap"),
        ]
    raise ValueError(role)
