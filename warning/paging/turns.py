"""Whose turn it is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from warning.paging.store import WarningPage, WarningPageState

ACTUAL: Final = "actual"


def turns(pages: Sequence[WarningPage], now: datetime, at_once: int) -> list[WarningPage]:
    """Of the open pages, the oldest first, those with which something is to be done now: one page for each
    group, `at_once` in all, actual warnings first. What waits beyond its end comes too, to be ended.
    """
    live = [page for page in pages if page.state is not WarningPageState.WAITING]
    chosen = [page for page in live if page.due_at <= now]
    busy = {page.paging_group for page in live}
    waiting = [page for page in pages if page.state is WarningPageState.WAITING]
    for page in sorted(waiting, key=lambda page: page.mark != ACTUAL):
        if page.until <= now:
            chosen.append(page)
        elif page.paging_group not in busy and len(busy) < at_once and page.due_at <= now:
            busy.add(page.paging_group)
            chosen.append(page)
    return chosen


def in_the_way(pages: Sequence[WarningPage]) -> list[WarningPage]:
    """Exercises that sound where an actual warning waits."""
    wanted = {
        page.paging_group for page in pages if page.state is WarningPageState.WAITING and page.mark == ACTUAL
    }
    return [
        page
        for page in pages
        if page.state is WarningPageState.PLACED and page.mark != ACTUAL and page.paging_group in wanted
    ]
