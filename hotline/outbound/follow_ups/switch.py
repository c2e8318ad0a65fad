"""What the switch tells of follow-up calls: of those who pressed 0 also when a person has taken them."""

from __future__ import annotations

from core.switch import SwitchMessage
from hotline.outbound.follow_ups.policy import CHANNEL_ID
from hotline.outbound.signals import CallSignal, ChannelSignal, OutOfQueue, PickedUp, Pressed
from hotline.outbound.switch import ChannelReader


class QuestionHeard(ChannelSignal):
    """He has heard the question once, to its end."""


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
        signal = super()._of(message, channel)
        match signal:
            case PickedUp():
                return PickedUp(channel, message.get("Channel"))
            case Pressed() if message.get("Asked"):
                return QuestionHeard(channel)
            case Pressed(_, key):
                return Pressed(channel, key, spoken=message.get("How") == "said")
        return signal
