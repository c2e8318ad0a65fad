"""The ledger beside a real Asterisk: real calls, real CEL lines, real recordings, a real kill."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from cdr.audit import show, verify
from cdr.calls.store import calls
from cdr.cel.store import rows
from cdr.chain.keys import init_key
from cdr.complete import BUFFER_S
from cdr.ports import LiveSnapshot
from cdr.room import CdrRoom, build
from cdr.settings import CdrSettings
from core.storage import Storage
from gateway.asterisk.settings import QueueSettings
from tests.cdr.ports import played_ports
from tests.cdr.world import HandedBus, Seats, Trail
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.baresip import BaresipPhone
from tests.peers.running import running
from tests.peers.sipp import SippCaller
from tests.waiting import until

pytestmark = pytest.mark.real

RTP_PORTS = 60
CITIZEN = "13904510001"
KILLED_LOSES_S = BUFFER_S + 0.4
"""Asterisk writes 32,768 bytes at a time: 4.1 s of A-law, and a little for what is under way."""


class Channels:
    """What this Asterisk says is alive, by its command line; None while it does not answer."""

    def __init__(self, switch: AsteriskPeer) -> None:
        self._switch = switch

    async def snapshot(self) -> LiveSnapshot | None:
        if not self._switch.program.running:
            return None
        text = await asyncio.to_thread(self._switch.rx, "core show channels concise")
        return LiveSnapshot(frozenset(line.rsplit("!", 1)[-1] for line in text.splitlines() if "!" in line))


class Ami:
    """Just enough of AMI to transfer a call as a desk would."""

    def __init__(self, switch: AsteriskPeer) -> None:
        self._switch = switch

    async def do(self, **headers: str) -> str:
        user = self._switch.settings.ami
        reader, writer = await asyncio.open_connection("127.0.0.1", self._switch.ports.ami)
        login = {
            "Action": "Login",
            "Username": user.name,
            "Secret": user.secret.get_secret_value(),
            "Events": "off",
        }
        for action in (login, headers):
            writer.write("".join(f"{key}: {value}\r\n" for key, value in action.items()).encode() + b"\r\n")
        answers = b""
        while answers.count(b"Response:") < 2:
            answers += await asyncio.wait_for(reader.read(4_096), 20)
        writer.close()
        await writer.wait_closed()
        return answers.decode()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def without_gateway(folder: Path) -> AsteriskPeer:
    """No gateway: the queue rings agent-1 from the configuration."""
    queue = QueueSettings(name="hotline", ring_seconds=20, fallback_members=("agent-1",))
    return AsteriskPeer(
        private_settings(
            folder,
            agents=(agent("agent-1"), agent("agent-2")),
            queues=(queue,),
            prompts=short_prompts(folder / "prompts"),
            rtp_ports=RTP_PORTS,
        )
    )


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskPeer]:
    with running(without_gateway(tmp_path_factory.mktemp("switch"))) as peer:
        allow_feature_codes(peer)
        yield peer


@pytest.fixture
def switch(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AsteriskPeer]:
    """The file's switch with no line and no recording in it, or one of the test's own that it may kill."""
    if request.node.get_closest_marker("own_process"):
        with running(without_gateway(tmp_path / "switch")) as own:
            yield own
        return
    shared: AsteriskPeer = request.getfixturevalue("shared")
    yield shared
    shared.rx("channel request hangup all")
    shared.wait_idle(20)
    for file in shared.cel.parent.glob("calls.csv*"):
        file.unlink()
    for file in shared.recordings.rglob("*.alaw"):
        file.unlink()


@pytest.fixture
async def ledger(switch: AsteriskPeer, storage: Storage, tmp_path: Path) -> AsyncIterator[CdrRoom]:
    """The room of the ledger on this Asterisk's own files."""
    key = tmp_path / "chain.key"
    init_key(key)
    settings = CdrSettings(
        cel_file=switch.cel,
        recordings=switch.recordings,
        trunks=["trunk"],
        key_file=key,
        heads_file=tmp_path / "chain.heads",
        poll_s=0.1,
        recording_poll_s=0.3,
        recording_still_s=0.5,
        recording_missing_s=20,
        close_poll_s=0.5,
        close_after_s=2,
        sign_every_s=0.3,
    )
    ports = played_ports(
        storage=storage,
        bus=HandedBus(),
        audit=Trail(),
        actor=nobody,
        roster=Seats(),
        live_calls=Channels(switch),
    )
    room = build(settings, ports)
    await room.start()
    yield room
    await room.stop()


