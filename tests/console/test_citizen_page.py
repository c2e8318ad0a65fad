"""The page of the public in Chromium, served by the real rooms: report with photo and position, follow, add,
rate, "me too"; in both languages, by keyboard, at 320 and 1,280 px, with nothing for axe.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from citizen.mails.ports import MailLink, NoticeMail
from citizen.messages.tables import opt_outs
from citizen.tables import pictures, ratings, reports
from core.actor import Actor
from core.errors import Unauthenticated
from core.ids import uuid7
from core.room import Health
from core.routes import add_routes
from core.storage import Storage
from gateway.web import pages
from gateway.web.guard import RequestGuard, content_security_policy
from tests.cases.parts.trail import RememberedTrail
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER
from tests.citizen.city import SITE, City, city
from tests.citizen.mail_world import routed
from tests.citizen.served import served
from tests.console.contrast import contrast_faults
from tests.console.page import Page
from tests.console.phone import allow_position, photograph
from tests.console.simulated_gateway import DIST
from tests.console.test_accessibility import faults
from tests.console.test_desk_page import picture
from tests.warning.centre import LI
from tests.warning.pages import PlayedPageSwitch
from tests.warning.test_ledger import draft as warning_draft
from warning.banners import KEPT_S
from warning.ports import WarningPorts
from warning.room import WarningRoom
from warning.room import build as build_warnings
from warning.settings import WarningSettings

pytestmark = pytest.mark.real

HERE = (126.6424, 45.7567)
MOST_GZIPPED = 100_000


@dataclass
class PublicPage:
    """The page on a device, and the city behind it."""

    on: City
    page: Page
    address: str
    warnings: WarningRoom

    async def open(self, language: str = "zh", *, width: int = 320) -> None:
        await self.page.size(width, 900)
        await self.page.open(f"{self.address}/citizen/")
        await self.page.choose("language", language)
        await allow_position(self.page, *HERE)

    async def report(self, text: str = "公滨路的井盖不见了", place: str = "公滨路5号") -> dict[str, str]:
        """Number and code of the receipt."""
        await self.page.fill("report-text", text)
        await self.page.fill("report-place", place)
        await self.page.click("report-send")
        number = await self.page.text("receipt-number")
        return {"number": number, "code": await self.page.text("receipt-code")}

    async def follow(self, proof: dict[str, str]) -> None:
        await self.page.click("view-follow")
        await self.page.fill("follow-number", proof["number"])
        await self.page.fill("follow-code", proof["code"])
        await self.page.press("Enter")
        await self.page.until_text("progress", proof["number"])

    async def filed(self) -> str:
        """The id of the case that an agent makes of the only report."""
        await self.on.settle()
        (draft,) = (await self.on.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"]
        await self.on.act(AGENT, f"/drafts/{draft['draft_id']}/take")
        case = (await self.on.act(AGENT, f"/drafts/{draft['draft_id']}/confirm")).json()
        await self.on.settle()
        return str(case["case_id"])

    async def rows(self, *columns: Any) -> list[tuple[Any, ...]]:
        async with self.on.storage.read() as connection:
            return [tuple(row) for row in await connection.execute(select(*columns))]

    async def settled(self) -> None:
        """Nothing for axe, no text without contrast, nothing wider than the screen, no request elsewhere."""
        assert await faults(self.page) == []
        assert await contrast_faults(self.page) == []
        wide = await self.page.run("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, "nothing is cut off at the side"
        assert self.page.errors == []
        assert self.page.hosts <= {"127.0.0.1"}


def _nobody() -> Actor:
    raise Unauthenticated


@asynccontextmanager
async def public_page(
    storage: Storage,
    page: Page,
    *,
    enabled: bool = True,
    nearby: bool = False,
    mails: MailLink | None = None,
) -> AsyncIterator[PublicPage]:
    assert (DIST / "citizen" / "index.html").is_file(), (
        "the console is not built: scripts/setup --only console"
    )
    async with city(storage, enabled=enabled, nearby=nearby, mails=mails) as on:
        ports = WarningPorts(storage, RememberedTrail(), _nobody, (), lambda _point: (), PlayedPageSwitch())
        warnings = build_warnings(WarningSettings(), ports)
        for router in warnings.routers:
            add_routes(on.app.router, router, "/api")
        pages.install(on.app, DIST)
        on.app.add_middleware(RequestGuard, csp=content_security_policy("", ""))
        on.web.headers["X-Songhua"] = "1"
        async with served(on.app) as address:
            yield PublicPage(on, page, address, warnings)


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As a phone takes it: larger than is sent, with its place in it."""
    file = tmp_path_factory.mktemp("photo") / "cover.jpg"
    shown = Image.effect_noise((3000, 2000), 40).convert("RGB")
    exif = Image.Exif()
    exif[0x010F] = "A phone"
    shown.save(file, exif=exif)
    return file


