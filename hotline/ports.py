"""Ports of the hotline. `gateway/wiring/hotline.py` supplies these."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from core.actor import Actor
from core.audit import Audit
from core.bus import Bus
from core.clock import Clock
from core.storage import Storage, Transaction
from core.switch import SwitchMessage
from core.views import Views
from hotline.conferences.ports import ConferencePorts
from hotline.control.ports import ControlSwitch
from hotline.drain.ports import DrainSwitch
from hotline.events import CallerContext
from hotline.metrics.ports import OtherSwitches
from hotline.outbound.callbacks.unseen import UnseenCalls
from hotline.outbound.ports import Dialler
from hotline.outbound.purposes import OutboundPorts


class SwitchSnapshot(Protocol):
    """Everything that exists in the switch. Rows of CoreShowChannels; rows of QueueStatus."""

    @property
    def epoch(self) -> int:
        """Rises with each connection to the switch."""
        ...

    @property
    def channels(self) -> Sequence[SwitchMessage]: ...

    @property
    def queues(self) -> Sequence[SwitchMessage]: ...


class QueueSwitch(Protocol):
    """The actuator. Each may raise; the ledger stays as it is and the next snapshot shows the drift."""

    async def queue_add(
        self, queue: str, interface: str, *, member: str, paused: bool, reason: str, penalty: int
    ) -> None:
        """Make the interface a member. `member` is its name, `reason` a pause's code, `penalty` 0 or more;
        the lowest rings first.
        """
        ...

    async def queue_remove(self, queue: str, interface: str) -> None:
        """End the membership."""
        ...

    async def queue_pause(self, queue: str, interface: str, *, paused: bool, reason: str) -> None:
        """Pause the member with this reason, or end its pause."""
        ...

    async def queue_penalty(self, queue: str, interface: str, penalty: int) -> None:
        """Set the member's penalty."""
        ...

    async def queue_priority(self, queue: str, channel: str, level: int, since: float) -> None:
        """Give a waiting caller, by the name of his channel, another level (0–20): his place changes at once,
        and he keeps it in later rounds. `since` is when he came to a queue first.
        """
        ...

    async def queue_status(self) -> Sequence[SwitchMessage]:
        """The rows of QueueStatus, complete. Raises when the switch is away."""
        ...

    async def place_tap(self, channel: str, tap_id: UUID, host: str, port: int) -> None:
        """Send what `channel` says (only that) to an AudioSocket server; `tap_id` is the AudioSocket UUID.

        The tap's own channel has the uniqueid `tap-<tap_id>`, no CDR, and ends with `channel`.
        """
        ...

    async def end_tap(self, tap_id: UUID) -> bool:
        """No more of this tap's sound leaves the switch. False when there is no such tap (yet)."""
        ...


class CallerHistory(Protocol):
    async def lookup(self, caller: str) -> CallerContext:
        """What is known of this number: its earlier calls and its open cases. Nothing confidential."""
        ...

    async def whole(self, caller: str) -> CallerContext:
        """The same with what is confidential. It decides a place in the queue, and no desk is told."""
        ...


class TapNode(Protocol):
    """A speech node that is online. `free` is how many more taps it takes, below zero: it has too many."""

    @property
    def name(self) -> str:
        """The node's name in topics."""
        ...

    @property
    def host(self) -> str:
        """Where its AudioSocket server listens."""
        ...

    @property
    def port(self) -> int:
        """Its TCP port."""
        ...

    @property
    def free(self) -> int:
        """How many more taps it takes."""
        ...


class TapNodes(Protocol):
    def online(self) -> Sequence[TapNode]:
        """The speech nodes that were last heard online; never waits."""
        ...

    def known(self) -> bool:
        """Whether a node that goes would be missed: not while the broker is away."""
        ...


@dataclass(frozen=True, slots=True)
class TapAnnouncement:
    """What a speech node must know before the audio comes. `speaker` is `citizen` or `agent`."""

    tap_id: UUID
    call_id: UUID
    leg_id: UUID
    speaker: str
    language: str
    node: str
    hints: tuple[str, ...] = ()


class TapAnnouncer(Protocol):
    async def announce(self, tap: TapAnnouncement) -> None:
        """Tell the tap's node about it; returns when it is sent."""
        ...

    async def retire(self, node: str, tap_id: UUID) -> None:
        """Tell a node to close a tap; its channel in the switch ends by that."""
        ...


class PausedCalls(Protocol):
    """The calls of which nothing that is said may be heard by a machine now."""

    def paused(self) -> AbstractSet[UUID]:
        """Their ids; never waits."""
        ...

    def known(self) -> bool:
        """False while it cannot be said of calls that ran before this process did."""
        ...


@dataclass(frozen=True, slots=True)
class StaffPhone:
    """A person's telephone: `endpoint` is its PJSIP endpoint, `agent_id` the user's id; levels by skill."""

    agent_id: str
    name: str
    endpoint: str
    skills: Mapping[str, int] = field(default_factory=dict)


class PhoneBook(Protocol):
    def desks(self) -> Iterable[StaffPhone]:
        """All desks as they are configured; read at start and again at each snapshot. Never waits."""
        ...


CurrentUser = Callable[..., Actor | Awaitable[Actor]]
"""A FastAPI dependency that gives the signed-in person or raises `Unauthenticated`."""


Looks = Callable[[Actor, str, str], Awaitable[None]]
"""Tells the audit trail that somebody sees numbers beyond his own work: who, what he does, on what."""


class NamedCases(Protocol):
    """The cases that a disposition names."""

    async def link(
        self, transaction: Transaction, actor: Actor, call_id: UUID, case_ids: Sequence[UUID]
    ) -> None:
        """The call is about each of these cases too, once the transaction commits; what is linked already
        stays as it is. Raises as `require`.
        """
        ...

    async def require(self, actor: Actor, case_ids: Sequence[UUID]) -> None:
        """Raises `core.errors.NotFound` for a case that is not there, `core.errors.Forbidden` for one that
        this person does not see whole, `StorageAway`.
        """
        ...


@dataclass(frozen=True, slots=True)
class HotlinePorts:
    """All of them; a room without one of them is none."""

    bus: Bus
    clock: Clock
    storage: Storage
    switch: QueueSwitch
    history: CallerHistory
    tap_nodes: TapNodes
    tap_announcer: TapAnnouncer
    phone_book: PhoneBook
    current_user: CurrentUser
    cases: NamedCases
    control: ControlSwitch
    unseen: UnseenCalls
    nuisance_numbers: Sequence[str]
    """Malicious callers whom the settings list."""
    dialler: Dialler
    way_out: Callable[[str], bool]
    """Whether a trunk of the switch leads to a number."""
    audit: Audit
    views: Views
    pauses: PausedCalls
    outbound: OutboundPorts
    drain: DrainSwitch
    conferences: ConferencePorts
    others: OtherSwitches
