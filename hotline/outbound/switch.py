"""What the switch tells of a leg whose Uniqueid was chosen before it was placed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hotline.outbound.signals import Alive, Over, PickedUp, Rang, Shown
from hotline.ports import AmiMessage
from hotline.signals import RINGING, UP, number

EVENTS: Final = frozenset({"Newchannel", "Newstate", "Hangup", "DialState"})


def shown(message: AmiMessage, begins: str) -> Shown | None:
    """What the message says of a leg whose Uniqueid `begins` so. Never raises for a message's content."""
    channel = message.get("DestUniqueid" if message.name == "DialState" else "Uniqueid")
    if not channel.startswith(begins):
        return None
    match message.name:
        case "Newchannel":
            return Alive(channel)
        case "Newstate":
            return _of_state(channel, number(message, "ChannelState"))
        case "Hangup":
            return Over(channel, number(message, "Cause"))
        case "DialState":
            # A Local half has no state of its own while the telephone behind it rings.
            return Rang(channel) if message.get("DialStatus") == "RINGING" else None
    return None


def present(channels: Iterable[AmiMessage], begins: str) -> dict[str, int]:
    """Asterisk's state of each such channel, out of the rows of CoreShowChannels, by Uniqueid."""
    return {
        row.get("Uniqueid"): number(row, "ChannelState")
        for row in channels
        if row.get("Uniqueid").startswith(begins)
    }


def signals_of_row(channel: str, state: int) -> list[Shown]:
    """What a channel that exists says."""
    found = _of_state(channel, state)
    return [Alive(channel)] if found is None else [Alive(channel), found]


def _of_state(channel: str, state: int) -> Rang | PickedUp | None:
    return PickedUp(channel) if state == UP else Rang(channel) if state == RINGING else None
