"""A recogniser's confidence for each piece of its text, kept in step with changes of the text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

Certainty = tuple[tuple[int, float], ...]
"""For each piece of a text where it ends, in characters, and how sure it is (0 to 1); () where nobody knows.
The first begins at 0, each other one where the one before it ends, and the last ends with the text.
"""
Said = tuple[str, float]
"""A word or a part of one, with how sure it is."""


def joined(
    parts: Iterable[Sequence[Said]], written: Callable[[str], str] = lambda text: text
) -> tuple[str, Certainty]:
    """The text of the parts, stripped and with a space between two of them, as it is `written`.

    Writing that changes the number of characters leaves it unknown how sure they are.
    """
    letters: list[Said] = []
    for part in parts:
        own = _stripped([(letter, sure) for word, sure in part for letter in word if letter != "\ufffd"])
        if own and letters:
            letters.append((" ", own[0][1]))
        letters += own
    text = "".join(letter for letter, _ in letters)
    out = written(text)
    return out, pieces(sure for _, sure in letters) if len(out) == len(text) else ()


def pieces(letters: Iterable[float]) -> Certainty:
    """Pieces of equal certainty from that of each character, rounded to a hundredth."""
    out: list[tuple[int, float]] = []
    for end, sure in enumerate(letters, 1):
        rounded = round(min(1.0, max(0.0, sure)), 2)
        if out and out[-1][1] == rounded:
            out[-1] = (end, rounded)
        else:
            out.append((end, rounded))
    return tuple(out)


def is_of(certainty: Certainty, text: str) -> bool:
    """Whether the pieces are in order, cover the text and nothing else."""
    if not certainty:
        return True
    ends = [end for end, _ in certainty]
    in_order = all(before < end for before, end in zip([0, *ends], ends, strict=False))
    return in_order and ends[-1] == len(text) and all(0.0 <= sure <= 1.0 for _, sure in certainty)


def _stripped(letters: list[Said]) -> list[Said]:
    start, end = 0, len(letters)
    while start < end and letters[start][0].isspace():
        start += 1
    while end > start and letters[end - 1][0].isspace():
        end -= 1
    return letters[start:end]
