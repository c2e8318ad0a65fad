"""What incident conferences need of others: the switch, people's telephones, talkgroups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from core.actor import Actor
from hotline.conferences.model import SeenLeg
from hotline.outbound.conferences.ports import ConferenceCallSwitch


class ConferenceBridge(Protocol):
    """The room of the switch. Each raises `core.errors.Unavailable` when it is not known whether it was done,
    `core.errors.Conflict` when there is no such leg or room (any more).
    """

    @property
    def up(self) -> bool:
        """Whether there is a link to the switch."""
        ...

    async def legs(self, room: str) -> Sequence[SeenLeg]:
        """Empty when there is no such room."""
        ...

    async def mute(self, room: str, channel: str, *, muted: bool) -> None:
        """Whether this leg is heard."""
        ...

    async def send_out(self, room: str, channel: str) -> None:
        """End this leg."""
        ...

    async def lock(self, room: str, *, locked: bool) -> None:
        """Whether nobody else comes in."""
        ...

    async def place_recorder(self, room: str, recorder: UUID) -> None:
        """Have a leg of nobody record it; its Uniqueid is `tap-rec-<recorder>-2`. Rings nobody."""
        ...

    async def place_talkgroup(self, room: str, group: str, member_id: UUID) -> None:
        """Have a leg with one end in the talkgroup's conference, where it talks as a telephone that is put
        through; the Uniqueid of its end here is `tap-ic-<member_id>`. Rings nobody.
        """
        ...


@dataclass(frozen=True, slots=True)
class KnownPhone:
    """`phone` as it is dialled: an endpoint of the switch or a number. `name` is its owner's."""

    name: str
    phone: str


class ConferencePeople(Protocol):
    """Whose telephone is which; None for who has none."""

    def desk(self, user_id: str) -> KnownPhone | None:
        """A person of the centre at the own telephone."""
        ...

    async def unit(self, unit_id: str) -> KnownPhone | None:
        """A field unit's telephone, of its register."""
        ...


class ConferenceTalkgroups(Protocol):
    async def check(self, actor: Actor, group: str) -> str:
        """The talkgroup's name, when this person may put it through to telephones and nothing else is patched
        to it. Raises as `radio_bridge.switch.patches` does.
        """
        ...


@dataclass(frozen=True, slots=True)
class ConferencePorts:
    """All of them."""

    bridge: ConferenceBridge
    calls: ConferenceCallSwitch
    people: ConferencePeople
    talkgroups: ConferenceTalkgroups
