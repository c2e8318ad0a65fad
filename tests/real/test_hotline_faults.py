"""Each fault of a call centre under steady traffic, repeated: no caller without a person, no record lost or
doubled, the state right within two seconds, memory flat. Each writes its row of docs/reliability.md.

`scripts/test` causes each fault briefly; the lengths that count are those of `scripts/faults`.
"""

from __future__ import annotations

import os
import random
import resource
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from statistics import median
from typing import Any

import psutil
import pytest

from tests.peers.ports import free_port, release
from tests.peers.program import PeerFailed
from tests.real.faults import garbage
from tests.real.faults.city import City, until
from tests.real.faults.traffic import Traffic
from tests.real.faults.verdict import Watch
from tests.real.unread_desk import UnreadDesk

# Seconds to the right state count here: nothing else may have the machine.
pytestmark = [pytest.mark.real, pytest.mark.alone, pytest.mark.timeout(3600)]

KILLS = int(os.environ.get("SONGHUA_FAULT_KILLS", "2"))
CUTS = int(os.environ.get("SONGHUA_FAULT_AMI_CUTS", "2"))
CUT_EVERY_S = 5.0
OUTAGE_S = float(os.environ.get("SONGHUA_FAULT_OUTAGE_S", "6"))
HALF_OPEN = int(os.environ.get("SONGHUA_FAULT_HALF_OPEN", "300"))
STALL_S = float(os.environ.get("SONGHUA_FAULT_STALL_S", "12"))
GARBAGE = int(os.environ.get("SONGHUA_FAULT_GARBAGE", "2000"))
RATE = 1.0
ANSWERS_WITHIN_S, FIRST_ANSWERS = 0.2, 20


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with City(tmp_path_factory.mktemp("city")) as city:
        yield city


@pytest.fixture
def city(shared: City) -> City:
    """Nobody on the line and every part up: what an earlier fault left is no excuse."""
    if not shared.broker.program.running:
        shared.broker.start()
    shared.switch.rx("channel request hangup all")
    shared.switch.wait_idle(20)
    shared.service.wait_healthy("asterisk", "hotline", "ivr", "storage", "mqtt", timeout=40)
    return shared


def test_gateway_killed_again_and_again(city: City) -> None:
    watch = Watch(city, "gateway killed (kill -9)", f"{KILLS} times under calls, up to 3 s after it was back")
    chance = random.Random(112)
    with Traffic(city, rate=RATE):
        time.sleep(3)
        for _ in range(KILLS):
            city.kill_gateway()
            until(lambda: not _answers(city), "end of the gateway", 5)
            watch.right(city.wait_linked(30))
            time.sleep(chance.uniform(0.2, 3))
    watch.close()


def test_ami_cut_every_five_seconds(city: City) -> None:
    watch = Watch(city, "AMI link cut", f"every {CUT_EVERY_S:.0f} s, {CUTS} times")
    with Traffic(city, rate=RATE):
        for _ in range(CUTS):
            began, connections = time.monotonic(), len(city.link.opened)
            city.link.cut()
            city.link.wait_opened(connections, 5)
            watch.right(city.link.opened[-1])
            time.sleep(max(0.0, CUT_EVERY_S - (time.monotonic() - began)))
    watch.close()


def test_ami_reader_so_slow_that_asterisk_closes_it(city: City) -> None:
    watch = Watch(
        city, "AMI not read until Asterisk closes the session", f"stalled for {STALL_S:.0f} s under calls"
    )
    with Traffic(city, rate=3):
        time.sleep(3)
        connections = len(city.link.opened)
        city.link.stall()
        until(lambda: "0 users" in _ami_users(city), "session closed by the switch", STALL_S + 30)
        time.sleep(max(0.0, STALL_S - 5))
        city.link.flow()
        city.link.wait_opened(connections, 10)
        watch.right(city.wait_linked(10))
    watch.close()


def test_broker_stopped(city: City) -> None:
    watch = Watch(city, "broker stopped", f"for {OUTAGE_S:.0f} s")
    with Traffic(city, rate=RATE):
        time.sleep(2)
        city.broker.kill()
        time.sleep(OUTAGE_S / 2)
        watch.right(time.monotonic())
        time.sleep(OUTAGE_S / 2)
        city.broker.start()
        watch.right(time.monotonic())
        until(lambda: _part(city, "mqtt") == "up", "link to the broker", 15)
    watch.close()


