"""What the switch tells of calls to crews. Other channels say nothing here."""

from __future__ import annotations

from typing import Final

from hotline.outbound.crews.model import CHANNEL_ID
from hotline.outbound.crews.signals import Pressed, Signal
from hotline.outbound.switch import EVENTS as SHOWN_EVENTS
from hotline.outbound.switch import shown
from hotline.ports import AmiMessage

EVENT: Final = "CrewCall"
"""The name of the UserEvent of dialplan/crew.conf."""
EVENTS: Final = SHOWN_EVENTS | {"UserEvent"}


def signal_of(message: AmiMessage) -> Signal | None:
    """Never raises for a message's content."""
    if message.name != "UserEvent":
        return shown(message, CHANNEL_ID)
    channel, key = message.get("Uniqueid"), message.get("Key")
    pressed = message.get("UserEvent") == EVENT and key in {"1", "2"}
    return Pressed(channel, key) if pressed and channel.startswith(CHANNEL_ID) else None
