"""Whoever opens connections, sends slowly or sends much takes nothing from calls and from other desks.

The service may open 512 descriptors a process, which is what an attacker would reach elsewhere with more.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.sync.client import ClientConnection, connect

from core.sound.audiosocket import FrameKind, encode
from tests.peers import audio
from tests.peers.checkout import CHECKOUT
from tests.real.service import SUPERVISOR, WholeService
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.own_process, pytest.mark.timeout(300)]

DESCRIPTORS = 512
IDLE = 700
PEOPLE = 500
SQUATTERS = 100
ATTACKER = "127.0.0.7"
BLOCKED_S = 1.0
"""So long may others wait at most while a hostile body is read, on a machine that does other work."""
PARTS = ("asterisk", "hotline", "speech", "cdr.import")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeService]:
    folder = tmp_path_factory.mktemp("service")
    with WholeService(folder, agents=2, descriptors=DESCRIPTORS) as whole:
        yield whole


@pytest.fixture
def ready(world: WholeService) -> WholeService:
    world.calm(*PARTS)
    return world


@contextlib.contextmanager
def connections(
    port: int, many: int, first_words: bytes = b"", source: str = ""
) -> Iterator[list[socket.socket]]:
    """So many connections that say at most some first words and go on to be there; refused ones count too."""
    with contextlib.ExitStack() as ends:
        opened: list[socket.socket] = []
        for _ in range(many):
            with contextlib.suppress(OSError):
                one = socket.create_connection(("127.0.0.1", port), 2, (source, 0) if source else None)
                ends.callback(one.close)
                opened.append(one)
                if first_words:
                    one.sendall(first_words)
        yield opened


def descriptors(world: WholeService, role: str) -> int:
    return world.process(role).num_fds()


@pytest.mark.parametrize("source", [ATTACKER, "127.0.0.1"])
@pytest.mark.parametrize(
    "words", [b"", b"POST /api/session HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\nX-Songhua: 1\r\n\r\n{"]
)
def test_connections_that_wait_take_nothing_from_calls_and_desks(
    ready: WholeService, source: str, words: bytes
) -> None:
    screen = ready.screen()
    with connections(ready.web, IDLE, words, source):
        assert descriptors(ready, "centre") < DESCRIPTORS - 64
        citizen = ready.dial()
        call = ready.talking(citizen)
        wait_for(lambda: screen.of("hotline.call_changed", call_id=call), "the call on a desk", 10)
        assert ready.service.sign_in(SUPERVISOR).get("/api/calls")["calls"]
        assert ready.linked()
    ready.hang_up_all(citizen)
    screen.close()


def test_one_persons_web_sockets_take_no_desk_from_others(ready: WholeService) -> None:
    seat = ready.seats[0]
    url = ready.service.address.replace("http", "ws") + "/api/live"
    with contextlib.ExitStack() as ends:
        held: list[ClientConnection] = []
        for _ in range(PEOPLE):
            with contextlib.suppress(OSError, InvalidHandshake, InvalidMessage, EOFError, ConnectionClosed):
                cookie = {"Cookie": seat.visitor.cookie}
                made = connect(url, additional_headers=cookie, open_timeout=5, close_timeout=0.1)
                link = ends.enter_context(made)
                link.recv(5)
                held.append(link)
        assert len(held) < 20
        screen = ready.screen(ready.seats[1])
        assert screen.snapshots
        screen.close()


HOSTILE = {
    "roles": json.dumps({"id": "a", "name": "b", "password": "c", "roles": ["x"] * 200_000}),
    "as many roles as a body may have": json.dumps(
        {"id": "a", "name": "b", "password": "c", "roles": ["x"] * 12_000}
    ),
    "names": json.dumps({f"n{number}": 1 for number in range(80_000)}),
    "depth": "[" * 1_000_000,
    "numbers": f'{{"roles": [{"1," * 400_000}1]}}',
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_large_body_holds_up_nobody(ready: WholeService, kind: str) -> None:
    waits: list[float] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            began = time.monotonic()
            ready.service.health()
            waits.append(time.monotonic() - began)

    other = threading.Thread(target=ask)
    other.start()
    began = time.monotonic()
    request = urllib.request.Request(
        f"{ready.service.address}/api/users",
        HOSTILE[kind].encode(),
        {"X-Songhua": "1", "Content-Type": "application/json", "Cookie": ready.supervisor.cookie},
    )
    with pytest.raises((urllib.error.HTTPError, ConnectionError, urllib.error.URLError)) as refused:
        urllib.request.urlopen(request, timeout=30)
    took = time.monotonic() - began
    over.set()
    other.join()
    if isinstance(refused.value, urllib.error.HTTPError):
        assert refused.value.code in {400, 413, 422}
    assert took < 5
    assert max(waits) < BLOCKED_S


def test_squatters_at_the_speech_node_take_no_place_of_a_call(ready: WholeService, tmp_path: Path) -> None:
    node = ready.process("speech")
    port = next(
        one.laddr.port
        for one in node.net_connections("tcp")
        if one.status == psutil.CONN_LISTEN and one.laddr.port != _figures_port(ready)
    )
    with contextlib.ExitStack() as ends:
        for number in range(SQUATTERS):
            words = encode(FrameKind.UUID, uuid.uuid4().bytes) if number % 2 else b""
            ends.enter_context(connections(port, 1, words))
        spoken = audio.to_ulaw(CHECKOUT / "tests/audio/caller_status_zh.wav", tmp_path / "said.ulaw")
        citizen = ready.dial(speech=spoken, seconds=240)
        call = ready.talking(citizen)
        wait_for(lambda: ready.transcript(call)["segments"], "first words", 40)
    ready.hang_up_all(citizen)


def _figures_port(world: WholeService) -> int:
    return int((world.service.folder / "speech.port").read_text())
