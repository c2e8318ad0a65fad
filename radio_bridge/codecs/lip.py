"""LIP, the Location Information Protocol of TETRA (ETSI TS 100 392-18-1): short and long reports, pure.

Both begin with the protocol identifier 0x0A of an SDS. A position of 0, 0 is a receiver without a fix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from radio_bridge.codecs.bits import BitReader, BitWriter

PID: Final = 0x0A
EMERGENCY: Final = 2
"""The reason to send of an emergency."""
_SHORT, _LONG = 0, 1
_LONG_REPORT: Final = 3
_EXTENSIONS: Final = {
    1: "immediate request",
    3: "long report",
    4: "acknowledgement",
    6: "trigger",
    7: "trigger",
}
_ERRORS_M: Final = (2.0, 20.0, 200.0, 2_000.0, 20_000.0, 200_000.0, 20_000_000.0, None)
"""By code: the error is smaller than this. The last but one is more than 200 km: anywhere on earth."""
_LINEAR_KMH: Final = 28
_UNKNOWN_SPEED: Final = 127
_LON_STEP: Final = 360 / 2**25
_LAT_STEP: Final = 180 / 2**24


@dataclass(frozen=True, slots=True)
class Elapsed:
    """How old the position was when it was sent: less than 5 s, 5 min, 30 min, or unknown (codes 0 to 3)."""

    code: int

    @property
    def at_most_s(self) -> float | None:
        """The position is no older than so many seconds; None: its age is not known."""
        return (5.0, 300.0, 1800.0, None)[self.code]


@dataclass(frozen=True, slots=True)
class Moment:
    """When the position was measured: day of the month and UTC time."""

    day: int
    hour: int
    minute: int
    second: int


@dataclass(frozen=True, slots=True)
class LipShortReport:
    """WGS-84 degrees. `accuracy_m`, `speed_mps` are None where the radio does not know. Either `reason` (why
    it was sent) or `user_code` stands there.
    """

    elapsed: Elapsed
    lon: float
    lat: float
    accuracy_m: float | None
    speed_mps: float | None
    heading_deg: float
    reason: int | None
    user_code: int | None = None

    @property
    def fixed(self) -> bool:
        """Whether it holds a position; 0, 0 means none."""
        return self.lon != 0 or self.lat != 0

    @property
    def emergency(self) -> bool:
        """Whether it was sent because of an emergency."""
        return self.reason == EMERGENCY


@dataclass(frozen=True, slots=True)
class Shape:
    """Where: a point, with what is known of its surroundings. Codes as on the air where the standard gives
    no unit that is read here.
    """

    kind: int
    lon: float = 0.0
    lat: float = 0.0
    radius_m: float | None = None
    minor_m: float | None = None
    angle_code: int | None = None
    altitude_kind: int | None = None
    altitude_m: float | None = None
    altitude_error_code: int | None = None
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class Velocity:
    kind: int
    speed_mps: float | None = None
    speed_error_code: int | None = None
    vertical_code: int | None = None
    vertical_error_code: int | None = None
    heading_deg: float | None = None
    heading_error_code: int | None = None


@dataclass(frozen=True, slots=True)
class LongReport:
    """`more` are the elements behind the report as they came, `more_bits` how many bits of it count."""

    time: Elapsed | Moment | None
    shape: Shape
    velocity: Velocity
    wants_ack: bool
    reason: int | None
    user_code: int | None = None
    more: bytes = b""
    more_bits: int = 0

    @property
    def lon(self) -> float:
        """WGS-84 degrees of the shape's centre."""
        return self.shape.lon

    @property
    def lat(self) -> float:
        """WGS-84 degrees of the shape's centre."""
        return self.shape.lat

    @property
    def fixed(self) -> bool:
        """Whether its shape holds a position."""
        return self.shape.kind != 0 and (self.lon != 0 or self.lat != 0)

    @property
    def emergency(self) -> bool:
        """Whether it was sent because of an emergency."""
        return self.reason == EMERGENCY


