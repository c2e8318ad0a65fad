"""Bytes to messages and back, pure. Whatever comes is a message or `Malformed`, never another error.

A frame is its kind (16 bits), its length (32 bits), both big-endian, and a message in Protocol Buffers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, Final

from core.malformed import Malformed
from radio_bridge.drivers.mumble import fields
from radio_bridge.drivers.mumble import messages as m

MAX_FRAME: Final = 256 * 1024
"""Longer than the longest text with a picture that a server takes unless it is told to."""
_HEADER: Final = struct.Struct("!HI")
_TUNNEL: Final = 1

_Table = dict[int, tuple[type[Any], dict[int, tuple[str, str]]]]
"""By kind: the message, and by the number of a field its name and form."""

_MESSAGES: Final[_Table] = {
    0: (m.MumbleVersion, {1: ("version", "number"), 2: ("release", "text")}),
    2: (m.Authenticate, {1: ("name", "text"), 2: ("password", "text"), 5: ("opus", "flag")}),
    3: (m.MumblePing, {1: ("timestamp", "number")}),
    4: (m.SignInRejected, {1: ("kind", "number"), 2: ("reason", "text")}),
    5: (m.ServerSync, {1: ("session", "number")}),
    6: (m.ChannelRemove, {1: ("channel", "number")}),
    7: (m.ChannelState, {1: ("channel", "number"), 2: ("parent", "number"), 3: ("name", "text")}),
    8: (m.UserRemove, {1: ("session", "number"), 3: ("reason", "text")}),
    9: (
        m.UserState,
        {
            1: ("session", "number"), 3: ("name", "text"), 4: ("user_id", "number"), 5: ("channel", "number"),
            6: ("mute", "flag"), 8: ("suppress", "flag"),
        },
    ),
    11: (
        m.MumbleTextMessage,
        {1: ("actor", "number"), 2: ("sessions", "numbers"), 3: ("channels", "numbers"), 5: ("text", "text")},
    ),
    12: (
        m.PermissionDenied,
        {1: ("permission", "number"), 2: ("channel", "number"), 4: ("reason", "text")},
    ),
    21: (m.CodecVersion, {4: ("opus", "flag")}),
}  # fmt: skip
_KIND: Final = {model: kind for kind, (model, _) in _MESSAGES.items()}


class MumbleFrameReader:
    """Cuts a stream into frames; keeps at most one unfinished frame."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Kinds and bodies. Raises `Malformed` for a frame that is too long: the stream is lost then."""
        self._kept += data
        while len(self._kept) >= _HEADER.size:
            kind, length = _HEADER.unpack_from(self._kept)
            if length > MAX_FRAME:
                raise Malformed(f"a frame of {length} bytes")
            if len(self._kept) < _HEADER.size + length:
                return
            body = bytes(self._kept[_HEADER.size : _HEADER.size + length])
            del self._kept[: _HEADER.size + length]
            yield kind, body


def decode(kind: int, body: bytes) -> m.Message:
    """Raises `Malformed`."""
    if kind == _TUNNEL:
        return m.Tunnel(body)
    if kind not in _MESSAGES:
        return m.IgnoredMessage(kind)
    model, known = _MESSAGES[kind]
    values: dict[str, Any] = {}
    for number, value in fields.read(body):
        if number in known:
            name, form = known[number]
            values[name] = _value(form, value, values.get(name, ()))
    message: m.Message = model(**values)
    return message


def encode(message: m.Message) -> bytes:
    """With its header. Raises `ValueError` for what is never sent, or is too long."""
    if isinstance(message, m.Tunnel):
        kind, body = _TUNNEL, message.packet
    else:
        if type(message) not in _KIND:
            raise ValueError(f"{type(message).__name__} is never sent")
        kind = _KIND[type(message)]
        body = fields.write(_fields(message, _MESSAGES[kind][1]))
    if len(body) > MAX_FRAME:
        raise ValueError(f"a frame of {len(body)} bytes")
    return _HEADER.pack(kind, len(body)) + body


def _fields(message: m.Message, known: dict[int, tuple[str, str]]) -> Iterator[tuple[int, fields.Value]]:
    for number, (name, form) in known.items():
        value = getattr(message, name)
        if form == "numbers":
            for one in value:
                yield number, one
        elif form == "text" and value is not None:
            yield number, value.encode()
        elif value is not None:
            yield number, int(value)


def _value(form: str, value: fields.Value, before: tuple[int, ...]) -> Any:
    """`before` are the numbers of a list so far."""
    match form, value:
        case "number", int():
            return value
        case "flag", int():
            return value != 0
        case "text", bytes():
            return value.decode("utf-8", "replace")
        case "numbers", int():
            return (*before, value)
        case "numbers", bytes():
            return (*before, *fields.packed(value))
        case _:
            raise Malformed("a field of another form")
