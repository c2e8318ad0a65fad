"""Carries one session's datagrams: a socket at the port where the other side sends to.

It is not connected, because senders may send from another port than they listen at; so the kernel is asked to
tell of refusals all the same (Linux, IP_RECVERR).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterable
from typing import Final

from core.clock import Clock
from radio_bridge.drivers.unarbitrated.effects import Told
from radio_bridge.drivers.usrp.effects import Effect, UsrpSend
from radio_bridge.drivers.usrp.health import UsrpDownReason
from radio_bridge.drivers.usrp.session import UsrpSession
from radio_bridge.drivers.usrp.timing import UsrpTiming

_RECVERR: Final = {socket.AF_INET: (socket.IPPROTO_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}
"""By family: level and number of IP_RECVERR, which Python does not name."""
_ERRORS_MOST: Final = 100


class UsrpCarrier:
    """Implements `radio_bridge.drivers.unarbitrated.network.SessionCarrier`. `told` must not wait."""

    def __init__(
        self,
        session: UsrpSession,
        *,
        to: tuple[str, int],
        listen: tuple[str, int],
        clock: Clock,
        told: Callable[[Told], None],
        timing: UsrpTiming | None = None,
    ) -> None:
        self.session = session
        self._to = to
        self._listen = listen
        self._clock = clock
        self._told = told
        self._timing = timing or UsrpTiming()
        self._peer: tuple[str, int] = to
        self._socket: socket.socket | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._changed = asyncio.Event()

    def key(self) -> None:
        self._do(self.session.key())

    def unkey(self) -> None:
        self._do(self.session.unkey())

    def sound(self, frame: bytes) -> bool:
        effects = self.session.sound(frame)
        self._do(effects)
        return bool(effects)

    async def run(self) -> None:
        """Keep the socket open until cancelled."""
        try:
            while True:
                if self._transport is None and not await self._open():
                    self._do(self.session.closed(UsrpDownReason.NO_SOCKET))
                    await asyncio.sleep(self._timing.reopen)
                    continue
                self._do(self.session.tick())
                self._changed.clear()
                due = self.session.wakeup()
                pause = None if due is None else max(0.0, due - self._clock.monotonic())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._changed.wait()
        finally:
            self._do(self.session.closed(UsrpDownReason.STOPPED))
            self._drop()

    # --- for the socket -------------------------------------------------------------------------------

    def received(self, data: bytes, host: str) -> None:
        """A datagram; one of another host than the peer's is dropped."""
        if host == self._peer[0]:
            self._do(self.session.datagram(data))

    def refused(self) -> None:
        self._forget_errors()
        self._do(self.session.refused())

    def lost(self) -> None:
        """The system has closed the socket."""
        if self._transport is not None:
            self._drop()
            self._do(self.session.closed(UsrpDownReason.NO_SOCKET))

    # --- inside ---------------------------------------------------------------------------------------

    def _do(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case UsrpSend(data):
                    if self._transport is not None:
                        self._transport.sendto(data, self._peer)
                case told:
                    self._told(told)
        self._changed.set()

    async def _open(self) -> bool:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(*self._to, type=socket.SOCK_DGRAM)
            family, peer = found[0][0], found[0][4]
            opened = socket.socket(family, socket.SOCK_DGRAM)
        except OSError:
            return False
        try:
            opened.setblocking(False)
            with contextlib.suppress(OSError):
                # Without it, nobody listening is not noticed.
                opened.setsockopt(*_RECVERR[family], 1)
            opened.bind(self._listen)
            transport, _ = await loop.create_datagram_endpoint(lambda: _UsrpProtocol(self), sock=opened)
        except OSError:
            opened.close()
            return False
        self._peer = (str(peer[0]), int(peer[1]))
        self._socket, self._transport = opened, transport
        self._do(self.session.opened())
        return True

    def _drop(self) -> None:
        transport, self._transport, self._socket = self._transport, None, None
        if transport is not None:
            # What was given to it is sent: on an idle socket that happens at once.
            transport.abort()

    def _forget_errors(self) -> None:
        """What the kernel keeps of each refusal would wake us for ever."""
        if self._socket is None:
            return
        with contextlib.suppress(OSError):
            for _ in range(_ERRORS_MOST):
                self._socket.recvmsg(0, 512, socket.MSG_ERRQUEUE)


class _UsrpProtocol(asyncio.DatagramProtocol):
    def __init__(self, carrier: UsrpCarrier) -> None:
        self._carrier = carrier

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._carrier.received(data, addr[0])

    def error_received(self, exc: Exception) -> None:
        del exc
        self._carrier.refused()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._carrier.lost()