@dataclass(frozen=True, slots=True)
class OtherLip:
    """A message of LIP that is no report: a request, a trigger, an acknowledgement; as it came."""

    extension: int
    body: bytes
    bits: int

    @property
    def name(self) -> str:
        """What the extension is called in the standard."""
        return _EXTENSIONS.get(self.extension, "reserved")


Lip = LipShortReport | LongReport | OtherLip


def decode(data: bytes, bits: int | None = None) -> Lip:
    """With the protocol identifier in front. Raises `Undecodable`.

    What fills a short report up to whole bytes is left unread: some radios send 84 bits, some 88.
    """
    reader = BitReader(data, bits)
    if (pid := reader.take(8, "protocol identifier")) != PID:
        raise reader.wrong("protocol identifier {pid:#04x}, LIP is 0x0a", pid=pid, back=8)
    return decode_body(reader)


def decode_body(reader: BitReader) -> Lip:
    """Behind the protocol identifier. Raises `Undecodable`."""
    match reader.take(2, "type of message"):
        case 0:
            return _short(reader)
        case 1:
            return _long(reader)
        case kind:
            raise reader.wrong("type of message {kind} is reserved", kind=kind, back=2)


def encode(report: Lip) -> bytes:
    """Raises `ValueError` for what the format cannot hold."""
    out = BitWriter()
    out.put(PID, 8, "protocol identifier")
    match report:
        case LipShortReport():
            _put_short(out, report)
        case LongReport():
            _put_long(out, report)
        case OtherLip():
            out.put(_LONG, 2, "type of message")
            out.put(report.extension, 4, "extension")
            _put_rest(out, report.body, report.bits)
    return out.bytes()


# --- short ------------------------------------------------------------------------------------------------


def _short(reader: BitReader) -> LipShortReport:
    elapsed = Elapsed(reader.take(2, "time elapsed"))
    lon, lat = _point(reader)
    accuracy_m = _ERRORS_M[reader.take(3, "position error")]
    speed_mps = _speed(reader)
    heading_deg = reader.take(4, "direction") * 22.5
    reason, user_code = _why(reader)
    return LipShortReport(elapsed, lon, lat, accuracy_m, speed_mps, heading_deg, reason, user_code)


def _put_short(out: BitWriter, report: LipShortReport) -> None:
    out.put(_SHORT, 2, "type of message")
    out.put(report.elapsed.code, 2, "time elapsed")
    _put_point(out, report.lon, report.lat)
    out.put(_error_code(report.accuracy_m), 3, "position error")
    out.put(_speed_code(report.speed_mps), 7, "speed")
    out.put(round(report.heading_deg / 22.5) % 16, 4, "direction")
    _put_why(out, report.reason, report.user_code)


# --- long -------------------------------------------------------------------------------------------------


def _long(reader: BitReader) -> LongReport | OtherLip:
    extension = reader.take(4, "extension")
    if extension != _LONG_REPORT:
        body, bits = _rest(reader)
        return OtherLip(extension, body, bits)
    time = _time(reader)
    shape = _shape(reader)
    velocity = _velocity(reader)
    wants_ack = reader.flag("acknowledgement")
    reason, user_code = _why(reader)
    more, more_bits = _rest(reader)
    return LongReport(time, shape, velocity, wants_ack, reason, user_code, more, more_bits)


def _put_long(out: BitWriter, report: LongReport) -> None:
    out.put(_LONG, 2, "type of message")
    out.put(_LONG_REPORT, 4, "extension")
    _put_time(out, report.time)
    _put_shape(out, report.shape)
    _put_velocity(out, report.velocity)
    out.put(report.wants_ack, 1, "acknowledgement")
    _put_why(out, report.reason, report.user_code)
    _put_rest(out, report.more, report.more_bits)


def _time(reader: BitReader) -> Elapsed | Moment | None:
    match reader.take(2, "type of time"):
        case 0:
            return None
        case 1:
            return Elapsed(reader.take(2, "time elapsed"))
        case 2:
            return Moment(
                _within(reader, 5, "day", 1, 31),
                _within(reader, 5, "hour", 0, 23),
                _within(reader, 6, "minute", 0, 59),
                _within(reader, 6, "second", 0, 59),
            )
    raise reader.wrong("type of time 3 is reserved", back=2)


