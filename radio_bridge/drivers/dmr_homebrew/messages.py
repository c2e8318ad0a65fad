"""The messages of the Homebrew protocol besides DMRD, both ways: bytes to objects and back, pure.

Names are those on the wire. Checked against hytera-homebrew-bridge 2021.2.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from core.malformed import Malformed

SALT_BYTES: Final = 4
DIGEST_BYTES: Final = 32
CONFIGURATION_BYTES: Final = 302
MOST_BYTES: Final = 512
_ID_BYTES: Final = 4
_FIELDS: Final = (
    ("callsign", 8), ("rx_hz", 9), ("tx_hz", 9), ("power_w", 2), ("colour_code", 2), ("lat", 8), ("lon", 9),
    ("height_m", 3), ("location", 20), ("description", 19), ("slots", 1), ("url", 124), ("software", 40),
    ("package", 40),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Login:
    """RPTL: a repeater wants to sign in."""

    repeater: int


@dataclass(frozen=True, slots=True)
class LoginProof:
    """RPTK: SHA-256 of salt and password."""

    repeater: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Configuration:
    """RPTC: what the repeater is, texts as it writes them."""

    repeater: int
    callsign: str
    rx_hz: str = ""
    tx_hz: str = ""
    power_w: str = ""
    colour_code: str = ""
    lat: str = ""
    lon: str = ""
    height_m: str = ""
    location: str = ""
    description: str = ""
    slots: str = ""
    url: str = ""
    software: str = ""
    package: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """RPTO: the wanted talkgroups, in the master's syntax."""

    repeater: int
    text: str


@dataclass(frozen=True, slots=True)
class RepeaterPing:
    """RPTPING."""

    repeater: int


@dataclass(frozen=True, slots=True)
class Closing:
    """RPTCL: the repeater goes."""

    repeater: int


@dataclass(frozen=True, slots=True)
class RepeaterAck:
    """RPTACK: the salt as the answer to `Login`, later the repeater's number."""

    value: int


@dataclass(frozen=True, slots=True)
class Nak:
    """MSTNAK: not, or no longer, signed in."""

    repeater: int


@dataclass(frozen=True, slots=True)
class MasterPong:
    """MSTPONG."""

    repeater: int


@dataclass(frozen=True, slots=True)
class MasterClosing:
    """MSTCL: the master goes."""

    repeater: int


@dataclass(frozen=True, slots=True)
class UnreadMessage:
    """One that is not read here, as DMRA and beacons."""

    name: str


Message = (
    Login
    | LoginProof
    | Configuration
    | Options
    | RepeaterPing
    | Closing
    | RepeaterAck
    | Nak
    | MasterPong
    | MasterClosing
    | UnreadMessage
)

_SHORT: Final[
    tuple[
        tuple[bytes, type[Closing | RepeaterPing | Login | RepeaterAck | Nak | MasterPong | MasterClosing]],
        ...,
    ]
] = (
    (b"RPTPING", RepeaterPing),
    (b"RPTCL", Closing),
    (b"RPTL", Login),
    (b"RPTACK", RepeaterAck),
    (b"MSTNAK", Nak),
    (b"MSTPONG", MasterPong),
    (b"MSTCL", MasterClosing),
)
"""A name and a number each; of two that begin alike the longer name stands first."""
_OTHERS: Final = (b"DMRA", b"RPTSBKN", b"RPTRSSI", b"RPTINTR", b"DMRG")


def decode(data: bytes) -> Message:
    """Raises `Malformed`."""
    if len(data) > MOST_BYTES:
        raise Malformed(f"{len(data)} octets")
    for name, model in _SHORT:
        if data.startswith(name) and len(data) == len(name) + _ID_BYTES:
            return model(int.from_bytes(data[len(name) :]))
    repeater = int.from_bytes(data[4:8])
    if data.startswith(b"RPTK") and len(data) == 8 + DIGEST_BYTES:
        return LoginProof(repeater, data[8:])
    if data.startswith(b"RPTC") and len(data) == CONFIGURATION_BYTES:
        return _configuration(repeater, data)
    if data.startswith(b"RPTO") and len(data) >= 8:
        return Options(repeater, _text(data[8:]))
    other = next((name for name in _OTHERS if data.startswith(name)), None)
    if other is None:
        raise Malformed(f"{len(data)} octets that are no message of the Homebrew protocol")
    return UnreadMessage(other.decode())


def encode(message: Message) -> bytes:
    """Raises `ValueError` for what is never sent or does not fit."""
    for name, model in _SHORT:
        if isinstance(message, model):
            number = message.value if isinstance(message, RepeaterAck) else message.repeater
            return name + _number(number)
    match message:
        case LoginProof(repeater, digest):
            if len(digest) != DIGEST_BYTES:
                raise ValueError(f"a proof of {len(digest)} octets")
            return b"RPTK" + _number(repeater) + digest
        case Configuration():
            texts = b"".join(_field(getattr(message, name), length) for name, length in _FIELDS)
            return b"RPTC" + _number(message.repeater) + texts
        case Options(repeater, text):
            return b"RPTO" + _number(repeater) + text.encode("ascii", "replace")
    raise ValueError(f"{type(message).__name__} is never sent")


def proof(salt: int, password: str) -> bytes:
    """What `LoginProof` carries."""
    return hashlib.sha256(salt.to_bytes(SALT_BYTES) + password.encode()).digest()


def _configuration(repeater: int, data: bytes) -> Configuration:
    texts: dict[str, str] = {}
    at = 8
    for name, length in _FIELDS:
        texts[name] = _text(data[at : at + length])
        at += length
    return Configuration(repeater, **texts)


def _text(data: bytes) -> str:
    """Fit for a log and a screen."""
    text = data.decode("utf-8", "replace").strip(" \0")
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _field(text: str, length: int) -> bytes:
    return text.encode("ascii", "replace")[:length].ljust(length)


def _number(value: int) -> bytes:
    if not 0 <= value < 2**32:
        raise ValueError(f"{value} has more than 32 bits")
    return value.to_bytes(_ID_BYTES)
