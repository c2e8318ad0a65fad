"""Which tests a change concerns: in a small checkout, and in this one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.suite.changed import NoBase, concerned, since

FILES = {
    "core/clock.py": "",
    "hotline/model.py": "from core.clock import x\n",
    "hotline/service.py": "from hotline import model\n",
    "hotline/words.yaml": "a: 1\n",
    "cases/model.py": "",
    "cdr/text/zh.txt": "",
    "cdr/words.py": "",
    "gateway/cli.py": 'COMMANDS = {"cases": "cases.model:app"}\n',
    "tests/hotline/test_service.py": "from hotline.service import serve\n",
    "tests/cases/conftest.py": "from hotline.events import Ringing\n",
    "tests/cases/test_model.py": "import cases.model\n",
    "tests/cdr/test_words.py": "from cdr.words import words\n",
    "tests/gateway/test_cli.py": "from gateway.cli import main\n",
    "hotline/events.py": "",
}
SERVICE, MODEL, CLI = (
    "tests/hotline/test_service.py",
    "tests/cases/test_model.py",
    "tests/gateway/test_cli.py",
)
WORDS = "tests/cdr/test_words.py"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        ("hotline/model.py", [SERVICE]),
        ("hotline/words.yaml", [MODEL, SERVICE]),
        ("hotline/events.py", [MODEL]),
        ("cases/model.py", [MODEL, CLI]),
        ("cdr/text/zh.txt", [WORDS]),
        ("tests/cases/test_model.py", [MODEL]),
        ("core/clock.py", [MODEL, WORDS, CLI, SERVICE]),
        ("LICENSE", []),
    ],
)
def test_what_imports_a_changed_module_is_concerned(checkout: Path, changed: str, tests: list[str]) -> None:
    assert concerned([changed], checkout) == tests


def test_what_differs_from_the_merge_base_counts_committed_or_not(checkout: Path) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", "-C", str(checkout), *who, *words], check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-qm", "first")
    with pytest.raises(NoBase):
        since(None, checkout)
    with pytest.raises(NoBase, match="nowhere"):
        since("nowhere", checkout)
    git("checkout", "-qb", "work")
    (checkout / "cases/model.py").write_text("x = 1\n")
    git("commit", "-qam", "second")
    (checkout / "hotline/model.py").write_text("y = 1\n")
    (checkout / "cases/new.py").write_text("")
    assert since("main", checkout) == ["cases/model.py", "cases/new.py", "hotline/model.py"]


def test_a_module_of_this_checkout_finds_its_tests() -> None:
    found = concerned(["cdr/chain/verify.py"])
    assert "tests/cdr/test_chain.py" in found
    assert "tests/ivr/test_calendar.py" not in found
