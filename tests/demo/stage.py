"""The stage: a real Asterisk, a real broker, the service itself and two browsers' worth of people."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gateway.asterisk.settings import QueueSettings
from gateway.mqtt.mosquitto import render as render_broker
from tests.peers.asterisk import AsteriskPeer, agent, private_settings
from tests.peers.checkout import HOME, program
from tests.peers.ports import free_port, release
from tests.peers.postgres import PostgresPeer
from tests.peers.program import Program
from tests.peers.songhua import Broker, Person, SonghuaPeer

AGENT = Person("li.na", "李娜", ("agent",), endpoint="agent-2")
SUPERVISOR = Person("zhao.lei", "赵磊", ("supervisor",))
DISPATCHER = Person("sun.wei", "孙伟", ("dispatcher",))
ACCEPTOR = Person("wang.fang", "王芳", ("acceptor",))
ADMIN = Person("admin.one", "管理员", ("admin",))
PEOPLE = (AGENT, SUPERVISOR, DISPATCHER, ACCEPTOR, ADMIN)

UNIT = "app:17"
UNIT_NAME = "南岗市政 17"


class BrokerPeer:
    """Mosquitto with the configuration that the service itself renders: real accounts, real rights."""

    def __init__(self, folder: Path, *, tenant: str = "harbin") -> None:
        self.folder = folder
        self.tcp, self.websocket = free_port(), free_port()
        self._rendered = render_broker(folder, tenant=tenant, tcp_port=self.tcp, ws_port=self.websocket)
        self._program: Program | None = None

    @property
    def address(self) -> Broker:
        return Broker(self.tcp, self.websocket, self._rendered.passwords)

    @property
    def program(self) -> Program:
        assert self._program is not None, "this broker was not started"
        return self._program

    def start(self) -> None:
        argv = [program("mosquitto", package="mosquitto"), "-c", str(self._rendered.config)]
        self._program = Program(argv, log=self.folder / "mosquitto.log", cwd=self.folder)
        self._program.wait_until(self._listening, what=f"a broker on port {self.tcp}", timeout=10)

    def stop(self) -> None:
        if self._program is not None:
            self._program.stop(5)

    def close(self) -> None:
        self.stop()
        release(self.tcp)
        release(self.websocket)

    def _listening(self) -> bool:
        for port in (self.tcp, self.websocket):
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)):
                    return False
        return True


class Stage:
    """Everything that the story needs, in a folder of its own that goes with it."""

    def __init__(self, *, postgres: bool = False) -> None:
        HOME.mkdir(exist_ok=True)
        self._on_postgres = postgres
        self.database: str | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="demo-", dir=HOME))
        self._ends = contextlib.ExitStack()
        self.asterisk: AsteriskPeer
        self.broker: BrokerPeer
        self.service: SonghuaPeer

    def raise_switch(self) -> None:
        settings = private_settings(
            self.folder / "asterisk",
            agents=(agent("agent-1"), agent("agent-2", browser=True)),
            queues=(QueueSettings(name="hotline", ring_seconds=20),),
        )
        self.asterisk = AsteriskPeer(settings)
        self._ends.callback(self.asterisk.close)
        self.asterisk.start()

    def raise_broker(self) -> None:
        self.broker = BrokerPeer(self.folder / "broker")
        self._ends.callback(self.broker.close)
        self.broker.start()

    def raise_service(self, overrides: Mapping[str, Any] | None = None) -> None:
        if self._on_postgres:
            cluster = PostgresPeer()
            self._ends.callback(cluster.close)
            cluster.start()
            self.database = cluster.url
        self.service = SonghuaPeer(
            self.folder / "service",
            asterisk=self.asterisk,
            broker=self.broker.address,
            database=self.database,
            overrides=overrides,
        )
        self._ends.callback(self.service.close)
        self.service.prepare(PEOPLE)
        self.service.start()
        self.service.wait_healthy()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    def keep(self, end: contextlib.AbstractContextManager[object]) -> None:
        """Close this too when the stage is taken down."""
        self._ends.enter_context(end)

    def when_over(self, end: Callable[[], None]) -> None:
        """Call this when the stage is taken down."""
        self._ends.callback(end)

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite+aiosqlite:///{self.service.folder / 'songhua.db'}"

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
