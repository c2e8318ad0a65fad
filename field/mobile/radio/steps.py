"""Messages of many units in as few steps as their order allows. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def steps(
    said: Sequence[T], *, whose: Callable[[T], str], kind: Callable[[T], Hashable]
) -> Iterator[list[T]]:
    """Lists of one kind each, which together are all of `said`. One after the other they keep the order of
    what each unit said; between units there is none.
    """
    waiting = list(said)
    while waiting:
        wanted = kind(waiting[0])
        step: list[T] = []
        later: list[T] = []
        held: set[str] = set()
        for one in waiting:
            if kind(one) == wanted and whose(one) not in held:
                step.append(one)
            else:
                later.append(one)
                held.add(whose(one))
        yield step
        waiting = later
