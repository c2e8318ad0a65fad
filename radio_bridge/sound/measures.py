"""Metrics of the sound between conferences and networks."""

from __future__ import annotations

from core.metrics import counter

frames = counter(
    "radio_bridge_conference_frames",
    "Frames between conferences and networks, by what became of them",
    ["way", "fate"],
)
"""`way`: `out` to the network or `in` from it; `fate` carried, silent (nobody has the floor for it), or late
(pushed out by newer ones on its way into the switch; it was counted as carried before).
"""
