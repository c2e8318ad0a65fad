"""Who is offered which callback: pure.

Callbacks and live callers stand in one line, by the time at which each joined the queue. A callback is
offered only to an agent without whom as many of the live callers before it are served as with him, so that it
never takes an agent from one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from hotline.outbound.callbacks.capacity import spared
from hotline.outbound.callbacks.model import CallbackBook, Entry
from hotline.outbound.callbacks.signals import Effect, Floor, Offer, ReadyAgent, WaitingCaller

MOST_LOOKED_AT: Final = 200
"""Entries considered at once, the first in line: a glance must stay short."""


def before(entry: Entry, floor: Floor) -> list[WaitingCaller]:
    """The live callers with an earlier or the same place; before a broken-off talk, the urgent ones."""
    waiting = floor.waiting
    return [one for one in waiting if one.urgent or (one.place <= entry.place and not entry.urgent)]


def due(book: CallbackBook, floor: Floor, at: float) -> list[Entry]:
    """What could be offered now, in order. Nobody is dialled who is on the line himself."""
    if not book.rules.retries.hours.open(at):
        return []
    here = {agent.id for agent in floor.ready}
    found = [
        entry
        for entry in book
        if entry.stage == "waiting"
        and entry.due <= at
        and entry.number not in floor.on_line
        and (not entry.assigned_to or entry.assigned_to in here)
    ]
    return sorted(found, key=lambda entry: entry.rank)


def offer(book: CallbackBook, floor: Floor, at: float) -> Iterator[Effect]:
    """Offer what there is capacity for; one entry to one agent."""
    free = [agent for agent in floor.ready if agent.id not in book.by_agent]
    if not free:
        return
    blocked: set[str] = set()
    spare, looked_at = frozenset[str](), (-1, -1)
    for entry in due(book, floor, at)[:MOST_LOOKED_AT]:
        if entry.queue in blocked:
            continue
        ahead = before(entry, floor)
        # Who is ahead only grows from entry to entry, who is free only shrinks: their counts name them.
        if (len(ahead), len(free)) != looked_at:
            spare, looked_at = spared(free, ahead), (len(ahead), len(free))
        able = [agent for agent in free if agent.id in spare and agent.serves(entry.queue)]
        if not able:
            # Whoever comes later in the same queue has as many callers before him, or more.
            blocked.add(entry.queue)
            continue
        agent = _choose(book, entry, able, at)
        if agent is None:
            if not entry.assigned_to and all(one.id in entry.passed for one in able):
                # Everybody who is here has let it go by: a pause, then a new round.
                book.put(replace(entry, passed=frozenset(), due=at + book.rules.again_s))
            continue
        free.remove(agent)
        until = at + book.rules.offer_s
        offered = book.put(replace(entry, stage="offered", offered_to=agent.id, offered_until=until))
        yield Offer(offered, agent.id, until)


def _choose(book: CallbackBook, entry: Entry, able: Sequence[ReadyAgent], at: float) -> ReadyAgent | None:
    """The one who has been idle for longest; for an assigned entry the one whom it is assigned to."""
    fit = [
        agent
        for agent in able
        if (agent.id == entry.assigned_to if entry.assigned_to else agent.id not in entry.passed)
        and not _rests(book, agent, at)
    ]
    return min(fit, key=lambda agent: (agent.since, agent.id), default=None)


def _rests(book: CallbackBook, agent: ReadyAgent, at: float) -> bool:
    return book.resting.get(agent.id, at) > at
