"""Text messages of citizens through the simulated SMSC: a report, a question, an opt-out; each answered."""

from __future__ import annotations

from sqlalchemy import func, select

from citizen.messages.model import MessageState
from citizen.messages.tables import opt_outs
from citizen.tables import reports
from core.storage import Storage
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER
from tests.citizen.city import City
from tests.peers.simulated_smsc import NUMBER, SimulatedSmsc
from tests.sms.sms_world import CITIZEN, SmsWorld, sms_world
from tests.waiting import until

WORDS = "公滨路5号门口井盖不见了，很危险"


async def count(storage: Storage, table: object) -> int:
    async with storage.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())  # type: ignore[arg-type]


async def got(smsc: SimulatedSmsc, number: int) -> str:
    await until(lambda: len(smsc.submitted) >= number, f"{number} messages")
    return "".join(str(one["text"]) for one in smsc.submitted)


async def filed(on: City) -> str:
    """The case that an agent files from the only report."""
    await on.settle()
    (draft,) = (await on.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"]
    await on.act(AGENT, f"/drafts/{draft['draft_id']}/take")
    case_id = (await on.act(AGENT, f"/drafts/{draft['draft_id']}/confirm")).json()["case_id"]
    await on.settle()
    return str(case_id)


async def closed(on: City, case_id: str) -> None:
    await on.act(DISPATCHER, f"/cases/{case_id}/done")
    await on.act(ACCEPTOR, f"/cases/{case_id}/verify")
    await on.act(ACCEPTOR, f"/cases/{case_id}/close", note="现场已恢复", condition="restored")
    await on.settle()


async def report_by_text(world: SmsWorld) -> str:
    """A case that was filed from a text message."""
    world.smsc.write(CITIZEN, WORDS)
    await until(lambda: "编号R" in "".join(world.texts), "a receipt")
    return await filed(world.city)


async def test_a_report_has_a_receipt_and_its_steps_are_told(
    any_storage: Storage, smsc: SimulatedSmsc
) -> None:
    async with sms_world(any_storage, smsc) as world:
        await until(lambda: smsc.count("bound") == 1, "a link")
        case_id = await report_by_text(world)
        await until(lambda: "已受理" in "".join(world.texts), "that it was accepted")
        await closed(world.city, case_id)
        await until(lambda: "已办结" in "".join(world.texts), "that it was closed")
        shown = (await world.city.ask(AGENT, "GET", f"/cases/{case_id}/messages")).json()
        assert {one["template"] for one in shown["messages"]} == {"received", "done", "closed"}
        assert {one["number"] for one in shown["messages"]} == {"139****0001"}


async def test_the_same_text_twice_is_one_report_and_one_receipt(
    any_storage: Storage, smsc: SimulatedSmsc
) -> None:
    async with sms_world(any_storage, smsc) as world:
        await until(lambda: smsc.count("bound") == 1, "a link")
        smsc.write(CITIZEN, WORDS)
        smsc.write(CITIZEN, WORDS)
        await until(lambda: smsc.count("answered") == 2, "two answers to the SMSC")
        await until(lambda: "编号R" in "".join(world.texts), "a receipt")
        smsc.write(CITIZEN, "查 00000000")
        await until(lambda: "没有查到" in "".join(world.texts), "the answer to what came last")
        assert "".join(world.texts).count("编号R") == 1
        assert await count(any_storage, reports) == 1


async def test_a_long_report_in_parts_is_one(storage: Storage, smsc: SimulatedSmsc) -> None:
    async with sms_world(storage, smsc) as world:
        await until(lambda: smsc.count("bound") == 1, "a link")
        for number, piece in ((2, "很危险，请马上派人来看看"), (1, "公滨路5号门口井盖不见了，")):
            smsc.deliver(
                source_addr="86" + CITIZEN, source_addr_ton=1, destination_addr=NUMBER, short_message=piece,
                data_coding=8, sar_msg_ref_num=7, sar_total_segments=2, sar_segment_seqnum=number,
            )  # fmt: skip
        await until(lambda: "编号R" in "".join(world.texts), "a receipt")
        async with storage.read() as connection:
            (report,) = (await connection.execute(select(reports.c.text, reports.c.phone))).all()
        assert tuple(report) == ("公滨路5号门口井盖不见了，很危险，请马上派人来看看", CITIZEN)


async def test_a_question_by_code_is_answered(storage: Storage, smsc: SimulatedSmsc) -> None:
    async with sms_world(storage, smsc) as world:
        await until(lambda: smsc.count("bound") == 1, "a link")
        case_id = await report_by_text(world)
        case = (await world.city.ask(AGENT, "GET", f"/cases/{case_id}")).json()
        before = len(smsc.submitted)
        smsc.write("13904510002", f"查 {case['spoken_code']}")
        await until(lambda: any(one["to"] == "13904510002" for one in smsc.submitted[before:]), "an answer")
        assert f"编号{case['number']}：已受理。" in "".join(world.texts)
        async with storage.read() as connection:
            number, code = (await connection.execute(select(reports.c.number, reports.c.code))).one()
        smsc.write("13904510003", f"查 {number} {code}")
        await until(lambda: any(one["to"] == "13904510003" for one in smsc.submitted), "an answer")
        smsc.write("13904510004", f"查 {number} abcdefghjk")
        await until(lambda: any(one["to"] == "13904510004" for one in smsc.submitted), "an answer")
        assert "没有查到" in str(smsc.submitted[-1]["text"])


async def test_stop_is_kept_and_answered_once(any_storage: Storage, smsc: SimulatedSmsc) -> None:
    async with sms_world(any_storage, smsc) as world:
        await until(lambda: smsc.count("bound") == 1, "a link")
        smsc.write(CITIZEN, "退订")
        await until(lambda: "已退订" in "".join(world.texts), "an answer")
        assert await count(any_storage, opt_outs) == 1
        smsc.write(CITIZEN, WORDS)
        await until(lambda: "编号R" in "".join(world.texts), "a receipt: it answers what was sent just now")
        await filed(world.city)

        async def suppressed() -> bool:
            return MessageState.SUPPRESSED in await world.states()

        await until(suppressed, "the notice that is not sent")
        smsc.write(CITIZEN, "START")
        await until(lambda: "已恢复" in "".join(world.texts), "an answer")
        assert "已受理" not in "".join(world.texts)
        assert await count(any_storage, opt_outs) == 0


async def test_who_writes_without_end_is_told_to_telephone(storage: Storage, smsc: SimulatedSmsc) -> None:
    async with sms_world(storage, smsc) as world:
        await until(lambda: smsc.count("bound") == 1, "a link")
        for number in range(12):
            smsc.write(CITIZEN, f"{WORDS}{number}")
        await until(lambda: smsc.count("answered") == 12, "all of them answered")
        await until(lambda: "过多" in "".join(world.texts), "the answer")
        assert await count(storage, reports) == 10