async def test_the_public_sees_a_released_warning_above_everything(storage: Storage, page: Page) -> None:
    async with public_page(storage, page) as at:
        until = storage.clock.now() + timedelta(hours=1)
        wish = warning_draft(status="Exercise", channels=["citizens"], expires=until)
        made = await at.warnings.ledger.draft(LI, wish, None, uuid7())
        await at.open()
        assert not await page.has("warning"), "nothing is shown that nobody released"
        await at.warnings.ledger.release(LI, made.warning_id, uuid7())
        async with asyncio.timeout(2 * KEPT_S + 10):
            while not (await at.on.web.get("/api/citizen/warnings")).json()["warnings"]:
                await asyncio.sleep(0.1)
        await at.open()
        await page.until_text("warning", "【演习 EXERCISE】暴雨红色预警")
        assert "道里区" in await page.text("warning")
        await at.settled()
        await picture(page, "citizen-warning")


async def test_a_citizen_reports_with_photo_and_position_and_follows_to_the_end(
    storage: Storage, page: Page, photo: Path
) -> None:
    async with public_page(storage, page) as at:
        await at.open()
        await page.fill("report-text", "人行道上的井盖不见了，晚上很危险")
        await page.click("locate")
        await page.until_text("located", "8")
        await photograph(page, "photos", photo)
        await page.until("document.querySelector('[data-testid=photo]') !== null", "the photo")
        await picture(page, "citizen-report-filled")
        await page.click("report-send")
        proof = {"number": await page.text("receipt-number"), "code": await page.text("receipt-code")}
        await at.settled()
        await picture(page, "citizen-receipt")
        (row,) = await at.rows(reports.c.lon, reports.c.lat, reports.c.source)
        assert row == (*HERE, "web")
        (sent,) = await at.rows(pictures.c.content)
        assert len(sent[0]) < 2 * 1024 * 1024
        assert b"A phone" not in sent[0]
        await page.click("receipt-keep")
        await page.click("receipt-follow")
        await page.until_text("progress", "等待受理人员审阅")
        await page.fill("add-text", "就在公交站旁边")
        await page.click("add-send")
        await page.until_text("add-done", "已补充")
        await page.until_text("additions", "1")
        case_id = await at.filed()
        await at.on.act(DISPATCHER, f"/cases/{case_id}/done")
        await at.on.act(ACCEPTOR, f"/cases/{case_id}/verify")
        await at.on.act(ACCEPTOR, f"/cases/{case_id}/close", note="现场已恢复", condition="restored")
        await at.on.settle()
        await page.open(f"{at.address}/citizen/#follow")
        await page.click(f"mine-{proof['number']}")
        await page.until("document.querySelector('[data-step=closed]') !== null", "the last step")
        assert not await page.has("add-send"), "a closed report takes nothing more"
        await page.click("star-4")
        await page.click("solved-yes")
        await page.fill("rate-words", "很快，谢谢")
        await page.click("rate-send")
        await page.until_text("rate-done", "4")
        await at.settled()
        await picture(page, "citizen-rated")
        assert await at.rows(ratings.c.stars, ratings.c.solved, ratings.c.words) == [(4, True, "很快，谢谢")]


