"""The seals that mark the switch's own events; the renderer writes the same into the configuration."""

from __future__ import annotations

from gateway.ami.session import Seals
from gateway.settings import Settings


def seals(settings: Settings) -> Seals | None:
    """None where no switch is configured."""
    switch = settings.asterisk
    return None if switch is None else Seals(switch.sealed_name, switch.seal)
