"""What stories of the centre stand on: the role `centre` of the service on a real switch and a real broker,
and people with one role each. Where citizens are written to, a simulated WeChat server and a simulated SMSC;
where somebody warns, a simulated sender of CAP messages and the role `radio`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.peers.simulated_smsc import NUMBER, PASSWORD, SYSTEM_ID, SimulatedSmsc
from tests.peers.simulated_wechat import SimulatedWeChat
from tests.peers.songhua import Person, Visitor
from tests.real.radio.radio_role import RadioRole
from tests.real.service import WholeService
from tests.warning.caps import BUREAU, TestKeys, keys

HOST: Final = "district-230110"
CLERK: Final = Person("ma.ke", "马科", ("department",), departments=(HOST,))
DISPATCHER: Final = Person("sun.wei", "孙伟", ("dispatcher",))
LEADER: Final = Person("gao.jun", "高军", ("supervisor",))
SECOND: Final = Person("qian.yi", "钱一", ("supervisor",))
ACCEPTOR: Final = Person("wang.fang", "王芳", ("acceptor",))
ADMIN: Final = Person("admin.one", "管理员", ("admin",))
CAST: Final = (CLERK, DISPATCHER, LEADER, SECOND, ACCEPTOR, ADMIN)
PARTS: Final = ("asterisk", "cdr.import", "cdr.recordings")
"""What every story needs of the service: nobody transcribes."""
CHANNELS: Final = ("sms", "wechat")
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


class CentreStage:
    """`raise_channels` where citizens are written to, then `raise_centre`; the end of `with` takes down what
    is up.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ends = ExitStack()
        self._settings: dict[str, Any] = {}
        """Of the channels that are up."""
        self._visitors: dict[str, Visitor] = {}
        self.wechat: WeChatPeople
        self.smsc: SimulatedSmsc
        self.bureau: TestKeys = keys(folder)
        """By which the simulated sender signs."""
        self.centre: WholeService

    def raise_channels(self) -> None:
        self.wechat, self.smsc = WeChatPeople(), SimulatedSmsc()
        self.wechat.start()
        self._ends.callback(self.wechat.close)
        self._ends.callback(self.smsc.close)
        self.smsc.start()
        peer = self.wechat.peer
        account = {
            "enabled": True, "app_id": peer.app_id, "app_secret": peer.secret, "token": peer.token,
            "encoding_aes_key": peer.aes_key, "api": peer.address,
        }  # fmt: skip
        sms = {
            "host": "127.0.0.1", "port": self.smsc.port, "security": "none", "system_id": SYSTEM_ID,
            "password": PASSWORD, "number": NUMBER, "retry_s": 0.5,
        }  # fmt: skip
        self._settings = {"citizen": {"wechat": account}, "sms": sms}

    def raise_centre(self) -> None:
        folder = self.folder / "centre"
        folder.mkdir()
        citizen = {"web_form": {"enabled": True}, **self._settings.get("citizen", {})}
        warning = {
            "senders": {BUREAU: {"certificate_file": str(self.bureau.certificate_file)}},
            "channels": ["units", "citizens", "desk"],
        }
        settings = {**self._settings, "citizen": citizen, "warning": warning}
        needed = (*PARTS, *CHANNELS) if self._settings else PARTS
        self.centre = self._ends.enter_context(
            WholeService(folder, agents=1, people=CAST, overrides=settings, role="centre", needed=needed)
        )
        if self._settings:
            self.wechat.to = f"{self.centre.service.address}/api/citizen/wechat"

    def raise_radio(self) -> None:
        """The role that talks with units; the centre is up."""
        radio = RadioRole(self.centre.service, self.folder)
        self._ends.callback(radio.stop)
        radio.start()

    def keep(self, end: AbstractContextManager[Any]) -> None:
        """Close this too when the stage is taken down."""
        self._ends.enter_context(end)

    def visitor(self, person: Person) -> Visitor:
        """Signed in the first time that somebody asks."""
        if person.id not in self._visitors:
            self._visitors[person.id] = self.centre.service.sign_in(person)
        return self._visitors[person.id]

    def texts(self, number: str) -> list[str]:
        """The text messages that this telephone got."""
        return [str(one["text"]) for one in self.smsc.submitted if one["to"] == number]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()
