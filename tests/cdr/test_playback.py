"""What was said in a talkgroup is found at its span, plain or encrypted, and only by who may; gaps are
told.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdr.http import router as ledger_router
from cdr.playback.http import router
from cdr.playback.model import (
    RATE,
    PlaybackPart,
    RecordingPiece,
    gaps,
    parts,
    samples_in,
    span,
    whole,
    without_silence,
)
from cdr.playback.service import PlaybackService
from cdr.ports import LiveSnapshot, OnAir
from cdr.recordings.talkgroups import TalkgroupFiles, named, sound_begins
from cdr.recordings.vault import keys
from cdr.recordings.vault.worker import EncryptionWorker
from cdr.retention import store
from cdr.retention.model import TalkgroupRule
from cdr.retention.talkgroups import TalkgroupRetention
from cdr.service import LedgerService
from cdr.transmissions.store import RecordedTransmission
from core.actor import Actor
from core.clock import ManualClock
from gateway.settings import WebSettings
from gateway.web.app import WebParts, create
from gateway.web.server import WebServer
from tests.cdr.ports import played_ports
from tests.cdr.test_http import Web
from tests.cdr.test_recordings import kept
from tests.cdr.world import AGENT, DISPATCHER, SUPERVISOR, Seats, World, whats
from tests.gateway.unguarded import Unguarded

GROUP = "app:daoli"
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
HEAD = 58


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


# --- pure -------------------------------------------------------------------------------------------------

PIECES = st.lists(st.tuples(st.floats(0, 500), st.integers(0, 100 * RATE)), max_size=6).map(
    lambda rows: [RecordingPiece(str(n), at(start), size) for n, (start, size) in enumerate(sorted(rows))]
)


@given(PIECES, st.floats(0, 300), st.floats(0.1, 300))
def test_what_is_played_is_as_long_as_the_time_and_each_moment_of_a_piece_is_where_it_was(
    pieces: list[RecordingPiece], since: float, seconds: float
) -> None:
    windows = whole(at(since), at(since + seconds))
    found = parts(pieces, windows)
    assert sum(part.samples for part in found) == samples_in(at(since), at(since + seconds))
    by_key = {piece.key: piece for piece in pieces}
    offset = 0
    for part in found:
        assert part.samples > 0
        if part.key is not None:
            piece = by_key[part.key]
            assert part.start + part.samples <= piece.samples
            heard = piece.began + timedelta(seconds=part.start / RATE)
            assert abs((heard - at(since)).total_seconds() - offset / RATE) < 0.002
        offset += part.samples


@given(PIECES, st.floats(0, 300), st.floats(0.1, 300))
def test_a_gap_is_told_wherever_no_piece_is_played(
    pieces: list[RecordingPiece], since: float, seconds: float
) -> None:
    begin, end = at(since), at(since + seconds)
    silent = sum(part.samples for part in parts(pieces, whole(begin, end)) if part.key is None)
    told = sum((gap.until - gap.since).total_seconds() for gap in gaps(pieces, begin, end))
    # Times too short to be told: at most one before each piece, and one after the last.
    assert told - 0.01 <= silent / RATE <= told + 0.1 * (len(pieces) + 1) + 0.01


def test_pieces_that_overlap_are_played_once_and_in_turn() -> None:
    pieces = [RecordingPiece("one", at(0), 10 * RATE), RecordingPiece("two", at(8), 10 * RATE)]
    assert parts(pieces, whole(at(5), at(15))) == [
        PlaybackPart("one", 5 * RATE, 5 * RATE),
        PlaybackPart("two", 2 * RATE, 5 * RATE),
    ]


def test_without_silence_only_talks_are_played_and_their_spans_follow() -> None:
    talks = [(at(10), at(12)), (at(12.4), at(13)), (at(100), at(101)), (at(900), at(950))]
    windows = without_silence(talks, at(0), at(600))
    assert [(one.since, one.until) for one in windows] == [(at(9.7), at(13.3)), (at(99.7), at(101.3))]
    last = span(windows, at(100), at(101))
    assert last is not None
    assert (last.from_s, last.until_s) == (3.9, 4.9)
    assert span(windows, at(50), at(60)) is None


def test_a_name_says_the_talkgroup_and_the_beginning() -> None:
    leg = f"tap-rec-{uuid4()}-2"
    found = named(f"tg-20261126/svx*4011.1795694400123.{leg}.alaw")
    assert found is not None
    assert (found.talkgroup, found.leg) == ("svx:4011", leg)
    assert found.began_at == datetime(2026, 11, 26, 12, 0, 0, 123_000, tzinfo=UTC)


@given(st.text(max_size=60))
def test_any_other_name_is_none(name: str) -> None:
    assert named(name) is None
    assert named(f"tg-20261126/{name}") is None


# --- files and rows ---------------------------------------------------------------------------------------


class Switch:
    """What the switch has; None: no link."""

    def __init__(self) -> None:
        self.alive: frozenset[str] | None = frozenset()

    async def snapshot(self) -> LiveSnapshot | None:
        return None if self.alive is None else LiveSnapshot(self.alive)


class Groups:
    """Implements `TalkgroupAccess`."""

    def __init__(self) -> None:
        self.monitors = {GROUP: {DISPATCHER.id, SUPERVISOR.id}}
        self.talker: OnAir | None = None

    async def may_monitor(self, group: str, actor: Actor) -> bool | None:
        known = self.monitors.get(group)
        return None if known is None else actor.id in known

    def on_air(self, group: str) -> OnAir | None:
        return self.talker


class Air:
    """A talkgroup with files as recorders leave them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = ManualClock(NOW)
        world.storage.clock = self.clock
        self.switch, self.groups = Switch(), Groups()
        ports = played_ports(
            storage=world.storage,
            bus=world.bus,
            audit=world.trail,
            actor=world.who,
            roster=Seats(),
            talkgroups=self.groups,
        )
        self.ledger, self.playback = (
            LedgerService(world.settings, ports),
            PlaybackService(world.settings, ports),
        )
        self.files = TalkgroupFiles(
            world.storage, world.recordings, "songhua", still_s=2, blind_s=3600, live=self.switch
        )

    def file(self, began: float, seconds: float, *, age: float = 10.0) -> tuple[Path, str]:
        """The file, and the uniqueid of its recorder."""
        leg = f"tap-rec-{uuid4()}-2"
        stamp = round(at(began).timestamp() * 1000)
        file = self.world.alaw(f"tg-20261126/app*daoli.{stamp}.{leg}.alaw", seconds, age)
        # Nobody wrote to it since the sound ended.
        return file, leg

    async def talk(
        self, began: float, ended: float, party: str = "app:17", **more: Any
    ) -> RecordedTransmission:
        said = {"cause": "", "end_seen": True, "came_from": "", "emergency": False, **more}
        talk = RecordedTransmission(
            uuid4(), GROUP, party, f"组 {party}", 5, uuid4(),
            began_at=at(began), ended_at=at(ended), **said,
        )  # fmt: skip
        assert await self.ledger.keep_talk(talk)
        return talk

    async def wrong(self) -> list[str]:
        """What an auditor finds."""
        await self.world.signer.sign_once()
        return whats(await self.world.verify(files=True))

    async def settle(self) -> int:
        await self.files.look()
        return await self.files.settle()


