"""Quality of calls and scheduled reports at the desk: forms, scores, blind calibration, own scores, mails."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.contrast import contrast_faults
from tests.console.page import Page
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.test_accessibility import faults
from tests.console.test_desk_cases import DARK, LIGHT, done, put
from tests.console.test_desk_page import CALL, clean, picture, sign_in

pytestmark = pytest.mark.real

FORM = {
    "name": "通话质量",
    "sections": [
        {
            "title": "开头",
            "questions": [
                {
                    "question_id": "greeting",
                    "text": "使用规范问候语",
                    "points": 1,
                    "weight": 1,
                    "fatal": False,
                },
                {"question_id": "listening", "text": "耐心倾听", "points": 5, "weight": 3, "fatal": False},
            ],
        },
        {
            "title": "处理",
            "questions": [
                {"question_id": "danger", "text": "险情立即移交", "points": 1, "weight": 1, "fatal": True}
            ],
        },
    ],
}


def answers(greeting: int, listening: int, danger: int) -> dict[str, Any]:
    given = {"greeting": greeting, "listening": listening, "danger": danger}
    return {name: {"points": points, "note": ""} for name, points in given.items()}


@pytest.fixture
def scored(gateway: SimulatedGateway) -> SimulatedGateway:
    """A form, and a call of li.na's."""
    ledger = gateway.ledger
    ledger.forms.append(ledger._form("f1", 1, FORM))
    ledger.call(CALL)
    gateway.users["qian.jun"] = {"id": "qian.jun", "name": "钱军", "roles": ["supervisor"]}
    return gateway


def card(gateway: SimulatedGateway, scorer: str, calibration: str | None = None, **given: int) -> None:
    told = {
        "call_id": CALL, "agent": "li.na", "form_id": "f1", "number": 1, "note": "请先移交，再登记",
        "calibration_id": calibration,
        "answers": answers(**{"greeting": 1, "listening": 5, "danger": 1} | given),
    }  # fmt: skip
    gateway.ledger.cards.insert(0, gateway.ledger.card(told, scorer))


async def record(page: Page, gateway: SimulatedGateway) -> None:
    await page.open(f"{gateway.url}/desk/supervision/recordings/{CALL}")
    await page.until("document.querySelector('[data-testid=score-panel]') !== null", "the scoring form")


async def test_the_city_edits_a_form_in_versions(page: Page, gateway: SimulatedGateway) -> None:
    await sign_in(page, gateway, "zhao.qiang")
    await open_workspace(page, "supervision")
    await page.click("view-quality")
    await page.click("form-new")
    await page.fill("form-name", "通话质量")
    await page.fill("section-0", "开头")
    await page.fill("question-q1", "使用规范问候语")
    await page.click("add-question-0")
    await page.fill("question-q2", "险情立即移交")
    await page.fill("weight-q2", "3")
    await page.click("fatal-q2")
    await page.click("form-save")
    await page.until_text("quality-told", "已保存")
    [form] = gateway.ledger.forms
    assert [one["fatal"] for one in form["content"]["sections"][0]["questions"]] == [False, True]
    assert form["content"]["sections"][0]["questions"][1]["weight"] == 3
    await page.fill("form-name", "通话质量（二版）")
    await page.click("form-save")
    await page.until_text("form-versions", "2")
    assert [one["number"] for one in gateway.ledger.forms] == [1, 2]
    await page.click("form-retire")
    await page.until_text("forms-none", "还没有")
    clean(page)


async def test_a_call_is_scored_and_marked_while_it_plays(page: Page, scored: SimulatedGateway) -> None:
    await sign_in(page, scored, "zhao.qiang")
    await record(page, scored)
    await page.click("sound-toggle")
    await page.until_attribute("call-sound", "data-state", "ready")
    await page.fill("mark-note", "没有复述地址")
    await page.click("mark-send")
    await page.until("document.querySelector('[data-testid=mark]') !== null", "the mark")
    await page.choose("answer-greeting", "1")
    await page.choose("answer-listening", "3")
    await page.choose("answer-danger", "1")
    await page.until_text("score-so-far", "76.0")
    await page.fill("score-note", "请复述地址")
    await page.click("score-send")
    await page.until_text("score-told", "已评分")
    [filled] = scored.ledger.cards
    assert (filled["score"], filled["note"], filled["scorer"]) == (76.0, "请复述地址", "zhao.qiang")
    await page.until_text("score-cards", "76.0")
    assert [one["note"] for one in scored.ledger.marks] == ["没有复述地址"]
    await page.click("mark-remove")
    await page.until("document.querySelector('[data-testid=mark]') === null", "no mark")
    clean(page)


