"""Calls that were given up while nobody watched become callbacks, once, when the ledger tells of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from cdr.calls.store import calls as ledger_calls
from core.ids import call_id, uuid7
from core.storage import Storage
from gateway.wiring.callbacks import LedgerOfUnseen
from hotline.dispositions.store import calls as hotline_calls
from hotline.outbound.callbacks.store import lost_calls
from hotline.outbound.callbacks.unseen import UnseenCall
from tests.hotline.callbacks_world import CallbackWorld

ANN, BEN = "13936000001", "13936000002"
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def unseen(world: CallbackWorld, linkedid: str, caller: str, ago_s: float, waited_s: float) -> UnseenCall:
    ended = world.clock.now() - timedelta(seconds=ago_s)
    queued = ended - timedelta(seconds=waited_s)
    return UnseenCall(call_id("hl", linkedid), linkedid, caller, "hotline", queued, ended)


async def test_calls_that_nobody_watched_join_the_line_with_their_place(storage: Storage) -> None:
    world = CallbackWorld(storage)
    ledger = world.unseen
    await world.hotline.start()
    try:
        early = unseen(world, "a", ANN, ago_s=3_600, waited_s=60)
        ledger.calls = [
            early,
            unseen(world, "b", "anonymous", ago_s=3_600, waited_s=60),
            unseen(world, "c", BEN, ago_s=3_600, waited_s=2),
            unseen(world, "d", ANN, ago_s=5, waited_s=60),
        ]
        for _ in range(2):
            await world.callbacks.take_unseen()
        (entry,) = world.callbacks.book
        assert (entry.number, entry.place) == (f"+86{ANN}", early.queued_at.timestamp())
        assert [call.call_id for call in entry.calls] == [early.call_id]
        await world.steps(1)
    finally:
        await world.written()
        await world.hotline.stop()


async def test_what_the_ledger_has_and_the_hotline_has_not(any_storage: Storage) -> None:
    wanted, seen, taken, lost_from_sight, of_another = (uuid7() for _ in range(5))
    async with any_storage.write() as transaction:
        rows = [
            _call(wanted, ANN, minutes=10),
            _call(seen, ANN, minutes=9),
            _call(taken, ANN, minutes=8),
            _call(lost_from_sight, BEN, minutes=7),
            _call(uuid7(), "", minutes=6),
            _call(uuid7(), "13936000003", minutes=5),
            _call(uuid7(), "13936000003", minutes=1, outcome="answered"),
            _call(uuid7(), "13936000004", minutes=5, outcome="abandoned_greeting"),
            _call(uuid7(), "13936000005", minutes=5, direction="outbound"),
            _call(uuid7(), "13936000006", minutes=120),
            _call(uuid7(), "13936000007", minutes=60),
            _call(uuid7(), "13936000008", minutes=0),
            {**_call(of_another, "13936000009", minutes=4), "system_name": "south"},
        ]
        await transaction.connection.execute(insert(ledger_calls), rows)
        closed = [(seen, "abandoned"), (lost_from_sight, "unknown"), (of_another, "abandoned")]
        await transaction.connection.execute(
            insert(hotline_calls),
            [{"call_id": one, "outcome": how, "agent_ids": [], "ended_at": NOON} for one, how in closed],
        )
        row = {"call_id": taken, "callback_id": uuid7(), "at": NOON}
        await transaction.connection.execute(insert(lost_calls), [row])
    unseen = LedgerOfUnseen(any_storage)
    found = await unseen.ended_between(NOON - timedelta(hours=1), NOON)
    # One switch has every call, also of the time when it had another name: what was seen then stays seen.
    callers = [(one.call_id, one.caller) for one in found]
    assert callers == [(wanted, ANN), (lost_from_sight, BEN)]
    any_storage.switch = "hl"
    # The centre of another switch makes no callbacks: those of its callers are made here.
    beside = await unseen.ended_between(NOON - timedelta(hours=1), NOON)
    assert [one.call_id for one in beside] == [wanted, lost_from_sight, of_another]
    assert found[0].queued_at == NOON - timedelta(minutes=10, seconds=30)


def _call(
    call: UUID, number: str, *, minutes: int, outcome: str = "abandoned_queue", direction: str = "inbound"
) -> dict[str, Any]:
    ended = NOON - timedelta(minutes=minutes)
    queued = ended - timedelta(seconds=30)
    return {
        "call_id": call, "system_name": "hl", "linkedids": [str(call)], "direction": direction,
        "number": number, "name": "", "dialled": "12345", "queue": "hotline", "started_at": queued,
        "queued_at": queued, "answered_at": ended - timedelta(seconds=10) if outcome == "answered" else None,
        "ended_at": ended,
        "wait_s": 30.0, "talk_s": 0.0, "outcome": outcome, "closed_by": "asterisk", "agents": [], "rings": [],
        "transfers": [], "pauses": [], "merged_into": None, "revision": 1, "seal": None,
    }  # fmt: skip
