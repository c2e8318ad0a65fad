"""Change patches at the desk: an import by its beats, an inspector is sent, and results."""

from __future__ import annotations

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import Page
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.test_accessibility import faults
from tests.console.test_desk_cases import DARK
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real


async def test_a_dispatcher_sends_an_inspector_to_the_patches_of_a_beat(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.patch(1, 126.63, 45.75, near="HRB-1")
    gateway.patch(2, 126.65, 45.76)
    await sign_in(page, gateway, "sun.li")
    await page.open(f"{gateway.url}/desk/field/patches")
    await page.until_text("patch-import-i1", "2026年三季度.zip")
    await page.click("patch-import-i1")
    await page.until_text("patch-beat-b1", "果戈里网格")
    await page.click("patch-list-b1")
    await page.until_text("patch-1", "附近案件 HRB-1")
    assert not [one for one in gateway.requests if one[1].endswith("/release")]
    await page.click("patch-release-b1")
    await page.until_text("patch-beat-b1", "监督员会收到果戈里网格的图斑清单")
    assert not [one for one in gateway.requests if one[1].endswith("/release")], "a person confirms it first"
    await page.click("patch-release-b1-sure")
    await page.until_text("patch-beat-b1", "监督员一号 已派")
    await page.until_text("patch-2", "清单第 2 处")
    await page.click("patch-not-2")
    await page.until_text("patch-2", "不属实 sun.li")
    assert await faults(page) == []
    await picture(page, "patches-zh")
    clean(page)
    await page.choose("language", "en")
    await page.until_text("patch-2", "no. 2 of the list")
    await page.run(DARK)
    assert await contrast_faults(page) == []
    await picture(page, "patches-en")
