"""LRRP, the Location Request and Response Protocol of MOTOTRBO (UDP port 4001): where radios are. Pure.

A document is its kind, its length and elements, each a token and its value. In requests a token means
something else than in answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final

from radio_bridge.codecs.bits import BitReader, BitWriter

PORT: Final = 4001


class LrrpKind(IntEnum):
    """The kinds of documents, without a table of constants of their own."""

    IMMEDIATE_REQUEST = 0x05
    IMMEDIATE_REPORT = 0x07
    TRIGGERED_REQUEST = 0x09
    TRIGGERED_ANSWER = 0x0B
    TRIGGERED_REPORT = 0x0D
    STOP_REQUEST = 0x0F
    STOP_ANSWER = 0x11
    UNSOLICITED_REPORT = 0x13
    VERSION_REQUEST = 0x14
    VERSION_REPORT = 0x15


REQUESTS: Final = frozenset(
    {LrrpKind.IMMEDIATE_REQUEST, LrrpKind.TRIGGERED_REQUEST, LrrpKind.STOP_REQUEST, LrrpKind.VERSION_REQUEST}
)


@dataclass(frozen=True, slots=True)
class Element:
    """One element as it stands there: `values` by the form of its token."""

    token: int
    name: str
    values: tuple[int | float | bytes | datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class LrrpPosition:
    """WGS-84 degrees; what the report does not say is None. `result`: 0 it worked, other numbers why not."""

    lon: float | None = None
    lat: float | None = None
    radius_m: float | None = None
    altitude_m: float | None = None
    speed_mps: float | None = None
    vertical_mps: float | None = None
    heading_deg: float | None = None
    measured_at: datetime | None = None
    result: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """`request_id` ties an answer to its request; empty where there is none."""

    kind: LrrpKind
    elements: tuple[Element, ...] = field(default=())

    @property
    def request_id(self) -> bytes:
        """The id of the request that it answers; empty without one."""
        return next((_octets(one) for one in self.elements if one.name == "request-id"), b"")

    @property
    def interval_s(self) -> int | None:
        """Of a request for a report again and again."""
        found = next((one.values[0] for one in self.elements if one.name == "interval"), None)
        return found if isinstance(found, int) else None

    @property
    def place(self) -> LrrpPosition:
        """What an answer says."""
        said: dict[str, int | float | datetime] = {}
        for one in self.elements:
            if one.name == "success":
                said["result"] = 0
            named = zip(_SAYS.get(one.name, ()), one.values, strict=False)
            said.update({name: value for name, value in named if not isinstance(value, bytes)})
        return LrrpPosition(**said)  # type: ignore[arg-type]  # by the names of its fields


_SAYS: Final[dict[str, tuple[str, ...]]] = {
    "point-2d": ("lat", "lon"),
    "circle-2d": ("lat", "lon", "radius_m"),
    "point-3d": ("lat", "lon", "altitude_m"),
    "info-time": ("measured_at",),
    "speed-hor": ("speed_mps",),
    "speed-vrt": ("vertical_mps",),
    "direction-hor": ("heading_deg",),
    "result": ("result",),
    "operation-error": ("result",),
}

_COMMON: Final[dict[int, tuple[str, tuple[str, ...]]]] = {
    0x22: ("request-id", ("opaque",)),
    0x23: ("request-id", ("octet",)),
}
_ASKED: Final[dict[int, tuple[str, tuple[str, ...]]]] = {
    **_COMMON,
    0x31: ("interval", ("uint",)),
    0x33: ("oneshot-trigger", ()),
    0x34: ("periodic-trigger", ()),
    0x3F: ("request-protocol-version", ("uint",)),
    0x42: ("require-max-info-age", ("uint",)),
    0x4A: ("trigger-condition", ("uint",)),
    0x50: ("want-accuracy", ()),
    0x51: ("want-accuracy-and-time", ()),
    0x52: ("want-time", ()),
    0x54: ("want-altitude", ()),
    0x57: ("want-direction", ()),
    0x62: ("want-speed", ()),
    0x64: ("want-vertical-speed", ()),
    0x66: ("need-altitude", ()),
    0x69: ("need-direction", ()),
    0x74: ("need-speed", ()),
    0x76: ("need-vertical-speed", ()),
}
_ANSWERED: Final[dict[int, tuple[str, tuple[str, ...]]]] = {
    **_COMMON,
    0x34: ("info-time", ("time",)),
    0x36: ("protocol-version", ("uint",)),
    0x37: ("result", ("uint",)),
    0x38: ("success", ()),
    0x39: ("operation-error", ("uint", "opaque")),
    0x51: ("circle-2d", ("lat", "lon", "ufloat")),
    0x56: ("direction-hor", ("direction",)),
    0x65: ("level-of-confidence", ("uint8",)),
    0x66: ("point-2d", ("lat", "lon")),
    0x69: ("point-3d", ("lat", "lon", "sfloat")),
    0x6B: ("element-6b", ("uint8",)),
    0x6C: ("speed-hor", ("ufloat",)),
    0x70: ("speed-vrt", ("sfloat",)),
}
_MOST_ELEMENTS: Final = 64


def decode(data: bytes) -> Document:
    """One document, with nothing behind it. Raises `Undecodable`."""
    reader = BitReader(data)
    number = reader.take(8, "kind of document")
    try:
        kind = LrrpKind(number)
    except ValueError:
        raise reader.wrong("kind of document {number:#04x} is not read here", number=number, back=8) from None
    length_at = reader.at
    length = _uint(reader, "length")
    if length * 8 != reader.left:
        back = reader.at - length_at
        raise reader.wrong(
            "length {length}, and {there} octets follow", length=length, there=reader.left // 8, back=back
        )
    table = _ASKED if kind in REQUESTS else _ANSWERED
    elements: list[Element] = []
    while reader.left:
        token = reader.take(8, "token")
        if token not in table:
            raise reader.wrong("token {token:#04x} is not read here", token=token, back=8)
        if len(elements) >= _MOST_ELEMENTS:
            raise reader.wrong("more than {most_elements} elements", most_elements=_MOST_ELEMENTS, back=8)
        name, forms = table[token]
        elements.append(Element(token, name, tuple(_READ[form](reader, name) for form in forms)))
    return Document(kind, tuple(elements))


def encode(document: Document) -> bytes:
    """Raises `ValueError` for what the format cannot hold."""
    table = _ASKED if document.kind in REQUESTS else _ANSWERED
    body = BitWriter()
    for one in document.elements:
        if one.token not in table or table[one.token][0] != one.name:
            raise ValueError(f"{document.kind.name} has no element {one.token:#04x} {one.name}")
        forms = table[one.token][1]
        body.put(one.token, 8, "token")
        for form, value in zip(forms, one.values, strict=True):
            _WRITE[form](body, value)
    octets = body.bytes()
    head = BitWriter()
    head.put(document.kind, 8, "kind of document")
    _put_uint(head, len(octets))
    return head.bytes() + octets


def immediate_request(request_id: bytes) -> Document:
    """Asks for a position now, with time, accuracy and speed."""
    asked = (Element(0x22, "request-id", (request_id,)), Element(0x51, "want-accuracy-and-time"),
             Element(0x62, "want-speed"))  # fmt: skip
    return Document(LrrpKind.IMMEDIATE_REQUEST, asked)


def triggered_request(request_id: bytes, interval_s: int) -> Document:
    """Asks for a position every `interval_s` seconds."""
    asked = (Element(0x22, "request-id", (request_id,)), Element(0x34, "periodic-trigger"),
             Element(0x31, "interval", (interval_s,)))  # fmt: skip
    return Document(LrrpKind.TRIGGERED_REQUEST, asked)


# --- forms of values --------------------------------------------------------------------------------------


def _uint(reader: BitReader, name: str) -> int:
    """Seven bits an octet; the first bit says that another one follows. At most 32 bits."""
    value, begins = 0, reader.at
    while True:
        octet = reader.take(8, name)
        value = (value << 7) | (octet & 0x7F)
        if value >= 2**32:
            raise reader.wrong("{name} has more than 32 bits", name=name, back=reader.at - begins)
        if not octet & 0x80:
            return value


def _put_uint(out: BitWriter, value: int) -> None:
    if not 0 <= value < 2**32:
        raise ValueError(f"{value} has more than 32 bits")
    octets = [value & 0x7F]
    while value := value >> 7:
        octets.append(0x80 | (value & 0x7F))
    out.octets(bytes(reversed(octets)))


def _ufloat(reader: BitReader, name: str) -> float:
    """A whole number, and a fraction of 128 for each octet of it."""
    whole = _uint(reader, name)
    return whole + _fraction(reader, name)


def _sfloat(reader: BitReader, name: str) -> float:
    """The whole number's first octet has the sign beside the bit for another octet."""
    first = reader.take(8, name)
    whole, more = first & 0x3F, first & 0x80
    while more:
        octet = reader.take(8, name)
        whole, more = (whole << 7) | (octet & 0x7F), octet & 0x80
        if whole >= 2**32:
            raise reader.wrong("{name} has more than 32 bits", name=name, back=8)
    value = whole + _fraction(reader, name)
    return -value if first & 0x40 else value


