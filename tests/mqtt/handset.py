"""A terminal's button without a screen: asks, shows signs of life while it talks, and stops by itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from core.ids import uuid7
from core.tasks import Tasks
from field.contract.mobile import codec, topics
from field.contract.mobile.messages import PresenceMessage
from gateway.mqtt import BrokerSettings, MqttLink, Received
from radio_bridge.floor import topics as group_topics
from radio_bridge.floor.messages import GrantMessage, GroupState, Ptt, TalkerEvent
from tests.mqtt.broker import TENANT
from tests.waiting import until


@dataclass
class Handset:
    """`on_air` is what a real one keys its microphone by."""

    uid: str
    settings: BrokerSettings
    group: str
    on_air: bool = False
    silent: bool = False
    """The crew's key is stuck, or the page is frozen: no sign of life."""
    grants: list[GrantMessage] = field(default_factory=list)
    states: list[GroupState] = field(default_factory=list)
    talkers: list[TalkerEvent] = field(default_factory=list)
    request: UUID | None = None
    _token: str = ""
    _answered: float = 0.0

    def __post_init__(self) -> None:
        # Without a session: what a former handset of this name missed is not for this one.
        fresh = self.settings.model_copy(update={"session_expiry_s": 0})
        self.link = MqttLink(fresh, client_id=self.uid)
        self.link.subscribe(topics.down(TENANT, self.uid, "grant"), self._on_grant, name="grant")
        self.link.subscribe(group_topics.state(TENANT, self.group), self._on_state, name="state")
        self.link.subscribe(group_topics.talker(TENANT, self.group), self._on_talker, name="talker")
        self.link.subscribe(group_topics.presence(TENANT), self._on_presence, name="presence")
        self._tasks = Tasks(f"handset.{self.uid}")
        self._heard = asyncio.Event()

    async def start(self) -> None:
        await self.link.start()
        await self.link.wait_connected(10)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self.link.stop()

    async def press(self, *, emergency: bool = False) -> UUID:
        self.request = uuid7()
        await self.say("request", msg_id=self.request, emergency=emergency)
        return self.request

    async def press_until(self, *results: str) -> GrantMessage:
        """Press, and wait until that was answered by one of these. On a busy machine a press may come too
        late to count, and is not answered: then once more.
        """

        async def told() -> GrantMessage:
            await self.press()
            return await self.until_told(*results, timeout_s=3.0)

        return await until(told, f"{results} of {self.uid}", 15.0)

    async def let_go(self) -> None:
        self.on_air = False
        await self.say("release", of=self.request)

    async def say(self, action: str, **fields: object) -> None:
        now = datetime.now(UTC)
        said = Ptt.model_validate(
            {"ts": now, "sent": now, "action": action, "talkgroup": self.group, **fields}
        )
        await self.link.publish(topics.up(TENANT, self.uid, "ptt"), codec.encode(said), expiry_s=2)

    async def until_told(self, *results: str, timeout_s: float = 10.0) -> GrantMessage:
        """Wait until the last request was answered by one of these."""
        await until(
            lambda: self._last() is not None and self._last_result() in results,
            f"{results} of {self.uid}, told {[(one.result, one.cause.value) for one in self.grants]}",
            timeout_s,
        )
        last = self._last()
        assert last is not None
        return last

    async def answered(self, result: str) -> None:
        """As `until_told`, without looking now and then: for who measures."""
        async with asyncio.timeout(10):
            while self._last_result() != result:
                self._heard.clear()
                await self._heard.wait()

    @property
    def state(self) -> GroupState:
        assert self.states, f"{self.uid} has seen no state"
        return self.states[-1]

    def _last(self) -> GrantMessage | None:
        return next((one for one in reversed(self.grants) if one.of == self.request), None)

    def _last_result(self) -> str:
        last = self._last()
        return "" if last is None else last.result

    async def _on_grant(self, message: Received) -> None:
        said = codec.decode(GrantMessage, message.payload)
        self.grants.append(said)
        self._heard.set()
        if said.result == "granted" and said.of == self.request:
            self._answered = asyncio.get_running_loop().time()
            if said.token != self._token:
                self._token, self.on_air = said.token, True
                self._tasks.spawn("talk", lambda: self._talk(said))
        elif said.result in {"revoked", "released", "denied"} and self._is_mine(said):
            self.on_air = False

    async def _on_presence(self, message: Received) -> None:
        """Nobody keeps the floors any more: it is off the air at once."""
        if message.payload and not codec.decode(PresenceMessage, message.payload).online:
            self.on_air = False

    def _is_mine(self, said: GrantMessage) -> bool:
        return said.of == self.request if said.of else said.token == self._token

    async def _talk(self, grant: GrantMessage) -> None:
        assert grant.alive_every_s
        assert grant.dead_key_s
        assert grant.limit_s
        clock = asyncio.get_running_loop().time
        end = clock() + grant.limit_s
        while self.on_air and self._token == grant.token:
            if clock() >= end or clock() - self._answered >= grant.dead_key_s:
                self.on_air = False
                return
            if self.link.connected and not self.silent:
                self._tasks.spawn("alive", lambda: self.say("talking", token=grant.token))
            await asyncio.sleep(grant.alive_every_s)

    async def _on_state(self, message: Received) -> None:
        if message.payload:
            self.states.append(codec.decode(GroupState, message.payload))

    async def _on_talker(self, message: Received) -> None:
        self.talkers.append(codec.decode(TalkerEvent, message.payload))