@pytest.mark.parametrize("how", ["restarted", "killed"])
def test_asterisk_gone(city: City, how: str) -> None:
    watch = Watch(city, f"Asterisk {how}", "once under calls; what was on the line ends with it")
    with Traffic(city, rate=RATE, talk_s=16):
        time.sleep(6)
        if how == "killed":
            city.switch.kill()
        else:
            city.switch.stop()
        before = city.cel.now()
        city.switch.restart()
        back = time.monotonic()
        watch.right(max(back, city.wait_linked(10)))
        time.sleep(12)
    # Whoever came before it was gone has been put through or cut off.
    watch.close(cut=before.callers, settle_s=30)


@pytest.mark.parametrize("door", ["FastAGI", "AudioSocket", "web"])
def test_half_open_connections(city: City, door: str) -> None:
    watch = Watch(city, f"half-open TCP connections on {door}", f"{HALF_OPEN} at once, none says a word")
    with ExitStack() as stack, Traffic(city, rate=RATE):
        for _ in range(HALF_OPEN):
            link = stack.enter_context(socket.socket())
            link.settimeout(5)
            link.connect(("127.0.0.1", _port(city, door)))
        time.sleep(2)
        watch.right(time.monotonic())
        assert city.service.health()["parts"], "the web answers beside them"
        time.sleep(4)
    watch.close()


def test_desk_that_reads_nothing(city: City) -> None:
    watch = Watch(
        city, "browser that reads nothing", "2 desks ask for snapshots without end until they are closed"
    )
    closed = partial(_metric, city, "songhua_live_desks_closed_total")
    before = closed()
    answered: list[float] = []
    with ExitStack() as stack, Traffic(city, rate=RATE):
        desks = [
            UnreadDesk(int(city.service.address.rsplit(":", 1)[1]), city.supervisor.cookie) for _ in range(2)
        ]
        for desk in desks:
            stack.callback(desk.close)
        deadline = time.monotonic() + 60
        with _asking(desks):
            while closed() - before < len(desks) and time.monotonic() < deadline:
                watch.right(time.monotonic())
                began = time.monotonic()
                city.service.health()
                answered.append(time.monotonic() - began)
                time.sleep(0.05)
        # Who asks without end is no reason to be late for anybody else. Later it is read by nobody anyhow.
        assert median(answered[:FIRST_ANSWERS]) < ANSWERS_WITHIN_S
        assert closed() - before >= len(desks)
        watch.right(time.monotonic())
        for desk in desks:
            until(desk.gone, "end of the connection", 10)
    watch.close()


def test_gateway_out_of_file_descriptors(city: City) -> None:
    watch = Watch(
        city, "out of file descriptors", "the gateway may open none for 10 s, and is asked to all the time"
    )
    centre = city.centre()
    allowed = centre.rlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack, Traffic(city, rate=RATE):
        time.sleep(2)
        centre.rlimit(resource.RLIMIT_NOFILE, (centre.num_fds(), allowed[1]))
        try:
            port = _port(city, "web")
            for _ in range(20):
                link = stack.enter_context(socket.socket())
                link.settimeout(5)
                link.connect(("127.0.0.1", port))
            with pytest.raises((OSError, PeerFailed)):
                city.service.health()
            time.sleep(10)
        finally:
            centre.rlimit(resource.RLIMIT_NOFILE, allowed)
        stack.close()
        back = time.monotonic()
        until(lambda: _answers(city), "web that answers again", 5)
        watch.right(back)
        assert city.centre().pid == centre.pid, "the gateway lived through it"
    watch.close()


