"""Bytes to messages and back, pure. Whatever comes is a message or `Malformed`, never another error.

A TCP frame is its length (32 bits), the type (16 bits) and the fields; a datagram is type, client id and
number (16 bits each) and the fields. All of it big-endian; texts and lists begin with their count (16 bits).
What follows the last known field is left unread, as the reflector itself does.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Callable, Iterator
from typing import Any, Final

from core.malformed import Malformed
from radio_bridge.drivers.svxreflector import messages as m

MAX_FRAME: Final = 32_768
"""The longest that a reflector sends (16,384 bytes until 24.02, 32,768 later)."""
_MAX_COUNT: Final = 0xFFFF
_LENGTH: Final = struct.Struct("!I")
_UDP_HEADER: Final = struct.Struct("!HHH")

_Table = dict[int, tuple[type[Any], tuple[str, ...]]]
"""By type: the message and the forms of its fields in order."""

_TCP: Final[_Table] = {
    1: (m.Heartbeat, ()),
    5: (m.ProtoVer, ("u16", "u16")),
    6: (m.ProtoVerDowngrade, ("u16", "u16")),
    10: (m.AuthChallenge, ("bytes",)),
    11: (m.AuthResponse, ("text", "bytes")),
    12: (m.AuthOk, ()),
    13: (m.ErrorMessage, ("text",)),
    100: (m.ServerInfo, ("u16", "u16", "texts", "texts")),
    101: (m.NodeList, ("texts",)),
    102: (m.NodeJoined, ("text",)),
    103: (m.NodeLeft, ("text",)),
    104: (m.TalkerStart, ("u32", "text")),
    105: (m.TalkerStop, ("u32", "text")),
    106: (m.SelectTg, ("u32",)),
    107: (m.TgMonitor, ("u32s",)),
    109: (m.RequestQsy, ("u32",)),
    111: (m.NodeInfo, ("text",)),
}
_UDP: Final[_Table] = {
    1: (m.UdpHeartbeat, ()),
    101: (m.UdpAudio, ("bytes",)),
    102: (m.UdpFlush, ()),
    103: (m.UdpAllFlushed, ()),
}
_TCP_KIND: Final = {model: kind for kind, (model, _) in _TCP.items()}
_UDP_KIND: Final = {model: kind for kind, (model, _) in _UDP.items()}


class SvxFrameReader:
    """Cuts a TCP stream into the bodies of its frames; keeps at most one unfinished frame."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Raises `Malformed` when a frame says that it is longer than any may be: the stream is lost then."""
        self._kept += data
        while len(self._kept) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._kept)
            if length > MAX_FRAME:
                raise Malformed(f"a frame of {length} bytes")
            if len(self._kept) < _LENGTH.size + length:
                return
            body = bytes(self._kept[_LENGTH.size : _LENGTH.size + length])
            del self._kept[: _LENGTH.size + length]
            yield body


def decode_frame(body: bytes) -> m.TcpMessage:
    """The body of a frame, without its length. Raises `Malformed`."""
    reader = _FieldReader(body)
    message: m.TcpMessage = _message(_TCP, reader.u16(), reader)
    return message


def encode_frame(message: m.TcpMessage) -> bytes:
    """With the length in front. Raises `ValueError` for what no frame can hold."""
    body = _written(_TCP, _kind(_TCP_KIND, message), message)
    if len(body) > MAX_FRAME:
        raise ValueError(f"a frame of {len(body)} bytes")
    return _LENGTH.pack(len(body)) + body


def decode_datagram(data: bytes) -> m.UdpHeader:
    """Raises `Malformed`."""
    reader = _FieldReader(data)
    kind, client_id, seq = reader.u16(), reader.u16(), reader.u16()
    return m.UdpHeader(client_id, seq, _message(_UDP, kind, reader))


def encode_datagram(datagram: m.UdpHeader) -> bytes:
    """Raises `ValueError` for what no datagram can hold."""
    kind = _kind(_UDP_KIND, datagram.message)
    if not (0 <= datagram.client_id <= _MAX_COUNT and 0 <= datagram.seq <= _MAX_COUNT):
        raise ValueError("client id and number have 16 bits each")
    body = _written(_UDP, kind, datagram.message)
    return _UDP_HEADER.pack(kind, datagram.client_id, datagram.seq) + body[2:]


def digest(password: str, challenge: bytes) -> bytes:
    """The proof of the password. The protocol has no other digest than SHA-1."""
    return hmac.digest(password.encode(), challenge, hashlib.sha1)


def _message(table: _Table, kind: int, reader: _FieldReader) -> Any:
    known = table.get(kind)
    if known is None:
        return m.UnknownMessage(kind)
    model, fields = known
    return model(*(_READ[field](reader) for field in fields))


def _kind(kinds: dict[type[Any], int], message: object) -> int:
    kind = kinds.get(type(message))
    if kind is None:
        raise ValueError(f"{type(message).__name__} is never sent")
    return kind


def _written(table: _Table, kind: int, message: Any) -> bytes:
    model, fields = table[kind]
    values = [getattr(message, name) for name in model.__slots__]
    return _u16(kind) + b"".join(_WRITE[field](value) for field, value in zip(fields, values, strict=True))


class _FieldReader:
    """Reads fields one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise Malformed(f"ends at byte {len(self._data)}, {end - len(self._data)} too early")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def u16(self) -> int:
        return int.from_bytes(self.take(2))

    def u32(self) -> int:
        return int.from_bytes(self.take(4))

    def blob(self) -> bytes:
        return self.take(self.u16())

    def text(self) -> str:
        return self.blob().decode("utf-8", "replace")

    def texts(self) -> tuple[str, ...]:
        return tuple(self.text() for _ in range(self.u16()))

    def u32s(self) -> tuple[int, ...]:
        return tuple(self.u32() for _ in range(self.u16()))


def _u16(value: int) -> bytes:
    if not 0 <= value <= _MAX_COUNT:
        raise ValueError(f"{value} does not fit into 16 bits")
    return value.to_bytes(2)


def _u32(value: int) -> bytes:
    if not 0 <= value <= 0xFFFFFFFF:
        raise ValueError(f"{value} does not fit into 32 bits")
    return value.to_bytes(4)


def _counted(value: bytes) -> bytes:
    return _u16(len(value)) + value


def _text(value: str) -> bytes:
    return _counted(value.encode())


_READ: Final[dict[str, Callable[[_FieldReader], Any]]] = {
    "u16": _FieldReader.u16,
    "u32": _FieldReader.u32,
    "bytes": _FieldReader.blob,
    "text": _FieldReader.text,
    "texts": _FieldReader.texts,
    "u32s": _FieldReader.u32s,
}
_WRITE: Final[dict[str, Callable[[Any], bytes]]] = {
    "u16": _u16,
    "u32": _u32,
    "bytes": _counted,
    "text": _text,
    "texts": lambda values: _u16(len(values)) + b"".join(_text(value) for value in values),
    "u32s": lambda values: _u16(len(values)) + b"".join(_u32(value) for value in values),
}
