"""The WeChat channel against a simulated WeChat server: from a photo to a rated case, and its faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, update

from citizen.channels.wechat import http, store, tables
from citizen.channels.wechat import jobs as wechat_jobs
from citizen.channels.wechat.channel import WeChat
from citizen.channels.wechat.settings import WeChatSettings, WeChatTemplate
from citizen.contract import VoiceUnrecognised
from citizen.tables import notices, pictures, ratings, reports
from core.datum import DatumPoint
from core.storage import Storage
from core.storage.schema import outbox
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER
from tests.citizen.city import City, city
from tests.citizen.served import served
from tests.citizen.test_merged_cases import filed_by, merged
from tests.field.pictures import jpeg
from tests.peers.simulated_wechat import SimulatedWeChat, settle

ME = "oCitizen0000000000000000001"
OTHER = "oCitizen0000000000000000002"
HERE = DatumPoint(126.6424, 45.7567, "WGS-84")


@dataclass
class Town:
    """The city with an official account; `url` is what the platform calls."""

    on: City
    peer: SimulatedWeChat
    channel: WeChat
    url: str

    async def work(self) -> None:
        """Do all jobs that are due, and those that follow from them."""
        while await self.channel.jobs.do_due():
            pass

    async def due_now(self) -> None:
        """As if the pause after a failure was over."""
        async with self.on.storage.write() as transaction:
            now = self.on.storage.clock.now() - timedelta(seconds=1)
            await transaction.connection.execute(update(tables.jobs).values(due_at=now))
            await transaction.connection.execute(update(notices).values(due_at=now))

    async def say(self, text: str, openid: str = ME, **options: Any) -> str:
        return (await self.peer.say(self.url, openid, text, **options)).answer

    async def report(self, openid: str = ME, text: str = "井盖不见了，很危险") -> str:
        """By words; what the person is sent in the end."""
        for said in ("1", "跳过", "公滨路5号门口", text, "确认"):
            await self.say(said, openid)
        await self.work()
        return self.peer.told(openid)[-1]

    async def notices(self) -> None:
        await self.on.settle()
        for _ in range(6):
            await self.on.citizen.notices.send_due()

    async def rows(self, *columns: Any) -> list[tuple[Any, ...]]:
        async with self.on.storage.read() as connection:
            return [tuple(row) for row in await connection.execute(select(*columns))]

    async def filed(self) -> str:
        """The id of the case of the only report."""
        await self.on.settle()
        (draft,) = (await self.on.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"]
        await self.on.act(AGENT, f"/drafts/{draft['draft_id']}/take")
        case = (await self.on.act(AGENT, f"/drafts/{draft['draft_id']}/confirm")).json()
        assert case["source"] == "wechat"
        return str(case["case_id"])

    async def closed(self, case_id: str) -> None:
        await self.on.act(DISPATCHER, f"/cases/{case_id}/done")
        await self.on.act(ACCEPTOR, f"/cases/{case_id}/verify")
        await self.on.act(ACCEPTOR, f"/cases/{case_id}/close", note="现场已恢复", condition="restored")
        await self.notices()


async def heard_nothing(_sound: bytes) -> str:
    raise VoiceUnrecognised


@asynccontextmanager
async def town(storage: Storage, recognise: Any = heard_nothing, **changed: Any) -> AsyncIterator[Town]:
    async with SimulatedWeChat().running() as peer:
        told = {
            "enabled": True, "app_id": peer.app_id, "app_secret": SecretStr(peer.secret),
            "token": SecretStr(peer.token), "encoding_aes_key": SecretStr(peer.aes_key),
            "api": peer.address, **changed,
        }  # fmt: skip
        settings = WeChatSettings.model_validate(told)
        async with city(storage, wechat=settings, recognise=recognise) as on, served(on.app) as address:
            (channel,) = (one for one in on.citizen.channels if isinstance(one, WeChat))
            yield Town(on, peer, channel, f"{address}/api/citizen/wechat")
            await channel.stop()


async def test_a_photo_becomes_a_case_that_is_followed_and_rated(any_storage: Storage) -> None:
    async with town(any_storage) as at:
        gcj = HERE.gcj02()
        assert "110" in (await at.peer.event(at.url, ME, "subscribe")).answer
        assert "照片已收到" in (await at.peer.picture(at.url, ME, jpeg())).answer
        await at.work()
        assert "是什么问题" in (await at.peer.location(at.url, ME, gcj.lat, gcj.lon, "公滨路5号")).answer
        assert "照片：1 张" in await at.say("门口的井盖不见了")
        assert "正在登记" in await at.say("1")
        await at.work()
        (told,) = at.peer.told(ME)
        assert "编号：R" in told
        (row,) = await at.rows(reports.c.source, reports.c.reporter, reports.c.lon, reports.c.lat)
        assert row[:2] == ("wechat", ME)
        assert row[2:] == pytest.approx((HERE.lon, HERE.lat), abs=1e-6), "WGS-84"
        assert len(await at.rows(pictures.c.kind)) == 1
        assert "等待座席审阅" in await at.say("进度")
        case_id = await at.filed()
        await at.notices()
        assert at.peer.told(ME)[-1].endswith("已立案")
        await at.say("3 5")
        await at.work()
        assert "还没有结案" in at.peer.told(ME)[-1]
        await at.closed(case_id)
        assert "请评价" in at.peer.told(ME)[-1]
        assert "请评价" in await at.say("2")
        await at.say("3 5 已解决，谢谢")
        await at.work()
        assert "已评为 5 星" in at.peer.told(ME)[-1]
        assert await at.rows(ratings.c.stars, ratings.c.solved, ratings.c.words) == [
            (5, True, "已解决，谢谢")
        ]
        events = [row[0] for row in await at.rows(outbox.c.envelope)]
        assert any('"citizen.report_rated"' in str(one).replace("'", '"') for one in events)
        assert [row for row in await at.rows(tables.jobs.c.content) if row[0]] == [], "no photo stays behind"


async def test_who_reported_what_goes_on_as_another_case_is_told_so(any_storage: Storage) -> None:
    async with town(any_storage) as at:
        await at.report()
        case_id = await at.filed()
        other = await filed_by(at.on, "13904510001")
        await at.notices()
        await merged(at.on, {"case_id": case_id}, other)
        await at.notices()
        assert "已与同一问题的案件一并办理" in at.peer.told(ME)[-1]
        assert "已与同一问题的案件一并办理" in await at.say("2")
        await at.on.act(DISPATCHER, f"/cases/{other['case_id']}/done")
        await at.notices()
        assert "处置完成" in at.peer.told(ME)[-1]


async def test_a_message_that_comes_again_is_answered_the_same_and_does_nothing_new(
    any_storage: Storage,
) -> None:
    async with town(any_storage) as at:
        first = await at.say("公滨路的路灯不亮了", msg_id=5)
        assert await at.say("公滨路的路灯不亮了", msg_id=5) == first
        together = await asyncio.gather(*(at.say("跳过", msg_id=6) for _ in range(4)))
        assert len({one for one in together if one}) == 1
        assert "公滨路5号" in await at.say("公滨路5号")
        await asyncio.gather(*(at.say("确认", msg_id=7) for _ in range(4)))
        await at.work()
        assert len(await at.rows(reports.c.number)) == 1
        assert len(at.peer.told(ME)) == 1
        for _ in range(2):
            await at.peer.post(at.url, at.peer.xml({
                "ToUserName": at.peer.account, "FromUserName": OTHER, "CreateTime": "1", "MsgType": "event",
                "Event": "subscribe",
            }))  # fmt: skip
        assert len([row for row in await at.rows(tables.dialogues.c.openid) if row[0] == OTHER]) == 1


async def test_the_platform_has_its_answer_in_time_while_our_side_is_slow(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(storage) as at:
        real = at.channel.dialogues.take
        slow = 1

        async def take(message: Any) -> str:
            nonlocal slow
            if slow:
                slow -= 1
                monkeypatch.setattr(http, "ANSWER_S", 60)
                await asyncio.Event().wait()
            return await real(message)

        assert at.peer.answer_within_s > http.ANSWER_S
        # Only who gives up is looked at: on a busy machine each answer may take long.
        at.peer.answer_within_s = 60
        monkeypatch.setattr(at.channel.dialogues, "take", take)
        monkeypatch.setattr(http, "ANSWER_S", 0.3)
        found = await at.peer.say(at.url, ME, "公滨路的路灯不亮了")
        assert found.statuses == [503, 200], "it gives up in time, and the repetition is answered"
        assert "照片" in found.answer


async def test_what_does_not_prove_itself_is_refused(storage: Storage) -> None:
    async with town(storage) as at:
        assert await at.peer.check_address(at.url) == (200, "4370938214789012")
        assert (await at.peer.check_address(at.url, token="another"))[0] == 403
        plain = await at.peer.say(at.url, ME, "公滨路的路灯不亮了", plain=True, attempts=1)
        assert plain.statuses == [403], "only encrypted messages are taken"
        for name, value in (("token", "another"), ("app_id", "wx-other"), ("aes_key", "A" * 43)):
            with patch.object(at.peer, name, value):
                found = await at.peer.say(at.url, ME, "公滨路的路灯不亮了", attempts=1)
            assert found.statuses == [403], name
        assert await at.rows(tables.messages.c.key) == []
    async with town(storage, encrypted=False) as at:
        assert "照片" in await at.say("公滨路的路灯不亮了", plain=True)


async def test_it_is_off_until_it_is_switched_on(storage: Storage) -> None:
    async with city(storage) as on:
        assert (await on.ask(None, "GET", "/citizen/wechat")).status_code == 404
        assert (await on.ask(None, "POST", "/citizen/wechat")).status_code == 404
        assert not [one for one in on.citizen.health() if one.part == "wechat"]


async def test_one_token_serves_all_and_a_refused_one_is_replaced(storage: Storage) -> None:
    async with town(storage) as at:
        for number in range(8):
            await at.channel.api.media(at.peer.upload(jpeg()), 10_000)
            assert at.peer.tokens_given == 1, number
        at.peer.expire()
        media = [at.peer.upload(jpeg()) for _ in range(8)]
        await asyncio.gather(*(at.channel.api.media(one, 10_000) for one in media))
        assert at.peer.tokens_given == 2, "eight were refused at once, and one asked anew"


async def test_while_wechat_is_down_nothing_is_lost(storage: Storage) -> None:
    async with town(storage) as at:
        at.peer.down = True
        for said in ("1", "跳过", "公滨路5号门口", "井盖不见了", "确认"):
            await at.say(said)
        await at.work()
        assert len(await at.rows(reports.c.number)) == 1, "the report does not wait for the platform"
        await at.filed()
        await at.notices()
        assert at.peer.sent == []
        (health,) = (one for one in at.on.citizen.health() if one.part == "wechat")
        assert health.state == "degraded"
        for _ in range(5):
            await at.due_now()
            await at.channel.jobs.do_due()
        at.peer.down = False
        await at.due_now()
        await at.work()
        await at.notices()
        told = at.peer.told(ME)
        assert len(told) == 2
        assert "编号：R" in told[0]
        assert told[1].endswith("已立案")
        assert {one.state for one in at.on.citizen.health()} == {"up"}


async def test_a_photo_that_comes_late_is_added_to_the_report(storage: Storage) -> None:
    async with town(storage) as at:
        media_id = at.peer.upload(jpeg())
        at.peer.held.add(media_id)
        await at.peer.deliver(at.url, ME, "image", {"PicUrl": "x", "MediaId": media_id})
        for said in ("公滨路5号门口", "井盖不见了", "确认"):
            await at.say(said)
        with patch.object(wechat_jobs, "PICTURES_WAIT_S", 0.0):
            await at.work()
        assert len(await at.rows(reports.c.number)) == 1
        assert await at.rows(pictures.c.kind) == []
        at.peer.held.clear()
        await at.due_now()
        await at.work()
        assert len(await at.rows(pictures.c.kind)) == 1
        assert [row for row in await at.rows(tables.jobs.c.kind) if row[0] == "picture"] == []


@pytest.mark.parametrize("content", [b"no picture", jpeg(noise=3 * 1024 * 1024)])
async def test_a_photo_that_cannot_be_kept_is_said_and_asked_for_again(
    storage: Storage, content: bytes
) -> None:
    async with town(storage) as at:
        await at.peer.picture(at.url, ME, content)
        for _ in range(3):
            await at.due_now()
            await at.channel.jobs.do_due()
        assert "无法保存" in at.peer.told(ME)[-1]
        assert "Please send a photo" in await at.say("English"), "it is asked for again"


async def test_a_voice_message_is_recognised_by_us(storage: Storage) -> None:
    sounds: list[bytes] = []

    async def recognise(sound: bytes) -> str:
        sounds.append(sound)
        return "公滨路的井盖不见了"

    async with town(storage, recognise) as at:
        assert "请稍候" in (await at.peer.voice(at.url, ME, b"#!AMR\n" + b"\x3c" * 64)).answer
        await at.work()
        assert sounds == [b"#!AMR\n" + b"\x3c" * 64]
        assert "我们听到的是：公滨路的井盖不见了" in at.peer.told(ME)[-1]
    async with town(storage) as at:
        await at.peer.voice(at.url, OTHER, b"x", recognition="")
        await at.work()
        assert "没有听清" in at.peer.told(OTHER)[-1]
        await at.peer.voice(at.url, OTHER, b"x", recognition="路灯不亮了。")
        await at.work()
        assert "路灯不亮了" in at.peer.told(OTHER)[-1], "what the platform heard is better than nothing"


async def test_one_person_who_reports_500_times_holds_up_nobody(storage: Storage) -> None:
    async with town(storage, reports_per_person_day=3, messages_per_person_hour=60) as at:
        for number in range(100):
            for said in ("1", "跳过", "公滨路5号", f"井盖不见了 {number}", "确认"):
                answer = await at.say(said)
        assert "消息太多" in answer
        await at.work()
        assert len(await at.rows(reports.c.number)) == 3
        assert "编号：R" in await at.report(OTHER)


async def test_who_asks_to_be_forgotten_is_sent_nothing_more(storage: Storage) -> None:
    async with town(storage) as at:
        told = await at.report()
        number, code = (line.partition("：")[2] for line in told.splitlines()[1:3])
        assert "已清除" in await at.say("删除我的信息")
        await at.work()
        sent = len(at.peer.sent)
        await at.filed()
        await at.notices()
        assert len(at.peer.sent) == sent
        for table in (tables.dialogues, tables.jobs):
            assert ME not in [row[0] for row in await at.rows(table.c.openid)]
        assert await at.rows(reports.c.reporter) == [("",)]
        assert "没有您的上报" in await at.say("2")
        assert "已立案" in await at.say(f"{number} {code}"), "number and code still open it"
        assert "没有与此编号" in await at.say(f"{number} aaaaaaaaaa")


async def test_after_two_days_a_step_is_told_by_a_template(storage: Storage) -> None:
    template = WeChatTemplate(id="TEMPLATE", number_field="thing1", step_field="phrase2")
    async with town(storage, template=template.model_dump()) as at:
        await at.report()
        at.peer.out_of_time.add(ME)
        await at.filed()
        await at.notices()
        (sent,) = (one for one in at.peer.sent if one.way == "template")
        assert sent.body["template_id"] == "TEMPLATE"
        assert sent.body["data"]["phrase2"] == {"value": "已立案"}
    async with town(storage) as at:
        await at.report(OTHER)
        at.peer.out_of_time.add(OTHER)
        await at.filed()
        await at.notices()
        found = await at.rows(notices.c.state)
        assert ("failed",) in found, "without a template nothing can be sent, and it is not tried for ever"


async def test_an_unfinished_report_is_forgotten(storage: Storage) -> None:
    async with town(storage) as at:
        await at.say("公滨路的路灯不亮了")
        async with storage.write() as transaction:
            then = storage.clock.now() - timedelta(hours=3)
            state = (await transaction.connection.execute(select(tables.dialogues.c.state))).scalar_one()
            old = state.replace(f"{storage.clock.now():%Y-%m-%d}", f"{then - timedelta(days=1):%Y-%m-%d}")
            await transaction.connection.execute(update(tables.dialogues).values(state=old))
        assert "2：" in await at.say("跳过"), "the menu: no report is under way"


async def test_a_day_after_nothing_of_a_dialogue_is_left(storage: Storage) -> None:
    async with town(storage) as at:
        await at.report()
        async with storage.write() as transaction:
            await store.prune(transaction.connection, storage.clock.now() + timedelta(days=2))
            for table in (tables.messages, tables.dialogues, tables.jobs):
                counted = select(func.count()).select_from(table)
                assert (await transaction.connection.execute(counted)).scalar_one() == 0


async def test_the_channel_works_by_itself_once_it_is_started(storage: Storage) -> None:
    async with town(storage) as at:
        await at.on.citizen.start()
        try:
            await at.peer.picture(at.url, ME, jpeg())
            for said in ("公滨路5号门口", "井盖不见了", "确认"):
                await at.say(said)
            await settle(lambda: at.peer.told(ME))
            assert "编号：R" in at.peer.told(ME)[0]
            await at.filed()
            await at.on.settle()
            await settle(lambda: len(at.peer.told(ME)) == 2)
        finally:
            await at.on.citizen.stop()
        assert at.peer.told(ME)[1].endswith("已立案")


@pytest.mark.parametrize("step", ["_filed", "receive"])
async def test_an_end_in_the_middle_of_registering_makes_one_report(any_storage: Storage, step: str) -> None:
    class Killed(BaseException):
        """As the end of the process: nothing handles it."""

    async with town(any_storage) as at:
        for said in ("1", "跳过", "公滨路5号门口", "井盖不见了", "确认"):
            await at.say(said)
        place: Any = at.channel.jobs if step == "_filed" else at.on.citizen.reports
        with patch.object(place, step, side_effect=Killed), pytest.raises(Killed):
            await at.channel.jobs.do_due()
        await at.work()
        assert len(await at.rows(reports.c.number)) == 1
        assert len(at.peer.told(ME)) == 1


async def test_an_end_in_the_middle_of_rating_rates_no_other_report(any_storage: Storage) -> None:
    async with town(any_storage) as at:
        for text in ("井盖不见了，很危险", "路灯不亮了"):
            await at.report(text=text)
            await at.closed(await at.filed())
        async with any_storage.write() as transaction:
            rating = {"stars": 5, "solved": True, "words": ""}
            now = any_storage.clock.now()
            await store.add(transaction.connection, ME, store.RATE, rating, now)
        with patch.object(store, "remove", side_effect=RuntimeError("the service ends here")):
            await at.channel.jobs.do_due()
        assert len(await at.rows(ratings.c.report_id)) == 1
        await at.due_now()
        await at.work()
        assert len(await at.rows(ratings.c.report_id)) == 1
        assert await at.rows(tables.jobs.c.kind) == [("file",), ("file",)]


async def test_what_cannot_be_said_holds_up_no_report_and_keeps_its_order(any_storage: Storage) -> None:
    async with town(any_storage) as at:
        async with any_storage.write() as transaction:
            now = any_storage.clock.now()
            await store.add(transaction.connection, ME, store.SAY, {"text": "先说的"}, now)
            later = now + timedelta(hours=1)
            await transaction.connection.execute(update(tables.jobs).values(due_at=later))
        for said in ("1", "跳过", "公滨路5号门口", "井盖不见了，很危险", "确认"):
            await at.say(said)
        await at.work()
        assert len(await at.rows(reports.c.number)) == 1
        assert at.peer.told(ME) == []
        await at.due_now()
        await at.work()
        first, second = at.peer.told(ME)
        assert first == "先说的"
        assert "编号" in second