async def nobody() -> Any:
    raise AssertionError("no route is asked here")


@pytest.fixture
def phone_of(switch: AsteriskPeer, stack: ExitStack, tmp_path: Path) -> Callable[..., BaresipPhone]:
    def make(name: str, **more: Any) -> BaresipPhone:
        secret = next(one.secret.get_secret_value() for one in switch.settings.agents if one.name == name)
        phone = BaresipPhone(tmp_path / name, name=name, secret=secret, switch_port=switch.ports.sip, **more)
        stack.callback(phone.close)
        phone.start()
        return phone

    return make


@pytest.fixture
def citizen(switch: AsteriskPeer, stack: ExitStack, tmp_path: Path) -> Callable[..., SippCaller]:
    speech = audio.to_ulaw(audio.tone(tmp_path / "citizen.wav", 1000, 20), tmp_path / "citizen.ulaw")
    count = 0

    def dial(number: str = CITIZEN) -> SippCaller:
        nonlocal count
        count += 1
        caller = SippCaller(
            tmp_path / f"caller-{count}",
            switch_port=switch.ports.sip,
            speech=speech,
            seconds=60,
            caller=number,
        )
        stack.callback(caller.close)
        caller.dial()
        return caller

    return dial


async def recorded(storage: Storage, number: str = CITIZEN) -> dict[str, Any]:
    """The record of this caller's call, once it is over and its recordings are settled."""
    its_call = select(calls.c.call_id).where(
        calls.c.number == number, calls.c.ended_at.is_not(None), calls.c.merged_into.is_(None)
    )

    async def settled() -> dict[str, Any] | None:
        async with storage.read() as connection:
            ids = list((await connection.execute(its_call)).scalars())
        if not ids:
            return None
        assert len(ids) == 1
        record = await show(storage, str(ids[0]))
        done = all(one["state"] != "expected" for one in record["recordings"])
        return record if done else None

    return await until(settled, f"settled record of {number}", within=30) or {}


async def whole(room: CdrRoom, storage: Storage, switch: AsteriskPeer) -> None:
    """Every line of the file is a row, and the ledger verifies to the last byte of sound."""

    async def imported() -> bool:
        async with storage.read() as connection:
            kept = (await connection.execute(select(func.count()).select_from(rows))).scalar_one()
        lines = sum(file.read_bytes().count(b"\n") for file in switch.cel.parent.glob("calls.csv*"))
        assert kept <= lines
        return bool(kept == lines)

    await until(imported, "complete CEL")
    settings = room._settings
    report = await verify(storage, settings.key_file, settings.heads_file, recordings=switch.recordings)
    assert report.findings == []
    assert report.entries > 0


async def talking(switch: AsteriskPeer) -> None:
    def both_up() -> bool:
        return switch.rx("core show channels concise").count("!Up!") >= 2

    await until(both_up, "talk", within=30)


async def shown(switch: AsteriskPeer, what: str) -> None:
    """Wait until the switch lists a channel with this in its line."""
    await until(lambda: what in switch.rx("core show channels concise"), what, within=30)


