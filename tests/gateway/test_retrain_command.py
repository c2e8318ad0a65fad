"""`songhua cases retrain` as an admin runs it: the process that trains, killed or bounded; a whole round."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from cases.learning.errors import TrainingFailed
from cases.learning.versions.model import SHIPPED
from cases.learning.versions.store import VersionStore
from cases.room import knowledge
from gateway.cli import build
from gateway.commands.cases import app
from gateway.commands.cases_retrain import NOT_SWITCHED
from gateway.commands.common import MISUSED
from gateway.retraining import parent
from gateway.retraining.parent import ProcessTrainer
from gateway.settings import Settings
from gateway.wiring import classifiers
from tests.cases.learning.town import Ready
from tests.cases.learning.world import LEAST_COMPARED, LID, category, city_ledger
from tests.gateway.quick_training import ALL, ENDLESS
from tests.storage import empty_sqlite, open_sqlite

ROOT = Path(__file__).resolve().parents[2]
QUICK_TRAINING = ("-m", "tests.gateway.quick_training")
ENDLESS_TRAINING = (*QUICK_TRAINING, ENDLESS)
ENDLESS_COMMAND = (
    "import gateway.cli, gateway.retraining.parent as parent; "
    f"parent.PROGRAM = {ENDLESS_TRAINING!r}; gateway.cli.main()"
)
SAID = ("你好", "这边哐当板翘起来了")


class Shell:
    """The command line with settings, a database and a folder of versions of its own."""

    def __init__(self, folder: Path, *, cases: str = "", filed: bool = True) -> None:
        self.folder = folder
        self.version_store = VersionStore(folder / "classifiers")
        storage = city_ledger(folder / "ledger.db") if filed else empty_sqlite(folder / "ledger.db")
        asyncio.run(storage.close())
        self.config = folder / "songhua.toml"
        self.config.write_text(
            f'[storage]\nurl = "sqlite+aiosqlite:///{folder / "ledger.db"}"\n'
            f'[cases]\nclassifiers = "{self.version_store.folder}"\n'
            f"[cases.retraining]\nleast_compared = {LEAST_COMPARED}\n{cases}",
            encoding="utf-8",
        )

    def __call__(self, *words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, [*words, "--config", str(self.config)])
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    def start(self, *words: str) -> subprocess.Popen[str]:
        """The command as a process of its own, which trains until it is ended."""
        return subprocess.Popen(
            [sys.executable, "-c", ENDLESS_COMMAND, "cases", *words, "--config", str(self.config)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def audit(self) -> list[tuple[str, dict[str, Any]]]:
        async def read() -> list[tuple[str, dict[str, Any]]]:
            storage = open_sqlite(self.folder / "ledger.db")
            async with storage.read() as connection:
                rows = await connection.execute(text("SELECT action, detail FROM identity_audit"))
                found = [(row.action, json.loads(row.detail)) for row in rows]
            await storage.close()
            return found

        return asyncio.run(read())


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def until(running: subprocess.Popen[str], step: str) -> psutil.Process:
    """Wait until the process that trains is at this step; that process."""
    assert running.stderr is not None
    for line in running.stderr:
        if line.startswith(step):
            return psutil.Process(running.pid).children()[0]
    raise AssertionError(f"ended before {step}: {running.wait()}")


def gone(process: psutil.Process, within_s: float = 10.0) -> bool:
    try:
        process.wait(within_s)
    except psutil.TimeoutExpired:
        return False
    return True


@pytest.mark.real
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "step",
    [
        pytest.param(
            "reading",
            marks=pytest.mark.soak(
                rule="Killed while it reads the cases, nothing has changed either",
                short="tests/gateway/test_retrain_command.py"
                "::test_killed_in_the_middle_of_training_nothing_has_changed_and_nobody_is_left",
            ),
        ),
        "letters",
    ],
)
def test_killed_in_the_middle_of_training_nothing_has_changed_and_nobody_is_left(
    shell: Shell, step: str
) -> None:
    running = shell.start("retrain")
    child = until(running, step)
    assert child.nice() == 19
    assert Path(f"/proc/{child.pid}/oom_score_adj").read_text(encoding="ascii").strip() == "1000"
    assert "trained or switched just now" in shell("retrain", code=1)
    assert "nothing to go back to" in shell("retrain", "--roll-back", code=1), "going back waits for nobody"
    running.kill()
    running.wait()
    assert gone(child), "the process that trains outlived its parent"
    assert shell.version_store.pointer().version == SHIPPED
    assert shell.version_store.versions() == []
    assert json.loads(shell("models", "--json"))["in_force"] == SHIPPED
    assert shell.audit() == []
    with shell.version_store.training():
        shell.version_store.give_up(shell.version_store.begin())
    assert not list(shell.version_store.folder.glob(".making-*"))


KILLED = """
import json, os, pathlib, signal, sys
order = json.loads(sys.stdin.readline())
pathlib.Path(order["folder"], "letters.npz").write_bytes(b"half")
print(json.dumps({"kind": "step", "step": "letters", "done": 1, "of": 9}), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_process_that_trains_is_killed_and_the_command_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parent, "PROGRAM", ("-c", KILLED))
    shell = Shell(tmp_path, filed=False)
    said = shell("retrain", code=1).replace("\n", "")
    assert "letters" in said
    assert "killed (signal 9)" in said
    assert "remedy" in said
    assert shell.version_store.versions() == []
    assert not list(shell.version_store.folder.glob(".making-*"))


