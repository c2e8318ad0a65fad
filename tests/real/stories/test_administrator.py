"""An administrator's day: people, units, talkgroups, flows and prompts, status codes, tokens, an article, and
the trail of all of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.console.seats import sit_at_desk
from tests.real.stories.day import Day, Hand, hand_at
from tests.real.stories.world import ADMIN, EDITOR, StoryWorld

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]
PASSWORD = "songhua-river-2026"  # opens a private test instance only


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoryWorld]:
    with StoryWorld(tmp_path_factory.mktemp("administrator")) as made:
        yield made


@pytest.mark.soak(
    rule="An administrator does a day's work in the settings, and each change is in the trail",
    short="tests/real/test_settings_desk.py::test_an_administrator_adds_a_person_who_then_signs_in",
)
async def test_an_administrators_day(world: StoryWorld) -> None:
    day = Day("administrator")
    async with hand_at(world.browser, day) as desk:
        await the_day(world, desk)
        assert [one for one in desk.page.errors if "422" not in one] == []
    day.ends()


async def the_day(world: StoryWorld, desk: Hand) -> None:
    """In whatever browser the hand is."""
    await desk.sign_in(world.address, ADMIN)
    with desk.day.shows("settings"):
        assert not await desk.page.has("view-calls"), "no agent's desk"
        await people(world, desk)
        await field(world, desk)
        await flows(world, desk)
        await words_and_codes(desk)
        await an_article(world, desk)
        await section(desk, "audit")
        await desk.page.until(
            "document.querySelectorAll('main tbody tr').length > 5", "the trail", seconds=20
        )
        await desk.picture("settings-audit")
    await desk.click("sign-out")
    await desk.sees("sign-in-user")


async def section(desk: Hand, name: str) -> None:
    if not await desk.page.has(f"view-{name}"):
        await desk.workspace("settings")
    await desk.click(f"view-{name}")
    await desk.page.until_attribute(f"view-{name}", "aria-current", "page")


async def sure(desk: Hand, testid: str) -> None:
    """What cannot be undone asks first."""
    await desk.click(testid)
    await desk.click(f"{testid}-sure")


async def people(world: StoryWorld, desk: Hand) -> None:
    await desk.fill("person-id", "zhou.min")
    await desk.fill("person-name", "周敏")
    await desk.fill("person-password", "1234567890")
    await desk.click("person-role-agent")
    await desk.click("person-add")
    await desk.reads("people-trouble", "密码太容易被猜到")
    await desk.fill("person-password", PASSWORD)
    await desk.click("person-add")
    await desk.reads("people-told", "周敏")
    await desk.fill("skills", "language:en=3 subject:water=5")
    await desk.reads("skills-effect", "+ subject:water=5")
    await desk.click("skills-set")
    await desk.reads("person-told", "周敏")
    await desk.fill("scopes", "queue=hotline")
    await desk.click("scopes-set")
    await desk.reads("person-zhou.min", "queue=hotline")
    async with hand_at(world.browser, Day("administrator")) as other:
        await sit_at_desk(other.page, world.address, "zhou.min", PASSWORD)
        assert await other.page.has("view-calls")
        assert not await other.page.has("view-settings")
        await desk.click("open-zhou.min")
        await desk.click("open-zhou.min")
        await desk.reads("session-row", "127.0.0.1")
        await desk.picture("settings-people")
        await sure(desk, "end-sessions")
        await desk.reads("no-sessions", "没有在任何地方登录")


async def field(world: StoryWorld, desk: Hand) -> None:
    await section(desk, "units")
    await desk.fill("unit-id", "app:40")
    await desk.fill("unit-name", "南岗一组")
    await desk.fill("unit-crew", "李明、王芳")
    await desk.click("unit-add")
    assert await desk.page.text("issued-password")
    await desk.click("issued-read")
    await desk.click("open-app:40")
    await desk.fill("change-crew", "李明、赵磊")
    await desk.reads("unit-effect", "赵磊")
    await desk.click("unit-save")
    await desk.reads("unit-told", "已保存")
    await section(desk, "talkgroups")
    await desk.fill("talkgroup-id", "app:daoli")
    await desk.fill("new-name-zh", "道里")
    await desk.fill("new-name-en", "Daoli")
    await desk.click("talkgroup-add")
    await desk.reads("talkgroups-told", "道里")
    await desk.fill("talkgroup-members", "app:40")
    await desk.reads("members-effect", "+ 南岗一组 app:40")
    await desk.click("members-save")
    await desk.reads("members-effect", "没有改动")
    group = await asyncio.to_thread(world.get, "/api/talkgroups/app:daoli")
    assert group["members"] == ["app:40"]
    await section(desk, "units")
    await desk.click("open-app:40")
    await sure(desk, "unit-revoke")
    await desk.reads("unit-told", "终端已作废")


async def flows(world: StoryWorld, desk: Hand) -> None:
    await section(desk, "flows")
    await desk.click("open-status")
    await desk.page.until(
        "document.querySelector('[data-testid=flow-diagram]')?.naturalWidth > 100", "the diagram", seconds=30
    )
    await desk.click("flow-write")
    text = await desk.page.value("flow-text")
    await desk.fill("flow-text", text.replace("start: greet", "start: nowhere"))
    await desk.click("flow-check")
    await desk.reads("flow-problems", "错误")
    await desk.fill("flow-text", f"{text}\n# 夜间")
    await desk.reads("flow-changes", "夜间")
    await desk.click("flow-store")
    await desk.reads("flow-told", "尚未启用")
    await desk.picture("settings-flows")
    await sure(desk, "activate-1")
    await desk.reads("flow-status", "第 1 版")
    await sure(desk, "roll-back")
    await desk.reads("flow-status", "自带")
    found = await asyncio.to_thread(world.get, "/api/ivr/flows/status/versions", ADMIN)
    assert (found["active"], found["history"][0]["by"]) == (0, ADMIN.id)


async def words_and_codes(desk: Hand) -> None:
    await section(desk, "prompts")
    await desk.fill("prompts-find", "zh/greeting")
    await desk.click("open-zh/greeting")
    await desk.sees("prompt-sound")
    await section(desk, "statuses")
    await desk.sees("statuses-0")
    await desk.click("statuses-check")
    await desk.sees("statuses-clean")
    await section(desk, "catalogue")
    await desk.fill("catalogue-find", "井盖")
    await desk.sees("catalogue-row")
    await desk.fill("gazetteer-find", "中央大街")
    await desk.sees("gazetteer-row")
    await section(desk, "tokens")
    await section(desk, "classifiers")
    await desk.reads("classifiers-in-force", "自带")


async def an_article(world: StoryWorld, desk: Hand) -> None:
    """Written here, approved by somebody else."""
    await desk.workspace("knowledge")
    await desk.click("article-new")
    await desk.fill("edit-name", "ice-festival")
    await desk.fill("edit-title", "冰雪节期间哪里停车")
    await desk.fill("edit-body", "冰雪节期间，**江北临时停车场**免费。")
    await desk.click("edit-save")
    await desk.reads("article-title", "冰雪节期间哪里停车")
    await desk.click("article-submit")
    await desk.sees("article-own")
    assert not await desk.page.has("article-approve")
    async with hand_at(world.browser, Day("administrator")) as editor:
        await sit_at_desk(editor.page, world.address, EDITOR.id, EDITOR.password)
        await editor.workspace("knowledge")
        await editor.choose("knowledge-which", "submitted")
        await editor.reads("knowledge-hit", "冰雪节")
        await editor.click("knowledge-hit")
        await editor.click("article-approve")
        await editor.reads("article-state", "有效")
