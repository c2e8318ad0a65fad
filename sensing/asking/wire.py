"""Requests and answers of HTTP and RTSP, which have the same form, with limits on what is read."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from sensing.asking.target import CameraTarget
from sensing.errors import CameraFault, NoPicture

MOST_HEAD: Final = 16 * 1024
MOST_BODY: Final = 64 * 1024
"""Of an answer that only describes something."""
_STATUS: Final = re.compile(rb"(?:HTTP|RTSP)/1\.[01] ([0-9]{3})(?: |$)")

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class AnswerHead:
    """The status and the headers of an answer; names are lower case, each with all its values."""

    status: int
    headers: Mapping[str, Sequence[str]]

    def first(self, name: str) -> str:
        """The first value, or nothing."""
        return next(iter(self.headers.get(name, ())), "")

    @property
    def length(self) -> int | None:
        """The announced length of the body. Raises `NoPicture` for one that is no number."""
        text = self.first("content-length")
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,15}", text):
            raise NoPicture(CameraFault.BROKEN, "it announces a length that is no number")
        return int(text)


def parse_head(data: bytes) -> AnswerHead:
    """The head in these bytes, without the empty line. Raises `NoPicture` for anything else."""
    lines = data.replace(b"\r\n", b"\n").split(b"\n")
    found = _STATUS.match(lines[0])
    if found is None:
        raise NoPicture(CameraFault.BROKEN, "its answer is neither HTTP nor RTSP")
    headers: dict[str, list[str]] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if colon:
            headers.setdefault(name.strip().lower().decode("latin-1"), []).append(
                value.strip().decode("latin-1")
            )
    return AnswerHead(int(found.group(1)), headers)


def request(method: str, uri: str, version: str, headers: Mapping[str, str]) -> bytes:
    """A request without a body."""
    lines = [f"{method} {uri} {version}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "replace")


@asynccontextmanager
async def connected(target: CameraTarget, tls: ssl.SSLContext | None = None) -> AsyncIterator[Connection]:
    """A connection to the checked address, closed at once at the end. Raises `NoPicture`."""
    try:
        reader, writer = await asyncio.open_connection(
            target.ip, target.port, ssl=tls, server_hostname=target.host if tls else None, limit=MOST_HEAD
        )
    except ssl.SSLError:
        raise NoPicture(CameraFault.AWAY, "its certificate is not trusted") from None
    except OSError:
        raise NoPicture(CameraFault.AWAY) from None
    try:
        yield reader, writer
    except (OSError, asyncio.IncompleteReadError):
        raise NoPicture(CameraFault.AWAY, "it closed the connection") from None
    except asyncio.LimitOverrunError:
        raise NoPicture(CameraFault.BROKEN, "its answer has too long a head") from None
    finally:
        with contextlib.suppress(Exception):
            writer.transport.abort()


async def read_head(reader: asyncio.StreamReader) -> AnswerHead:
    """The next head. Raises `NoPicture`, and what `connected` maps."""
    return parse_head((await reader.readuntil(b"\r\n\r\n"))[:-4])


async def read_body(reader: asyncio.StreamReader, head: AnswerHead, most: int) -> bytes:
    """The body, of the announced length, chunked, or up to the end; never more than `most` bytes are taken.
    Raises `NoPicture`.
    """
    if "chunked" in head.first("transfer-encoding").lower():
        return await _chunked(reader, most)
    length = head.length
    if length is not None:
        if length > most:
            raise NoPicture(CameraFault.TOO_LARGE)
        return await reader.readexactly(length)
    found = bytearray()
    while part := await reader.read(1 << 16):
        found += part
        if len(found) > most:
            raise NoPicture(CameraFault.TOO_LARGE)
    return bytes(found)


async def _chunked(reader: asyncio.StreamReader, most: int) -> bytes:
    found = bytearray()
    while True:
        size = (await reader.readuntil(b"\r\n")).split(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size):
            raise NoPicture(CameraFault.BROKEN, "its chunks have no size")
        many = int(size, 16)
        if len(found) + many > most:
            raise NoPicture(CameraFault.TOO_LARGE)
        if many == 0:
            return bytes(found)
        found += await reader.readexactly(many)
        await reader.readexactly(2)
