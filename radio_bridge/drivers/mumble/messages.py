"""What a Mumble server and its clients say to each other by TLS, as far as it is of use here.

Kinds and fields after Mumble.proto of Mumble 1.5; None is what was not said.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

VERSION: Final = 1 << 16 | 4 << 8
"""1.4.0: from 1.5 on, sound has another form for those who say that they know it."""
NOBODY: Final = 2**32 - 1
"""The `user_id` of who is registered no more."""


class RejectKind(IntEnum):
    WRONG_VERSION = 1
    INVALID_NAME = 2
    WRONG_USER_PASSWORD = 3
    WRONG_SERVER_PASSWORD = 4
    NAME_IN_USE = 5
    SERVER_FULL = 6
    NO_CERTIFICATE = 7
    NO_NEW_CONNECTIONS = 9


@dataclass(frozen=True, slots=True)
class MumbleVersion:
    version: int | None = None
    release: str | None = None


@dataclass(frozen=True, slots=True)
class Tunnel:
    """A packet of sound, which has no fields."""

    packet: bytes


@dataclass(frozen=True, slots=True)
class Authenticate:
    name: str | None = None
    password: str | None = field(default=None, repr=False)
    opus: bool | None = None


@dataclass(frozen=True, slots=True)
class MumblePing:
    timestamp: int | None = None


@dataclass(frozen=True, slots=True)
class SignInRejected:
    kind: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ServerSync:
    """The end of the sign-in; `session` is our own number."""

    session: int | None = None


@dataclass(frozen=True, slots=True)
class ChannelRemove:
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class ChannelState:
    channel: int | None = None
    parent: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class UserRemove:
    session: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class UserState:
    """What is new of a user. `user_id` has who is registered; `suppress`: he may not talk in the channel."""

    session: int | None = None
    name: str | None = None
    user_id: int | None = None
    channel: int | None = None
    mute: bool | None = None
    suppress: bool | None = None


@dataclass(frozen=True, slots=True)
class MumbleTextMessage:
    """`actor` wrote it; as HTML."""

    actor: int | None = None
    sessions: tuple[int, ...] = ()
    channels: tuple[int, ...] = ()
    text: str | None = None


@dataclass(frozen=True, slots=True)
class PermissionDenied:
    permission: int | None = None
    channel: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CodecVersion:
    opus: bool | None = None


@dataclass(frozen=True, slots=True)
class IgnoredMessage:
    """What is of no use here."""

    kind: int


Message = (
    MumbleVersion
    | Tunnel
    | Authenticate
    | MumblePing
    | SignInRejected
    | ServerSync
    | ChannelRemove
    | ChannelState
    | UserRemove
    | UserState
    | MumbleTextMessage
    | PermissionDenied
    | CodecVersion
    | IgnoredMessage
)
