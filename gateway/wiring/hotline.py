"""The hotline's ports: the switch as actuator and as source of signals, the phone book, taps, history."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol
from uuid import UUID

from core.clock import SystemClock
from core.log import logger
from core.room import Health
from core.storage import StorageAway
from core.switch import SwitchMessage
from core.tasks import Tasks
from gateway.ami.actions import (
    CallerLevel,
    EndTap,
    QueueAdd,
    QueuePause,
    QueuePenalty,
    QueuePriority,
    QueueRemove,
    TapLeg,
)
from gateway.ami.client import AmiClient
from gateway.ami.errors import ActionRefused
from gateway.ami.subscription import Live, Snapshot
from gateway.mqtt.speech import SpeechCentreLink
from hotline.events import CallerContext
from hotline.ports import StaffPhone, TapAnnouncement
from hotline.service import Hotline
from hotline.signals import EVENTS
from identity.events import UserChanged
from identity.service import IdentityService
from speech.events import Language, TapAnnounced, TapRetired

_log = logger("gateway")

PHONES_EVERY_S = 30.0
END_TAP_S = 2.0
LANGUAGES: tuple[Language, ...] = ("zh", "en")
HINTS_MAX = 200


class AmiSwitch:
    """Fills `hotline.ports.QueueSwitch` with typed AMI actions."""

    def __init__(self, client: AmiClient) -> None:
        self._client = client

    async def queue_add(
        self, queue: str, interface: str, *, member: str, paused: bool, reason: str, penalty: int
    ) -> None:
        await self._client.perform(
            QueueAdd(queue, interface, member_name=member, paused=paused, reason=reason, penalty=penalty)
        )

    async def queue_remove(self, queue: str, interface: str) -> None:
        await self._client.perform(QueueRemove(queue, interface))

    async def queue_pause(self, queue: str, interface: str, *, paused: bool, reason: str) -> None:
        await self._client.perform(QueuePause(interface, paused, queue, reason if paused else ""))

    async def queue_penalty(self, queue: str, interface: str, penalty: int) -> None:
        await self._client.perform(QueuePenalty(queue, interface, penalty))

    async def queue_priority(self, queue: str, channel: str, level: int, since: float) -> None:
        # First the variable: a round that ends between the two begins anew with the new level.
        await self._client.perform(CallerLevel(channel, level))
        await self._client.perform(QueuePriority(queue, channel, level, since))

    async def queue_status(self) -> Sequence[SwitchMessage]:
        return await self._client.list_action("QueueStatus")

    async def place_tap(self, channel: str, tap_id: UUID, host: str, port: int) -> None:
        await self._client.perform(TapLeg(channel, f"{host}:{port}", str(tap_id)))

    async def end_tap(self, tap_id: UUID) -> bool:
        try:
            await self._client.perform(EndTap(str(tap_id)), deadline=END_TAP_S)
        except ActionRefused:
            return False
        return True


class Feed:
    """Carries the switch's messages into the hotline: snapshot, live messages, loss of the link."""

    name = "ami"

    def __init__(self, client: AmiClient, hotline: Hotline) -> None:
        self._client = client
        self._switch = hotline.switch
        self._subscription = client.subscribe("hotline", events=EVENTS)
        hotline.link.ask_snapshot = self._subscription.resync
        self._tasks = Tasks("ami")

    async def start(self) -> None:
        self._tasks.forever("client", self._client.run)
        self._tasks.forever("feed", self._carry)

    async def stop(self) -> None:
        await self._tasks.stop()
        self._subscription.close()

    def health(self) -> Health:
        if not self._client.sealed:
            return Health(
                "asterisk", "degraded",
                "no event of the switch shows our seal: run songhua asterisk render, then restart Asterisk",
            )  # fmt: skip
        if self._client.up:
            return Health("asterisk", "up")
        return Health(
            "asterisk", "degraded",
            "no AMI link: calls still reach agents; see that Asterisk runs and knows the [ami] account",
        )  # fmt: skip

    async def _carry(self) -> None:
        async for item in self._subscription:
            if isinstance(item, Live):
                on_message = self._switch.on_message
                for message in item.messages:
                    on_message(message, item.epoch)
                # A burst of a second must not keep the web and the heartbeat waiting.
                await asyncio.sleep(0)
            elif isinstance(item, Snapshot):
                await self._switch.on_snapshot(item)
            else:
                self._switch.on_link_down()


