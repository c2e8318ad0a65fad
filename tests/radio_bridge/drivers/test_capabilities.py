"""Each driver declares what its network can do, and the documentation says the same."""

from __future__ import annotations

import pytest

from field.contract.capabilities import Can, Caps
from field.mobile.radio.driver import MobileDriver
from radio_bridge.drivers.dmr_homebrew.driver import DmrHomebrewDriver
from radio_bridge.drivers.mumble.driver import MumbleDriver
from radio_bridge.drivers.svxreflector.driver import SvxReflectorDriver
from radio_bridge.drivers.tetra_pei.driver import TetraPeiDriver
from radio_bridge.drivers.trunk_recorder.driver import TrunkRecorderDriver
from radio_bridge.drivers.usrp.driver import UsrpDriver
from tests.radio_bridge.drivers.documented import documented

CAPS = [
    ("app", MobileDriver.caps),
    ("svx", SvxReflectorDriver.caps),
    ("dmr", DmrHomebrewDriver.caps),
    ("usrp", UsrpDriver.caps),
    ("mumble", MumbleDriver.caps),
    ("tetra", TetraPeiDriver.caps),
    ("p25", TrunkRecorderDriver.caps),
]


@pytest.mark.parametrize(("network", "caps"), CAPS)
def test_the_table_says_what_the_driver_declares(network: str, caps: Caps) -> None:
    assert documented(network) == {can.value: can in caps.can for can in Can}


def test_what_is_not_there_is_lacking() -> None:
    caps = Caps(frozenset({Can.TEXT}))
    assert Can.TEXT not in caps.lacks
    assert caps.can | caps.lacks == frozenset(Can)


def test_a_driver_without_texts_and_jobs_cannot_be_asked_for_them() -> None:
    texts = ("send_text", "send_short")
    """A terminal's text and a radio's are two ports."""
    answers = ("send_alarm", "send_short")
    """What became of an alarm, a terminal has as a message and a radio as a text."""
    for driver in (
        MobileDriver,
        SvxReflectorDriver,
        DmrHomebrewDriver,
        UsrpDriver,
        MumbleDriver,
        TetraPeiDriver,
        TrunkRecorderDriver,
    ):
        assert (Can.TEXT in driver.caps.can) == any(hasattr(driver, method) for method in texts), driver
        assert (Can.JOB in driver.caps.can) == hasattr(driver, "send_job"), driver
        if Can.EMERGENCY_ALARM in driver.caps.can:
            assert any(hasattr(driver, method) for method in answers), driver
        else:
            assert not hasattr(driver, "send_alarm"), driver
