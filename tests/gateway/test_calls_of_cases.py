"""Who may see what was said in a call, in drafts and offers as in the ledger."""

from __future__ import annotations

from typing import cast
from uuid import UUID

import pytest

from core.actor import Actor, Role
from core.ids import uuid7
from core.storage import Storage
from gateway.wiring.cases import CallKnowledge
from hotline.board import Board

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
