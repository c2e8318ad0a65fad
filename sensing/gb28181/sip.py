"""SIP as GB/T 28181 uses it (RFC 3261): bytes to messages and back. Pure; takes any bytes, within limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

MOST_HEAD: Final = 8 * 1024
MOST_HEADERS: Final = 64
MOST_BODY: Final = 256 * 1024
VERSION: Final = "SIP/2.0"
_COMPACT: Final = {
    "v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length",
    "c": "content-type", "s": "subject", "o": "event", "k": "supported", "e": "content-encoding",
}  # fmt: skip
_REQUEST: Final = re.compile(r"([A-Z]{1,16}) (\S{1,512}) SIP/2\.0")
_STATUS: Final = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})(?: (.*))?")
_NAME: Final = re.compile(r"[A-Za-z0-9!%*_+`'~.-]{1,64}")
_USER: Final = re.compile(r"sips?:([^@;>\s\"]{1,64})@", re.IGNORECASE)
_BLANK: Final = re.compile(rb"[\r\n]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

Headers: TypeAlias = tuple[tuple[str, str], ...]


class SipMalformed(ValueError):
    """These bytes are no message."""


@dataclass(frozen=True, slots=True)
class _Message:
    """`headers` in their order, names in lower case and written out."""

    headers: Headers
    body: bytes = b""

    def first(self, name: str) -> str:
        """The first value of a header; empty when there is none."""
        return next((value for one, value in self.headers if one == name), "")

    def every(self, name: str) -> tuple[str, ...]:
        """All values of a header, one a line."""
        return tuple(value for one, value in self.headers if one == name)

    @property
    def call_id(self) -> str:
        return self.first("call-id")

    @property
    def branch(self) -> str:
        return parameter(self.first("via"), "branch")

    @property
    def cseq(self) -> tuple[int, str]:
        """Number and method; (0, "") when there is none."""
        number, _, method = self.first("cseq").partition(" ")
        right = number.isascii() and number.isdecimal() and len(number) <= 10
        return (int(number), method.strip()) if right else (0, "")


@dataclass(frozen=True, slots=True)
class SipRequest(_Message):
    method: str = ""
    uri: str = ""


@dataclass(frozen=True, slots=True)
class SipResponse(_Message):
    status: int = 0
    reason: str = ""


SipMessage: TypeAlias = SipRequest | SipResponse


def parse(data: bytes) -> SipMessage:
    """One message that is whole, as a datagram brings it. Raises `SipMalformed`."""
    at, skip = _end_of_head(data)
    if at < 0:
        raise SipMalformed("a head without its end")
    message, length = _head(data[:at])
    body = data[at + skip :]
    if length is not None and length > len(body):
        raise SipMalformed("its body is cut")
    return _with_body(message, body if length is None else body[:length])


class SipStream:
    """Messages of a connection. `feed` what came; a `SipMalformed` ends the connection. A head is read once,
    however many pieces its body comes in.
    """

    def __init__(self) -> None:
        self._data = bytearray()
        self._opened: tuple[SipMessage, int] | None = None
        """The message of which the body is awaited, and how long that is."""

    def feed(self, data: bytes, most_body: int = MOST_BODY) -> list[SipMessage]:
        """The messages that are whole now. Raises `SipMalformed`, also for a body longer than `most_body`."""
        self._data += data
        found: list[SipMessage] = []
        while True:
            if self._opened is None:
                self._opened = self._next_head()
            if self._opened is None:
                return found
            message, length = self._opened
            if length > most_body:
                raise SipMalformed("its body is too large")
            if len(self._data) < length:
                return found
            found.append(_with_body(message, bytes(self._data[:length])))
            del self._data[:length]
            self._opened = None

    def _next_head(self) -> tuple[SipMessage, int] | None:
        """Taken out, as soon as it is whole."""
        # Empty lines between messages keep connections open (RFC 5626).
        if blank := _BLANK.match(self._data):
            del self._data[: blank.end()]
        at, skip = _end_of_head(self._data)
        if at < 0:
            if len(self._data) > MOST_HEAD:
                raise SipMalformed("a head without end")
            return None
        message, length = _head(bytes(self._data[:at]))
        if length is None:
            raise SipMalformed("on a connection each message says its length")
        del self._data[: at + skip]
        return message, length


def encoded(message: SipMessage) -> bytes:
    """The message with its Content-Length; line breaks in values are taken out."""
    if isinstance(message, SipRequest):
        start = f"{message.method} {message.uri} {VERSION}"
    else:
        start = f"{VERSION} {message.status} {message.reason}"
    lines = [start, *(f"{_shown(name)}: {value}" for name, value in message.headers)]
    clean = [_CONTROL.sub(" ", line) for line in lines]
    length = f"Content-Length: {len(message.body)}"
    return ("\r\n".join([*clean, length, "", ""])).encode("utf-8", "replace") + message.body


def response(request: SipRequest, status: int, reason: str, *, tag: str, more: Headers = ()) -> SipResponse:
    """An answer by the rules of 8.2.6: Via, From, To, Call-ID and CSeq are those of the request."""
    to = request.first("to")
    if not parameter(to, "tag"):
        to = f"{to};tag={tag}"
    headers: Headers = (
        *(("via", one) for one in request.every("via")),
        ("from", request.first("from")),
        ("to", to),
        ("call-id", request.call_id),
        ("cseq", request.first("cseq")),
        *more,
    )
    return SipResponse(headers, status=status, reason=reason)


def with_source(request: SipRequest, ip: str, port: int) -> SipRequest:
    """The request with `received` and `rport` in its first Via (RFC 3581), for its answer."""
    headers, seen = [], False
    for name, value in request.headers:
        if name == "via" and not seen:
            seen = True
            first, comma, others = value.partition(",")
            bare = re.sub(r";\s*(rport|received)\s*(=[^;,]*)?(?=;|$)", "", first, flags=re.IGNORECASE)
            value = f"{bare.strip()};received={ip};rport={port}{comma}{others}"  # noqa: PLW2901
        headers.append((name, value))
    return SipRequest(tuple(headers), request.body, request.method, request.uri)


def user_of(value: str) -> str:
    """The user of the URI in a From, To, Contact or request line; empty when there is none."""
    found = _USER.search(value)
    return found.group(1) if found else ""


def parameter(value: str, name: str) -> str:
    """A parameter behind the address of a header; empty when it is not there."""
    outside = value.rpartition(">")[2] if ">" in value else value
    found = re.search(rf";\s*{re.escape(name)}\s*=\s*\"?([^;,\s\">]{{1,256}})", outside, re.IGNORECASE)
    return found.group(1) if found else ""


def _end_of_head(data: bytes | bytearray) -> tuple[int, int]:
    """Where the head ends and how long the empty line is; (-1, 0) when it does not end."""
    for end in (b"\r\n\r\n", b"\n\n"):
        at = data.find(end, 0, MOST_HEAD)
        if at >= 0:
            return at, len(end)
    return -1, 0


def _head(data: bytes) -> tuple[SipMessage, int | None]:
    text = data.decode("utf-8", "replace").replace("\r\n", "\n")
    lines = re.sub(r"\n[ \t]+", " ", text).split("\n")
    if any(_CONTROL.search(line) for line in lines):
        raise SipMalformed("control signs in the head")
    if len(lines) > MOST_HEADERS + 1:
        raise SipMalformed("too many headers")
    headers = tuple(_header(line) for line in lines[1:])
    lengths = {value for name, value in headers if name == "content-length"}
    if len(lengths) > 1 or any(not re.fullmatch("[0-9]{1,9}", one) for one in lengths):
        raise SipMalformed("its length is no number")
    length = int(lengths.pop()) if lengths else None
    if length is not None and length > MOST_BODY:
        raise SipMalformed("its body is too large")
    kept = tuple(one for one in headers if one[0] != "content-length")
    asked = _REQUEST.fullmatch(lines[0])
    if asked:
        return SipRequest(kept, b"", asked.group(1), asked.group(2)), length
    told = _STATUS.fullmatch(lines[0])
    if told is None:
        raise SipMalformed("neither a request nor an answer of SIP 2.0")
    return SipResponse(kept, b"", int(told.group(1)), told.group(2) or ""), length


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    name = name.strip().lower()
    if not colon or not _NAME.fullmatch(name):
        raise SipMalformed("a line that is no header")
    return _COMPACT.get(name, name), value.strip()


def _with_body(message: SipMessage, body: bytes) -> SipMessage:
    if len(body) > MOST_BODY:
        raise SipMalformed("its body is too large")
    if isinstance(message, SipRequest):
        return SipRequest(message.headers, body, message.method, message.uri)
    return SipResponse(message.headers, body, message.status, message.reason)


def _shown(name: str) -> str:
    special = {"call-id": "Call-ID", "cseq": "CSeq", "www-authenticate": "WWW-Authenticate"}
    return special.get(name) or "-".join(part.capitalize() for part in name.split("-"))
