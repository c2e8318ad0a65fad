"""A released warning is paged to the groups in its area once, marked, and ends with it; whatever is killed,
away or refused. The switch is played.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.ids import uuid7
from core.storage import Storage
from tests.warning.centre import LI, WANG, Centre
from tests.warning.pages import KilledThere, PlayedPageSwitch
from tests.warning.test_ledger import draft
from warning.channels import WarningChannel
from warning.ledger.model import RecordedWarning
from warning.paging.service import (
    AGAIN_AFTER,
    LOOKED_AFTER,
    STOPPED_AFTER,
    TRIES,
    PagingInArea,
    WarningPaging,
)
from warning.paging.settings import PagingGroup, PagingSettings
from warning.paging.store import OPEN, WarningPage, WarningPageState
from warning.paging.turns import in_the_way, turns

INSIDE, OUTSIDE = (126.65, 45.75), (126.75, 45.75)
NOW = timedelta(0)


def group(number: int, *places: tuple[float, float]) -> PagingGroup:
    return PagingGroup.model_validate({"address": f"239.192.0.{number}", "port": 5004, "places": places})


class City:
    """Two groups, one of them with a place in the area of the draft."""

    def __init__(self, storage: Storage) -> None:
        groups = {"park": group(1, OUTSIDE, INSIDE), "harbour": group(2, OUTSIDE)}
        self.settings = PagingSettings(enabled=True, at_once=2, groups=groups)
        self.why_not = ""
        self.centre = Centre(storage, audience=PagingInArea(groups, lambda: self.why_not))
        self.switch = PlayedPageSwitch()
        self.restart()

    def restart(self) -> None:
        """Another process takes over with what the database has."""
        self.paging = WarningPaging(self.centre.storage, self.settings, self.switch)

    async def release(self, **changed: Any) -> RecordedWarning:
        made = await self.centre.ledger.draft(LI, draft(channels=["paging"], **changed), None, uuid7())
        people = () if changed.get("status", "Actual") == "Actual" else (WANG,)
        released = await self.centre.released(made, *people)
        await self.centre.send_all()
        return released

    async def pass_by(self, *steps: timedelta) -> None:
        for step in (NOW, *steps):
            self.centre.clock.advance(step.total_seconds())
            await self.paging.step()

    def tells(self, *words: Any) -> None:
        """The switch, of the last page."""
        for word in words:
            self.paging.told(self.switch.paged[-1].delivery_id, word)

    @property
    def sounds(self) -> list[str]:
        return [one.sounds for one in self.switch.paged]

    async def counts(self, one: RecordedWarning) -> dict[str, int]:
        (found,) = await self.centre.sending.counts(one.warning_id)
        names = ("reached", "acknowledged", "refused", "failed", "waiting", "dropped")
        return {name: number for name in names if (number := getattr(found, name))}


@pytest.fixture
def city(any_storage: Storage) -> City:
    return City(any_storage)


async def test_a_group_with_a_place_in_the_area_is_paged_once_to_the_end(city: City) -> None:
    one = await city.release()
    assert await city.counts(one) == {"waiting": 1}
    await city.pass_by(NOW)
    assert [(page.sounds, str(page.group.address)) for page in city.switch.paged] == [
        ("actual-alert", "239.192.0.1")
    ]
    assert await city.counts(one) == {"waiting": 1}
    city.tells("begun")
    await city.pass_by()
    assert await city.counts(one) == {"reached": 1}
    city.tells("ended")
    await city.pass_by(LOOKED_AFTER)
    assert await city.counts(one) == {"reached": 1, "acknowledged": 1}
    assert len(city.switch.paged) == 1


async def test_nothing_is_paged_before_two_people_have_released_it(city: City) -> None:
    made = await city.centre.ledger.draft(LI, draft(channels=["paging"]), None, uuid7())
    await city.centre.ledger.release(WANG, made.warning_id, uuid7())
    assert await city.centre.sending.audience(made) == {WarningChannel.PAGING: 1}
    await city.centre.send_all()
    await city.pass_by(NOW)
    assert city.switch.paged == []


@pytest.mark.parametrize(("status", "sounds"), [("Exercise", "exercise-alert"), ("Test", "test-alert")])
async def test_an_exercise_has_sounds_of_its_own_and_needs_one_person(
    city: City, status: str, sounds: str
) -> None:
    await city.release(status=status)
    await city.pass_by()
    assert city.sounds == [sounds]


async def test_without_its_sounds_nothing_is_paged_and_it_counts_as_failed(city: City) -> None:
    city.why_not = "sounds are missing"
    one = await city.release()
    await city.pass_by(NOW)
    assert city.switch.paged == []
    assert await city.counts(one) == {"failed": 1}


async def test_a_page_whose_mark_could_not_be_played_has_failed(city: City) -> None:
    one = await city.release(status="Exercise")
    await city.pass_by()
    city.tells("failed")
    await city.pass_by()
    assert await city.counts(one) == {"failed": 1}


@pytest.mark.parametrize("dies", ["before", "after"])
async def test_killed_around_the_moment_in_which_the_switch_gets_it_it_is_never_sent_again(
    city: City, dies: Any
) -> None:
    one = await city.release()
    city.switch.dies = dies
    with pytest.raises(KilledThere):
        await city.pass_by()
    city.switch.dies, city.switch.settled = "", "unknown"
    city.restart()
    await city.pass_by(*[LOOKED_AFTER] * 3)
    assert len(city.switch.paged) == (dies == "after")
    assert await city.counts(one) == {"failed": 1}, "nobody can tell: it is shown, and not sent again"


async def test_killed_while_it_sounds_it_is_followed_to_its_end(city: City) -> None:
    one = await city.release()
    await city.pass_by()
    city.restart()
    await city.pass_by(LOOKED_AFTER)
    assert await city.counts(one) == {"reached": 1}, "the switch has it"
    city.switch.settled = "gone"
    await city.pass_by(LOOKED_AFTER)
    assert await city.counts(one) == {"reached": 1}, "nobody saw how it ended"
    assert len(city.switch.paged) == 1


async def test_a_page_that_the_switch_does_not_take_is_tried_again_for_a_time(city: City) -> None:
    city.switch.answer = "refused"
    one = await city.release()
    await city.pass_by(*[AGAIN_AFTER] * (TRIES - 2))
    assert await city.counts(one) == {"waiting": 1}
    await city.pass_by(AGAIN_AFTER)
    assert await city.counts(one) == {"failed": 1}
    assert city.switch.paged == []


async def test_a_page_of_which_the_switch_has_no_trace_is_sent_again_and_one_in_doubt_is_not(
    city: City,
) -> None:
    city.switch.answer, city.switch.settled = "in_doubt", "never"
    one = await city.release()
    await city.pass_by(LOOKED_AFTER, AGAIN_AFTER)
    assert city.sounds == ["actual-alert"] * 2
    city.switch.settled = "unknown"
    await city.pass_by(LOOKED_AFTER, AGAIN_AFTER)
    assert len(city.switch.paged) == 2
    assert await city.counts(one) == {"failed": 1}


async def test_while_the_switch_is_away_nothing_is_given_up(city: City) -> None:
    one = await city.release()
    city.switch.up = False
    await city.pass_by(*[timedelta(minutes=5)] * 3)
    assert await city.counts(one) == {"waiting": 1}
    city.switch.up, city.switch.settled = True, "away"
    await city.pass_by(*[LOOKED_AFTER] * 3)
    assert len(city.switch.paged) == 1
    assert await city.counts(one) == {"waiting": 1}


async def test_a_page_ends_when_people_end_the_warning(city: City) -> None:
    one = await city.release()
    await city.pass_by()
    city.tells("begun")
    await city.centre.ledger.cancel(WANG, one.warning_id, "false alarm", uuid7())
    await city.pass_by()
    city.switch.settled = "gone"
    await city.pass_by(LOOKED_AFTER)
    assert set(city.switch.ended) == {city.switch.paged[0].delivery_id}
    assert await city.counts(one) == {"reached": 1}


async def test_a_page_that_sounds_at_the_end_of_its_warning_ends(city: City) -> None:
    one = await city.release()
    await city.pass_by()
    city.tells("begun")
    await city.pass_by(timedelta(hours=3), NOW)
    assert len(city.switch.ended) == 1
    city.switch.settled = "gone"
    await city.pass_by(LOOKED_AFTER)
    assert await city.counts(one) == {"reached": 1}
    assert len(city.switch.paged) == 1


async def test_none_begins_after_the_end_of_its_warning(city: City) -> None:
    city.switch.up = False
    one = await city.release()
    await city.pass_by(timedelta(hours=3))
    city.switch.up = True
    await city.pass_by(NOW)
    assert city.switch.paged == []
    assert await city.counts(one) == {"failed": 1}


async def test_what_was_not_sent_yet_never_is_after_the_end(city: City) -> None:
    one = await city.release()
    await city.centre.ledger.cancel(WANG, one.warning_id, "false alarm", uuid7())
    await city.pass_by(NOW)
    assert city.switch.paged == []
    assert await city.counts(one) == {"dropped": 1}


async def test_a_group_hears_one_page_after_the_other_and_an_actual_warning_ends_an_exercise(
    city: City,
) -> None:
    await city.release(status="Exercise")
    await city.pass_by()
    await city.release(status="Exercise", headline="second")
    await city.pass_by(NOW)
    assert city.sounds == ["exercise-alert"], "one after the other"
    await city.release()
    await city.pass_by()
    city.switch.settled = "gone"
    await city.pass_by(STOPPED_AFTER, NOW)
    assert city.sounds == ["exercise-alert", "actual-alert"], "before the exercise that waits"
    assert set(city.switch.ended) == {city.switch.paged[0].delivery_id}


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "10.0.0.1"}, {"address": "224.0.0.251"}, {"port": 5005}, {"port": 80}, {"places": []},
        {"codec": "g722"}, {"places": [[200, 45]]},
    ],
)  # fmt: skip
def test_a_group_that_nothing_could_hear_is_refused(wrong: dict[str, Any]) -> None:
    good = {"address": "239.192.0.1", "port": 5004, "places": [INSIDE]}
    PagingGroup.model_validate(good)
    with pytest.raises(ValidationError):
        PagingGroup.model_validate({**good, **wrong})


AT = datetime(2026, 7, 1, 8, tzinfo=UTC)
PAGE = WarningPage(UUID(int=0), "a", "actual", "alert", AT, AT, OPEN[0], begun=False, tries=0, due_at=AT)
some_pages = st.lists(
    st.builds(
        lambda number, name, mark, state, until, due: replace(
            PAGE, delivery_id=UUID(int=number), paging_group=name, mark=mark, state=state,
            until=AT + timedelta(seconds=until), due_at=AT + timedelta(seconds=due),
        ),
        st.integers(0, 1000), st.sampled_from("abcd"), st.sampled_from(["actual", "exercise", "test"]),
        st.sampled_from(OPEN), st.integers(-2, 2), st.integers(-2, 2),
    ),
    unique_by=lambda page: page.delivery_id,
    max_size=12,
)  # fmt: skip


@given(some_pages, st.integers(1, 4))
def test_no_group_gets_two_pages_and_no_more_begin_than_may(pages: list[WarningPage], at_once: int) -> None:
    chosen = turns(pages, AT, at_once)
    begin = [
        page.paging_group for page in chosen if page.state is WarningPageState.WAITING and page.until > AT
    ]
    busy = {page.paging_group for page in pages if page.state is not WarningPageState.WAITING}
    assert len(begin) == len(set(begin))
    assert not set(begin) & busy
    assert not begin or len(begin) + len(busy) <= at_once
    assert all(page.mark != "actual" for page in in_the_way(pages))
