"""Each decision record has a title, a date, a status and a room, and the index lists it."""

from __future__ import annotations

from tests.scripts.decisions import INDEX, files, page, record


def test_each_record_has_title_date_status_and_room() -> None:
    assert [path.name for path in files() if record(path) is None] == []


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
