"""Answers that are given again for a moment: clients of a city ask the same question many times a second."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

MOST_BYTES: Final = 16 * 1024 * 1024
Question = tuple[str, ...]


class RememberedAnswers:
    """`kept_s`: how long an answer is given again, in seconds; 0 remembers none. `now` is monotonic. What is
    older than that, and what goes beyond `MOST_BYTES`, is forgotten, the oldest first.
    """

    def __init__(self, kept_s: float, now: Callable[[], float]) -> None:
        self._kept_s = kept_s
        self._now = now
        self._answers: OrderedDict[Question, tuple[float, bytes]] = OrderedDict()
        self._size = 0
        self._forgotten = 0

    @property
    def age(self) -> int:
        """To be asked for before an answer is made, and given to `keep`."""
        return self._forgotten

    def of(self, question: Question) -> bytes | None:
        """The answer, as long as it holds."""
        found = self._answers.get(question)
        return found[1] if found is not None and self._now() < found[0] else None

    def keep(self, question: Question, answer: bytes, age: int) -> None:
        """Remember the answer, unless all was forgotten while it was made."""
        if self._kept_s <= 0 or age != self._forgotten:
            return
        now = self._now()
        self._drop(question)
        self._answers[question] = (now + self._kept_s, answer)
        self._size += _size(question, answer)
        while self._answers and (self._size > MOST_BYTES or next(iter(self._answers.values()))[0] <= now):
            self._drop(next(iter(self._answers)))

    def forget(self) -> None:
        """Forget all: something new was reported."""
        self._answers.clear()
        self._size = 0
        self._forgotten += 1

    def _drop(self, question: Question) -> None:
        known = self._answers.pop(question, None)
        if known is not None:
            self._size -= _size(question, known[1])


def _size(question: Question, answer: bytes) -> int:
    return len(answer) + sum(map(len, question))
