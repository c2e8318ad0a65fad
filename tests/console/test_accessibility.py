"""axe-core finds nothing against WCAG 2.2 A and AA on any view of the two pages, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.page import Page
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import DIST, SimulatedGateway, category
from tests.console.test_desk_page import CALL, CONTEXT, DRAFT, draft, filed, sign_in, talk

pytestmark = pytest.mark.real

AXE = DIST.parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}"


async def faults(page: Page) -> list[str]:
    await page.run(AXE.read_text() + "; true")
    found: list[Any] = await page.run(
        f"axe.run(document, {RULES}).then((r) => r.violations.map((v) =>"
        " v.id + ': ' + v.nodes.map((n) => n.target.join(' ') + ' ' + n.failureSummary).join(' | ')))"
    )
    return [str(one) for one in found]


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_desk_in_a_call(page: Page, gateway: SimulatedGateway, language: str) -> None:
    await page.open(f"{gateway.url}/desk/")
    await page.choose("language", language)
    assert await faults(page) == []
    await sign_in(page, gateway)
    await gateway.ring(CALL, "13904510001", context=CONTEXT)
    await page.until_attribute("ring-bar", "data-state", "ringing")
    assert await faults(page) == []
    await gateway.answered(CALL)
    await gateway.said(CALL, "c1", "citizen", "楼上着火了有人被困", at_s=4)
    await gateway.said(CALL, "c2", "citizen", "快来", final=False, at_s=8)
    await draft(gateway)
    await gateway.drafted(CALL, DRAFT, handoff=("119", 1.0, [("c1", 2, 5)]), count=("2", 0.8, []))
    lamp = {"category": category("P0137"), "confidence": 0.7, "evidence": []}
    again = {"case_id": "k9", "number": "230103-20261125-0009", "why": "same-address", "metres": None}
    await gateway.heard_besides(
        CALL, DRAFT, additional_problems=[lamp], duplicates=[{**again, "filed_at": ""}]
    )
    await page.until_text("duplicate", "230103-20261125-0009")
    await page.until_text("handoff", "119")
    await page.focus("handoff-evidence")
    await page.until("document.querySelector('mark.evidence') !== null")
    # High enough for the whole form: what the File button's bar covers can be scrolled to.
    await page.size(1440, 1300)
    assert await faults(page) == []
    await page.focus("field-category")
    await page.press("ArrowDown")
    await page.until_attribute("field-category", "aria-expanded", "true")
    assert await faults(page) == []


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_call_for_help_and_an_offered_callback(
    page: Page, gateway: SimulatedGateway, language: str
) -> None:
    gateway.users["li.na"]["roles"] = ["agent", "supervisor"]
    await sign_in(page, gateway)
    await page.choose("language", language)
    await gateway.tell("ivr.caller_marked", call_id=CALL, uniqueid="u", mark="silent")
    await gateway.ring(CALL, "13904510001")
    await gateway.answered(CALL)
    gateway.calls[CALL]["legs"][-1]["muted"] = True
    help_ = {"asked_by": "li.na", "asked_at": gateway.calls[CALL]["since"], "accepted_by": None}
    gateway.calls[CALL]["help"] = {**help_, "accepted_at": None}
    await gateway.becomes(CALL, "hold")
    await gateway.offers("b1", "13904510002")
    await page.until_text("callback-offer", "13904510002")
    await page.until_text("muted-there", "Muted" if language == "en" else "静音")
    assert await faults(page) == []


async def test_a_filed_case_and_its_dispatch(page: Page, gateway: SimulatedGateway) -> None:
    await talk(page, gateway)
    await draft(gateway)
    await page.until_value("field-address", "学府路74号")
    await page.press("Enter", ctrl=True)
    await page.until_text("case-number", "0001")
    assert await faults(page) == []
    await page.choose("unit-select", "app:17")
    await page.click("dispatch")
    await page.until_attribute("dispatch-step", "data-step", "queued")
    await gateway.ended(CALL)
    await page.until_attribute("ring-bar", "data-state", "quiet")
    assert await faults(page) == []


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_photos_and_texts_of_a_case(page: Page, gateway: SimulatedGateway, language: str) -> None:
    gateway.users["li.na"]["roles"] = ["agent", "dispatcher"]
    case = await filed(page, gateway, "app:18", "app:17")
    await page.choose("language", language)
    gateway.photo("p1", case)
    await gateway.stepped(case, "arrived")
    await page.click("photo-p1")
    await page.until("document.querySelector('[data-testid=photo-shown]')?.naturalWidth === 4")
    await gateway.text("t1", "收到", way="up", state="received")
    await gateway.text("t2", "请绕行", way="down", state="unreachable", unit_id="app:18")
    await page.until_text("case-texts", "请绕行")
    assert await faults(page) == []


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_talkgroups(page: Page, gateway: SimulatedGateway, language: str) -> None:
    await gateway.floor("app:daoli", "taken", "app:17", talker_name="南岗一队", emergency=True)
    await gateway.floor("app:nangang", "idle")
    await gateway.floor("svx:4011", "idle")
    await gateway.floor("dmr:9", "idle")
    lacks = ("pre_empt", "emergency_call", "queue", "text", "location")
    away = ("svx:4011", False, "the reflector takes nothing any more", "反射器不再接收数据")
    await gateway.network("svx", away, can=["speak", "hear"], lacks=lacks)
    await sign_in(page, gateway, "sun.li")
    await page.choose("language", language)
    await open_workspace(page, "field")
    await page.click("lacks-svx:4011")
    await page.until_text("floor-app:daoli", "Emergency" if language == "en" else "紧急")
    assert await faults(page) == []


async def test_the_units_page(page: Page, gateway: SimulatedGateway) -> None:
    await page.open(f"{gateway.url}/unit/")
    await page.until("document.querySelector('[data-testid=sign-in-user]') !== null")
    assert await faults(page) == []


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_sections_of_the_field(page: Page, gateway: SimulatedGateway, language: str) -> None:
    values = dict.fromkeys(("district", "address", "crossing", "urgency", "handoff", "intent"))
    case = gateway.case_of({**values, "category": category("P0103"), "description": "井盖丢了"}, CALL, 1)
    gateway.cases["k1"] = case | {"case_id": "k1"}
    await gateway.floor("app:daoli", "idle")
    await sign_in(page, gateway, "sun.li")
    await page.choose("language", language)
    await open_workspace(page, "field")
    await page.click("queued-k1")
    await page.until_text("candidate-app:17", "1.0 km")
    assert await faults(page) == []
    for section in ("units", "emergencies", "map", "talkgroups"):
        await page.click(f"view-field-{section}")
        await page.until_attribute(f"view-field-{section}", "aria-current", "page")
        if section == "map":
            await page.until_attribute("field-map", "data-state", "drawn", seconds=30)
        assert await faults(page) == [], section
    await page.click("view-field-units")
    await page.until_text("unit-app:17", "南岗一队")
    await page.click_first('[data-testid="unit-app:17"] a')
    await page.until_text("unit-card", "南岗一队")
    assert await faults(page) == []
