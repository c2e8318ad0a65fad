"""A dispatcher's work in a real browser, with the whole service: a filed case is given to the nearest unit by
keys alone, the terminal answers, the job is given to another crew, an emergency is answered and cleared, and
the map shows all of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import json
import math
import sqlite3
import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.console.hand import held
from tests.console.page import Page, PageFault, new_page
from tests.console.seats import open_workspace, sit_at_desk
from tests.console.test_desk_page import picture
from tests.mqtt.broker import TENANT
from tests.peers.chromium import ChromiumPeer
from tests.real.field_case import UID, UnitTerminal, a_case, step_of, unit
from tests.real.service import SUPERVISOR, WholeService
from tests.speech.fakes import OBEDIENT

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]
OTHER = "app:18"
PLACES = {UID: (126.66, 45.74), OTHER: (126.70, 45.76)}


class Field:
    """The service with two units: one's terminal accepts each job, the other's says what a test wants."""

    def __init__(self, world: WholeService, folder: Path) -> None:
        self.world = world
        self.terminal: UnitTerminal = unit(world, folder)
        body = {"unit_id": OTHER, "name": "香坊二队", "crew": ["李军"], "skills": ["drain"]}
        self._numbers = itertools.count(int(time.time()))
        self._password = world.supervisor.post("/api/units", body)["password"]

    def case(self) -> str:
        seat = self.world.seats[0]
        self.world.ready(seat)
        citizen = self.world.dial(seconds=60)
        made = a_case(self.world, self.world.talking(citizen))
        self.world.hang_up_all(citizen)
        return made

    def say(self, kind: str, **fields: Any) -> None:
        """The second unit's terminal, by a client of others."""
        now = datetime.now(UTC).isoformat()
        body = {"msg_id": str(uuid.uuid4()), "seq": next(self._numbers), "ts": now, "sent": now, **fields}
        words = ["mosquitto_pub", "-V", "5", "-p", str(self.world.broker.port), "-u", OTHER, "-q", "1"]
        words += ["-P", self._password, "-i", f"pub-{uuid.uuid4().hex[:8]}"]
        topic = f"v1/{TENANT}/unit/{OTHER}/up/{kind}"
        subprocess.run([*words, "-t", topic, "-m", json.dumps(body)], check=True, timeout=30)

    def stands(self) -> None:
        """The second unit has said where it is."""
        lon, lat = PLACES[OTHER]
        self.say("location", lon=lon, lat=lat, accuracy_m=8.0, fix_at=datetime.now(UTC).isoformat())

    def dispatches(self, case: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.world.supervisor.get(f"/api/cases/{case}")["dispatches"]
        return found


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    folder = tmp_path_factory.mktemp("field")
    # Nobody's words count here.
    speech = {"engine": OBEDIENT, "model": str(folder)}
    with WholeService(folder, agents=1, overrides={"speech": speech}) as world:
        made = Field(world, folder)
        yield made
        made.terminal.close()


@pytest.fixture
async def desk(field: Field, chromium: ChromiumPeer) -> AsyncIterator[Page]:
    async with new_page(chromium) as page:
        await sit_at_desk(page, field.world.service.address, SUPERVISOR.id, SUPERVISOR.password)
        await open_workspace(page, "field")
        yield page
        assert page.errors == []


async def test_a_case_is_given_out_by_keys_and_given_to_another_crew(field: Field, desk: Page) -> None:
    case = await asyncio.to_thread(field.case)
    await desk.until_attribute(f"queued-{case}", "data-wait", "fresh")
    await desk.until_text("unassigned-count", "1")
    await desk.focus("case-queue")
    await desk.press("ArrowDown")
    await desk.until_attribute("chosen-case", "data-case", case)
    await desk.until("document.querySelector('[data-candidate]') !== null", "units to choose from")
    await picture(desk, "field-board")
    await desk.press("Enter")
    await desk.until("document.activeElement?.dataset.candidate !== undefined", "the focus on the first unit")
    first = f"document.querySelector('[data-testid=\"dispatch-{UID}\"]')"
    # The unit that is online stands first.
    assert await desk.focused() == f"dispatch-{UID}", await desk.run(f"{first}.closest('ul').innerText")
    await desk.press("Enter")
    await desk.until_attribute(f"crew-{UID}", "data-step", "accepted", seconds=30)
    await desk.until_attribute(f"queued-{case}", "data-wait", "given")
    await desk.until_text(f"crew-{UID}", "终端：已接单")
    (order,) = await asyncio.to_thread(field.dispatches, case)
    assert await asyncio.to_thread(field.terminal.jobs, order["dispatch_id"]) == 1

    # A reload leaves the dispatcher where he was.
    await desk.open(await desk.run("location.href"))
    await desk.until_attribute(f"crew-{UID}", "data-step", "accepted", seconds=20)

    await desk.click(f"reassign-{UID}")
    await desk.choose("reassign-to", OTHER)
    await desk.click("at-once")
    await desk.click("act-send")
    await desk.until_attribute(f"crew-{UID}", "data-step", "recalled", seconds=20)
    await desk.until_attribute(f"crew-{OTHER}", "data-step", "queued")
    await picture(desk, "field-crews")
    taken, given = await asyncio.to_thread(field.dispatches, case)
    assert [(one["unit_id"], one["step"]) for one in (taken, given)] == [(UID, "recalled"), (OTHER, "queued")]

    # The crew declines, and the case waits again.
    # What it says before the job has reached the role radio is of no job: a terminal repeats itself.
    for _ in range(10):
        field.say("ack", dispatch_id=given["dispatch_id"], step="declined", reason="车坏了")
        with contextlib.suppress(PageFault):
            await desk.until_attribute(f"queued-{case}", "data-wait", "fresh", seconds=2)
            break
    await desk.until_attribute(f"queued-{case}", "data-wait", "fresh")
    await desk.until_text(f"queued-{case}", "香坊二队")
    assert step_of(field.world, case, given["dispatch_id"]) == "declined"


async def test_several_crews_have_one_case_and_one_of_them_is_recalled(field: Field, desk: Page) -> None:
    case = await asyncio.to_thread(field.case)
    await desk.click(f"queued-{case}")
    await desk.click(f"dispatch-{UID}")
    await desk.until_attribute(f"crew-{UID}", "data-step", "accepted", seconds=30)
    await desk.click(f"dispatch-{OTHER}")
    await desk.until_attribute(f"crew-{OTHER}", "data-step", "queued", seconds=20)
    await desk.click(f"recall-{OTHER}")
    await desk.fill("act-reason", "已有人到场")
    await desk.press("Enter")
    await desk.until_attribute(f"crew-{OTHER}", "data-step", "recalled", seconds=20)
    steps = {one["unit_id"]: one["step"] for one in await asyncio.to_thread(field.dispatches, case)}
    assert steps == {UID: "accepted", OTHER: "recalled"}


async def test_a_unit_is_found_by_its_skill_written_to_and_seen_on_the_map(field: Field, desk: Page) -> None:
    field.stands()
    await desk.click("view-field-units")
    await desk.choose("find-skill", "drain")
    await desk.until_text("unit-count", "1")
    await desk.until_text(f"unit-{OTHER}", "前")
    await picture(desk, "field-units")
    await desk.run(f"document.querySelector('[data-testid=\"unit-{OTHER}\"] a').focus()")
    await desk.press("Enter")
    await desk.until_text("unit-card", "李军")
    await desk.fill("unit-text-words", "学府路封闭，请绕行")
    await desk.press("Enter")
    await desk.until_text("unit-texts", "请绕行")
    (sent,) = (await asyncio.to_thread(field.world.supervisor.get, f"/api/units/{OTHER}/texts"))["texts"]
    assert (sent["way"], sent["text"]) == ("down", "学府路封闭，请绕行")
    field.say("text", text="收到")
    await desk.until_text("unit-texts", "收到")
    await picture(desk, "field-unit")
    await desk.click("unit-on-map")
    await desk.until(
        "document.querySelector('[data-testid=map-canvas]')?.dataset.ready", "the map", seconds=30
    )
    row = f"document.querySelector('[data-testid=\"mark-unit:{OTHER}\"]')"
    await desk.until(f"{row}.classList.contains('current')", "the chosen unit")
    await desk.until_attribute("field-map", "data-locked", "true")
    await asyncio.sleep(1)
    await picture(desk, "field-map")
    assert desk.hosts == {"127.0.0.1"}
    # Home shows all again.
    await desk.focus("map-fit")
    await desk.press("Enter")
    await desk.until_attribute("field-map", "data-locked", "false")
    # The only one on the map stands in its middle, and is chosen by a press there.
    await desk.click("view-field-map")
    await desk.click("layer-case")
    await desk.until_text("map-count", "1")
    await desk.until(f"{row} && !{row}.classList.contains('current')", "nothing chosen")
    await asyncio.sleep(1)
    await desk.click("map-canvas")
    await desk.until(f"{row}.classList.contains('current')", "the pressed unit")


async def test_a_case_is_dragged_to_the_nearest_unit_whose_distance_and_age_are_told(
    field: Field, desk: Page
) -> None:
    field.stands()
    case = await asyncio.to_thread(field.case)
    await desk.click(f"queued-{case}")
    await desk.until_text(f"candidate-{OTHER}", "km")
    row = await desk.text(f"candidate-{OTHER}")
    assert "位置" in row
    assert "前" in row
    await picture(desk, "field-nearest")
    # The events that a hand makes: DevTools carries no data of the page's own.
    await desk.run(
        f"""(() => {{
          const data = new DataTransfer();
          const at = (id) => document.querySelector(`[data-testid="${{id}}"]`);
          const say = (to, type) =>
            to.dispatchEvent(new DragEvent(type, {{bubbles: true, cancelable: true, dataTransfer: data}}));
          say(at("queued-{case}"), "dragstart");
          say(at("candidate-{OTHER}"), "dragover");
          say(at("candidate-{OTHER}"), "drop");
        }})()"""
    )
    await desk.until_attribute(f"crew-{OTHER}", "data-step", "queued", seconds=20)
    # The command bar names a unit for the open case; Enter on its button sends.
    await desk.press("k", ctrl=True)
    await desk.fill("command-words", UID)
    await desk.until_text("command-rows", "派单")
    await desk.run(
        "[...document.querySelectorAll('[data-testid=command-rows] [role=option]')]"
        ".find((e) => e.innerText.includes('派单')).click()"
    )
    await desk.until(f"document.activeElement?.dataset.testid === 'dispatch-{UID}'", "the named unit")
    await desk.press("Enter")
    await desk.until_attribute(f"crew-{UID}", "data-step", "accepted", seconds=30)


async def test_the_map_has_the_operators_tiles_outlines_and_places_and_never_an_empty_net(
    field: Field, desk: Page, tmp_path: Path
) -> None:
    field.stands()
    case = await asyncio.to_thread(field.case)
    await desk.click("view-field-map")
    await desk.until(
        "document.querySelector('[data-testid=map-canvas]')?.dataset.ready", "the map", seconds=30
    )
    await desk.until_text("map-invented", "示意")
    # By the gazetteer's street.
    await desk.until(
        f"document.querySelector('[data-testid=\"mark-case:{case}\"]') !== null", "the case", seconds=20
    )
    await asyncio.sleep(1)
    await picture(desk, "field-map-outlines")
    assert not await desk.has("map-tiles")
    raster(tmp_path / "harbin.mbtiles")
    said = field.world.service.run("map", "import", str(tmp_path / "harbin.mbtiles"), "--json")
    assert json.loads(said)["tile_type"] == "png"
    (tmp_path / "own.geojson").write_text(json.dumps(OUTLINES), encoding="utf-8")
    field.world.service.run("map", "districts", "import", str(tmp_path / "own.geojson"))
    await desk.open(await desk.run("location.href"))
    await desk.until_value("map-tiles", "harbin")
    await desk.until(
        "performance.getEntriesByType('resource').some((e) => e.name.endsWith('/api/map/tiles/harbin'))",
        "the tiles by ranges",
        seconds=30,
    )
    # Without a graphics card it takes a while.
    await asyncio.sleep(5)
    await picture(desk, "field-map-tiles")
    assert desk.hosts == {"127.0.0.1"}
    assert [one["name"] for one in json.loads(field.world.service.run("map", "list", "--json"))] == ["harbin"]
    field.world.service.run("map", "remove", "harbin")
    assert field.world.service.run("map", "list").strip() == ""


OUTLINES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name_zh": "测绘区", "name_en": "Surveyed"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[126.5, 45.6], [126.8, 45.6], [126.8, 45.9], [126.5, 45.9], [126.5, 45.6]]],
            },
        }
    ],
}


