"""The bridges that each leg was in over time, and the pauses of its recording. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from cdr.calls.model import BridgePeriod, RecordedPause
from cdr.cel.model import MARKS, PAUSED, CelRow
from core.ids import leg_id

MOST = 200
"""A leg with more bridges, a call with more pauses, keeps the first ones."""


def stays(rows: Iterable[CelRow], until: datetime | None) -> Mapping[str, Sequence[BridgePeriod]]:
    """The bridges of each channel by uniqueid, from rows in order of time. `until` is the call's end."""
    found: dict[str, list[BridgePeriod]] = {}
    for row in rows:
        own = found.setdefault(row.uniqueid, [])
        if row.event == "BRIDGE_ENTER" and len(own) < MOST:
            _leave(own, row.at)
            own.append(
                BridgePeriod(row.extra_text("bridge_id"), row.extra_text("bridge_technology"), row.at, None)
            )
        elif row.event == "BRIDGE_EXIT":
            _leave(own, row.at, row.extra_text("bridge_id"))
        elif row.event in {"HANGUP", "CHAN_END"}:
            _leave(own, row.at)
    if until is not None:
        for own in found.values():
            _leave(own, until)
    return found


def pauses(
    system_name: str, rows: Iterable[CelRow], ends: Mapping[str, datetime | None]
) -> Sequence[RecordedPause]:
    """The pauses that marks tell of, by their beginning. `ends` are the ends of legs by uniqueid."""
    found: list[tuple[str, RecordedPause]] = []
    for row in rows:
        if row.event not in MARKS or row.uniqueid not in ends:
            continue
        reason, who = row.mark()
        place = next(
            (
                at
                for at, (uniqueid, one) in enumerate(found)
                if uniqueid == row.uniqueid and one.until is None
            ),
            None,
        )
        if row.event == PAUSED and place is None and len(found) < MOST:
            own = leg_id(system_name, row.uniqueid)
            found.append((row.uniqueid, RecordedPause(own, row.at, None, reason, who, "")))
        elif row.event != PAUSED and place is not None:
            found[place] = (row.uniqueid, replace(found[place][1], until=row.at, ended_by=who))
    return [one if one.until else replace(one, until=ends[uniqueid]) for uniqueid, one in found]


def _leave(own: list[BridgePeriod], at: datetime, bridge: str | None = None) -> None:
    if own and own[-1].until is None and bridge in {None, own[-1].bridge}:
        own[-1] = replace(own[-1], until=at)