@pytest.fixture
def air(world: World) -> Air:
    return Air(world)


@pytest.fixture
def any_air(any_world: World) -> Air:
    return Air(any_world)


async def test_a_file_is_settled_when_the_switch_knows_its_recorder_no_more(any_air: Air) -> None:
    air = any_air
    _, leg = air.file(-30, 20)
    air.switch.alive = frozenset({leg})
    assert await air.settle() == 0
    (row,) = await kept(air.world)
    assert (row.state, row.talkgroup, row.began_at, row.track) == ("expected", GROUP, at(-30), "mix")
    air.switch.alive = None
    assert await air.settle() == 0
    air.switch.alive = frozenset()
    assert await air.settle() == 1
    assert await air.settle() == 0
    (row,) = await kept(air.world)
    assert (row.state, row.duration_s, row.call_id) == ("complete", 20.0, None)
    assert row.ended_at is not None
    assert await air.wrong() == []


def test_when_the_sound_began_is_seen_from_its_end() -> None:
    assert sound_begins(at(0), at(20.5), 20 * RATE) == at(0.5)
    # A file that was copied, and one of a switch that stood still.
    assert sound_begins(at(0), at(86_400), 20 * RATE) == at(0)
    assert sound_begins(at(0), at(19), 20 * RATE) == at(0)


async def test_a_file_that_is_written_to_is_left_alone_and_one_of_a_dead_switch_is_settled_in_the_end(
    air: Air,
) -> None:
    air.file(-30, 20, age=0.5)
    assert await air.settle() == 0
    air.switch.alive = None
    air.file(-7200, 20, age=3700)
    assert await air.settle() == 1


