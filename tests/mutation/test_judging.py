"""A mutant is judged by tests: good ones kill it, bad ones let it live. The checkout stays as it is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.mutation import tree
from tests.mutation.draw import Mutant
from tests.mutation.judges import Sources, judges
from tests.mutation.lane import Lane
from tests.mutation.lines import Judge, Lines
from tests.mutation.operators import edits
from tests.peers.checkout import CHECKOUT

QUEUE = """MOST = 3


def has_room(waiting: int) -> bool:
    return waiting < MOST


def never() -> int:
    return 1
"""
GOOD = """from hotline.queue import MOST, has_room


def test_a_full_queue_takes_nobody():
    assert has_room(2)
    assert not has_room(3)
"""
BAD = """from hotline.queue import has_room


def test_it_answers():
    has_room(2)
"""
BROKEN = """from hotline.queue import has_room


def test_it_never_passes():
    assert has_room(2) is None
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A tree with one room, one module and no tests."""
    root = tmp_path / "project"
    (root / "hotline").mkdir(parents=True)
    (root / "hotline/__init__.py").touch()
    (root / "hotline/queue.py").write_text(QUEUE, encoding="utf-8")
    (root / "tests/hotline").mkdir(parents=True)
    (root / "tests/__init__.py").touch()
    (root / "tests/hotline/__init__.py").touch()
    (root / "pyproject.toml").write_text('[tool.pytest.ini_options]\nmarkers = ["real"]\n', encoding="utf-8")
    (root / ".songhua").mkdir()
    (root / ".gitignore").write_text(".songhua\n__pycache__\n", encoding="utf-8")
    for name in ("tests/mutation", "tests/peers"):
        (root / name).mkdir()
        (root / name / "__init__.py").touch()
    for name in ("tests/peers/checkout.py", *(f"tests/mutation/{one}.py" for one in ("witness", "recorder"))):
        (root / name).write_bytes((CHECKOUT / name).read_bytes())
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    return root


def mutant(root: Path, after: str, path: str = "hotline/queue.py") -> Mutant:
    source = (root / path).read_text(encoding="utf-8")
    for edit in edits(source):
        lines = edit.applied(source).split("\n")
        if lines[edit.line - 1].strip() == after:
            return Mutant(path, edit, source.split("\n")[edit.line - 1].strip(), after)
    raise AssertionError(after)


def given(root: Path, **tests: str) -> list[Judge]:
    found = []
    for name, text in tests.items():
        (root / f"tests/hotline/test_{name}.py").write_text(text, encoding="utf-8")
        function = text.split("def ")[1].split("(")[0]
        found.append(Judge(f"tests/hotline/test_{name}.py::{function}", 0.1))
    return found


def test_a_test_of_the_rule_kills_and_is_named(project: Path, tmp_path: Path) -> None:
    bad, good = given(project, bad=BAD, good=GOOD)
    verdict = Lane(tmp_path, project).judge(mutant(project, "return waiting <= MOST"), [bad, good], [])
    assert (verdict.fate, verdict.by) == ("killed", good.id)


def test_tests_that_check_nothing_let_it_live(project: Path, tmp_path: Path) -> None:
    bad = given(project, bad=BAD)
    verdict = Lane(tmp_path, project).judge(mutant(project, "return waiting <= MOST"), bad, [])
    assert (verdict.fate, verdict.by, verdict.judges) == ("survived", "", 1)


def test_a_test_that_fails_without_the_mutant_kills_nothing(project: Path, tmp_path: Path) -> None:
    broken = given(project, broken=BROKEN)
    lane = Lane(tmp_path, project)
    assert lane.judge(mutant(project, "return waiting <= MOST"), broken, []).fate == "survived"


def test_a_file_that_cannot_be_collected_without_the_mutant_kills_nothing(
    project: Path, tmp_path: Path
) -> None:
    unreadable = given(project, broken="import nothing_of_this_name\n\n\ndef test_it(): ...\n")
    lane = Lane(tmp_path, project)
    assert lane.judge(mutant(project, "return waiting <= MOST"), unreadable, []).fate == "survived"


def test_what_nothing_executes_is_uncovered_unless_something_notices_it(
    project: Path, tmp_path: Path
) -> None:
    bad, good = given(project, bad=BAD, good=GOOD)
    lane = Lane(tmp_path, project)
    assert lane.judge(mutant(project, "MOST = 4"), [], [bad]).fate == "uncovered"
    assert lane.judge(mutant(project, "MOST = 4"), [], [bad, good]).by == good.id


def test_a_mutant_that_cannot_be_imported_is_killed(project: Path, tmp_path: Path) -> None:
    good = given(project, good=GOOD + "\n\nassert MOST == 3\n")
    assert Lane(tmp_path, project).judge(mutant(project, "MOST = 4"), good, []).fate == "killed"


def test_a_mutant_that_never_ends_is_killed_by_the_test_that_waits(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = "def wait() -> int:\n    left = 3\n    while left > 0:\n        left -= 1\n    return left\n"
    (project / "hotline/wait.py").write_text(loop, encoding="utf-8")
    waits = given(project, wait="from hotline.wait import wait\n\n\ndef test_it_ends():\n    wait()\n")
    monkeypatch.setattr("tests.mutation.lane.LEAST_S", 3.0)
    endless = mutant(project, "left += 1", "hotline/wait.py")
    verdict = Lane(tmp_path, project).judge(endless, waits, [])
    assert (verdict.fate, verdict.by) == ("killed", waits[0].id)


def test_the_tree_itself_and_the_copy_are_as_before(project: Path, tmp_path: Path) -> None:
    tests = given(project, good=GOOD)
    lane = Lane(tmp_path, project)
    one = mutant(project, "return waiting <= MOST")
    with lane.holding(one) as copy:
        assert (copy / one.path).read_text(encoding="utf-8") == QUEUE.replace("< MOST", "<= MOST")
        assert (project / one.path).read_text(encoding="utf-8") == QUEUE
    assert (copy / one.path).read_text(encoding="utf-8") == QUEUE
    assert lane.judge(one, tests, []).fate == "killed"
    assert (project / one.path).read_text(encoding="utf-8") == QUEUE


def test_who_judges_is_recorded_once_and_found_again_after_an_edit(project: Path, tmp_path: Path) -> None:
    bad, good = given(project, bad=BAD, good=GOOD)
    lines = Lines(tmp_path / "lines.sqlite")
    lines.bring(project)
    file = project / "hotline/queue.py"
    file.write_text('"""A queue with a bound."""\n\n' + QUEUE, encoding="utf-8")
    again = Lines(tmp_path / "lines.sqlite")
    sources = Sources(project, tree.files(project))

    def ids(after: str) -> tuple[set[str], set[str]]:
        first, rest = judges(mutant(project, after), again, sources)
        return {test.id for test in first}, {test.id for test in rest}

    assert ids("return waiting <= MOST") == ({bad.id, good.id}, set())
    assert ids("return 2") == (set(), {bad.id, good.id})
    assert ids("MOST = 4") == (set(), {bad.id, good.id})
    assert lines.of_files({"tests/hotline/test_good.py"})[0].id == good.id


def test_tests_that_import_a_module_by_way_of_others_are_known_by_their_distance(tmp_path: Path) -> None:
    texts = {
        "hotline/store.py": "",
        "hotline/room.py": "from hotline import store",
        "gateway/tables.py": 'ALL = ["hotline.store", "nothing.of.ours"]',
        "gateway/upgrade.py": "from gateway.tables import ALL",
        "tests/test_store.py": "import hotline.store",
        "tests/test_upgrade.py": "def test_it():\n    from gateway import upgrade",
        "tests/test_tables.py": "from gateway.tables import ALL",
        "tests/test_other.py": "import ast",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    sources = Sources(tmp_path, texts)
    assert sources.test_files("hotline/store.py") == {
        "tests/test_store.py": 0, "tests/test_tables.py": 1, "tests/test_upgrade.py": 2,
    }  # fmt: skip
    assert sources.users("hotline/store.py") == {
        "hotline/room.py",
        "gateway/tables.py",
        "tests/test_store.py",
    }