async def test_a_cancelled_case_is_shown_as_cancelled(storage: Storage, page: Page) -> None:
    async with public_page(storage, page) as at:
        await at.open()
        proof = await at.report()
        case_id = await at.filed()
        cancelled = await at.on.act(DISPATCHER, f"/cases/{case_id}/cancel", reason="重复", note="重复")
        assert cancelled.status_code == 200, cancelled.text
        await at.on.settle()
        await at.follow(proof)
        await page.until_text("progress", "已撤销")
        await at.settled()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [320, 1280])
async def test_every_view_is_accessible(storage: Storage, page: Page, language: str, width: int) -> None:
    async with public_page(storage, page, nearby=True) as at:
        await at.open(language, width=width)
        await page.until("document.querySelector('[data-testid=view-nearby]') !== null", "what is offered")
        await page.click("report-send")
        await page.until(
            "document.querySelector('[data-testid=report-trouble]').innerText", "what is missing"
        )
        assert await page.focused() == "report-text"
        await at.settled()
        await picture(page, f"citizen-report-{language}-{width}")
        proof = await at.report()
        await at.settled()
        await picture(page, f"citizen-receipt-{language}-{width}")
        await at.filed()
        await at.follow(proof)
        await at.settled()
        await picture(page, f"citizen-follow-{language}-{width}")
        await page.click("view-nearby")
        await page.click("nearby-locate")
        await page.until(
            "document.querySelector('[data-testid=nearby-none]') !== null", "that nothing is near"
        )
        await at.settled()
        await picture(page, f"citizen-nearby-{language}-{width}")


async def test_a_report_is_sent_by_keyboard_alone(storage: Storage, page: Page) -> None:
    async with public_page(storage, page) as at:
        await at.open()
        for _ in range(20):
            await page.press("Tab")
            match await page.focused():
                case "report-text":
                    await page.command("Input.insertText", text="路灯不亮了")
                case "report-place":
                    await page.command("Input.insertText", text="公滨路5号")
                case "report-send":
                    break
        assert await page.focused() == "report-send"
        await page.press("Enter")
        await page.text("receipt-number")
        assert await page.run("document.activeElement.matches('[data-heading]')"), "the receipt is read out"


async def test_open_problems_nearby_show_nothing_of_who_reported(storage: Storage, page: Page) -> None:
    async with public_page(storage, page, nearby=True) as at:
        await at.open()
        await page.fill("report-text", "王女士说公滨路5号门口的井盖不见了，电话13904510001")
        await page.fill("report-phone", "13904510001")
        await page.fill("report-place", "公滨路5号3单元")
        await page.click("locate")
        await page.until_text("located", "8")
        await page.click("report-send")
        await page.text("receipt-number")
        assert (await at.on.web.get("/api/citizen/nearby", params={"lon": 126.6424, "lat": 45.7567})).json()[
            "reports"
        ] == [], "not before an agent has filed it"
        await at.filed()
        await page.click("view-nearby")
        await page.click("nearby-locate")
        shown = await page.text("nearby-report")
        assert "公滨路" in shown
        for secret in ("王女士", "1390451", "5号", "3单元", "R20"):
            assert secret not in shown, secret
        answer = (await at.on.web.get("/api/citizen/nearby", params={"lon": 126.6424, "lat": 45.7567})).json()
        (one,) = answer["reports"]
        assert set(one) == {
            "key", "category_zh", "category_en", "street", "step", "received_at", "others"
        }  # fmt: skip
        for _ in range(2):
            await page.click(f"me-too-{one['key']}")
            await page.until_attribute(f"me-too-{one['key']}", "aria-pressed", "true")
        await at.settled()
        await picture(page, "citizen-nearby-me-too")
        await page.open(f"{at.address}/citizen/#nearby")
        await page.click("nearby-locate")
        await page.click(f"me-too-{one['key']}")
        await page.until_attribute(f"me-too-{one['key']}", "aria-pressed", "true")
        found = await page.text("nearby-report")
        assert "1 人" in found, "this device counts once"