def _fraction(reader: BitReader, name: str) -> float:
    value, octets = 0, 0
    while True:
        octet = reader.take(8, name)
        value, octets = (value << 7) | (octet & 0x7F), octets + 1
        if not octet & 0x80:
            return float(value / 128**octets)
        if octets >= _MOST_FRACTION:
            raise reader.wrong(
                "{name} has a fraction of more than {most_fraction} octets",
                name=name,
                most_fraction=_MOST_FRACTION,
                back=8,
            )


_MOST_FRACTION: Final = 3


def _put_fraction(out: BitWriter, fraction: float) -> None:
    """The shortest that is exact, or three octets."""
    for octets in range(1, _MOST_FRACTION + 1):
        scaled = fraction * 128**octets
        if scaled == int(scaled) or octets == _MOST_FRACTION:
            value = min(round(scaled), 128**octets - 1)
            for place in range(octets - 1, -1, -1):
                out.put((0x80 if place else 0) | ((value >> (7 * place)) & 0x7F), 8, "fraction")
            return


def _put_ufloat(out: BitWriter, value: float) -> None:
    _put_uint(out, int(value))
    _put_fraction(out, value - int(value))


def _put_sfloat(out: BitWriter, value: float) -> None:
    whole = int(abs(value))
    if whole >= 2**32:
        raise ValueError(f"{value} has more than 32 bits")
    octets = [whole & 0x7F]
    while whole := whole >> 7:
        octets.append(whole & 0x7F)
    if octets[-1] >= 0x40:
        octets.append(0)
    octets.reverse()
    negative = value < 0 or (value == 0 and str(value).startswith("-"))
    for place, octet in enumerate(octets):
        more = 0x80 if place + 1 < len(octets) else 0
        out.put(more | (0x40 if negative and place == 0 else 0) | octet, 8, "number")
    _put_fraction(out, abs(value) - int(abs(value)))


