"""Settings changed by keyboard at the real desk: seen beforehand, in force on the switch, undone; tables
taken in after a trial; a person's roles; a new sound of a prompt; a call erased with a second person.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.console.page import Page, new_page
from tests.console.seats import open_section, sit_at_desk
from tests.ivr.test_upload import needs_ffmpeg, tone
from tests.peers.chromium import ChromiumPeer
from tests.peers.songhua import Person
from tests.real.test_settings_desk import ADMIN, SettingsWorld, seen
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SettingsWorld]:
    folder = tmp_path_factory.mktemp("centre")
    cases = {"classifiers": str(folder / "classifiers"), "own_gazetteer": str(folder / "places.csv")}
    with SettingsWorld(folder, overrides={"cases": cases}) as made:
        yield made


@pytest.fixture
async def desk(world: SettingsWorld, chromium: ChromiumPeer) -> AsyncIterator[Page]:
    async with new_page(chromium) as page:
        await sit_at_desk(page, world.service.address, ADMIN.id, ADMIN.password)
        yield page
        assert [one for one in page.errors if "422" not in one] == []


async def key(page: Page, testid: str) -> None:
    """Pressed without a mouse."""
    await page.until(f"document.querySelector('[data-testid=\"{testid}\"]:not(:disabled)') !== null", testid)
    await page.focus(testid)
    await page.press("Enter")


async def brings(page: Page, testid: str, file: Path) -> None:
    """The file chosen in the browser's own dialog."""
    await page.until(f"document.querySelector('[data-testid={testid}]') !== null", testid)
    document = await page.command("DOM.getDocument")
    found = await page.command(
        "DOM.querySelector", nodeId=document["root"]["nodeId"], selector=f"[data-testid={testid}]"
    )
    await page.command("DOM.setFileInputFiles", nodeId=found["nodeId"], files=[str(file)])


async def test_a_queue_is_changed_by_keyboard_and_undone(world: SettingsWorld, desk: Page) -> None:
    await open_section(desk, "queues")
    await desk.until_text("setting-version", "配置文件")
    assert "'rrmemory' strategy" in world.switch.rx("queue show hotline")
    await desk.choose("field-queues.0.strategy", "ringall")
    await desk.until_text("setting-effect", "轮流 → 全部振铃")
    await desk.until_text("setting-effect", "立即生效")
    await desk.fill("setting-comment", "高峰期")
    await seen(desk, "settings-queues")
    await key(desk, "setting-save")
    await desk.until_text("setting-told", "已保存")
    assert "'ringall' strategy" in world.switch.rx("queue show hotline")
    await desk.until_text("version-2", "高峰期")
    await key(desk, "undo-1")
    await desk.until_text("undo-effect", "全部振铃 → 轮流")
    await seen(desk, "settings-queues-undo")
    await key(desk, "undo-sure")
    await desk.until_text("version-3", "恢复自版本 1")
    assert "'rrmemory' strategy" in world.switch.rx("queue show hotline")


async def test_what_cannot_be_used_is_said_and_stays_unsaved(world: SettingsWorld, desk: Page) -> None:
    await open_section(desk, "agent-work")
    await desk.fill("field-wrap_up_s", "2000")
    await desk.until_text("setting-problems", "wrap_up_most_s")
    assert await desk.run("document.querySelector('[data-testid=setting-save]').disabled")
    await desk.fill("field-wrap_up_s", "90")
    await desk.until_text("setting-effect", "已签入的坐席")
    await seen(desk, "settings-agent-work")
    await key(desk, "setting-reset")
    assert not await desk.has("setting-save")
    assert world.get("/api/settings/agent-work")["number"] == 1


