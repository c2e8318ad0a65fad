"""Who tries the digits behind a mask is stopped, written down, and shown to a supervisor."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cdr.errors import TooManyNumberSearches
from cdr.number_searches import DAY_S, HOUR_S, NumberSearchLimit
from cdr.search import Search
from cdr.service import NUMBER_SEARCH, LedgerService
from cdr.settings import NumberSearchSettings
from core.actor import Actor
from tests.cdr.script import CITIZEN, answered_call
from tests.cdr.world import OTHER_AGENT, SUPERVISOR, World


class Watch:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def limit(watch: Watch) -> NumberSearchLimit:
    return NumberSearchLimit(NumberSearchSettings(of_hour=4, alike_of_day=2), watch)


def test_numbers_that_look_alike_behind_the_mask_are_few_in_a_day(
    limit: NumberSearchLimit, watch: Watch
) -> None:
    limit.take("li.na", "13800001234")
    limit.take("li.na", "13800011234")
    for n in range(2, 10):
        with pytest.raises(TooManyNumberSearches):
            limit.take("li.na", f"138000{n}1234")
    limit.take("li.na", "13800011234")
    limit.take("li.na", "13900021234")
    watch.now += DAY_S
    limit.take("li.na", "13800021234")


def test_different_numbers_are_limited_in_an_hour_for_each_person(
    limit: NumberSearchLimit, watch: Watch
) -> None:
    for n in range(4):
        limit.take("li.na", f"1380000{n}{n}{n}{n}")
    with pytest.raises(TooManyNumberSearches) as refused:
        limit.take("li.na", "13900000000")
    assert refused.value.remedy.startswith("wait 60 min")
    limit.take("wang.wei", "13900000000")
    limit.take("li.na", "13800000000")
    watch.now += HOUR_S
    limit.take("li.na", "13900000000")


async def test_an_agent_does_not_find_the_digits_behind_a_mask(world: World) -> None:
    suspected: list[tuple[str, str]] = []

    def suspect(actor: Actor, kind: str) -> None:
        suspected.append((actor.id, kind))

    ledger = LedgerService(world.settings, replace(world.ports, suspect=suspect))
    await world.take_in(answered_call())
    (line,) = (await ledger.search(OTHER_AGENT, Search()))["calls"]
    assert line["number"] == "138••••1234"
    allowed = world.settings.number_searches.alike_of_day
    for n in range(1, allowed + 1):
        assert (await ledger.search(OTHER_AGENT, Search(number=f"138{n:04d}1234")))["calls"] == []
    with pytest.raises(TooManyNumberSearches):
        await ledger.search(OTHER_AGENT, Search(number="13899991234"))
    assert suspected == [("wang.wei", NUMBER_SEARCH)]
    assert world.trail.views[-1] == ("wang.wei", "search-number-refused", "number:138••••1234")
    with pytest.raises(TooManyNumberSearches):
        await ledger.search(OTHER_AGENT, Search(number=CITIZEN))
    assert (await ledger.search(OTHER_AGENT, Search()))["calls"], "what names no number is not limited"
    for n in range(100):
        await ledger.search(SUPERVISOR, Search(number=f"138{n:04d}1234"))
