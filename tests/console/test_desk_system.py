"""How the system is, at the desk: a supervisor sees which part is degraded, why, and when all is well."""

from __future__ import annotations

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import Page
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.test_accessibility import faults
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real


async def test_a_supervisor_sees_which_part_is_degraded_and_why(
    page: Page, gateway: SimulatedGateway
) -> None:
    why = "498 MB left for recordings in /var/spool/songhua/recordings: free space, or shorten retention"
    gateway.health = {
        "state": "degraded",
        "parts": [
            {"part": "storage", "state": "up", "why": ""},
            {"part": "cdr.recordings", "state": "degraded", "why": why},
        ],
    }
    await sign_in(page, gateway, "zhao.qiang")
    await open_workspace(page, "supervision")
    await page.until_text("system-cdr.recordings", "498 MB")
    assert not await page.has("system-storage")
    assert await faults(page) == []
    assert await contrast_faults(page) == []
    await picture(page, "system-zh")
    gateway.health = {"state": "up", "parts": []}
    await open_workspace(page, "reports")
    await open_workspace(page, "supervision")
    await page.until_text("system-well", "正常")
    clean(page)