async def test_a_call_is_in_the_ledger_with_legs_and_both_recordings(
    ledger: CdrRoom, storage: Storage, switch: AsteriskPeer, phone_of: Any, citizen: Any
) -> None:
    phone_of("agent-1")
    caller = citizen()
    await talking(switch)
    await hang_up_after(4, caller)
    record = await recorded(storage)
    call = record["call"]
    assert (call["outcome"], call["closed_by"], call["direction"], call["queue"]) == (
        "answered", "asterisk", "inbound", "hotline",
    )  # fmt: skip
    assert 1 < call["talk_s"] < 6
    assert [(leg["party"], leg["endpoint"]) for leg in record["legs"]] == [
        ("citizen", "trunk"), ("agent", "agent-1"),
    ]  # fmt: skip
    assert [(ring["endpoint"], ring["answered"]) for ring in call["rings"]] == [("agent-1", True)]
    assert [one["track"] for one in record["recordings"]] == ["in", "out"]
    for one in record["recordings"]:
        file = switch.recordings / one["path"]
        assert (one["state"], one["sha256"]) == ("complete", hashlib.sha256(file.read_bytes()).hexdigest())
        assert 3 < one["duration_s"] < 7
    await whole(ledger, storage, switch)


async def test_who_gives_up_is_told_apart_by_where(
    ledger: CdrRoom, storage: Storage, switch: AsteriskPeer, phone_of: Any, citizen: Any
) -> None:
    phone_of("agent-1", answer="manual")
    waiting = citizen("13904510002")
    await shown(switch, "PJSIP/agent-1")
    await hang_up_after(1, waiting)
    in_queue = await recorded(storage, "13904510002")
    assert in_queue["call"]["outcome"] == "abandoned_queue"
    assert [(ring["endpoint"], ring["answered"]) for ring in in_queue["call"]["rings"]] == [
        ("agent-1", False)
    ]
    hasty = citizen("13904510003")
    await shown(switch, "!Read!")
    await hang_up_after(0, hasty)
    greeted = await recorded(storage, "13904510003")
    assert greeted["call"]["outcome"] == "abandoned_greeting"
    await whole(ledger, storage, switch)


async def test_a_blind_transfer_is_one_call_with_two_agents(
    ledger: CdrRoom, storage: Storage, switch: AsteriskPeer, phone_of: Any, citizen: Any
) -> None:
    phone_of("agent-1")
    phone_of("agent-2")
    caller = citizen()
    await talking(switch)
    await asyncio.sleep(1)
    agent_channel = channel_of(switch, "agent-1")
    answer = await Ami(switch).do(
        Action="BlindTransfer", Channel=agent_channel, Exten="agent-2", Context="desk"
    )
    assert "Success" in answer.rpartition("Response:")[2]
    await until(lambda: up(switch, "agent-2"), "talk with agent-2", within=30)
    await hang_up_after(2, caller)
    record = await recorded(storage)
    assert record["call"]["outcome"] == "answered"
    assert [(one["kind"], one["by"], one["to"]) for one in record["call"]["transfers"]] == [
        ("blind", "agent-1", "agent-2")
    ]
    talks = {leg["endpoint"]: leg["talk_s"] for leg in record["legs"]}
    assert talks["agent-1"] > 0
    assert talks["agent-2"] > 1
    await whole(ledger, storage, switch)


async def test_an_attended_transfer_is_one_call_whatever_its_linkedids(
    ledger: CdrRoom, storage: Storage, switch: AsteriskPeer, phone_of: Any, citizen: Any
) -> None:
    phone_of("agent-1")
    phone_of("agent-2")
    caller = citizen()
    await talking(switch)
    first = channel_of(switch, "agent-1")
    answer = await Ami(switch).do(Action="Atxfer", Channel=first, Exten="802", Context="desk")
    assert "Success" in answer.rpartition("Response:")[2]
    await until(lambda: up(switch, "agent-2"), "talk with agent-2", within=30)
    await asyncio.sleep(1.5)
    await Ami(switch).do(Action="Hangup", Channel=first)
    await hang_up_after(2, caller)
    record = await recorded(storage)
    talks = {leg["endpoint"]: leg["talk_s"] for leg in record["legs"] if leg["party"] == "agent"}
    assert talks["agent-1"] > 0
    assert talks["agent-2"] > 1
    (transfer,) = record["call"]["transfers"]
    assert (transfer["kind"], transfer["by"]) == ("attended", "agent-1")
    assert transfer["to"] in {"802", ""}, "Asterisk does not always say whom it was passed to"
    await whole(ledger, storage, switch)


