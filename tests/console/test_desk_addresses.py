"""Every view of the desk has an address: it may be reloaded, and says so when it leads to nothing."""

from __future__ import annotations

import pytest

from tests.console.page import Page
from tests.console.seats import SHOWN, open_workspace
from tests.console.simulated_gateway import SimulatedGateway, category
from tests.console.test_desk_page import CALL, clean, sign_in, talk

pytestmark = pytest.mark.real

WHERE = "location.pathname"


async def go(page: Page, gateway: SimulatedGateway, path: str) -> None:
    """To an address, as from a bookmark: the page is loaded anew."""
    await page.open(f"{gateway.url}/desk/{path}")
    await page.until_attribute("link-state", "data-state", "live")


async def test_the_bare_address_leads_to_the_first_workspace_of_each_role(
    page: Page, gateway: SimulatedGateway
) -> None:
    for user, path in (("sun.li", "field"), ("wang.wei", "acceptance"), ("zhao.qiang", "calls")):
        await sign_in(page, gateway, user)
        await page.until(f"{WHERE} === '/desk/{path}'", path)
        await page.click("sign-out")
        await page.until("document.querySelector('[data-testid=sign-in-user]') !== null")
    clean(page)


async def test_each_workspace_is_there_again_after_a_reload(page: Page, gateway: SimulatedGateway) -> None:
    gateway.users["li.na"]["roles"] = ["agent", "supervisor", "dispatcher", "acceptor", "admin"]
    await sign_in(page, gateway)
    shown = await page.run(SHOWN)
    assert {"calls", "field", "acceptance", "settings"} <= set(shown)
    for name in shown:
        await open_workspace(page, name)
        await page.until(f"{WHERE}.startsWith('/desk/{name}')", name)
        await go(page, gateway, (await page.run(WHERE)).removeprefix("/desk/"))
        await page.until(f"document.querySelector('main[data-workspace={name}]')?.children.length", name)
        assert await page.attribute(f"view-{name}", "aria-current") == "page"
        assert not await page.has("unknown-page")
    assert page.errors == [] or all("404" in one for one in page.errors)


async def test_the_call_in_hand_is_in_the_address_and_is_there_after_a_reload(
    page: Page, gateway: SimulatedGateway
) -> None:
    await talk(page, gateway)
    await page.until(f"{WHERE} === '/desk/calls/{CALL}'", "the call's address")
    await page.run(f"sessionStorage.clear(); {WHERE}")
    await go(page, gateway, f"calls/{CALL}")
    await page.until_attribute(f"call-{CALL}", "aria-current", "true")
    assert await page.run(WHERE) == f"/desk/calls/{CALL}"
    clean(page)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nowhere", "没有这个页面"),
        ("calls/0198f0aa-0000-7000-8000-00000000ffff", "没有这个通话"),
        ("cases/0198f0aa-0000-7000-8000-00000000ffff", "没有这个案件"),
        ("field/units/app:99", "没有这个处置单位"),
        ("field/talkgroups/app:none", "没有这个通话组"),
        ("settings/none", "没有这一项设置"),
    ],
)
async def test_an_address_that_leads_to_nothing_says_so(
    page: Page, gateway: SimulatedGateway, path: str, said: str
) -> None:
    gateway.users["li.na"]["roles"] = ["agent", "supervisor"]
    await sign_in(page, gateway)
    await go(page, gateway, path)
    await page.until_text("unknown-page", said)


async def test_a_case_a_unit_and_a_talkgroup_are_opened_by_their_addresses(
    page: Page, gateway: SimulatedGateway
) -> None:
    values = dict.fromkeys(("district", "address", "crossing", "urgency", "handoff", "intent"))
    case = gateway.case_of({**values, "category": category("P0103"), "description": "井盖丢了"}, CALL, 1)
    gateway.cases["k1"] = case | {"case_id": "k1"}
    await gateway.floor("app:daoli", "idle")
    await sign_in(page, gateway, "zhao.qiang")
    await go(page, gateway, "cases/k1")
    await page.until_text("case-number", "230103-20261125-0001")
    await go(page, gateway, "field/units/app:17")
    await page.until_text("unit-card", "南岗一队")
    await go(page, gateway, "field/talkgroups/app:daoli")
    await page.until_attribute("floor-app:daoli", "aria-current", "true")
    assert not await page.has("recall-panel"), "what was said there is asked for by a hand"


async def test_a_workspace_of_another_role_is_neither_offered_nor_opened(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway)
    for name in ("field", "settings", "acceptance", "supervision"):
        assert not await page.has(f"view-{name}")
        await go(page, gateway, name)
        await page.until_text("unknown-page", "您的角色没有这个工作区")
    clean(page)


async def test_what_was_typed_is_there_after_a_look_into_another_workspace(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.users["li.na"]["roles"] = ["agent", "dispatcher"]
    await talk(page, gateway)
    await page.click("disposition-enquiry")
    await page.fill("disposition-note", "问路灯什么时候修")
    await open_workspace(page, "field")
    await page.click("back-to-call")
    await page.until_value("disposition-note", "问路灯什么时候修")
    assert await page.run(WHERE) == f"/desk/calls/{CALL}"
    clean(page)


async def test_a_workspace_that_cannot_be_fetched_is_said_and_the_one_before_stays(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.users["li.na"]["roles"] = ["agent", "dispatcher"]
    await talk(page, gateway)
    await page.command("Network.setBlockedURLs", urls=["*FieldWorkspace*"])
    await page.click("view-field")
    await page.until_text("notice", "这个工作区没有加载成功")
    assert await page.run(WHERE) == f"/desk/calls/{CALL}"
    assert await page.has(f"call-{CALL}")
    await page.command("Network.setBlockedURLs", urls=[])
