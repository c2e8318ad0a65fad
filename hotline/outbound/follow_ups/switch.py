"""What the switch tells of follow-up calls: of those who pressed 0 also when a person has taken them."""

from __future__ import annotations

from core.switch import SwitchMessage
from hotline.outbound.follow_ups.policy import CHANNEL_ID
from hotline.outbound.signals import CallSignal, OutOfQueue
from hotline.outbound.switch import ChannelReader


class FollowUpReader(ChannelReader):
    """The event is that of dialplan/follow_up.conf."""

    def __init__(self) -> None:
        super().__init__(CHANNEL_ID, key_event="FollowUpCall")

    def row(self, row: SwitchMessage) -> list[CallSignal]:
        """Only the queue puts such a leg into a bridge."""
        taken = [OutOfQueue(row.get("Uniqueid"))] if row.get("BridgeId") else []
        return [*super().row(row), *taken]

    def _of(self, message: SwitchMessage, channel: str) -> CallSignal | None:
        if message.name == "AgentConnect":
            return OutOfQueue(channel, message.get("Interface").partition("/")[2])
        return super()._of(message, channel)
