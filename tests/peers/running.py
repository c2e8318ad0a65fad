"""A peer, or a world of several, for as long as somebody needs it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Protocol, TypeVar


class Runs(Protocol):
    """`close` also ends what did not come up as a whole."""

    def start(self) -> object: ...

    def close(self) -> object: ...


Made = TypeVar("Made", bound=Runs)


@contextlib.contextmanager
def running(made: Made) -> Iterator[Made]:
    try:
        made.start()
        yield made
    finally:
        made.close()
