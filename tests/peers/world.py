"""A set of peers that a test stands among: all of them up between `with` and its end, or none."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import ExitStack
from types import TracebackType
from typing import Self


class PeerWorld(ABC):
    """`start` brings the peers up, in order; what it hands to `_ends` is undone at the end, last first."""

    def __init__(self) -> None:
        self._ends = ExitStack()

    @abstractmethod
    def start(self) -> None: ...

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._ends.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()
