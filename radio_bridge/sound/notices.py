"""Tones on the air: the radios of a network are told that their talkgroup is patched, or is so no more.

A tone is a short talk of the party `notice` (decision 0157): floor control grants it when nobody talks or
waits, and takes it back for whoever asks. It is not tried again.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from core.metrics import counter
from core.sound.notes import patched, unpatched
from core.tasks import Tasks
from field.contract.capabilities import Can
from radio_bridge.drivers.voice import VoiceNetwork
from radio_bridge.floor.model import NOTICE
from radio_bridge.floor.ports import FloorReply, Notice
from radio_bridge.floor.service import FloorControl
from radio_bridge.sound.pace import FRAME_S, Cutter

_notices = counter(
    "radio_bridge_notices", "Tones for the radios of a network, by what became of them", ["fate"]
)

LEVEL: Final = 0.3


def _frames(samples: list[int]) -> list[bytes]:
    return Cutter().cut(array("h", samples).tobytes())


FRAMES: Final[Mapping[Notice, list[bytes]]] = {
    "patched": _frames(patched(level=LEVEL)),
    "unpatched": _frames(unpatched(level=LEVEL)),
}


class NetworkNotices:
    """Implements `floor.ports.Notices`. `networks` by the first part of their talkgroups' names."""

    def __init__(self, control: FloorControl, networks: Mapping[str, VoiceNetwork]) -> None:
        self._control = control
        self._networks = networks
        self._asked: dict[UUID, Notice] = {}
        self._tasks = Tasks("notices")

    async def stop(self) -> None:
        await self._tasks.stop()

    def tell(self, group: str, op_id: UUID, notice: Notice) -> None:
        network = self._networks.get(group.partition(":")[0])
        floor = self._control.floor(group)
        if floor is None or network is None or Can.NOTICE not in network.caps.can:
            _notices.labels("cannot").inc()
        elif not floor.knows(NOTICE, op_id):
            # Its answer may come before this returns.
            self._asked[op_id] = notice
            self._control.request(group, NOTICE, op_id, priority=0)

    def answered(self, answer: FloorReply) -> None:
        op_id = answer.request_id
        notice = None if op_id is None else self._asked.pop(op_id, None)
        if op_id is None or notice is None:
            return
        _notices.labels(answer.result).inc()
        if answer.result == "granted":
            self._tasks.spawn("play", lambda: self._play(answer.group, op_id, answer.token, notice))

    async def _play(self, group: str, op_id: UUID, token: str, notice: Notice) -> None:
        network = self._networks[group.partition(":")[0]]
        loop = asyncio.get_running_loop()
        due = loop.time()
        try:
            for frame in FRAMES[notice]:
                if not network.speak(group, token, frame):
                    return
                due += FRAME_S
                await asyncio.sleep(max(0.0, due - loop.time()))
        finally:
            self._control.release(group, NOTICE, op_id)
