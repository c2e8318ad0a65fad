"""The ledger's routes: who sees what, masked numbers, audited sound."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest
from sqlalchemy import select

from cdr.http import router
from cdr.recordings.store import recordings
from core.actor import Actor, Role
from core.ids import call_id, leg_id
from gateway.settings import WebSettings
from gateway.web.app import WebParts, create
from gateway.web.server import WebServer
from speech.events import TranscriptSegment
from tests.cdr.script import CITIZEN, START, Script, answered_call
from tests.cdr.world import ACCEPTOR, AGENT, DISPATCHER, OTHER_AGENT, SUPERVISOR, World
from tests.gateway.unguarded import Unguarded


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


class Web:
    """The real web server with the ledger's routes."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self._client = client

    async def get(self, path: str, *, headers: Mapping[str, str] | None = None, **params: str) -> Answer:
        async with self._client.get(f"/api{path}", headers=headers, params=params or None) as answer:
            return Answer(answer.status, answer.headers, await answer.read())


@pytest.fixture
async def web(world: World, tmp_path: Path) -> AsyncIterator[Web]:
    app = create(WebParts([router(world.ledger, world.who)], tmp_path, lambda: (), Unguarded()))
    server = WebServer(app, WebSettings(port=0))
    await server.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as client:
        yield Web(client)
    await server.stop()


@pytest.fixture
async def told(world: World) -> Script:
    """One whole call of li.na's, with sound and words."""
    story = answered_call()
    await world.take_in(story)
    world.sound(story)
    await world.settle()
    call = call_id("songhua", story.ids["trunk"])
    await world.ledger.keep_segment(
        TranscriptSegment(
            call_id=call, leg_id=leg_id("songhua", story.ids["trunk"]), segment_id=uuid4(), speaker="citizen",
            text="路灯不亮", final=True, start_s=0, end_s=1, started_at=story.now, language="zh",
            engine="fake",
        )
    )  # fmt: skip
    await world.ledger.record("draft", uuid4(), {"address": "南通大街"}, call_ids=[call])
    return story


def call_of(told: Script) -> UUID:
    return call_id("songhua", told.ids["trunk"])


async def test_nobody_is_nobody(web: Web, told: Script) -> None:
    for path in ("/ledger/calls", f"/ledger/calls/{call_of(told)}", f"/calls/{call_of(told)}/transcript"):
        assert (await web.get(path)).status == 401


async def test_the_list_masks_numbers(world: World, web: Web, told: Script) -> None:
    world.actor = DISPATCHER
    answer = await web.get("/ledger/calls", number=CITIZEN)
    [line] = answer.json()["calls"]
    assert (line["number"], line["name"], line["outcome"]) == ("138••••1234", "•••", "answered")
    assert CITIZEN not in answer.text


async def test_the_list_is_bounded_by_time(world: World, web: Web) -> None:
    for n in range(3):
        await world.take_in(answered_call(Script(1_000 * n, start=START + timedelta(hours=n))))
    world.actor = SUPERVISOR
    since = (START + timedelta(minutes=30)).isoformat()
    until = (START + timedelta(minutes=90)).replace(tzinfo=None).isoformat()
    answer = await web.get("/ledger/calls", since=since, until=until)
    assert [line["started_at"][:13] for line in answer.json()["calls"]] == ["2026-11-25T14"]
    assert (await web.get("/ledger/calls", limit="201")).status == 422


async def test_one_id_leads_to_everything(world: World, web: Web, told: Script) -> None:
    world.actor = AGENT
    record = (await web.get(f"/ledger/calls/{told.ids['trunk']}")).json()
    assert record["call"]["call_id"] == str(call_of(told))
    assert record["call"]["chain_entry"] >= 1
    assert len(record["legs"]) == 2
    assert [one["state"] for one in record["recordings"]] == ["complete", "complete"]
    assert [one["text"] for one in record["transcript"]["segments"]] == ["路灯不亮"]
    assert [one["payload"] for one in record["drafts"]] == [{"address": "南通大街"}]
    assert record["call"]["number"] == "138••••1234"


