"""A proxy before a port that speaks TCP and UDP: blocks either, lets connections go dead, says nonsense."""

from __future__ import annotations

import asyncio
import contextlib

from tests.peers.ports import free_port, release


class TcpUdpProxy:
    """Forwards both between `port` and `target`, from the event loop of the test."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.dead = False
        """Nothing passes, and nobody is told: what is lost stays lost."""
        self.udp_there = True
        self.udp_back = True
        self._target = target
        self._server: asyncio.Server | None = None
        self._near: asyncio.DatagramTransport | None = None
        self._far: dict[tuple[str, int], asyncio.DatagramTransport] = {}
        self._streams: set[asyncio.StreamWriter] = set()
        """Towards who has connected."""
        self._ends: set[asyncio.StreamWriter] = set()
        self._pairs: set[asyncio.Task[None]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self._near, _ = await loop.create_datagram_endpoint(
            lambda: _Near(self), local_addr=("127.0.0.1", self.port)
        )

    async def close(self) -> None:
        assert self._server is not None
        assert self._near is not None
        self._server.close()
        for stream in self._ends:
            stream.transport.abort()
        await asyncio.gather(*self._pairs, return_exceptions=True)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._near.abort()
        for far in self._far.values():
            far.abort()
        await asyncio.sleep(0)
        release(self.port)

    def say_by_tcp(self, data: bytes) -> None:
        """To everybody who is connected, as if the target had said it."""
        for stream in self._streams:
            stream.write(data)

    def say_by_udp(self, data: bytes) -> None:
        assert self._near is not None
        for address in self._far:
            self._near.sendto(data, address)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pairs.add(task)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            self._pairs.discard(task)
            return
        self._streams.add(writer)
        self._ends |= {writer, back}
        await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        self._streams.discard(writer)
        self._ends -= {writer, back}
        self._pairs.discard(task)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                if not self.dead:
                    sink.write(data)
                    await sink.drain()
        if not self.dead:
            sink.transport.abort()

    async def datagram_there(self, data: bytes, address: tuple[str, int]) -> None:
        if self.dead or not self.udp_there:
            return
        far = self._far.get(address)
        if far is None:
            loop = asyncio.get_running_loop()
            far, _ = await loop.create_datagram_endpoint(
                lambda: _Far(self, address), remote_addr=("127.0.0.1", self._target)
            )
            self._far[address] = far
        far.sendto(data)

    def keep(self, work: asyncio.Task[None]) -> None:
        self._tasks.add(work)
        work.add_done_callback(self._tasks.discard)

    def datagram_back(self, data: bytes, address: tuple[str, int]) -> None:
        if not self.dead and self.udp_back and self._near is not None:
            self._near.sendto(data, address)


class _Near(asyncio.DatagramProtocol):
    """Keeps the order in which datagrams came."""

    def __init__(self, proxy: TcpUdpProxy) -> None:
        self._proxy = proxy
        self._queue: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()
        proxy.keep(asyncio.get_running_loop().create_task(self._forward()))

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._queue.put_nowait((data, addr))

    async def _forward(self) -> None:
        while True:
            await self._proxy.datagram_there(*await self._queue.get())


class _Far(asyncio.DatagramProtocol):
    def __init__(self, proxy: TcpUdpProxy, address: tuple[str, int]) -> None:
        self._proxy = proxy
        self._address = address

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        del addr
        self._proxy.datagram_back(data, self._address)