async def test_a_talk_is_kept_once_and_a_changed_row_is_found(any_air: Air) -> None:
    talk = await any_air.talk(-20, -15)
    assert not await any_air.ledger.keep_talk(talk)
    assert await any_air.wrong() == []
    async with any_air.world.storage.write() as transaction:
        await transaction.connection.exec_driver_sql("UPDATE cdr_talks SET party = 'app:18'")
    assert await any_air.wrong() == ["record-changed"]


# --- who hears what ---------------------------------------------------------------------------------------


@pytest.fixture
async def web(air: Air, tmp_path: Path) -> AsyncIterator[Web]:
    routers = [router(air.playback, air.world.who), ledger_router(air.ledger, air.world.who)]
    server = WebServer(create(WebParts(routers, tmp_path, lambda: (), Unguarded())), WebSettings(port=0))
    await server.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as client:
        yield Web(client)
    await server.stop()


async def test_the_last_minutes_are_played_with_what_is_being_written_and_each_talk_at_its_span(
    web: Web, air: Air
) -> None:
    first, _ = air.file(-100, 62)
    live, leg = air.file(-40, 39.5, age=0.2)
    air.switch.alive = frozenset({leg})
    assert await air.settle() == 1
    await air.talk(-90, -85)
    await air.talk(-20, -15, "app:18", emergency=True)
    air.world.actor = DISPATCHER
    answer = await web.get(f"/talkgroups/{GROUP}/playback", seconds="80")
    assert answer.status == 200
    # Until now is until where the file that is being written ends: half a second ago.
    body = answer.content[HEAD:]
    sound = first.read_bytes(), live.read_bytes()
    assert body == sound[0][round(19.5 * RATE) :] + sound[1][2 * RATE :]
    assert len(body) == 80 * RATE
    told = (await web.get(f"/talkgroups/{GROUP}/playback/transmissions", seconds="80")).json()
    assert told["gaps"] == []
    assert [(one["party"], one["from_s"], one["until_s"], one["emergency"]) for one in told["talks"]] == [
        ("app:18", 60.5, 65.5, True)
    ]
    part = await web.get(
        f"/talkgroups/{GROUP}/playback", headers={"Range": f"bytes={HEAD + 8}-{HEAD + 15}"},
        seconds="80", until=told["until"],
    )  # fmt: skip
    assert (part.status, part.content) == (206, body[8:16])
    assert [(who, what) for who, what, _ in air.world.trail.entries] == [
        (DISPATCHER.id, "listen"), (DISPATCHER.id, "list-talks"), (DISPATCHER.id, "listen"),
    ]  # fmt: skip
    assert all(subject.startswith(f"talkgroup:{GROUP} 20") for *_, subject in air.world.trail.entries)


async def test_without_silence_talks_follow_each_other_and_what_is_missing_is_told(
    web: Web, air: Air
) -> None:
    file, _ = air.file(-100, 30)
    assert await air.settle() == 1
    await air.talk(-95, -90)
    await air.talk(-72, -68, "patch:svx:4011", came_from="svx:4011", cause="restarted", end_seen=False)
    air.world.actor = SUPERVISOR
    told = (
        await web.get(f"/talkgroups/{GROUP}/playback/transmissions", seconds="110", silence="drop")
    ).json()
    assert [(one["from_s"], one["until_s"], one["recorded_s"]) for one in told["talks"]] == [
        (0.3, 5.3, 5.0), (5.9, 9.9, 2.0),
    ]  # fmt: skip
    assert [(one["talked_s"]) for one in told["gaps"]] == [0.0, 2.0]
    body = (await web.get(f"/talkgroups/{GROUP}/playback", seconds="110", silence="drop")).content[HEAD:]
    assert len(body) == round(10.2 * RATE) == round(told["seconds"] * RATE)
    sound = file.read_bytes()
    assert body[: 5 * RATE] == sound[round(4.7 * RATE) :][: 5 * RATE]
    assert set(body[8 * RATE :]) == {0xD5}, "what no recorder heard is silence"


async def test_who_talks_now_is_in_it_without_an_end(web: Web, air: Air) -> None:
    _, leg = air.file(-40, 39.9, age=0.1)
    air.switch.alive = frozenset({leg})
    await air.settle()
    air.groups.talker = OnAir("app:17", "组", 5, emergency=False, since=at(-4))
    air.world.actor = DISPATCHER
    (talk,) = (await web.get(f"/talkgroups/{GROUP}/playback/transmissions", seconds="30")).json()["talks"]
    assert (talk["ended_at"], talk["until_s"]) == (None, 30.0)
    assert (talk["from_s"], talk["recorded_s"]) == (26.1, 3.9)


