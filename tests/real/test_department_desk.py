"""A department's desk on the whole service, in a real browser as wide as a phone: a case arrives without a
reload, is signed for, answered with a photo and done; another one is returned, refused, disputed, and sent
back by the review of a second person.
"""

from __future__ import annotations

import asyncio
import io
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
from PIL import Image
from pypdf import PdfReader

from cases.exchange.model import FormReceiver
from core.clock import SystemClock
from gateway.webhooks.settings import WebhookSettings
from gateway.webhooks.transport import SignedWebhooks
from tests.console.page import Page, new_page
from tests.console.phone import photograph
from tests.console.seats import fill_in
from tests.console.test_accessibility import faults
from tests.console.test_desk_page import picture
from tests.peers.chromium import ChromiumPeer
from tests.peers.department_system import department_system
from tests.peers.songhua import Person, Visitor
from tests.real.service import SUPERVISOR, WholeService
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

HOST = "district-230110"
MA = Person("ma.ke", "马科", ("department",), departments=(HOST,))
ASSISTS = "sanitation"
HUAN = Person("huan.wei", "环卫系统", ("department",), departments=(ASSISTS,))
WEBHOOKS = {"signing_key": secrets.token_hex(32), "private_networks": ["127.0.0.0/8"]}
GAO = Person("gao.jun", "高军", ("supervisor",))
WASTE = "gbt30428.2@2013/E0110"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass(frozen=True, slots=True)
class City:
    service: WholeService
    gao: Visitor

    def filed(self, text: str, *, confidential: bool = False) -> dict[str, Any]:
        """A dispatcher's case, which goes to its department as it is filed."""
        fields = {
            "category": WASTE, "address": "公滨路5号", "district": "230110", "description": text,
            "callback": "13904510001",
        }  # fmt: skip
        taken = {"taken_at": datetime.now(UTC).isoformat(), "taken_by": "王"}
        body = {"op_id": str(uuid4()), "fields": fields, "confidential": confidential, **taken}
        return dict(self.service.supervisor.post("/api/cases/paper", body))

    def of(self, case: dict[str, Any]) -> dict[str, Any]:
        """The host's assignment."""
        found = self.service.supervisor.get(f"/api/cases/{case['case_id']}/assignments")["assignments"]
        return dict(next(one for one in found if one["assignment"]["department"]["id"] == HOST)["assignment"])

    def act(self, who: Visitor, case: dict[str, Any], act: str, text: str) -> None:
        one = self.of(case)
        body = {"op_id": str(uuid4()), "rev": one["rev"], "text": text}
        who.post(f"/api/assignments/{one['assignment_id']}/{act}", body)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("department")
    overrides = {"webhooks": WEBHOOKS}
    with WholeService(folder, agents=1, people=(MA, GAO, HUAN), overrides=overrides) as service:
        yield City(service, service.service.sign_in(GAO))


@pytest.fixture
async def phone(city: City, chromium: ChromiumPeer) -> AsyncIterator[Page]:
    """The department's desk on a phone, which is live."""
    async with new_page(chromium) as page:
        await page.size(390, 844)
        await page.open(f"{city.service.service.address}/desk/")
        await fill_in(page, MA.id, MA.password)
        await page.until_attribute("link-state", "data-state", "live")
        await page.until("document.querySelector('[data-testid=department-rows]') !== null", "its list")
        yield page
        assert page.errors == []


async def soon(condition: Callable[[], bool], what: str) -> None:
    await asyncio.to_thread(wait_for, condition, what)


