"""Which unit listens to which group, as the units say; and what groups a unit is told to have.

A unit is told all its groups when it says hello, when it chose others, and when one of its groups changed.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from core.bus import Bus
from core.clock import Clock
from core.errors import SonghuaError
from core.log import logger
from core.metrics import counter
from core.storage import Storage
from field.contract.mobile import codec
from field.contract.mobile.messages import said_at
from field.contract.mobile.whereabouts import MOST_GROUPS, Affiliation, GroupBody, GroupsMessage
from field.contract.talkgroup import Talkgroup, TalkgroupParty, right
from field.events import TalkgroupChanged
from field.mobile.radio.driver import MobileDriver
from field.talkgroups import store
from field.units import notifier
from field.units import store as unit_store
from field.units.model import Unit

_log = logger("field")
_said = counter("field_affiliations", "Words of units on their groups by what became of them", ["fate"])


class Affiliations:
    """For the role `radio`; `driver` is how the units are told."""

    def __init__(self, storage: Storage, bus: Bus, driver: MobileDriver, clock: Clock) -> None:
        self._storage = storage
        self._bus = bus
        self._driver = driver
        self._clock = clock

    def attach(self) -> None:
        """Before the link starts."""
        self._driver.take("affiliate", self.on_message)
        self._bus.subscribe(TalkgroupChanged, self.changed, name="field.talkgroups")

    async def on_message(self, unit_id: str, payload: bytes) -> None:
        """Raises `Malformed`."""
        said = codec.decode(Affiliation, payload)
        now = self._clock.now()
        await self.affiliate(unit_id, self._driver.network, said.groups, seq=said.seq, at=said_at(said, now))
        await self.tell(unit_id)

    async def affiliate(
        self, unit_id: str, bearer: str, groups: list[str], *, seq: int, at: datetime
    ) -> bool:
        """The unit listens to these, of those that it may; whether that was news. Older words change
        nothing.
        """
        async with self._storage.write() as transaction:
            if not await unit_store.hear(transaction, unit_id, at=self._clock.now(), bearer=bearer):
                _said.labels("unknown_unit").inc()
                return False
            if not await unit_store.newer_groups(transaction, unit_id, bearer, seq=seq, said_at=at):
                _said.labels("older").inc()
                return False
            allowed = {group.tg_id for group, _ in await self._allowed(transaction.connection, unit_id)}
            if refused := sum(1 for one in groups if one not in allowed):
                _said.labels("not_permitted").inc(refused)
            wanted = [one for one in dict.fromkeys(groups) if one in allowed]
            news = await store.affiliate(transaction, unit_id, bearer, wanted, at=self._clock.now())
            changed = await notifier.changed(transaction.connection, unit_id)
        _said.labels("applied").inc()
        if news and changed is not None:
            self._bus.publish(changed)
        return news

    async def changed(self, event: TalkgroupChanged) -> None:
        """A group changed: who is on it is told. One that is not there now asks when it comes."""
        for unit_id in event.units:
            await self.tell(unit_id)

    async def tell(self, unit_id: str) -> bool:
        """Send the unit its groups; whether it is there. Nothing waits for one that is not."""
        async with self._storage.write() as transaction:
            unit = await unit_store.find(transaction.connection, unit_id)
            if unit is None or unit.revoked_at is not None or unit.network != self._driver.network:
                return False
            found = await self._allowed(transaction.connection, unit_id)
            on = (await store.groups_by_unit(transaction.connection, unit_id)).get(unit_id, [])
            seq = await unit_store.next_seq(transaction, unit_id)
        bodies = [_body(group, party, on=group.tg_id in on) for group, party in found]
        bodies.sort(key=lambda body: (not body.incident, not body.on, body.tg_id))
        message = GroupsMessage(seq=seq, ts=self._clock.now(), groups=bodies[:MOST_GROUPS])
        try:
            return await self._driver.send(unit_id, "groups", message)
        except SonghuaError as error:
            # The unit asks again with its next hello; nothing else is held back.
            _log.info("a unit was not told its groups", error=error.kind)
            return False

    async def _allowed(
        self, connection: AsyncConnection, unit_id: str
    ) -> list[tuple[Talkgroup, TalkgroupParty]]:
        """The groups that the unit may listen to, and as whom."""
        unit = await unit_store.find(connection, unit_id)
        if unit is None:
            return []
        put_on = await store.put_on_by(connection, unit_id)
        parties = [
            (group, _party(unit, member=group.tg_id in put_on))
            for group in await store.all_groups(connection)
        ]
        return [(group, party) for group, party in parties if right(group, "monitor", party).may]


def _party(unit: Unit, *, member: bool) -> TalkgroupParty:
    return TalkgroupParty(
        unit_id=unit.unit_id, networks=unit.networks, skills=frozenset(unit.skills), member=member
    )


def _body(group: Talkgroup, party: TalkgroupParty, *, on: bool) -> GroupBody:
    talk = right(group, "talk", party)
    return GroupBody(
        tg_id=group.tg_id,
        name_zh=group.name_zh,
        name_en=group.name_en,
        talk=talk.may,
        priority=talk.priority,
        on=on,
        incident=group.case_id is not None,
    )
