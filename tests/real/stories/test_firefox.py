"""Two of the days in Firefox, which a city's computers may have instead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.firefox import firefox_tab
from tests.real.stories import test_acceptor, test_administrator
from tests.real.stories.day import Day, Hand
from tests.real.stories.world import StoryWorld

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[StoryWorld]:
    with StoryWorld(tmp_path / "world") as made:
        yield made


@pytest.mark.soak(
    rule="An administrator's day goes as well in Firefox",
    short="tests/real/test_settings_desk.py::test_an_administrator_adds_a_person_who_then_signs_in",
)
async def test_an_administrators_day_in_firefox(world: StoryWorld, tmp_path: Path) -> None:
    day = Day("administrator")
    async with firefox_tab(tmp_path / "firefox") as tab:
        assert "firefox" in tab.version.lower()
        await test_administrator.the_day(world, Hand(tab, day))
        assert [one for one in await tab.look() if "422" not in one] == []
    day.ends()


@pytest.mark.soak(
    rule="An acceptor's day goes as well in Firefox",
    short="tests/real/test_cases_desk.py::test_what_is_done_is_sent_back_with_a_reason_and_then_verified_and_closed",
)
async def test_an_acceptors_day_in_firefox(world: StoryWorld, tmp_path: Path) -> None:
    day = Day("acceptor")
    async with firefox_tab(tmp_path / "firefox") as tab:
        await test_acceptor.the_day(world, Hand(tab, day), tmp_path)
        assert await tab.look() == []
    day.ends()
