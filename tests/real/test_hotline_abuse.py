"""A call centre under steady traffic is abused: half-open connections, a desk that never reads, no file
descriptors, code in names and numbers, garbage at the trunk. As in `test_hotline_faults.py` nobody and
nothing is lost; each test writes its row of docs/reliability.md.
"""

from __future__ import annotations

import resource
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from statistics import median

import psutil
import pytest

from tests.peers.ports import free_port, release
from tests.peers.program import PeerFailed
from tests.real.faults import garbage
from tests.real.faults.city import City
from tests.real.faults.lengths import GARBAGE, HALF_OPEN, NO_DESCRIPTORS_S
from tests.real.faults.traffic import Traffic
from tests.real.faults.verdict import Watch
from tests.real.unread_desk import UnreadDesk
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.own_process, pytest.mark.timeout(3600)]

ANSWERS_WITHIN_S, FIRST_ANSWERS = 0.2, 20
DOORS = ("FastAGI", "AudioSocket", "web")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with City(tmp_path_factory.mktemp("city")) as city:
        yield city


@pytest.fixture
def city(shared: City) -> City:
    shared.calm()
    return shared


@pytest.mark.parametrize(
    "doors",
    [
        pytest.param(DOORS, id="every door"),
        *(
            pytest.param(
                (door,),
                id=door,
                marks=[
                    pytest.mark.alone,
                    pytest.mark.soak(
                        rule="half-open connections on one door, each door by itself",
                        short="tests/real/test_hotline_abuse.py::test_half_open_connections",
                    ),
                ],
            )
            for door in DOORS
        ),
    ],
)
def test_half_open_connections(city: City, doors: tuple[str, ...]) -> None:
    watch = Watch(
        city,
        f"half-open TCP connections on {', '.join(doors)}",
        f"{HALF_OPEN} {'each ' if len(doors) > 1 else ''}at once, none says a word",
    )
    with ExitStack() as stack, Traffic(city):
        for port in [port_of(city, door) for door in doors]:
            for _ in range(HALF_OPEN):
                link = stack.enter_context(socket.socket())
                link.settimeout(10)
                link.connect(("127.0.0.1", port))
        time.sleep(2)
        watch.right(time.monotonic())
        assert city.service.health()["parts"], "the web answers beside them"
        time.sleep(4)
    watch.close()


@pytest.mark.alone
@pytest.mark.soak(
    rule="a desk that asks and never reads, under a stream of calls",
    short="tests/real/test_service_outages.py::test_desk_that_reads_nothing",
)
def test_desk_that_reads_nothing(city: City) -> None:
    watch = Watch(
        city, "browser that reads nothing", "2 desks ask for snapshots without end until they are closed"
    )
    closed = partial(city.metric, "songhua_live_desks_closed_total")
    before = closed()
    answered: list[float] = []
    with ExitStack() as stack, Traffic(city):
        desks = [UnreadDesk(port_of(city, "web"), city.supervisor.cookie) for _ in range(2)]
        for desk in desks:
            stack.callback(desk.close)
        deadline = time.monotonic() + 60
        with asking(desks):
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
            wait_for(desk.gone, "end of the connection")
    watch.close()


def test_gateway_out_of_file_descriptors(city: City) -> None:
    watch = Watch(
        city,
        "out of file descriptors",
        f"the gateway may open none for {NO_DESCRIPTORS_S:.0f} s, and is asked to all the time",
    )
    centre = city.centre()
    allowed = centre.rlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack, Traffic(city):
        time.sleep(2)
        centre.rlimit(resource.RLIMIT_NOFILE, (centre.num_fds(), allowed[1]))
        try:
            port = port_of(city, "web")
            for _ in range(20):
                link = stack.enter_context(socket.socket())
                link.settimeout(5)
                link.connect(("127.0.0.1", port))
            with pytest.raises((OSError, PeerFailed)):
                city.service.health()
            time.sleep(NO_DESCRIPTORS_S)
        finally:
            centre.rlimit(resource.RLIMIT_NOFILE, allowed)
        stack.close()
        back = time.monotonic()
        wait_for(city.answers, "web that answers again")
        watch.right(back)
        assert city.centre().pid == centre.pid, "the gateway lived through it"
    watch.close()


def test_callers_who_write_code_into_name_and_number(city: City) -> None:
    """What a caller writes into his name or number arrives as text, or not at all; nothing else happens."""
    kinds = "quotes, dialplan, AMI, SQL, markup, 500 signs, bad UTF-8"
    watch = Watch(city, "caller's name and number that are code", f"each once: {kinds}")
    connections = len(city.link.opened)
    malformed = city.metric("songhua_ami", "malformed")
    media = free_port()
    tries = [(name, b"13800000000") for name in garbage.NAMES.values()]
    tries += [(b"Li", number) for number in garbage.NUMBERS.values()]
    shown: list[tuple[str, str]] = []
    try:
        for name, number in tries:
            with caller(city, name, number, media) as (answered, over):
                wait_for(partial(is_shown, city, shown), f"call of {name!r} {number!r}")
                over.set()
                assert answered.result(20)
            wait_for(lambda: not city.supervisor.get("/api/calls")["calls"], "end of the call")
    finally:
        release(media)
    assert len(shown) == len(tries)
    for said, caller_name in shown:
        assert not {"\r", "\n", "\0"} & set(said + caller_name)
        assert max(len(said), len(caller_name)) <= 128
    assert len(city.link.opened) == connections, "the link was lost over a name"
    assert city.metric("songhua_ami", "malformed") == malformed
    watch.right(time.monotonic())
    watch.close()
    assert len(city.supervisor.get("/api/ledger/calls?number=13800000000")["calls"]) >= len(garbage.NAMES)


def test_sip_garbage_at_the_trunk(city: City) -> None:
    watch = Watch(city, "SIP garbage at the trunk", f"{GARBAGE} datagrams under calls")
    with Traffic(city), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.connect(("127.0.0.1", city.switch.ports.sip))
        for number, datagram in enumerate(garbage.datagrams(GARBAGE, 112)):
            with suppress(OSError):
                link.send(datagram)
            if number % 100 == 0:
                time.sleep(0.1)
        watch.right(time.monotonic())
        time.sleep(3)
    watch.close()


def port_of(city: City, door: str) -> int:
    if door == "FastAGI":
        return city.switch.ports.fastagi
    if door == "web":
        return int(city.service.address.rsplit(":", 1)[1])
    speech = city.role("speech")
    listening = [one.laddr.port for one in speech.net_connections("tcp") if one.status == psutil.CONN_LISTEN]
    assert listening, "the speech node listens nowhere"
    return int(listening[0])


@contextmanager
def asking(desks: list[UnreadDesk]) -> Iterator[None]:
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
def caller(
    city: City, name: bytes, number: bytes, media: int
) -> Iterator[tuple[Future[bool], threading.Event]]:
    """His call, and what ends it."""
    over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        try:
            yield pool.submit(garbage.call, city.switch.ports.sip, name, number, over=over, media=media), over
        finally:
            over.set()


def is_shown(city: City, shown: list[tuple[str, str]]) -> bool:
    for call in city.supervisor.get("/api/calls")["calls"]:
        if call["state"] == "talking":
            shown.append((call["caller"], call["caller_name"]))
            return True
    return False
