"""Posts a form to a receiver: one request on a connection of its own, to an address that the guard has seen.

Of the answer to a form only the status is read. `ask` reads its body too, up to a bound. A redirect is a
refusal.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Final
from uuid import UUID

from cases.exchange.errors import FormRefused, FormUnsent
from cases.exchange.model import FormReceiver
from core.clock import Clock
from core.listening import Addresses
from core.webhook_signature import headers_of
from gateway.webhooks import codec, guard
from gateway.webhooks.settings import WebhookSettings

MOST_LINE: Final = 8 * 1024
MOST_BODY: Final = 256 * 1024
MOST_ASKED: Final = 4 * 1024 * 1024
"""Bytes of what is asked with, and of its answer."""
MOST_HEADERS: Final = 100
MOST_INTERIM: Final = 5
MOST_ADDRESSES: Final = 4
_RESOLVERS: Final = ThreadPoolExecutor(2, thread_name_prefix="webhook-names")


class SignedWebhooks:
    """Fills `cases.exchange.ports.FormWebhook`."""

    def __init__(self, settings: WebhookSettings | None, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._context: ssl.SSLContext | None = None
        self._private = Addresses(() if settings is None else settings.private_networks)

    @property
    def ready(self) -> bool:
        return self._settings is not None

    def secret(self, receiver: FormReceiver) -> str:
        """As the receiver is given it. Raises `FormUnsent` without a signing key."""
        return codec.written(self._secrets(receiver)[0])

    async def post(self, receiver: FormReceiver, form_id: UUID, document: bytes) -> None:
        """Raises `FormUnsent`, `FormRefused`."""
        if len(document) > MOST_BODY:
            raise FormRefused("too-big", remedy="see the case")
        await self._exchange(receiver, form_id, document, most_answer=0)

    async def ask(self, receiver: FormReceiver, form_id: UUID, document: bytes) -> bytes:
        """Raises `FormUnsent`, `FormRefused`."""
        if len(document) > MOST_ASKED:
            raise FormRefused("too-big", remedy="compare the lists by songhua exchange reconcile")
        return await self._exchange(receiver, form_id, document, most_answer=MOST_ASKED)

    async def _exchange(
        self, receiver: FormReceiver, form_id: UUID, document: bytes, *, most_answer: int
    ) -> bytes:
        """The body of a good answer, empty where none is wanted."""
        secrets = self._secrets(receiver)
        headers = headers_of(secrets, str(form_id), int(self._clock.now().timestamp()), document)
        try:
            address = codec.address_of(receiver.url)
            async with asyncio.timeout(self._given.timeout_s):
                request = codec.request_of(address, headers, document)
                status, body = await self._answer(address, request, most_answer)
        except TimeoutError:
            raise FormUnsent("timeout", away=True) from None
        except guard.RefusedAddress as error:
            raise FormUnsent(
                str(error), remedy="see Settings, Exchange, and [webhooks] private_networks", away=True
            ) from None
        except ssl.SSLError as error:
            why = "certificate" if isinstance(error, ssl.SSLCertVerificationError) else "tls"
            raise FormUnsent(why, remedy="see [webhooks] ca_file", away=True) from None
        except OSError:
            raise FormUnsent("unreachable", away=True) from None
        except ValueError:  # also `BadAnswer`
            raise FormUnsent("no-http") from None
        _judge(status)
        return body

    @property
    def _given(self) -> WebhookSettings:
        if self._settings is None:
            raise FormUnsent("no-key", remedy="set [webhooks] signing_key")
        return self._settings

    def _secrets(self, receiver: FormReceiver) -> Sequence[bytes]:
        """The receiver's secret, and the one before it."""
        key = self._given.signing_key.get_secret_value().encode()
        last = receiver.key_number
        return [
            codec.secret_of(key, receiver.department_id, number)
            for number in range(last, max(last - 2, 0), -1)
        ]

    async def _answer(self, address: codec.WebAddress, request: bytes, most: int) -> tuple[int, bytes]:
        """Status, and the body of a success where `most` bytes of it are wanted."""
        addresses = guard.allowed(await _resolved(address), self._private, secure=address.secure)
        context = await self._trust() if address.secure else None
        reader, writer = await _connected(address, addresses[:MOST_ADDRESSES], context)
        try:
            writer.write(request)
            await writer.drain()
            status = await _answered(reader)
            wanted = most and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
            return status, await _body(reader, status, most) if wanted else b""
        finally:
            writer.close()
            with suppress(OSError):
                writer.transport.abort()

    async def _trust(self) -> ssl.SSLContext:
        """Whom we trust: read once, in a thread, for that takes tens of milliseconds. Raises `FormUnsent`."""
        if self._context is None:
            try:
                self._context = await asyncio.to_thread(
                    ssl.create_default_context, cafile=self._given.ca_file
                )
            except (OSError, ValueError):  # also `ssl.SSLError`: no certificate stands there
                raise FormUnsent("ca-file", remedy="see [webhooks] ca_file", away=True) from None
        return self._context


