"""A desk without a browser: keeps every frame that `/api/live` sends, and when it came."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from gateway.wiring.snapshot import DeskStateSnapshot
from tests.peers.program import PeerFailed
from tests.peers.songhua import Visitor

PING_EVERY_S = 10.0
AGAIN_S = 0.1


@dataclass(frozen=True, slots=True)
class Told:
    """One event as the desk got it; `at` is `time.monotonic()`."""

    at: float
    event: dict[str, Any]


class DeskScreen:
    """Connects anew when the service was away, as the desk's page does."""

    def __init__(self, address: str, visitor: Visitor) -> None:
        self._url = address.replace("http://", "ws://") + "/api/live"
        self._cookie = visitor.cookie
        self.told: list[Told] = []
        self.snapshots: list[dict[str, Any]] = []
        self._link: ClientConnection | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.wait(lambda: bool(self.snapshots), "a snapshot", 10)
        unknown = self.snapshots[0].keys() - DeskStateSnapshot.model_fields.keys()
        if unknown:
            raise PeerFailed(f"parts of a snapshot that its contract does not name: {sorted(unknown)}")

    def of(self, kind: str, **fields: Any) -> list[Told]:
        """Events of this type whose fields are as given."""
        return [
            one
            for one in list(self.told)
            if one.event["type"] == kind and all(one.event.get(key) == value for key, value in fields.items())
        ]

    def pops(self) -> Counter[str]:
        """How often each ring attempt was shown."""
        return Counter(one.event["leg_id"] for one in self.of("hotline.call_ringing"))

    def wait(self, done: Callable[[], object], what: str, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not done():
            if time.monotonic() > deadline:
                seen = Counter(one.event["type"] for one in self.told)
                raise PeerFailed(f"the desk did not see {what} within {timeout} s; it saw {dict(seen)}")
            time.sleep(0.02)

    def close(self) -> None:
        self._ended.set()
        if self._link is not None:
            self._link.close()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(OSError, ConnectionClosed, InvalidHandshake, TimeoutError, EOFError):
                self._listen()
            self._ended.wait(AGAIN_S)

    def _listen(self) -> None:
        headers = {"Cookie": self._cookie}
        with connect(self._url, additional_headers=headers, max_size=None, open_timeout=20) as link:
            self._link = link
            for text in link:
                frame = json.loads(text)
                if frame["kind"] == "snapshot":
                    self.snapshots.append(frame["state"])
                elif frame["kind"] == "event":
                    self.told.append(Told(time.monotonic(), frame["event"]))