async def test_a_case_arrives_is_signed_for_answered_with_a_photo_and_is_done(
    city: City, phone: Page, tmp_path: Path
) -> None:
    case = await asyncio.to_thread(city.filed, "垃圾没人清")
    await phone.until_text(f"row-{case['number']}", "剩")
    await picture(phone, "department-real-list")
    await phone.click(f"row-{case['number']}")
    await phone.until_text("department-description", "垃圾没人清")
    await phone.click("department-contact")
    await phone.until_text("department-fact-caller", "13904510001")
    await phone.click("do-sign")
    await phone.until_attribute("department-state", "data-state", "handling")
    await phone.click("do-answer")
    await phone.fill("do-words", "已清运")
    for when, colour in (("before", "grey"), ("after", "green")):
        file = tmp_path / f"{when}.jpg"
        Image.new("RGB", (1600, 1200), colour).save(file)
        await photograph(phone, f"photo-{when}", file)
    await phone.until("document.querySelectorAll('.photo-chooser img').length === 2", "both photos")
    assert await phone.run(SIDEWAYS) == 0
    assert await faults(phone) == []
    await picture(phone, "department-real-answer")
    await phone.click("do-send")
    await phone.until_attribute("department-state", "data-state", "answered")
    supervisor = city.service.supervisor
    await soon(
        lambda: supervisor.get(f"/api/cases/{case['case_id']}")["state"] == "done", "a case that is done"
    )
    one = await asyncio.to_thread(city.of, case)
    assert (one["answer"], len(one["before"]), len(one["photos"])) == ("已清运", 1, 1)
    await phone.click(f"look-{one['photos'][0]}")
    await phone.until("document.querySelector('[data-testid=department-photo-shown]')?.naturalWidth", "it")
    await picture(phone, "department-real-answered")
    kept = supervisor.get(f"/api/photos?case_id={case['case_id']}")["photos"]
    assert {photo["department_id"] for photo in kept} == {HOST}
    timeline = supervisor.get(f"/api/cases/{case['case_id']}/timeline")["entries"]
    assert [entry["by"] for entry in timeline if entry["kind"] == "photo"] == [f"department:{HOST}"] * 2
    printed = httpx.get(
        f"{city.service.service.address}/api/cases/{case['case_id']}/document.pdf",
        headers={"Cookie": supervisor.cookie},
    )
    pages = PdfReader(io.BytesIO(printed.content)).pages
    assert sum(len(one.images) for one in pages) == 2
    assert "香坊区城市管理部门" in pages[-1].extract_text()
    trail = city.service.ask_database(
        "SELECT action FROM identity_audit WHERE action LIKE 'photo-%' OR action = 'view-contact'"
    )
    assert {row[0] for row in trail} == {"photo-bring", "photo-look", "view-contact"}


async def test_a_case_is_returned_and_the_review_sends_it_back(city: City, phone: Page) -> None:
    case = await asyncio.to_thread(city.filed, "不是我们的路")
    await phone.click(f"row-{case['number']}")
    await phone.click("do-return")
    await phone.fill("do-words", "不属我区道路")
    await phone.click("do-send")
    await phone.until_attribute("department-state", "data-state", "returned")
    await asyncio.to_thread(city.act, city.service.supervisor, case, "refuse_return", "界桩以东归你区")
    await phone.until_attribute("department-state", "data-state", "sent_back")
    assert "界桩以东归你区" in await phone.text("department-acts")
    await phone.click("do-object")
    await phone.fill("do-words", "图上不是")
    await phone.click("do-send")
    await phone.until_attribute("department-state", "data-state", "disputed")
    with pytest.raises(Exception, match="403"):
        city.act(city.service.supervisor, case, "overrule", "我自己复核")
    await asyncio.to_thread(city.act, city.gao, case, "overrule", "复核：属你区")
    await phone.until_attribute("department-state", "data-state", "handling")
    acts = await phone.text("department-acts")
    assert "赵磊" in acts
    assert "高军" in acts
    await picture(phone, "department-real-review")


