"""The svxreflector driver against the reflector and the radio of Debian: the suite."""

from __future__ import annotations

import pytest

from tests.radio_bridge.drivers.conformance.suite import VoiceConformance
from tests.radio_bridge.drivers.conformance.svxreflector_world import bare, network, world

__all__ = ["bare", "network", "world"]

pytestmark = pytest.mark.real


class TestSvxReflector(VoiceConformance):
    """With plain sound; with Opus in scripts/soak."""


@pytest.mark.parametrize("network", ["OPUS"], indirect=True)
class TestOpus:
    """What the codec changes."""

    test_our_tone_is_heard_at_the_other_radio = VoiceConformance.test_our_tone_is_heard_at_the_other_radio
    test_the_other_radios_tone_comes_to_us_with_its_name = (
        VoiceConformance.test_the_other_radios_tone_comes_to_us_with_its_name
    )
