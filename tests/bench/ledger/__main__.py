"""The bench `ledger`: what one call costs the centre on its way into the ledger, in processor time and in
transactions.

`scripts/bench ledger` (about half a minute); `--calls N`, `--rate R`, `--profile`. The hotline's writers, the
outbox, the bus and the whole room of the ledger are real, on SQLite as the service sets it; there is no
switch: the lines of CEL are written by a script. Counted are transactions that write, by who opened them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import Request
from sqlalchemy import create_engine as create_blocking_engine
from sqlalchemy import event, func, select

from cdr.agents.store import agent_states
from cdr.audit import verify
from cdr.calls.store import calls as ledger_calls
from cdr.chain.keys import init_key
from cdr.filings.store import filings
from cdr.reports.store import due
from cdr.room import CdrRoom
from cdr.settings import CdrSettings
from core.actor import Actor
from core.errors import Unauthenticated
from core.ids import call_id, uuid7
from core.storage import OutboxRelay, Storage, StorageSettings, Transaction, create_engine
from core.tasks import Tasks
from gateway.bus import LocalBus
from gateway.tables import metadata
from gateway.wiring.link import AT_ONCE
from hotline.agents.model import Move
from hotline.agents.state_writer import AgentStateWriter
from hotline.calls.events import CallOutcome
from hotline.dispositions.events import DispositionKind
from hotline.dispositions.service import Dispositions
from hotline.dispositions.store import Disposition
from hotline.events import AgentState, CallClosed
from tests.cdr.ports import played_ports
from tests.cdr.script import Script
from tests.cdr.world import Trail
from tests.peers.checkout import HOME

SYSTEM = "songhua"
RING_S, ANSWERED_S, WRAP_S = 0.5, 1.5, 1.5
MOVES_OF_A_CALL = 4
WARM_UP = 5
SETTLED_S = 2.0
LONGEST_S = 60.0


class CountedStorage(Storage):
    """Counts transactions that write by the place in the code that opened them."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.opened: Counter[str] = Counter()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename.endswith("contextlib.py"):
            frame = frame.f_back
        self.opened[f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_name}"] += 1
        async with super().write() as transaction:
            yield transaction


class Seats:
    def agent_of(self, endpoint: str, at: datetime) -> str | None:
        del at
        return f"agent.{endpoint}"


class Centre:
    """The writers of the hotline, the outbox, the bus and the room of the ledger, on one database."""

    def __init__(self, folder: Path) -> None:
        file = folder / "songhua.db"
        blocking = create_blocking_engine(f"sqlite:///{file}")
        metadata.create_all(blocking)
        blocking.dispose()
        self.storage = CountedStorage(create_engine(StorageSettings(url=f"sqlite+aiosqlite:///{file}")))
        self.statements = 0
        event.listen(self.storage.engine.sync_engine, "before_cursor_execute", self._on_statement)
        self.cel = folder / "calls.csv"
        self.key, self.heads = folder / "chain.key", folder / "chain.heads"
        init_key(self.key)
        self.bus = LocalBus()
        self.room = CdrRoom(
            CdrSettings(system_name=SYSTEM, cel_file=self.cel, key_file=self.key, heads_file=self.heads),
            played_ports(storage=self.storage, bus=self.bus, audit=Trail(), actor=_nobody, roster=Seats()),
        )
        self.moves = AgentStateWriter(self.storage)
        self.dispositions = Dispositions(self.storage, self.storage.clock)
        self._relay = OutboxRelay(self.storage, "bus", self.bus.deliver, at_once=AT_ONCE)
        self._tasks = Tasks("bench")

    async def start(self) -> None:
        await self.bus.start()
        await self.room.start()
        self._tasks.forever("moves", self.moves.write_behind.run)
        self._tasks.forever("closings", self.dispositions.closings.run)
        self._tasks.forever("bus", self._relay.run)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self.room.stop()
        await self.bus.stop()

    def _on_statement(self, *_: Any) -> None:
        self.statements += 1

    async def kept(self) -> dict[str, int]:
        found = {}
        async with self.storage.read() as connection:
            for table in (ledger_calls, agent_states, filings, due):
                counted = await connection.execute(select(func.count()).select_from(table))
                found[table.name] = counted.scalar_one()
        return found


async def _nobody(request: Request) -> Actor:
    raise Unauthenticated


