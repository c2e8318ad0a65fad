"""Ports of floor control."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol
from uuid import UUID

from core.actor import Actor, Role
from core.bus import Bus
from core.clock import Clock
from core.link import BrokerLink
from field.contract.talkgroup import RegisteredUnit, Talkgroup
from radio_bridge.floor.model import Cause, FloorRules, FloorStage, QueuedFloorRequest

if TYPE_CHECKING:
    # The role `radio` serves no pages.
    from fastapi import Request

Result = Literal["granted", "queued", "denied", "revoked", "released"]


@dataclass(frozen=True, slots=True)
class FloorRight:
    """What a party may do in a talkgroup. `name` is what the others read; never a person's."""

    priority: int
    talks: bool = True
    name: str = ""


class Register(Protocol):
    """Talkgroups and units of the register; answers at once, from memory."""

    @property
    def groups(self) -> Mapping[str, Talkgroup]:
        """By name `{network}:{id}`."""
        ...

    @property
    def units(self) -> Mapping[str, RegisteredUnit]:
        """By id; those that are not revoked."""
        ...

    def unit_at(self, address: str) -> RegisteredUnit | None:
        """The unit with this address in a network, or this id."""
        ...

    def on_change(self, changed: Callable[[], None]) -> None:
        """Call `changed` when groups or units are different."""
        ...

    async def read_again(self) -> None:
        """Somebody asks for a group that is not there. Never raises."""
        ...


class TalkgroupMembership(Protocol):
    """Who belongs to which talkgroup; answers at once, from memory."""

    def groups(self) -> Mapping[str, FloorRules]:
        """Every talkgroup that there is now, by its name `{network}:{id}`."""
        ...

    def right(self, group: str, party: str) -> FloorRight | None:
        """None for who has no business there."""
        ...

    def name_of(self, address: str) -> str:
        """The name of the unit that is heard in a network under this address; empty for nobody's."""
        ...

    def on_change(self, changed: Callable[[], None]) -> None:
        """Call `changed` when groups or rights may be different."""
        ...


class NetworkFloor(Protocol):
    """A radio network that owns the floor of its talkgroups. It answers by signals to `FloorControl.take`:
    `NetworkGranted`, `NetworkQueued`, `NetworkDenied`, and tells `NetworkTaken`, `NetworkIdle`,
    `NetworkAway`. Neither method waits.
    """

    def ask(self, group: str, ask: QueuedFloorRequest) -> None:
        """Ask the network for the floor; it answers by a signal."""
        ...

    def cease(self, group: str, party: str, request_id: UUID) -> None:
        """The request is over on our side, whether it was granted or not."""
        ...


@dataclass(frozen=True, slots=True)
class FloorReply:
    """To who asked. `limit_s` is how long he may still talk, `position` his place in the queue."""

    group: str
    party: str
    request_id: UUID | None
    result: Result
    cause: Cause = Cause.NONE
    token: str = ""
    limit_s: float | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class FloorTalker:
    """Who has the floor, as everybody may read it; `since` by the centre's clock. `name` is the unit's as it
    was enrolled, also of a radio that is a unit's; of others it is what the network says.
    """

    party: str
    name: str
    priority: int
    request_id: UUID | None
    since: datetime


@dataclass(frozen=True, slots=True)
class FloorSnapshot:
    """A floor as everybody sees it; `rev` rises with each change within one run."""

    group: str
    rev: int
    stage: FloorStage
    talker: FloorTalker | None
    waiting: int


class FloorSink(Protocol):
    """Where the floor's words go. None of these waits; what cannot be said is counted there."""

    def answer(self, answer: FloorReply) -> None:
        """Tell the party who asked: granted, queued with its position, denied with the cause."""
        ...

    def state(self, group: str) -> None:
        """The group's view has changed: say it when its turn comes, the newest only."""
        ...

    def began(self, group: str, talker: FloorTalker) -> None:
        """The talkgroup has this talker."""
        ...

    def ended(self, group: str, talker: FloorTalker, cause: Cause) -> None:
        """The floor was taken from this talker, or given back."""
        ...

    def closed(self, group: str) -> None:
        """The group is no more."""
        ...


Notice = Literal["patched", "unpatched"]


class Notices(Protocol):
    """Tones by which the radios of a network are told something."""

    def tell(self, group: str, op_id: UUID, notice: Notice) -> None:
        """Never waits; again for a copy of the word."""
        ...

    def answered(self, answer: FloorReply) -> None:
        """What became of a request for the floor that it made."""
        ...


class EmergencyPresses(Protocol):
    """Told of each press for emergency talk by who may be heard on the group, whatever becomes of it."""

    def pressed(self, group: str, party: str, request_id: UUID) -> None:
        """Never waits; again for a copy of the press."""
        ...


@dataclass(frozen=True, slots=True)
class FloorPorts:
    """For the role `radio`. `link` has a session that the broker forgets at once, and no other use."""

    link: BrokerLink
    clock: Clock
    membership: TalkgroupMembership
    networks: Mapping[str, NetworkFloor]
    emergencies: EmergencyPresses
    our_names: Callable[[], Collection[str]] = tuple
    """The names under which networks tell our own talks."""


class DeskRights(Protocol):
    """Who at a desk may talk on which group; answers at once, from memory."""

    def knows(self, group: str) -> bool:
        """Whether the talkgroup exists."""
        ...

    async def look_again(self) -> None:
        """A talkgroup that is not known may have been made this moment. Never raises."""
        ...

    def priority_of(self, group: str, roles: Collection[Role]) -> int | None:
        """None for who may not talk there."""
        ...


@dataclass(frozen=True, slots=True)
class DeskPorts:
    """For the role `centre`."""

    link: BrokerLink
    bus: Bus
    rights: DeskRights
    current_user: Callable[[Request], Awaitable[Actor]]
