"""Heads as messages of syslog (RFC 5424), over UDP (RFC 5426), TCP (RFC 6587, counted octets) or the local
socket. The message's text is the head's own line, so a log is a copy that `audit verify --heads` reads.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from cdr.chain.heads import Head

DEADLINE_S = 5.0
_PRIORITY = 13 * 8 + 5
"""Facility 13 (log audit), severity 5 (notice): RFC 5424, 6.2.1."""
_APP = "songhua"
_MSGID = "chain-head"


def message(head: Head, host: str, process: int) -> bytes:
    """One message. `at` of a head is already an RFC 5424 timestamp: RFC 3339 with microseconds."""
    text = head.line().rstrip(b"\n")
    return f"<{_PRIORITY}>1 {head.at} {_host(host)} {_APP} {process} {_MSGID} - ".encode() + text


def _host(name: str) -> str:
    shown = "".join(letter for letter in name if "!" <= letter <= "~")[:255]
    return shown or "-"


class Syslog:
    whole = False
    newest_only = False
    every_s = 0.0

    def __init__(self, url: str) -> None:
        self.name = f"syslog:{url}"
        self._url = urlsplit(url)
        self._host = socket.gethostname()

    async def take(self, heads: Sequence[Head]) -> None:
        messages = [message(head, self._host, os.getpid()) for head in heads]
        send = {"udp": self._by_udp, "tcp": self._by_tcp, "unix": self._by_socket}[self._url.scheme]
        async with asyncio.timeout(DEADLINE_S):
            await send(messages)

    async def _by_udp(self, messages: Sequence[bytes]) -> None:
        """Send a datagram. Nothing confirms it: only an unreachable network is noticed."""
        loop = asyncio.get_running_loop()
        transport, told = await loop.create_datagram_endpoint(
            _Refusals, remote_addr=(self._url.hostname or "", self._url.port or 514)
        )
        try:
            for one in messages:
                transport.sendto(one)
            # A closed port answers with an ICMP message, which comes a moment later.
            await asyncio.sleep(0.05)
        finally:
            transport.close()
        if told.error is not None:
            raise told.error

    async def _by_tcp(self, messages: Sequence[bytes]) -> None:
        _, writer = await asyncio.open_connection(self._url.hostname, self._url.port)
        try:
            writer.write(b"".join(b"%d %s" % (len(one), one) for one in messages))
            await writer.drain()
        finally:
            writer.close()
            await writer.wait_closed()

    async def _by_socket(self, messages: Sequence[bytes]) -> None:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as local:
            local.connect(self._url.path)
            for one in messages:
                await loop.sock_sendall(local, one)


class _Refusals(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.error: Exception | None = None

    def error_received(self, exc: Exception) -> None:
        self.error = exc
