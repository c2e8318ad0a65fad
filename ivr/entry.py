"""Chooses the flow for a caller, and whether to offer a callback. Pure."""

from __future__ import annotations

from typing import Final

from ivr.flows.book import DEFAULT
from ivr.ports import Caller
from ivr.settings import FlowCondition, IvrSettings

OFFER_EVERY: Final = 3
"""Rounds between two offers."""


def wanted(settings: IvrSettings, caller: Caller, *, is_open: bool) -> list[str]:
    """The flow's name, and the one to take where that is not there."""
    for entry in settings.entries:
        if fits(entry, caller, is_open=is_open):
            return [entry.flow, DEFAULT]
    return [DEFAULT] if is_open else [settings.closed_flow, DEFAULT]


def fits(entry: FlowCondition, caller: Caller, *, is_open: bool) -> bool:
    if entry.called is not None and not caller.called.endswith(entry.called):
        return False
    if entry.trunk is not None and caller.trunk != entry.trunk:
        return False
    return entry.hours is None or (entry.hours == "open") == is_open


def offers_callback(caller: Caller, after_s: int) -> bool:
    """Whether to offer a callback now: after so long a wait, and again every `OFFER_EVERY` rounds."""
    if caller.waited_s < after_s:
        return False
    a_round = caller.waited_s / max(caller.round, 1)
    since = int((caller.waited_s - after_s) / a_round) if a_round else 0
    return since % OFFER_EVERY == 0
