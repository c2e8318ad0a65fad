"""WeChat of the staff at the desk: who is bound, a code for a crew, unbinding; a person's own account."""

from __future__ import annotations

import pytest

from tests.console.page import Page
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.simulated_gateway.wechat import CODE
from tests.console.test_accessibility import faults
from tests.console.test_desk_cases import DARK
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real


async def test_an_administrator_sees_who_is_bound_makes_a_code_and_unbinds(
    page: Page, gateway: SimulatedGateway
) -> None:
    await page.size(1280, 800)
    gateway.users["li.na"]["roles"] = ["admin"]
    await sign_in(page, gateway)
    crew = gateway.bound("unit", "app:17", "道里一组")
    silent = gateway.bound("person", "ma.ke", "马科", silent=True)
    await page.open(f"{gateway.url}/desk/settings/people")
    await page.until_text(f"bound-{crew}", "道里一组")
    assert "可收到通知" in await page.text(f"bound-{crew}")
    assert "收不到通知" in await page.text(f"bound-{silent}")
    await page.choose("wechat-member", "person ma.ke")
    await page.click("wechat-make")
    await page.until_text("wechat-code", CODE)
    await page.run("document.querySelector('[data-testid=wechat-bindings]').scrollIntoView()")
    assert await faults(page) == []
    await picture(page, "wechat-staff-zh")
    (made,) = [one for one in gateway.requests if one[1] == "/api/wechat/codes"]
    assert (made[2]["kind"], made[2]["member"]) == ("person", "ma.ke")
    await page.click("wechat-code-read")
    await page.choose("language", "en")
    await page.until_text(f"bound-{silent}", "no notices since")
    await page.run(DARK)
    assert await faults(page) == []
    await page.click(f"unbind-{crew}")
    await page.click(f"unbind-{crew}-sure")
    await page.until_text("wechat-told", "The binding of 道里一组 has ended")
    assert not await page.has(f"bound-{crew}")
    clean(page)


async def test_a_person_of_a_department_binds_the_own_wechat(page: Page, gateway: SimulatedGateway) -> None:
    await sign_in(page, gateway, "ma.ke")
    await page.open(f"{gateway.url}/desk/account")
    await page.until_text("own-wechat", "生成绑定码")
    await page.click("own-wechat-make")
    await page.until_text("wechat-code", f"绑定 {CODE}")
    assert await faults(page) == []
    gateway.bound("person", "ma.ke", "马科")
    await page.open(f"{gateway.url}/desk/account")
    await page.until_text("own-wechat-bound", "已绑定")
    await page.click("own-wechat-unbind")
    await page.click("own-wechat-unbind-sure")
    await page.until_text("own-wechat-told", "绑定已解除")
    assert not await page.has("own-wechat-bound")
    clean(page)
