"""Two machines have the role `radio`: one works, the other stands by and takes over."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cdr.audit import init_keys
from cdr.settings import CdrSettings
from tests.mqtt.broker import RenderedBroker
from tests.peers.asterisk import AsteriskPeer, private_settings
from tests.peers.checkout import CHECKOUT
from tests.peers.postgres import PostgresPeer
from tests.peers.prepared import upgrade
from tests.peers.program import Program
from tests.peers.songhua import Broker, SonghuaPeer
from tests.real.tcp_proxy import TcpProxy
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.own_process, pytest.mark.timeout(200)]

UP, STANDS_BY = '"role is up"', '"role stands by"'


class Machines:
    """The database of the first is reached through a proxy that can be closed."""

    def __init__(self, folder: Path, ends: ExitStack) -> None:
        self._folder = folder
        self._ends = ends
        database = PostgresPeer()
        ends.callback(database.close)
        database.start()
        upgrade(database.url)
        self.way = TcpProxy(database.port)
        ends.callback(self.way.close)
        self.mosquitto = RenderedBroker(folder / "broker")
        ends.callback(self.mosquitto.close)
        self.mosquitto.start()
        accounts = Broker(
            self.mosquitto.port, self.mosquitto.websocket_port, self.mosquitto.rendered.passwords
        )
        switch = AsteriskPeer(private_settings(folder / "asterisk"))
        by_proxy = database.url.replace(f"127.0.0.1:{database.port}", f"127.0.0.1:{self.way.port}")
        urls = (by_proxy, database.url)
        self._configs = [
            SonghuaPeer(
                folder / f"machine-{number}", asterisk=switch, broker=accounts, database=url,
                overrides={"radio": {"standby": True}},
            ).config
            for number, url in enumerate(urls)
        ]  # fmt: skip
        for config in self._configs:
            init_keys(CdrSettings(key_file=config.parent / "ledger.key"))
        self._runs = 0

    def start(self, number: int, until: str) -> Program:
        self._runs += 1
        config = self._configs[number]
        words: list[Any] = [sys.executable, "-m", "gateway.cli", "serve", "--role", "radio", "-c", config]
        program = Program(words, log=self._folder / f"run-{self._runs}.log", cwd=CHECKOUT)
        self._ends.callback(program.stop)
        program.wait_until(lambda: until in program.tail(200), what=until, timeout=90)
        return program

    def links(self) -> int:
        return (self.mosquitto.folder / "mosquitto.log").read_text().count("New client connected")


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    with ExitStack() as ends:
        yield Machines(tmp_path, ends)


def has(program: Program, words: str) -> bool:
    return words in program.tail(200)


def test_who_stands_by_takes_over_and_who_comes_back_stands_by(machines: Machines) -> None:
    first = machines.start(0, UP)
    before = machines.links()
    second = machines.start(1, STANDS_BY)
    assert machines.links() == before, "who stands by disturbs nobody at the broker"
    first.kill()
    wait_for(lambda: has(second, UP), "the other in its place", 40)
    back = machines.start(0, STANDS_BY)
    # Cut off from the database alone, the one that works is not believed to be there any more.
    second.stop()
    wait_for(lambda: has(back, UP), "the first in its place again", 40)
    third = machines.start(1, STANDS_BY)
    machines.way.close()
    wait_for(lambda: has(third, UP), "the other in its place", 60)
    wait_for(lambda: not back.running, "the end of who was cut off", 60)
    assert has(back, "another process took this role over")
    assert third.running
