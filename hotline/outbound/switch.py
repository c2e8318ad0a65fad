"""What the switch tells of legs whose Uniqueid was chosen before they were placed. Other channels say nothing
here.
"""

from __future__ import annotations

from typing import Final

from core.switch import SwitchMessage
from hotline.outbound.signals import Alive, CallSignal, Over, PickedUp, Pressed, Rang
from hotline.signals import RINGING, UP, number

EVENTS: Final = frozenset({"Newchannel", "Newstate", "Hangup", "DialState", "UserEvent", "AgentConnect"})
"""Of automated calls."""


class ChannelReader:
    """`prefix` begins the Uniqueid of each such leg. `key_event` names the UserEvent by which the dialplan
    tells that a key was pressed. No method raises for a message's content.
    """

    def __init__(self, prefix: str, key_event: str = "") -> None:
        self.prefix = prefix
        self._key_event = key_event

    def signal(self, message: SwitchMessage) -> CallSignal | None:
        channel = message.get("DestUniqueid" if message.name == "DialState" else "Uniqueid")
        return self._of(message, channel) if channel.startswith(self.prefix) else None

    def row(self, row: SwitchMessage) -> list[CallSignal]:
        """What a row of CoreShowChannels says of one of these legs, which exists."""
        channel = row.get("Uniqueid")
        found = _of_state(channel, number(row, "ChannelState"))
        return [Alive(channel)] if found is None else [Alive(channel), found]

    def _of(self, message: SwitchMessage, channel: str) -> CallSignal | None:
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
            case "UserEvent" if self._key_event and message.get("UserEvent") == self._key_event:
                return Pressed(channel, message.get("Key"))
        return None


def _of_state(channel: str, state: int) -> Rang | PickedUp | None:
    return PickedUp(channel) if state == UP else Rang(channel) if state == RINGING else None
