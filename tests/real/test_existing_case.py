"""A second call about a case: its outcome `existing_case` links both, in the service on a real switch."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.real.field_case import a_case
from tests.real.service import WholeService
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeService]:
    with WholeService(tmp_path_factory.mktemp("existing"), agents=1) as made:
        yield made


def test_the_outcome_existing_case_links_call_and_case_once(world: WholeService) -> None:
    (seat,) = world.seats
    world.ready(seat)
    citizen = world.dial()
    first = world.talking(citizen)
    case = a_case(world, first)
    world.hang_up_all(citizen)
    world.ready(seat)
    again = world.dial()
    second = world.talking(again)
    said = {"op_id": str(uuid.uuid4()), "kind": "existing_case", "case_ids": [case]}
    for _ in range(2):
        seat.visitor.post(f"/api/calls/{second}/disposition", said)
    assert world.supervisor.get(f"/api/cases/{case}")["call_ids"] == [first, second]
    log = world.supervisor.get(f"/api/cases/{case}/history")["history"]
    assert [one["act"] for one in log] == ["file", "link"]
    beside = seat.visitor.get(f"/api/calls/{second}/open-cases")["cases"]
    assert [one["case_id"] for one in beside] == [case]
    world.hang_up_all(again)
    wait_for(lambda: world.record(second)["dispositions"], "disposition in the ledger")
    entries = world.supervisor.get(f"/api/cases/{case}/timeline")["entries"]
    assert {(one["kind"], one["act"]) for one in entries} >= {
        ("act", "file"), ("act", "link"), ("draft", "drafted")
    }  # fmt: skip
    assert {one["call_id"] for one in entries if one["kind"] == "call"} == {first, second}
