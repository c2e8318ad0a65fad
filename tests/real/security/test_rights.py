"""The table of rights is what the service does: each operation, each role, an own and another's object.

What is expected is read from the table. Whoever is refused gets 401 or 403 whatever else is wrong with the
request, and nothing has changed afterwards; who is admitted is not refused; nobody meets a 500.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio

from core.actor import Role
from core.rights import AccessRight
from gateway.web.gate import WEBSOCKET, GuardedOperation, operation
from gateway.wiring.rights import TABLE
from identity.tokens.model import READS, WantedToken
from tests.real.security.centre_world import NUMBERS, WORDS, CentreWorld, Things, centre_world
from tests.real.security.requests import Examples

pytestmark = [
    pytest.mark.real,
    pytest.mark.computes,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
]

OWNER = "li.na"
BOTH = "two.roles"
PEOPLE: dict[str, frozenset[Role]] = {
    OWNER: frozenset({Role.AGENT}),
    "wang.fang": frozenset({Role.AGENT}),
    **{f"one.{role}": frozenset({role}) for role in Role if role is not Role.AGENT},
    BOTH: frozenset({Role.SUPERVISOR, Role.ACCEPTOR}),
}
AS: dict[Role, str] = {Role.AGENT: OWNER, **{role: f"one.{role}" for role in Role if role is not Role.AGENT}}
WHOSE = ("mine", "theirs")
SECRET = {whose: (NUMBERS[whose], WORDS[whose]) for whose in WHOSE}
IN_LEDGER = ("/api/ledger/calls/", "/api/calls/{call_id}/transcript")
IN_QUERY: Mapping[str, Mapping[str, Any]] = {"/api/cameras/near": {"lon": 126.65, "lat": 45.75}}
IN_BODY: Mapping[str, Mapping[str, Any]] = {
    "/api/follow-ups/{follow_up_id}/outcome": {"solved": True},
    "/api/cameras/{code}/move": {"pan": 0.5},
}
"""What a request says beside what its schema asks for."""
SIGNS_OUT = GuardedOperation("DELETE", "/api/session")
LEAST = 2_000
"""Requests; the walk tells how many they were."""


@dataclass(frozen=True, slots=True)
class Case:
    """One request, and what the table says: `admitted`, `masked`, `refused`, or `closed` to the role."""

    line: AccessRight
    operation: GuardedOperation
    role: Role | None
    whose: str
    expected: str

    def __str__(self) -> str:
        return f"{self.operation.method} {self.operation.path} as {self.role or 'nobody'}, {self.whose}"


def cases() -> Iterator[Case]:
    for line in TABLE:
        for one in map(operation, line.operations):
            if one.method != WEBSOCKET and one.path.startswith("/api/"):
                for role in (None, *Role):
                    for whose in WHOSE:
                        yield Case(line, one, role, whose, expected(line, role, whose))


def expected(line: AccessRight, role: Role | None, whose: str) -> str:
    if line.proof != "session":
        return "admitted"
    if role is None or role not in line.roles:
        return "closed"
    own = role is Role.AGENT and whose == "mine"
    if own or line.others == "all" or role in line.freely:
        return "admitted"
    return {"masked": "masked", "none": "refused"}[line.others]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CentreWorld]:
    async with centre_world(tmp_path_factory.mktemp("rights"), PEOPLE) as world:
        yield world


class Walk:
    def __init__(self, world: CentreWorld, document: dict[str, Any]) -> None:
        self._world = world
        self._examples = Examples(document)
        self.count: Counter[str] = Counter()
        self.wrong: list[str] = []

    async def take(self, case: Case, program: str = "") -> None:
        things: Things = getattr(self._world, case.whose)
        one = case.operation
        known = things.by_parameter()
        if one.path.startswith(IN_LEDGER):
            known["call_id"] = str(things.ended_call)
        if one.parameter:
            known[one.parameter] = one.value
        path, query, body = self._examples.of(one.method, one.path, known)
        query |= IN_QUERY.get(one.path, {})
        if one.path == "/api/agents/me/sign-in":
            body = {"endpoint": things.endpoint}
        if one.path == "/api/cases/near":
            query = {"address": WORDS[case.whose]}
        body = body | IN_BODY[one.path] if one.path in IN_BODY else body
        if one.path.endswith("/use"):
            body["call_id"] = known["call_id"]
        who = program or (AS[case.role] if case.role else None)
        answer = await self._world.ask(who, one.method, path, json=body, query=query)
        self.count[case.expected] += 1
        if not _fits(case, answer.status_code, answer.text):
            self.wrong.append(f"{case}: {case.expected}, and it is {answer.status_code} {answer.text[:160]}")
        if one.key == SIGNS_OUT.key and who is not None and not program:
            await self._world.sign_in(who)


def _fits(case: Case, status: int, text: str) -> bool:
    if status == 500:
        return False
    match case.expected:
        case "closed":
            return status == (401 if case.role is None else 403)
        case "refused":
            without_it = (
                status == 200
                and case.operation.method == "GET"
                and "{" not in case.operation.path
                and not any(secret in text for secret in SECRET[case.whose])
            )
            return status in {403, 404, 409} or without_it
        case "masked":
            return status in {200, 403, 404, 409} and not any(secret in text for secret in SECRET[case.whose])
        case _:
            # Whose own password is asked for is admitted before.
            return case.line.proof == "own" or status not in {401, 403} or ":wrong-password" in text


async def test_every_operation_does_for_every_role_what_the_table_says(world: CentreWorld) -> None:
    document = (await world.ask(None, "GET", "/api/openapi.json")).json()
    walk = Walk(world, document)
    all_of_them = list(cases())
    before = await world.settled()
    for case in all_of_them:
        if case.expected in {"closed", "refused"}:
            await walk.take(case)
    after = await world.state()
    changed = {name for name in before if before[name] != after[name]}
    # Reading is asked before anything is changed by those who may.
    rest = [case for case in all_of_them if case.expected in {"masked", "admitted"}]
    for case in sorted(
        rest, key=lambda case: (case.operation.method != "GET", case.operation.key == SIGNS_OUT.key)
    ):
        await walk.take(case)
    print(f"{sum(walk.count.values())} requests: {dict(walk.count)}")
    assert walk.wrong == [], "\n".join(walk.wrong)
    assert changed == set(), "refused requests changed something"
    assert sum(walk.count.values()) > LEAST


async def test_a_token_does_no_more_than_its_roles_and_its_operations(world: CentreWorld) -> None:
    """Of a supervisor who is an acceptor too: one that only reads as supervisor, one with another's role."""
    document = (await world.ask(None, "GET", "/api/openapi.json")).json()
    await world.program("reader", WantedToken(BOTH, "r", frozenset({Role.SUPERVISOR}), operations=READS))
    await world.program("acceptor", WantedToken(BOTH, "a", frozenset({Role.ACCEPTOR})))
    walk = Walk(world, document)
    before = await world.settled()
    admitted = []
    for case in cases():
        if case.whose != "mine" or case.line.proof != "session":
            continue
        for who, role in (("reader", Role.SUPERVISOR), ("acceptor", Role.ACCEPTOR)):
            reads = who != "reader" or case.operation.method == "GET"
            if case.role is not role:
                continue
            if case.expected != "closed" and case.line.by_token and reads:
                admitted.append((case, who))
            else:
                await walk.take(replace(case, expected="closed"), who)
    changed = {name for name, now in (await world.state()).items() if before[name] != now}
    for case, who in admitted:
        if case.operation.method == "GET":
            await walk.take(case, who)
    print(f"{sum(walk.count.values())} requests by tokens: {dict(walk.count)}")
    assert walk.wrong == [], "\n".join(walk.wrong)
    assert changed == set(), "refused requests changed something"
    assert walk.count["closed"] > 150
    assert walk.count["admitted"] > 20


async def test_no_operation_of_the_service_is_left_out_and_no_line_is_of_none(world: CentreWorld) -> None:
    document = (await world.ask(None, "GET", "/api/openapi.json")).json()
    served = {(method.upper(), path) for path, about in document["paths"].items() for method in about}
    named = {operation(text).key for line in TABLE for text in line.operations}
    assert served - named == set()
    in_table = {key for key in named if key[0] != WEBSOCKET and key[1].startswith("/api/")}
    assert in_table - served == {("GET", "/api/openapi.json")}
