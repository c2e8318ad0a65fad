"""Recogniser processes that are killed, hang or fail: utterances are retried once, the pool lives on."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.clock import SystemClock
from speech.engines.port import Hypothesis, certain
from speech.workers.pool import WorkerPool
from speech.workers.process import WorkerCommand
from tests.speech.fakes import OBEDIENT, until
from tests.speech.workers import Processes, Threads


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


Workers = Threads | Processes


@pytest.fixture(params=[Threads, pytest.param(Processes, marks=pytest.mark.real)])
def workers(request: pytest.FixtureRequest) -> Workers:
    """Each story with threads that act as processes, and with real ones."""
    made: Workers = request.param()
    return made


@asynccontextmanager
async def pool(workers: Workers, *, backlog: int = 8, stuck_after: float = 30) -> AsyncIterator[WorkerPool]:
    made = _pool(workers, Path("none"), backlog=backlog, stuck_after=stuck_after)
    await made.start()
    try:
        async with asyncio.timeout(10):
            await made.until_ready()
        yield made
    finally:
        await made.stop()


def _pool(workers: Workers, model: Path, *, backlog: int, stuck_after: float = 30) -> WorkerPool:
    command = WorkerCommand(engine=OBEDIENT, model=model, stuck_after=stuck_after)
    return WorkerPool(
        command, SystemClock(), workers=1, backlog=backlog, spawn=workers.spawn, first_restart_s=0.01
    )


def say(pool: WorkerPool, *hints: str, octets: int = 8000) -> Heard:
    heard = Heard()
    job = pool.begin(certain("zh", hints), heard.hear, heard.done)
    assert job is not None
    pool.feed(job, bytes(octets))
    pool.end(job)
    return heard


def all_done(*heard: Heard) -> Callable[[], bool]:
    return lambda: all(one.is_done for one in heard)


async def test_an_utterance_is_understood_whole_with_a_partial_before(workers: Workers) -> None:
    async with pool(workers) as running:
        heard = say(running, "say 井盖", "print", octets=500_000)  # more than the window allows at once
        await until(all_done(heard))
        assert heard.texts == ["井盖 500000"]
        assert heard.partials >= 1
        assert heard.whole is True


async def test_an_utterance_in_a_killed_worker_is_retried_from_its_first_byte(
    workers: Workers, tmp_path: Path
) -> None:
    async with pool(workers) as running:
        suspect = say(running, f"die once {tmp_path / 'died'}", "say again")
        bystander = say(running, "say unharmed")
        await until(all_done(suspect, bystander))
        assert suspect.texts == ["again 8000"]
        assert bystander.texts == ["unharmed 8000"]


async def test_an_utterance_that_kills_twice_is_given_up_and_the_others_are_not(workers: Workers) -> None:
    async with pool(workers) as running:
        poison = say(running, "die")
        bystander = say(running, "say unharmed")
        await until(all_done(poison, bystander))
        assert poison.whole is False
        assert bystander.texts == ["unharmed 8000"]


async def test_a_worker_killed_from_outside_is_replaced(workers: Workers) -> None:
    async with pool(workers) as running:
        (before,) = running.pids
        workers.kill(before)
        await until(lambda: running.ready == 0)
        await until(lambda: running.ready == 1)
        assert running.pids != [before]
        heard = say(running, "say here")
        await until(all_done(heard))
        assert heard.texts == ["here 8000"]


async def test_a_stuck_worker_is_killed_and_its_utterance_becomes_a_gap(workers: Workers) -> None:
    async with pool(workers, stuck_after=workers.stuck_after) as running:
        (before,) = running.pids
        stuck = say(running, "hang")
        await until(all_done(stuck))
        assert stuck.whole is False
        await until(lambda: running.ready == 1)
        assert before not in running.pids
        after = say(running, "say fine")
        await until(all_done(after))
        assert after.texts == ["fine 8000"]


@pytest.mark.real
async def test_a_stopped_process_is_found_and_replaced() -> None:
    async with pool(Processes(), stuck_after=0.3) as running:
        (before,) = running.pids
        os.kill(before, signal.SIGSTOP)
        heard = say(running, "say later")
        await until(all_done(heard))
        assert heard.texts == ["later 8000"]
        assert running.pids != [before]


async def test_an_idle_worker_is_not_taken_for_a_stuck_one(workers: Workers) -> None:
    async with pool(workers, stuck_after=workers.stuck_after) as running:
        before = running.pids
        await asyncio.sleep(4 * workers.stuck_after)
        assert running.pids == before


async def test_an_engine_that_fails_on_one_utterance_goes_on_with_the_next(workers: Workers) -> None:
    async with pool(workers) as running:
        bad, good = say(running, "fail"), say(running, "say next")
        await until(all_done(bad, good))
        assert (bad.whole, good.texts) == (False, ["next 8000"])


async def test_what_is_spoken_and_not_yet_understood_counts_as_behind(workers: Workers) -> None:
    async with pool(workers) as running:
        heard = Heard()
        job = running.begin(certain("zh", ("say now",)), heard.hear, heard.done)
        assert job is not None
        running.feed(job, bytes(8000))
        assert (running.unfinished, running.behind) == (1, 0)
        running.end(job)
        assert running.behind == 1
        await until(all_done(heard))
        assert running.behind == 0


async def test_more_than_the_backlog_is_refused(workers: Workers) -> None:
    async with pool(workers, backlog=2) as running:
        kept = [say(running, "hang"), say(running, "hang")]
        heard = Heard()
        assert running.begin(certain("zh"), heard.hear, heard.done) is None
        assert not any(one.is_done for one in kept)


async def test_utterances_wait_while_no_worker_is_ready_and_end_when_the_pool_stops(workers: Workers) -> None:
    broken = _pool(workers, Path("broken"), backlog=4)
    await broken.start()
    heard = say(broken, "say never")
    await until(lambda: workers.started >= 2)
    assert not heard.is_done
    assert broken.behind == 1
    assert broken.ready == 0
    await broken.stop()
    assert heard.whole is False
    assert broken.pids == []