async def test_who_was_not_on_the_call_reads_no_words(world: World, web: Web, told: Script) -> None:
    for stranger in (OTHER_AGENT, DISPATCHER):
        world.actor = stranger
        answer = await web.get(f"/ledger/calls/{call_of(told)}")
        assert answer.status == 200
        assert "路灯" not in answer.text
        assert "南通" not in answer.text
        assert (await web.get(f"/calls/{call_of(told)}/transcript")).status == 403


async def test_the_number_is_revealed_only_to_who_may_and_into_the_trail(
    world: World, web: Web, told: Script
) -> None:
    world.actor = OTHER_AGENT
    assert (await web.get(f"/ledger/calls/{call_of(told)}?reveal=true")).status == 403
    world.actor = SUPERVISOR
    answer = await web.get(f"/ledger/calls/{call_of(told)}?reveal=true")
    assert answer.json()["call"]["number"] == CITIZEN
    assert world.trail.entries == [("zhao", "reveal-call", f"call:{call_of(told)}")]


async def test_a_confidential_call_is_closed_to_others(world: World, web: Web, told: Script) -> None:
    await world.ledger.mark_confidential(call_of(told), True, "li.na")
    world.actor = OTHER_AGENT
    assert (await web.get(f"/ledger/calls/{call_of(told)}")).status == 403
    [line] = (await web.get("/ledger/calls")).json()["calls"]
    assert (line["confidential"], line["number"]) == (True, "•••")
    world.actor = AGENT
    assert (await web.get(f"/ledger/calls/{call_of(told)}")).status == 200


async def test_the_transcript(world: World, web: Web, told: Script) -> None:
    for person in (AGENT, SUPERVISOR):
        world.actor = person
        found = (await web.get(f"/calls/{call_of(told)}/transcript")).json()
        assert [(one["speaker"], one["text"]) for one in found["segments"]] == [("citizen", "路灯不亮")]
        assert found["gaps"] == []
    assert (await web.get(f"/calls/{uuid4()}/transcript")).json() == {"segments": [], "gaps": []}


HEAD = 58
"""Bytes of the header of a WAV file with A-law."""


async def recording_of(world: World) -> tuple[UUID, bytes]:
    async with world.storage.read() as connection:
        row = (await connection.execute(select(recordings).order_by(recordings.c.path).limit(1))).one()
    return row.recording_id, (world.recordings / row.path).read_bytes()


async def test_sound_is_heard_in_parts_and_written_into_the_trail(
    world: World, web: Web, told: Script
) -> None:
    recording, sound = await recording_of(world)
    world.actor = AGENT
    whole = await web.get(f"/ledger/recordings/{recording}")
    assert (whole.status, whole.headers["content-type"]) == (200, "audio/wav")
    head, played = whole.content[:HEAD], whole.content[HEAD:]
    assert (head[:4], head[8:12], played) == (b"RIFF", b"WAVE", sound)
    for first, last in ((100, 199), (0, HEAD - 1), (HEAD - 8, HEAD + 8), (HEAD, HEAD)):
        part = await web.get(f"/ledger/recordings/{recording}", headers={"Range": f"bytes={first}-{last}"})
        assert (part.status, part.content) == (206, whole.content[first : last + 1])
        assert part.headers["content-range"] == f"bytes {first}-{last}/{len(whole.content)}"
    end = await web.get(f"/ledger/recordings/{recording}", headers={"Range": "bytes=-10"})
    assert end.content == sound[-10:]
    assert world.trail.entries == [("li.na", "listen", f"recording:{recording}")] * 6


@pytest.mark.parametrize("stranger", [OTHER_AGENT, DISPATCHER])
async def test_sound_is_not_for_everybody(world: World, web: Web, told: Script, stranger: Actor) -> None:
    recording, _ = await recording_of(world)
    world.actor = stranger
    assert (await web.get(f"/ledger/recordings/{recording}")).status == 403
    assert world.trail.entries == []


class AcceptedBy:
    """Stands for the cases: this person accepts the case of this call."""

    def __init__(self, person: Actor, call: UUID) -> None:
        self._person = person
        self._call = call

    async def hears(self, actor: Actor, call_ids: Sequence[UUID]) -> bool:
        return actor.id == self._person.id and self._call in call_ids


