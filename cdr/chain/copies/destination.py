"""The port of a destination for copies of chain heads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cdr.chain.heads import Head


class NotCopied(Exception):
    """The destination did not take the heads; the text says why and what to do."""


class Destination(Protocol):
    """`name` is stable and stands in health, metrics and the file of places. `whole` destinations get every
    head from the first on; others begin with the newest. `newest_only` ones get the newest head, at most once
    in `every_s` seconds: it covers all before it.
    """

    name: str
    whole: bool
    newest_only: bool
    every_s: float

    async def take(self, heads: Sequence[Head]) -> None:
        """Returns when the heads are there as far as that can be known. Raises `NotCopied`, `OSError` and
        `TimeoutError`.
        """
        ...
