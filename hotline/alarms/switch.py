"""What the switch tells of calls for alarms. Other channels say nothing here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from hotline.alarms.model import CHANNEL_ID
from hotline.alarms.signals import Alive, Over, PickedUp, Pressed, Rang, Signal
from hotline.ports import AmiMessage
from hotline.signals import RINGING, UP, number

EVENT: Final = "AlarmCall"
"""The name of the UserEvent of dialplan/alarm.conf."""


def _newchannel(_message: AmiMessage, channel: str) -> Signal | None:
    return Alive(channel)


def _newstate(message: AmiMessage, channel: str) -> Signal | None:
    state = number(message, "ChannelState")
    return PickedUp(channel) if state == UP else Rang(channel) if state == RINGING else None


def _hangup(message: AmiMessage, channel: str) -> Signal | None:
    return Over(channel, number(message, "Cause"))


def _user_event(message: AmiMessage, channel: str) -> Signal | None:
    pressed = message.get("UserEvent") == EVENT and message.get("Key") == "1"
    return Pressed(channel) if pressed else None


def _dial_state(message: AmiMessage, channel: str) -> Signal | None:
    # A Local half has no state of its own while the telephone behind it rings.
    return Rang(channel) if message.get("DialStatus") == "RINGING" else None


_READERS: Final[dict[str, Callable[[AmiMessage, str], Signal | None]]] = {
    "Newchannel": _newchannel,
    "Newstate": _newstate,
    "Hangup": _hangup,
    "UserEvent": _user_event,
    "DialState": _dial_state,
}
EVENTS: Final = frozenset(_READERS)


def signal_of(message: AmiMessage) -> Signal | None:
    """Never raises for a message's content."""
    reader = _READERS.get(message.name)
    channel = message.get("DestUniqueid" if message.name == "DialState" else "Uniqueid")
    return reader(message, channel) if reader is not None and channel.startswith(CHANNEL_ID) else None


def present(channels: Iterable[AmiMessage]) -> dict[str, int]:
    """Asterisk's state of each channel of ours, out of the rows of CoreShowChannels, by Uniqueid."""
    return {
        row.get("Uniqueid"): number(row, "ChannelState")
        for row in channels
        if row.get("Uniqueid").startswith(CHANNEL_ID)
    }


def signals_of_row(channel: str, state: int) -> list[Signal]:
    """What a channel that exists says."""
    found: list[Signal] = [Alive(channel)]
    if state == RINGING:
        found.append(Rang(channel))
    elif state == UP:
        found.append(PickedUp(channel))
    return found