async def test_who_accepts_the_case_hears_and_reads_its_call_and_is_in_the_trail(
    world: World, web: Web, told: Script
) -> None:
    recording, _ = await recording_of(world)
    call = call_of(told)
    world.ledger._ports = replace(world.ledger._ports, cases_to_accept=AcceptedBy(ACCEPTOR, call))
    other = Actor("zhang", "Zhang", frozenset({Role.ACCEPTOR}))
    both = Actor(ACCEPTOR.id, ACCEPTOR.name, frozenset({Role.DISPATCHER}))
    for stranger in (other, both):
        world.actor = stranger
        assert (await web.get(f"/ledger/recordings/{recording}")).status == 403
        assert (await web.get(f"/calls/{call}/transcript")).status == 403
        assert (await web.get(f"/ledger/calls/{call}")).json()["transcript"] is None
    world.actor = ACCEPTOR
    assert (await web.get(f"/ledger/recordings/{recording}")).status == 200
    assert world.trail.entries == [(ACCEPTOR.id, "listen", f"recording:{recording}")]
    assert (await web.get(f"/calls/{call}/transcript")).json()["segments"][0]["text"] == "路灯不亮"
    record = (await web.get(f"/ledger/calls/{call}")).json()
    assert record["transcript"]["segments"][0]["text"] == "路灯不亮"
    # The number stays masked, and what others have filed stays theirs.
    assert record["call"]["number"] == "138••••1234"
    assert "南通" not in json.dumps(record, ensure_ascii=False)
    assert (await web.get(f"/ledger/calls/{call}", reveal="true")).status == 403
    assert {act for who, act, _about in world.trail.views if who == ACCEPTOR.id} == {
        "read-transcript", "read-record"
    }  # fmt: skip
    await world.ledger.mark_confidential(call, True, "li.na")
    assert (await web.get(f"/ledger/recordings/{recording}")).status == 403
    assert (await web.get(f"/calls/{call}/transcript")).status == 403


async def test_without_the_trail_nothing_is_heard(
    world: World, web: Web, told: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording, _ = await recording_of(world)

    async def broken(*_: object) -> None:
        raise RuntimeError("no trail")

    monkeypatch.setattr(world.trail, "record", broken)
    world.actor = SUPERVISOR
    answer = await web.get(f"/ledger/recordings/{recording}")
    assert answer.status == 500
    assert b"RIFF" not in answer.content


async def test_sound_that_is_not_there_says_so(world: World, web: Web) -> None:
    story = answered_call()
    await world.take_in(story)
    async with world.storage.read() as connection:
        recording = (await connection.execute(select(recordings.c.recording_id).limit(1))).scalar_one()
    world.actor = SUPERVISOR
    answer = await web.get(f"/ledger/recordings/{recording}")
    assert (answer.status, answer.json()["type"]) == (409, "urn:songhua:problem:recording-not-ready")
    assert answer.json()["state"] == "expected"
    assert (await web.get(f"/ledger/recordings/{uuid4()}")).status == 404
    assert (await web.get(f"/ledger/calls/{uuid4()}")).json()["type"] == "urn:songhua:problem:unknown-call"


async def test_who_reads_words_or_looks_for_a_number_is_in_the_trail(
    world: World, web: Web, told: Script
) -> None:
    about = f"call:{call_of(told)}"
    world.actor = DISPATCHER  # sees no words and no number
    await web.get(f"/ledger/calls/{call_of(told)}")
    await web.get("/ledger/calls")
    assert world.trail.views == []
    for actor in (AGENT, SUPERVISOR):
        world.actor = actor
        await web.get(f"/ledger/calls/{call_of(told)}")
        await web.get(f"/calls/{call_of(told)}/transcript")
    for _again in range(2):
        await web.get("/ledger/calls", number=CITIZEN)
    assert world.trail.views == [
        (actor.id, act, about) for actor in (AGENT, SUPERVISOR) for act in ("read-record", "read-transcript")
    ]
    searched = [one for one in world.trail.entries if one[1] == "search-number"]
    assert searched == [(SUPERVISOR.id, "search-number", "number:138••••1234")] * 2
