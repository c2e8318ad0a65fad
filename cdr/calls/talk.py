"""Talk times, computed from bridge membership: queue logs and CDRs lose them at transfers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cdr.cel.model import CelRow

_NO_TALK = "holding_bridge"


@dataclass(slots=True)
class TalkTime:
    """A leg's time with somebody else: when it first began, and how long it was in all."""

    since: datetime | None = None
    first: datetime | None = None
    seconds: float = 0.0


@dataclass(slots=True)
class _BridgeStay:
    """Which channel is in which bridge now, and who is talking since when."""

    bridge_of: dict[str, str] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    talks: dict[str, TalkTime] = field(default_factory=dict)

    def enter(self, uniqueid: str, bridge: str, at: datetime) -> None:
        self.leave(uniqueid, at)
        self.bridge_of[uniqueid] = bridge
        self.members.setdefault(bridge, set()).add(uniqueid)
        self._settle(bridge, at)

    def leave(self, uniqueid: str, at: datetime, bridge: str | None = None) -> None:
        held = self.bridge_of.get(uniqueid)
        if held is None or (bridge is not None and bridge != held):
            return
        del self.bridge_of[uniqueid]
        self.members[held].discard(uniqueid)
        self._stop(uniqueid, at)
        self._settle(held, at)

    def end(self, at: datetime) -> None:
        for uniqueid in self.talks:
            self._stop(uniqueid, at)

    def _settle(self, bridge: str, at: datetime) -> None:
        together = self.members[bridge]
        for uniqueid in together:
            if len(together) > 1:
                self._begin(uniqueid, at)
            else:
                self._stop(uniqueid, at)

    def _begin(self, uniqueid: str, at: datetime) -> None:
        talk = self.talks.setdefault(uniqueid, TalkTime())
        if talk.since is None:
            talk.since = at
            talk.first = talk.first or at

    def _stop(self, uniqueid: str, at: datetime) -> None:
        talk = self.talks.get(uniqueid)
        if talk is not None and talk.since is not None:
            talk.seconds += max(0.0, (at - talk.since).total_seconds())
            talk.since = None


def talks(rows: Iterable[CelRow], until: datetime) -> Mapping[str, TalkTime]:
    """The talk of each channel by uniqueid, from rows in order of time. Open talks go on `until`."""
    floor = _BridgeStay()
    for row in rows:
        if row.event in {"HANGUP", "CHAN_END"}:
            floor.leave(row.uniqueid, row.at)
        elif row.event in {"BRIDGE_ENTER", "BRIDGE_EXIT"}:
            bridge = row.extra_text("bridge_id")
            if row.event == "BRIDGE_EXIT":
                floor.leave(row.uniqueid, row.at, bridge)
            elif row.extra_text("bridge_technology") != _NO_TALK:
                floor.enter(row.uniqueid, bridge, row.at)
    floor.end(until)
    return floor.talks
