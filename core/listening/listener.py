"""A listening socket that keeps its `ConnectionSlots`: for `loop.create_server(sock=…)` of asyncio's own
event loop.

Limits are kept where descriptors come into being, in `accept`: before a TLS handshake and whatever protocol
follows. A connection counts until its descriptor is closed.
"""

from __future__ import annotations

import contextlib
import socket
import time
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from core.listening.addresses import Addresses, is_loopback, parsed
from core.listening.places import ACCEPTED_AT_ONCE, ConnectionRefused, ConnectionSlots, Peer
from core.log import logger
from core.metrics import counter, gauge

_log = logger("core")
_open = gauge("connections_open", "Connections of a listener", ["listener"])
_refused = counter("connections_refused", "Connections closed as they came", ["listener", "why"])
_ended = counter(
    "connections_ended", "Connections ended because they said nothing whole", ["listener", "why"]
)

BACKLOG: Final = ACCEPTED_AT_ONCE
"""For `create_server`, which takes it for how many it accepts in one turn."""
WAITING_IN_KERNEL: Final = 512
REFUSED_AT_ONCE: Final = 64
"""After so many refused ones others have their turn."""
STRANGERS_NAMED: Final = 20
"""So many addresses that may not come are written into the log, each once."""


class BoundedListener(socket.socket):
    """`of` names it in metrics. With `only`, nobody but this machine and those addresses may come."""

    def __init__(
        self, family: socket.AddressFamily, places: ConnectionSlots, *, of: str, only: Addresses | None = None
    ) -> None:
        # asyncio sends small pieces at once only on a socket that names TCP: else the second piece of an
        # answer waits for the acknowledgement of the first, up to 40 ms.
        super().__init__(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self.places = places
        self.of = of
        self._only = only
        self._held: weakref.WeakValueDictionary[Peer, _Held] = weakref.WeakValueDictionary()
        self._strangers: set[str] = set()

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection that has a place. Raises `BlockingIOError` when there is none."""
        for _ in range(REFUSED_AT_ONCE):
            taken, address = super().accept()
            peer = peer_of(address)
            why = self._turned_away(taken, peer)
            if not why:
                return self._hold(taken, peer), address
            _refused.labels(self.of, why).inc()
            taken.close()
        raise BlockingIOError

    def listen(self, backlog: int = BACKLOG, /) -> None:  # noqa: ARG002  # see BACKLOG
        """Listen with a queue of our own length, whatever asyncio asks for."""
        super().listen(WAITING_IN_KERNEL)

    def end_late(self) -> None:
        """End the connections whose deadline has passed. To be called once or twice a second."""
        for peer in self.places.late(time.monotonic()):
            self._end(peer, "late")

    def _turned_away(self, taken: socket.socket, peer: Peer) -> str:
        if self._only is not None and not self._may_come(taken, peer[0]):
            if peer[0] not in self._strangers and len(self._strangers) < STRANGERS_NAMED:
                self._strangers.add(peer[0])
                _log.warning("an address that is not named was refused", listener=self.of, address=peer[0])
            return "stranger"
        verdict = self.places.come(peer, time.monotonic())
        if isinstance(verdict, ConnectionRefused):
            return verdict.why
        if verdict.gives_way is not None:
            self._end(verdict.gives_way, "gave way")
        return ""

    def _may_come(self, taken: socket.socket, host: str) -> bool:
        assert self._only is not None
        return is_loopback(host) or host == peer_of(taken.getsockname())[0] or host in self._only

    def _hold(self, taken: socket.socket, peer: Peer) -> _Held:
        held = _Held(taken, partial(_left, self.places, peer, self.of))
        self._held[peer] = held
        _open.labels(self.of).set(len(self.places))
        return held

    def _end(self, peer: Peer, why: str) -> None:
        _ended.labels(self.of, why).inc()
        held = self._held.get(peer)
        if held is not None:
            # Its protocol sees the end as if the other side had hung up, and closes it.
            with contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)


class _Held(socket.socket):
    """A connection that gives its place back when it is closed, or forgotten."""

    def __init__(self, taken: socket.socket, left: Callable[[], None]) -> None:
        super().__init__(taken.family, taken.type, taken.proto, fileno=taken.detach())
        self._left = weakref.finalize(self, left)
        self._left.atexit = False

    def close(self) -> None:
        super().close()
        self._left()


def _left(places: ConnectionSlots, peer: Peer, of: str) -> None:
    places.left(peer)
    _open.labels(of).set(len(places))


def peer_of(address: Any) -> Peer:
    """Address and port, as `accept`, `getpeername` and asyncio's `peername` tell them."""
    host, port = address[0], address[1]
    found = parsed(host)
    return (host if found is None else str(found)), port


def listen(
    host: str, port: int, places: ConnectionSlots, *, of: str, only: Addresses | None = None
) -> BoundedListener:
    """A bound socket; port 0 takes a free one. Raises `OSError`."""
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    listener = BoundedListener(family, places, of=of, only=only)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener
