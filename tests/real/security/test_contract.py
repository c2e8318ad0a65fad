"""The OpenAPI document holds for every operation and role, whatever is sent: schemathesis draws requests from
it, and what has broken services before, texts, numbers and times, is put into each place that takes one.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx2 as httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from core.actor import Role
from core.rights import AccessRight
from gateway.web.gate import operation
from gateway.wiring.rights import TABLE
from tests.real.security.centre_world import CentreWorld, centre_world
from tests.real.security.requests import Examples

pytestmark = [pytest.mark.real, pytest.mark.computes, pytest.mark.timeout(300)]

PEOPLE = {
    "li.na": frozenset({Role.AGENT}),
    "wang.fang": frozenset({Role.AGENT}),
    **{f"one.{role}": frozenset({role}) for role in Role},
}
EARLY, LATE = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"
NASTY: tuple[Any, ...] = (EARLY, LATE, "a\x00b", "\ud800", "x" * 70_000, 10**40, 2**63, -1, "NaN", None, [])
FEW = 2
BROKEN = range(500, 503)
"""A peer that is away is told by 503."""
ENDS = ("/api/session", "/api/account/sessions/end")
"""Who ends his own session is nobody for the rest."""


class Served:
    """The world in a thread with a loop of its own: requests are drawn where no loop runs."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="centre")
        self.world: CentreWorld
        self.document: dict[str, Any]

    def wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def ask(self, who: str | None, request: dict[str, Any]) -> httpx.Response:
        answer: httpx.Response = self.wait(self.world.send(who, request))
        return answer


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served()
    served.start()
    world = centre_world(tmp_path_factory.mktemp("contract"), PEOPLE)
    try:
        served.world = served.wait(world.__aenter__())
        served.document = served.ask(None, {"method": "GET", "url": "/api/openapi.json"}).json()
        yield served
    finally:
        served.wait(world.__aexit__(None, None, None))
        served.stop()


def lines() -> dict[tuple[str, str], AccessRight]:
    return {operation(text).key: line for line in TABLE for text in line.operations}


def somebody(line: AccessRight) -> str | None:
    """Somebody who may."""
    if line.proof != "session":
        return None
    role = Role.SUPERVISOR if Role.SUPERVISOR in line.roles else line.roles[0]
    return f"one.{role}"


def test_what_has_broken_services_before_breaks_none_of_the_operations(served: Served) -> None:
    examples = Examples(served.document)
    known = served.world.theirs.by_parameter()
    wrong: list[str] = []
    count = 0
    for (method, path), line in sorted(lines().items()):
        about = served.document["paths"].get(path, {}).get(method.lower())
        if about is None or path in ENDS:
            continue
        for request in _nasty(examples, method, path, about, known):
            count += 1
            answer = served.ask(somebody(line), request)
            if answer.status_code in BROKEN:
                wrong.append(f"{method} {path}: {str(request)[:200]} {answer.text[:100]}")
    print(f"{count} requests")
    assert wrong == [], "\n".join(wrong)


def _nasty(
    examples: Examples, method: str, path: str, about: dict[str, Any], known: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """The request of the operation, with one place in it nasty."""
    filled, query, body = examples.of(method, path, known)
    plain = {"method": method, "url": filled, "params": query, "json": body}
    for value in NASTY:
        for one in about.get("parameters", ()):
            text = str(value).encode("utf-8", "replace").decode()[:2_000]
            if one["in"] == "query":
                yield {**plain, "params": {**query, one["name"]: text}}
            elif one["in"] == "path" and text.strip("/"):
                there = {**known, one["name"]: quote(text, safe="")}
                yield {**plain, "url": examples.of(method, path, there, forced=True)[0]}
        if isinstance(body, dict):
            for name in {*body, *examples.properties(method, path)}:
                sent = json.dumps({**body, name: value}, allow_nan=True)
                yield {**plain, "json": None, "content": sent, "type": "application/json"}
            yield {**plain, "json": None, "content": json.dumps(value), "type": "application/json"}


@pytest.mark.parametrize(
    "examples_of_each",
    [
        FEW,
        pytest.param(
            60,
            marks=[
                pytest.mark.timeout(7_200),
                pytest.mark.soak(
                    rule="Whatever the OpenAPI document allows, each operation answers each role as it says",
                    short="tests/real/security/test_contract.py::test_requests_that_the_document_allows_get_answers_that_it_allows",
                ),
            ],
        ),
    ],
)
def test_requests_that_the_document_allows_get_answers_that_it_allows(
    served: Served, examples_of_each: int
) -> None:
    schema = schemathesis.openapi.from_dict(served.document)
    table = lines()
    wrong: list[str] = []
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        one = found.ok()
        line = table[(one.method.upper(), one.path)]
        if one.path in ENDS:
            continue
        people: list[str | None] = [None, *(f"one.{role}" for role in Role)]
        asked = people if examples_of_each > FEW else [somebody(line)]
        for who in asked:
            # Who may not is refused before anything of the request is looked at.
            admitted = line.proof != "session" or who in [f"one.{role}" for role in line.roles]
            try:
                _draw(served, one, who, examples_of_each if admitted else FEW)
            except (AssertionError, FailureGroup) as error:
                wrong.append(f"{one.label} as {who}: {str(error)[:700]}")
    assert wrong == [], "\n".join(wrong)


def _draw(served: Served, one: APIOperation[Any, Any, Any, Any], who: str | None, examples: int) -> None:
    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=one.as_strategy())
    def draw(case: schemathesis.Case[Any]) -> None:
        request = case.as_transport_kwargs(base_url="http://centre")
        request.pop("cookies", None)
        answer = served.ask(who, request)
        assert answer.status_code not in BROKEN, answer.text
        case.validate_response(answer, checks=[response_schema_conformance, content_type_conformance])

    draw()
