"""What is measured of every network with voice, whichever driver speaks with it."""

from __future__ import annotations

from core.metrics import counter, gauge

up = gauge("radio_bridge_network_up", "1 while the talkgroup's link to its network is up", ["talkgroup"])
downs = counter("radio_bridge_network_downs", "Links that went down, by why", ["network", "why"])
refusals = counter("radio_bridge_network_refusals", "Talks that the network did not give", ["network", "why"])
frames = counter(
    "radio_bridge_network_frames",
    "Frames of sound (20 ms): heard of the network, spoken to it, dropped without a floor",
    ["network", "way"],
)
malformed = counter(
    "radio_bridge_network_malformed", "What came from the network and was no sound", ["network"]
)
