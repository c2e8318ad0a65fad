"""Feeds of other systems at the desk: which are silent, what was refused, and a plate that is looked at."""

from __future__ import annotations

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import Page
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.test_accessibility import faults
from tests.console.test_desk_cases import DARK
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real


async def test_a_supervisor_sees_which_feeds_are_silent_and_looks_at_a_plate(
    page: Page, gateway: SimulatedGateway
) -> None:
    await page.size(1280, 800)
    gateway.users["li.na"]["roles"] = ["supervisor"]
    gateway.feed("police", "电子警察", forged=3, replayed=1)
    gateway.feed("patrol", "无人机巡查", silent=True)
    gateway.strangers = 2
    gateway.feed_event("police", "WF-000001", "waiting")
    event_id = gateway.feed_event("police", "WF-000002")
    gateway.feed_event("police", "WF-000003", "joined", "not-allowed")
    await sign_in(page, gateway)
    await page.open(f"{gateway.url}/desk/settings/feeds")
    await page.until_text("feed-police", "签名不符 3 次，重放 1 次")
    await page.until_text("feed-patrol", "沉默")
    await page.until_text("feeds-strangers", "2")
    await page.click("open-police")
    await page.until_text(f"feed-event-{event_id}", "黑A***45")
    await page.until_text("feed-events", "地址不在允许的网段内")
    assert await faults(page) == []
    await picture(page, "feeds-zh")
    await page.click(f"feed-plate-{event_id}")
    await page.until_text(f"feed-event-{event_id}", "黑A12345")
    await page.choose("language", "en")
    await page.until_text("feed-patrol", "silent")
    await page.run(DARK)
    assert await faults(page) == []
    assert await contrast_faults(page) == []
    await picture(page, "feeds-en-dark")
    clean(page)
