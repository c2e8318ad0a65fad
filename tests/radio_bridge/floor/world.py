"""Floor control without a broker: a table of rights that a test changes, and an outlet that remembers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from core.clock import ManualClock
from core.ids import uuid7
from radio_bridge.floor.model import FIELD, NOTICE, Cause, FloorRules, QueuedFloorRequest
from radio_bridge.floor.ports import FloorReply, FloorRight, FloorSnapshot, FloorTalker, NetworkFloor
from radio_bridge.floor.service import FloorControl
from tests.radio_bridge.floor.ports import NoPresses

GROUP, RADIO_GROUP = "app:daoli", "sim:7"
CREW, OTHER, LISTENER, STRANGER = "app:17", "app:18", "app:19", "app:99"
DESK = "user:wang.fang"
OURS = FloorRules(limit_s=60, dead_key_s=2, hang_s=3, wait_s=30, answer_s=2)
THEIRS = FloorRules(limit_s=60, dead_key_s=2, hang_s=3, wait_s=30, answer_s=2, owned_by_network=True)


class Table:
    """Implements `Membership`."""

    def __init__(self) -> None:
        self.rules: dict[str, FloorRules] = {GROUP: OURS, RADIO_GROUP: THEIRS}
        self.rights: dict[str, FloorRight] = {
            CREW: FloorRight(FIELD, name="道里一组"),
            OTHER: FloorRight(FIELD, name="道里二组"),
            LISTENER: FloorRight(FIELD, talks=False),
            DESK: FloorRight(10, name="dispatch"),
            NOTICE: FloorRight(0, name="dispatch"),
        }
        self.names: dict[str, str] = {}
        """By address."""
        self._changed: list[Callable[[], None]] = []

    def groups(self) -> Mapping[str, FloorRules]:
        return self.rules

    def right(self, group: str, party: str) -> FloorRight | None:
        return self.rights.get(party)

    def name_of(self, address: str) -> str:
        return self.names.get(address, "")

    def on_change(self, changed: Callable[[], None]) -> None:
        self._changed.append(changed)

    def tell(self) -> None:
        for changed in self._changed:
            changed()


@dataclass
class Heard:
    """Implements `Outlet`."""

    answers: list[FloorReply] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    talkers: list[tuple[str, str, Cause]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    def answer(self, answer: FloorReply) -> None:
        self.answers.append(answer)

    def state(self, group: str) -> None:
        self.states.append(group)

    def began(self, group: str, talker: FloorTalker) -> None:
        self.talkers.append(("start", talker.party, Cause.NONE))

    def ended(self, group: str, talker: FloorTalker, cause: Cause) -> None:
        self.talkers.append(("stop", talker.party, cause))

    def closed(self, group: str) -> None:
        self.gone.append(group)

    def results(self, party: str) -> list[str]:
        return [f"{one.result} {one.cause}".strip() for one in self.answers if one.party == party]


@dataclass
class SimulatedNetwork:
    """Implements `NetworkFloor`; a simulator that remembers and answers only when the test says so."""

    asked: list[tuple[str, QueuedFloorRequest]] = field(default_factory=list)
    ceased: list[UUID] = field(default_factory=list)

    def ask(self, group: str, ask: QueuedFloorRequest) -> None:
        self.asked.append((group, ask))

    def cease(self, group: str, party: str, request_id: UUID) -> None:
        self.ceased.append(request_id)


class World:
    def __init__(self, *, network: NetworkFloor | None = None) -> None:
        self.clock = ManualClock()
        self.table = Table()
        self.heard = Heard()
        self.network = network or SimulatedNetwork()
        self.control = FloorControl(
            self.table,
            self.clock,
            self.heard,
            networks={"sim": self.network} if network is None else {},
            emergencies=NoPresses(),
        )
        self.control.refresh()

    def press(
        self, party: str, group: str = GROUP, *, emergency: bool = False, take_over: bool = False
    ) -> UUID:
        request_id = uuid7()
        self.control.request(group, party, request_id, emergency=emergency, take_over=take_over)
        return request_id

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.control.tick()

    def view(self, group: str = GROUP) -> FloorSnapshot:
        view = self.control.view(group)
        assert view is not None
        return view

    def token(self, group: str = GROUP) -> str:
        floor = self.control.floor(group)
        assert floor is not None
        assert floor.hold is not None
        return floor.hold.token
