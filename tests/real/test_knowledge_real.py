"""An article in the whole service: approved, offered for what the citizen says, used, kept with the case."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.peers import audio
from tests.peers.checkout import CHECKOUT
from tests.real.field_case import a_case
from tests.real.service import SUPERVISOR, WholeService
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[WholeService]:
    with WholeService(tmp_path, agents=1) as whole:
        yield whole


def test_what_a_citizen_asks_brings_the_article_and_it_stays_with_the_case(
    world: WholeService, tmp_path: Path
) -> None:
    world.service.run("knowledge", "import", "--seed", "--submit")
    told = world.service.run("knowledge", "approve", "--all", "--by", SUPERVISOR.id)
    assert "case-code.zh: version 1 is approved" in told

    seat = world.seats[0]
    desk = world.screen(seat)
    spoken = audio.to_ulaw(CHECKOUT / "tests/audio/caller_status_zh.wav", tmp_path / "said.ulaw")
    citizen = world.dial(speech=spoken, seconds=200)
    call = world.talking(citizen)

    def offered() -> dict[str, Any] | None:
        events = [one.event for one in desk.of("cases.articles_suggested", call_id=call)]
        found = (one for event in events for one in event["suggestions"] if one["name"] == "case-code")
        return next(found, None)

    wait_for(offered, "article about the state of a case at the agent's desk", 90)
    article = offered()
    assert article is not None
    assert article["words"]
    segments = {one["segment_id"]: one["text"] for one in world.transcript(call)["segments"]}
    partials = {one.event["segment_id"]: one.event["text"] for one in desk.of("speech.transcript_segment")}
    for piece in article["evidence"]:
        text = {**partials, **segments}[piece["segment_id"]]
        assert 0 <= piece["start"] < piece["end"] <= len(text)

    path = f"/api/knowledge/{article['article_id']}/versions/{article['number']}/use"
    body = {"op_id": str(uuid.uuid4()), "call_id": call}
    used = seat.visitor.post(path, body)
    assert seat.visitor.post(path, body) == used
    assert "短查询码" in used["body"]
    case = a_case(world, call)
    (kept,) = seat.visitor.get(f"/api/cases/{case}")["articles"]
    assert kept == used["use"]
    world.hang_up_all(citizen)

    def in_ledger() -> list[dict[str, Any]]:
        return [one for one in world.record(call)["other"] if one["kind"] == "article-use"]

    wait_for(in_ledger, "use in the ledger", 20)
    (filed,) = in_ledger()
    assert kept["sha256"] in str(filed)
