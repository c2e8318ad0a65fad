"""Layers of the desk's map: change patches and running warnings are drawn, are opened, and go again."""

from __future__ import annotations

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import Page
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.test_accessibility import faults
from tests.console.test_desk_cases import DARK
from tests.console.test_desk_page import picture, sign_in

pytestmark = pytest.mark.real

SQUARE = [[126.6, 45.72], [126.68, 45.72], [126.68, 45.78], [126.6, 45.78], [126.6, 45.72]]
CIRCLE = {"lon": 126.55, "lat": 45.75, "km": 2.0}
CANVAS = "document.querySelector('[data-testid=map-canvas]')"


async def open_map(page: Page, gateway: SimulatedGateway, user: str = "sun.li") -> None:
    await sign_in(page, gateway, user)
    await show_map(page, gateway)


async def show_map(page: Page, gateway: SimulatedGateway) -> None:
    await page.open(f"{gateway.url}/desk/field/map")
    await page.until_attribute("field-map", "data-state", "drawn", seconds=20)
    await page.until_attribute("map-canvas", "data-ready", "true", seconds=20)


async def drawn(page: Page, layer: str, count: int) -> None:
    """So many of the layer are rendered."""
    await page.until_attribute("map-canvas", f"data-{layer}", str(count), seconds=20)


async def test_patches_in_sight_are_drawn_while_their_layer_is_on_and_lead_to_their_list(
    page: Page, gateway: SimulatedGateway
) -> None:
    # Under the middle of the map.
    gateway.patch(1, 126.625, 45.746)
    gateway.patch(2, 126.66, 45.76)
    gateway.patch(3, 100.0, 20.0)
    gateway.patches[1] |= {"result": "real", "result_by": "sun.li"}
    await open_map(page, gateway)
    assert gateway.patch_boxes == [], "nothing is asked for a layer that is off"
    await page.focus("layer-patches")
    await page.press(" ")
    await drawn(page, "patches", 2)
    await page.until_text("area-patch:p1", "? T1")
    assert "! T2" in await page.text("area-patch:p2")
    assert not await page.has("area-patch:p3"), "out of sight"
    await page.until(f"{CANVAS}.dataset.warnings === '0'")
    assert await faults(page) == []
    # As the person left it: the same after a reload, and off again for good.
    await show_map(page, gateway)
    await drawn(page, "patches", 2)
    await picture(page, "patches-map-zh")
    asked = len(gateway.patch_boxes)
    await page.click_first(".maplibregl-ctrl-zoom-in")
    await page.until(f"{CANVAS}.dataset.patches !== ''")
    await page.click("layer-patches")
    await drawn(page, "patches", 0)
    assert not await page.has("map-patches")
    west, south, east, north = gateway.patch_boxes[asked - 1]
    assert 126 < west < 126.625
    assert 126.67 < east < 127.5
    assert 45 < south < 45.746
    assert 45.768 < north < 46.5
    await page.click("layer-patches")
    await page.until_text("area-patch:p1", "? T1")
    await page.click("map-canvas")
    # The list of its beat, with the patch marked.
    await page.until_attribute("patch-1", "aria-current", "true")
    assert await page.attribute("patch-2", "aria-current") == ""
    assert [one for one in page.errors if "/api/map/" not in one] == [], "the simulator has no background"


async def test_running_warnings_are_drawn_by_level_with_exercises_marked_and_tell_their_words(
    page: Page, gateway: SimulatedGateway
) -> None:
    storm = gateway.warn("暴雨红色预警", {"polygons": [SQUARE]}, severity="Extreme")
    gas = gateway.warn("燃气演习", {"circles": [CIRCLE]}, status="Exercise", severity="Minor")
    nowhere = gateway.warn("大风", {"codes": ["990000"]}, severity="Moderate")
    await open_map(page, gateway)
    await page.click("layer-warnings")
    await drawn(page, "warnings", 2)
    await page.until_text(f"area-warning:{gas}", "【演习 EXERCISE】一般 燃气演习")
    assert "▲▲▲▲" in await page.text(f"area-warning:{storm}")
    await page.until_text("map-more", "没有画全")
    assert await page.has(f"area-warning:{nowhere}"), "the list has what the map cannot draw"
    await page.click("map-canvas")
    await page.until_text("map-warning", "请留在室内")
    assert await faults(page) == []
    await picture(page, "warnings-map-zh")
    # What has ended goes by itself.
    gateway.warnings[0]["state"] = "ended"
    await page.run("window.dispatchEvent(new Event('warnings-changed'))")
    await drawn(page, "warnings", 1)
    assert not await page.has("map-warning")
    await page.choose("language", "en")
    await page.until_text(f"area-warning:{gas}", "Minor")
    await page.run(DARK)
    assert await contrast_faults(page) == []
    await page.click("layer-warnings")
    await drawn(page, "warnings", 0)
    assert not await page.has("map-warnings")
    assert [one for one in page.errors if "/api/map/" not in one] == [], "the simulator has no background"


async def test_what_the_centre_refuses_or_cuts_is_said_on_the_map(
    page: Page, gateway: SimulatedGateway
) -> None:
    for number in range(501):
        gateway.patch(number, 126.6 + number / 10_000, 45.75)
    await open_map(page, gateway)
    await page.click("layer-patches")
    await page.until_text("map-more", "图斑太多")
    gateway.refuse["/change-patches"] = "forbidden"
    await page.click_first(".maplibregl-ctrl-zoom-in")
    await page.until_text("map-away", "现在取不到")
    assert await page.has("map-patches"), "what was drawn stays"
