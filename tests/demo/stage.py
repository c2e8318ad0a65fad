"""The stage: a real Asterisk, a real broker, the service itself and two browsers' worth of people."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gateway.asterisk.settings import QueueSettings, Trunk
from gateway.mqtt.mosquitto import Tls
from tests.demo.visitors import VISITORS
from tests.mqtt.broker import RenderedBroker
from tests.peers.asterisk import AsteriskPeer, agent, private_settings
from tests.peers.checkout import HOME
from tests.peers.ports import free_port, release
from tests.peers.postgres import PostgresPeer
from tests.peers.songhua import Broker, Person, SonghuaPeer
from tests.peers.tls import encrypted, private_authority

AGENT = Person("li.na", "李娜", ("agent",), endpoint="agent-2")
SUPERVISOR = Person("zhao.lei", "赵磊", ("supervisor",), endpoint="agent-1")
DISPATCHER = Person("sun.wei", "孙伟", ("dispatcher",))
ACCEPTOR = Person("wang.fang", "王芳", ("acceptor",))
ADMIN = Person("admin.one", "管理员", ("admin",))
CAST = (AGENT, SUPERVISOR, DISPATCHER, ACCEPTOR, ADMIN)

OWN_NUMBER = "4518000"
"""What telephones outside are shown."""
UNIT = "app:17"
UNIT_NAME = "南岗市政 17"


class DemoStage:
    """Everything that the story needs, in a folder of its own that goes with it."""

    def __init__(self, *, postgres: bool = False) -> None:
        HOME.mkdir(exist_ok=True)
        self._on_postgres = postgres
        self.database: str | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="demo-", dir=HOME))
        self._ends = contextlib.ExitStack()
        self.authority = private_authority(self.folder / "tls")
        self.open311_key = secrets.token_urlsafe(18)
        self.feed_secret = secrets.token_urlsafe(18)
        self.asterisk: AsteriskPeer
        self.broker: RenderedBroker
        self.service: SonghuaPeer

    def raise_switch(self, *, outside_port: int | None = None) -> None:
        """`outside_port`: calls out go there, to telephones of the city."""
        settings = private_settings(
            self.folder / "asterisk",
            agents=(
                agent("agent-1"),
                agent("agent-2", browser=True),
                *(agent(one.endpoint, browser=True) for one in VISITORS if one.endpoint),
            ),
            queues=(QueueSettings(name="hotline", ring_seconds=20),),
        )
        if outside_port is not None:
            trunk = Trunk(
                name="trunk", match=("127.0.0.1",), contact="127.0.0.1", contact_port=outside_port,
                qualify_seconds=0, codecs=("ulaw", "alaw"),
            )  # fmt: skip
            ways = {"trunks": (trunk,), "outbound_trunk": "trunk", "caller_id": OWN_NUMBER}
            settings = type(settings).model_validate({**dict(settings), **ways})
        settings = encrypted(settings, self.authority).model_copy(update={"session_passwords": True})
        self.asterisk = AsteriskPeer(settings)
        for port in (self.asterisk.ports.sips, self.asterisk.ports.https):
            self._ends.callback(release, port)
        self._ends.callback(self.asterisk.close)
        self.asterisk.start()

    def raise_broker(self) -> None:
        files = self.authority.service("broker")
        self._terminals = Tls(files.certificate, files.key, free_port(), free_port(), "127.0.0.1")
        for port in (self._terminals.port, self._terminals.ws_port):
            self._ends.callback(release, port)
        self.broker = RenderedBroker(self.folder / "broker", tls=self._terminals)
        self._ends.callback(self.broker.close)
        self.broker.start()

    def raise_service(
        self, overrides: Mapping[str, Mapping[str, Any]] | None = None, people: Sequence[Person] = ()
    ) -> None:
        """`overrides`: keys of sections of the settings; `people`: besides those of the stage."""
        if self._on_postgres:
            cluster = PostgresPeer()
            self._ends.callback(cluster.close)
            cluster.start()
            self.database = cluster.url
        settings = self._settings()
        for name, section in (overrides or {}).items():
            settings[name] = {**settings.get(name, {}), **section}
        self.service = SonghuaPeer(
            self.folder / "service",
            asterisk=self.asterisk,
            broker=Broker(self.broker.port, self.broker.websocket_port, self.broker.rendered.passwords),
            database=self.database,
            overrides=settings,
            authority=self.authority.authority.certificate,
        )
        self._ends.callback(self.service.close)
        self.service.prepare((*CAST, *people, *VISITORS))
        self.service.start()
        self.service.wait_healthy()

    def _settings(self) -> dict[str, dict[str, Any]]:
        web = self.authority.service("web")
        return {
            "web": {"tls": {"certificate": str(web.certificate), "key": str(web.key)}},
            "mqtt": {"ws_url": f"wss://127.0.0.1:{self._terminals.ws_port}"},
            "citizen": {
                "web_form": {"enabled": True},
                "open311": {"enabled": True, "keys": {"demo": self.open311_key}},
            },
            "sensing": {
                "plate_key": secrets.token_urlsafe(18),
                "feeds": {"police": {"title": "电子警察（演示）", "secret": self.feed_secret}},
            },
        }

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
