"""A citizen is told by telephone: message, calls and wiring together on a database; the switch is played.

A call that may have been placed is never placed again, wherever the service was killed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from citizen.messages.model import MessageState
from core.actor import Actor
from core.clock import ManualClock
from core.storage import Storage, StorageAway
from gateway.ami.actions import Originate
from gateway.ami.originate import Originated, OriginateResult
from gateway.ami.settings import AmiSettings
from gateway.ami.values import Dialplan
from gateway.wiring.notice_calls import AmiNoticeSwitch, with_notice_calls
from hotline.outbound.automated import CallContext
from hotline.outbound.model import AutomatedCall
from hotline.outbound.notices import store as call_store
from hotline.outbound.notices.policy import NoticeCall, NoticeTarget, SpokenNotice
from hotline.outbound.notices.ports import NoticeCallPorts
from hotline.outbound.notices.service import NoticeCalls
from hotline.outbound.notices.settings import NoticeCallSettings
from hotline.outbound.ports import Placed, Settled
from tests.citizen import test_told_by_call as told
from tests.citizen.test_told_by_call import CODE, LANDLINE
from tests.hotline.stream import message
from tests.hotline.world import RecordingBus


@dataclass
class PlayedNoticeSwitch:
    """Implements `NoticeSwitch`."""

    rung: list[tuple[NoticeCall, SpokenNotice, str]] = field(default_factory=list)
    placed: Placed = "placed"
    settled: Settled = "alive"
    ended: list[str] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)

    async def ring(self, call: NoticeCall, *, notice: SpokenNotice, ring_s: float, more: str) -> Placed:
        assert ring_s == 30
        self.rung.append((call, notice, more))
        return self.placed

    async def settle(self, channel_id: str, *, within_s: float) -> Settled:
        del channel_id, within_s
        return self.settled

    async def hang_up(self, channel_id: str) -> None:
        self.ended.append(channel_id)

    async def say(self, channel_id: str, words: str) -> None:
        self.said.append((channel_id, words))


class Centre(told.Centre):
    """With the calls of the hotline."""

    def __init__(self, storage: Storage) -> None:
        super().__init__(storage)
        self.switch = PlayedNoticeSwitch()
        self.clock = ManualClock(storage.clock.now())
        self.calls = self.new_calls()

    async def record(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        raise AssertionError("a notice by telephone is in no audit trail")

    def new_calls(self) -> NoticeCalls:
        calls = NoticeCalls(
            NoticeCallSettings(keys_prompt="notice-keys"),
            NoticeCallPorts(self.by_telephone, self.switch),
            CallContext("sh", self.storage, RecordingBus(), self.clock, self),
        )
        calls.on_snapshot(())
        return calls

    async def killed(self, *legs: str) -> None:
        """Another run begins; these legs are on the switch."""
        await self.calls._tasks.stop()
        self.calls = self.new_calls()
        rows = [message("CoreShowChannel", Uniqueid=one, ChannelState="5") for one in legs]
        self.calls.on_snapshot(rows)

    async def looks(self, after: float = 1.0) -> None:
        self.clock.advance(after)
        await self.calls.look()
        await self.settles()

    async def settles(self) -> None:
        for _ in range(200):
            await asyncio.sleep(0.002)
            if not self.calls._tasks:
                break
        await self.calls._writer.write_behind.write_waiting()

    async def tells(self, name: str, **headers: str) -> None:
        self.calls.on_message(message(name, Uniqueid=self.channel, **headers))
        await self.settles()

    @property
    def channel(self) -> str:
        return self.switch.rung[-1][0].channel_id

    async def outcomes(self) -> list[tuple[str | None, str]]:
        async with self.storage.read() as connection:
            rows = list(await connection.execute(select(call_store.table)))
        assert LANDLINE not in str(rows)
        return [(row.outcome, row.key) for row in rows]


@pytest.fixture
async def centre(any_storage: Storage) -> AsyncIterator[Centre]:
    made = Centre(any_storage)
    yield made
    await made.calls.stop()


async def test_a_citizen_is_told_and_presses_1(centre: Centre) -> None:
    message_id, _ = await centre.queue()
    await centre.looks()
    ((_, notice, more),) = centre.switch.rung
    assert (notice, more) == (SpokenNotice(LANDLINE, "done", CODE), "notice-keys")
    await centre.tells("Newstate", ChannelState="5")
    await centre.tells("Newstate", ChannelState="6")
    for _ in range(2):
        await centre.tells("UserEvent", UserEvent="NoticeCall", Key="1")
    assert set(centre.switch.said) == {(centre.channel, "gone")}
    assert await centre.came_to(message_id) == (MessageState.DELIVERED, "")
    await centre.tells("Hangup", Cause="16")
    assert await centre.outcomes() == [("heard", "1")]
    await centre.looks(100)
    assert len(centre.switch.rung) == 1


async def test_a_machine_picks_up_and_is_not_called_again(centre: Centre) -> None:
    message_id, _ = await centre.queue()
    await centre.looks()
    await centre.tells("Newstate", ChannelState="6")
    await centre.tells("Hangup", Cause="16")
    assert await centre.came_to(message_id) == (MessageState.SENT, "no_key")
    await centre.rested(message_id)
    await centre.looks(100)
    assert len(centre.switch.rung) == 1


async def test_killed_before_it_was_written_down_it_rings_once(centre: Centre) -> None:
    """The message is marked, and nothing was sent."""
    message_id, _ = await centre.queue()
    call, notice = await centre.placed()
    assert notice is not None
    await centre.killed()
    await centre.looks()
    await centre.looks(100)
    assert [one[0].channel_id for one in centre.switch.rung] == [call.channel_id]
    assert (await centre.came_to(message_id))[0] is not MessageState.WAITING


@pytest.mark.parametrize(
    ("settled", "state"),
    [("unknown", (MessageState.UNKNOWN, "unknown")), ("never", (MessageState.UNDELIVERED, "unreachable"))],
)
async def test_killed_after_it_was_written_down_it_never_rings_again(
    centre: Centre, settled: Settled, state: tuple[MessageState, str]
) -> None:
    """The switch tells, or nobody can."""
    message_id, _ = await centre.queue()
    call, _ = await centre.placed()
    async with centre.storage.write() as transaction:
        begun = AutomatedCall(call.target, "sh", centre.clock.now().timestamp())
        assert await call_store.calls.begin(transaction.connection, begun, 100.0) == "begun"
    centre.switch.settled = settled
    await centre.killed()
    for _ in range(6):
        await centre.looks(10)
    assert centre.switch.rung == []
    if settled == "never":
        # Nobody was reached: it is one of the two attempts.
        assert await centre.came_to(message_id) == (MessageState.WAITING, "unreachable")
        await centre.rested(message_id)
        centre.switch.settled = "alive"
        await centre.looks(100)
        await centre.tells("Hangup", Cause="1")
    assert await centre.came_to(message_id) == state


async def test_killed_while_it_rings_the_call_goes_on_and_its_key_counts(centre: Centre) -> None:
    message_id, _ = await centre.queue()
    await centre.looks()
    await centre.tells("Newstate", ChannelState="5")
    await centre.killed(centre.channel)
    await centre.looks()
    await centre.tells("Newstate", ChannelState="6")
    await centre.tells("UserEvent", UserEvent="NoticeCall", Key="9")
    assert await centre.came_to(message_id) == (MessageState.DELIVERED, "opted_out")
    await centre.tells("Hangup", Cause="16")
    assert await centre.outcomes() == [("answered", "9")]
    assert len(centre.switch.rung) == 1


async def test_while_the_database_is_away_a_key_is_kept_until_it_is_back(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    message_id, _ = await centre.queue()
    await centre.looks()
    await centre.tells("Newstate", ChannelState="6")

    async def away(*_: object, **__: object) -> bool:
        raise StorageAway

    with monkeypatch.context() as patched:
        patched.setattr(centre.calling, "press", away)
        await centre.tells("UserEvent", UserEvent="NoticeCall", Key="1")
    assert centre.switch.said == []
    await centre.tells("UserEvent", UserEvent="NoticeCall", Key="1")
    assert await centre.came_to(message_id) == (MessageState.DELIVERED, "")


@dataclass
class PlayedClient:
    placed: list[tuple[Originate, str]] = field(default_factory=list)

    async def originate(self, call: Originate, *, channel_id: str = "") -> OriginateResult:
        settings = with_notice_calls(AmiSettings(username="x", secret="0123456789ab"))  # a test's account
        call.headers(Dialplan(contexts=settings.contexts, variables=settings.variables))
        self.placed.append((call, channel_id))
        return Originated("1", "c")


async def test_the_switch_is_told_sentence_and_code_alone() -> None:
    client = PlayedClient()
    switch = AmiNoticeSwitch(client, shown="84518000")  # type: ignore[arg-type]
    call: NoticeCall = AutomatedCall(NoticeTarget(uuid4(), UUID(int=1), 0, "notice:x"), "sh", 0.0)
    notice = SpokenNotice(LANDLINE, "in-progress", CODE, asks=True)
    assert await switch.ring(call, notice=notice, ring_s=20, more="") == "placed"
    ((placed, channel),) = client.placed
    assert (channel, placed.phone) == (call.channel_id, f"Local/{LANDLINE}@outbound/n")
    assert placed.extension == "in-progress"
    assert placed.variables == {
        "NOTICE_CODE": CODE, "NOTICE_ASKS": "1", "NOTICE_MORE": "", "OUT_CALLER_ID": "84518000",
    }  # fmt: skip
