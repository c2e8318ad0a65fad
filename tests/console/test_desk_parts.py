"""Parts, cells and beats at the desk: on a draft, on a case, in Settings, against a simulated gateway."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tests.console.page import Page, PageFault
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.simulated_gateway.cases import deadline_of
from tests.console.simulated_gateway.parts import PARTS
from tests.console.test_accessibility import faults
from tests.console.test_desk_cases import DARK, put
from tests.console.test_desk_page import CALL, DRAFT, clean, draft, picture, sign_in, talk

pytestmark = pytest.mark.real


async def test_an_agent_takes_one_of_the_parts_with_the_number_that_was_said(
    page: Page, gateway: SimulatedGateway
) -> None:
    await talk(page, gateway)
    await draft(gateway)
    await gateway.heard_besides(CALL, DRAFT, parts=PARTS[:2])
    await page.until_text("part-several", "几个部件")
    await page.until_text(f"part-{PARTS[1]['part_id']}", "中山路80号")
    assert await faults(page) == []
    await picture(page, "parts-offered")
    await page.focus(f"part-take-{PARTS[1]['part_id']}")
    await page.press("Enter")
    await page.until_text("part-chosen", "HX-1023")
    assert "权属 市路灯管理处" in await page.text("part-chosen")
    await page.until_value("field-address", "中山路80号")
    await picture(page, "parts-chosen")
    # The owner of the part decides who answers.
    (asked,) = [one for one in gateway.requests if one[0] == "POST" and one[1].endswith("/part")]
    assert asked[2]["part_id"] == PARTS[1]["part_id"]
    await page.fill("part-find", "HX-1100")
    await page.until_text(f"part-{PARTS[2]['part_id']}", "学府路90号")
    await page.fill("part-find", "ZZ")
    await page.until_text("part-none", "没有这样的部件")
    await page.fill("part-find", "")
    await page.choose("language", "en")
    await page.until_text("part-chosen", "owner 市路灯管理处")
    await page.run(DARK)
    await picture(page, "parts-chosen-en-dark")
    await page.click("part-remove")
    await page.until("document.querySelector('[data-testid=part-chosen]') === null", "no part any more")
    clean(page)


async def test_a_case_says_its_part_owner_beat_and_an_invented_position(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway, "sun.li")
    put(
        gateway, 1, part_id=PARTS[0]["part_id"], owner="市路灯管理处", beat="garden-1",
        position_source="invented", area_class="A", deadline=deadline_of(2, limit="2工作时", area_class="A"),
    )  # fmt: skip
    await open_workspace(page, "cases")
    await page.until_attribute("case-grid", "data-rows", "1")
    await page.focus("case-grid")
    await page.press("ArrowDown")
    await page.press("Enter")
    await page.until_text("case-part-id", "HX-1023 · 路灯 · 学府路74号")
    await page.until_text("case-owner", "市路灯管理处")
    await page.until_text("case-beat", "garden-1")
    await page.until_text("case-area-class", "A 类")
    await page.until_text("fact-due", "2工作时） · 按 A 类管理区域的时限")
    await page.until_text("case-invented", "位置为虚构")
    assert await faults(page) == []
    await picture(page, "parts-case")
    await page.choose("language", "en")
    await page.until_text("case-invented", "Invented position")
    await page.until_text("fact-due", "limit of class A areas")
    await page.size(1280, 800)
    await picture(page, "parts-case-en")
    clean(page)


async def test_the_map_draws_cells_where_it_is_zoomed_in(page: Page, gateway: SimulatedGateway) -> None:
    await sign_in(page, gateway, "sun.li")
    await page.open(f"{gateway.url}/desk/field/map")
    await page.until_attribute("field-map", "data-state", "drawn", seconds=20)
    await page.until_attribute("map-canvas", "data-ready", "true", seconds=20)
    await page.click("layer-cells")
    await page.until_text("map-cells", "放大地图")
    gone = "document.querySelector('[data-testid=map-cells]') === null"
    # A press while the map still zooms goes from where it is: fewer steps than presses on a busy machine.
    for presses in range(8):
        await page.click_first(".maplibregl-ctrl-zoom-in")
        with suppress(PageFault):
            await page.until(gone, "cells are drawn", seconds=1 if presses < 3 else 5)
            break
    assert await page.run(gone)
    await picture(page, "parts-map")
    await page.click("layer-cells")
    assert not await page.has("map-cells")


async def test_settings_show_cells_and_find_parts(page: Page, gateway: SimulatedGateway) -> None:
    await sign_in(page, gateway, "zhao.qiang")
    await page.open(f"{gateway.url}/desk/settings/grid")
    await page.until_text("area-230103", "18304")
    await page.until_text("area-230104", "虚构区界")
    await page.fill("grid-point", "126.65, 45.75")
    await page.until_text("grid-cell", "230103000000017 · garden-1 花园一号")
    await page.until_text("parts-total", "共 3 个部件")
    await page.fill("parts-find", "HX-11")
    await page.until_text("part-row", "学府路90号")
    assert not await page.has("import-parts"), "importing is an administrator's"
    assert await faults(page) == []
    await picture(page, "parts-settings")
    await page.choose("language", "en")
    await page.until_text("area-230104", "invented outline")
    await page.size(1280, 800)
    await picture(page, "parts-settings-en")
    clean(page)
