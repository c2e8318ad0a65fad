"""Cameras near a case at the desk: who sees its place, a picture of now, and why there is none."""

from __future__ import annotations

import asyncio
import subprocess

import pytest

from core.storage import Storage
from tests.console.contrast import contrast_faults
from tests.console.hand import held
from tests.console.live_service import live_service
from tests.console.page import Page
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.test_accessibility import faults
from tests.console.test_desk_cases import DARK, put
from tests.console.test_desk_page import clean, picture, sign_in
from tests.peers.simulated_rtsp_camera import ENCODERS, simulated_rtsp_camera
from tests.waiting import until

pytestmark = pytest.mark.real


async def test_an_operator_looks_through_the_nearest_camera_and_the_picture_is_on_the_case(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.camera("N1", "果戈里大街北向", 56.4)
    gateway.camera("D1", "民益街球机", 95.6, state="away", why="slow")
    gateway.camera("M1", "执法一号车", 120, source="gb28181", moved=True, alarm=True, link_lost=True)
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
    await page.until_text("camera-link-M1", "链路中断")
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


async def test_an_acceptor_sees_before_and_after_side_by_side_and_verifies_by_camera(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.camera("N1", "果戈里大街北向", 56.4)
    put(gateway, 1, state="done")
    for snapshot_id, minute in (("s2", 40), ("s1", 10)):
        gateway.snapshots.append({
            "snapshot_id": snapshot_id, "code": "N1", "case_id": "k1", "case_number": "n",
            "taken_at": f"2026-12-01T06:{minute}:00Z", "taken_by": "sun.li", "sha256": "5e" * 32,
            "size": 1000, "moment": "",
        })  # fmt: skip
    await sign_in(page, gateway, "wang.wei")
    await open_workspace(page, "cases")
    await page.until_attribute("case-grid", "data-rows", "1")
    await page.focus("case-grid")
    await page.press("ArrowDown")
    await page.press("Enter")
    await page.until_text("camera-N1", "56 米")
    await page.click("before-s1")
    await page.until_attribute("before-s1", "aria-pressed", "true")
    await page.click("after-s2")
    await page.until_attribute("after-s2", "aria-pressed", "true")
    await page.click("pair-show")
    for moment in ("before", "after"):
        await page.until(f"document.querySelector('[data-testid=pair-{moment}]')?.naturalWidth > 0", moment)
    assert await faults(page) == []
    await page.run("document.querySelector('[data-testid=case-cameras]').scrollIntoView()")
    await picture(page, "cameras-pair-zh")
    await page.click("act-verify")
    await page.until("document.querySelector('[data-testid=act-by-camera]') !== null", "the choice")
    await page.click("act-by-camera")
    await page.until("document.querySelector('[data-testid=act-by-camera]').checked", "it is chosen")
    await page.click("act-send")
    await page.until_attribute("case-state", "data-state", "verified")
    (verified,) = [one for one in gateway.requests if one[1].endswith("/cases/k1/verify")]
    assert verified[2]["by_camera"] is True
    clean(page)


async def test_a_dispatcher_turns_a_camera_and_a_second_person_is_told_who_steers_it(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.camera("D1", "民益街球机", 56.4, source="onvif")
    gateway.camera("N1", "果戈里大街北向", 95.6)
    put(gateway, 1)
    await sign_in(page, gateway, "sun.li")
    await open_workspace(page, "cases")
    await page.until_attribute("case-grid", "data-rows", "1")
    await page.focus("case-grid")
    await page.press("ArrowDown")
    await page.press("Enter")
    await page.until_text("camera-D1", "ONVIF")
    assert await page.run("document.querySelector('[data-testid=camera-presets-N1]') === null")
    await page.focus("camera-presets-D1")
    await page.press("Enter")
    await page.until_text("presets", "路口西")
    await page.focus("preset-2")
    await page.press("Enter")
    await page.until_text("presets-told", "已转到：路口西")
    await page.until_attribute("presets", "data-mine", "true")
    (turned,) = gateway.turned
    assert (turned["preset"], turned["case_number"]) == ("2", gateway.cases["k1"]["number"])
    assert await faults(page) == []
    await page.run("document.querySelector('[data-testid=case-cameras]').scrollIntoView()")
    await picture(page, "cameras-presets-zh")
    await page.click("presets-close")
    await page.until("document.querySelector('[data-testid=presets]') === null", "it is closed")
    await until(lambda: gateway.steered_by == "", "he steers it no longer")
    gateway.steered_by = "wang.wei"
    await page.click("camera-presets-D1")
    await page.until_text("presets-steered", "正在操控，还有")
    assert await page.run("document.querySelector('[data-testid=preset-1]').disabled")
    clean(page)


SHOWN = """(() => {
  const video = document.querySelector('[data-testid=live-video]');
  if (!video || video.videoWidth !== 640 || video.currentTime < 1) return null;
  const canvas = document.createElement('canvas');
  canvas.width = 640; canvas.height = 360;
  const draw = canvas.getContext('2d');
  draw.drawImage(video, 0, 0);
  const grey = (x) => [...draw.getImageData(x, 100, 1, 1).data].slice(0, 3).reduce((a, b) => a + b) / 3;
  return {left: grey(20), right: grey(600)};
})()"""
BEHIND = """(() => {
  const video = document.querySelector('[data-testid=live-video]');
  return video.buffered.end(video.buffered.length - 1) - video.currentTime;
})()"""


async def test_a_camera_is_seen_live_goes_on_and_ends_with_the_page(
    page: Page, gateway: SimulatedGateway, storage: Storage
) -> None:
    async with simulated_rtsp_camera(rate=25) as peer, live_service(storage, peer, live_s=15) as (url, told):
        gateway.live_at = url
        gateway.camera("N1", "果戈里大街北向", 56.4)
        put(gateway, 1)
        await sign_in(page, gateway, "sun.li")
        await open_workspace(page, "cases")
        await page.until_attribute("case-grid", "data-rows", "1")
        await page.focus("case-grid")
        await page.press("ArrowDown")
        await page.press("Enter")
        await page.until_text("camera-N1", "56 米")
        await page.click("camera-live-N1")
        # The bars of the test picture: black at the left, white at the right.
        seen = await page.until(SHOWN, "a picture that moves", seconds=30)
        assert seen["left"] < 40
        assert seen["right"] > 200
        assert await page.run(BEHIND) < 3
        assert await faults(page) == []
        await page.until_text("live-soon", "即将结束")
        await page.run("document.querySelector('[data-testid=live]').scrollIntoView()")
        await picture(page, "cameras-live-zh")
        await page.click("live-extend")
        await page.until_text("live-left", "15 秒后结束")
        await page.click("live-close")
        await until(lambda: peer.open_connections == 0, "the camera is left")
        await page.click("camera-live-N1")
        await page.until(SHOWN, "the second time", seconds=30)
        await page.open("about:blank")
        await until(lambda: peer.open_connections == 0, "the camera is left when the page goes")
        await until(lambda: [one[1] for one in told.acts].count("camera-live-end") == 2, "both are recorded")
        assert {one[3]["end"] for one in told.acts if one[1] == "camera-live-end"} <= {"viewer", "page"}
    clean(page)


async def test_a_camera_that_is_seen_live_moves_while_a_key_is_held(
    page: Page, gateway: SimulatedGateway, storage: Storage
) -> None:
    async with simulated_rtsp_camera(rate=25) as peer, live_service(storage, peer, code="D1") as (url, _):
        gateway.live_at = url
        gateway.camera("D1", "民益街球机", 56.4, source="onvif")
        put(gateway, 1)
        await sign_in(page, gateway, "sun.li")
        await open_workspace(page, "cases")
        await page.until_attribute("case-grid", "data-rows", "1")
        await page.focus("case-grid")
        await page.press("ArrowDown")
        await page.press("Enter")
        await page.until_text("camera-D1", "56 米")
        await page.click("camera-live-D1")
        await page.until(SHOWN, "a picture that moves", seconds=30)
        await page.until_text("moves-told", "松开即停")
        await page.focus("moves")
        left = {"key": "ArrowLeft", "code": "ArrowLeft", "windowsVirtualKeyCode": 37}
        await page.command("Input.dispatchKeyEvent", type="keyDown", **left)
        await page.until_attribute("moves", "data-going", "left")
        await until(lambda: [one for one in gateway.moves if one["act"] == "hold"], "it is held")
        await page.until_attribute("moves", "data-mine", "true")
        assert await faults(page) == []
        await page.run("document.querySelector('[data-testid=moves]').scrollIntoView({block: 'center'})")
        await picture(page, "cameras-moves-zh")
        await page.command("Input.dispatchKeyEvent", type="keyUp", **left)
        await until(lambda: gateway.moves[-1]["act"] == "stop", "it is stopped")
        first = gateway.moves[0]
        assert (first["act"], first["pan"], first["tilt"], first["zoom"]) == ("move", -0.25, 0, 0)
        assert first["case_number"] == gateway.cases["k1"]["number"]
        assert {one["op_id"] for one in gateway.moves} == {first["op_id"]}
        await page.choose("move-speed", "fast")
        async with held(page, "move-nearer"):
            await until(lambda: any(one.get("zoom") == 0.8 for one in gateway.moves), "a button is held")
        await until(lambda: gateway.moves[-1]["act"] == "stop", "it is let go")
        await page.click("live-close")
        await until(lambda: gateway.steered_by == "", "he steers it no longer")
        gateway.steered_by = "wang.wei"
        await page.click("camera-live-D1")
        await page.until_text("moves-steered", "正在操控，还有")
        assert await page.run("document.querySelector('[data-testid=move-up]').disabled")
        await page.click("live-close")
        await until(lambda: peer.open_connections == 0, "the camera is left")
    clean(page)


async def test_a_recording_is_found_played_and_kept_as_a_clip_of_the_case(
    page: Page, gateway: SimulatedGateway, storage: Storage
) -> None:
    gateway.clip_video = await asyncio.to_thread(mp4)
    async with simulated_rtsp_camera(rate=25) as peer, live_service(storage, peer, code="D1") as (url, _):
        gateway.live_at = url
        gateway.camera("D1", "民益街球机", 56.4, source="gb28181")
        gateway.recordings = [{"begin": "2026-11-30T01:00:00Z", "end": "2026-11-30T01:30:00Z"}]
        put(gateway, 1)
        await sign_in(page, gateway, "sun.li")
        await open_workspace(page, "cases")
        await page.until_attribute("case-grid", "data-rows", "1")
        await page.focus("case-grid")
        await page.press("ArrowDown")
        await page.press("Enter")
        await page.until_text("camera-D1", "国标 28181")
        await page.focus("camera-recordings-D1")
        await page.press("Enter")
        await page.focus("recordings-find")
        await page.press("Enter")
        await page.until_text("recordings-found", "–")
        assert gateway.searches[0]["begin"] < gateway.searches[0]["end"]
        await page.focus("recording-2026-11-30T01:00:00Z")
        await page.press("Enter")
        await page.focus("recordings-play")
        await page.press("Enter")
        await page.until(SHOWN, "the recording", seconds=30)
        (played,) = gateway.playbacks
        assert played["begin"] == "2026-11-30T01:00:00.000Z"
        assert played["end"] == "2026-11-30T01:00:30.000Z"
        assert not await page.has("moves"), "what was recorded is not moved"
        assert await faults(page) == []
        await page.click("live-close")
        await until(lambda: peer.open_connections == 0, "the recorder is left")
        await page.focus("recordings-keep")
        await page.press("Enter")
        await page.until_text("recordings-told", "正在提取片段")
        await until(lambda: gateway.clips, "it is asked for")
        (clip,) = gateway.clips
        opens = f"clip-open-{clip['clip_id']}"
        await page.until(f"document.querySelector('[data-testid={opens}]') !== null", "it is kept")
        await page.focus(opens)
        await page.press("Enter")
        await page.until("document.querySelector('[data-testid=clip-shown]')?.videoWidth === 320", "the clip")
        assert clip["case_number"] == gateway.cases["k1"]["number"]
        assert await faults(page) == []
        await page.run("document.querySelector('[data-testid=recordings]').scrollIntoView({block: 'center'})")
        await picture(page, "cameras-recordings-zh")
    clean(page)


def mp4() -> bytes:
    """Two seconds as a real ffmpeg writes them."""
    return subprocess.run(
        ["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=10",
         "-frames:v", "20", *ENCODERS["h264"], "-movflags", "frag_keyframe+empty_moov", "-f", "mp4", "-"],
        check=True, capture_output=True, timeout=60,
    ).stdout  # fmt: skip
