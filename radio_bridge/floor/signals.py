"""What happens to a floor, and what the floor says about it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from radio_bridge.floor.model import Cause, EndedRequest, QueuedFloorRequest

# --- what happens ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FloorPressed:
    """The button was pressed. The same request again is its copy: it is answered as before.

    `relayed`: for who talks in a patched talkgroup.
    """

    party: str
    request_id: UUID
    priority: int
    take_over: bool = False
    relayed: bool = False


@dataclass(frozen=True, slots=True)
class FloorRelease:
    """The button was let go; it may come before its own request."""

    party: str
    request_id: UUID


@dataclass(frozen=True, slots=True)
class Talking:
    """A sign of life of who holds this token. It is answered, so that he sees one of ours, too."""

    party: str
    token: str


@dataclass(frozen=True, slots=True)
class FloorSound:
    """A frame of sound with this token; it is not answered."""

    token: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The party cannot talk here any more: out of reach, or no member."""

    party: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class CloseFloor:
    """The talkgroup ends, or the role that keeps its floor."""

    cause: Cause = Cause.CLOSED


@dataclass(frozen=True, slots=True)
class FloorTick:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class NetworkGranted:
    """The network that owns the floor gives it to this request."""

    party: str
    request_id: UUID


@dataclass(frozen=True, slots=True)
class NetworkQueued:
    party: str
    request_id: UUID
    position: int


@dataclass(frozen=True, slots=True)
class NetworkDenied:
    """The network says no, or takes back what it gave."""

    party: str
    request_id: UUID
    cause: Cause = Cause.NETWORK_DENIED


@dataclass(frozen=True, slots=True)
class NetworkTaken:
    """Somebody else talks in the network."""

    party: str


@dataclass(frozen=True, slots=True)
class NetworkIdle:
    """Nobody talks in the network any more."""


@dataclass(frozen=True, slots=True)
class NetworkAway:
    """The link to the network is down."""


Signal = (
    FloorPressed | FloorRelease | Talking | FloorSound | Gone | CloseFloor | FloorTick
    | NetworkGranted | NetworkQueued | NetworkDenied | NetworkTaken | NetworkIdle | NetworkAway
)  # fmt: skip

# --- what the floor says -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Granted:
    """To who asked. `again`: it was said before, this answers a copy or a sign of life."""

    ask: QueuedFloorRequest
    token: str
    limit_s: float
    again: bool = False


@dataclass(frozen=True, slots=True)
class Queued:
    """To who asked: his place, 1 is next. Said anew whenever it changes."""

    ask: QueuedFloorRequest
    position: int


@dataclass(frozen=True, slots=True)
class FloorRequestEnded:
    """To who asked: denied, or his grant ended; `again` as for `Granted`."""

    over: EndedRequest
    again: bool = False


@dataclass(frozen=True, slots=True)
class Void:
    """To who talks with a token that has no floor: he is not heard."""

    party: str
    token: str


@dataclass(frozen=True, slots=True)
class FloorTaken:
    """To everybody: who talks now."""

    party: str
    priority: int


@dataclass(frozen=True, slots=True)
class Quiet:
    """To everybody: who talked until now, and why not any more."""

    party: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class AskNetwork:
    """To the network that owns the floor."""

    ask: QueuedFloorRequest


@dataclass(frozen=True, slots=True)
class CeaseNetwork:
    """To the network: this request is over on our side, whatever it was given."""

    party: str
    request_id: UUID


Said = Granted | Queued | FloorRequestEnded | Void | FloorTaken | Quiet | AskNetwork | CeaseNetwork
