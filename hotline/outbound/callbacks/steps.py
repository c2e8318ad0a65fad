"""Steps of an entry that are facts: kept in the book, written down and told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hotline.events import CallbackOutcome, CallbackStep
from hotline.outbound.callbacks.model import CallbackBook, Entry
from hotline.outbound.callbacks.signals import Effect, Keep, OfferEnd, OfferOver


def keep(book: CallbackBook, entry: Entry, step: CallbackStep, by: str = "system") -> Keep:
    """The effect that stores the entry with its next revision and notes the step."""
    return Keep(book.put(replace(entry, rev=entry.rev + 1)), step, by)


def close(book: CallbackBook, entry: Entry, outcome: CallbackOutcome, by: str = "system") -> Keep:
    closed = replace(entry, stage="closed", outcome=outcome, offered_to="", offered_until=0.0)
    return keep(book, closed, "closed", by)


def end_offer(entry: Entry, why: OfferEnd) -> Iterator[Effect]:
    """The effect that ends a running offer; none when there is no offer."""
    if entry.stage == "offered":
        yield OfferOver(entry, entry.offered_to, why)