async def test_rotation_in_the_middle_of_a_call(
    ledger: CdrRoom, storage: Storage, switch: AsteriskPeer, phone_of: Any, citizen: Any
) -> None:
    phone_of("agent-1")
    caller = citizen()
    await talking(switch)
    switch.cel.rename(switch.cel.with_name("calls.csv.1"))
    await hang_up_after(2, caller)
    record = await recorded(storage)
    assert (record["call"]["outcome"], record["call"]["closed_by"]) == ("answered", "asterisk")
    await whole(ledger, storage, switch)


@pytest.mark.own_process
async def test_after_a_kill_the_reader_closes_the_call_and_the_next_is_its_own(
    ledger: CdrRoom, storage: Storage, switch: AsteriskPeer, phone_of: Any, citizen: Any
) -> None:
    phone = phone_of("agent-1")
    caller = citizen("13904510004")
    await talking(switch)
    began = time.monotonic()
    await asyncio.sleep(2 + KILLED_LOSES_S)
    switch.kill()
    talked = time.monotonic() - began
    await asyncio.sleep(1)
    caller.close()
    phone.close()
    await asyncio.to_thread(switch.restart)
    cut = await recorded(storage, "13904510004")
    assert (cut["call"]["closed_by"], cut["call"]["outcome"]) == ("reader", "answered")
    assert all(leg["ended_at"] for leg in cut["legs"])
    assert [one["state"] for one in cut["recordings"]] == ["complete", "complete"]
    assert all(one["duration_s"] > talked - KILLED_LOSES_S for one in cut["recordings"])
    phone_of("agent-1")
    following = citizen("13904510005")
    await talking(switch)
    await hang_up_after(1, following)
    after = await recorded(storage, "13904510005")
    assert after["call"]["closed_by"] == "asterisk"
    assert after["call"]["call_id"] != cut["call"]["call_id"]
    await whole(ledger, storage, switch)


def allow_feature_codes(switch: AsteriskPeer) -> None:
    """AMI's Atxfer dials like an agent's keys do, which our own dialplan leaves to the desk."""
    etc = switch.settings.directories.etc
    for part, now, then in (
        ("reach", "Queue(${QUEUE_NAME},ci,", "Queue(${QUEUE_NAME},cit,"),
        ("desk", "[desk]\n", "[desk]\nexten => 802,1,Dial(PJSIP/agent-2,20)\n"),
    ):
        file = etc / "dialplan" / f"{part}.conf"
        text = file.read_text()
        assert now in text
        file.write_text(text.replace(now, then))
    (etc / "features.conf").write_text("[general]\n[featuremap]\natxfer = *2\n")
    switch.rx("dialplan reload")
    switch.rx("module reload features")


async def hang_up_after(seconds: float, caller: SippCaller) -> None:
    await asyncio.sleep(seconds)
    await asyncio.to_thread(caller.hang_up)


def channel_of(switch: AsteriskPeer, endpoint: str) -> str:
    lines = switch.rx("core show channels concise").splitlines()
    return next(line.partition("!")[0] for line in lines if line.startswith(f"PJSIP/{endpoint}-"))


def up(switch: AsteriskPeer, endpoint: str) -> bool:
    lines = switch.rx("core show channels concise").splitlines()
    return any(line.startswith(f"PJSIP/{endpoint}-") and "!Up!" in line for line in lines)
