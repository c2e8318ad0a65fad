"""Publishes alarms to desks as they begin, change and end; health and a metric report open ones."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from core.actor import Actor
from core.metrics import gauge
from core.room import Health
from core.storage import StorageAway
from core.tasks import Tasks
from identity.alarms.model import OversightAlarm
from identity.approvals import rights
from identity.errors import UnknownOversightAlarm
from identity.events import RightsAlarm

LOOK_EVERY_S: Final = 2.0
"""Commands on the machine write into the same database: it is asked for."""
KINDS: Final = ("alone", "overdue", "objected", "break-glass", "number-search")

_now_on = gauge("identity_rights_alarms", "Alarms that nobody has answered yet", ["kind"])

Source = Callable[[], Awaitable[Sequence[OversightAlarm]]]
"""The alarms that stand now. Raises `StorageAway`."""
Take = Callable[[Actor, str], Awaitable[None]]
"""Somebody takes an alarm over, by its id. Raises the room's errors."""


class RightsAlarms:
    """`takes` says by the first word of an alarm's id who takes it over. `contact` is who is asked."""

    def __init__(
        self,
        sources: Sequence[Source],
        takes: dict[str, Take],
        publish: Callable[[RightsAlarm], None],
        *,
        contact: str,
    ) -> None:
        self._sources = sources
        self._takes = takes
        self._publish = publish
        self._contact = contact
        self._standing: dict[str, OversightAlarm] = {}
        self._tasks = Tasks("rights-alarms")

    async def start(self) -> None:
        self._tasks.forever("look", self._look_on)

    async def stop(self) -> None:
        await self._tasks.stop()

    def may_see(self, viewer: Actor) -> bool:
        """Whether the alarms are shown to this person: by right, or as the security contact."""
        return rights.RIGHTS_ALARMS.allows(viewer) or bool(self._contact and viewer.id == self._contact)

    def listed(self, viewer: Actor) -> list[RightsAlarm]:
        """None for who may not see them."""
        return [self._event(one) for one in self._standing.values()] if self.may_see(viewer) else []

    async def take(self, actor: Actor, alarm_id: str) -> None:
        """`actor` looks after it from now on. Raises `Forbidden`, `UnknownOversightAlarm`, `OwnRequest`,
        `NotOpen`.
        """
        rights.RIGHTS_ALARMS.check(actor)
        kind, _, name = alarm_id.partition("-")
        take = self._takes.get(kind)
        if take is None:
            raise UnknownOversightAlarm
        await take(actor, name)
        await self.look()

    def health(self) -> Health | None:
        """None while there is no alarm."""
        counts = self._counts()
        if not counts:
            return None
        said = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        return Health(
            "identity",
            "degraded",
            f"alarms that nobody has answered ({said}): see the desk of an administrator",
        )

    async def look(self) -> None:
        """Tell what has changed since the last look."""
        found = {one.alarm_id: one for source in self._sources for one in await source()}
        before, self._standing = self._standing, found
        for alarm_id, alarm in found.items():
            if before.get(alarm_id) != alarm:
                self._publish(self._event(alarm))
        for alarm_id, alarm in before.items():
            if alarm_id not in found:
                self._publish(self._event(alarm, ended=True))
        counts = self._counts()
        for kind in KINDS:
            _now_on.labels(kind).set(counts[kind])

    async def _look_on(self) -> None:
        while True:
            with contextlib.suppress(StorageAway):
                await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    def _counts(self) -> Counter[str]:
        return Counter(one.kind for one in self._standing.values() if one.kind in KINDS)

    def _event(self, alarm: OversightAlarm, *, ended: bool = False) -> RightsAlarm:
        return RightsAlarm(
            alarm_id=alarm.alarm_id,
            kind=alarm.kind,
            began_at=alarm.began_at,
            until=alarm.until,
            who=alarm.who,
            act=alarm.act,
            number=alarm.number,
            objected_by=alarm.objected_by,
            remark=alarm.remark,
            over=alarm.over,
            taken_by=alarm.taken_by,
            ended=ended,
            asked=self._contact,
        )
