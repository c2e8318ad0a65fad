"""Merging, splitting and relating cases at the desk, by keyboard, and what is shown of it."""

from __future__ import annotations

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import Page
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.test_accessibility import faults
from tests.console.test_desk_cases import put
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real

HERE = {"address": "学府路74号", "district": "230103", "district_name": "南岗区"}


async def at_a_case(page: Page, gateway: SimulatedGateway, language: str = "zh") -> None:
    """The page of the second of two cases of one place, before a dispatcher."""
    gateway.users["li.na"]["roles"] = ["agent", "supervisor", "dispatcher"]
    await sign_in(page, gateway)
    await page.choose("language", language)
    for number in (1, 2):
        put(gateway, number, **HERE)
    put(gateway, 3, address="中山路1号", description="路灯不亮")
    await open_workspace(page, "cases")
    await page.click("case-row-k2")
    await page.until("document.querySelector('[data-testid=tie-merge]') !== null", "what may be done")


async def test_a_case_is_merged_by_keyboard_and_the_merge_undone(
    page: Page, gateway: SimulatedGateway
) -> None:
    await at_a_case(page, gateway)
    await page.focus("tie-merge")
    await page.press("Enter")
    await page.until("document.querySelector('[data-testid=tie-choice-k1]') !== null", "the case nearby")
    assert await page.focused() == "tie-words"
    assert not await page.has("tie-choice-k3"), "it is elsewhere"
    await page.focus("tie-choice-k1")
    await page.press(" ")
    await page.fill("tie-reason", "同一井盖")
    gateway.moved_on = True
    await page.press("Enter")
    await page.until_text("tie-trouble", "刚有变动")
    await page.focus("tie-send")
    await page.press("Enter")
    await page.until_text("tie-survivor", gateway.cases["k1"]["number"])
    await page.until_attribute("case-state", "data-state", "merged")
    assert not await page.has("act-cancel"), "a merged case takes no step"
    await page.focus("tie-unmerge")
    await page.press("Enter")
    await page.until("document.activeElement.dataset.testid === 'tie-reason'", "where the reason is written")
    await page.press("Escape")
    await page.until("document.activeElement.dataset.testid === 'tie-unmerge'", "back at the button")
    await page.press("Enter")
    await page.fill("tie-reason", "不是一处")
    await page.press("Enter")
    await page.until_attribute("case-state", "data-state", "filed")
    assert [one for one in page.errors if "409 (Conflict)" not in one] == []


async def test_what_words_find_is_related_and_that_is_undone(page: Page, gateway: SimulatedGateway) -> None:
    await at_a_case(page, gateway)
    await page.click("tie-relate")
    await page.fill("tie-words", "路灯")
    await page.until("document.querySelector('[data-testid=tie-choice-k3]') !== null", "what the words find")
    await page.click("tie-choice-k3")
    await page.choose("tie-kind", "cause")
    await page.fill("tie-reason", "电缆外露")
    await page.click("tie-send")
    await page.until_attribute("tie-relation", "data-kind", "cause")
    await page.click("tie-unrelate")
    await page.fill("tie-reason", "弄错了")
    await page.press("Enter")
    await page.until("!document.querySelector('[data-testid=tie-relation]')", "that they are not related")
    clean(page)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [1440, 1280])
async def test_axe_finds_nothing_in_what_ties_cases(
    page: Page, gateway: SimulatedGateway, language: str, width: int
) -> None:
    await page.size(width, 900)
    await at_a_case(page, gateway, language)
    await page.click("tie-merge")
    await page.until("document.querySelector('[data-testid=tie-choice-k1]') !== null", "the case nearby")
    await page.click("tie-choice-k1")
    assert await faults(page) == []
    assert await contrast_faults(page) == []
    await picture(page, f"ties-merge-{language}-{width}")
    await page.click("tie-split")
    await page.until("document.querySelector('[data-testid=split-description]') !== null", "its fields")
    assert await faults(page) == []
    await picture(page, f"ties-split-{language}-{width}")
    await page.click("tie-split")
    gateway.cases["k2"] |= {
        "survivor": {"case_id": "k1", "number": "230103-20261125-0001", "spoken_code": "4271"}
    }
    changed = gateway.cases["k2"] | {"state": "merged", "updated_at": "2099-01-01T00:00:00Z"}
    await gateway.tell(
        "cases.case_changed", call_id=None, confidential=False, case=changed, act="merge", actor=""
    )
    await page.until_text("tie-survivor", "0001")
    assert await contrast_faults(page) == []
    await picture(page, f"ties-merged-{language}-{width}")
