"""Whose turn it is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from warning.sirens.store import SirenOrder, SirenOrderState


def turns(orders: Sequence[SirenOrder], now: datetime) -> list[SirenOrder]:
    """Of the open orders, the oldest first, those whose turn has come: one for each siren, the one that it
    has begun, else an actual warning before an exercise.
    """
    first: dict[str, SirenOrder] = {}
    for order in sorted(orders, key=lambda one: (one.state is SirenOrderState.WAITING, not one.actual)):
        first.setdefault(order.siren, order)
    return [order for order in first.values() if order.due_at <= now]


def in_the_way(orders: Sequence[SirenOrder]) -> list[SirenOrder]:
    """Exercises that may sound where an actual warning waits."""
    wanted = {one.siren for one in orders if one.state is SirenOrderState.WAITING and one.actual}
    sounding = {SirenOrderState.ORDERED, SirenOrderState.TAKEN}
    return [one for one in orders if one.state in sounding and not one.actual and one.siren in wanted]
