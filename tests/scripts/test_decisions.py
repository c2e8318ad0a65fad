"""Each decision record has a title, a date, a status and a room, and the index lists it."""

from __future__ import annotations

from typing import Final

from tests.scripts.decisions import INDEX, files, page, record

# Records of drafting; they are the history that becomes a notebook of the lab.
DRAFTING: Final = frozenset(
    f"{number:04}"
    for number in (87, 91, 92, 102, 104, *range(114, 117), *range(150, 153), 158, 159, 161, *range(166, 174))
)


def test_each_record_has_title_date_status_and_room() -> None:
    without = {path.name[:4] for path in files() if record(path) is None}
    assert without <= DRAFTING


def test_a_number_is_given_once() -> None:
    numbers = [path.name[:4] for path in files()]
    assert len(numbers) == len(set(numbers))


def test_what_supersedes_a_record_is_there() -> None:
    numbers = {path.name[:4] for path in files()}
    known = [found for path in files() if (found := record(path)) is not None]
    assert [one.file for one in known if one.status != "accepted" and one.status[-4:] not in numbers] == []


def test_the_index_is_current() -> None:
    known = [found for path in files() if (found := record(path)) is not None]
    assert INDEX.read_text(encoding="utf-8") == page(known), "run python -m tests.scripts.decisions"
