"""Recogniser processes that are killed, hang or fail: utterances are retried once, the pool lives on."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from core.clock import SystemClock
from speech.engines.port import Hypothesis
from speech.workers.pool import WorkerPool
from speech.workers.process import WorkerCommand
from tests.speech.fakes import OBEDIENT, until


@dataclass
class Heard:
    texts: list[str] = field(default_factory=list)
    partials: int = 0
    whole: bool | None = None

    def hear(self, hypothesis: Hypothesis) -> None:
        if hypothesis.final:
            self.texts.append(hypothesis.text)
        else:
            self.partials += 1

    def done(self, whole: bool) -> None:
        assert self.whole is None, "an utterance ends once"
        self.whole = whole

    @property
    def is_done(self) -> bool:
        return self.whole is not None


@asynccontextmanager
async def pool(*, workers: int = 1, backlog: int = 8, stuck_after: float = 30) -> AsyncIterator[WorkerPool]:
    command = WorkerCommand(engine=OBEDIENT, model=Path("none"), stuck_after=stuck_after)
    made = WorkerPool(command, SystemClock(), workers=workers, backlog=backlog)
    await made.start()
    try:
        async with asyncio.timeout(10):
            await made.until_ready()
        yield made
    finally:
        await made.stop()


def say(pool: WorkerPool, *hints: str, octets: int = 8000) -> Heard:
    heard = Heard()
    job = pool.begin("zh", hints, heard.hear, heard.done)
    assert job is not None
    pool.feed(job, bytes(octets))
    pool.end(job)
    return heard


def all_done(*heard: Heard) -> Callable[[], bool]:
    return lambda: all(one.is_done for one in heard)


async def test_an_utterance_is_understood_whole_with_a_partial_before() -> None:
    async with pool() as running:
        heard = say(running, "say 井盖", "print", octets=500_000)  # more than the window allows at once
        await until(all_done(heard))
        assert heard.texts == ["井盖 500000"]
        assert heard.partials >= 1
        assert heard.whole is True


async def test_an_utterance_in_a_killed_worker_is_retried_from_its_first_byte(tmp_path: Path) -> None:
    async with pool() as running:
        suspect = say(running, f"die once {tmp_path / 'died'}", "say again")
        bystander = say(running, "say unharmed")
        await until(all_done(suspect, bystander))
        assert suspect.texts == ["again 8000"]
        assert bystander.texts == ["unharmed 8000"]


async def test_an_utterance_that_kills_twice_is_given_up_and_the_others_are_not() -> None:
    async with pool() as running:
        poison = say(running, "die")
        bystander = say(running, "say unharmed")
        await until(all_done(poison, bystander))
        assert poison.whole is False
        assert bystander.texts == ["unharmed 8000"]


async def test_a_worker_killed_from_outside_is_replaced() -> None:
    async with pool() as running:
        (before,) = running.pids
        os.kill(before, signal.SIGKILL)
        await until(lambda: running.ready == 0)
        await until(lambda: running.ready == 1)
        assert running.pids != [before]
        heard = say(running, "say here")
        await until(all_done(heard))
        assert heard.texts == ["here 8000"]


async def test_a_stuck_worker_is_killed_and_its_utterance_becomes_a_gap() -> None:
    async with pool(stuck_after=0.2) as running:
        (before,) = running.pids
        stuck = say(running, "hang")
        await until(all_done(stuck))
        assert stuck.whole is False
        await until(lambda: running.ready == 1)
        assert before not in running.pids
        after = say(running, "say fine")
        await until(all_done(after))
        assert after.texts == ["fine 8000"]


async def test_a_stopped_process_is_found_and_replaced() -> None:
    async with pool(stuck_after=0.3) as running:
        (before,) = running.pids
        os.kill(before, signal.SIGSTOP)
        heard = say(running, "say later")
        await until(all_done(heard))
        assert heard.texts == ["later 8000"]
        assert running.pids != [before]


async def test_an_idle_worker_is_not_taken_for_a_stuck_one() -> None:
    async with pool(stuck_after=0.1) as running:
        before = running.pids
        await asyncio.sleep(0.4)
        assert running.pids == before


async def test_an_engine_that_fails_on_one_utterance_goes_on_with_the_next() -> None:
    async with pool() as running:
        bad, good = say(running, "fail"), say(running, "say next")
        await until(all_done(bad, good))
        assert (bad.whole, good.texts) == (False, ["next 8000"])


async def test_more_than_the_backlog_is_refused() -> None:
    async with pool(backlog=2) as running:
        kept = [say(running, "hang"), say(running, "hang")]
        heard = Heard()
        assert running.begin("zh", (), heard.hear, heard.done) is None
        assert not any(one.is_done for one in kept)


async def test_utterances_wait_while_no_worker_is_ready_and_end_when_the_pool_stops() -> None:
    command = WorkerCommand(engine=OBEDIENT, model=Path("broken"))
    broken = WorkerPool(command, SystemClock(), workers=1, backlog=4)
    await broken.start()
    heard = say(broken, "say never")
    await asyncio.sleep(0.3)
    assert not heard.is_done
    assert broken.ready == 0
    await broken.stop()
    assert heard.whole is False
    assert broken.pids == []
