"""Translates the switch's messages about talkgroups' conferences into signals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.switch import SwitchMessage
from radio_bridge.switch.conference.model import RADIO_CHANNEL, group_of

LONGEST: Final = 200
NAMED: Final = "TalkgroupLeg"
"""The UserEvent by which dialplan/talkgroup.conf says who comes."""


@dataclass(frozen=True, slots=True)
class PartyNamed:
    channel: str
    party: str


@dataclass(frozen=True, slots=True)
class Joined:
    group: str
    channel: str
    muted: bool


@dataclass(frozen=True, slots=True)
class Left:
    group: str
    channel: str


@dataclass(frozen=True, slots=True)
class LegIsHeard:
    """The switch hears this leg, or no more. It hears none that is muted."""

    group: str
    channel: str
    speaks: bool


@dataclass(frozen=True, slots=True)
class ConferenceClosed:
    group: str


Signal = PartyNamed | Joined | Left | LegIsHeard | ConferenceClosed


def _group(message: SwitchMessage) -> str | None:
    return group_of(message.get("Conference")[:LONGEST])


def _channel(message: SwitchMessage) -> str:
    channel = message.get("Channel")[:LONGEST]
    return "" if channel.startswith(RADIO_CHANNEL) else channel


def _named(message: SwitchMessage) -> Signal | None:
    channel = _channel(message)
    if message.get("UserEvent") != NAMED or not channel:
        return None
    return PartyNamed(channel, message.get("Party")[:LONGEST])


def _joined(message: SwitchMessage) -> Signal | None:
    group, channel = _group(message), _channel(message)
    return Joined(group, channel, message.get("Muted") == "Yes") if group and channel else None


def _left(message: SwitchMessage) -> Signal | None:
    group, channel = _group(message), _channel(message)
    return Left(group, channel) if group and channel else None


def _speaks(message: SwitchMessage) -> Signal | None:
    group, channel = _group(message), _channel(message)
    return LegIsHeard(group, channel, message.get("TalkingStatus") == "on") if group and channel else None


def _closed(message: SwitchMessage) -> Signal | None:
    group = _group(message)
    return ConferenceClosed(group) if group else None


READERS: Final[dict[str, Callable[[SwitchMessage], Signal | None]]] = {
    "UserEvent": _named,
    "ConfbridgeJoin": _joined,
    "ConfbridgeLeave": _left,
    "ConfbridgeTalking": _speaks,
    "ConfbridgeEnd": _closed,
}
EVENTS: Final = frozenset(READERS)


def signal_of(message: SwitchMessage) -> Signal | None:
    """What the message says; None when it says nothing that matters here. Never raises for its content."""
    reader = READERS.get(message.name)
    return None if reader is None else reader(message)
