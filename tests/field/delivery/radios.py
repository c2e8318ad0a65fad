"""A simulated network of radios that carries texts: no real one takes part in these tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from core.errors import Invalid, Unavailable
from field.contract.capabilities import Can, Caps


@dataclass
class SimulatedTextRadio:
    """Implements `field.contract.bearer.TextBearer`, played: `reachable`, `away` and `refuses` are what
    the network would answer.
    """

    network: str = "tetra"
    caps: Caps = field(default_factory=lambda: Caps(frozenset({Can.TEXT, Can.TEXT_REPORT})))
    most_characters: int = 70
    reachable: bool = True
    away: bool = False
    refuses: bool = False
    sent: list[tuple[str, str, UUID]] = field(default_factory=list)

    async def send_short(self, address: str, words: str, *, ref: UUID) -> bool:
        if self.away:
            raise Unavailable
        if self.refuses:
            raise Invalid("too long")
        assert len(words) <= self.most_characters
        self.sent.append((address, words, ref))
        return self.reachable

    @property
    def words(self) -> list[str]:
        return [words for _, words, _ in self.sent]

    @property
    def last_ref(self) -> UUID:
        return self.sent[-1][2]