async def test_two_supervisors_calibrate_blind(page: Page, scored: SimulatedGateway) -> None:
    await sign_in(page, scored, "zhao.qiang")
    await record(page, scored)
    await page.choose("calibrate-second", "qian.jun")
    await page.click("calibrate-open")
    await page.until_text("score-told", "钱军")
    for question, points in (("greeting", "1"), ("listening", "5"), ("danger", "1")):
        await page.choose(f"answer-{question}", points)
    await page.click("score-send")
    await page.until_text("calibration-waits", "钱军")
    [opened] = scored.ledger.calibrations
    card(scored, "qian.jun", opened["calibration_id"], listening=3, danger=0)
    await page.open(f"{scored.url}/desk/supervision/quality")
    await page.click("calibration-open")
    await page.until_text("calibration-agreement", "33 %")
    # Cards of a calibration are none of the agent's.
    assert not await page.has("score-row")
    clean(page)


async def test_an_agent_sees_the_own_scores_with_notes_and_marks(
    page: Page, scored: SimulatedGateway
) -> None:
    card(scored, "zhao.qiang", danger=0)
    scored.ledger.marks.append(
        {"mark_id": "m1", "call_id": CALL, "at_s": 3.5, "note": "语速太快", "made_by": "zhao.qiang",
         "made_at": "2026-11-29T06:10:00Z"}
    )  # fmt: skip
    await sign_in(page, scored, "li.na")
    await page.open(f"{scored.url}/desk/account")
    await page.until_text("own-scores", "0.0")
    await page.click("score-open")
    await page.until_text("score-filled", "请先移交，再登记")
    await page.until_text("marks", "语速太快")
    assert not await page.has("mark-note")
    assert not await page.has("mark-remove")


async def test_a_report_is_scheduled_sent_and_removed(page: Page, gateway: SimulatedGateway) -> None:
    await sign_in(page, gateway, "zhao.qiang")
    await open_workspace(page, "reports")
    await page.click("view-schedules")
    await page.fill("schedule-name", "每日接通率")
    await page.choose("schedule-every", "week")
    await page.fill("schedule-recipients", "chief@city.example，deputy@city.example")
    await page.click("schedule-save")
    await page.until_text("schedule-told", "已保存")
    [made] = gateway.ledger.schedules
    assert made["recipients"] == ["chief@city.example", "deputy@city.example"]
    assert (made["every"], made["report"], made["format"]) == ("week", "queues", "csv")
    await page.click("schedule-send")
    await page.until_text("schedule-told", "已排队")
    await page.click("schedule-remove")
    await page.until("document.querySelector('[data-testid=schedule-row]') === null", "no schedule")
    clean(page)


async def test_a_figure_leads_to_its_calls(page: Page, gateway: SimulatedGateway) -> None:
    gateway.ledger.reports["agents"] = {
        "report": "agents", "from": "2026-11-29T00:00:00Z", "to": "2026-11-30T00:00:00Z", "interval": "day",
        "time_zone": "UTC", "columns": ["interval_start", "agent", "answered", "signed_in"],
        "units": {"answered": "count", "signed_in": "seconds"}, "total": {"answered": 3, "signed_in": 60.0},
        "rows": [
            {"interval_start": "2026-11-29T00:00:00Z", "agent": "li.na", "answered": 3, "signed_in": 60.0}
        ],
        "next": "",
    }  # fmt: skip
    await sign_in(page, gateway, "zhao.qiang")
    await page.open(f"{gateway.url}/desk/reports/agents")
    await page.until("document.querySelector('[data-testid=behind-answered]') !== null", "the figure")
    assert not await page.has("behind-signed_in")
    await page.click("behind-answered")
    await page.until("location.pathname.endsWith('/supervision/recordings')", "the calls")
    asked = await page.run("new URLSearchParams(location.search).toString()")
    assert "outcome=answered" in asked
    assert "agent=li.na" in asked
    assert "direction=inbound" in asked
    clean(page)


