"""Which receivers speak, and which have lost their link. Pure, on a given clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class ReceiverLinks:
    """`silent_s` seconds without a sentence are a loss, also from the start on."""

    codes: Iterable[str]
    silent_s: float
    began: float
    _heard: dict[str, float] = field(init=False)
    lost: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._heard = dict.fromkeys(self.codes, self.began)

    def heard(self, code: str, at: float) -> bool:
        """Whether its link has come back by this."""
        self._heard[code] = at
        back = code in self.lost
        self.lost.discard(code)
        return back

    def tick(self, at: float) -> list[str]:
        """Those whose link has just been lost."""
        late = {code for code, heard in self._heard.items() if at - heard > self.silent_s}
        gone = sorted(late - self.lost)
        self.lost |= late
        return gone
