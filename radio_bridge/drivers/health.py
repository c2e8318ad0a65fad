"""The health of a network with talkgroups, in one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.room import Health
from radio_bridge.drivers.voice import LinkState

SHOWN_MOST: Final = 3


def told(network: str, links: Sequence[LinkState]) -> Health:
    """One line for all talkgroups of the network."""
    troubles = [link for link in links if link.why]
    if not troubles:
        return Health(network, "up")
    shown = "; ".join(f"{link.group} {link.why}" for link in troubles[:SHOWN_MOST])
    more = len(troubles) - SHOWN_MOST
    rest = f"; and {more} more" if more > 0 else ""
    return Health(network, "degraded", f"{len(troubles)} of {len(links)} talkgroups: {shown}{rest}")
