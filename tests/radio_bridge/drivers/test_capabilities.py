"""Each driver declares what its network can do, and the documentation says the same."""

from __future__ import annotations

import pytest

from radio_bridge.drivers.capabilities import Can, Caps
from radio_bridge.drivers.dmr_homebrew.driver import DmrHomebrewDriver
from radio_bridge.drivers.mobile.driver import MobileDriver
from radio_bridge.drivers.mumble.driver import MumbleDriver
from radio_bridge.drivers.svxreflector.driver import SvxReflectorDriver
from radio_bridge.drivers.usrp.driver import UsrpDriver
from tests.radio_bridge.drivers.documented import documented

CAPS = [
    ("app", MobileDriver.caps),
    ("svx", SvxReflectorDriver.caps),
    ("dmr", DmrHomebrewDriver.caps),
    ("usrp", UsrpDriver.caps),
    ("mumble", MumbleDriver.caps),
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
    for driver in (MobileDriver, SvxReflectorDriver, DmrHomebrewDriver, UsrpDriver, MumbleDriver):
        assert (Can.TEXT in driver.caps.can) == any(hasattr(driver, method) for method in texts), driver
        for can, method in ((Can.JOB, "send_job"), (Can.EMERGENCY_ALARM, "send_alarm")):
            assert (can in driver.caps.can) == hasattr(driver, method), (driver, can)
