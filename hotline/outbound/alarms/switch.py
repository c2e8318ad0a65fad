"""What the switch tells of calls for alarms. Other channels say nothing here."""

from __future__ import annotations

from typing import Final

from hotline.outbound.alarms.model import CHANNEL_ID
from hotline.outbound.alarms.signals import Pressed, Signal
from hotline.outbound.switch import EVENTS as SHOWN_EVENTS
from hotline.outbound.switch import shown
from hotline.ports import AmiMessage

EVENT: Final = "AlarmCall"
"""The name of the UserEvent of dialplan/alarm.conf."""
EVENTS: Final = SHOWN_EVENTS | {"UserEvent"}


def signal_of(message: AmiMessage) -> Signal | None:
    """Never raises for a message's content."""
    if message.name != "UserEvent":
        return shown(message, CHANNEL_ID)
    channel = message.get("Uniqueid")
    pressed = message.get("UserEvent") == EVENT and message.get("Key") == "1"
    return Pressed(channel) if pressed and channel.startswith(CHANNEL_ID) else None
