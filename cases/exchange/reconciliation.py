"""Compares both sides' work orders of a day: by itself once a day, and whenever the other side's list comes.

At the hour of the setting our list goes to the receiver `12345`. Its answer may be its own list; else it
sends that later. The day's row is claimed before the list leaves, so that of two processes one sends it, and
a result is written once. Days that were not taken at their hour, or for which no service ran, follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from cases import rights
from cases.exchange import order_store
from cases.exchange import reconciliation_store as store
from cases.exchange.errors import FormRefused, FormUnsent, OrderDatesWrong
from cases.exchange.forms import ListedOrder, OrderList, OrderListAnswer
from cases.exchange.model import ORDERS, FormReceiver, pause
from cases.exchange.order_model import OrderState, differences
from cases.exchange.ports import FormWebhook
from cases.exchange.receivers import ActiveReceivers
from cases.exchange.reconciliation_model import (
    CATCH_UP,
    COMPARED,
    MOST_KEPT,
    OPEN,
    KeptReconciliation,
    Reconciliation,
    ReconciliationState,
    can_be_compared,
    day_due,
    days_missing,
)
from cases.exchange.sender import life
from cases.exchange.settings import ExchangeSettings
from core.actor import Actor
from core.ids import uuid7
from core.metrics import counter
from core.room import Health
from core.storage import Storage, StorageAway

LOOK_EVERY_S: Final = 30.0
LEASE: Final = timedelta(minutes=2)
"""How long nobody else sends the list of a day: a try is over by then, or its process is."""
MOST_LISTED: Final = 31
_days = counter(
    "cases_reconciliations", "Daily comparisons of work orders, by what became of each", ["state"]
)
S = ReconciliationState


class Reconciliations:
    def __init__(
        self,
        storage: Storage,
        receivers: ActiveReceivers,
        webhook: FormWebhook,
        settings: ExchangeSettings,
        *,
        timezone_h: float,
    ) -> None:
        self._storage = storage
        self._receivers = receivers
        self._webhook = webhook
        self._settings = settings
        self._zone = timezone(timedelta(hours=timezone_h))
        self._last: KeptReconciliation | None = None
        self._open: dict[date, KeptReconciliation] = {}

    async def compare(self, actor: Actor, day: date, theirs: Mapping[str, OrderState]) -> Reconciliation:
        """Compare the other side's orders of a day with ours; nothing is kept. Raises `OrderDatesWrong`."""
        rights.RECONCILE_ORDERS.check(actor)
        self._require_day(day, self._storage.clock.now())
        async with self._storage.read() as connection:
            return _compared(day, await self._ours(connection, day), theirs)

    async def take(self, actor: Actor, day: date, theirs: Mapping[str, OrderState]) -> Reconciliation:
        """The same, and keep what was found as the day's result. Raises `OrderDatesWrong`, `StorageAway`."""
        rights.RECONCILE_ORDERS.check(actor)
        async with self._storage.write() as transaction:
            connection, now = transaction.connection, transaction.clock.now()
            self._require_day(day, now)
            found = _compared(day, await self._ours(connection, day), theirs)
            await store.add(connection, KeptReconciliation(day, uuid7(), S.ASKING, now))
            kept = await store.get(connection, day, lock=True)
            assert kept is not None
            await self._end(connection, kept, found, now)
        return found

    async def listed(self, actor: Actor) -> Sequence[KeptReconciliation]:
        """The last days, the newest first."""
        rights.SEE_RECONCILIATIONS.check(actor)
        async with self._storage.read() as connection:
            return await store.newest(connection, MOST_LISTED)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            with suppress(StorageAway):
                await self.look()
            await self._storage.clock.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Send our lists of the days that are due, the oldest first, unless that is done or somebody else
        does it. Raises `StorageAway`.
        """
        receiver, hour = self._receivers.of(ORDERS), self._settings.reconcile_hour
        if receiver is None or hour is None:
            async with self._storage.read() as connection:
                self._last, self._open = next(iter(await store.newest(connection, 1)), None), {}
            return
        for day in await self._days(day_due(self._storage.clock.now(), hour, self._zone)):
            claimed = await self._claim(day)
            if claimed is not None:
                await self._send(receiver, *claimed)

    def health(self) -> Health:
        """Degraded while the last day differs, or its comparison failed, or an earlier one is open still."""
        last = self._last
        if last is None:
            return Health("reconciliation", "up")
        if last.state is S.DIFFERS:
            why = f"{last.differing} work orders of {last.day} differ: see Settings, Deliveries"
            return Health("reconciliation", "degraded", why)
        if last.state is S.FAILED:
            why = f"work orders of {last.day} were not compared ({last.error}): see Settings, Exchange"
            return Health("reconciliation", "degraded", why)
        if self._open:
            day = max(self._open)
            sent = self._open[day].state is S.SENT
            reason = "12345's list never came" if sent else self._open[day].error or "our list was not taken"
            why = f"work orders of {day} are not compared yet ({reason}): see Settings, Deliveries"
            return Health("reconciliation", "degraded", why)
        return Health("reconciliation", "up", last.day.isoformat())

    def _require_day(self, day: date, now: datetime) -> None:
        """Raises `OrderDatesWrong`."""
        if not can_be_compared(day, now.astimezone(self._zone).date()):
            raise OrderDatesWrong(remedy="look at day", field="day")

    async def _days(self, due: date) -> list[date]:
        """Whose list is to be sent by now, the oldest first; what the health goes by is read with them."""
        async with self._storage.read() as connection:
            self._last = next(iter(await store.newest(connection, 1)), None)
            lately = await store.within(connection, due - CATCH_UP, due)
            first = await store.first_day(connection)
            waiting = await store.days_to_ask(connection, self._storage.clock.now())
        self._open = {one.day: one for one in lately if one.state in OPEN and one.day < due}
        return sorted({*waiting, *days_missing(first, {one.day for one in lately}, due)})

    async def _ours(self, connection: AsyncConnection, day: date) -> dict[str, OrderState]:
        since = datetime.combine(day, time(), self._zone).astimezone(UTC)
        found = await order_store.registered(connection, since, since + timedelta(days=1))
        return {one.reference: one.state for one in found}

    async def _claim(self, day: date) -> tuple[KeptReconciliation, dict[str, OrderState]] | None:
        """The day's row with another attempt noted, and our list; None where there is nothing to send now."""
        async with self._storage.read() as connection:
            known = await store.get(connection, day)
            if known is not None and not _is_due(known, self._storage.clock.now()):
                return None
        async with self._storage.write() as transaction:
            connection, now = transaction.connection, transaction.clock.now()
            await store.add(connection, KeptReconciliation(day, uuid7(), S.ASKING, now, next_at=now))
            kept = await store.get(connection, day, lock=True)
            if kept is None or not _is_due(kept, now):
                return None
            ours = await self._ours(connection, day)
            again = max(pause(self._settings, kept.attempts + 1), LEASE)
            kept = replace(kept, attempts=kept.attempts + 1, next_at=now + again, ours=len(ours))
            await store.save(connection, kept)
            return kept, ours

    async def _send(
        self, receiver: FormReceiver, kept: KeptReconciliation, ours: Mapping[str, OrderState]
    ) -> None:
        form = OrderList(
            form_id=kept.form_id, made_at=self._storage.clock.now(), day=kept.day,
            orders=[ListedOrder(reference=name, state=state) for name, state in ours.items()],
        )  # fmt: skip
        document = form.model_dump_json().encode()
        try:
            answer = await self._webhook.ask(receiver, kept.form_id, document)
            theirs = None if not answer.strip() else OrderListAnswer.model_validate_json(answer)
        except FormRefused as error:
            await self._note(kept, S.FAILED, error.detail)
        except FormUnsent as error:
            await self._note(kept, S.ASKING, error.detail)
        except ValidationError:  # a list that is none: it would be none again
            await self._note(kept, S.FAILED, "no-list")
        else:
            await self._take_answer(kept, ours, theirs)

    async def _take_answer(
        self, kept: KeptReconciliation, ours: Mapping[str, OrderState], theirs: OrderListAnswer | None
    ) -> None:
        if theirs is None:
            await self._note(kept, S.SENT, "")
            return
        found = _compared(kept.day, ours, theirs.by_reference())
        async with self._storage.write() as transaction:
            now = transaction.clock.now()
            present = await store.get(transaction.connection, kept.day, lock=True)
            if present is not None and present.state not in COMPARED:
                await self._end(transaction.connection, present, found, now)

    async def _note(self, kept: KeptReconciliation, state: ReconciliationState, error: str) -> None:
        """What became of an attempt, unless their list came meanwhile."""
        async with self._storage.write() as transaction:
            now = transaction.clock.now()
            present = await store.get(transaction.connection, kept.day, lock=True)
            if present is None or present.state in COMPARED:
                return
            if state is S.ASKING and now >= present.began_at + life(self._settings):
                state = S.FAILED
            over = state is not S.ASKING
            after = replace(
                present, state=state, error=error[:120], next_at=None if over else present.next_at,
                ended_at=now if over else None,
            )  # fmt: skip
            await self._keep(transaction.connection, after)

    async def _end(
        self, connection: AsyncConnection, kept: KeptReconciliation, found: Reconciliation, now: datetime
    ) -> None:
        after = replace(
            kept, state=S.DIFFERS if found.differences else S.SAME, error="", next_at=None, ended_at=now,
            ours=found.ours, theirs=found.theirs, differing=len(found.differences),
            differences=tuple(found.differences[:MOST_KEPT]),
        )  # fmt: skip
        await self._keep(connection, after)

    async def _keep(self, connection: AsyncConnection, after: KeptReconciliation) -> None:
        await store.save(connection, after)
        if after.ended_at is not None:
            _days.labels(after.state.value).inc()
        if self._last is None or after.day >= self._last.day:
            self._last = after
        if after.state not in OPEN:
            self._open.pop(after.day, None)


def _is_due(kept: KeptReconciliation, now: datetime) -> bool:
    return kept.state is S.ASKING and kept.next_at is not None and kept.next_at <= now


def _compared(day: date, ours: Mapping[str, OrderState], theirs: Mapping[str, OrderState]) -> Reconciliation:
    return Reconciliation(day, len(ours), len(theirs), differences(ours, theirs))