def test_callers_who_write_code_into_name_and_number(city: City) -> None:
    """What a caller writes into his name or number arrives as text, or not at all; nothing else happens."""
    kinds = "quotes, dialplan, AMI, SQL, markup, 500 signs, bad UTF-8"
    watch = Watch(city, "caller's name and number that are code", f"each once: {kinds}")
    connections = len(city.link.opened)
    malformed = _metric(city, "songhua_ami", "malformed")
    media = free_port()
    tries = [(name, b"13800000000") for name in garbage.NAMES.values()]
    tries += [(b"Li", number) for number in garbage.NUMBERS.values()]
    shown: list[tuple[str, str]] = []
    try:
        for name, number in tries:
            with _caller(city, name, number, media) as (answered, over):
                until(partial(_shown, city, shown), f"call of {name!r} {number!r}", 10)
                over.set()
                assert answered.result(15)
            until(lambda: not city.supervisor.get("/api/calls")["calls"], "end of the call", 10)
    finally:
        release(media)
    assert len(shown) == len(tries)
    for caller, caller_name in shown:
        assert not {"\r", "\n", "\0"} & set(caller + caller_name)
        assert max(len(caller), len(caller_name)) <= 128
    assert len(city.link.opened) == connections, "the link was lost over a name"
    assert _metric(city, "songhua_ami", "malformed") == malformed
    watch.right(time.monotonic())
    watch.close()
    assert len(city.supervisor.get("/api/ledger/calls?number=13800000000")["calls"]) >= len(garbage.NAMES)


def test_sip_garbage_at_the_trunk(city: City) -> None:
    watch = Watch(city, "SIP garbage at the trunk", f"{GARBAGE} datagrams under calls")
    with Traffic(city, rate=RATE), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.connect(("127.0.0.1", city.switch.ports.sip))
        for number, datagram in enumerate(garbage.datagrams(GARBAGE, 112)):
            with suppress(OSError):
                link.send(datagram)
            if number % 100 == 0:
                time.sleep(0.1)
        watch.right(time.monotonic())
        time.sleep(3)
    watch.close()


def test_database_stopped(tmp_path_factory: pytest.TempPathFactory) -> None:
    with City(tmp_path_factory.mktemp("city-pg"), postgres=True) as city:
        assert city.database is not None
        watch = Watch(city, "database stopped (PostgreSQL)", f"for {OUTAGE_S:.0f} s under calls")
        with Traffic(city, rate=RATE):
            time.sleep(3)
            city.database.stop()
            until(lambda: _part(city, "storage") != "up", "word that the database is away", 20)
            time.sleep(OUTAGE_S / 2)
            watch.right(time.monotonic())
            time.sleep(OUTAGE_S / 2)
            city.database.resume()
            watch.right(time.monotonic())
            until(lambda: _part(city, "storage") == "up", "link to the database", 20)
        watch.close(settle_s=30)


# --- looking at the service ------------------------------------------------------------------------------


def _answers(city: City) -> bool:
    try:
        return bool(city.service.health())
    except (OSError, ValueError):
        return False


def _part(city: City, name: str) -> str:
    parts: dict[str, dict[str, Any]] = {part["part"]: part for part in city.service.health()["parts"]}
    return str(parts.get(name, {}).get("state", "missing"))


def _ami_users(city: City) -> str:
    return city.switch.rx("manager show connected").strip().splitlines()[-1]


def _metric(city: City, name: str, label: str = "") -> float:
    with urllib.request.urlopen(f"{city.service.address}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name) and label in line)


def _port(city: City, door: str) -> int:
    if door == "FastAGI":
        return city.switch.ports.fastagi
    if door == "web":
        return int(city.service.address.rsplit(":", 1)[1])
    speech = city.role("speech")
    listening = [one.laddr.port for one in speech.net_connections("tcp") if one.status == psutil.CONN_LISTEN]
    assert listening, "the speech node listens nowhere"
    return int(listening[0])


@contextmanager
def _asking(desks: list[UnreadDesk]) -> Iterator[None]:
    """They ask as fast as their sockets take it, whatever else goes on."""
    done = threading.Event()

    def ask() -> None:
        while not done.wait(0.01):
            for desk in desks:
                desk.ask_for_more()

    thread = threading.Thread(target=ask, name="desks-that-ask")
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def _caller(
    city: City, name: bytes, number: bytes, media: int
) -> Iterator[tuple[Future[bool], threading.Event]]:
    """His call, and what ends it."""
    over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        try:
            yield pool.submit(garbage.call, city.switch.ports.sip, name, number, over=over, media=media), over
        finally:
            over.set()


def _shown(city: City, shown: list[tuple[str, str]]) -> bool:
    for call in city.supervisor.get("/api/calls")["calls"]:
        if call["state"] == "talking":
            shown.append((call["caller"], call["caller_name"]))
            return True
    return False
