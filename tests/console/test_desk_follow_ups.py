"""Follow-ups and messages to citizens at the desk: called, entered, settled, sent again; nothing for axe."""

from __future__ import annotations

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import Page
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.simulated_gateway.follow_ups import a_follow_up, a_message
from tests.console.test_accessibility import faults
from tests.console.test_desk_cases import put
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real

ONE, TWO = "0193a001-0000-7000-8000-000000000001", "0193a002-0000-7000-8000-000000000002"
THREE = "0193a004-0000-7000-8000-000000000004"
CASE = "0193a003-0000-7000-8000-000000000003"


async def open_follow_ups(page: Page, gateway: SimulatedGateway, user: str = "li.na") -> None:
    gateway.follow_ups = [a_follow_up(ONE, CASE), a_follow_up(TWO, CASE, attempts=1, way="call")]
    gateway.concerns = [
        a_follow_up(
            THREE, CASE, state="answered", solved=False, satisfaction=3, note="井盖又丢了", answered_by="sms",
            answered_at="2026-11-30T06:12:00Z", concern="open",
        )
    ]  # fmt: skip
    await sign_in(page, gateway, user)
    await open_workspace(page, "cases")
    await page.click("to-follow-ups")


async def test_an_agent_takes_one_and_enters_what_was_said(page: Page, gateway: SimulatedGateway) -> None:
    await open_follow_ups(page, gateway)
    await page.until_text("follow-ups-count", "2")
    assert "市民要求人工回电" in await page.text("follow-ups")
    await page.click(f"take-{ONE}")
    await page.until_text("follow-up-number", "13904510001")
    assert await page.run("document.querySelector('[data-testid=follow-up-enter]').disabled")
    await page.click("solved-no")
    await page.click("satisfaction-3")
    await picture(page, "follow-up-outcome")
    await page.click("follow-up-enter")
    await page.until_text("follow-ups-count", "1")
    (said,) = [one[2] for one in gateway.requests if one[1] == f"/api/follow-ups/{ONE}/outcome"]
    assert (said["reached"], said["solved"], said["contacted"], said["satisfaction"]) == (
        True,
        False,
        None,
        3,
    )
    await page.click(f"take-{TWO}")
    await page.click("follow-up-unreached")
    await page.until_text("follow-ups-count", "0")
    clean(page)


async def test_an_agent_sees_that_an_answer_was_lost(page: Page, gateway: SimulatedGateway) -> None:
    gateway.follow_ups = [a_follow_up(ONE, CASE, answer_lost=True)]
    await sign_in(page, gateway, "li.na")
    await open_workspace(page, "cases")
    await page.click("to-follow-ups")
    await page.until_text("follow-ups-count", "1")
    assert "请重新询问" in await page.text("follow-ups")
    assert "市民要求人工回电" not in await page.text("follow-ups")


async def test_an_agent_finds_whom_an_automatic_call_connected_with_him(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.follow_ups = [a_follow_up(ONE, CASE, way="call", connected=True)]
    await sign_in(page, gateway, "li.na")
    await open_workspace(page, "cases")
    await page.click("to-follow-ups")
    await page.until_text("follow-ups-count", "1")
    await page.until_text("follow-up-connected", "已在自动回访中与人工通话，请登记市民的话")
    assert "市民要求人工回电" not in await page.text("follow-ups")
    await page.click(f"take-{ONE}")
    await page.until_text("follow-up-number", "13904510001")
    clean(page)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_supervisor_settles_who_is_not_satisfied_and_axe_finds_nothing(
    page: Page, gateway: SimulatedGateway, language: str
) -> None:
    await open_follow_ups(page, gateway, "zhao.qiang")
    await page.choose("language", language)
    await page.until_text("concerns-count", "1")
    await page.until("document.querySelector('[data-testid=rates] table') !== null", "the rates")
    assert await faults(page) == []
    assert await contrast_faults(page) == []
    await picture(page, f"follow-ups-{language}")
    await page.size(1280, 800)
    await picture(page, f"follow-ups-1280-{language}")
    await page.choose(f"result-{THREE}", "explained")
    await page.fill(f"found-{THREE}", "已重新安装井盖")
    await page.click(f"settle-{THREE}")
    await page.until_text("concerns-count", "0")
    clean(page)


async def test_a_message_that_did_not_arrive_is_sent_again_on_the_cases_page(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.messages = [
        a_message(TWO, "undelivered", "【城市管理热线】您反映的问题已办结。", error="UNDELIV"),
        a_message(ONE, "delivered", "【城市管理热线】您反映的问题已受理，查询码12345678。"),
    ]
    gateway.again = [TWO]
    case_id = put(gateway, 1)
    await sign_in(page, gateway)
    await page.open(f"{gateway.url}/desk/cases/{case_id}")
    await page.until_attribute(f"message-{TWO}", "data-state", "undelivered")
    assert await faults(page) == []
    await picture(page, "case-messages")


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_case_shows_what_was_told_by_email_and_by_an_automatic_call(
    page: Page, gateway: SimulatedGateway, language: str
) -> None:
    said = (
        "【城市管理热线】您反映的问题已受理（2301032026113000012）\n\n"
        "您反映的问题已受理，编号 2301032026113000012，"
        "查询码 12345678。\n\n查看进度或补充说明：\n…"
    )
    gateway.messages = [
        a_message(TWO, "refused", said, channel="email", number="n***@e***.org", error="550", parts=1),
        a_message(ONE, "sent", said, channel="email", number="w***@e***.org", parts=1),
        a_message(
            THREE,
            "delivered",
            "已办结 12345678",
            channel="call",
            number="045****5678",
            parts=1,
            error="not_solved",
        ),
    ]
    gateway.again = [TWO]
    case_id = put(gateway, 1)
    await sign_in(page, gateway)
    await page.open(f"{gateway.url}/desk/cases/{case_id}")
    await page.choose("language", language)
    await page.until_attribute(f"message-{ONE}", "data-state", "sent")
    shown = await page.text(f"message-{ONE}")
    assert ("邮件" if language == "zh" else "e-mail") in shown
    assert "w***@e***.org" in shown
    called = await page.text(f"message-{THREE}")
    assert ("语音电话" if language == "zh" else "automatic call") in called
    assert ("市民表示未解决" if language == "zh" else "says it is not solved") in called
    assert await faults(page) == []
    await picture(page, f"case-mails-{language}")
    clean(page)


async def test_a_supervisor_looks_for_an_opt_out_enters_who_wants_calls_and_sees_the_mail_server(
    page: Page, gateway: SimulatedGateway
) -> None:
    await open_follow_ups(page, gateway, "zhao.qiang")
    await page.until_attribute("mail-link", "data-state", "up")
    await page.fill("opt-out-number", "wang@example.org")
    await page.click("opt-out-look")
    await page.until_text("opt-out", "正常接收")
    (asked,) = [one[2] for one in gateway.requests if one[1] == "/api/citizen/opt-outs/look"]
    assert asked == {"number": "wang@example.org"}
    await page.fill("opt-out-number", "13904510001")
    await page.click("opt-out-look")
    await page.until_text("by-call-set", "改用语音电话告知")
    await page.click("by-call-set")
    await page.until_text("by-call-set", "恢复短信告知")
    (asked,) = [one[2] for one in gateway.requests if one[1] == "/api/citizen/opt-outs"]
    assert asked == {"number": "13904510001", "out": False, "calls": True}
    clean(page)
