"""Limits of sign-in attempts. An attempt takes a slot before its password is compared, in one step, so that
attempts sent together never exceed the limits.

Wrong tries from devices that nobody has signed in on count by name and address, by name, by address, and all
together. Tries from a device on which this person has signed in before count for that device alone, so that
others' guesses lock nobody out of it. Names that do not exist are counted like all others. Nothing here is
stored: a restart of the service begins anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from core.listening import addresses
from core.metrics import counter, gauge
from identity.errors import TooManyAttempts
from identity.guessing.settings import GuessingSettings

Kind = Literal["password", "code", "envelope", "switch", "token", "provider"]
"""`envelope`: of the sealed account, which guesses from elsewhere must not close. `switch`: at the switch's
doors, of telephones and of its manager; it has no limits here. `token`: an API token that never was one.
`provider`: a way back from the OpenID provider that proves nobody.
"""
Key = tuple[str, ...]

MOST_KEYS = 20_000
"""Counts that are kept at most. They expire by themselves; a device that is not known is refused beyond."""

_refused = counter("identity_refused_attempts", "Sign-ins refused by a limit, unchecked", ["kind", "limit"])
_kept = gauge("identity_guess_counts", "Counts of wrong sign-ins that are kept")


def network_of(address: str) -> str:
    """What counts as one address, in words; what is no address counts as it is written."""
    found = addresses.network_of(address)
    if found is None:
        return address[:64]
    return str(found if found.version == 6 else found.network_address)


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """`name` as typed, in small letters. `device` is the id of a device that is known for this name."""

    kind: Kind
    name: str
    address: str
    device: str = ""

    @property
    def lane(self) -> str:
        """The queue that the attempt waits in: of its device, or of its address."""
        return f"device {self.device}" if self.device else network_of(self.address)


@dataclass(frozen=True, slots=True)
class _Limit:
    name: str
    key: Key
    most: int


class SignInLimits:
    """`now` is monotonic, in seconds."""

    def __init__(self, settings: GuessingSettings, now: Callable[[], float]) -> None:
        self._settings = settings
        self._now = now
        self._counts: dict[Key, deque[float]] = {}

    def check(self, attempt: SignInAttempt) -> None:
        """Raises `TooManyAttempts` where `take` would; takes no place."""
        for limit in self._limits(attempt):
            times = self._recent(limit.key)
            if len(times) >= limit.most:
                _refused.labels(attempt.kind, limit.name).inc()
                wait = times[0] + self._window(attempt.kind) - self._now()
                raise TooManyAttempts(remedy=f"wait {max(1, round(wait))} s")
        if not attempt.device and len(self._counts) >= MOST_KEYS:
            self._forget()
            if len(self._counts) >= MOST_KEYS:
                _refused.labels(attempt.kind, "memory").inc()
                raise TooManyAttempts(remedy=f"wait {self._window(attempt.kind):.0f} s")

    def take(self, attempt: SignInAttempt) -> CountedTry:
        """The place of this try, which counts as wrong until it is given back. Raises `TooManyAttempts`."""
        self.check(attempt)
        now = self._now()
        keys = [limit.key for limit in self._limits(attempt)]
        for key in keys:
            self._counts.setdefault(key, deque()).append(now)
        _kept.set(len(self._counts))
        return CountedTry(self, keys, now)

    def give_back(self, keys: list[Key], at: float) -> None:
        for key in keys:
            times = self._counts.get(key)
            if times is not None and at in times:
                times.remove(at)
                if not times:
                    del self._counts[key]
        _kept.set(len(self._counts))

    def _limits(self, attempt: SignInAttempt) -> list[_Limit]:
        settings, kind, name = self._settings, attempt.kind, attempt.name
        own = settings.codes if kind == "code" else settings.of_one
        if attempt.device:
            return [_Limit("device", (kind, "device", name, attempt.device), own)]
        network = network_of(attempt.address)
        if kind in {"token", "provider"}:
            return [_Limit("address", (kind, "address", network), settings.of_address)]
        limits = [_Limit("one", (kind, "one", name, network), own)]
        if kind == "code":
            return [*limits, _Limit("name", (kind, "name", name), 2 * own)]
        if kind != "envelope":
            limits.append(_Limit("name", (kind, "name", name), settings.of_name))
        return [
            *limits,
            _Limit("address", (kind, "address", network), settings.of_address),
            _Limit("all", (kind, "all"), settings.of_all),
        ]

    def _window(self, kind: str) -> float:
        return self._settings.codes_window_s if kind == "code" else self._settings.window_s

    def _recent(self, key: Key) -> deque[float]:
        times = self._counts.get(key)
        if times is None:
            return deque()
        since = self._now() - self._window(key[0])
        while times and times[0] <= since:
            times.popleft()
        if not times:
            del self._counts[key]
        return times

    def _forget(self) -> None:
        for key in list(self._counts):
            self._recent(key)


class CountedTry:
    """A try that counts as wrong."""

    def __init__(self, limits: SignInLimits, keys: list[Key], at: float) -> None:
        self._limits = limits
        self._keys = keys
        self._at = at

    def give_back(self) -> None:
        """Give the slot back: the attempt was right, or was not compared."""
        self._limits.give_back(self._keys, self._at)
