"""A terminal's button on the broker: a link of its own, whose session the broker forgets when it is cut, so
that a button is never pressed later. There is no sound: `on_air` says when a microphone would be open.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from core.clock import Clock, SystemClock
from core.errors import SonghuaError
from core.ids import uuid7
from core.log import logger
from core.malformed import Malformed
from core.tasks import Tasks
from field.contract.mobile import codec, topics
from field.contract.mobile.messages import PresenceMessage
from gateway.mqtt import BrokerSettings, MqttLink, Received
from gateway.unit_cli.button import Button, ButtonState, ButtonStep, PttMessage
from radio_bridge.floor import topics as group_topics
from radio_bridge.floor.messages import GrantMessage, Ptt, TalkerEvent

_log = logger("unit")

EXPIRY_S: Final = 2.0
"""How long a word about the button is worth anything."""
KEEPALIVE_S: Final = 5
UNSAID_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class TalkAnnouncement:
    """What everybody on a talkgroup is told: who begins and stops to talk; `there` and `away`: whether
    anybody keeps its floor.
    """

    kind: Literal["start", "stop", "away", "there"]
    talkgroup: str = ""
    party: str = ""
    name: str = ""
    emergency: bool = False
    cause: str = ""


News = ButtonState | TalkAnnouncement


class TerminalFloor:
    """`groups` are those whose talkers are told, as far as the broker lets the unit hear them."""

    def __init__(
        self,
        settings: BrokerSettings,
        *,
        uid: str,
        groups: Sequence[str],
        tell: Callable[[News], None],
        clock: Clock | None = None,
    ) -> None:
        self._uid = uid
        self._tenant = settings.tenant
        self._clock = clock or SystemClock()
        self._tell = tell
        self._button = Button()
        self._group = ""
        self._pressed_at: dict[UUID, datetime] = {}
        self._unsaid: asyncio.Queue[tuple[str, PttMessage]] = asyncio.Queue(UNSAID_MOST)
        self._wake = asyncio.Event()
        self._there: bool | None = None
        self._tasks = Tasks("unit-talk")
        account = settings.model_copy(
            update={"session_expiry_s": 0, "keepalive_s": KEEPALIVE_S, "publish_timeout_s": EXPIRY_S}
        )
        self.link = MqttLink(account, client_id=f"{uid}.talk")
        self.link.subscribe(topics.down(self._tenant, uid, "grant"), self._on_grant, name="grant")
        self.link.subscribe(group_topics.presence(self._tenant), self._on_presence, name="floor-state")
        for group in dict.fromkeys(groups):
            self.link.subscribe(
                group_topics.talker(self._tenant, group), self._on_talker, name=f"talker.{group}"
            )

    @property
    def on_air(self) -> bool:
        """Whether this terminal holds the floor."""
        return self._button.on_air

    @property
    def pressed(self) -> bool:
        return self._button.pressed

    async def start(self) -> None:
        """Begin to connect; returns at once."""
        self._tasks.forever("say", self._run)
        self._tasks.forever("time", self._keep_time)
        await self.link.start()

    async def stop(self) -> None:
        """Let go, and say so as far as the broker is there."""
        self.let_go()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EXPIRY_S):
                await self._unsaid.join()
        await self._tasks.stop()
        await self.link.stop()

    def press(self, group: str, *, emergency: bool = False) -> UUID | None:
        """Ask for the floor of `group`; None while it is pressed already. Without a broker it is not pressed,
        and `silent` is told.
        """
        if self._button.pressed:
            return None
        request = uuid7()
        if not self.link.connected:
            self._tell(ButtonState("silent"))
            return None
        self._group = group
        self._pressed_at = {request: self._clock.now()}
        self._do(self._button.press(request, self._clock.monotonic(), emergency=emergency))
        return request

    def let_go(self) -> None:
        """Give the floor back, or end the request for it."""
        self._do(self._button.let_go())

    def _do(self, step: ButtonStep, group: str = "") -> None:
        for say in step.say:
            with contextlib.suppress(asyncio.QueueFull):
                self._unsaid.put_nowait((group or self._group, say))
        if step.told is not None:
            self._tell(step.told)
        self._wake.set()

    async def _keep_time(self) -> None:
        while True:
            self._do(self._button.tick(self._clock.monotonic()))
            self._wake.clear()
            due = self._button.due()
            pause = None if due is None else max(0.0, due - self._clock.monotonic())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def _run(self) -> None:
        while True:
            group, say = await self._unsaid.get()
            try:
                await self._publish(group, say)
            except SonghuaError as error:
                # The watchdogs of both sides end what is not heard.
                _log.warning("a word about the button was not heard", error=error.kind)
            finally:
                self._unsaid.task_done()

    async def _publish(self, group: str, say: PttMessage) -> None:
        now = self._clock.now()
        is_request = say.action == "request"
        message = Ptt(
            msg_id=say.request if is_request else uuid7(),
            ts=self._pressed_at.get(say.request, now) if is_request else now,
            sent=now,
            action=say.action,
            talkgroup=group,
            emergency=say.emergency,
            of=say.request if say.action == "release" else None,
            token=say.token,
        )
        await self.link.publish(
            topics.up(self._tenant, self._uid, "ptt"), codec.encode(message), expiry_s=EXPIRY_S
        )

    # --- heard ----------------------------------------------------------------------------------------

    async def _on_grant(self, message: Received) -> None:
        try:
            grant = codec.decode(GrantMessage, message.payload, limit=codec.MAX_DOWN_BYTES)
        except Malformed as error:
            _log.warning("message dropped", why=str(error))
            return
        self._do(self._button.hear(grant, self._clock.monotonic()), grant.talkgroup)

    async def _on_talker(self, message: Received) -> None:
        try:
            said = codec.decode(TalkerEvent, message.payload, limit=codec.MAX_DOWN_BYTES)
        except Malformed as error:
            _log.warning("message dropped", why=str(error))
            return
        talker = said.talker
        self._tell(
            TalkAnnouncement(
                said.event, said.talkgroup, talker.party, talker.name, talker.emergency, said.cause.value
            )
        )

    async def _on_presence(self, message: Received) -> None:
        try:
            there = bool(message.payload) and codec.decode(PresenceMessage, message.payload).online
        except Malformed as error:
            _log.warning("message dropped", why=str(error))
            return
        if there != self._there:
            self._there = there
            if not there:
                self._do(self._button.abandoned())
            self._tell(TalkAnnouncement("there" if there else "away"))
