"""An administrator's and an editor's work in a real browser, on the real service, switch and broker: a person
who then signs in, a unit whose terminal comes online, a talkgroup, a call flow and back, an article.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import Page, new_page
from tests.console.seats import open_section, open_workspace, sit_at_desk, take_terminal
from tests.console.test_accessibility import faults
from tests.console.test_desk_look import BEYOND, WIDER
from tests.console.test_desk_page import picture
from tests.mqtt.broker import RenderedBroker
from tests.peers.chromium import ChromiumPeer
from tests.peers.songhua import Broker, Person
from tests.real.control_world import ControlWorld

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

ADMIN = Person("wang.gang", "王刚", ("admin",))
EDITOR = Person("sun.li", "孙丽", ("supervisor",))
PASSWORD = "songhua-river-2026"  # opens a private test instance only


class SettingsWorld(ControlWorld):
    """With a broker, an administrator who does nothing else, and a second editor."""

    who_supervises = Person("chief", "chief", ("agent", "supervisor", "admin"), endpoint="agent-3")

    def _broker(self) -> Broker:
        self.broker = RenderedBroker(self.folder / "broker")
        self._ends.callback(self.broker.close)
        self.broker.start()
        return Broker(self.broker.port, self.broker.websocket_port, self.broker.rendered.passwords)

    def start(self) -> None:
        super().start()
        for one in (ADMIN, EDITOR):
            who = {"id": one.id, "name": one.name, "password": one.password, "roles": list(one.roles)}
            self.chief.visitor.post("/api/users", who)

    def get(self, path: str) -> Any:
        return self.chief.visitor.get(path)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SettingsWorld]:
    folder = tmp_path_factory.mktemp("centre")
    classifiers = {"classifiers": str(folder / "classifiers")}
    with SettingsWorld(folder, overrides={"cases": classifiers}) as made:
        yield made


@pytest.fixture
async def desk(world: SettingsWorld, chromium: ChromiumPeer) -> AsyncIterator[Page]:
    async with new_page(chromium) as page:
        await sit_at_desk(page, world.service.address, ADMIN.id, ADMIN.password)
        yield page
        assert page.errors == []


async def sure(page: Page, testid: str) -> None:
    """What cannot be undone asks first, with the focus on the way back."""
    await page.click(testid)
    await page.click(f"{testid}-sure")


async def seen(page: Page, name: str) -> None:
    """As it stands it is accessible, has contrast, and fits a small screen of a desk too."""
    await picture(page, name)
    assert await faults(page) == [], name
    assert await contrast_faults(page) == [], name
    await page.size(1024, 768)
    assert await page.run(WIDER) <= 0, name
    assert await page.run(BEYOND) == [], name
    await page.size(1440, 900)


async def test_an_administrator_adds_a_person_who_then_signs_in(
    world: SettingsWorld, desk: Page, chromium: ChromiumPeer
) -> None:
    await desk.until_attribute("view-people", "aria-current", "page")
    await desk.fill("person-id", "zhou.min")
    await desk.fill("person-name", "周敏")
    await desk.fill("person-password", "1234567890")
    await desk.click("person-role-agent")
    await desk.click("person-add")
    await desk.until_text("people-trouble", "密码太容易被猜到")
    await desk.fill("person-password", PASSWORD)
    await desk.click("person-add")
    await desk.until_text("people-told", "周敏")
    await desk.fill("skills", "language:en=6")
    await desk.until_text("skills-wrong", "1 到 5")
    await desk.fill("skills", "language:en=3 subject:water=5")
    await desk.until_text("skills-effect", "+ subject:water=5")
    await desk.click("skills-set")
    await desk.until_text("person-told", "周敏")
    await desk.fill("scopes", "queue=hotline")
    await desk.click("scopes-set")
    await desk.until_text("person-zhou.min", "queue=hotline")
    async with new_page(chromium) as other:
        await sit_at_desk(other, world.service.address, "zhou.min", PASSWORD)
        assert await other.has("view-calls")
        assert not await other.has("view-settings")
        await desk.click("open-zhou.min")
        await desk.click("open-zhou.min")
        await desk.until_text("session-row", "127.0.0.1")
        await seen(desk, "settings-people")
        await sure(desk, "end-sessions")
        await desk.until_text("no-sessions", "没有在任何地方登录")
    row = next(one for one in world.get("/api/users")["users"] if one["id"] == "zhou.min")
    assert row["skills"] == {"language:en": 3, "subject:water": 5}
    assert row["scopes"] == {"queue": ["hotline"]}
    desk.errors[:] = [one for one in desk.errors if "422" not in one]


async def test_a_unit_is_added_and_its_terminal_comes_online_until_it_is_revoked(
    world: SettingsWorld, desk: Page, chromium: ChromiumPeer
) -> None:
    await open_section(desk, "units")
    await desk.fill("unit-id", "app:17")
    await desk.fill("unit-name", "南岗一组")
    await desk.fill("unit-crew", "李明、王芳")
    await desk.click("unit-add")
    password = await desk.text("issued-password")
    await seen(desk, "settings-unit-issued")
    await desk.click("issued-read")
    assert not await desk.has("issued-password")
    async with new_page(chromium) as terminal:
        await take_terminal(terminal, world.service.address, "app:17", password)
        await desk.click("open-app:17")
        await desk.fill("change-crew", "李明、赵磊")
        await desk.until_text("unit-effect", "赵磊")
        await desk.until_text("unit-effect", "王芳")
        await desk.click("unit-save")
        await desk.until_text("unit-told", "已保存")
        await seen(desk, "settings-units")
        await desk.click("unit-code")
        await desk.until_text("enrolment-link", "/unit/#enrol=")
        await seen(desk, "settings-unit-code")
        async with new_page(chromium) as other:
            await other.open(await desk.text("enrolment-link"))
            await other.until_text("enrol", "登记本终端")
            await other.click("enrol-submit")
            await other.until_value("sign-in-user", "app:17")
            await other.click("sign-in-submit")
            await other.until_attribute("unit-link", "data-state", "online")
            await terminal.until_attribute("unit-link", "data-state", "refused")
            await sure(desk, "unit-revoke")
            await desk.until_text("unit-told", "终端已作废")
            await other.until(
                "document.querySelector('[data-testid=unit-link]')?.dataset.state !== 'online'", "a cut line"
            )
    unit = await asyncio.to_thread(world.get, "/api/units/app:17")
    assert unit["crew"] == ["李明", "赵磊"]
    assert unit["revoked_at"] is not None


async def test_a_talkgroup_is_added_changed_and_taken_down(world: SettingsWorld, desk: Page) -> None:
    unit = {"unit_id": "app:18", "name": "道里一组"}
    await asyncio.to_thread(world.chief.visitor.post, "/api/units", unit)
    await open_section(desk, "talkgroups")
    await desk.fill("talkgroup-id", "app:daoli")
    await desk.fill("new-name-zh", "道里")
    await desk.fill("new-name-en", "Daoli")
    await desk.click("talkgroup-add")
    await desk.until_text("talkgroups-told", "道里")
    await desk.fill("change-talk", "members role:dispatcher")
    await desk.until_text("talkgroup-effect", "members")
    await desk.click("talkgroup-save")
    await desk.until_text("talkgroup-told", "已保存")
    await desk.fill("talkgroup-members", "app:99")
    await desk.until_text("members-unknown", "app:99")
    await desk.fill("talkgroup-members", "app:18")
    await desk.until_text("members-effect", "+ 道里一组 app:18")
    await desk.click("members-save")
    await desk.until(
        "document.querySelector('[data-testid=members-effect]')?.innerText.includes('没有改动')", "moved"
    )
    await seen(desk, "settings-talkgroups")
    group = await asyncio.to_thread(world.get, "/api/talkgroups/app:daoli")
    assert group["members"] == ["app:18"]
    assert group["rights"]["talk"] == ["members", "role:dispatcher"]
    await sure(desk, "talkgroup-remove")
    await desk.until("!document.querySelector('[data-testid=\"talkgroup-app:daoli\"]')", "no such talkgroup")


async def test_a_flow_is_checked_stored_activated_and_rolled_back(world: SettingsWorld, desk: Page) -> None:
    await open_section(desk, "flows")
    await desk.click("open-status")
    await desk.until(
        "document.querySelector('[data-testid=flow-diagram]')?.naturalWidth > 100", "the diagram", seconds=20
    )
    await desk.click("flow-write")
    text = await desk.value("flow-text")
    await desk.fill("flow-text", text.replace("start: greet", "start: nowhere"))
    await desk.click("flow-check")
    await desk.until_text("flow-problems", "错误")
    await desk.fill("flow-text", f"{text}\n# 夜间")
    await desk.until_text("flow-changes", "夜间")
    await desk.click("flow-check")
    await desk.until(
        "document.querySelector('[data-testid=flow-problems],[data-testid=flow-clean]') &&"
        " !document.querySelector('[data-testid=flow-problems]')?.innerText.includes('错误')",
        "nothing wrong",
    )
    await desk.click("flow-store")
    await desk.until_text("flow-told", "尚未启用")
    await sure(desk, "activate-1")
    await desk.until_text("flow-status", "第 1 版")
    assert (await asyncio.to_thread(world.get, "/api/ivr/flows/status"))["text"].endswith("# 夜间")
    await seen(desk, "settings-flows")
    await sure(desk, "roll-back")
    await desk.until_text("flow-status", "自带")
    found = await asyncio.to_thread(world.get, "/api/ivr/flows/status/versions")
    assert (found["active"], [one["number"] for one in found["history"]]) == (0, [0, 1])
    assert found["history"][0]["by"] == ADMIN.id


async def test_a_prompt_is_heard_and_the_other_sections_show_what_there_is(desk: Page) -> None:
    await open_section(desk, "prompts")
    await desk.fill("prompts-find", "zh/greeting")
    await desk.click("open-zh/greeting")
    await desk.until("document.querySelector('[data-testid=prompt-sound]') !== null", "the sound")
    sound = "document.querySelector('[data-testid=prompt-sound]')"
    await desk.run(f"{sound}.play()")
    await desk.until(f"{sound}.duration > 0", "a sound with a length")
    await seen(desk, "settings-prompts")
    await open_section(desk, "statuses")
    await desk.until("document.querySelector('[data-testid=statuses-0]') !== null", "the built-in table")
    await desk.click("statuses-check")
    await desk.until("document.querySelector('[data-testid=statuses-clean]') !== null", "nothing wrong")
    text = await desk.value("statuses-text")
    await desk.fill("statuses-text", f"{text}\n* button zzz done")
    await desk.until_text("statuses-changes", "zzz")
    await desk.click("statuses-store")
    await desk.until_text("statuses-told", "尚未启用")
    await sure(desk, "activate-1")
    await desk.until_text("statuses-told", "第 1 版")
    await seen(desk, "settings-statuses")
    await open_section(desk, "classifiers")
    await desk.until_text("classifiers-in-force", "自带")
    await seen(desk, "settings-classifiers")
    await open_section(desk, "catalogue")
    await desk.fill("catalogue-find", "井盖")
    await desk.until("document.querySelectorAll('[data-testid=catalogue-row]').length > 0", "a class")
    await desk.fill("gazetteer-find", "中央大街")
    await desk.until("document.querySelector('[data-testid=gazetteer-row]') !== null", "a place")
    await seen(desk, "settings-catalogue")
    await open_section(desk, "tokens")
    await desk.until("document.querySelector('[data-testid=token-owner]') !== null", "everybody's tokens")
    await desk.choose("language", "en")
    for name in ("people", "units", "talkgroups", "flows", "prompts", "statuses", "catalogue", "tokens"):
        await open_section(desk, name)
        await seen(desk, f"settings-{name}-en")


async def test_an_article_is_written_approved_by_another_and_found_by_agents(
    world: SettingsWorld, desk: Page, chromium: ChromiumPeer
) -> None:
    await open_workspace(desk, "knowledge")
    await desk.click("article-new")
    await desk.fill("edit-name", "ice-festival")
    await desk.fill("edit-title", "冰雪节期间哪里停车")
    await desk.fill("edit-body", "冰雪节期间，**江北临时停车场**免费。\n\n- 夜间十点关闭。")
    await desk.click("edit-save")
    await desk.until_text("article-title", "冰雪节期间哪里停车")
    await desk.click("article-submit")
    await desk.until("document.querySelector('[data-testid=article-own]') !== null", "who may not approve")
    assert not await desk.has("article-approve")
    async with new_page(chromium) as editor:
        await sit_at_desk(editor, world.service.address, EDITOR.id, EDITOR.password)
        await open_workspace(editor, "knowledge")
        await editor.choose("knowledge-which", "submitted")
        await editor.until_text("knowledge-hit", "冰雪节")
        await editor.click("knowledge-hit")
        await editor.click("article-approve")
        await editor.until_text("article-state", "有效")
        await seen(editor, "knowledge-editor")
        assert editor.errors == []
    async with new_page(chromium) as agent:
        one = world.agents[0]
        await sit_at_desk(agent, world.service.address, one.id, PASSWORD)
        await open_workspace(agent, "knowledge")
        await agent.fill("knowledge-words", "冰雪节停车")
        await agent.until_text("knowledge-hit", "冰雪节期间哪里停车")
        await agent.click("knowledge-hit")
        await agent.until_text("article-body", "江北临时停车场")
        assert not await agent.has("article-edit")
        await seen(agent, "knowledge")
        assert agent.errors == []
