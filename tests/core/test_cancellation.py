"""What was begun is done before a cancellation goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from core.cancellation import finish_before_cancel


async def begun(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    task = asyncio.ensure_future(finish_before_cancel(work))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return task


async def test_what_it_gives_and_what_it_raises() -> None:
    async def seven() -> int:
        return 7

    async def wrong() -> int:
        raise ValueError("wrong")

    assert await finish_before_cancel(seven()) == 7
    with pytest.raises(ValueError, match="wrong"):
        await finish_before_cancel(wrong())


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("fails", [False, True])
async def test_cancelled_however_often_it_ends_first(times: int, fails: bool) -> None:
    go_on, ended = asyncio.Event(), False

    async def work() -> None:
        nonlocal ended
        await go_on.wait()
        ended = True
        if fails:
            raise ValueError

    task = await begun(work())
    for _ in range(times):
        task.cancel("enough")
        await asyncio.sleep(0)
        assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended
    assert task.cancelled()


async def test_a_timeout_around_it_is_still_one() -> None:
    ended = False

    async def work() -> None:
        nonlocal ended
        await asyncio.sleep(0.05)
        ended = True

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await finish_before_cancel(work())
    assert ended


async def test_work_that_cancels_itself_is_cancelled() -> None:
    async def work() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await finish_before_cancel(work())


async def test_a_cancellation_waits_no_longer_than_is_said() -> None:
    go_on = asyncio.Event()
    task = asyncio.ensure_future(finish_before_cancel(go_on.wait(), 0.01))
    await asyncio.sleep(0.05)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)
    go_on.set()
    await asyncio.sleep(0)
