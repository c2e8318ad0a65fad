"""Who may see what was said in a call, in drafts and offers as in the ledger."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

import pytest

from cases.life.acceptance import AcceptedCalls
from core.actor import Actor, Role
from core.ids import uuid7
from core.scopes import Scopes
from core.storage import Storage
from gateway.wiring.cases import CallKnowledge
from hotline.board import Board
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER
from tests.cases.test_http import filed
from tests.cases.web import desk_of

CALL = uuid7()


class LiveCall:
    """One call, in which li takes part."""

    def agents_on(self, call_id: UUID) -> frozenset[str]:
        return frozenset({"li"} if call_id == CALL else ())


@pytest.mark.parametrize(
    ("person", "roles", "hears"),
    [
        ("li", {Role.AGENT}, True),
        ("wang", {Role.AGENT}, False),
        ("wang", {Role.AGENT, Role.DISPATCHER}, False),
        ("wang", {Role.AGENT, Role.ADMIN}, False),
        ("wang", {Role.ACCEPTOR}, False),
        ("wang", {Role.SUPERVISOR}, True),
    ],
)
async def test_only_the_calls_agents_and_supervisors_see_what_was_said(
    storage: Storage, person: str, roles: set[Role], hears: bool
) -> None:
    knowledge = CallKnowledge(storage, lambda: cast("Board", LiveCall()))
    assert await knowledge.may_hear(Actor(person, person, frozenset(roles)), CALL) is hears


async def test_an_acceptor_hears_the_calls_of_cases_that_wait_for_him(any_storage: Storage) -> None:
    accepted = AcceptedCalls(any_storage)
    elsewhere = Actor("guo", "Guo", frozenset({Role.ACCEPTOR}), Scopes(districts=frozenset({"230199"})))
    colleague = Actor("gao", "Gao", frozenset({Role.ACCEPTOR}))
    async with desk_of(any_storage, (AGENT, DISPATCHER, ACCEPTOR, colleague)) as desk:
        case: dict[str, Any] = await filed(desk)
        path = f"/cases/{case['case_id']}"
        [call] = (UUID(one) for one in case["call_ids"])

        async def hears(*people: Actor) -> list[bool]:
            return [await accepted.hears(person, [uuid7(), call]) for person in people]

        assert await hears(ACCEPTOR, colleague) == [False, False]
        assert (await desk.post(DISPATCHER, f"{path}/done", note="已修")).status_code == 200
        assert await hears(ACCEPTOR, colleague, elsewhere) == [True, True, False]
        assert not await accepted.hears(ACCEPTOR, [uuid7()])
        assert (await desk.post(ACCEPTOR, f"{path}/verify", note="")).status_code == 200
        closed = await desk.post(ACCEPTOR, f"{path}/close", note="已修好", condition="restored")
        assert closed.status_code == 200
        # It is over: who closed it answers for it, and nobody else has to do with it.
        assert await hears(ACCEPTOR, colleague) == [True, False]
