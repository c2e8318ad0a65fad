"""Health of a network of repeaters: the fault and its remedy in one sentence."""

from __future__ import annotations

from typing import Final

from radio_bridge.drivers.dmr_homebrew.effects import HomebrewDownReason

NOBODY: Final = (
    "no repeater has signed in: compare their master address, id and password with [radio.dmr_homebrew]"
)
TAKEN: Final = "the UDP port cannot be opened: is another program listening there"
_PEER: Final = {
    HomebrewDownReason.STARTING: "not signed in at the master yet",
    HomebrewDownReason.DENIED: "the master does not let us in: compare id and password",
    HomebrewDownReason.SILENT: "the master does not answer: is it running, are host and port right, does UDP"
    " get through",
    HomebrewDownReason.CLOSED: "the master has ended it, or knows us no more",
    HomebrewDownReason.STOPPED: "stopped",
}


def peer_why(reason: HomebrewDownReason) -> str:
    """The reason in words for who operates the peer."""
    return _PEER.get(reason, reason.value)


def refused(station: int) -> str:
    """The last repeater that was not let in."""
    return f"repeater {station} is not let in: its id is unknown or its password wrong"
