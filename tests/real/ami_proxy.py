"""A tiny TCP proxy before the manager port: cuts the link, or lets it go dead, at the moment a test wants."""

from __future__ import annotations

import asyncio
from enum import Enum


class AtOriginate(Enum):
    """What happens to the link when an Originate passes."""

    PASS = "pass"
    FORWARD_AND_CUT = "forward and cut"
    SWALLOW_AND_CUT = "swallow and cut"


class AmiProxy:
    """Forwards both ways between `port` and the switch."""

    def __init__(self, target: int) -> None:
        self._target = target
        self.at_originate = AtOriginate.PASS
        self.dead = False
        self.connections = 0
        self.originates = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        try:
            switch_reader, switch_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, switch_writer}
        async with asyncio.TaskGroup() as both:
            both.create_task(self._forward(reader, switch_writer))
            both.create_task(self._forward(switch_reader, writer))
        self._writers -= {writer, switch_writer}

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                if b"Action: Originate\r\n" in data:
                    self.originates += 1
                    if self.at_originate is not AtOriginate.PASS:
                        await self._cut_at(data, writer)
                        return
                if not self.dead:
                    writer.write(data)
                    await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def _cut_at(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        if self.at_originate is AtOriginate.FORWARD_AND_CUT:
            writer.write(data)
            await writer.drain()
            # The client's side first: the answer must not come through.
            for other in list(self._writers - {writer}):
                other.transport.abort()
            await asyncio.sleep(0.1)  # the switch reads it before its side ends, too
        self.at_originate = AtOriginate.PASS
        self.cut()
