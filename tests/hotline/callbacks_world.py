"""A hotline whose callbacks can be dialled: the dialler is played, and the switch's word about attempts."""

from __future__ import annotations

import asyncio
import json

from sqlalchemy import text

from core.actor import Actor
from core.events import parse
from core.ids import uuid7
from core.storage import Storage
from hotline.events import CallbackChanged, CallbackOffered
from hotline.outbound.callbacks.model import Entry
from hotline.settings import HotlineSettings
from tests.hotline.stream import Message, message
from tests.hotline.world import CallScript, World, settle


class CallbackWorld(World):
    def __init__(self, storage: Storage, settings: HotlineSettings | None = None) -> None:
        super().__init__(storage, settings)
        self.callbacks = self.hotline.callbacks
        self.desk = self.hotline.callback_service

    async def abandons(self, number: int, caller: str, *, after_s: float = 30) -> CallScript:
        """A citizen waits in the queue and gives up."""
        script = CallScript(number, caller=caller)
        await self.plays([*script.arrives(), *script.queues()])
        self.clock.advance(after_s)
        await self.plays(script.hangs_up())
        return script

    def signs_in(self, *agents: Actor) -> None:
        for agent in agents:
            self.hotline.registry.sign_in(agent, None)

    async def looks(self) -> None:
        self.callbacks.look()
        await settle()

    def entry(self, caller: str) -> Entry:
        found = self.callbacks.book.of_number(f"+86{caller}")
        assert found is not None
        return found

    def offer(self) -> CallbackOffered:
        return self.bus.of(CallbackOffered)[-1]

    async def accept(self, agent: Actor) -> str:
        """Take what is offered; the channel id of the attempt."""
        entry = await self.desk.accept(agent, self.offer().callback_id, uuid7())
        assert entry.attempt is not None
        return entry.attempt.channel_id

    async def tells(self, channel: str, *steps: tuple[str, dict[str, str]]) -> None:
        for name, headers in steps:
            self.callbacks.on_message(message(name, Uniqueid=channel, **headers))
        await settle()

    async def ends(self, channel: str, status: str) -> None:
        """The agent picks up, the citizen's telephone gives this DIALSTATUS, the attempt is over."""
        dial = {"DestUniqueid": "d-1", "DestChannel": "PJSIP/trunk-1"}
        steps: list[tuple[str, dict[str, str]]] = [
            ("Newstate", {"ChannelState": "6"}),
            ("DialBegin", dial),
            ("DialEnd", {**dial, "DialStatus": status}),
            ("Hangup", {"Cause": "16"}),
        ]
        await self.tells(channel, *steps)

    async def written(self) -> None:
        """Wait until everything is written down that can be."""
        for _ in range(300):
            if not self.callbacks._writer.write_behind:
                return
            await asyncio.sleep(0.01)

    async def steps(self, count: int) -> list[CallbackChanged]:
        """The durable events in the outbox, once there are so many."""
        found: list[CallbackChanged] = []
        for _ in range(300):
            async with self.storage.read() as connection:
                rows = (await connection.execute(text("select envelope from outbox order by seq"))).all()
            envelopes = [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in rows]
            events = [parse(one) for one in envelopes if one["type"] == CallbackChanged.TYPE]
            found = [one for one in events if isinstance(one, CallbackChanged)]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.01)
        raise AssertionError(f"{count} steps were not written down, but {[one.step for one in found]}")


def channels(*rows: tuple[str, str]) -> list[Message]:
    """Rows of CoreShowChannels: (Uniqueid, BridgeId)."""
    return [message("CoreShowChannel", Uniqueid=uniqueid, BridgeId=bridge) for uniqueid, bridge in rows]
