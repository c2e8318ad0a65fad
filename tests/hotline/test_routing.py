"""Who serves which queue, and which caller comes first."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.ids import uuid7
from hotline.events import CallerContext, CallOutcome, EarlierCallView, OpenCase
from hotline.routing.model import HIGHEST, Earlier, LatelyCalled, PriorityRules, from_history, priority
from hotline.routing.service import Priorities
from hotline.routing.skills import BEST, SkillRequirement, check_skill, penalty
from tests.hotline.world import PlayedHistory

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
RULES = PriorityRules()
SKILLS = st.dictionaries(
    st.sampled_from(["language:en", "language:hrb", "district:daoli", "subject:water"]), st.integers(1, BEST)
)
NEEDS = st.lists(
    st.builds(
        SkillRequirement,
        skill=st.sampled_from(["language:en", "language:hrb", "subject:water"]),
        at_least=st.integers(1, 5),
    ),
    max_size=3,
)


def case(*, urgent: bool = True, same_number: bool = True) -> OpenCase:
    return OpenCase(
        case_id=uuid7(), number="1", category="", state="filed", urgent=urgent, same_number=same_number
    )


def minutes_ago(count: float, *, abandoned: bool = False) -> Earlier:
    return Earlier(NOW - timedelta(minutes=count), abandoned)


@given(SKILLS, NEEDS)
def test_an_agent_serves_a_queue_exactly_when_he_has_all_that_it_needs(
    skills: dict[str, int], needs: list[SkillRequirement]
) -> None:
    rank = penalty(skills, needs)
    assert (rank is not None) == all(skills.get(need.skill, 0) >= need.at_least for need in needs)
    if rank is not None:
        assert 0 <= rank < BEST


@given(SKILLS, NEEDS, st.sampled_from(["language:en", "language:hrb"]))
def test_who_is_better_is_never_rung_later(
    skills: dict[str, int], needs: list[SkillRequirement], skill: str
) -> None:
    before = penalty(skills, needs)
    after = penalty({**skills, skill: BEST}, needs)
    if before is not None:
        assert after is not None
        assert after <= before


@given(st.text(max_size=60))
def test_any_text_is_a_skill_or_refused(name: str) -> None:
    try:
        kind, _, word = check_skill(name).partition(":")
    except ValueError:
        return
    assert kind in {"language", "district", "subject"}
    assert word.isascii()


def test_everybody_is_1_a_danger_comes_before_a_repeat_caller() -> None:
    nobody = priority(RULES, NOW, [], None)
    repeat = priority(RULES, NOW, [minutes_ago(5), minutes_ago(20)], CallerContext())
    danger = priority(RULES, NOW, [], CallerContext(open_cases=[case()]))
    near = priority(RULES, NOW, [], CallerContext(open_cases=[case(same_number=False)]))
    assert nobody == 1
    assert nobody < repeat < near < danger <= HIGHEST
    assert priority(RULES, NOW, [], CallerContext(open_cases=[case(urgent=False)])) == nobody
    assert priority(RULES, NOW, [minutes_ago(61), minutes_ago(90)], None) == nobody


def test_who_hung_up_in_the_queue_comes_before_who_was_answered() -> None:
    answered = priority(RULES, NOW, [minutes_ago(2), minutes_ago(3)], None)
    lost = priority(RULES, NOW, [minutes_ago(2, abandoned=True), minutes_ago(3)], None)
    assert answered < lost


@given(
    st.lists(st.builds(Earlier, st.datetimes(timezones=st.just(UTC)), st.booleans()), max_size=30),
    st.lists(st.builds(case, urgent=st.booleans(), same_number=st.booleans()), max_size=5),
)
def test_whatever_is_known_the_level_is_1_to_20(earlier: list[Earlier], cases: list[OpenCase]) -> None:
    assert 1 <= priority(RULES, NOW, earlier, CallerContext(open_cases=cases)) <= HIGHEST


@given(st.lists(st.tuples(st.text(max_size=3), st.booleans()), max_size=80))
def test_late_calls_are_bounded(calls: list[tuple[str, bool]]) -> None:
    known = LatelyCalled(numbers=5, calls=3)
    for number, abandoned in calls:
        known.add(number, Earlier(NOW, abandoned))
        assert len(known) <= 5
        assert len(known.of(number)) <= 3
    assert known.of("") == []


async def test_a_number_is_asked_about_within_the_deadline_and_never_fails() -> None:
    history = PlayedHistory(CallerContext(open_cases=[case()]))
    clock = ManualClock(NOW)
    priorities = Priorities(PriorityRules(deadline_s=0.05), history, clock)
    assert int(await priorities.look_up("13936001234")) > 10
    assert await priorities.look_up("") == "1"
    history.gate = asyncio.Event()
    assert await priorities.look_up("13936001234") == "1"
    for _ in range(2):
        priorities.ended("13936001234", CallOutcome.ABANDONED, clock.now())
    assert int(await priorities.look_up("13936001234")) > 1, "what this process saw needs no history"


async def test_a_history_that_raises_keeps_nobody_waiting() -> None:
    class Broken(PlayedHistory):
        async def lookup(self, caller: str) -> CallerContext:
            raise ConnectionError(caller)

    assert await Priorities(RULES, Broken(), ManualClock(NOW)).look_up("139") == "1"


async def test_other_levels_hold_until_the_ordinary_ones_come_back() -> None:
    clock = ManualClock(NOW)
    priorities = Priorities(RULES, PlayedHistory(), clock)
    priorities.ended("13936001234", CallOutcome.ABANDONED, clock.now())
    ordinary = await priorities.look_up("13936001234")
    priorities.use({"abandoned": 0})
    assert (await priorities.look_up("13936001234"), ordinary > "1") == ("1", True)
    priorities.use({})
    assert await priorities.look_up("13936001234") == ordinary


@pytest.mark.parametrize(
    ("outcome", "lost"), [("abandoned_queue", True), ("abandoned_greeting", True), ("answered", False)]
)
def test_the_ledger_of_record_says_who_was_not_answered(outcome: str, lost: bool) -> None:
    told = CallerContext(earlier_calls=[EarlierCallView(call_id=uuid7(), at=NOW, disposition=outcome)])
    assert from_history(told) == [Earlier(NOW, lost)]
