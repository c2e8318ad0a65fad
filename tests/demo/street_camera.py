"""The street's camera, simulated: a grey road under a strip of the test picture, with a hole or without."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Final

from tests.peers.simulated_rtsp_camera import SimulatedRtspCamera, simulated_rtsp_camera

RATE: Final = 25
ROAD: Final = "drawbox=y=80:color=gray:t=fill,drawbox=x=40:y=180:w=90:h=24:color=white:t=fill"
COLLAPSED: Final = f"{ROAD},drawbox=x=220:y=190:w=200:h=110:color=black:t=fill"
HOLE: Final = (0.5, 0.68)
"""A place in the hole, as shares of the picture's width and height."""
DARK, LIGHT = 60, 90
"""Brightness (0 to 255) below which it is the hole, and above which it is the road."""
PATIENCE_S: Final = 60.0


class StreetCamera:
    """On an event loop of its own, from `start` to `close`."""

    _peer: SimulatedRtspCamera

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="street-camera", daemon=True)
        self._up = simulated_rtsp_camera(rate=RATE, drawn=COLLAPSED)

    def start(self) -> None:
        self._thread.start()
        self._peer = self._wait(self._up.__aenter__())

    def close(self) -> None:
        if self._thread.is_alive():
            self._wait(self._up.__aexit__(None, None, None))
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(PATIENCE_S)
        self._loop.close()

    @property
    def address(self) -> str:
        return self._peer.url

    def repair(self) -> None:
        """Who connects from now on sees the road without the hole."""
        self._peer.drawn = ROAD
        # Made here: its event loop waits for nobody.
        _ = self._peer.played

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)
