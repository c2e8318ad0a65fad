"""One desk in a real Chromium: the page's own WebSocket, watched from inside the page."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import Self

from playwright.sync_api import Page

from tests.demo.seats import Browsers, DeskSeat
from tests.peers.songhua import Person

WATCH = """
const Native = window.WebSocket;
window.songhuaPops = [];
window.WebSocket = class extends Native {
  constructor(...given) {
    super(...given);
    this.addEventListener('message', (event) => {
      const at = performance.timeOrigin + performance.now();
      if (typeof event.data === 'string' && event.data.includes('"hotline.call_ringing"')) {
        window.songhuaPops.push([at / 1000, event.data]);
      }
    });
  }
};
"""


class BrowserDesk:
    """A signed-in agent's page. The listener that notes the moment stands before the page's own."""

    def __init__(self, folder: Path, address: str, person: Person) -> None:
        self._browsers = Browsers(folder, speech=None)
        self._address = address
        self._person = person
        self._page: Page

    def __enter__(self) -> Self:
        self._browsers.__enter__()
        self._page = self._browsers.page()
        self._page.add_init_script(WATCH)
        DeskSeat(self._page, self._address).sign_in(self._person)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._browsers.__exit__(kind, error, trace)

    def pops(self) -> dict[str, list[float]]:
        """When (`time.time()`) the pop of each number came."""
        found: dict[str, list[float]] = {}
        for at, text in self._page.evaluate("window.songhuaPops"):
            found.setdefault(json.loads(text)["event"]["caller"], []).append(at)
        return found
