"""What the switch tells of calls to crews. Other channels say nothing here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hotline.crews.model import CHANNEL_ID
from hotline.crews.signals import Alive, Over, PickedUp, Pressed, Rang, Signal
from hotline.ports import AmiMessage
from hotline.signals import RINGING, UP, number

EVENT: Final = "CrewCall"
"""The name of the UserEvent of dialplan/crew.conf."""
EVENTS: Final = frozenset({"Newchannel", "Newstate", "Hangup", "UserEvent", "DialState"})


def signal_of(message: AmiMessage) -> Signal | None:
    """Never raises for a message's content."""
    channel = message.get("DestUniqueid" if message.name == "DialState" else "Uniqueid")
    if message.name not in EVENTS or not channel.startswith(CHANNEL_ID):
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
    pressed = message.get("UserEvent") == EVENT and message.get("Key") in {"1", "2"}
    return Pressed(channel, message.get("Key")) if pressed else None


def _of_state(channel: str, state: int) -> Signal | None:
    return PickedUp(channel) if state == UP else Rang(channel) if state == RINGING else None


def present(channels: Iterable[AmiMessage]) -> dict[str, int]:
    """Asterisk's state of each channel of ours, out of the rows of CoreShowChannels, by Uniqueid."""
    return {
        row.get("Uniqueid"): number(row, "ChannelState")
        for row in channels
        if row.get("Uniqueid").startswith(CHANNEL_ID)
    }


def signals_of_row(channel: str, state: int) -> list[Signal]:
    """What a channel that exists says."""
    found = _of_state(channel, state)
    return [Alive(channel)] if found is None else [Alive(channel), found]
