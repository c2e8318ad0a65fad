"""A citizen who is to be called back, and all of them in their order. `at` and every other moment is Unix
seconds.

An entry keeps the place that its caller had in the queue. A number has at most one open entry and so at most
one live attempt, however many of its calls were lost.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from hotline.events import AttemptOutcome, CallbackOutcome, CallbackReason, CallbackStage
from hotline.outbound.retries import RetryPlan

MOST_CALLS: Final = 20
"""Lost calls kept with one entry: the first, and the latest of the others."""
MOST_ATTEMPTS: Final = 20
CLOSED_KEPT: Final = 2_000

LIVE: Final[frozenset[CallbackStage]] = frozenset({"placing", "dialling", "talking"})
COUNTED: Final[frozenset[AttemptOutcome]] = frozenset({"no_answer", "busy", "failed", "hung_up", "unknown"})
"""After these the citizen is tried again, so many times; his telephone rang, or may have."""
FINAL: Final[dict[AttemptOutcome, CallbackOutcome]] = {
    "reached": "reached",
    "wrong_number": "wrong_number",
    "declined": "declined",
}
"""After these it is done."""


@dataclass(frozen=True, slots=True)
class LostCall:
    """A call of the citizen that nobody spoke with. `place` is when it joined the queue; `voicemail` are
    seconds (start, end) inside its own recording.
    """

    call_id: UUID
    linkedid: str
    reason: CallbackReason
    place: float
    at: float
    voicemail: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One time that an agent dialled. `channel_id` is the Uniqueid of his leg, made before he is rung."""

    channel_id: str
    call_id: UUID
    agent_id: str
    endpoint: str
    began: float
    in_doubt: bool = False
    rang: bool = False
    """The citizen's telephone was dialled."""
    dial_status: str = ""
    answered: float | None = None
    ended: float | None = None
    outcome: AttemptOutcome | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """`number` is E.164, `dial` what the outbound rules are given, `caller` as the trunk sent it. `passed`
    have let this round's offer go by.
    """

    id: UUID
    number: str
    dial: str
    queue: str
    language: str
    place: float
    created: float
    due: float
    expires: float
    caller: str = ""
    stage: CallbackStage = "waiting"
    calls: tuple[LostCall, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    passed: frozenset[str] = frozenset()
    offered_to: str = ""
    offered_until: float = 0.0
    assigned_to: str = ""
    superseded: bool = False
    """The citizen was spoken with in a call of his own while an attempt was live."""
    outcome: CallbackOutcome | None = None
    note: str = ""
    rev: int = 0

    @property
    def live(self) -> bool:
        """Whether it is still owed."""
        return self.stage in LIVE

    @property
    def urgent(self) -> bool:
        """A talk that broke off goes before all that only waited."""
        return any(call.reason == "cut_off" for call in self.calls)

    @property
    def rank(self) -> tuple[bool, float, UUID]:
        """The order in which callbacks are served."""
        return not self.urgent, self.place, self.id

    @property
    def attempt(self) -> Attempt | None:
        """The last attempt, live or over."""
        return self.attempts[-1] if self.attempts else None

    @property
    def counted(self) -> int:
        """Attempts after which the citizen is tried again: they count towards the limit."""
        return sum(one.outcome in COUNTED for one in self.attempts)

    def with_attempt(self, attempt: Attempt) -> Entry:
        """With the last attempt replaced."""
        return replace(self, attempts=(*self.attempts[:-1], attempt))


@dataclass(frozen=True, slots=True)
class CallbackRules:
    """See `CallbackSettings`."""

    retries: RetryPlan
    offer_s: float = 20.0
    again_s: float = 30.0
    rest_s: float = 60.0
    doubt_s: float = 60.0
    expires_s: float = 172_800.0
    most: int = 10_000


@dataclass(slots=True, eq=False)
class CallbackBook:
    """All open entries, and the last closed ones. Changed in place by `reduce.apply` alone.

    `restored_at` is when it took up what an earlier run had left.
    """

    rules: CallbackRules
    restored_at: float = 0.0
    open: dict[UUID, Entry] = field(default_factory=dict)
    by_number: dict[str, UUID] = field(default_factory=dict)
    by_channel: dict[str, UUID] = field(default_factory=dict)
    """Live attempts by their channel id."""
    by_agent: dict[str, UUID] = field(default_factory=dict)
    """What is offered to an agent or dialled by him."""
    resting: dict[str, float] = field(default_factory=dict)
    """Agents who let an offer run out, and until when they get no other."""
    closed: OrderedDict[UUID, Entry] = field(default_factory=OrderedDict)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.open.values())

    def find(self, entry_id: UUID) -> Entry | None:
        return self.open.get(entry_id) or self.closed.get(entry_id)

    def of_number(self, number: str) -> Entry | None:
        entry_id = self.by_number.get(number)
        return None if entry_id is None else self.open[entry_id]

    def of_channel(self, channel_id: str) -> Entry | None:
        entry_id = self.by_channel.get(channel_id)
        return None if entry_id is None else self.open[entry_id]

    def in_order(self) -> list[Entry]:
        """As they are served: whose talk broke off, then who queued first."""
        return sorted(self.open.values(), key=lambda entry: entry.rank)

    def put(self, entry: Entry) -> Entry:
        """Keep this version of the entry; the indices follow."""
        before = self.open.get(entry.id)
        if before is not None:
            self._forget(before)
        if entry.stage == "closed":
            self.open.pop(entry.id, None)
            self.closed[entry.id] = entry
            self.closed.move_to_end(entry.id)
            if len(self.closed) > CLOSED_KEPT:
                self.closed.popitem(last=False)
            return entry
        self.closed.pop(entry.id, None)
        self.open[entry.id] = entry
        self.by_number[entry.number] = entry.id
        if entry.stage == "offered":
            self.by_agent[entry.offered_to] = entry.id
        if entry.live:
            self.by_channel[entry.attempts[-1].channel_id] = entry.id
            self.by_agent[entry.attempts[-1].agent_id] = entry.id
        return entry

    def _forget(self, entry: Entry) -> None:
        self.by_number.pop(entry.number, None)
        if entry.stage == "offered":
            self.by_agent.pop(entry.offered_to, None)
        if entry.live:
            self.by_channel.pop(entry.attempts[-1].channel_id, None)
            self.by_agent.pop(entry.attempts[-1].agent_id, None)
