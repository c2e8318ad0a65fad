"""Counts failed attempts by address on an injected clock, within fixed bounds. Pure."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.listening.addresses import Network

MOST_WATCHED: Final = 10_000
"""Addresses whose failures are counted, and as many where telephones have signed in: the oldest go first."""
MOST_ACCOUNTS: Final = 100
DOUBLED_AT_MOST: Final = 10


@dataclass(frozen=True, slots=True)
class BlockingRules:
    """So many failures within so many seconds; where a telephone signed in is known for a while."""

    failures: int = 10
    within_s: float = 60.0
    known_s: float = 86_400.0


@dataclass(slots=True)
class _Tries:
    times: deque[float]
    accounts: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Guesses:
    """What makes an address be shut out: wrong tries, and how many names were tried."""

    network: Network
    attempts: int
    accounts: int


class FailureCounter:
    """`failed` says when it is enough. `now` is monotonic, in seconds."""

    def __init__(self, rules: BlockingRules, *, most: int = MOST_WATCHED) -> None:
        self._rules = rules
        self._most = most
        self._tries: OrderedDict[Network, _Tries] = OrderedDict()
        self._known: OrderedDict[Network, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._tries)

    def failed(self, network: Network, account: str, now: float) -> Guesses | None:
        """None while it is not enough, or for an address where a telephone of ours stands."""
        tries = self._tries.get(network)
        if tries is None:
            tries = self._tries[network] = _Tries(deque(maxlen=self._rules.failures))
            while len(self._tries) > self._most:
                self._tries.popitem(last=False)
        self._tries.move_to_end(network)
        tries.times.append(now)
        if len(tries.accounts) < MOST_ACCOUNTS:
            tries.accounts.add(account)
        if len(tries.times) < self._rules.failures or tries.times[0] < now - self._rules.within_s:
            return None
        if self.known(network, now):
            return None
        del self._tries[network]
        return Guesses(network, len(tries.times), len(tries.accounts))

    def succeeded(self, network: Network, now: float) -> None:
        """An account of ours signed in from this address."""
        self._known[network] = now
        self._known.move_to_end(network)
        while len(self._known) > self._most:
            self._known.popitem(last=False)

    def known(self, network: Network, now: float) -> bool:
        since = self._known.get(network)
        return since is not None and since > now - self._rules.known_s


@dataclass(frozen=True, slots=True)
class AddressBlock:
    """One address that is, or was, shut out. `attempts` is 0 where a person said so."""

    block_id: UUID
    network: str
    since: datetime
    until: datetime
    attempts: int
    accounts: int
    reason: str
    added_by: str
    lifted_by: str = ""
    lifted_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether the address is shut out at this moment."""
        return self.lifted_at is None and self.since <= now < self.until


def lasts(block_s: float, most_s: float, earlier: int) -> timedelta:
    """Twice as long for each earlier block."""
    return timedelta(seconds=min(most_s, block_s * 2.0 ** min(earlier, DOUBLED_AT_MOST)))


def touches(network: Network, others: Iterable[Network]) -> bool:
    """Whether it holds an address of one of these, or is one."""
    return any(one.version == network.version and one.overlaps(network) for one in others)
