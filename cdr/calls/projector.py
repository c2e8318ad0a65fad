"""Recomputes marked calls and stores them: rows, seals, chain entries and event in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.calls import store
from cdr.calls.components import component_of
from cdr.calls.model import CallRecord, ClosedBy, LegParty, LegRecord, RecordedOutcome
from cdr.calls.projection import Parties, project
from cdr.cel import store as cel
from cdr.chain.seal import plain
from cdr.events import CallRecorded
from cdr.recordings import expect
from cdr.reports import marks
from core.ids import call_id as id_of_call
from core.log import logger
from core.metrics import counter
from core.storage import Storage, StorageAway, Transaction

_log = logger("cdr")
_derived = counter("cdr_calls_derived", "Times that a call was derived from its rows")
_failed = counter("cdr_derive_failures", "Calls that could not be derived; each is tried again, last")
_recorded = counter("cdr_calls_recorded", "Calls written down as over", ["outcome", "closed_by"])

BATCH = 100
TOGETHER = 10
"""Calls in one transaction: whoever else writes waits for no more than these."""

# Made once: to put a statement together costs as much as to carry it out.
_MARKED = (
    select(cel.to_derive.c.linkedid)
    .where(
        cel.to_derive.c.system_name == bindparam("system"),
        or_(cel.to_derive.c.due_at.is_(None), cel.to_derive.c.due_at <= bindparam("now")),
    )
    .order_by(cel.to_derive.c.failures, cel.to_derive.c.marked_at)
    .limit(BATCH)
)
_UNMARK = delete(cel.to_derive).where(
    cel.to_derive.c.system_name == bindparam("system"), cel.to_derive.c.linkedid == bindparam("marked")
)
_ALIASES = select(store.aliases.c.alias, store.aliases.c.call_id).where(
    store.aliases.c.alias.in_(bindparam("names", expanding=True))
)
_LEGS = select(store.legs).where(store.legs.c.leg_id.in_(bindparam("ids", expanding=True)))
_CHANGE_LEG = update(store.legs).where(store.legs.c.leg_id == bindparam("of_leg"))
_CHANGE_CALL = update(store.calls).where(store.calls.c.call_id == bindparam("of_call"))

AgentOf = Callable[[str, datetime], str | None]


class CallProjector:
    """`run` keeps the call tables up to date with the rows; `derive_once` does what is marked now."""

    def __init__(
        self, storage: Storage, system_name: str, parties: Parties, *, recordings_root: str, agent_of: AgentOf
    ) -> None:
        self._storage = storage
        self._system_name = system_name
        self._parties = parties
        self._recordings_root = recordings_root
        self._agent_of = agent_of

    async def run(self, poll_s: float) -> None:
        while True:
            try:
                done = await self.derive_once()
            except StorageAway:
                done = 0
            if not done:
                await asyncio.sleep(poll_s)

    async def derive_once(self) -> int:
        """How many calls were derived. One that fails holds up no other."""
        async with self._storage.read() as connection:
            marked = (
                await connection.execute(
                    _MARKED, {"system": self._system_name, "now": self._storage.clock.now()}
                )
            ).scalars()
        waiting = list(marked)
        done = 0
        while waiting:
            together, waiting = waiting[:TOGETHER], waiting[TOGETHER:]
            done += await self._derive_together(together)
        return done

    async def _derive_together(self, linkedids: Sequence[str]) -> int:
        """In one transaction; where that fails, each in its own."""
        try:
            async with self._storage.write() as transaction:
                ended = await self._derive(transaction, sorted(linkedids))
        except StorageAway:
            raise
        except Exception:  # noqa: BLE001  # the one to blame is logged and counted; its mark stays, comes last
            if len(linkedids) > 1:
                return sum([await self._derive_together([linkedid]) for linkedid in linkedids])
            _failed.inc()
            _log.exception("a call could not be derived", linkedid=linkedids[0])
            async with self._storage.write() as transaction:
                await cel.postpone(transaction.connection, self._system_name, linkedids[0])
            return 0
        _derived.inc(len(linkedids))
        for outcome, closed_by in ended:
            _recorded.labels(outcome, closed_by).inc()
        return len(linkedids)

    async def _derive(
        self, transaction: Transaction, linkedids: Sequence[str]
    ) -> Sequence[tuple[RecordedOutcome, ClosedBy]]:
        """How the calls ended that were written down as over; to be counted when that is committed."""
        connection = transaction.connection
        # The marks go first: an import that is under way holds them, and its rows are then seen below. In the
        # order in which an import takes them, so that the two never wait for each other in a circle.
        await connection.execute(
            _UNMARK, [{"system": self._system_name, "marked": linkedid} for linkedid in linkedids]
        )
        done: set[str] = set()
        recorded: list[UUID] = []
        ended: list[tuple[RecordedOutcome, ClosedBy]] = []
        for linkedid in linkedids:
            if linkedid in done:
                continue
            found = await component_of(connection, self._system_name, linkedid)
            done.update(found.linkedids)
            names = [id_of_call(self._system_name, one) for one in found.linkedids]
            call = project(
                self._system_name,
                found.rows,
                parties=self._parties,
                reader_closed_at=await store.last_row_closed(connection, names),
            )
            if call is not None and await self._keep(transaction, call, ended):
                recorded += (id_of_call(self._system_name, one) for one in call.linkedids)
        await marks.on_call(transaction, recorded, self._storage.clock.now())
        return ended

    async def _keep(
        self, transaction: Transaction, call: CallRecord, ended: list[tuple[RecordedOutcome, ClosedBy]]
    ) -> bool:
        """Whether the call is over, or was: then there are figures of it. It joins those that `ended` if that
        is written down now.
        """
        connection = transaction.connection
        now = self._storage.clock.now()
        await self._keep_aliases(transaction, call, now)
        leg_agents = await self._keep_legs(transaction, call, now)
        await expect.keep(connection, call, self._recordings_root)
        held = await store.call_of(connection, call.call_id)
        agents = sorted({agent for agent in leg_agents.values() if agent})
        over = call.ended_at is not None or (held is not None and held.ended_at is not None)
        values = _call_values(call, agents)
        if held is not None and not _differs(held._mapping, values):  # noqa: SLF001
            return over
        revision = 1 if held is None else held.revision + (1 if held.seal is not None else 0)
        if held is None:
            await connection.execute(insert(store.calls), {**values, "revision": revision})
        else:
            await connection.execute(_CHANGE_CALL, {**values, "revision": revision, "of_call": call.call_id})
        # A sealed call that lives again (the reader had closed it too early) is sealed as what it is now.
        if call.ended_at is not None or (held is not None and held.seal is not None):
            await store.CALLS.seal(transaction, [call.call_id], now)
        if call.ended_at is None or call.closed_by is None:
            return over
        ended.append((call.outcome, call.closed_by))
        await transaction.emit(_event(call, revision, agents), stream=f"cdr.call:{call.call_id}")
        return over

    async def _keep_aliases(self, transaction: Transaction, call: CallRecord, now: datetime) -> None:
        connection = transaction.connection
        names = {id_of_call(self._system_name, one): one for one in call.linkedids}
        found = await connection.execute(_ALIASES, {"names": list(names)})
        known = {row.alias: row.call_id for row in found}
        for alias, linkedid in names.items():
            if alias not in known:
                await connection.execute(
                    insert(store.aliases).values(
                        alias=alias, call_id=call.call_id, system_name=self._system_name, linkedid=linkedid
                    )
                )
            elif known[alias] != call.call_id:
                await connection.execute(
                    update(store.aliases).where(store.aliases.c.alias == alias).values(call_id=call.call_id)
                )
            if alias != call.call_id:
                await _merge(transaction, alias, call.call_id, now)

    async def _keep_legs(
        self, transaction: Transaction, call: CallRecord, now: datetime
    ) -> Mapping[UUID, str]:
        connection = transaction.connection
        ids = [leg.leg_id for leg in call.legs]
        found = await connection.execute(_LEGS, {"ids": ids})
        held = {row.leg_id: row for row in found}
        agents: dict[UUID, str] = {}
        new: list[dict[str, object]] = []
        changed: list[dict[str, object]] = []
        to_seal: list[UUID] = []
        for leg in call.legs:
            before = held.get(leg.leg_id)
            agent = (before.agent if before else "") or self._agent(leg)
            agents[leg.leg_id] = agent
            values = _leg_values(leg, call.call_id, agent)
            if before is None:
                new.append(values)
            elif _differs(before._mapping, values):  # noqa: SLF001
                changed.append({**values, "of_leg": leg.leg_id})
            elif before.seal is not None:
                continue
            if call.ended_at is not None or (before is not None and before.seal is not None):
                to_seal.append(leg.leg_id)
        if new:
            await connection.execute(insert(store.legs), new)
        if changed:
            await connection.execute(_CHANGE_LEG, changed)
        await store.LEGS.seal(transaction, to_seal, now)
        return agents

    def _agent(self, leg: LegRecord) -> str:
        if leg.party is not LegParty.AGENT:
            return ""
        return self._agent_of(leg.endpoint, leg.answered_at or leg.started_at) or ""


async def _merge(transaction: Transaction, absorbed: UUID, into: UUID, now: datetime) -> None:
    """A consult call turned out to be part of another: its own record says so, or goes if nothing saw it."""
    connection: AsyncConnection = transaction.connection
    row = await store.call_of(connection, absorbed)
    if row is None or row.merged_into == into:
        return
    if row.seal is None:
        await connection.execute(delete(store.calls).where(store.calls.c.call_id == absorbed))
        return
    await connection.execute(
        update(store.calls)
        .where(store.calls.c.call_id == absorbed)
        .values(merged_into=into, revision=row.revision + 1)
    )
    await store.CALLS.seal(transaction, [absorbed], now)


def _differs(held: Any, values: Mapping[str, object]) -> bool:
    return any(plain(held[name]) != plain(value) for name, value in values.items())


def _call_values(call: CallRecord, agents: Sequence[str]) -> dict[str, object]:
    return {
        "call_id": call.call_id,
        "system_name": call.system_name,
        "linkedids": list(call.linkedids),
        "direction": call.direction.value,
        "number": call.number,
        "name": call.name,
        "dialled": call.dialled,
        "queue": call.queue,
        "started_at": call.started_at,
        "queued_at": call.queued_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "wait_s": call.wait_s,
        "talk_s": call.talk_s,
        "outcome": call.outcome.value,
        "closed_by": call.closed_by.value if call.closed_by else None,
        "agents": list(agents),
        "rings": [
            {
                "leg_id": str(ring.leg_id),
                "endpoint": ring.endpoint,
                "at": plain(ring.at),
                "until": plain(ring.until),
                "answered": ring.answered,
            }
            for ring in call.rings
        ],
        "transfers": [
            {"kind": one.kind.value, "at": plain(one.at), "by": one.by, "to": one.to}
            for one in call.transfers
        ],
        "pauses": [
            {
                "leg_id": str(one.leg_id),
                "since": plain(one.since),
                "until": plain(one.until),
                "reason": one.reason,
                "by": one.by,
                "ended_by": one.ended_by,
            }
            for one in call.pauses
        ],
        "merged_into": None,
    }


def _leg_values(leg: LegRecord, call_id: UUID, agent: str) -> dict[str, object]:
    return {
        "leg_id": leg.leg_id,
        "call_id": call_id,
        "uniqueid": leg.uniqueid,
        "channel": leg.channel,
        "endpoint": leg.endpoint,
        "party": leg.party.value,
        "agent": agent,
        "number": leg.number,
        "name": leg.name,
        "started_at": leg.started_at,
        "answered_at": leg.answered_at,
        "ended_at": leg.ended_at,
        "talk_s": leg.talk_s,
        "cause": leg.cause,
        "stays": [
            {"bridge": one.bridge, "kind": one.kind, "since": plain(one.since), "until": plain(one.until)}
            for one in leg.stays
        ],
    }


def _event(call: CallRecord, revision: int, agents: Sequence[str]) -> CallRecorded:
    assert call.ended_at is not None
    assert call.closed_by is not None
    return CallRecorded(
        call_id=call.call_id,
        revision=revision,
        direction=call.direction,
        outcome=call.outcome,
        closed_by=call.closed_by,
        number=call.number,
        queue=call.queue,
        agents=tuple(agents),
        started_at=call.started_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        wait_s=call.wait_s,
        talk_s=call.talk_s,
    )
