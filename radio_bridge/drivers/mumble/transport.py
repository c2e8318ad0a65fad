"""Carries one session over TLS: opens it, looks whether it is the right server, keeps the session's time."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ssl
from collections.abc import Callable
from typing import Final

from core.clock import Clock
from radio_bridge.drivers.carrier import LinkCarrier
from radio_bridge.drivers.mumble.effects import (
    Effect,
    MumbleClose,
    MumbleConnect,
    MumbleSend,
    TextCame,
    UsersPresent,
)
from radio_bridge.drivers.mumble.health import MumbleDownReason
from radio_bridge.drivers.mumble.session import MumbleSession
from radio_bridge.drivers.unarbitrated.effects import Told

OPEN_S: Final = 10.0
SHUT_S: Final = 2.0
UNSENT_MOST: Final = 65_536
"""Some twenty seconds of our sound: so much that is not taken means that nobody reads."""

Heard = Told | UsersPresent | TextCame


class MumbleCarrier(LinkCarrier[Effect]):
    """Implements `radio_bridge.drivers.unarbitrated.network.SessionCarrier`. `told` gets what the session
    tells, in order, and must not wait. With `sha256` the server's certificate must be that one, whoever has
    signed it.
    """

    session: MumbleSession

    def __init__(
        self,
        session: MumbleSession,
        host: str,
        port: int,
        *,
        sha256: str,
        clock: Clock,
        told: Callable[[Heard], None],
    ) -> None:
        super().__init__(session, clock)
        self._host = host
        self._port = port
        self._sha256 = sha256
        self._told = told
        self._stream: asyncio.Transport | None = None

    def key(self) -> None:
        self.do(self.session.key())

    def unkey(self) -> None:
        self.do(self.session.unkey())

    def sound(self, frame: bytes) -> bool:
        effects = self.session.sound(frame)
        self.do(effects)
        return bool(effects)

    def text(self, name: str, words: str) -> bool:
        """Whether he is there, and it went out."""
        effects = self.session.text(name, words)
        self.do(effects)
        return bool(effects)

    def _do(self, effect: Effect) -> None:
        match effect:
            case MumbleConnect():
                self._connect()
            case MumbleClose():
                self._drop()
            case MumbleSend(data):
                self._send(data)
            case told:
                self._told(told)

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(OPEN_S):
                stream, _ = await loop.create_connection(
                    lambda: _TlsStream(self),
                    self._host,
                    self._port,
                    ssl=_context(pinned=bool(self._sha256)),
                    server_hostname=self._host,
                    ssl_shutdown_timeout=SHUT_S,
                )
        except ssl.SSLCertVerificationError as error:
            self.do(self.session.link_down(MumbleDownReason.CERTIFICATE, error.verify_message))
            return
        except (OSError, TimeoutError):
            self.do(self.session.link_down(MumbleDownReason.UNREACHABLE))
            return
        shown = _digest_of(stream)
        if self._sha256 and not hmac.compare_digest(shown, self._sha256):
            # Before anything is said: our password is not for it.
            stream.abort()
            self.do(self.session.link_down(MumbleDownReason.CERTIFICATE, f"it shows {shown}"))
            return
        if stream.is_closing():
            self.do(self.session.link_down(MumbleDownReason.CLOSED))
            return
        self._stream = stream
        self.do(self.session.link_up())

    def _send(self, data: bytes) -> None:
        if self._stream is None:
            return
        self._stream.write(data)
        if self._stream.get_write_buffer_size() > UNSENT_MOST:
            self.do(self.session.link_down(MumbleDownReason.STALLED))

    def _drop(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            # What was written before goes out, as far as it can without waiting.
            stream.abort() if stream.get_write_buffer_size() else stream.close()

    def lost(self, stream: asyncio.BaseTransport | None) -> None:
        """A connection is gone; one that was replaced already does not count."""
        if stream is not None and stream is self._stream:
            self._drop()
            self.do(self.session.link_down(MumbleDownReason.CLOSED))

    def received(self, stream: asyncio.BaseTransport | None, data: bytes) -> None:
        """Bytes of the connection that stands now."""
        if stream is self._stream:
            self.do(self.session.received(data))


class _TlsStream(asyncio.Protocol):
    def __init__(self, carrier: MumbleCarrier) -> None:
        self._carrier = carrier
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._carrier.received(self._transport, data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._carrier.lost(self._transport)


def _context(*, pinned: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if pinned:
        # The certificate itself is compared, which says more than who has signed it.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _digest_of(stream: asyncio.Transport) -> str:
    certificate: bytes | None = stream.get_extra_info("ssl_object").getpeercert(binary_form=True)
    return hashlib.sha256(certificate or b"").hexdigest()