class Caller:
    """One call: rings an agent, is talked to, is wrapped up and disposed of."""

    def __init__(self, centre: Centre, number: int, stay_s: float) -> None:
        self._centre = centre
        self._stay_s = stay_s
        self._agent = f"8{number % 200:03d}"
        self._told = Script(10_000 + 10 * number, start=datetime.now(UTC).replace(microsecond=0))
        self._since = time.time() - 5
        self._state = AgentState.READY

    async def run(self) -> None:
        told, agent, at = self._told, self._agent, datetime.now(UTC)
        told.citizen().wait(0.1).queue()
        self._write()
        await asyncio.sleep(RING_S)
        linkedid = told.ids["trunk"]
        one = call_id(SYSTEM, linkedid)
        told.wait(RING_S).start(agent, call="trunk")
        self._write()
        self._move(AgentState.RINGING, one)
        await asyncio.sleep(ANSWERED_S)
        told.wait(ANSWERED_S).answer(agent).enter(agent, "b").enter("trunk", "b")
        self._write()
        self._move(AgentState.TALKING, one)
        await asyncio.sleep(self._stay_s)
        told.wait(self._stay_s).hangup("trunk", by="trunk").leave("trunk", "b").leave(agent, "b")
        told.hangup(agent).end("trunk")
        self._write()
        self._move(AgentState.WRAP_UP, one)
        now = datetime.now(UTC)
        self._centre.dispositions.close(
            CallClosed(
                call_id=one, linkedids=[linkedid], outcome=CallOutcome.ANSWERED, cause="hangup",
                queue="hotline", agent_ids=[f"agent.{agent}"], began_at=at,
                answered_at=at + timedelta(seconds=2),
                ended_at=now, caller="13800001234", confidential=False, queued_at=at,
            )
        )  # fmt: skip
        await asyncio.sleep(WRAP_S)
        await self._centre.dispositions.say(
            Disposition(
                op_id=uuid7(), call_id=one, kind=DispositionKind.ENQUIRY, agent_id=f"agent.{agent}",
                case_ids=(), note="a question", at=datetime.now(UTC),
            )
        )  # fmt: skip
        self._move(AgentState.READY, one)

    def _move(self, state: AgentState, one: Any) -> None:
        now = time.time()
        move = Move(
            f"agent.{self._agent}", self._agent, state, "", self._state, self._since, one, "system", now
        )
        self._centre.moves.add(move, signed_in=True, forced_by="")
        self._since, self._state = now, state

    def _write(self) -> None:
        with self._centre.cel.open("ab") as stream:
            stream.write(self._told.data)
        self._told.lines.clear()


async def measure(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    centre = Centre(folder)
    await centre.start()
    for first in range(WARM_UP):  # what is done once in a process is none of a call's
        await Caller(centre, 9_000 + first, 0.1).run()
    await asyncio.sleep(2)
    with _counted(centre) as idle:
        await asyncio.sleep(given.idle)
    with _counted(centre) as busy, _profiled(folder if given.profile else None):
        running = []
        for number in range(given.calls):
            running.append(asyncio.ensure_future(Caller(centre, number, given.stay).run()))
            await asyncio.sleep(1 / given.rate)
        await asyncio.gather(*running)
        await _settled(centre, given.calls)
    kept = await centre.kept()
    await centre.stop()
    told = await verify(centre.storage, centre.key, centre.heads)
    await centre.storage.close()
    of_idling = busy["seconds"] / idle["seconds"]
    return {
        "calls": given.calls,
        "rate": given.rate,
        "ms_a_call": round((busy["cpu"] - idle["cpu"] * of_idling) * 1000 / given.calls, 2),
        "ms_a_call_with_idling": round(busy["cpu"] * 1000 / given.calls, 2),
        "transactions_a_call": round(sum(busy["opened"].values()) / given.calls, 2),
        "statements_a_call": round((busy["statements"] - idle["statements"] * of_idling) / given.calls, 2),
        "by": {name: round(count / given.calls, 2) for name, count in busy["opened"].most_common()},
        "kept": kept,
        "whole": not told.findings and _is_whole(kept, given.calls),
    }


async def _settled(centre: Centre, calls: int) -> None:
    """Until all is in the ledger and its figures are made, or a minute has passed."""
    ending = time.monotonic() + LONGEST_S
    while time.monotonic() < ending:
        await asyncio.sleep(SETTLED_S)
        if (await centre.kept())["cdr_facts_due"] == 0 and _is_whole(await centre.kept(), calls):
            return


def _is_whole(kept: dict[str, int], calls: int) -> bool:
    of_all = calls + WARM_UP
    return (
        kept["cdr_agent_states"] == MOVES_OF_A_CALL * of_all
        and kept["cdr_filings"] == of_all
        and kept["cdr_calls"] == of_all
    )


@contextmanager
def _counted(centre: Centre) -> Iterator[dict[str, Any]]:
    found: dict[str, Any] = {}
    opened, statements = Counter(centre.storage.opened), centre.statements
    began, cpu = time.monotonic(), time.process_time()
    yield found
    found["cpu"], found["seconds"] = time.process_time() - cpu, time.monotonic() - began
    found["opened"], found["statements"] = centre.storage.opened - opened, centre.statements - statements


@contextmanager
def _profiled(folder: Path | None) -> Iterator[None]:
    if folder is None:
        yield
        return
    import cProfile
    import pstats

    profile = cProfile.Profile(time.thread_time)
    profile.enable()
    yield
    profile.disable()
    for task in Path("/proc/self/task").iterdir():
        fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
        print(task.name, "user", fields[11], "sys", fields[12])
    pstats.Stats(profile).sort_stats("tottime").print_stats(45)
    pstats.Stats(profile).sort_stats("cumtime").print_stats(130)


def main() -> int:
    found = argparse.ArgumentParser(
        prog="scripts/bench ledger", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    found.add_argument("--out", type=Path, required=True)
    found.add_argument("--calls", type=int, default=60)
    found.add_argument("--rate", type=float, default=3.0, help="calls a second")
    found.add_argument("--stay", type=float, default=4.0, help="seconds that each is talked to")
    found.add_argument("--idle", type=float, default=5.0, help="seconds of idling, taken off")
    found.add_argument("--profile", action="store_true", help="print where the loop's time goes")
    given = found.parse_args()
    HOME.mkdir(exist_ok=True)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-ledger-", dir=HOME) as name:
        measured = asyncio.run(measure(Path(name), given))
    given.out.write_text(json.dumps({**measured, "load_before": load}, indent=1))
    print(json.dumps(measured, indent=1))
    print(f"load before {load:.1f}")
    return 0 if measured["whole"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
