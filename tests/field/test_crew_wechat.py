"""What a unit's page asks about the crew's WeChat: answered to this unit alone, and malformed words dropped.

With real bindings in `tests/citizen/test_wechat_staff.py`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.errors import Conflict, NotFound, SonghuaError, Unavailable
from core.ids import uuid7
from field.wechat.centre.service import MAX_BYTES, CrewWeChat
from field.wechat.ports import BoundWeChat, CrewCode
from gateway.mqtt.message import Received
from tests.mqtt.fakes import FakeLink

CREW = "app:17"


class AskedTooOften(SonghuaError):
    status = 429


class Channel:
    """`fault` is what every act raises."""

    def __init__(self) -> None:
        self.bindings: dict[UUID, str] = {}
        self.fault: SonghuaError | None = None
        self.codes: list[tuple[str, UUID]] = []

    async def bound(self, unit_id: str) -> Sequence[BoundWeChat]:
        self._fail()
        at = datetime(2026, 1, 1, tzinfo=UTC)
        return [BoundWeChat(one, at, silent=False) for one, unit in self.bindings.items() if unit == unit_id]

    async def make_code(self, unit_id: str, op_id: UUID) -> CrewCode:
        self._fail()
        self.codes.append((unit_id, op_id))
        return CrewCode("abcd2345", 600.0)

    async def end(self, unit_id: str, binding_id: UUID) -> None:
        self._fail()
        if self.bindings.get(binding_id) != unit_id:
            raise NotFound
        del self.bindings[binding_id]

    def _fail(self) -> None:
        if self.fault is not None:
            raise self.fault


class UnitPage:
    def __init__(self) -> None:
        self.link, self.channel = FakeLink(), Channel()
        CrewWeChat(self.link, ManualClock(), self.channel, tenant="harbin")

    async def ask(self, act: str, **more: Any) -> dict[str, Any]:
        said = {"msg_id": str(uuid7()), "ts": "2026-01-01T00:00:00Z", "act": act, **more}
        await self.say(json.dumps(said).encode())
        topic, payload = self.link.published[-1]
        assert topic == f"v1/harbin/unit/{CREW}/down/wechat"
        answer: dict[str, Any] = json.loads(payload)
        assert answer["of"] == said["msg_id"]
        return answer

    async def say(self, payload: bytes) -> None:
        await self.link.give(f"v1/harbin/unit/{CREW}/up/wechat", payload)


async def test_a_code_is_for_the_unit_whose_topic_it_is_and_lasts_from_now() -> None:
    page = UnitPage()
    answer = await page.ask("code")
    assert (answer["code"], answer["lasts_s"], answer["bindings"]) == ("abcd2345", 600.0, [])
    assert page.channel.codes == [(CREW, UUID(answer["of"]))]


async def test_only_the_own_bindings_are_shown_and_ended() -> None:
    page = UnitPage()
    mine, theirs = uuid7(), uuid7()
    page.channel.bindings = {mine: CREW, theirs: "app:18"}
    assert [one["binding_id"] for one in (await page.ask("show"))["bindings"]] == [str(mine)]
    await page.ask("unbind")
    for binding_id in (theirs, mine, mine):
        answer = await page.ask("unbind", binding_id=str(binding_id))
    assert (answer["cause"], answer["bindings"]) == ("", [])
    assert page.channel.bindings == {theirs: "app:18"}


@pytest.mark.parametrize(
    ("fault", "cause"),
    [(Conflict("off"), "not_for_crew"), (AskedTooOften(), "too_many"), (Unavailable("away"), "away")],
)
async def test_what_is_refused_is_said(fault: SonghuaError, cause: str) -> None:
    page = UnitPage()
    page.channel.fault = fault
    for act in ("show", "code"):
        answer = await page.ask(act)
        assert (answer["cause"], answer["code"], answer["bindings"]) == (cause, "", [])


async def test_a_stored_copy_and_an_answer_that_the_broker_does_not_take_end_nothing() -> None:
    page = UnitPage()
    topic = f"v1/harbin/unit/{CREW}/up/wechat"
    said = {"msg_id": str(uuid7()), "ts": "2026-01-01T00:00:00Z", "act": "code"}
    (handler,) = page.link.subscriptions.values()
    await handler(Received(topic, json.dumps(said).encode(), retained=True))
    assert (page.link.published, page.channel.codes) == ([], [])
    page.link.away = True
    await page.say(json.dumps(said).encode())
    page.link.away = False
    assert (await page.ask("code"))["code"] == "abcd2345"


@pytest.mark.parametrize("payload", [b"", b"{}", b"\xff", b'{"act":"#"}', b"x" * (MAX_BYTES + 1)])
async def test_what_is_no_question_is_dropped(payload: bytes) -> None:
    page = UnitPage()
    await page.say(payload)
    assert page.link.published == []


@given(st.binary(max_size=300))
def test_any_bytes_are_no_question_or_one(payload: bytes) -> None:
    asyncio.run(UnitPage().say(payload))
