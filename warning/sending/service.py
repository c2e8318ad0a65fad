"""Tells those who are in a warning's area, each once.

Who is to be told is written with the release, in its transaction. Handing a text over to its channel and
noting that commit together, so a service that was killed between two of them forgets nobody and tells nobody
twice. What is still pending when the warning is over is dropped, and what its channel has not sent yet is
withdrawn. An update and an all-clear also go to those who were told of what they are about, by the same
channel.
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
from warning.cap.model import CapMessage, CapType
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
    """Of one channel: all who are to be told, of whom nothing is known yet, whom it reached and who of these
    acknowledged it; who refused, who could not be reached, and to whom nothing was sent because it was over.
    """

    channel: WarningChannel
    total: int = 0
    waiting: int = 0
    reached: int = 0
    acknowledged: int = 0
    refused: int = 0
    failed: int = 0
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
        """Write down who is to be told: whoever is in the area now, and whoever was told before."""
        now = transaction.clock.now()
        for channel, addresses in (await self._within(transaction.connection, warning, about)).items():
            await store.plan(transaction, warning.warning_id, channel, addresses, now)

    async def over(self, transaction: Transaction, warning: RecordedWarning) -> None:
        """People or a message ended it: withdraw what has not left yet."""
        for channel, audience in self._audiences.items():
            ids = await store.given(transaction.connection, warning.warning_id, channel)
            await audience.withdraw(transaction, list(ids))

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
                ids = list(await store.given(connection, warning_id, channel))
                outcomes = Counter((await audience.outcomes(connection, ids)).values())
                found.append(_counts(channel, states, outcomes))
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
                warning.ends_at, warning.message.status, warning.message.msg_type,
            )  # fmt: skip
            why = await audience.tell(transaction, text)
            state = WarningDeliveryState.REFUSED if why else WarningDeliveryState.GIVEN
        await store.settle(transaction, one.delivery_id, state, why, now)
        return one.channel, state.value

    async def _within(
        self, connection: AsyncConnection, warning: RecordedWarning, about: Sequence[CapMessage]
    ) -> Mapping[WarningChannel, Sequence[str]]:
        area = _area(warning.message, about)
        clears = warning.message.msg_type is CapType.CANCEL
        found: dict[WarningChannel, Sequence[str]] = {}
        for channel, audience in self._audiences.items():
            if channel not in warning.channels:
                continue
            told = await self._told(connection, audience, about)
            there = (
                ()
                if clears and audience.registered
                else await audience.within(connection, area, self._districts_of)
            )
            found[channel] = [*told, *there]
        return found

    @staticmethod
    async def _told(
        connection: AsyncConnection, audience: AudienceChannel, about: Sequence[CapMessage]
    ) -> Sequence[str]:
        """To whom by this channel something was sent of what this is about."""
        given: dict[UUID, str] = {}
        for one in about:
            warning_id = warning_id_of(*one.reference.key)
            given |= await store.addresses(connection, warning_id, audience.channel)
        outcomes = await audience.outcomes(connection, list(given))
        return [
            address for delivery_id, address in given.items()
            if outcomes.get(delivery_id) is not WarningOutcome.WITHDRAWN
        ]  # fmt: skip

    @staticmethod
    async def _about(connection: AsyncConnection, warning: RecordedWarning) -> Sequence[CapMessage]:
        ids = [warning_id_of(*one.key) for one in warning.message.references]
        return [one.message for one in await ledger.among(connection, ids)]


def _counts(
    channel: WarningChannel,
    states: Mapping[WarningDeliveryState, int],
    outcomes: Mapping[WarningOutcome, int],
) -> ChannelCounts:
    acknowledged = outcomes.get(WarningOutcome.ACKNOWLEDGED, 0)
    return ChannelCounts(
        channel,
        total=sum(states.values()),
        waiting=states[WarningDeliveryState.PENDING] + outcomes.get(WarningOutcome.UNDER_WAY, 0),
        reached=outcomes.get(WarningOutcome.REACHED, 0) + acknowledged,
        acknowledged=acknowledged,
        refused=outcomes.get(WarningOutcome.REFUSED, 0),
        failed=states[WarningDeliveryState.REFUSED] + outcomes.get(WarningOutcome.FAILED, 0),
        dropped=states[WarningDeliveryState.DROPPED] + outcomes.get(WarningOutcome.WITHDRAWN, 0),
    )


def _area(message: CapMessage, about: Sequence[CapMessage]) -> WarningArea:
    """Of an all-clear that names none: where held what it is about."""
    return area_of(message.areas or [area for one in about for area in one.areas])