class Phones:
    """Fills `hotline.ports.PhoneBook` from the people who have an endpoint; kept fresh in memory.

    `changed` is called when people, telephones or skills are others than before.
    """

    name = "phones"

    def __init__(self, identity: IdentityService, endpoints: Collection[str] | None = None) -> None:
        """`endpoints`: the switch's own telephones, where others beside it have the rest."""
        self._identity = identity
        self._endpoints = endpoints
        self.changed: Callable[[], None] | None = None
        self._desks: tuple[StaffPhone, ...] = ()
        self._tasks = Tasks("phones")

    def desks(self) -> Iterable[StaffPhone]:
        return self._desks

    async def start(self) -> None:
        try:
            await self.refresh()
        except StorageAway:
            _log.warning("the phone book is empty until the database is back")
        self._tasks.forever("refresh", self._refresh_now_and_then)

    async def stop(self) -> None:
        await self._tasks.stop()

    async def on_user_changed(self, _event: UserChanged) -> None:
        """Read again which phone belongs to whom."""
        await self.refresh()

    async def refresh(self) -> None:
        before = self._desks
        self._desks = tuple(
            StaffPhone(user.id, user.name, user.endpoint, user.skills)
            for user in await self._identity.users()
            if user.active and user.endpoint and self._is_here(user.endpoint)
        )
        if self._desks != before and self.changed is not None:
            self.changed()

    def _is_here(self, endpoint: str) -> bool:
        return self._endpoints is None or endpoint in self._endpoints

    async def _refresh_now_and_then(self) -> None:
        # People are also added by the command line, which this process hears nothing of.
        while True:
            await SystemClock().sleep(PHONES_EVERY_S)
            await self.refresh()


class Announcer:
    """Fills `hotline.ports.TapAnnouncer`: tells the chosen speech node what the tap carries.

    The call's language is the dialplan's or the one that the caller chose, and nobody can tell which;
    besides, each leg has its own. So it is only where the node begins to look.
    """

    def __init__(self, side: SpeechCentreLink, hints: Callable[[Language], Sequence[str]]) -> None:
        self._side = side
        self._hints = hints

    async def announce(self, tap: TapAnnouncement) -> None:
        words = {name: [*tap.hints, *self._hints(name)][:HINTS_MAX] for name in LANGUAGES}
        likely = next((name for name in LANGUAGES if name == tap.language), None)
        event = TapAnnounced.model_validate(
            {
                "tap_id": tap.tap_id,
                "call_id": tap.call_id,
                "leg_id": tap.leg_id,
                "speaker": tap.speaker,
                "language": "auto",
                "likely": likely,
                "hints": words[likely or LANGUAGES[0]],
                "hints_by_language": words,
            }
        )
        await self._side.announce(tap.node, event)

    async def retire(self, node: str, tap_id: UUID) -> None:
        await self._side.retire(node, TapRetired(tap_id=tap_id))


class CallerLookup(Protocol):
    async def __call__(self, caller: str, *, confidential: bool) -> CallerContext: ...


class History:
    """Fills `hotline.ports.CallerHistory` from the ledger and the cases; a part that fails is left out."""

    def __init__(
        self,
        earlier: CallerLookup,
        cases: CallerLookup,
    ) -> None:
        self._earlier = earlier
        self._cases = cases

    async def lookup(self, caller: str) -> CallerContext:
        return await self._found(caller, confidential=False)

    async def whole(self, caller: str) -> CallerContext:
        return await self._found(caller, confidential=True)

    async def _found(self, caller: str, *, confidential: bool) -> CallerContext:
        earlier, cases = await asyncio.gather(
            self._earlier(caller, confidential=confidential), self._cases(caller, confidential=confidential)
        )
        return CallerContext(earlier_calls=earlier.earlier_calls, open_cases=cases.open_cases)