@pytest.mark.real
@pytest.mark.timeout(300)
def test_what_takes_too_long_or_too_much_memory_is_ended(tmp_path: Path) -> None:
    for name, bounds, told in (
        ("time", "minutes = 0.02", ("0.02 minutes",)),
        # numpy says that there is no more; a library below it aborts (signal 6), or the loader of libraries
        # ends the process (code 127), and the remedy is the same.
        ("memory", "memory_mb = 450", ("450 MB of memory were", "(signal 6)", "(code 127)")),
        ("none", "memory_mb = 220", ("raise cases.retraining.memory_mb",)),
    ):
        (tmp_path / name).mkdir()
        shell = Shell(tmp_path / name, cases=bounds)
        said = shell("retrain", code=1).replace("\n", "")
        assert any(words in said for words in told), said
        assert name == "time" or "cases.retraining.memory_mb" in said, said
        assert shell.version_store.versions() == []


def test_a_process_that_says_nonsense_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.load(Shell(tmp_path, filed=False).config)
    for script in ("print('hello')", "print('x' * 100_000)", 'print(\'{"kind": "done"}\')', "pass"):

        async def spawn(script: str = script) -> asyncio.subprocess.Process:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-c", script, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )

        monkeypatch.setattr(parent, "_spawn", spawn)
        with pytest.raises(TrainingFailed):
            asyncio.run(ProcessTrainer(settings).train(tmp_path, None, lambda *_: None))


def test_wrong_use_and_missing_settings_are_said(tmp_path: Path) -> None:
    shell = Shell(tmp_path, filed=False)
    shell("retrain", "--even-if-worse", code=MISUSED)
    shell("retrain", "--roll-back", "--dry-run", code=MISUSED)
    shell("retrain", "--to", "0", code=MISUSED)
    shell("retrain", "--dry-run", "--even-if-worse", "--reason", "x", code=MISUSED)
    assert "nothing to go back to" in shell("retrain", "--roll-back", code=1)
    said = shell("retrain", code=1).replace("\n", "")
    assert "there is no confirmed case" in said
    shell.config.write_text(shell.config.read_text().replace("classifiers =", "# classifiers ="))
    assert "cases.classifiers is not set" in shell("retrain", code=1).replace("\n", "")
    assert "cases.classifiers is not set" in shell("models", code=1).replace("\n", "")


