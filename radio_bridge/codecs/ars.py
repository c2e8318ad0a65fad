"""ARS, the Automatic Registration Service of MOTOTRBO (UDP port 4005): who is there. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from radio_bridge.codecs.bits import BitReader, BitWriter

PORT: Final = 4005
REFRESH_STEP_S: Final = 1800


class ArsKind(IntEnum):
    """What a message is."""

    REGISTRATION = 0
    DEREGISTRATION = 1
    QUERY = 4
    USER_REGISTRATION = 5
    USER_DEREGISTRATION = 6
    USER_RESPONSE = 7
    RESPONSE = 15


_REGISTRATIONS: Final = frozenset({ArsKind.REGISTRATION, ArsKind.USER_REGISTRATION})


@dataclass(frozen=True, slots=True)
class ArsRegistration:
    """Of a radio, or of a person at it. `event`: 0 of a person, 1 first, 2 again. `rest` is what some radios
    send behind it.
    """

    kind: ArsKind
    device: str
    user: str = ""
    password: str = ""
    event: int = 0
    encoding: int = 0
    wants_ack: bool = True
    priority: bool = True
    has_head: bool = True
    rest: bytes = b""


@dataclass(frozen=True, slots=True)
class ArsResponse:
    """To a registration or a query. `refresh_s`: so long it counts; `failure` why it does not."""

    kind: ArsKind
    refresh_s: int | None = None
    failure: int | None = None
    priority: bool = True
    rest: bytes = b""

    @property
    def failed(self) -> bool:
        """Whether the registration was refused."""
        return self.failure is not None


@dataclass(frozen=True, slots=True)
class Notice:
    """A query, or that somebody goes: without anything else."""

    kind: ArsKind
    wants_ack: bool = False
    priority: bool = True
    rest: bytes = b""


Ars = ArsRegistration | ArsResponse | Notice


def decode(data: bytes) -> Ars:
    """With its length in front. Raises `Undecodable`."""
    reader = BitReader(data)
    length = reader.take(16, "length")
    if length * 8 != reader.left:
        raise reader.wrong(
            "length {length}, and {there} octets follow", length=length, there=reader.left // 8, back=16
        )
    more = reader.flag("further header")
    wants_ack = reader.flag("acknowledgement")
    priority = reader.flag("priority")
    reader.flag("control message")
    number = reader.take(4, "kind of message")
    try:
        kind = ArsKind(number)
    except ValueError:
        raise reader.wrong("kind of message {number} is not known", number=number, back=4) from None
    if kind in _REGISTRATIONS:
        return _registration(reader, kind, more=more, wants_ack=wants_ack, priority=priority)
    if kind in {ArsKind.RESPONSE, ArsKind.USER_RESPONSE}:
        value = reader.take(8, "refresh time or reason") if more else None
        if wants_ack:
            return ArsResponse(kind, None, 0xFF if value is None else value, priority, reader.rest())
        refresh_s = None if value is None else (value & 0x7F) * REFRESH_STEP_S
        return ArsResponse(kind, refresh_s, None, priority, reader.rest())
    if more:
        reader.take(8, "further header")
    return Notice(kind, wants_ack, priority, reader.rest())


def encode(message: Ars) -> bytes:
    """Raises `ValueError` for what the format cannot hold."""
    out = BitWriter()
    match message:
        case ArsRegistration():
            if message.kind not in _REGISTRATIONS:
                raise ValueError(f"{message.kind.name} is no registration")
            _put_head(out, message.has_head, message.wants_ack, message.priority, message.kind)
            if message.has_head:
                out.put(0, 1, "further header")
                out.put(message.event, 2, "event")
                out.put(message.encoding, 5, "encoding")
            for name, text in (("device", message.device), ("user", message.user),
                               ("password", message.password)):  # fmt: skip
                octets = text.encode()
                out.put(len(octets), 8, f"length of {name}")
                out.octets(octets)
        case ArsResponse(kind, refresh_s, failure, priority, _):
            more = refresh_s is not None or (failure is not None and failure != 0xFF)
            _put_head(out, more, failure is not None, priority, kind)
            if more and failure is not None:
                out.put(failure, 8, "reason")
            elif more:
                out.put((refresh_s or 0) // REFRESH_STEP_S, 8, "refresh time")
        case Notice(kind, wants_ack, priority, _):
            _put_head(out, False, wants_ack, priority, kind)
    out.octets(message.rest)
    body = out.bytes()
    if len(body) > 0xFFFF:
        raise ValueError(f"a message of {len(body)} octets")
    return len(body).to_bytes(2) + body


def _put_head(out: BitWriter, more: bool, ack: bool, priority: bool, kind: ArsKind) -> None:
    for flag in (more, ack, priority):
        out.put(flag, 1, "flag")
    out.put(1, 1, "control message")
    out.put(kind, 4, "kind of message")


def _registration(
    reader: BitReader, kind: ArsKind, *, more: bool, wants_ack: bool, priority: bool
) -> ArsRegistration:
    event = encoding = 0
    if more:
        reader.flag("further header")
        event = reader.take(2, "event")
        encoding = reader.take(5, "encoding")
    device, user, password = (_text(reader, name) for name in ("device", "user", "password"))
    return ArsRegistration(
        kind, device, user, password, event, encoding, wants_ack, priority, more, reader.rest()
    )  # fmt: skip


def _text(reader: BitReader, name: str) -> str:
    length = reader.take(8, f"length of {name}")
    if length * 8 > reader.left:
        raise reader.wrong(
            "{name} has {length} octets, and {there} follow",
            name=name,
            length=length,
            there=reader.left // 8,
            back=8,
        )
    return reader.octets(length, name).decode("utf-8", "replace")
