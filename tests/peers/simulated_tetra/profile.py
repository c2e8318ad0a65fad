"""The service profile (+CTSP): what the radio leaves to the TE. Pure."""

from __future__ import annotations

from tests.peers.simulated_tetra.sds import STATUS, TYPE_1, TYPE_2, TYPE_3, UserData

MT_ONLY, TE_ONLY, BOTH, NEITHER = range(4)
VOICE, MOBILITY, SHORT_DATA, TRANSPORTED = range(4)
GROUPS = 11
_STATUSES = 20
_SHORT = {TYPE_1: 21, TYPE_2: 22, TYPE_3: 23}
_LOW_PIDS, _HIGH_PIDS = 24, 25


class Profile:
    """Pairs of layers to who handles them. Of SDS type 4 a protocol's own entry counts before its range."""

    def __init__(self, *, everything: bool = False) -> None:
        self.everything = everything
        self.entries: dict[tuple[int, int], int] = {}

    def set(self, handler: int, layer_1: int, layer_2: int) -> None:
        """Raises `ValueError` for numbers that are out of range."""
        if not (MT_ONLY <= handler <= NEITHER and VOICE <= layer_1 <= TRANSPORTED and layer_2 <= 255):
            raise ValueError("out of range")
        self.entries[layer_1, layer_2] = handler

    def calls(self) -> int:
        return self._of((VOICE, 0))

    def group_management(self) -> int:
        return self._of((MOBILITY, GROUPS), (MOBILITY, 0))

    def data(self, sent: UserData) -> int:
        if sent.service == STATUS:
            return self._of((SHORT_DATA, _STATUSES), (SHORT_DATA, 0))
        if (pid := sent.pid) is None:
            return self._of((SHORT_DATA, _SHORT.get(sent.service, 0)), (SHORT_DATA, 0))
        range_of = _LOW_PIDS if pid < 0x80 else _HIGH_PIDS
        return self._of((TRANSPORTED, pid), (TRANSPORTED, range_of), (SHORT_DATA, range_of), (TRANSPORTED, 0))

    def _of(self, *pairs: tuple[int, int]) -> int:
        for pair in pairs:
            if pair in self.entries:
                return self.entries[pair]
        return BOTH if self.everything else MT_ONLY