def raster(path: Path) -> None:
    """Two zooms of pictures over the city, as a program of others would write them."""
    with sqlite3.connect(path) as tables:
        tables.execute("CREATE TABLE metadata (name text, value text)")
        tables.execute("CREATE TABLE tiles (zoom_level int, tile_column int, tile_row int, tile_data blob)")
        about = [("name", "harbin"), ("format", "png"), ("bounds", "126,45,127.5,46.5")]
        tables.executemany("INSERT INTO metadata VALUES (?, ?)", about)
        for z in range(8, 13):
            for x in range(int((126 + 180) / 360 * 2**z), int((127.5 + 180) / 360 * 2**z) + 1):
                for y in range(_row(46.5, z), _row(45, z) + 1):
                    tint = (170 + 40 * ((x + y) % 2), 200, 180)
                    tables.execute("INSERT INTO tiles VALUES (?,?,?,?)", (z, x, 2**z - 1 - y, _png(tint)))


def _row(lat: float, z: int) -> int:
    return int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)


def _png(tint: tuple[int, int, int]) -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (256, 256), tint).save(picture, "PNG")
    return picture.getvalue()


async def test_an_emergency_is_answered_and_cleared_with_one_press_each(field: Field, desk: Page) -> None:
    alarm = str(uuid.uuid4())
    lon, lat = PLACES[OTHER]
    now = datetime.now(UTC).isoformat()
    fix = {"lon": lon, "lat": lat, "accuracy_m": 8.0, "fix_at": now}
    await asyncio.to_thread(field.say, "emergency", alarm_id=alarm, repeat=1, raised_at=now, fix=fix)
    await desk.until_attribute("alarms", "data-priority", "1")
    await desk.click("view-field-emergencies")
    await desk.until_attribute(f"alarm-{alarm}", "data-state", "raised", seconds=20)
    await desk.until_text(f"alarm-{alarm}", "45.76")
    await picture(desk, "field-emergency")
    await desk.run("document.querySelector('[data-testid=alarm-place] a').focus()")
    await desk.press("Enter")
    seen = await asyncio.to_thread(field.world.supervisor.get, f"/api/emergencies/{alarm}")
    for mark in (f"emergency:{alarm}", f"case:{seen['case_id']}"):
        await desk.until(f"document.querySelector('[data-testid=\"mark-{mark}\"]') !== null", mark)
    await desk.until_attribute("map-canvas", "data-ready", "true", seconds=30)
    await asyncio.sleep(1)
    await picture(desk, "field-map-emergency")
    await desk.click("view-field-emergencies")
    await desk.click(f"answer-{alarm}")
    await desk.until_attribute(f"alarm-{alarm}", "data-state", "acknowledged")
    await desk.until("document.querySelector('[data-testid=alarm-dispatch]') !== null", "a way to send help")
    await desk.click(f"safe-{alarm}")
    await desk.until("document.querySelector('[data-testid=no-emergencies]') !== null", "nothing open")

    def cleared() -> dict[str, Any]:
        found: dict[str, Any] = field.world.supervisor.get(f"/api/emergencies/{alarm}")
        return found

    seen = await asyncio.to_thread(cleared)
    assert (seen["state"], seen["false_alarm"], seen["acknowledged_by"]) == (
        "cleared",
        False,
        SUPERVISOR.name,
    )
    assert seen["note"] == "已核实，人员安全"


