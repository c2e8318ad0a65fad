"""The messages of the SvxReflector protocol, version 2: over TCP and, in datagrams, over UDP.

Names and numbers are those of the reflector itself (checked against svxreflector 24.02 of Debian 13).
"""

from __future__ import annotations

from dataclasses import dataclass

VERSION = (2, 0)
CHALLENGE_BYTES = 20
DIGEST_BYTES = 20


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Each side is still there."""


@dataclass(frozen=True, slots=True)
class ProtoVer:
    """The first message of a node."""

    major: int
    minor: int


@dataclass(frozen=True, slots=True)
class ProtoVerDowngrade:
    """The newest version that the reflector speaks, when ours was newer."""

    major: int
    minor: int


@dataclass(frozen=True, slots=True)
class AuthChallenge:
    challenge: bytes


@dataclass(frozen=True, slots=True)
class AuthResponse:
    """`digest` is HMAC-SHA1 of the challenge under the node's password."""

    callsign: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class AuthOk:
    """Signed in."""


@dataclass(frozen=True, slots=True)
class ErrorMessage:
    """The reflector closes the connection after it."""

    message: str


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """`client_id` is that of our datagrams; the reflector uses the first of `codecs`, and converts none."""

    reserved: int
    client_id: int
    nodes: tuple[str, ...]
    codecs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodeList:
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodeJoined:
    callsign: str


@dataclass(frozen=True, slots=True)
class NodeLeft:
    callsign: str


@dataclass(frozen=True, slots=True)
class TalkerStart:
    """To everybody on the talkgroup, the talker included: it is how a node learns that it is heard."""

    tg: int
    callsign: str


@dataclass(frozen=True, slots=True)
class TalkerStop:
    tg: int
    callsign: str


@dataclass(frozen=True, slots=True)
class SelectTg:
    """Where the node's sound goes and where it hears. One that is forbidden means silently none (0)."""

    tg: int


@dataclass(frozen=True, slots=True)
class TgMonitor:
    tgs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RequestQsy:
    """All nodes are asked to move to this talkgroup."""

    tg: int


@dataclass(frozen=True, slots=True)
class NodeInfo:
    json: str


@dataclass(frozen=True, slots=True)
class UnknownMessage:
    """A type that is not known here; later versions of the reflector may send some."""

    kind: int


TcpMessage = (
    Heartbeat
    | ProtoVer
    | ProtoVerDowngrade
    | AuthChallenge
    | AuthResponse
    | AuthOk
    | ErrorMessage
    | ServerInfo
    | NodeList
    | NodeJoined
    | NodeLeft
    | TalkerStart
    | TalkerStop
    | SelectTg
    | TgMonitor
    | RequestQsy
    | NodeInfo
    | UnknownMessage
)


@dataclass(frozen=True, slots=True)
class UdpHeartbeat:
    """The node's first one tells the reflector its port, and is answered by one."""


@dataclass(frozen=True, slots=True)
class UdpAudio:
    data: bytes


@dataclass(frozen=True, slots=True)
class UdpFlush:
    """The talk is over. The reflector answers at once, also to who does not talk."""


@dataclass(frozen=True, slots=True)
class UdpAllFlushed:
    """The answer to `UdpFlush`."""


UdpMessage = UdpHeartbeat | UdpAudio | UdpFlush | UdpAllFlushed | UnknownMessage


@dataclass(frozen=True, slots=True)
class UdpHeader:
    """`seq` rises by one and wraps at 65536, in each direction apart."""

    client_id: int
    seq: int
    message: UdpMessage
