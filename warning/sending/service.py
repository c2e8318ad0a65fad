"""Tells those who are in a warning's area, each once.

Who is to be told is written with the release, in its transaction. Handing a text over to its channel and
noting that commit together, so a service that was killed between two of them forgets nobody and tells nobody
twice. What is still pending when the warning is over is dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.metrics import counter
from core.storage import Storage, Transaction
from core.storage.dialect import lock_number
from warning.area import DistrictsOf, WarningArea, area_of
from warning.cap.model import CapMessage
from warning.channels import WarningChannel
from warning.ledger import store as ledger
from warning.ledger.model import RecordedWarning, WarningState, warning_id_of
from warning.ledger.service import LOCK
from warning.ports import AudienceChannel, WarningOutcome, WarningText
from warning.sending import store
from warning.sending.store import PendingDelivery, WarningDeliveryState
from warning.words import text_of

AT_ONCE: Final = 200
LOOK_EVERY_S: Final = 1.0
_told = counter(
    "warning_deliveries", "Texts of warnings by channel and what became of them", ["channel", "state"]
)


@dataclass(frozen=True, slots=True)
class ChannelCounts:
    """Of one channel: all who are to be told, those whose turn comes, who got it handed over, and of these
    whom it reached and who acknowledged it; who was refused or dropped.
    """

    channel: WarningChannel
    total: int = 0
    pending: int = 0
    given: int = 0
    reached: int = 0
    acknowledged: int = 0
    refused: int = 0
    dropped: int = 0


class WarningSending:
    """`audiences` are the channels with single addresses."""

    def __init__(
        self, storage: Storage, audiences: Sequence[AudienceChannel], districts_of: DistrictsOf
    ) -> None:
        self._storage = storage
        self._audiences = {one.channel: one for one in audiences}
        self._districts_of = districts_of

    async def plan(
        self, transaction: Transaction, warning: RecordedWarning, about: Sequence[CapMessage]
    ) -> None:
        """Write down who is to be told, as the area is now."""
        now = transaction.clock.now()
        for channel, addresses in (await self._within(transaction.connection, warning, about)).items():
            await store.plan(transaction, warning.warning_id, channel, addresses, now)

    async def audience(self, warning: RecordedWarning) -> Mapping[WarningChannel, int]:
        """How many would be told now."""
        async with self._storage.read() as connection:
            about = await self._about(connection, warning)
            found = await self._within(connection, warning, about)
        return {channel: len(set(addresses)) for channel, addresses in found.items()}

    async def counts(self, warning_id: UUID) -> list[ChannelCounts]:
        async with self._storage.read() as connection:
            by_state = await store.counts(connection, warning_id)
            found = []
            for channel, audience in self._audiences.items():
                states = {state: by_state.get((channel, state), 0) for state in WarningDeliveryState}
                if not any(states.values()):
                    continue
                ids = await store.given(connection, warning_id, channel)
                outcomes = Counter((await audience.outcomes(connection, ids)).values())
                acknowledged = outcomes[WarningOutcome.ACKNOWLEDGED]
                found.append(
                    ChannelCounts(
                        channel,
                        total=sum(states.values()),
                        pending=states[WarningDeliveryState.PENDING],
                        given=states[WarningDeliveryState.GIVEN],
                        reached=outcomes[WarningOutcome.REACHED] + acknowledged,
                        acknowledged=acknowledged,
                        refused=states[WarningDeliveryState.REFUSED] + outcomes[WarningOutcome.REFUSED],
                        dropped=states[WarningDeliveryState.DROPPED],
                    )
                )
        return found

    async def run(self) -> None:
        """Hand over what is pending, for ever."""
        while True:
            if not await self.step():
                await self._storage.clock.sleep(LOOK_EVERY_S)

    async def step(self) -> int:
        """Hand over the next ones; how many. Raises `StorageAway`: nothing of it was done."""
        async with self._storage.write() as transaction:
            # Who releases, cancels and sweeps holds it too: rows are locked in several orders.
            await lock_number(transaction.connection, LOCK)
            due = await store.pending(transaction.connection, AT_ONCE, WarningState.RUNNING.value)
            known = {one.warning_id for one in due if one.running}
            running = {one.warning_id: one for one in await ledger.among(transaction.connection, known)}
            words: dict[tuple[UUID, str], str] = {}
            for warning in running.values():
                about = await self._about(transaction.connection, warning)
                for channel, audience in self._audiences.items():
                    words[warning.warning_id, channel] = text_of(warning.message, about, most=audience.most)
            # Units are locked in the order in which others lock them.
            due.sort(key=lambda one: one.address)
            ended = [await self._hand_over(transaction, one, running, words) for one in due]
        for by, state in ended:
            _told.labels(by, state).inc()
        return len(due)

    async def _hand_over(
        self,
        transaction: Transaction,
        one: PendingDelivery,
        running: Mapping[UUID, RecordedWarning],
        words: Mapping[tuple[UUID, str], str],
    ) -> tuple[str, str]:
        now = transaction.clock.now()
        warning = running.get(one.warning_id)
        audience = self._audiences.get(WarningChannel(one.channel))
        over = warning is None or warning.ends_at is None or warning.ends_at <= now
        if over or audience is None or warning is None or warning.ends_at is None:
            state, why = WarningDeliveryState.DROPPED, "over" if over else "no channel"
        else:
            text = WarningText(
                one.delivery_id, one.address, words[one.warning_id, one.channel], warning.released_by,
                warning.ends_at,
            )  # fmt: skip
            why = await audience.tell(transaction, text)
            state = WarningDeliveryState.REFUSED if why else WarningDeliveryState.GIVEN
        await store.settle(transaction, one.delivery_id, state, why, now)
        return one.channel, state.value

    async def _within(
        self, connection: AsyncConnection, warning: RecordedWarning, about: Sequence[CapMessage]
    ) -> Mapping[WarningChannel, Sequence[str]]:
        area = _area(warning.message, about)
        return {
            channel: await audience.within(connection, area, self._districts_of)
            for channel, audience in self._audiences.items()
            if channel in warning.channels
        }

    @staticmethod
    async def _about(connection: AsyncConnection, warning: RecordedWarning) -> Sequence[CapMessage]:
        ids = [warning_id_of(*one.key) for one in warning.message.references]
        return [one.message for one in await ledger.among(connection, ids)]


def _area(message: CapMessage, about: Sequence[CapMessage]) -> WarningArea:
    """Of an all-clear that names none: where held what it is about."""
    return area_of(message.areas or [area for one in about for area in one.areas])
