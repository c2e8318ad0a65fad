"""What a room has noticed about a person's use of his rights, until another person takes the alarm over."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from core.actor import Actor
from core.storage import Storage
from identity.alarms.model import OversightAlarm
from identity.audit.store import add_audit
from identity.errors import OwnRequest, UnknownOversightAlarm

ALARM: Final = "suspicion"
"""The first word of the alarms' ids."""
MOST: Final = 100


class Suspicions:
    """Kept in memory: after a restart the rows of the audit trail are what is left."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._open: OrderedDict[str, OversightAlarm] = OrderedDict()

    def tell(self, actor: Actor, kind: str) -> None:
        """Raise an alarm about what `actor` does, once until somebody takes it over. `kind` is an alarm's."""
        alarm_id = f"{ALARM}-{kind}-{actor.id}"
        if alarm_id not in self._open:
            self._open[alarm_id] = OversightAlarm(alarm_id, kind, self._storage.clock.now(), who=actor.id)
        while len(self._open) > MOST:
            self._open.popitem(last=False)

    async def alarms(self) -> Sequence[OversightAlarm]:
        return tuple(self._open.values())

    async def take(self, actor: Actor, name: str) -> None:
        """`actor` looks after it; audited. Raises `OwnRequest`, `UnknownOversightAlarm`, `StorageAway`."""
        alarm = self._open.get(f"{ALARM}-{name}")
        if alarm is None:
            raise UnknownOversightAlarm
        if alarm.who == actor.id:
            raise OwnRequest("nobody takes over an alarm about himself", remedy="ask a colleague to do it")
        async with self._storage.write() as transaction:
            await add_audit(
                transaction.connection, self._storage.clock.now(), actor.id, "take-over-suspicion",
                f"user:{alarm.who}", {"kind": alarm.kind},
            )  # fmt: skip
        self._open.pop(alarm.alarm_id, None)
