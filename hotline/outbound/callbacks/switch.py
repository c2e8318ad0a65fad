"""What the switch tells of attempts, in the words of callbacks. Other channels say nothing here."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from typing import Final

from hotline.outbound.callbacks.signals import (
    AgentUp,
    AttemptOver,
    CitizenDialled,
    CitizenUp,
    DialOver,
    Signal,
)
from hotline.ports import AmiMessage
from hotline.signals import UP, text

CHANNEL_ID: Final = "cb-"
"""Begins the Uniqueid of an agent's leg that was placed for a callback."""


def _newstate(message: AmiMessage, channel: str) -> Signal | None:
    return AgentUp(channel) if message.get("ChannelState") == str(UP) else None


def _dial_begins(_message: AmiMessage, channel: str) -> Signal | None:
    return CitizenDialled(channel)


def _dial_ends(message: AmiMessage, channel: str) -> Signal | None:
    status = text(message, "DialStatus")
    return DialOver(channel, status) if status else None


def _bridged(_message: AmiMessage, channel: str) -> Signal | None:
    # The agent's leg enters a bridge when the citizen has answered, and not before.
    return CitizenUp(channel)


def _hangup(_message: AmiMessage, channel: str) -> Signal | None:
    return AttemptOver(channel)


_READERS: Final[dict[str, Callable[[AmiMessage, str], Signal | None]]] = {
    "Newstate": _newstate,
    "DialBegin": _dial_begins,
    "DialEnd": _dial_ends,
    "BridgeEnter": _bridged,
    "Hangup": _hangup,
}
EVENTS: Final = frozenset(_READERS)


@dataclass(frozen=True, slots=True)
class Present:
    """A channel that exists: whether it was answered, and whether it is in a bridge."""

    up: bool
    bridged: bool


def present(channels: Iterable[AmiMessage]) -> dict[str, Present]:
    """The rows of CoreShowChannels by Uniqueid."""
    return {
        row.get("Uniqueid"): Present(row.get("ChannelState") == str(UP), bool(row.get("BridgeId")))
        for row in channels
    }


def signal_of(message: AmiMessage, live: Container[str]) -> Signal | None:
    """`live` are the channel ids of attempts. Never raises for a message's content."""
    channel = message.get("Uniqueid")
    reader = _READERS.get(message.name)
    return reader(message, channel) if reader is not None and channel in live else None