async def _resolved(address: codec.WebAddress) -> list[str]:
    """A name that nobody answers for takes a thread for half a minute: none of those that others need."""
    found = await asyncio.get_running_loop().run_in_executor(
        _RESOLVERS, partial(socket.getaddrinfo, address.host, address.port, type=socket.SOCK_STREAM)
    )
    return list(dict.fromkeys(str(one[4][0]) for one in found))


async def _connected(
    address: codec.WebAddress, addresses: Sequence[str], context: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """To the first address that takes the connection: the name is not asked for a second time."""
    last = OSError("no address")
    for one in addresses:
        try:
            return await asyncio.open_connection(
                one, address.port, ssl=context, limit=MOST_LINE,
                server_hostname=address.host if context else None,
            )  # fmt: skip
        except ssl.SSLError:
            raise
        except OSError as error:
            last = error
    raise last


async def _answered(reader: asyncio.StreamReader) -> int:
    """The status of the answer; interim ones (1xx) are passed over."""
    for _ in range(MOST_INTERIM):
        status = codec.status_of(await _line(reader))
        if status >= HTTPStatus.OK:
            return status
        while (await _line(reader)).strip():
            pass
    raise codec.BadAnswer


async def _body(reader: asyncio.StreamReader, status: int, most: int) -> bytes:
    """What follows the status line. Raises `BadAnswer`, also for more than `most` bytes."""
    headers = await _headers(reader)
    try:
        if status == HTTPStatus.NO_CONTENT:
            return b""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return await _chunks(reader, most)
        if "content-length" in headers:
            told = headers["content-length"]
            if not told.isascii() or not told.isdigit() or len(told) > 9 or int(told) > most:
                raise codec.BadAnswer
            return await reader.readexactly(int(told))
        return await _rest(reader, most)
    except asyncio.IncompleteReadError:
        raise codec.BadAnswer from None


async def _headers(reader: asyncio.StreamReader) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(MOST_HEADERS):
        line = await _line(reader)
        if not line.strip():
            return headers
        name, value = codec.header_of(line)
        headers[name] = value
    raise codec.BadAnswer


async def _chunks(reader: asyncio.StreamReader, most: int) -> bytes:
    body = bytearray()
    while size := codec.chunk_size(await _line(reader)):
        if len(body) + size > most:
            raise codec.BadAnswer
        body += await reader.readexactly(size)
        if (await _line(reader)).strip():
            raise codec.BadAnswer
    return bytes(body)


async def _rest(reader: asyncio.StreamReader, most: int) -> bytes:
    """Until the receiver closes."""
    body = bytearray()
    while piece := await reader.read(MOST_LINE):
        body += piece
        if len(body) > most:
            raise codec.BadAnswer
    return bytes(body)


async def _line(reader: asyncio.StreamReader) -> bytes:
    line = await reader.readline()  # over the limit: ValueError
    if not line.endswith(b"\n"):
        raise codec.BadAnswer
    return line


def _judge(status: int) -> None:
    """Raises `FormRefused` where the receiver is gone, `FormUnsent` for all but a success."""
    if status == HTTPStatus.GONE:
        raise FormRefused(f"http-{status}", remedy="see Settings, Exchange")
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise FormUnsent(f"http-{status}")
