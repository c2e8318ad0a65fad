"""Health of a monitored network: the fault and its remedy in one sentence."""

from __future__ import annotations

from typing import Final

BROKER: Final = "the recorder's broker is away, or does not let us in: look at [radio.trunk_recorder.broker]"
SILENT: Final = (
    "nothing comes from trunk-recorder: is it running with its MQTT plugin, are topic and unit_topic as there"
)
GONE: Final = "trunk-recorder, or its plugin, is not connected to the broker"
