"""Whether the switch feeds the room's state at the moment, and how a fresh snapshot is asked for."""

from __future__ import annotations

from collections.abc import Callable


class SwitchLink:
    """`epoch` is that of the last snapshot; None while the link is down."""

    def __init__(self) -> None:
        self.epoch: int | None = None
        self.ask_snapshot: Callable[[], None] = lambda: None
        """Has the feed take a fresh snapshot of the switch; set by who carries the messages."""

    def up(self) -> bool:
        return self.epoch is not None

    def resync(self) -> None:
        self.ask_snapshot()
