"""The conference of a case at the desk: opened by one press, members asked in, muted, removed, recorded."""

from __future__ import annotations

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import Page
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.simulated_gateway.answers import now
from tests.console.test_accessibility import faults
from tests.console.test_desk_cases import DARK, put
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real


async def test_a_conference_from_the_case_page(page: Page, gateway: SimulatedGateway) -> None:
    put(gateway, 1)
    await sign_in(page, gateway, "sun.li")
    await open_workspace(page, "cases")
    await page.until_attribute("case-grid", "data-rows", "1")
    await page.focus("case-grid")
    await page.press("ArrowDown")
    await page.press("Enter")
    await page.until_attribute("case-conference", "data-state", "none")
    await page.click("conference-open")
    await page.until_attribute("member-sun.li", "data-state", "called")
    await gateway.member("k1", "sun.li", state="present", joined_at=now(), talks=True)
    await page.until_attribute("member-sun.li", "data-state", "talks")
    await page.fill("conference-who", "abc")
    await page.click("conference-add")
    await page.until_text("conference-trouble", "没有可以呼叫的电话")
    await page.fill("conference-who", "13904510009")
    await page.click("conference-add")
    await page.until_attribute("member-0009", "data-state", "called")
    await gateway.member("k1", "…0009", state="present", joined_at=now())
    await page.until_attribute("member-0009", "data-state", "present")
    await page.click("mute-0009")
    await page.until_attribute("member-0009", "data-state", "muted")
    await page.click("conference-record")
    await page.until_text("conference-recording", "正在录音")
    await page.click("conference-lock")
    await page.until_text("conference-locked", "已锁定")
    assert await faults(page) == []
    await page.run("document.querySelector('[data-testid=case-conference]').scrollIntoView()")
    await picture(page, "conference-zh")
    await page.choose("language", "en")
    await page.until_text("member-0009", "Muted")
    await page.run(DARK)
    assert await contrast_faults(page) == []
    await picture(page, "conference-en")
    await page.click("remove-0009")
    await page.until_attribute("member-0009", "data-state", "left")
    await page.click("conference-end")
    await page.until_attribute("case-conference", "data-state", "none")
    told = [one for one in gateway.requests if one[0] == "POST" and "/conferences" in one[1]]
    assert [one[1].rsplit("/", 1)[-1] for one in told] == [
        "conferences", "members", "members", "mute", "record", "lock", "remove", "end",
    ]  # fmt: skip
    assert [one for one in page.errors if "422" not in one] == []
    page.errors.clear()
    clean(page)
