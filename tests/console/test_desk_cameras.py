"""Cameras near a case at the desk: who sees its place, a picture of now, and why there is none."""

from __future__ import annotations

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import Page
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.test_accessibility import faults
from tests.console.test_desk_cases import DARK, put
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real


async def test_an_operator_looks_through_the_nearest_camera_and_the_picture_is_on_the_case(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.camera("N1", "果戈里大街北向", 56.4)
    gateway.camera("D1", "民益街球机", 95.6, state="away", why="slow")
    gateway.camera("M1", "执法一号车", 120, source="gb28181", moved=True, alarm=True)
    put(gateway, 1)
    await sign_in(page, gateway, "sun.li")
    await open_workspace(page, "cases")
    await page.until_attribute("case-grid", "data-rows", "1")
    await page.focus("case-grid")
    await page.press("ArrowDown")
    await page.press("Enter")
    await page.until_text("camera-N1", "56 米")
    await page.until_text("camera-D1", "离线 · 没有及时应答")
    await page.until_text("camera-M1", "固定 · 国标 28181")
    await page.until_text("camera-M1", "移动")
    await page.until_text("camera-alarm-M1", "报警")
    await page.focus("camera-look-N1")
    await page.press("Enter")
    await page.until_text("cameras-told", "已抓拍并归入案件：果戈里大街北向")
    await page.until(
        "document.querySelector('[data-testid=snapshot-shown]')?.naturalWidth > 0", "the picture"
    )
    (asked,) = [one for one in gateway.requests if one[0] == "POST" and one[1].endswith("/snapshots")]
    assert asked[2]["case_number"] == gateway.cases["k1"]["number"]
    assert await faults(page) == []
    await page.run("document.querySelector('[data-testid=case-cameras]').scrollIntoView()")
    await picture(page, "cameras-zh")
    clean(page)
    gateway.no_picture = "redirects"
    await page.choose("language", "en")
    # The words of the other language take more room: the button is where it stays only then.
    await page.until_text("camera-D1", "it did not answer in time")
    await page.click("camera-look-D1")
    await page.until_text("cameras-trouble", "it sends us to another address")
    await page.run(DARK)
    assert await contrast_faults(page) == []
    await picture(page, "cameras-en")
    assert [one for one in page.errors if "502" not in one] == []


async def test_the_map_draws_what_cameras_see(page: Page, gateway: SimulatedGateway) -> None:
    gateway.camera("N1", "果戈里大街北向", 0)
    gateway.camera("D1", "民益街球机", 0, state="away", why="slow")
    gateway.cameras[0]["far_m"] = gateway.cameras[1]["far_m"] = 2_000.0
    gateway.cameras[1] |= {"lon": 126.62, "lat": 45.77}
    await sign_in(page, gateway, "sun.li")
    await page.open(f"{gateway.url}/desk/field/map")
    await page.until_attribute("field-map", "data-state", "drawn", seconds=20)
    await page.until_attribute("map-canvas", "data-ready", "true", seconds=20)
    await page.click("layer-cameras")
    await page.until(
        "performance.getEntriesByType('resource').some((one) => one.name.endsWith('/api/cameras'))"
    )
    await picture(page, "cameras-map")
