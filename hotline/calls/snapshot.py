"""The present as the switch tells it on each connect: it corrects and completes what is known of calls.

A channel that is no longer there went away unseen: its call ends with the cause `lost`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from hotline.calls.model import CallsState, Changed, DeskTouched, Effect
from hotline.calls.reduce import (
    STAYS_IN_BRIDGE,
    become_inbound,
    into_call,
    know_caller,
    leg_for,
    remove,
    settle,
)
from hotline.ports import AmiMessage
from hotline.signals import RINGING, TAP_UNIQUEID, UP, ChannelSeen, channel_seen, number, text

CONTROL: Final = "control-"
"""What the contexts of dialplan/control.conf begin with."""
TONE_UNIQUEID: Final = f"{TAP_UNIQUEID}tone-"
_DIALLED: Final = "(Outgoing Line)"


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A row of CoreShowChannels. `age` is how long the channel has lived, in seconds."""

    seen: ChannelSeen
    bridge: str
    dialled: bool
    age: float


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A row of QueueStatus: a caller who waits, for `wait` seconds so far."""

    queue: str
    uniqueid: str
    wait: float


def channel_rows(messages: Iterable[AmiMessage]) -> list[ChannelRow]:
    rows = []
    for message in messages:
        seen = channel_seen(message)
        if seen is not None:
            dialled = text(message, "ApplicationData") == _DIALLED or seen.state == RINGING
            rows.append(ChannelRow(seen, text(message, "BridgeId"), dialled, _age(message.get("Duration"))))
    return rows


def tapped(messages: Iterable[AmiMessage]) -> dict[str, str]:
    """Taps that exist: the tap's id by the name of the channel that it listens to."""
    found = {}
    for message in messages:
        uniqueid = text(message, "Uniqueid")
        # A tone that is played into somebody's ear is ChanSpy as well.
        tap = uniqueid.startswith(TAP_UNIQUEID) and not uniqueid.startswith(TONE_UNIQUEID)
        if tap and message.get("Application") == "ChanSpy":
            found[text(message, "ApplicationData").partition(",")[0]] = uniqueid[len(TAP_UNIQUEID) :]
    return found


def waiting_rows(messages: Iterable[AmiMessage]) -> list[QueueEntry]:
    """Callers in queues; `Wait` is how long they have waited, in seconds."""
    return [
        QueueEntry(text(message, "Queue"), text(message, "Uniqueid"), float(number(message, "Wait")))
        for message in messages
        if message.name == "QueueEntry"
    ]


def apply_snapshot(
    state: CallsState, rows: Sequence[ChannelRow], waiting: Sequence[QueueEntry], at: float
) -> tuple[CallsState, Sequence[Effect]]:
    """The state with exactly the channels of `rows`, and what follows from the difference."""
    out: list[Effect] = []
    for row in rows:
        _place(state, row, at, out)
    present = {row.seen.uniqueid for row in rows}
    for leg in [leg for leg in state.legs.values() if leg.uniqueid not in present]:
        remove(state, leg, "lost", out)
    _place_waiting(state, waiting, at, out)
    for leg in list(state.legs.values()):
        into_call(state, leg, at, out)
    for call in state:
        settle(call, at, out)
    out += [Changed(call) for call in state]
    out += [DeskTouched(endpoint) for endpoint in list(state.at_desk)]
    return state, out


def _place(state: CallsState, row: ChannelRow, at: float, out: list[Effect]) -> None:
    seen = row.seen
    leg = leg_for(state, seen.uniqueid, seen.linkedid, seen.channel, at, out)
    if leg is None:
        return
    call = state.call_of[leg.uniqueid]
    leg.began = min(leg.began, at - row.age)
    call.began = min(call.began, leg.began)
    leg.channel = seen.channel
    leg.state = seen.state
    leg.dialled = leg.dialled or row.dialled
    leg.bridge = row.bridge
    leg.on_hold = leg.on_hold and bool(row.bridge)
    leg.place, leg.other = placed(seen.context, seen.exten, bridged=bool(row.bridge))
    if leg.role == "citizen" and leg.uniqueid == call.linkedid:
        know_caller(state, call, seen.caller_number, seen.caller_name)
        call.language = call.language or seen.language
        if not call.called and seen.exten != "s":
            call.called = seen.exten
        if seen.state == UP and not leg.dialled:
            become_inbound(call, at, out)


def placed(context: str, exten: str, *, bridged: bool) -> tuple[str, str]:
    """Where call control has put a leg, as its context and extension tell it."""
    place = context.removeprefix(CONTROL).removesuffix("-staff").removesuffix("-out")
    if not context.startswith(CONTROL) or (bridged and place not in STAYS_IN_BRIDGE):
        return "", ""
    if place == "spy":
        place, _, other = exten.partition("*")
        return place, other
    return place, exten.partition("*")[0]


def _place_waiting(state: CallsState, waiting: Sequence[QueueEntry], at: float, out: list[Effect]) -> None:
    for call in state:
        call.waiting = False
    for row in waiting:
        call_of = state.call_of.get(row.uniqueid)
        if call_of is None:
            continue
        call_of.waiting = True
        call_of.queue = row.queue
        if call_of.queued_at is None:
            call_of.queued_at = at - row.wait
        become_inbound(call_of, at, out)


def _age(duration: str) -> float:
    """Seconds of `HH:MM:SS`; 0 for anything else."""
    parts = duration.split(":")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) <= 6 for part in parts):
        return 0.0
    hours, minutes, seconds = (int(part) for part in parts)
    return float(hours * 3600 + minutes * 60 + seconds)