async def test_who_may_not_monitor_hears_nothing_and_sees_nothing(web: Web, air: Air) -> None:
    air.file(-100, 30)
    await air.settle()
    await air.talk(-95, -90)
    (row,) = await kept(air.world)
    air.groups.monitors[GROUP] = {SUPERVISOR.id, AGENT.id}
    paths = (
        f"/talkgroups/{GROUP}/playback",
        f"/talkgroups/{GROUP}/playback/transmissions",
        f"/ledger/recordings/{row.recording_id}",
        f"/ledger/recordings/{row.recording_id}/talks",
    )
    for who in (AGENT, DISPATCHER):
        air.world.actor = who
        assert [(await web.get(path)).status for path in paths] == [403] * 4
    assert air.world.trail.entries == []
    air.world.actor = SUPERVISOR
    assert [(await web.get(path)).status for path in paths] == [200] * 4
    assert (await web.get("/talkgroups/app:nowhere/playback")).status == 404
    assert len(air.world.trail.entries) == 4


async def test_of_one_recording_the_spans_are_told(web: Web, air: Air) -> None:
    air.file(-100, 30)
    await air.settle()
    await air.talk(-95, -90.5)
    await air.talk(-71, -60, "app:18")
    (row,) = await kept(air.world)
    air.world.actor = SUPERVISOR
    told = (await web.get(f"/ledger/recordings/{row.recording_id}/talks")).json()
    assert [(one["party"], one["from_s"], one["until_s"]) for one in told["talks"]] == [
        ("app:17", 5.0, 9.5), ("app:18", 29.0, 30.0),
    ]  # fmt: skip


async def test_encrypted_pieces_are_played_as_they_were(web: Web, air: Air) -> None:
    world = air.world
    file, _ = air.file(-100, 40)
    await air.settle()
    sound = file.read_bytes()
    keys.init(world.settings.recordings_key_file, NOW)
    vault = EncryptionWorker(
        world.storage, world.recordings, "songhua", world.settings.recordings_key_file, required=True
    )
    assert await vault.encrypt_once() == 1
    assert not file.exists()
    world.actor = SUPERVISOR
    answer = await web.get(f"/talkgroups/{GROUP}/playback", seconds="20", until=at(-70).isoformat())
    assert answer.content[HEAD:] == sound[10 * RATE : 30 * RATE]
    assert await air.wrong() == []
    # A file is found again by nobody who looks for new ones.
    assert await air.files.look() == 0
    assert len(await kept(world)) == 1


# --- how long it is kept ----------------------------------------------------------------------------------


async def test_old_pieces_and_pieces_of_silence_are_erased_unless_they_are_held(any_air: Air) -> None:
    air = any_air
    world = air.world
    said, _ = air.file(-4000, 30, age=4000)
    silent, _ = air.file(-3000, 30, age=3000)
    for file, began in ((said, -4000), (silent, -3000)):
        ended = at(began + 30).timestamp()
        os.utime(file, (ended, ended))
    assert await air.settle() == 2
    await air.talk(-3990, -3980)
    air.clock.advance(86_400)
    rules = [TalkgroupRule(days=90), TalkgroupRule(days=7, talkgroups=("svx:",))]
    retention = TalkgroupRetention(world.storage, world.recordings, rules, 12)
    hold = uuid4()
    async with world.storage.write() as transaction:
        await store.set_hold(
            transaction, hold, f"talkgroup:{GROUP}", reason="court", by="sun", now=air.clock.now()
        )
    assert (await retention.run_once()).held == 1
    async with world.storage.write() as transaction:
        await store.lift_hold(transaction, hold, reason="over", by="sun", op_id=uuid4(), now=air.clock.now())
    assert (await retention.run_once(dry_run=True)).silent == 1
    assert silent.exists()
    report = await retention.run_once()
    assert (report.old, report.silent, report.held) == (0, 1, 0)
    assert said.exists()
    assert not silent.exists()
    air.clock.advance(90 * 86_400)
    assert (await retention.run_once()).old == 1
    assert not said.exists()
    assert [row.state for row in await kept(world)] == ["erased", "erased"]
    assert await air.wrong() == []


async def test_the_former_paths_of_playback_still_answer(web: Web, air: Air) -> None:
    """For programs that know the paths as they were before; docs/glossary.md lists them."""
    air.world.actor = DISPATCHER
    answers = [
        (await web.get(f"/talkgroups/{GROUP}/{path}", seconds="30", until=at(0).isoformat())).json()
        for path in ("recall/talks", "playback/transmissions")
    ]
    assert answers[0] == answers[1]
    assert answers[0]["talkgroup"] == GROUP