def _lat(reader: BitReader, name: str) -> float:
    """Sign and magnitude."""
    value = reader.take(32, f"latitude of {name}")
    degrees = (value & 0x7FFFFFFF) * 180 / 2**32
    return -degrees if value >> 31 else degrees


def _put_lat(out: BitWriter, value: float) -> None:
    out.put(value < 0, 1, "sign of latitude")
    out.put(min(round(abs(value) * 2**32 / 180), 2**31 - 1), 31, "latitude")


def _lon(reader: BitReader, name: str) -> float:
    return reader.signed(32, f"longitude of {name}") * 360 / 2**32


def _put_lon(out: BitWriter, value: float) -> None:
    out.signed(min(round(value * 2**32 / 360), 2**31 - 1), 32, "longitude")


def _time(reader: BitReader, name: str) -> datetime:
    """Forty bits, UTC."""
    begins = reader.at
    fields = [reader.take(bits, name) for bits in (14, 4, 5, 5, 6, 6)]
    try:
        return datetime(*fields, tzinfo=UTC)  # type: ignore[arg-type,misc]  # six numbers
    except ValueError as error:
        raise reader.wrong(
            "{name} is no time: {error}", name=name, error=error, back=reader.at - begins
        ) from None


def _put_time(out: BitWriter, value: datetime) -> None:
    at = value.astimezone(UTC)
    for number, bits in zip(at.timetuple()[:6], (14, 4, 5, 5, 6, 6), strict=True):
        out.put(number, bits, "time")


def _opaque(reader: BitReader, name: str) -> bytes:
    length_at = reader.at
    length = _uint(reader, f"length of {name}")
    if length * 8 > reader.left:
        back = reader.at - length_at
        raise reader.wrong(
            "{name} has {length} octets, and {there} follow",
            name=name,
            length=length,
            there=reader.left // 8,
            back=back,
        )
    return reader.octets(length, name)


def _put_opaque(out: BitWriter, value: bytes) -> None:
    _put_uint(out, len(value))
    out.octets(value)


def _put_octet(out: BitWriter, value: bytes) -> None:
    if len(value) != 1:
        raise ValueError(f"{len(value)} octets where one stands")
    out.octets(value)


def _octets(element: Element) -> bytes:
    value = element.values[0]
    return value if isinstance(value, bytes) else b""


_Value = int | float | bytes | datetime
_READ: Final[dict[str, Callable[[BitReader, str], _Value]]] = {
    "uint": _uint,
    "uint8": lambda reader, name: reader.take(8, name),
    "ufloat": _ufloat,
    "sfloat": _sfloat,
    "lat": _lat,
    "lon": _lon,
    "time": _time,
    "direction": lambda reader, name: reader.take(8, name) * 2.0,
    "opaque": _opaque,
    "octet": lambda reader, name: reader.octets(1, name),
}
_WRITE: Final[dict[str, Callable[[BitWriter, _Value], None]]] = {
    "uint": _put_uint,  # type: ignore[dict-item]  # each takes what its reader gives
    "uint8": lambda out, value: out.put(int(value), 8, "octet"),  # type: ignore[arg-type]
    "ufloat": _put_ufloat,  # type: ignore[dict-item]
    "sfloat": _put_sfloat,  # type: ignore[dict-item]
    "lat": _put_lat,  # type: ignore[dict-item]
    "lon": _put_lon,  # type: ignore[dict-item]
    "time": _put_time,  # type: ignore[dict-item]
    "direction": lambda out, value: out.put(round(value / 2), 8, "direction"),  # type: ignore[operator]
    "opaque": _put_opaque,  # type: ignore[dict-item]
    "octet": _put_octet,  # type: ignore[dict-item]
}
