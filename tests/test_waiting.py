"""The helpers that wait for a state: what they return, and what they say when it does not come."""

from __future__ import annotations

import pytest

from tests.peers.program import PeerFailed
from tests.waiting import seconds_until, until, wait_for


def test_the_first_answer_is_returned() -> None:
    answers = iter([None, "", "found"])
    assert wait_for(lambda: next(answers), "an answer") == "found"


def test_a_state_that_does_not_come_is_named_with_the_last_error() -> None:
    def refused() -> bool:
        raise ConnectionRefusedError("nobody listens")

    with pytest.raises(PeerFailed, match=r"no link within 0\.05 s \(nobody listens\)"):
        wait_for(refused, "link", 0.05)


def test_other_errors_are_not_waited_away() -> None:
    def broken() -> bool:
        raise KeyError("state")

    with pytest.raises(KeyError):
        wait_for(broken, "state", 5)


def test_the_time_that_it_took_is_told() -> None:
    answers = iter([False, False, True])
    assert 0 < seconds_until(lambda: next(answers), "third answer") < 5


async def test_coroutines_are_waited_for() -> None:
    answers = iter([None, 7])

    async def ask() -> int | None:
        return next(answers)

    assert await until(ask, "number") == 7


async def test_a_plain_function_may_be_waited_for_in_a_loop() -> None:
    with pytest.raises(PeerFailed, match="no state within"):
        await until(lambda: False, "state", 0.05)
