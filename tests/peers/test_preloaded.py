"""A service that is forked for a test is to it what one with its own interpreter is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.peers import preloaded
from tests.peers.checkout import CHECKOUT
from tests.peers.preloaded import COLD_VARIABLE, SERVE, ForkedService, can_fork
from tests.peers.program import RUN_VARIABLE, PeerFailed, Program

NO_COLD = {name: value for name, value in os.environ.items() if name != COLD_VARIABLE}


@pytest.fixture
def waits(tmp_path: Path) -> Path:
    """Settings that are never read to their end."""
    os.mkfifo(tmp_path / "songhua.toml")
    return tmp_path / "songhua.toml"


@pytest.fixture(autouse=True)
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(COLD_VARIABLE, raising=False)


def test_it_ends_with_the_status_and_the_words_of_a_cold_one(tmp_path: Path) -> None:
    argv = [*SERVE, "--config", str(tmp_path / "missing.toml")]
    warm = Program(argv, log=tmp_path / "warm.log", cwd=CHECKOUT)
    cold = Program(argv, log=tmp_path / "cold.log", cwd=CHECKOUT, env={COLD_VARIABLE: "1"})
    assert isinstance(warm.process, ForkedService)
    assert not isinstance(cold.process, ForkedService)
    assert warm.wait(60) == cold.wait(60) != 0
    assert warm.tail() == cold.tail() != ""


def test_it_has_its_words_its_session_its_environment_and_can_be_killed(tmp_path: Path, waits: Path) -> None:
    argv = [*SERVE, "--config", str(waits)]
    program = Program(argv, log=tmp_path / "log", cwd=CHECKOUT, env={"TZ": "Asia/Shanghai"})
    assert isinstance(program.process, ForkedService)
    assert os.getsid(program.pid) == program.pid
    program.wait_until(lambda: _words(program) == argv, what="its own words")
    assert program.running
    # Lanes find what their tests left by it.
    assert psutil.Process(program.pid).environ().get(RUN_VARIABLE) == os.environ.get(RUN_VARIABLE)
    with pytest.raises(PeerFailed, match="still runs"):
        program.wait(0.05)
    program.kill()
    assert program.process.returncode == -signal.SIGKILL
    assert not psutil.pid_exists(program.pid)


def _words(program: Program) -> list[str]:
    return [word for word in psutil.Process(program.pid).cmdline() if word]


def test_a_fork_cannot_be_made_where_no_log_can() -> None:
    with pytest.raises(OSError, match="FileNotFoundError"):
        preloaded.fork([*SERVE], dict(os.environ), Path("/proc/none/log"))


def test_what_is_read_once_needs_an_interpreter_of_its_own(tmp_path: Path) -> None:
    assert preloaded.fork([*SERVE], {**os.environ, "PYTHONUTF8": "0"}, tmp_path / "log") is None


@pytest.mark.parametrize(
    ("argv", "environment", "cwd", "user", "can"),
    [
        (SERVE, NO_COLD, CHECKOUT, None, True),
        (SERVE, {**NO_COLD, COLD_VARIABLE: "1"}, CHECKOUT, None, False),
        (SERVE, NO_COLD, None, None, False),
        (SERVE, NO_COLD, CHECKOUT, "nobody", False),
        ([sys.executable, "-X", "dev", *SERVE[1:]], NO_COLD, CHECKOUT, None, False),
        (["prlimit", "--nofile=9:9", *SERVE], NO_COLD, CHECKOUT, None, False),
        ([*SERVE[:3], "config"], NO_COLD, CHECKOUT, None, False),
    ],
)
def test_only_a_plain_service_is_forked(
    argv: list[str], environment: dict[str, str], cwd: Path | None, user: str | None, can: bool
) -> None:
    assert can_fork(argv, environment, cwd, user) is can


def test_a_command_says_what_a_cold_one_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {**os.environ, "COLUMNS": "70"}
    wrong = tmp_path / "wrong.toml"
    wrong.write_text("nothing = 1\n")
    Program([*SERVE, "--config", str(wrong)], log=tmp_path / "log", cwd=CHECKOUT).wait(60)
    for words in (["ports", "--json"], ["config", "check", "--config", str(wrong)], ["no-such-command"]):
        warm = preloaded.command(words, environment, 60)
        cold = subprocess.run(
            [sys.executable, "-m", "gateway.cli", *words],
            env=environment, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert warm is not None
        # Help is told by the name of the module that was started.
        complaint = warm.stderr.replace("tests.peers.cli", "gateway.cli")
        assert (warm.returncode, warm.stdout, complaint) == (cold.returncode, cold.stdout, cold.stderr)
    monkeypatch.setenv(COLD_VARIABLE, "1")
    assert preloaded.command(["ports"], dict(os.environ), 60) is None


def test_a_command_that_takes_too_long_is_killed(tmp_path: Path, waits: Path) -> None:
    Program([*SERVE, "--config", str(tmp_path / "missing.toml")], log=tmp_path / "log", cwd=CHECKOUT).wait(60)
    with pytest.raises(subprocess.TimeoutExpired):
        preloaded.command(["ports", "--config", str(waits)], dict(os.environ), 0.2)
