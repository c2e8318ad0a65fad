"""Bodies that are being read: so many requests of a source at once, and so many bytes of all together.

Nobody has proved anything yet: what one name takes is not taken from another, and who names no source, or
comes without its certificate, is read no further than a few KiB.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from typing import Final

from sensing.feeds.errors import FeedFault, FeedFull, FeedRefused

PLACES: Final = 32
"""Requests of one source at once, and of all strangers together."""
FEED_BYTES: Final = 36 * 1024 * 1024
"""Of one source: four of the largest bodies."""
MOST_BYTES: Final = 4 * FEED_BYTES
"""Of all together."""
STRANGER_BYTES: Final = 4 * 1024
"""Of a body that nobody wants: as much as most events have, and it is refused as they would be."""
STRANGERS: Final = ""
READ_S: Final = 20.0
"""A body comes within."""
WAIT_S: Final = 1


class FeedBodies:
    """`STRANGERS` are a source of their own."""

    def __init__(self) -> None:
        self._places: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()

    @property
    def busy(self) -> bool:
        """Whether a source's request is being taken at this moment."""
        return any(count for name, count in self._places.items() if name != STRANGERS)

    @contextmanager
    def place(self, name: str) -> Iterator[FeedBody]:
        """A place for one request until it is answered. Raises `FeedFull`."""
        if self._places[name] >= PLACES:
            raise FeedFull(WAIT_S)
        self._places[name] += 1
        body = FeedBody(self, name)
        try:
            yield body
        finally:
            self._places[name] -= 1
            self._bytes[name] -= body.size

    def hold(self, name: str, size: int) -> None:
        """Raises `FeedFull`."""
        if self._bytes[name] + size > FEED_BYTES or self._bytes.total() + size > MOST_BYTES:
            raise FeedFull(WAIT_S)
        self._bytes[name] += size


class FeedBody:
    """The body of one request; `size` bytes are held."""

    def __init__(self, bodies: FeedBodies, name: str) -> None:
        self._bodies = bodies
        self._name = name
        self.size = 0

    async def read(self, pieces: AsyncGenerator[bytes, None]) -> bytes:
        """All of it; of strangers the beginning. Raises `FeedFull`, and `FeedRefused` for who sends too
        slowly.
        """
        most = STRANGER_BYTES if self._name == STRANGERS else sys.maxsize
        found: list[bytes] = []
        try:
            async with asyncio.timeout(READ_S), aclosing(pieces):
                async for piece in pieces:
                    kept = piece[: most - self.size]
                    self._bodies.hold(self._name, len(kept))
                    self.size += len(kept)
                    found.append(kept)
                    if self.size >= most:
                        break
        except TimeoutError:
            raise FeedRefused(FeedFault.LATE) from None
        return b"".join(found)