def _put_time(out: BitWriter, time: Elapsed | Moment | None) -> None:
    match time:
        case None:
            out.put(0, 2, "type of time")
        case Elapsed(code):
            out.put(1, 2, "type of time")
            out.put(code, 2, "time elapsed")
        case Moment(day, hour, minute, second):
            out.put(2, 2, "type of time")
            for value, count, name in ((day, 5, "day"), (hour, 5, "hour"), (minute, 6, "minute"),
                                       (second, 6, "second")):  # fmt: skip
                out.put(value, count, name)


_SHAPES: Final[dict[int, tuple[str, ...]]] = {
    0: (),
    1: ("point",),
    2: ("point", "radius_m"),
    3: ("point", "radius_m", "minor_m", "angle_code"),
    4: ("point", "altitude"),
    5: ("point", "radius_m", "altitude"),
    7: ("point", "radius_m", "altitude", "altitude_error_code"),
    10: ("point", "accuracy_m"),
}


def _shape(reader: BitReader) -> Shape:
    kind = reader.take(4, "shape")
    if kind not in _SHAPES:
        raise reader.wrong("shape {kind} is not read here", kind=kind, back=4)
    found: dict[str, float | int | None] = {}
    for part in _SHAPES[kind]:
        match part:
            case "point":
                found["lon"], found["lat"] = _point(reader)
            case "radius_m" | "minor_m":
                found[part] = 2 * 1.95 ** reader.take(6, "uncertainty")
            case "angle_code":
                found[part] = reader.take(8, "angle of the ellipse")
            case "altitude":
                found["altitude_kind"] = reader.take(1, "kind of altitude")
                found["altitude_m"] = _ALTITUDES[reader.take(11, "altitude")]
            case "altitude_error_code":
                found[part] = reader.take(3, "uncertainty of altitude")
            case "accuracy_m":
                found[part] = _ERRORS_M[reader.take(3, "position error")]
    return Shape(kind, **found)  # type: ignore[arg-type]  # by the names of its fields


def _put_shape(out: BitWriter, shape: Shape) -> None:
    if shape.kind not in _SHAPES:
        raise ValueError(f"shape {shape.kind} is not written here")
    out.put(shape.kind, 4, "shape")
    for part in _SHAPES[shape.kind]:
        match part:
            case "point":
                _put_point(out, shape.lon, shape.lat)
            case "radius_m" | "minor_m":
                out.put(_nearest(_UNCERTAINTIES, getattr(shape, part) or 0.0), 6, "uncertainty")
            case "angle_code":
                out.put(shape.angle_code or 0, 8, "angle of the ellipse")
            case "altitude":
                out.put(shape.altitude_kind or 0, 1, "kind of altitude")
                unknown = shape.altitude_m is None
                out.put(
                    0 if unknown else 1 + _nearest(_ALTITUDES[1:], shape.altitude_m or 0.0), 11, "altitude"
                )
            case "altitude_error_code":
                out.put(shape.altitude_error_code or 0, 3, "uncertainty of altitude")
            case "accuracy_m":
                out.put(_error_code(shape.accuracy_m), 3, "position error")


_VELOCITIES: Final[dict[int, tuple[str, ...]]] = {
    0: (),
    1: ("speed_mps",),
    2: ("speed_mps", "speed_error_code"),
    3: ("speed_mps", "vertical_code"),
    4: ("speed_mps", "speed_error_code", "vertical_code", "vertical_error_code"),
    5: ("speed_mps", "heading_deg"),
    6: ("speed_mps", "speed_error_code", "heading_deg", "heading_error_code"),
    7: ("speed_mps", "speed_error_code", "vertical_code", "vertical_error_code", "heading_deg",
        "heading_error_code"),
}  # fmt: skip
_VELOCITY_BITS: Final = {"speed_error_code": 3, "vertical_code": 8, "vertical_error_code": 3,
                         "heading_error_code": 3}  # fmt: skip


