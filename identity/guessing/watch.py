"""Detects attacks in wrong sign-ins. An attack is published to desks, audited at its beginning and end, and
shown until it is over and a person has acknowledged it.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from core.clock import Clock
from core.ids import uuid7
from core.metrics import counter, gauge
from identity.guessing.limits import SignInAttempt, network_of

MOST_NAMED = 10
"""Addresses that are told of one attack."""
MOST_KEPT = 10
"""Attacks that are shown: the oldest that is over goes first."""
CODES = 5
"""Wrong codes of one name within the window: somebody else has the password."""

_failed = counter("identity_failed_sign_ins", "Wrong passwords and codes that were compared", ["kind"])
_attacks = counter("identity_attacks", "Attacks on sign-in that were noticed")
_now_on = gauge("identity_attack_now", "1 while an attack on sign-in goes on")


@dataclass(slots=True)
class Attack:
    """`names` counts distinct names, `code` says that wrong codes followed a right password."""

    attack_id: UUID
    began_at: datetime
    last_at: datetime
    failures: int = 0
    refused: int = 0
    code: bool = False
    over: bool = False
    acknowledged_by: str = ""
    addresses: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    """Names that were tried, in so far as they are few."""

    @property
    def names(self) -> int:
        """How many user names were tried."""
        return len(self.seen)


class AttackDetector:
    """`threshold` wrong or refused sign-ins within `window_s` are an attack; as long without one end it."""

    def __init__(self, clock: Clock, *, threshold: int, window_s: float) -> None:
        self._clock = clock
        self._threshold = threshold
        self._window_s = window_s
        self._recent: deque[tuple[float, SignInAttempt, bool]] = deque(maxlen=max(threshold, 100))
        self._codes: OrderedDict[str, deque[float]] = OrderedDict()
        self._kept: OrderedDict[UUID, Attack] = OrderedDict()
        self._current: Attack | None = None
        self._last = 0.0

    @property
    def current(self) -> Attack | None:
        """The attack that goes on now; None without one."""
        return self._current

    def known(self) -> list[Attack]:
        """The last few, the oldest first."""
        return list(self._kept.values())

    def shown(self) -> list[Attack]:
        """Attacks in progress or not acknowledged."""
        return [one for one in self._kept.values() if not (one.over and one.acknowledged_by)]

    def find(self, attack_id: UUID) -> Attack | None:
        return self._kept.get(attack_id)

    def failed(self, attempt: SignInAttempt, *, attack: bool = False) -> None:
        """Count a wrong attempt. `attack`: who compared it has seen enough of them."""
        _failed.labels(attempt.kind).inc()
        many = attempt.kind == "code" and self._many_codes(attempt.name)
        self._note(attempt, refused=False, attack=attack or many)

    def refused(self, attempt: SignInAttempt) -> None:
        """A limit refused it."""
        self._note(attempt, refused=True)

    def look(self) -> None:
        """End an attack that has stopped."""
        attack = self._current
        if attack is not None and self._clock.monotonic() - self._last >= self._window_s:
            attack.over = True
            self._current = None
            _now_on.set(0)

    def _note(self, attempt: SignInAttempt, *, refused: bool, attack: bool = False) -> None:
        self.look()
        now = self._clock.monotonic()
        self._last = now
        self._recent.append((now, attempt, refused))
        if self._current is not None:
            self._add(self._current, attempt, refused=refused)
            return
        while self._recent and self._recent[0][0] <= now - self._window_s:
            self._recent.popleft()
        if attack or len(self._recent) >= self._threshold:
            self._begin()

    def _begin(self) -> None:
        now = self._clock.now()
        attack = Attack(uuid7(), now, now)
        for _, attempt, refused in self._recent:
            self._add(attack, attempt, refused=refused)
        self._recent.clear()
        self._current = attack
        self._kept[attack.attack_id] = attack
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        _attacks.inc()
        _now_on.set(1)

    def _add(self, attack: Attack, attempt: SignInAttempt, *, refused: bool) -> None:
        attack.last_at = self._clock.now()
        attack.failures += not refused
        attack.refused += refused
        attack.code = attack.code or attempt.kind == "code"
        network = network_of(attempt.address)
        if network not in attack.addresses and len(attack.addresses) < MOST_NAMED:
            attack.addresses.append(network)
        if len(attack.seen) < 1_000:  # "a thousand and more" tells no less
            attack.seen.add(attempt.name)

    def _many_codes(self, name: str) -> bool:
        times = self._codes.setdefault(name, deque(maxlen=CODES))
        times.append(self._clock.monotonic())
        self._codes.move_to_end(name)
        while len(self._codes) > 1_000:
            self._codes.popitem(last=False)
        return len(times) == CODES and times[0] > self._clock.monotonic() - self._window_s
