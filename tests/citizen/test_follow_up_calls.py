"""A reporter is asked by an automatic call: whom, when, how often, and what a key stands for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import cast
from uuid import UUID

import pytest
from sqlalchemy import update

from citizen.followup import store
from citizen.followup.calling import call_id_of
from citizen.followup.model import ConcernState, FollowUp, FollowUpRules, FollowUpState, SamplingRow
from citizen.followup.tables import follow_ups
from core.storage import Storage
from gateway.wiring.follow_ups import FollowUpsByTelephone
from hotline.outbound.follow_ups.policy import FollowUpCall, FollowUpTarget
from hotline.outbound.model import AutomatedCall, CallOutcome
from tests.cases.rooms import ACCEPTOR, AGENT
from tests.citizen.city import City
from tests.citizen.test_follow_ups import AT_ONCE, NUMBER, closed, followed

BY_CALL = AT_ONCE.model_copy(update={"sampling": (SamplingRow(percent=100, way="call"),), "attempts": 2})


async def the(on: City) -> list[FollowUp]:
    async with on.storage.read() as connection:
        return await store.listed(connection, "", 10)


async def the_one(on: City) -> FollowUp:
    (one,) = await the(on)
    return one


async def wanted(on: City, *, new: bool = True) -> list[tuple[UUID, int]]:
    return [(one.follow_up_id, one.attempt) for one in await on.citizen.calling.wanted(new=new)]


@pytest.mark.parametrize(("key", "satisfaction"), [("1", 1), ("2", 2), ("3", 3)])
async def test_a_key_answers_once_and_who_is_not_satisfied_reaches_a_person(
    any_storage: Storage, key: str, satisfaction: int
) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on)
        one = await the_one(on)
        assert (one.state, one.way) == (FollowUpState.DIAL, "call")
        assert await wanted(on) == [(one.follow_up_id, 0)]
        calling = on.citizen.calling
        assert await calling.number(one.follow_up_id, 0) == NUMBER
        await calling.began(one.follow_up_id, 0)
        for _ in range(2):
            assert await calling.press(one.follow_up_id, 0, key)
        await calling.ended(one.follow_up_id, 0, "answered")
        after = await the_one(on)
        assert (after.state, after.satisfaction, after.answered_by) == (
            FollowUpState.ANSWERED, satisfaction, "call",
        )  # fmt: skip
        assert after.concern is (ConcernState.OPEN if key == "3" else ConcernState.NONE)
        assert after.last_op == call_id_of(one.follow_up_id, 0)
        assert await wanted(on) == []


async def test_0_asks_for_a_person_and_an_agent_finds_it(any_storage: Storage) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on)
        one = await the_one(on)
        await on.citizen.calling.ended(one.follow_up_id, 0, "no_answer")
        await on.citizen.calling.began(one.follow_up_id, 1)
        assert await on.citizen.calling.press(one.follow_up_id, 1, "0")
        await on.citizen.calling.ended(one.follow_up_id, 1, "answered")
        (listed,) = (await on.ask(AGENT, "GET", "/follow-ups")).json()["follow_ups"]
        assert (listed["state"], listed["way"], listed["answer_lost"]) == ("call", "call", False)
        assert listed["attempts"] == 0, "the agent has all attempts"
        assert not await on.citizen.calling.press(one.follow_up_id, 2, "1"), "the attempt is over"


async def test_nobody_is_called_more_often_than_the_rules_say(any_storage: Storage) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on)
        one, calling = await the_one(on), on.citizen.calling
        await calling.ended(one.follow_up_id, 0, "not_placed")
        assert (await the_one(on)).attempts == 0, "no telephone rang"
        assert await wanted(on) == []
        async with on.storage.write() as transaction:
            await store.change(transaction.connection, one.follow_up_id, due_at=one.due_at)
        assert await wanted(on) == [(one.follow_up_id, 1)]
        for _ in range(2):
            await calling.ended(one.follow_up_id, 1, "no_answer")
        after = await the_one(on)
        assert (after.attempts, after.calls, after.state) == (1, 2, FollowUpState.DIAL)
        assert after.due_at - on.storage.clock.now() > timedelta(hours=3)
        await calling.ended(one.follow_up_id, 2, "busy")
        assert ((await the_one(on)).attempts, (await the_one(on)).state) == (2, FollowUpState.UNANSWERED)


@pytest.mark.parametrize("outcome", ["no_key", "rejected", "lost"])
async def test_who_picked_up_and_said_nothing_is_left_in_peace(any_storage: Storage, outcome: str) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on)
        await on.citizen.calling.ended((await the_one(on)).follow_up_id, 0, outcome)
        state = FollowUpState.CALL if outcome == "lost" else FollowUpState.UNANSWERED
        assert (await the_one(on)).state is state


async def test_a_call_that_runs_goes_on_and_no_other_begins(any_storage: Storage) -> None:
    """While callers wait, and outside the hours."""
    async with followed(any_storage, BY_CALL) as on:
        await closed(on)
        one = await the_one(on)
        assert await wanted(on, new=False) == []
        await on.citizen.calling.began(one.follow_up_id, 0)
        assert await wanted(on, new=False) == [(one.follow_up_id, 0)]
        night = {"calls_from": "00:00", "calls_until": "00:00:01"}
        on.citizen.follow_ups.rules = FollowUpRules.model_validate(BY_CALL.model_dump() | night)
        assert await wanted(on) == [(one.follow_up_id, 0)]
        assert await on.citizen.calling.number(one.follow_up_id, 0) == ""


async def test_one_call_at_a_time_to_one_number(any_storage: Storage) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on, "m1")
        await closed(on, "m2")
        (first,) = await on.citizen.calling.wanted(new=True)
        assert await on.citizen.calling.number(first.follow_up_id, 0)
        (running,) = await on.citizen.calling.wanted(new=False)
        assert running == first, "it is known as running before it rings"
        await on.citizen.calling.ended(first.follow_up_id, 0, "unknown")
        assert await wanted(on) == [], "it may ring still"
        async with on.storage.write() as transaction:
            await transaction.connection.execute(
                update(follow_ups).values(due_at=(await the(on))[0].closed_at)
            )
        (second,) = await on.citizen.calling.wanted(new=True)
        assert (second.line, NUMBER in second.line) == (first.line, False)


@pytest.mark.parametrize("outcome", ["no_key", "rejected"])
async def test_who_wants_to_be_left_in_peace_is_so_about_every_case(
    any_storage: Storage, outcome: str
) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on, "m1")
        await closed(on, "m2")
        ((first, _),) = await wanted(on)
        await on.citizen.calling.ended(first, 0, outcome)
        assert [one.state for one in await the(on)] == [FollowUpState.UNANSWERED] * 2
        assert await wanted(on) == []


@pytest.mark.parametrize(("sent", "attempts"), [(True, 1), (False, 0)])
async def test_a_call_that_was_sent_and_stopped_is_an_attempt(
    any_storage: Storage, sent: bool, attempts: int
) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on)
        one = await the_one(on)
        await on.citizen.calling.number(one.follow_up_id, 0)
        await on.citizen.calling.ended(one.follow_up_id, 0, "stopped", sent=sent)
        after = await the_one(on)
        assert (after.attempts, after.calls, after.calling) == (attempts, 1, False)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(("key", "state"), [("1", FollowUpState.ANSWERED), ("0", FollowUpState.CALL)])
async def test_a_key_in_a_call_that_was_given_up_counts(
    any_storage: Storage, times: int, key: str, state: FollowUpState
) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on)
        one, calling = await the_one(on), on.citizen.calling
        for attempt in range(times):
            await calling.ended(one.follow_up_id, attempt, "unknown")
        assert not await calling.press(one.follow_up_id, times - 1, key), "another outcome"
        assert not await calling.press(one.follow_up_id, times - 2, key, late=True), "an older call"
        for _ in range(2):
            assert await calling.press(one.follow_up_id, times - 1, key, late=True)
        assert (await the_one(on)).state is state


async def test_the_hotline_tells_what_was_sent_and_what_is_late(any_storage: Storage) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on)
        calls = FollowUpsByTelephone(on.citizen.calling, lambda: False)
        for attempt, (outcome, seen, attempts) in enumerate(
            [("stopped", False, 0), ("stopped", True, 1), ("unknown", False, 2)]
        ):
            one = await the_one(on)
            target = FollowUpTarget(call_id_of(one.follow_up_id, attempt), one.follow_up_id, attempt, "x")
            call: FollowUpCall = AutomatedCall(
                target, "sh", 0.0, stage="over", ended=1.0, outcome=cast("CallOutcome", outcome), seen=seen
            )
            await calls.came(call)
            assert (await the_one(on)).attempts == attempts
        assert await calls.press(replace(call, key="1")) == "done"
        assert (await the_one(on)).state is FollowUpState.ANSWERED


async def test_a_lost_answer_is_asked_for_again_by_an_agent_who_has_all_attempts(
    any_storage: Storage,
) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on)
        one = await the_one(on)
        await on.citizen.calling.ended(one.follow_up_id, 0, "no_answer")
        await on.citizen.calling.ended(one.follow_up_id, 1, "lost")
        (listed,) = (await on.ask(AGENT, "GET", "/follow-ups")).json()["follow_ups"]
        assert (listed["answer_lost"], listed["way"], listed["attempts"]) == (True, "agent", 0)


async def test_an_erased_number_blocks_nobody_and_is_withdrawn(any_storage: Storage) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on)
        one = await the_one(on)
        async with on.storage.write() as transaction:
            await store.change(transaction.connection, one.follow_up_id, number="", calling=True)
        async with on.storage.read() as connection:
            now = on.storage.clock.now()
            assert await store.to_dial(connection, now, one.closed_at, 50, new=True) == []
        await on.citizen.follow_ups.ask_due()
        assert (await the_one(on)).state is FollowUpState.WITHDRAWN


async def test_numbers_that_are_forgotten_are_not_called(any_storage: Storage) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on)
        await on.citizen.follow_ups.forget_old(timedelta(days=-1))
        after = await the_one(on)
        assert (after.state, after.number) == (FollowUpState.WITHDRAWN, "")


async def test_who_waited_too_long_is_not_called_any_more(any_storage: Storage) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on)
        one = await the_one(on)
        async with on.storage.write() as transaction:
            long_ago = one.closed_at - timedelta(days=31)
            await store.change(transaction.connection, one.follow_up_id, closed_at=long_ago)
        assert await wanted(on) == []
        assert await on.citizen.calling.number(one.follow_up_id, 0) == ""
        await on.citizen.follow_ups.ask_due()
        assert (await the_one(on)).state is FollowUpState.UNANSWERED


async def test_agents_call_when_nothing_dials_any_more(any_storage: Storage) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on)
        await on.citizen.follow_ups.ask_due()
        assert (await the_one(on)).state is FollowUpState.DIAL
        on.citizen.follow_ups._dials = False
        await on.citizen.follow_ups.ask_due()
        after = await the_one(on)
        assert (after.state, after.way) == (FollowUpState.CALL, "agent")


async def test_who_opted_out_or_whose_case_is_open_again_is_not_called(any_storage: Storage) -> None:
    async with followed(any_storage, BY_CALL) as on:
        case_id = await closed(on)
        one = await the_one(on)
        answer = await on.act(ACCEPTOR, f"/cases/{case_id}/reopen_closed", note="还没好", reason="还没好")
        assert answer.status_code == 200
        await on.settle()
        assert (await the_one(on)).state is FollowUpState.WITHDRAWN
        assert await wanted(on) == []
        assert await on.citizen.calling.number(one.follow_up_id, 0) == ""


async def test_who_opted_out_of_messages_is_not_called(any_storage: Storage) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on)
        one = await the_one(on)
        await on.citizen.messages.opt(None, NUMBER, out=True)
        assert await on.citizen.calling.number(one.follow_up_id, 0) == ""
        assert (await the_one(on)).state is FollowUpState.WITHDRAWN


async def test_without_automatic_calls_an_agent_asks(any_storage: Storage) -> None:
    async with followed(any_storage, BY_CALL) as on:
        on.citizen.follow_ups._dials = False
        await closed(on)
        assert (await the_one(on)).state is FollowUpState.CALL


async def listed(on: City) -> list[dict[str, object]]:
    found: list[dict[str, object]] = (await on.ask(AGENT, "GET", "/follow-ups")).json()["follow_ups"]
    return found


async def test_who_is_connected_is_the_follow_up_of_the_agent_who_took_the_call(any_storage: Storage) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on)
        one, calling = await the_one(on), on.citizen.calling
        requests = FollowUpsByTelephone(calling, lambda: False, {"agent-1": AGENT.id}.get)
        assert await calling.press(one.follow_up_id, 0, "0")
        assert await listed(on) == [], "nobody calls him while he waits in the queue"
        waits = AutomatedCall(
            FollowUpTarget(call_id_of(one.follow_up_id, 0), one.follow_up_id, 0, "x"), "sh", 0.0
        )
        await requests.came(replace(waits, stage="queued", key="0", committed=True))
        assert (await the_one(on)).connected_at is None
        for _ in range(2):
            await requests.came(replace(waits, stage="talking", key="0", committed=True, agent="agent-1"))
        (shown,) = await listed(on)
        assert (shown["connected"], shown["taken_by"], shown["number"]) == (True, AGENT.id, NUMBER)
        await requests.came(replace(waits, stage="over", outcome="talked", key="0", seen=True))
        (shown,) = await listed(on)
        assert (shown["connected"], shown["attempts"]) == (True, 0)
        said = {"reached": True, "solved": True, "satisfaction": 1}
        answer = await on.act(AGENT, f"/follow-ups/{one.follow_up_id}/outcome", **said)
        assert (answer.json()["state"], answer.json()["connected"]) == ("answered", False)
        assert (await the_one(on)).connected_at is not None


async def test_whom_nobody_took_and_who_was_taken_by_an_unknown_desk_stand_in_the_list(
    any_storage: Storage,
) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on)
        one, calling = await the_one(on), on.citizen.calling
        await calling.press(one.follow_up_id, 0, "0")
        await calling.connected(one.follow_up_id, 0, "")
        assert await listed(on) == [], "he talks"
        await calling.connected(one.follow_up_id, 7, AGENT.id)
        assert (await the_one(on)).taken_by == "", "another attempt"
        await calling.ended(one.follow_up_id, 0, "talked")
        (shown,) = await listed(on)
        assert (shown["connected"], shown["taken_by"], shown["number"]) == (True, "", "")


@pytest.mark.parametrize(
    ("key", "solved", "satisfaction"), [("y", True, None), ("n", False, None), ("3", None, 3)]
)
async def test_what_is_said_is_kept_as_such_and_who_is_not_content_reaches_a_person(
    any_storage: Storage, key: str, solved: bool | None, satisfaction: int | None
) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on)
        one = await the_one(on)
        calls = FollowUpsByTelephone(on.citizen.calling, lambda: False)
        target = FollowUpTarget(call_id_of(one.follow_up_id, 0), one.follow_up_id, 0, "x")
        for _ in range(2):
            assert await calls.press(AutomatedCall(target, "sh", 0.0, key=key, spoken=True)) == "done"
        after = await the_one(on)
        assert (after.state, after.solved, after.satisfaction, after.answered_by) == (
            FollowUpState.ANSWERED, solved, satisfaction, "speech",
        )  # fmt: skip
        assert after.concern is (ConcernState.NONE if solved else ConcernState.OPEN)


async def test_who_says_that_he_is_not_to_be_called_has_opted_out(any_storage: Storage) -> None:
    async with followed(any_storage, BY_CALL) as on:
        await closed(on)
        await closed(on, "m2")
        ((first, _),) = await wanted(on)
        for _ in range(2):
            assert await on.citizen.calling.press(first, 0, "x", spoken=True)
        await on.citizen.calling.ended(first, 0, "answered")
        assert await on.citizen.messages.opted_out(NUMBER) is not None
        (other,) = [one for one in await the(on) if one.follow_up_id != first]
        assert await on.citizen.calling.number(other.follow_up_id, 0) == ""
        assert {one.state for one in await the(on)} == {FollowUpState.WITHDRAWN}