def test_the_shell_completes_the_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_SONGHUA_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "songhua cases ")
    monkeypatch.setenv("COMP_CWORD", "2")
    done = CliRunner().invoke(build(["cases"]), [], prog_name="songhua")
    assert {"quality", "retrain", "models"} <= set(done.output.split())
    monkeypatch.setenv("COMP_WORDS", "songhua cases retrain --")
    monkeypatch.setenv("COMP_CWORD", "3")
    done = CliRunner().invoke(build(["cases"]), [], prog_name="songhua")
    assert {"--dry-run", "--even-if-worse", "--roll-back", "--reason", "--json"} <= set(done.output.split())


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parent, "PROGRAM", QUICK_TRAINING)


@pytest.mark.real
@pytest.mark.usefixtures("quick")
def test_a_round_of_few_sentences_by_the_command_line(shell: Shell) -> None:
    a_whole_round(shell)


@pytest.mark.soak(
    rule="A round on all sentences is done within the memory that it may have",
    short="tests/gateway/test_retrain_command.py::test_a_round_of_few_sentences_by_the_command_line",
)
@pytest.mark.real
@pytest.mark.timeout(1500)
def test_a_round_of_all_sentences_by_the_command_line(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """As large as an operator's own, within the memory that it may have.

    With a tenth of the steps the weights are worse than the shipped ones: they are switched to only because
    somebody wants it.
    """
    monkeypatch.setattr(parent, "PROGRAM", (*QUICK_TRAINING, ALL))
    outcome = json.loads(shell("retrain", "--json", "--even-if-worse", "--reason", "a trial"))
    print(f"{outcome['seconds']} s, {outcome['peak_mb']} MB")
    assert outcome["switched"]
    assert outcome["counts"]["sentences"] > 15_000
    assert outcome["compared"] >= LEAST_COMPARED
    assert outcome["why"]
    assert json.loads(shell("models", "--json"))["in_force"] == 1
    assert "the shipped weights are in force (before: 1)" in shell("retrain", "--roll-back", "-m", "why not")


def a_whole_round(shell: Shell) -> None:
    before = category(SAID, drafter(shell))
    assert before[0] != LID
    began = time.monotonic()
    outcome = json.loads(shell("retrain", "--json"))
    print(f"{outcome['seconds']} s, {outcome['peak_mb']} MB, in all {time.monotonic() - began:.1f} s")
    assert outcome["switched"]
    assert outcome["why"][0]["code"] == "better"
    assert outcome["shares"]["new"]["first"]["k"] > outcome["shares"]["old"]["first"]["k"]
    assert category(SAID, drafter(shell))[0] == LID
    listed = json.loads(shell("models", "--json"))
    assert (listed["in_force"], listed["former"], listed["fault"]) == (1, 0, "")
    assert listed["versions"][0]["manifest"]["by"].startswith("cli:")
    assert "* " in shell("models")
    assert "the shipped weights are in force (before: 1)" in shell("retrain", "--roll-back", "-m", "why not")
    assert category(SAID, drafter(shell)) == before
    (trained, back) = shell.audit()
    assert (trained[0], trained[1]["version"]) == ("cases.retrain", 1)
    assert back == ("cases.roll-back-classifiers", {"from": 1, "to": 0, "reason": "why not"})


def test_not_better_is_an_exit_code_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifiers, "ProcessTrainer", lambda _settings: Ready())
    shell = Shell(tmp_path, filed=False)
    shell.config.write_text(
        shell.config.read_text().replace(f"least_compared = {LEAST_COMPARED}", "least_compared = 2000")
    )
    said = shell("retrain", code=NOT_SWITCHED)
    assert "too-few" in said
    assert "nothing was switched" in said
    assert shell.version_store.versions() == []


def drafter(shell: Shell) -> Any:
    """What a process that starts now drafts with."""
    return knowledge(Settings.load(shell.config).cases).drafter