async def test_what_went_wrong_is_said_and_nothing_is_lost(storage: Storage, page: Page) -> None:
    async with public_page(storage, page) as at:
        await at.open()
        await page.fill("report-text", "路灯不亮了")
        await page.fill("report-place", "公滨路5号")
        await page.offline(True)
        await page.click("report-send")
        await page.until_text("report-trouble", "连不上网络")
        await page.offline(False)
        page.errors.clear()
        await page.click("report-send")
        await page.text("receipt-number")
        assert len(await at.rows(reports.c.number)) == 1
        await page.click("view-follow")
        await page.fill("follow-number", "R20261201-00001")
        await page.fill("follow-code", "aaaaaaaaaa")
        await page.press("Enter")
        await page.until_text("follow-trouble", "没有与此编号和查询码相符")


async def test_a_page_that_takes_no_reports_says_whom_to_call(storage: Storage, page: Page) -> None:
    async with public_page(storage, page, enabled=False) as at:
        await at.open()
        await page.until_text("closed", "12319")
        assert not await page.has("report-send")
        await at.settled()


class MailsTaken:
    """Takes every e-mail."""

    def __init__(self) -> None:
        self.sent: list[NoticeMail] = []

    async def until_ready(self) -> None: ...

    async def send(self, mail: NoticeMail) -> None:
        self.sent.append(mail)

    def health(self) -> Sequence[Health]:
        return (Health("mail", "up"),)


async def test_a_reader_of_an_email_opens_his_report_and_stops_them(storage: Storage, page: Page) -> None:
    taken = MailsTaken()
    storage.route = routed
    async with public_page(storage, page, mails=taken) as at:
        await at.open("en")
        await page.fill("report-email", "wang")
        await page.fill("report-text", "人行道上的井盖不见了")
        await page.fill("report-place", "公滨路5号")
        await page.click("report-send")
        await page.until_text("report-trouble", "no e-mail address")
        assert await page.focused() == "report-email"
        await page.fill("report-email", "Wang@example.org")
        await at.settled()
        await picture(page, "citizen-email")
        await page.click("report-send")
        number = await page.text("receipt-number")
        assert await at.rows(reports.c.email, reports.c.language) == [("wang@example.org", "en")]
        await at.filed()
        assert at.on.citizen.mail_sender is not None
        await at.on.citizen.mail_sender.relay.relay_once()
        (mail,) = taken.sent
        assert "was accepted" in mail.subject
        report, choice = (
            next(part for part in mail.text.split() if f"#{word}=" in part).removeprefix(SITE)
            for word in ("follow", "mails")
        )
        await page.open(f"{at.address}{report}")
        await page.until_text("progress", number)
        assert await page.run("location.hash") == "#follow", "the code does not stay in the address"
        await page.open(f"{at.address}{choice}")
        await page.until_attribute("mail-choice", "data-stopped", "false")
        await at.settled()
        await page.click("mail-choose")
        await page.until_attribute("mail-choice", "data-stopped", "true")
        await picture(page, "citizen-mails-stopped")
        assert len(await at.rows(opt_outs.c.digest)) == 1
        await page.click("mail-choose")
        await page.until_attribute("mail-choice", "data-stopped", "false")
        assert await at.rows(opt_outs.c.digest) == []
        await page.open(f"{at.address}/citizen/#mails={'0' * 32}")
        await page.until_text("mail-trouble", "not known")


async def test_no_address_is_asked_for_where_nobody_is_told_by_email(storage: Storage, page: Page) -> None:
    async with public_page(storage, page) as at:
        await at.open()
        await page.text("report-send")
        assert not await page.has("report-email")


def test_the_page_is_small() -> None:
    files = [one for one in (DIST / "citizen" / "assets").iterdir() if one.suffix in {".js", ".css"}]
    assert sum(len(gzip.compress(one.read_bytes())) for one in files) < MOST_GZIPPED
