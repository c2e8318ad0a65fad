"""The desk in a real Chromium against a simulated gateway: what an agent and an acceptor see and do."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

import pytest

from tests.console.page import Page
from tests.console.seats import open_workspace, sit_at_desk
from tests.console.simulated_gateway import SimulatedGateway, category

pytestmark = pytest.mark.real

CALL = "0198f0aa-0000-7000-8000-000000000001"
DRAFT = "0198f0aa-0000-7000-8000-0000000000d1"
SAID = "你好我要反映一下南岗区学府路七十四号门口那个井盖丢了"
CONTEXT = {
    "earlier_calls": [
        {"call_id": "0", "at": "2026-11-20T02:00:00Z", "disposition": "enquiry", "summary": ""}
    ],
    "open_cases": [
        {
            "case_id": "k0",
            "number": "230103-20261120-0007",
            "category": "路灯",
            "state": "filed",
            "place": "学府路",
            "same_number": True,
        }
    ],
}


async def sign_in(page: Page, gateway: SimulatedGateway, user: str = "li.na") -> None:
    await sit_at_desk(page, gateway.url, user, "correct-horse")


async def talk(page: Page, gateway: SimulatedGateway) -> None:
    """A call that rings, is answered, and in which the citizen says what is wrong."""
    await sign_in(page, gateway)
    await gateway.ring(CALL, "13904510001", context=CONTEXT)
    await page.until_attribute("ring-bar", "data-state", "ringing")
    await gateway.answered(CALL)
    await gateway.said(CALL, "a1", "agent", "您好，松花热线，请讲。", at_s=1)
    await gateway.said(CALL, "c1", "citizen", SAID, at_s=4)
    await page.until_text("segment-c1", "井盖丢了")


async def draft(gateway: SimulatedGateway) -> None:
    await gateway.drafted(
        CALL,
        DRAFT,
        category=(category("P0103"), 0.48, [("c1", 21, 23)]),
        district=("230103", 0.95, [("c1", 8, 11)]),
        address=("学府路74号", 0.88, [("c1", 11, 18)]),
        description=("南岗区学府路74号门口井盖丢了", 0.8, [("c1", 8, 25)]),
        urgency=("normal", 0.7, []),
    )


def clean(page: Page) -> None:
    """No red line in the console, and nothing from the internet."""
    assert page.errors == []
    assert page.hosts <= {"127.0.0.1"}


async def picture(page: Page, name: str) -> None:
    folder = os.environ.get("SONGHUA_PICTURES")
    if folder:
        await page.picture(Path(folder) / f"{name}.png")


async def test_a_wrong_password_is_said_and_the_right_one_opens_the_desk(
    page: Page, gateway: SimulatedGateway
) -> None:
    await page.open(f"{gateway.url}/desk/")
    await page.fill("sign-in-user", "li.na")
    await page.fill("sign-in-password", "wrong-password")
    await page.click("sign-in-submit")
    await page.until_text("sign-in-trouble", "账号或密码不对")
    await picture(page, "sign-in")
    await page.fill("sign-in-password", "correct-horse")
    await page.press("Enter")
    await page.until_attribute("link-state", "data-state", "live")
    await page.until_text("who", "李娜")


async def test_the_screen_pops_at_ring_with_number_earlier_calls_and_open_cases(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway)
    await page.click("state-ready")
    await page.until_attribute("agent-state", "data-state", "ready")
    await gateway.ring(CALL, "13904510001", context=CONTEXT)
    await page.until_text("ring-number", "13904510001")
    await page.until_text("earlier-calls", "咨询")
    await page.until_text("open-cases", "230103-20261120-0007")
    # The phone stands elsewhere, so the desk says where to answer.
    await page.until_text("answer", "话机")
    await page.until_attribute("phone-state", "data-state", "elsewhere")
    await picture(page, "ring")
    clean(page)


async def test_both_speakers_are_told_apart_and_a_partial_is_replaced(
    page: Page, gateway: SimulatedGateway
) -> None:
    await talk(page, gateway)
    await gateway.said(CALL, "c2", "citizen", "晚上", final=False, at_s=9)
    await page.until_attribute("segment-c2", "data-final", "false")
    await gateway.said(CALL, "c2", "citizen", "晚上走路太吓人了", at_s=9)
    await page.until_attribute("segment-c2", "data-final", "true")
    assert await page.attribute("segment-a1", "data-speaker") == "agent"
    assert await page.attribute("segment-c2", "data-speaker") == "citizen"
    order = await page.run(
        "[...document.querySelectorAll('[data-testid^=segment-]')].map((e) => e.dataset.testid)"
    )
    assert order == ["segment-a1", "segment-c1", "segment-c2"]
    clean(page)


async def test_a_touched_field_marks_the_words_that_it_came_from(
    page: Page, gateway: SimulatedGateway
) -> None:
    await talk(page, gateway)
    await draft(gateway)
    await page.until_value("field-address", "学府路74号")
    assert await page.attribute("frame-category", "data-doubtful") == "true"
    await page.focus("field-address")
    marked = "[...document.querySelectorAll('mark.evidence')].map((e) => e.textContent).join('|')"
    assert await page.until(marked) == "学府路七十四号"
    await picture(page, "evidence")
    await page.focus("field-district")
    await page.until(f"{marked} === '南岗区'")
    clean(page)


async def test_a_draft_never_writes_under_the_agents_hands(page: Page, gateway: SimulatedGateway) -> None:
    await talk(page, gateway)
    await draft(gateway)
    await page.until_value("field-address", "学府路74号")
    await page.fill("field-address", "学府路76号")
    await gateway.drafted(CALL, DRAFT, address=("学府路78号", 0.9, []))
    await page.focus("field-description")
    await page.until_attribute("frame-address", "data-saving", "saved")
    await page.until_attribute("frame-address", "data-by", "agent")
    assert await page.value("field-address") == "学府路76号"
    assert gateway.drafts[DRAFT]["fields"]["address"]["value"] == "学府路76号"
    assert await page.focused() == "field-description"
    # What a draft heard while the field only has the focus waits beside it.
    await page.focus("field-crossing")
    await gateway.drafted(CALL, DRAFT, crossing=("学府路与哈西大街交口", 0.7, []))
    await page.until_text("suggestion-crossing", "哈西大街")
    assert await page.value("field-crossing") == ""
    await page.focus("field-address")
    await page.until_value("field-crossing", "学府路与哈西大街交口")
    # Where the draft changed in the moment of the agent's write, that was refused once and written anew.
    anew = [line for line in page.errors if "409" in line and line.endswith(f"/api/drafts/{DRAFT}")]
    assert len(anew) <= 1
    page.errors[:] = [line for line in page.errors if line not in anew]
    clean(page)


async def test_composing_with_an_input_method_is_left_alone(page: Page, gateway: SimulatedGateway) -> None:
    await talk(page, gateway)
    await draft(gateway)
    await page.until_value("field-address", "学府路74号")
    await page.focus("field-crossing")
    await page.command("Input.imeSetComposition", text="haxi", selectionStart=4, selectionEnd=4)
    await gateway.drafted(CALL, DRAFT, crossing=("西大直街", 0.9, []))
    await page.until_text("suggestion-crossing", "西大直街")
    await page.command("Input.insertText", text="哈西大街")
    assert await page.value("field-crossing") == "哈西大街"
    clean(page)


async def test_two_keys_file_the_case_then_a_unit_is_chosen_and_followed(
    page: Page, gateway: SimulatedGateway
) -> None:
    await talk(page, gateway)
    await draft(gateway)
    await gateway.drafted(CALL, DRAFT, count=("2", 0.8, []))
    await page.until_value("field-address", "学府路74号")
    await page.fill("field-category", "上水")
    await page.press("ArrowDown")
    await page.press("Enter")
    await page.until_attribute("field-category", "data-value", category("P0101"))
    await page.press("Enter", ctrl=True)
    await page.until_text("case-number", "230103-20261125-0001")
    assert await page.text("spoken-code") == "4271"
    filed = next(iter(gateway.cases.values()))
    assert (filed["category"], filed["address"]) == (category("P0101"), "学府路74号")
    await page.until_text("case-count", "2")
    await page.choose("unit-select", "app:17")
    await page.click("dispatch")
    for step, word in (
        ("queued", "已派出"),
        ("delivered", "已送达"),
        ("accepted", "已接单"),
        ("done", "已处置"),
    ):
        if step != "queued":
            await gateway.stepped(filed["case_id"], step, note="已换新井盖" if step == "done" else None)
        await page.until_attribute("dispatch-step", "data-step", step)
        await page.until_text("dispatch-step", word)
    await picture(page, "dispatch")
    assert len([one for one in gateway.requests if one[1].endswith("/confirm")]) == 1
    clean(page)


async def test_the_form_works_without_a_transcript_and_says_what_is_missing(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway)
    await gateway.ring(CALL, "13904510001")
    await gateway.answered(CALL)
    await page.click("draft-new")
    await page.fill("field-description", "路灯不亮")
    await page.click("confirm")
    await page.until_text("confirm-trouble", "类别")
    await page.fill("field-category", "P0137")
    await page.press("Tab")
    await page.until_attribute("field-category", "data-value", category("P0137"))
    await page.choose("field-district", "230102")
    await page.click("confirm")
    await page.until_text("case-number", "230103-20261125-0001")
    assert next(iter(gateway.cases.values()))["district"] == "230102"
    # The refusal of the first attempt is the only red line that the browser itself wrote.
    assert [line for line in page.errors if "422" not in line] == []


async def test_what_else_was_heard_is_shown_with_its_words_and_a_second_problem_gets_a_form(
    page: Page, gateway: SimulatedGateway
) -> None:
    await talk(page, gateway)
    await draft(gateway)
    await gateway.drafted(
        CALL,
        DRAFT,
        count=("1", 0.8, [("c1", SAID.index("那个"), SAID.index("那个") + 2)]),
        callback=("13904510001", 0.9, []),
        department=("城市管理局", 0.48, [("c1", 21, 23)]),
        intent=("complaint", 0.7, []),
    )
    lamp = {"category": category("P0137"), "confidence": 0.7, "evidence": []}
    again = {"case_id": "k9", "number": "230103-20261125-0009", "why": "near", "metres": 12.4, "filed_at": ""}
    await gateway.heard_besides(
        CALL, DRAFT, count={"said": "那个"}, department={"name_en": "City administration"},
        additional_problems=[lamp], duplicates=[again],
    )  # fmt: skip
    await page.until_text("beside-count", "那个")
    await page.until_text("beside-callback", "13904510001")
    await page.until_text("beside-intent", "投诉")
    await page.until_text("beside-department", "城市管理局")
    assert not await page.has("beside-caller")
    await page.until_text("duplicate", "230103-20261125-0009")
    await page.until_text("duplicate", "12 米")
    await page.run("document.querySelector('[data-testid=beside-count] button').focus()")
    await page.until("document.querySelector('mark.evidence')?.textContent === '那个'")
    await page.choose("language", "en")
    await page.until_text("beside-department", "City administration")
    await page.until_text("beside-intent", "Complaint")
    await picture(page, "besides")
    await page.click("open-further")
    await page.until("document.querySelector('[data-testid=further]') === null")
    assert [one["about"] for one in gateway.drafts.values()] == [None, category("P0137")]
    assert len([one for one in gateway.requests if one[1].endswith("/additional-problems")]) == 1
    clean(page)


async def test_a_refusal_is_told_in_the_readers_language(page: Page, gateway: SimulatedGateway) -> None:
    await talk(page, gateway)
    await draft(gateway)
    await page.until_value("field-address", "学府路74号")
    gateway.refuse["/confirm"] = "draft-closed"
    await page.click("confirm")
    await page.until_text("confirm-trouble", "这张登记单已立案或作废")
    await page.choose("language", "en")
    await page.until_text("confirm", "File the case")
    await page.click("confirm")
    await page.until_text("confirm-trouble", "this form was already filed or discarded")


async def test_danger_is_shown_in_red_with_the_number_to_hand_over_to(
    page: Page, gateway: SimulatedGateway
) -> None:
    await talk(page, gateway)
    await gateway.said(CALL, "c2", "citizen", "楼上着火了有人被困", at_s=9)
    await gateway.drafted(CALL, DRAFT, handoff=("119", 1.0, [("c2", 2, 5)]), urgency=("danger", 1.0, []))
    await page.until_text("handoff", "119")
    await page.focus("handoff-evidence")
    await page.until("document.querySelector('mark.evidence')?.textContent === '着火了'")
    await picture(page, "danger")
    await page.click("handoff-settled")
    await page.until("document.querySelector('[data-testid=handoff]') === null")
    clean(page)


async def test_every_call_ends_with_an_outcome(page: Page, gateway: SimulatedGateway) -> None:
    await talk(page, gateway)
    await gateway.ended(CALL)
    await page.until_attribute("ring-bar", "data-state", "quiet")
    await page.click("disposition-prank")
    await page.click("disposition-submit")
    await page.until_text("disposition-done", "骚扰")
    assert gateway.dispositions[CALL]["kind"] == "prank"
    clean(page)


async def test_the_acceptor_closes_what_a_unit_has_done(page: Page, gateway: SimulatedGateway) -> None:
    values = dict.fromkeys(("district", "address", "crossing", "urgency", "handoff", "intent"))
    case = gateway.case_of({**values, "category": category("P0103"), "description": "井盖丢了"}, CALL, 1)
    case |= {"state": "done", "case_id": "k1"}
    case["dispatches"] = [
        {
            "dispatch_id": "d1",
            "case_id": "k1",
            "unit_id": "app:17",
            "step": "done",
            "reason": None,
            "note": "已换新井盖",
            "at": "2026-11-25T06:00:00Z",
        }
    ]
    gateway.cases["k1"] = case
    await sign_in(page, gateway, "wang.wei")
    await page.click("accept-k1")
    await page.until_text("accept-case", "已换新井盖")
    # An acceptor has no phone and no calls of his own.
    assert not await page.has("phone-state")
    assert not await page.has("ring-bar")
    await page.click("close-case")
    await page.until_text("accept-trouble", "请先写核查结果")
    await page.fill("close-note", "现场核查，井盖已更换")
    await page.click("close-case")
    await page.until_text("accept-trouble", "请选择达到的结案条件")
    assert await page.focused() == "close-condition"
    await page.choose("close-condition", "restored")
    await picture(page, "acceptance")
    await page.click("close-case")
    await page.until_text("case-closed", "230103-20261125-0001")
    assert gateway.cases["k1"]["state"] == "closed"
    assert [one[1] for one in gateway.requests if one[0] == "POST"] == [
        "/api/cases/k1/verify",
        "/api/cases/k1/close",
    ]
    clean(page)


async def test_a_dispatcher_sees_who_talks_in_each_talkgroup(page: Page, gateway: SimulatedGateway) -> None:
    await gateway.floor("app:daoli", "taken", "app:17", talker_name="南岗一队", waiting=2)
    await sign_in(page, gateway, "sun.li")
    await open_workspace(page, "field")
    await page.until_text("floor-app:daoli", "南岗一队")
    await page.until_text("floor-app:daoli", "道里")  # its name comes by another request
    shown = await page.text("floor-app:daoli")
    assert "有人讲话" in shown
    waiting = "document.querySelector('[data-testid=\"floor-app:daoli\"]').cells[4].innerText"
    assert await page.run(waiting) == "2"
    await gateway.floor("app:daoli", "taken", "dispatch")
    await page.until_text("floor-app:daoli", "调度台")
    await gateway.floor("app:nangang", "taken", "app:18", talker_name="香坊二队", emergency=True)
    await page.until_text("floor-app:nangang", "紧急")
    first = "document.querySelector('[data-testid=floor-list] tbody tr').dataset.testid"
    assert await page.run(first) == "floor-app:nangang"
    await picture(page, "floor")
    await gateway.floor("app:daoli", "away")
    await page.until_text("floor-app:daoli", "话权控制不在线")
    await gateway.floor("app:daoli", "closed")
    await page.until("document.querySelector('[data-testid=\"floor-app:daoli\"]') === null")
    clean(page)


async def filed(page: Page, gateway: SimulatedGateway, *units: str) -> str:
    """A call whose case is filed and dispatched to these, each after the one before has declined; its id."""
    await talk(page, gateway)
    await draft(gateway)
    await page.until_value("field-address", "学府路74号")
    await page.press("Enter", ctrl=True)
    await page.until_text("case-number", "0001")
    (case,) = gateway.cases
    for unit in units:
        if gateway.cases[case]["dispatches"]:
            await gateway.stepped(case, "declined")
        await page.choose("unit-select", unit)
        await page.click("dispatch")
        count = "document.querySelectorAll('[data-testid=dispatch-step]').length"
        await page.until(f"{count} === {units.index(unit) + 1}", f"a dispatch to {unit}")
    return case


async def tab_to(page: Page, testid: str) -> None:
    for _ in range(40):
        await page.press("Tab")
        if await page.focused() == testid:
            return
    raise AssertionError(f"{testid} is not reached by the key Tab")


async def test_photos_of_crews_are_opened_by_keys_and_each_look_is_asked_for_once(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.users["li.na"]["roles"] = ["agent", "dispatcher"]
    case = await filed(page, gateway, "app:17")
    await page.until_text("case-photos", "还没有照片")
    gateway.photo("p1", case)
    gateway.photo("p2", case, state="erased")
    gateway.photo("p3", str(uuid4()))
    gateway.photo("p4", case)
    await gateway.stepped(case, "arrived")
    await page.until_text("photo-p1", "南岗一队")
    assert await page.attribute("case-photos", "data-count") == "3"
    await page.until_text("case-photos", "的照片已删除")

    def looks() -> int:
        return len([one for one in gateway.requests if one[1] == "/api/photos/p1"])

    assert looks() == 0
    await page.focus("recall")
    await tab_to(page, "photo-p1")
    await page.press("Enter")
    await page.until("document.querySelector('[data-testid=photo-shown]')?.naturalWidth === 4", "the picture")
    assert looks() == 1
    await picture(page, "photos")
    await page.press("Escape")
    await page.until("document.querySelector('[data-testid=photo-shown]') === null")
    assert await page.focused() == "photo-p1"
    clean(page)
    gateway.refuse["/p4"] = "unavailable"
    await page.click("photo-p4")
    await page.until_text("case-photos", "照片打不开")


async def test_a_photo_comes_by_itself_though_nothing_tells_of_it(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.users["li.na"]["roles"] = ["agent", "supervisor"]
    case = await filed(page, gateway, "app:17")
    await page.until_text("case-photos", "还没有照片")
    gateway.photo("p1", case)
    await page.until_attribute("case-photos", "data-count", "1", seconds=20)


async def test_the_desk_and_the_crews_of_a_case_write_to_each_other(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.users["li.na"]["roles"] = ["agent", "dispatcher"]
    case = await filed(page, gateway, "app:18", "app:17")
    await page.until_text("case-texts", "立案以来还没有消息")
    await gateway.text("t9", "不是这一单的", way="up", state="received", unit_id="app:99")
    # To the crew that got the job last, unless another one is chosen.
    assert await page.value("text-to") == "app:17"
    await page.fill("text-words", "学府路封闭，请绕行")
    await page.press("Enter")
    await page.until_text("case-texts", "请绕行")
    ((_, path, body),) = [one for one in gateway.requests if one[0] == "POST" and one[1].endswith("/texts")]
    assert (path, body["text"]) == ("/api/units/app:17/texts", "学府路封闭，请绕行")
    sent = f"text-{body['op_id']}"
    assert await page.attribute(sent, "data-state") == "queued"
    await page.until_text(sent, "李娜")
    await page.until_value("text-words", "")
    await gateway.text(body["op_id"], body["text"], way="down", state="displayed")
    await page.until_text(sent, "已显示")
    await gateway.text("t1", "收到，走哈尔滨大街", way="up", state="received")
    await page.until_attribute("text-t1", "data-state", "received")
    await page.until_text("text-t1", "南岗一队")
    await page.focus("recall")
    await tab_to(page, "read-t1")
    await picture(page, "texts")
    await page.press("Enter")
    await page.until_attribute("text-t1", "data-state", "read")
    assert "不是这一单的" not in await page.text("case-texts")
    await page.choose("text-to", "app:18")
    await page.fill("text-words", "你们也去")
    gateway.refuse["/texts"] = "unavailable"
    await page.click("text-send")
    await page.until_text("notice", "操作未成功")
    # What was written stays until it is taken, and is one text however often it is sent.
    assert await page.value("text-words") == "你们也去"
    gateway.refuse.clear()
    await page.click("text-send")
    await page.until_text("case-texts", "你们也去")
    assert [one["unit_id"] for one in gateway.texts.values() if one["way"] == "down"] == ["app:17", "app:18"]
    await page.choose("language", "en")
    await page.until_text(sent, "On its screen")
    assert gateway.cases[case]["dispatches"]


async def test_texts_that_came_while_the_link_was_away_are_there_afterwards(
    page: Page, gateway: SimulatedGateway
) -> None:
    gateway.users["li.na"]["roles"] = ["agent", "supervisor"]
    await filed(page, gateway, "app:17")
    await page.until_text("case-texts", "立案以来还没有消息")
    await gateway.cut()
    await gateway.text("t1", "已到现场", way="up", state="received")
    await page.until_text("case-texts", "已到现场")


async def test_who_only_takes_calls_sees_neither_photos_nor_texts(
    page: Page, gateway: SimulatedGateway
) -> None:
    await filed(page, gateway, "app:17")
    assert not await page.has("case-photos")
    assert not await page.has("case-texts")
    assert [one[1] for one in gateway.requests if "photos" in one[1] or "texts" in one[1]] == []
    clean(page)


LACKS = ("pre_empt", "emergency_call", "queue", "text", "location", "status")


async def test_a_dispatcher_sees_how_the_network_of_each_talkgroup_is(
    page: Page, gateway: SimulatedGateway
) -> None:
    for talkgroup in ("app:daoli", "dmr:9", "svx:4011", "svx:9999"):
        await gateway.floor(talkgroup, "idle")
    await gateway.network("app", can=["text"], lacks=("speak", "hear", "queue", "pre_empt", "emergency_call"))
    await gateway.network("svx", ("svx:4011", True, "", ""), can=["speak", "hear"], lacks=LACKS)
    await sign_in(page, gateway, "sun.li")
    await open_workspace(page, "field")
    await page.until_attribute("network-svx:4011", "data-stage", "up")
    # The centre does by itself what the terminals' network lacks.
    shown = await page.text("network-app:daoli")
    assert "已连接" in shown
    assert "不具备" not in shown
    for missing in ("svx:9999", "dmr:9"):
        await page.until_attribute(f"network-{missing}", "data-stage", "missing")
        await page.until_text(f"network-{missing}", "没有网络承载这个通话组")
    down = ("svx:4011", False, "as US: it is away", "反射器断开了连接")
    await gateway.network("svx", down, can=["speak", "hear"], lacks=LACKS)
    await page.until_attribute("network-svx:4011", "data-stage", "down")
    await page.until_text("network-svx:4011", "反射器断开了连接")
    # What it lacks is opened and closed by keys alone.
    await page.until_text("network-svx:4011", "不具备：紧急呼叫也要等 · 不排队 · 不报位置 · 另有 2 项")
    opened = "document.querySelector('[data-testid=\"network-svx:4011\"] details').open"
    assert not await page.run(opened)
    await page.focus("view-field")
    await tab_to(page, "lacks-svx:4011")
    await page.press("Enter")
    await page.until(opened, "the rest of what it lacks")
    await page.until_text("network-svx:4011", "不能报处置状态")
    await picture(page, "networks")
    await page.choose("language", "en")
    await page.until_text("network-svx:4011", "as US: it is away")
    await page.until_text("network-svx:4011", "an emergency waits, too · no queue")
    assert await page.focused() == "lacks-svx:4011"
    clean(page)


async def test_a_network_of_which_nothing_is_heard_is_unknown(page: Page, gateway: SimulatedGateway) -> None:
    await gateway.floor("svx:4011", "idle")
    await gateway.network("svx", ("svx:4011", True, "", ""), can=["speak", "hear"], age_s=85.0)
    await sign_in(page, gateway, "sun.li")
    await open_workspace(page, "field")
    await page.until_attribute("network-svx:4011", "data-stage", "up")
    await page.until_attribute("network-svx:4011", "data-stage", "unknown", seconds=12)
    await page.until_text("network-svx:4011", "角色 radio 已有 90 秒没有消息")
    await gateway.network("svx", ("svx:4011", True, "", ""), can=["speak", "hear"])
    await page.until_attribute("network-svx:4011", "data-stage", "up")
    clean(page)


async def test_networks_are_asked_for_again_after_the_link_was_away(
    page: Page, gateway: SimulatedGateway
) -> None:
    await gateway.floor("svx:4011", "idle")
    await gateway.network("svx", ("svx:4011", True, "", ""), can=["speak", "hear"])
    await sign_in(page, gateway, "sun.li")
    await open_workspace(page, "field")
    await page.until_attribute("network-svx:4011", "data-stage", "up")
    gateway.networks["svx"]["links"][0] |= {"up": False, "why": "stopped", "why_zh": "已停止"}
    await gateway.cut()
    await page.until_attribute("network-svx:4011", "data-stage", "down", seconds=20)
    await page.until_text("network-svx:4011", "已停止")


async def test_who_does_not_command_has_no_view_of_talkgroups(page: Page, gateway: SimulatedGateway) -> None:
    await sign_in(page, gateway)
    assert not await page.has("view-field")


async def test_missing_words_are_said_and_speech_overload_too(page: Page, gateway: SimulatedGateway) -> None:
    await talk(page, gateway)
    where = {"call_id": CALL, "leg_id": "leg-citizen", "speaker": "citizen"}
    await gateway.tell(
        "speech.transcript_gap",
        **where,
        segment_id="g1",
        start_s=9,
        end_s=12,
        started_at="2026-11-25T14:00:09Z",
        reason="overload",
        node="",
    )
    await page.until_text("transcript-gap", "语音过载")
    await gateway.tell("hotline.tap_shed", **where, reason="no_capacity")
    await page.until_text("transcript-shed", "市民的声音没有转写")
    clean(page)


async def test_the_transcript_follows_until_it_is_scrolled_up(page: Page, gateway: SimulatedGateway) -> None:
    await talk(page, gateway)
    for i in range(30):
        await gateway.said(CALL, f"s{i}", "citizen", f"第{i}句话", at_s=20 + i)
    box = "document.querySelector('[data-testid=transcript]')"
    at_end = f"{box}.scrollHeight - {box}.scrollTop - {box}.clientHeight < 40"
    await page.until_text("transcript", "第29句话")
    await page.until(at_end)
    await page.run(f"{box}.scrollTop = 0")
    await page.until("document.querySelector('[data-testid=transcript-follow]') !== null")
    await gateway.said(CALL, "new", "agent", "还在听吗", at_s=90)
    await page.until_text("segment-new", "还在听吗")
    assert await page.run(f"{box}.scrollTop") == 0
    await page.click("transcript-follow")
    await page.until(at_end)
    clean(page)


async def test_a_missed_event_is_healed_by_a_snapshot(page: Page, gateway: SimulatedGateway) -> None:
    await talk(page, gateway)
    await gateway.lose_an_event()
    await gateway.drafted(CALL, DRAFT, address=("学府路74号", 0.9, []))
    await page.until_value("field-address", "学府路74号")
    assert ("WS", "resync", None) in gateway.requests
    clean(page)


async def test_a_cut_link_greys_the_data_keeps_the_text_and_comes_back_by_itself(
    page: Page, gateway: SimulatedGateway
) -> None:
    await talk(page, gateway)
    await draft(gateway)
    await page.until_value("field-address", "学府路74号")
    gateway.reachable = False
    await gateway.cut()
    await page.until_text("stale", "连接中断")
    await page.fill("field-address", "学府路80号")
    await page.focus("field-description")
    await page.until_text("frame-address", "未保存")
    await picture(page, "stale")
    gateway.reachable = True
    await page.until_attribute("link-state", "data-state", "live")
    await page.until("!document.querySelector('[data-testid=frame-address]').innerText.includes('未保存')")
    assert gateway.drafts[DRAFT]["fields"]["address"]["value"] == "学府路80号"


async def test_the_whole_desk_speaks_english_too(page: Page, gateway: SimulatedGateway) -> None:
    await talk(page, gateway)
    await draft(gateway)
    await page.until_value("field-address", "学府路74号")
    await page.choose("language", "en")
    await page.until_text("confirm", "File the case")
    await page.focus("field-address")
    await picture(page, "english")
    chinese = await page.run(
        "(() => { const data = ['[data-testid^=segment-]', 'input', 'textarea', 'select', '.who',"
        " '.context', '.suggestion']; const copy = document.body.cloneNode(true);"
        " copy.querySelectorAll(data.join(',')).forEach((e) => e.remove());"
        " return copy.textContent.match(/[\\u4e00-\\u9fff]+/g) ?? []; })()"
    )
    assert chinese == []
    assert await page.run("document.documentElement.lang") == "en"
    clean(page)


async def test_f8_walks_through_what_is_doubtful_or_empty(page: Page, gateway: SimulatedGateway) -> None:
    await talk(page, gateway)
    await draft(gateway)
    await page.until_value("field-address", "学府路74号")
    seen = []
    for _ in range(3):
        await page.press("F8")
        seen.append(await page.focused())
    assert seen == ["field-category", "field-crossing", "field-category"]
    clean(page)


async def test_the_call_stays_in_hand_on_hold_in_consultation_and_conference_and_not_parked(
    page: Page, gateway: SimulatedGateway
) -> None:
    await talk(page, gateway)
    for state, word in (("hold", "保持"), ("consulting", "咨询同事"), ("conference", "多方通话")):
        await gateway.becomes(CALL, state)
        await page.until_text("ring-bar", word)
        assert await page.attribute("ring-bar", "data-state") == "talking"
        await page.until_text(f"call-{CALL}", word)
    await gateway.becomes(CALL, "parked")
    await page.until_attribute("ring-bar", "data-state", "quiet")
    await page.until_text(f"call-{CALL}", "驻留")
    clean(page)


async def test_a_colleague_who_is_asked_sees_the_call_ring(page: Page, gateway: SimulatedGateway) -> None:
    await sign_in(page, gateway)
    await gateway.ring(CALL, "13904510001", agent_id="chen.mo")
    await gateway.answered(CALL, agent_id="chen.mo")
    await page.until_text(f"call-{CALL}", "通话中")
    gateway.calls[CALL]["legs"].append(gateway.leg("agent", "li.na", "ringing"))
    await gateway.becomes(CALL, "consulting")
    await page.until_attribute("ring-bar", "data-state", "ringing")
    gateway.calls[CALL]["legs"][-1]["state"] = "up"
    await gateway.becomes(CALL, "consulting")
    await page.until_attribute("ring-bar", "data-state", "talking")
    clean(page)


async def test_a_supervisor_sees_who_calls_for_help_and_says_that_he_comes(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway, "zhao.qiang")
    await gateway.ring(CALL, "13904510001")
    await gateway.answered(CALL)
    gateway.calls[CALL]["help"] = {
        "asked_by": "li.na",
        "asked_at": gateway.calls[CALL]["since"],
        "accepted_by": None,
        "accepted_at": None,
    }
    await gateway.tell("hotline.help_changed", call_id=CALL, help=gateway.calls[CALL]["help"])
    await page.until_text(f"help-{CALL}", "李娜 求助")
    await page.until_text(f"call-{CALL}", "已求助")
    await picture(page, "help")
    await page.focus("help-accept")
    await page.press("Enter")
    await page.until_text(f"help-{CALL}", "已响应")
    await gateway.ended(CALL)
    await page.until("document.querySelector('[data-testid^=help-0198]') === null")
    clean(page)


async def test_an_offered_callback_is_accepted_by_key_and_a_missed_end_is_healed(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway)
    await gateway.offers("b1", "13904510002")
    await page.until_text("callback-offer", "13904510002")
    await page.until_text("callback-offer", "排队时挂断")
    await picture(page, "callback-offer")
    await page.focus("callback-accept")
    await page.press("Enter")
    await page.until("document.querySelector('[data-testid=callback-accept]') === null")
    assert ("POST", "/api/callbacks/b1/accept") in [one[:2] for one in gateway.requests]
    await gateway.offers("b2", "13904510003")
    await page.until_text("callback-offer", "13904510003")
    await gateway.tell("hotline.callback_offer_over", callback_id="b1", agent_id="li.na", why="expired")
    # A page that lost the link sees with the snapshot that the offer is over, and not before.
    await gateway.lose_an_event()
    gateway.offer = None
    await page.until_text("callback-offer", "13904510003")
    await gateway.tell("hotline.queue_changed", queue={"queue": "hotline", "waiting": 0})
    await page.until("document.querySelector('[data-testid=callback-accept]') === null")
    clean(page)


async def test_what_the_dialogue_noticed_is_there_before_the_answer(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway)
    await gateway.tell("ivr.caller_marked", call_id=CALL, uniqueid="u", mark="silent")
    await gateway.ring(CALL, "13904510001")
    await page.until_attribute("caller-mark", "data-mark", "silent")
    clean(page)


async def test_who_is_set_to_busy_or_cut_off_is_told_why(page: Page, gateway: SimulatedGateway) -> None:
    await talk(page, gateway)
    told = {"agent_id": "li.na", "state": "busy", "reason": "missed", "cause": "missed_rings", "by": ""}
    await gateway.tell("hotline.agent_state_set", **told, missed=2)
    await page.until_text("notice", "您连续 2 次未接来电")
    await page.until_text("notice", "示忙")
    gateway.calls[CALL]["state"] = "ended"
    ended = {"cause": "hangup", "outcome": "answered", "direction": "inbound", "merged_into": None}
    await gateway.tell(
        "hotline.call_ended", call_id=CALL, agent_ids=["li.na"], disposition_needed=True,
        confidential=False, cut_off=True, **ended,
    )  # fmt: skip
    await page.until_text("notice", "与 13904510001 的通话中断")
    await gateway.tell(
        "hotline.call_ended", call_id=CALL, agent_ids=["li.na"], disposition_needed=True,
        confidential=False, cut_off=True, phone_lost=True, **ended,
    )  # fmt: skip
    await page.until_text("notice", "13904510001 的话机未挂机即失去联系")
    clean(page)
