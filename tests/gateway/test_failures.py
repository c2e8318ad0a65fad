"""A command that cannot work says why in one line and what to do in another, and never shows a traceback."""

from __future__ import annotations

import errno
import gc
import signal
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway import cli, database
from gateway.cli import build
from gateway.commands.failures import explained
from gateway.web.server import PortTaken
from tests.peers.ports import free_port

# A driver's thread that outlives the command would print a traceback of its own.
pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")

NEWER = "sqlite+aiosqlite:///{folder}/newer.db"


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "newer.db") as database:
        database.execute("CREATE TABLE alembic_version (version_num TEXT)")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")
    database.close()
    return settings(tmp_path, NEWER.format(folder=tmp_path))


def settings(folder: Path, url: str, more: str = "") -> Path:
    file = folder / "songhua.toml"
    file.write_text(f'[storage]\nurl = "{url}"\n{more}', encoding="utf-8")
    file.chmod(0o600)
    return file


def ended(file: Path, *words: str, code: int) -> str:
    """What the command says on its way out: two lines."""
    told = CliRunner().invoke(build([words[0]]), [*words, "--config", str(file)])
    assert told.exit_code == code, (told.output, told.exception)
    assert told.exception is None or isinstance(told.exception, SystemExit)
    lines = [line for line in told.stderr.splitlines() if not line.startswith("{")]  # the log's are JSON
    assert [line.partition(":")[0] for line in lines] == ["settings" if code == 3 else "songhua", "remedy"]
    return told.stderr


STATUS, UPGRADE = ("db", "status"), ("db", "upgrade")


def test_a_command_that_reads_makes_no_database(tmp_path: Path) -> None:
    file = settings(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/mistyped.db")
    assert "songhua db upgrade" in ended(file, "user", "list", code=1)
    assert not (tmp_path / "mistyped.db").exists()


@pytest.mark.parametrize("words", [STATUS, UPGRADE, ("user", "list")])
def test_a_wrong_database(words: tuple[str, str], tmp_path: Path) -> None:
    file = settings(tmp_path, "mysql://songhua:PLANTED@127.0.0.1/songhua")
    told = ended(file, *words, code=3)
    assert "postgresql+asyncpg://USER@HOST/NAME" in told
    assert "PLANTED" not in told


@pytest.mark.parametrize("words", [STATUS, UPGRADE, ("user", "list")])
def test_a_stopped_server(words: tuple[str, str], tmp_path: Path) -> None:
    file = settings(tmp_path, f"postgresql+asyncpg://songhua@127.0.0.1:{free_port()}/songhua")
    assert "start" in ended(file, *words, code=5)


@pytest.mark.parametrize("words", [UPGRADE, ("user", "list")])
def test_a_folder_that_cannot_be_written(words: tuple[str, str], tmp_path: Path) -> None:
    file = settings(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/songhua.toml/songhua.db")
    assert "make its folder" in ended(file, *words, code=5)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("hello" * 1000)
    assert "damaged" in ended(settings(tmp_path, f"sqlite+aiosqlite:///{tmp_path}/x.db"), *STATUS, code=5)


def test_every_revision_is_known() -> None:
    """One that is not would be taken for a newer version's."""
    files = list(database.MIGRATIONS.glob("versions/[0-9]*.py"))
    assert len(files) == len(database.revisions())
    assert isinstance(database.mismatch("0001"), database.SchemaBehind)
    assert not isinstance(database.mismatch("0001"), database.SchemaAhead)


def test_a_newer_schema_is_not_upgraded(newer: Path) -> None:
    """The command that a service recommends must help: no upgrade leads from a revision that is unknown."""
    told = ended(newer, *UPGRADE, code=1)
    assert "newer version" in told
    assert "songhua db upgrade" not in told
    status = CliRunner().invoke(build(["db"]), [*STATUS, "--config", str(newer)])
    assert status.exit_code == 1
    assert "found 9999" in status.output


@pytest.mark.parametrize("role", ["radio"])
def test_a_role_says_why_it_does_not_start(role: str, newer: Path) -> None:
    newer.write_text(newer.read_text() + SWITCH, encoding="utf-8")
    was = signal.getsignal(signal.SIGHUP)
    try:
        told = ended(newer, "serve", "--role", role, code=1)
    finally:
        signal.signal(signal.SIGHUP, was)
        gc.enable()
    assert "newer version" in told


SWITCH = """
[ami]
secret = "a1b2c3d4e5f60718"
[asterisk.directories]
etc = "/etc/a"
prompts = "/p"
recordings = "/r"
[asterisk.ami]
secret = "a1b2c3d4e5f60718"
"""


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/var/lib/x"), "make room"),
        (OSError(errno.EADDRINUSE, "Address already in use"), "ss -lntup"),
        (OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address"), "ip addr"),
        (PermissionError(errno.EACCES, "Permission denied", "/etc/songhua"), "config check"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed"), "--online"),
        (TimeoutError(), "--online"),
        (sqlite3.OperationalError("database or disk is full"), "make room"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "service's user"),
        (sqlite3.OperationalError("no such table: users"), "songhua db upgrade"),
        (PortTaken("127.0.0.1:80: in use", remedy="stop what listens there"), "stop what"),
    ],
    ids=lambda one: type(one).__name__ + str(one)[:20] if isinstance(one, Exception) else "",
)
def test_an_error_of_the_machine_has_its_remedy(error: Exception, word: str) -> None:
    known = explained(ExceptionGroup("tasks", [ValueError("another"), error]))
    assert known is not None
    assert word in known.remedy


def test_a_full_disk(tmp_path: Path) -> None:
    """SQLite's own error, at the page that does not fit any more."""
    database = sqlite3.connect(tmp_path / "small.db")
    database.execute("PRAGMA max_page_count = 3")
    database.execute("CREATE TABLE t (x)")
    with pytest.raises(sqlite3.OperationalError) as full:
        database.execute("INSERT INTO t VALUES (zeroblob(1000000))")
    database.close()
    known = explained(full.value)
    assert known is not None
    assert known.code == 5
    assert "disk" in known.cause


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def build_broken(names: object) -> object:
        def app() -> None:
            raise LookupError("caller 13904510001")

        app.command = lambda *_, **__: lambda found: found  # type: ignore[attr-defined]
        return app

    monkeypatch.setattr(cli, "build", build_broken)
    monkeypatch.setattr(cli, "keep_private", lambda: None)


def test_an_unforeseen_error_is_two_lines_as_well(
    broken: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["songhua", "db"])
    with pytest.raises(SystemExit) as done:
        cli.main()
    assert done.value.code == 1
    told = capsys.readouterr().err
    assert "unforeseen: LookupError in test_failures.py" in told
    assert "SONGHUA_TRACEBACK=1" in told
    assert "1390451" not in told
    monkeypatch.setenv(cli.TRACEBACK, "1")
    with pytest.raises(LookupError):
        cli.main()


def test_a_bug_of_the_service_is_in_its_log(broken: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["songhua", "serve"])
    with pytest.raises(LookupError):
        cli.main()
