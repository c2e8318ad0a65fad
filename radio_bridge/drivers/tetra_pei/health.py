"""Health of the radio at the interface: the fault and its remedy in one sentence."""

from __future__ import annotations

from typing import Final

from radio_bridge.drivers.tetra_pei.effects import PeiDownReason

NOT_REGISTERED: Final = "the radio is not in its network: look at its antenna, its mode and its subscription"
GROUPS: Final = "the radio does not take its talkgroups: compare them with those that it is programmed for"
TURNED: Final = "the radio was turned to another talkgroup, by hand or by its network: turn it back"
SETTING_UP: Final = "the radio is being set up"
_DOWN: Final = {
    PeiDownReason.STARTING: "not connected to the radio yet",
    PeiDownReason.UNREACHABLE: "the radio's line cannot be opened: is device right, may this account use it",
    PeiDownReason.CLOSED: "the radio's line was closed: is the cable in, is the radio on",
    PeiDownReason.SILENT: "the radio does not answer: is it on, is its interface set to AT commands, is"
    " speed right",
    PeiDownReason.RESTARTED: "the radio was switched off and on, and is set up again",
    PeiDownReason.STALLED: "the radio takes nothing more from us",
    PeiDownReason.STOPPED: "stopped",
}


def why(reason: PeiDownReason) -> str:
    """The reason in words for who operates the radio."""
    return _DOWN.get(reason, reason.value)