async def test_it_hears_of_its_own_cases_alone_and_a_confidential_one_hides_the_citizen(
    city: City, phone: Page
) -> None:
    case = await asyncio.to_thread(city.filed, "邻居家暴，请保密", confidential=True)
    await phone.click(f"row-{case['number']}")
    await phone.until("document.querySelector('[data-testid=department-confidential]') !== null", "its sign")
    assert "13904510001" not in await phone.run("document.body.innerText")
    assert "邻居家暴" not in await phone.run("document.body.innerText")
    state = await phone.run(
        "new Promise((done) => {"
        " const link = new WebSocket(location.origin.replace('http', 'ws') + '/api/live');"
        " link.onmessage = (m) => { done(JSON.parse(m.data).state); link.close(); }; })"
    )
    state.pop("me")
    held = {name: value for name, value in state.items() if value}
    assert held == {}, "a department's snapshot holds nothing of the centre"
    assert await phone.run("fetch('/api/cases').then((a) => a.status)") == 403
    phone.errors = [line for line in phone.errors if "403" not in line]
    assert httpx.get(f"{city.service.service.address}/api/assignments").status_code == 401


async def test_a_departments_own_system_gets_its_work_and_acts_by_a_token(
    city: City, chromium: ChromiumPeer
) -> None:
    admin, address = city.service.supervisor, city.service.service.address
    async with department_system() as system:
        receiver = {"department_id": ASSISTS, "way": "webhook", "url": system.url}
        posts = SignedWebhooks(WebhookSettings.model_validate(WEBHOOKS), SystemClock())
        system.secret = posts.secret(FormReceiver.model_validate(receiver))
        now = await asyncio.to_thread(admin.get, "/api/settings/exchange")
        change = {
            "op_id": str(uuid4()), "value": {"receivers": [receiver]}, "expected": now["number"],
            "comment": "环卫系统",
        }  # fmt: skip
        await asyncio.to_thread(admin.post, "/api/settings/exchange/versions", change)
        await system.stop()
        case = await asyncio.to_thread(city.filed, "垃圾堆在路边")
        forms = f"/api/cases/{case['case_id']}/forms"
        await soon(lambda: any(one["attempts"] for one in admin.get(forms)["deliveries"]), "an attempt")
        await system.start()
        await system.until_kept(1)
        (form,) = system.kept.values()
        assert (form["act"], form["task"]["case_number"]) == ("dispatch", case["number"])
        await soon(lambda: admin.get(forms)["deliveries"][0]["state"] == "delivered", "what the case shows")
        wanted = {
            "password": SUPERVISOR.password, "user": HUAN.id, "name": "环卫系统", "roles": ["department"],
            "scopes": {"department": [ASSISTS]}, "days": 30,
            "operations": [
                "GET /api/exchange/tasks/{assignment_id}",
                "POST /api/exchange/tasks/{assignment_id}/feedback",
            ],
        }  # fmt: skip
        token = await asyncio.to_thread(admin.post, "/api/tokens", wanted)
        headers = {"Authorization": f"Bearer {token['secret']}"}
        path = f"{address}/api/exchange/tasks/{form['task']['task_id']}"
        async with httpx.AsyncClient(headers=headers) as program:
            task = (await program.get(path)).json()["task"]
            sign = {"form_id": str(uuid4()), "rev": task["rev"], "act": "sign"}
            for _ in range(2):
                signed = await program.post(f"{path}/feedback", json=sign)
                assert (signed.status_code, signed.json()["task"]["state"]) == (200, "handling"), signed.text
            assert (await program.get(f"{address}/api/assignments")).status_code == 403
            hostile = await program.post(f"{path}/feedback", content=b"[" * 100_000)
            assert hostile.status_code in {400, 413, 422}
            large = await program.post(f"{path}/feedback", json=sign | {"text": "字" * 2_000_000})
            assert large.status_code in {413, 422}
        assert system.refused == 0
    async with new_page(chromium) as page:
        await page.size(1280, 800)
        await page.open(f"{address}/desk/settings/exchange")
        await fill_in(page, SUPERVISOR.id, SUPERVISOR.password)
        await page.until("document.body.innerText.includes('密钥序号')", "the form of the setting")
        assert await faults(page) == []
        await picture(page, "exchange-setting")
