"""Every driver has its row in the quality scale, and what the row names is there."""

from __future__ import annotations

import re

import pytest

from tests.docs.drivers import PAGE, Driver, drivers, page, rules
from tests.peers.checkout import CHECKOUT

SHORTEST_REASON = 15


def test_every_driver_has_its_row() -> None:
    folders = {file.parent.name for file in CHECKOUT.glob("*/drivers/*/driver.py")}
    # The driver of terminals is not of a radio network.
    folders |= {file.parent.parent.name for file in CHECKOUT.glob("field/*/radio/driver.py")}
    assert {one.name for one in drivers()} == folders


@pytest.mark.parametrize("driver", drivers(), ids=lambda one: one.name)
def test_what_a_row_names_is_there(driver: Driver) -> None:
    assert [kept.rule for kept in driver.kept] == list(rules())
    assert (CHECKOUT / "docs" / driver.page).is_file()
    for kept in driver.kept:
        assert kept.shown or len(kept.reason) >= SHORTEST_REASON, kept.rule
        for test in kept.shown:
            file, _, name = test.partition("::")
            assert (CHECKOUT / file).is_file(), file
            text = (CHECKOUT / file).read_text(encoding="utf-8")
            assert not name or re.search(rf"def {name}\(", text), test


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.docs.drivers"
