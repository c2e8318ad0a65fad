"""Which mutants are tried: the seed decides, and every room has its share."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.mutation.draw import draw, shares

LINES = [f"x{number} = a{number} < b{number}" for number in range(40)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for room in ("core", "cases"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "model.py").write_text("\n".join(LINES), encoding="utf-8")
    return tmp_path


NAMES = ["core/model.py", "cases/model.py", "tests/model.py"]


def test_a_seed_draws_the_same_mutants_again_and_another_seed_others(root: Path) -> None:
    assert draw(root, NAMES, seed=1, count=20) == draw(root, NAMES, seed=1, count=20)
    assert draw(root, NAMES, seed=1, count=20) != draw(root, NAMES, seed=2, count=20)


def test_no_line_is_drawn_twice_and_each_mutant_is_in_its_line(root: Path) -> None:
    drawn = draw(root, NAMES, seed=1, count=60)
    assert len({one.where for one in drawn}) == len(drawn) == 60
    for one in drawn:
        assert one.before == LINES[one.edit.line - 1] != one.after


def test_what_is_edited_elsewhere_does_not_change_what_is_drawn(root: Path) -> None:
    before = draw(root, NAMES, seed=1, count=20)
    file = root / "core/model.py"
    file.write_text("import b\n\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    after = draw(root, NAMES, seed=1, count=20)
    assert [(one.path, one.before, one.after) for one in after] == [
        (one.path, one.before, one.after) for one in before
    ]
    assert [one.found_in(root) for one in before] == after


def test_a_mutant_whose_line_is_gone_is_not_found(root: Path) -> None:
    one = draw(root, NAMES, seed=1, count=20)[0]
    (root / one.path).write_text("y = 1\n", encoding="utf-8")
    assert one.found_in(root) is None


def test_each_room_has_its_share(root: Path) -> None:
    drawn = draw(root, NAMES, seed=1, count=30)
    assert Counter(one.room for one in drawn) == {"core": 15, "cases": 15}


def test_a_small_room_has_the_least_and_the_rest_is_shared_by_size() -> None:
    assert shares({"core": 10, "cases": 300, "cdr": 600}, 100, least=8) == {"core": 8, "cases": 33, "cdr": 59}


def test_a_room_gives_no_more_than_it_has() -> None:
    assert shares({"core": 3, "cases": 50, "cdr": 0}, 40, least=8) == {"core": 3, "cases": 37, "cdr": 0}
