"""What `--story loop` stands on: the role `centre` of the service on a real switch and a real broker, a
simulated WeChat server, a simulated SMSC, and people with one role each.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.peers.simulated_smsc import NUMBER, PASSWORD, SYSTEM_ID, SimulatedSmsc
from tests.peers.simulated_wechat import SimulatedWeChat
from tests.peers.songhua import Person, Visitor
from tests.real.service import WholeService

HOST: Final = "district-230110"
CLERK: Final = Person("ma.ke", "马科", ("department",), departments=(HOST,))
DISPATCHER: Final = Person("sun.wei", "孙伟", ("dispatcher",))
LEADER: Final = Person("gao.jun", "高军", ("supervisor",))
ACCEPTOR: Final = Person("wang.fang", "王芳", ("acceptor",))
ADMIN: Final = Person("admin.one", "管理员", ("admin",))
CAST: Final = (CLERK, DISPATCHER, LEADER, ACCEPTOR, ADMIN)
PARTS: Final = ("asterisk", "cdr.import", "cdr.recordings", "sms", "wechat")
"""What the story needs of the service: nobody transcribes, and no radio speaks."""
PLATFORM_S: Final = 20.0


class WeChatPeople:
    """The simulated platform on an event loop of its own; what people do there, and what they are sent."""

    def __init__(self) -> None:
        self.peer = SimulatedWeChat()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._up = self.peer.running()
        self.to = ""
        """The address of the account; the service has it once it is up."""

    def start(self) -> None:
        self._thread.start()
        self._wait(self._up.__aenter__())

    def close(self) -> None:
        self._wait(self._up.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PLATFORM_S)
        self._loop.close()

    def say(self, openid: str, text: str) -> str:
        return str(self._wait(self.peer.say(self.to, openid, text)).answer)

    def picture(self, openid: str, content: bytes) -> str:
        return str(self._wait(self.peer.picture(self.to, openid, content)).answer)

    def location(self, openid: str, lat: float, lon: float, label: str) -> str:
        return str(self._wait(self.peer.location(self.to, openid, lat, lon, label)).answer)

    def told(self, openid: str) -> list[str]:
        return self.peer.told(openid)

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PLATFORM_S)


class LoopStage:
    """`raise_channels`, then `raise_centre`; the end of `with` takes down what is up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ends = ExitStack()
        self.wechat = WeChatPeople()
        self.smsc = SimulatedSmsc()
        self.centre: WholeService

    def raise_channels(self) -> None:
        self.wechat.start()
        self._ends.callback(self.wechat.close)
        self._ends.callback(self.smsc.close)
        self.smsc.start()

    def raise_centre(self) -> None:
        peer = self.wechat.peer
        account = {
            "enabled": True, "app_id": peer.app_id, "app_secret": peer.secret, "token": peer.token,
            "encoding_aes_key": peer.aes_key, "api": peer.address,
        }  # fmt: skip
        sms = {
            "host": "127.0.0.1", "port": self.smsc.port, "security": "none", "system_id": SYSTEM_ID,
            "password": PASSWORD, "number": NUMBER, "retry_s": 0.5,
        }  # fmt: skip
        folder = self.folder / "centre"
        folder.mkdir()
        settings = {"citizen": {"wechat": account}, "sms": sms}
        self.centre = self._ends.enter_context(
            WholeService(folder, agents=1, people=CAST, overrides=settings, role="centre", needed=PARTS)
        )
        self.wechat.to = f"{self.centre.service.address}/api/citizen/wechat"

    def sign_in(self, person: Person) -> Visitor:
        return self.centre.service.sign_in(person)

    def texts(self, number: str) -> list[str]:
        """The text messages that this telephone got."""
        return [str(one["text"]) for one in self.smsc.submitted if one["to"] == number]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()