async def test_an_acceptor_hears_reads_and_knows_whom_to_call_back(
    page: Page, scored: SimulatedGateway
) -> None:
    case = put(scored, 1)
    scored.cases[case] |= done(case) | {"callback": "13945671234"}
    scored.photo("p1", case)
    await sign_in(page, scored, "wang.wei")
    await page.click("accept-k1")
    await page.until_text("accept-callback", "13945671234")
    await page.until_attribute("photos-side", "data-count", "1")
    await page.click(f"timeline-call-{CALL}")
    await page.click("sound-toggle")
    await page.until_attribute("call-sound", "data-state", "ready")
    await page.until_text("record-words", "井盖没了")
    # What is a supervisor's is not offered.
    for name in ("record-reveal", "record-hold", "score-panel", "marks"):
        assert not await page.has(name), name
    assert ("GET", f"/api/ledger/recordings/{CALL}-r", None) in scored.requests
    await picture(page, "acceptance-heard")
    clean(page)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [1440, 1280])
async def test_axe_finds_nothing_in_quality_and_schedules(
    page: Page, scored: SimulatedGateway, language: str, width: int
) -> None:
    card(scored, "zhao.qiang", danger=0)
    card(scored, "qian.jun", listening=3)
    ledger = scored.ledger
    opened = {
        "calibration_id": "c1", "call_id": CALL, "agent": "li.na", "form_id": "f1", "number": 1, "form": FORM,
        "first": "zhao.qiang", "second": "qian.jun", "opened_by": "zhao.qiang",
        "opened_at": "2026-11-29T08:00:00Z",
    }  # fmt: skip
    ledger.calibrations += [
        opened,
        opened | {"calibration_id": "c2", "first": "qian.jun", "second": "zhao.qiang"},
    ]
    card(scored, "zhao.qiang", "c1")
    card(scored, "qian.jun", "c1", listening=2)
    await sign_in(page, scored, "zhao.qiang")
    await page.size(width, 900)
    await page.choose("language", language)
    await open_workspace(page, "supervision")
    await page.click("view-quality")
    await page.click("form-edit")
    await page.click("calibration-open")
    await page.until("document.querySelector('[data-testid=calibration-result]') !== null", "the comparison")
    assert await faults(page) == []
    assert await contrast_faults(page) == []
    await picture(page, f"quality-{language}-{width}")
    await page.run(DARK)
    assert await contrast_faults(page) == []
    await picture(page, f"quality-{language}-{width}-dark")
    await page.run(LIGHT)
    await record(page, scored)
    assert await faults(page) == []
    assert await contrast_faults(page) == []
    await picture(page, f"score-{language}-{width}")
    await page.run("document.querySelector('[data-testid=score-panel]').scrollIntoView()")
    await picture(page, f"score-panel-{language}-{width}")
    ledger.schedules.append(
        {"schedule_id": "s1", "name": "每日接通率", "report": "queues", "every": "day", "hour": 6,
         "time_zone": "UTC", "queue": "", "agent": "", "recipients": ["chief@city.example"], "format": "csv",
         "language": "zh",
         "owner": "zhao.qiang", "active": True, "due_at": "2026-12-01T22:00:00Z", "changed_by": "zhao.qiang",
         "changed_at": "2026-11-29T06:00:00Z"}
    )  # fmt: skip
    for n, state in enumerate(("sent", "queued", "refused")):
        ledger.mails.append(
            {"mail_id": f"m{n}", "schedule_id": "s1", "recipient": "chief@city.example",
             "since": "2026-11-28",
             "until": "2026-11-29", "state": state, "attempts": n + 1,
             "error": "" if n == 0 else "mail-server-away", "why": "" if n == 0 else "451 try later",
             "queued_at": "2026-11-29T06:00:00Z", "ended_at": None}
        )  # fmt: skip
    await page.open(f"{scored.url}/desk/reports/schedules")
    await page.until("document.querySelector('[data-testid=schedule-mails]') !== null", "the mails")
    assert await faults(page) == []
    assert await contrast_faults(page) == []
    await picture(page, f"schedules-{language}-{width}")
    await page.run(DARK)
    assert await contrast_faults(page) == []