async def test_the_crew_of_a_case_gets_a_talkgroup_and_its_floor_is_taken(field: Field, desk: Page) -> None:
    # The last test: the recorder of a talkgroup stays in its conference.
    case = await asyncio.to_thread(field.case)
    await desk.click(f"queued-{case}")
    await desk.click(f"dispatch-{UID}")
    await desk.until_attribute(f"crew-{UID}", "data-step", "accepted", seconds=30)
    await desk.click("view-field-talkgroups")
    await desk.choose("incident-case", case)
    await desk.click("open-incident")
    await desk.until("document.querySelector('[data-testid^=\"floor-app:case-\"]') !== null", "the new group")
    (made,) = (await asyncio.to_thread(field.world.supervisor.get, "/api/talkgroups"))["talkgroups"]
    group = made["tg_id"]
    assert (made["case_id"], made["members"]) == (case, [UID])
    # At once: floor control and the switch learn of a new group as it is asked for.
    await desk.click(f"listen-{group}")
    await desk.until_attribute(f"strip-{group}", "data-state", "idle", seconds=20)
    async with held(desk, f"ptt-{group}"):
        await desk.until_attribute(f"strip-{group}", "data-state", "talking")
        await desk.until_attribute(f"floor-{group}", "data-stage", "taken")
        # It is kept alive for as long as the button is held.
        await asyncio.sleep(6)
        assert await desk.attribute(f"floor-{group}", "data-stage") == "taken"
        await picture(desk, "field-talkgroups")
    await desk.until_attribute(f"strip-{group}", "data-state", "idle")
    await desk.until(
        f"document.querySelector('[data-testid=\"floor-{group}\"]').dataset.stage !== 'taken'", "a free floor"
    )
    await desk.click(f"leave-{group}")
    await desk.until(f"!document.querySelector('[data-testid=\"strip-{group}\"]')", "no strip")
