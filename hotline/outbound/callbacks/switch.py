"""What the switch tells of attempts: of the agent's leg, and of the citizen's by it."""

from __future__ import annotations

from typing import Final

from core.switch import SwitchMessage
from hotline.outbound.callbacks.signals import CitizenDialled, CitizenUp, DialOver
from hotline.outbound.signals import CallSignal
from hotline.outbound.switch import ChannelReader
from hotline.signals import text

CHANNEL_ID: Final = "cb-"
"""Begins the Uniqueid of an agent's leg that was placed for a callback."""
EVENTS: Final = frozenset({"Newstate", "DialBegin", "DialEnd", "BridgeEnter", "Hangup"})


class AttemptReader(ChannelReader):
    def __init__(self) -> None:
        super().__init__(CHANNEL_ID)

    def row(self, row: SwitchMessage) -> list[CallSignal]:
        connected = [CitizenUp(row.get("Uniqueid"))] if row.get("BridgeId") else []
        return [*super().row(row), *connected]

    def _of(self, message: SwitchMessage, channel: str) -> CallSignal | None:
        match message.name:
            case "DialBegin":
                return CitizenDialled(channel)
            case "DialEnd":
                status = text(message, "DialStatus")
                return DialOver(channel, status) if status else None
            case "BridgeEnter":
                # The agent's leg enters a bridge when the citizen has answered, and not before.
                return CitizenUp(channel)
        return super()._of(message, channel)
