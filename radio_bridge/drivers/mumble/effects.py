"""What a session asks of whoever carries its bytes, and what it tells besides talks."""

from __future__ import annotations

from dataclasses import dataclass

from radio_bridge.drivers.unarbitrated.effects import Told


@dataclass(frozen=True, slots=True)
class MumbleConnect:
    """Open TLS to the server, then `link_up`, or `link_down` if that cannot be done."""


@dataclass(frozen=True, slots=True)
class MumbleClose:
    """Drop it now; the session has counted it as down."""


@dataclass(frozen=True, slots=True)
class MumbleSend:
    data: bytes


@dataclass(frozen=True, slots=True)
class UsersPresent:
    """All who are on the server now, besides us, by the names that count here."""

    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class TextCame:
    """Somebody has written to us or to the channel; plain words."""

    name: str
    words: str


Effect = MumbleConnect | MumbleClose | MumbleSend | UsersPresent | TextCame | Told