def _velocity(reader: BitReader) -> Velocity:
    kind = reader.take(3, "velocity")
    found: dict[str, float | int | None] = {}
    for part in _VELOCITIES[kind]:
        match part:
            case "speed_mps":
                found[part] = _speed(reader)
            case "heading_deg":
                found[part] = reader.take(8, "direction") * 360 / 256
            case code:
                found[code] = reader.take(_VELOCITY_BITS[code], code)
    return Velocity(kind, **found)  # type: ignore[arg-type]  # by the names of its fields


def _put_velocity(out: BitWriter, velocity: Velocity) -> None:
    out.put(velocity.kind, 3, "velocity")
    for part in _VELOCITIES[velocity.kind]:
        match part:
            case "speed_mps":
                out.put(_speed_code(velocity.speed_mps), 7, "speed")
            case "heading_deg":
                out.put(round((velocity.heading_deg or 0.0) * 256 / 360) % 256, 8, "direction")
            case code:
                out.put(getattr(velocity, code) or 0, _VELOCITY_BITS[code], code)


# --- what both have ---------------------------------------------------------------------------------------


def _point(reader: BitReader) -> tuple[float, float]:
    return reader.signed(25, "longitude") * _LON_STEP, reader.signed(24, "latitude") * _LAT_STEP


def _put_point(out: BitWriter, lon: float, lat: float) -> None:
    out.signed(min(round(lon / _LON_STEP), 2**24 - 1), 25, "longitude")
    out.signed(min(round(lat / _LAT_STEP), 2**23 - 1), 24, "latitude")


def _why(reader: BitReader) -> tuple[int | None, int | None]:
    """Why it was sent, or a code of the user's own."""
    own = reader.flag("kind of additional data")
    code = reader.take(8, "reason for sending")
    return (None, code) if own else (code, None)


def _put_why(out: BitWriter, reason: int | None, user_code: int | None) -> None:
    if (reason is None) == (user_code is None):
        raise ValueError("either a reason or a code of the user's own")
    out.put(reason is None, 1, "kind of additional data")
    out.put(reason if reason is not None else user_code or 0, 8, "reason for sending")


def _within(reader: BitReader, count: int, name: str, least: int, most: int) -> int:
    value = reader.take(count, name)
    if not least <= value <= most:
        raise reader.wrong("{name} {value}", name=name, value=value, back=count)
    return value


def _rest(reader: BitReader) -> tuple[bytes, int]:
    """What is left, as bytes filled up with zeros, and its bits."""
    bits = reader.left
    out = BitWriter()
    out.put(reader.take(bits, "the rest"), bits, "the rest")
    return out.bytes(), bits


def _put_rest(out: BitWriter, body: bytes, bits: int) -> None:
    if not 0 <= bits <= 8 * len(body):
        raise ValueError(f"{bits} bits in {len(body)} bytes")
    out.put(int.from_bytes(body) >> (8 * len(body) - bits), bits, "the rest")


def _speed(reader: BitReader) -> float | None:
    return _SPEEDS[reader.take(7, "speed")]


def _speed_code(speed_mps: float | None) -> int:
    return _UNKNOWN_SPEED if speed_mps is None else _nearest(_SPEEDS[:_UNKNOWN_SPEED], speed_mps)


def _error_code(accuracy_m: float | None) -> int:
    """The smallest that holds it."""
    if accuracy_m is None:
        return len(_ERRORS_M) - 1
    return next((code for code, most in enumerate(_ERRORS_M) if most is not None and accuracy_m <= most), 6)


def _nearest(table: tuple[float | None, ...], value: float) -> int:
    return min(range(len(table)), key=lambda code: abs((table[code] or 0.0) - value))


def _altitude(code: int) -> float | None:
    if code == 0:
        return None
    if code <= 1201:
        return float(code - 201)
    if code <= 1926:
        return 1000.0 + 2 * (code - 1201)
    return 2450.0 + 75 * (code - 1926)


_SPEEDS: Final = (
    *(code / 3.6 for code in range(_LINEAR_KMH + 1)),
    *(16 * 1.038 ** (code - 13) / 3.6 for code in range(_LINEAR_KMH + 1, _UNKNOWN_SPEED)),
    None,
)
_ALTITUDES: Final = tuple(_altitude(code) for code in range(2**11))
_UNCERTAINTIES: Final = tuple(2 * 1.95**code for code in range(2**6))