async def test_opening_hours_get_a_holiday(world: SettingsWorld, desk: Page) -> None:
    await open_section(desk, "opening-hours")
    await desk.click("field-calendar")
    await desk.fill("field-calendar.weekly.monday", "08:30-12:00 13:30-17:30")
    await desk.press("Enter")
    await key(desk, "add-calendar.days")
    await desk.fill("field-calendar.days.0.name", "元旦")
    await desk.run(
        "(() => { const e = document.querySelector('[data-testid=\"field-calendar.days.0.day\"]');"
        " e.value = '2027-01-01'; e.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )
    await desk.until_text("setting-effect", "从下一个来电")
    await seen(desk, "settings-opening-hours")
    await key(desk, "setting-save")
    await desk.until_text("setting-told", "已保存")
    calendar = world.get("/api/settings/opening-hours")["value"]["calendar"]
    assert calendar["weekly"]["monday"] == ["08:30-12:00", "13:30-17:30"]
    assert (calendar["days"][0]["day"], calendar["days"][0]["name"]) == ("2027-01-01", "元旦")
    await key(desk, "undo-1")
    await key(desk, "undo-sure")
    await desk.until_text("setting-version", "第 3 版")
    assert world.get("/api/settings/opening-hours")["value"] == {"calendar": None}


async def test_every_section_of_settings_is_accessible(world: SettingsWorld, desk: Page) -> None:
    for name in ("trunk-limits", "retention", "places", "departments", "audit"):
        await open_section(desk, name)
        await desk.until("document.querySelector('.setting h2') !== null", name)
        if name != "audit":
            await desk.until_text("setting-version", "第 1 版")
        await seen(desk, f"settings-{name}")


async def test_settings_read_well_in_english_and_in_the_dark(world: SettingsWorld, desk: Page) -> None:
    await desk.choose("language", "en")
    await desk.run("document.documentElement.dataset.theme = 'dark'")
    for name in ("queues", "agent-work", "opening-hours", "trunk-limits", "approvals"):
        await open_section(desk, name)
        if name != "approvals":
            await desk.until_text("setting-version", "ersion")
        await desk.size(1280, 720)
        await seen(desk, f"settings-{name}-en-dark")
        assert not await desk.run("/settings\\.[a-z]+\\./.test(document.body.innerText)"), name


async def test_people_come_from_a_table_after_a_trial(
    world: SettingsWorld, desk: Page, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes("登录名,姓名,角色\nqian.wei,钱伟,坐席\nsun.qi,孙琪,局长\n".encode("gb18030"))
    await open_section(desk, "people")
    await brings(desk, "import-file", file)
    await desk.until_text("import-report", "GB18030")
    await desk.until_text("line-3", "没有“局长”这个角色")
    assert not await desk.has("import-take")
    await seen(desk, "settings-import-refused")
    file.write_bytes("登录名,姓名,角色\nqian.wei,钱伟,坐席\nsun.qi,孙琪,班长\n".encode("gb18030"))
    await key(desk, "import-leave")
    await brings(desk, "import-file", file)
    await desk.until_text("import-report", "新增 2 行")
    await key(desk, "import-take")
    await desk.until_text("import-passwords", "qian.wei")
    await seen(desk, "settings-import-people")
    await key(desk, "open-qian.wei")
    await desk.click("role-supervisor")
    await desk.until_text("roles-effect", "+ 班长")
    await key(desk, "roles-set")
    await desk.until_text("roles-told", "钱伟")
    row = next(one for one in world.get("/api/users")["users"] if one["id"] == "qian.wei")
    assert sorted(row["roles"]) == ["agent", "supervisor"]


async def test_units_and_places_come_from_tables(world: SettingsWorld, desk: Page, tmp_path: Path) -> None:
    units = tmp_path / "units.csv"
    units.write_text("unit_id,name,crew\napp:31,香坊一组,王;李\n", encoding="utf-8-sig")
    await open_section(desk, "units")
    await brings(desk, "import-file", units)
    await desk.until_text("line-2", "app:31")
    await key(desk, "import-take")
    await desk.until_text("import-passwords", "app:31")
    places = tmp_path / "places.csv"
    places.write_text("名称,类型,精度米,来源\n锦绣花园,estate,500,survey\n", encoding="gb18030")
    await open_section(desk, "places")
    await brings(desk, "import-file", places)
    await desk.until_text("line-2", "锦绣花园")
    await key(desk, "import-take")
    await desk.until_text("import-told", "新增 1")
    await desk.until_text("setting-version", "第 2 版")
    await seen(desk, "settings-import-places")
    found = await asyncio.to_thread(world.get, "/api/gazetteer/search?q=%E9%94%A6%E7%BB%A3")
    assert [one["name_zh"] for one in found["places"]] == ["锦绣花园"]


@needs_ffmpeg
async def test_a_prompt_is_uploaded_heard_and_put_in_force(
    world: SettingsWorld, desk: Page, tmp_path: Path
) -> None:
    sound = tmp_path / "greeting.wav"
    sound.write_bytes(tone())
    await open_section(desk, "prompts")
    await desk.fill("prompts-find", "zh/greeting")
    await key(desk, "open-zh/greeting")
    await brings(desk, "prompt-file", sound)
    await desk.until("document.querySelector('[data-testid=prompt-file-sound]') !== null", "a player")
    await key(desk, "prompt-upload")
    await desk.until_text("prompt-upload-told", "版本 1")
    await seen(desk, "settings-prompt-upload")
    await desk.until(
        "document.querySelector('[data-testid=prompt-sound]')?.src.endsWith('/versions/1/sound')",
        "the new sound",
    )
    await key(desk, "activate-1")
    await key(desk, "activate-1-sure")
    await desk.until_text("prompt-told", "1")


async def test_the_persons_of_a_call_are_erased_with_a_second_person(
    world: SettingsWorld, chromium: ChromiumPeer
) -> None:
    citizen = await asyncio.to_thread(world.dial)
    await asyncio.to_thread(wait_for, world.calls, "a call", 20)
    await asyncio.to_thread(citizen.hang_up)

    def ended() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = world.get("/api/ledger/calls")["calls"]
        return [one for one in found if one["ended_at"]]

    (call, *_rest) = await asyncio.to_thread(wait_for, ended, "the call in the ledger", 30)
    # Whoever changed an account a short while ago has no request approved by it.
    admin = await asyncio.to_thread(world.service.sign_in, ADMIN)
    asks = Person("gao.feng", "高峰", ("supervisor", "admin"))
    new = {"id": asks.id, "name": asks.name, "password": asks.password, "roles": list(asks.roles)}
    await asyncio.to_thread(admin.post, "/api/users", new)
    async with new_page(chromium) as page:
        await sit_at_desk(page, world.service.address, asks.id, asks.password)
        await page.open(f"{world.service.address}/desk/supervision/recordings/{call['call_id']}")
        await key(page, "record-erase")
        await page.fill("record-erase-why", "当事人要求")
        await key(page, "record-erase-send")
        await seen(page, "ledger-erase")
        await key(page, "record-erase-send-sure")
        await page.until_text("erase-told", "申请 1 已发出")
        assert page.errors == []
    async with new_page(chromium) as page:
        chief = world.who_supervises
        await sit_at_desk(page, world.service.address, chief.id, chief.password)
        await open_section(page, "approvals")
        await key(page, "approve-1")
        await page.click("approvals-all")
        await page.until_attribute("request-1", "data-state", "done")
    shown = await asyncio.to_thread(world.get, f"/api/ledger/calls/{call['call_id']}?reveal=true")
    assert shown["call"]["number"] == ""
