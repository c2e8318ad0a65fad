"""`songhua knowledge`: articles in a database, from files and back; four eyes at the terminal, too."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cases.room
from core.actor import Role
from core.storage import Storage
from gateway.commands.knowledge import app
from identity.model import User
from identity.service import IdentityService
from identity.settings import IdentitySettings
from tests.cases.rooms import known
from tests.storage import empty_sqlite

TEXT = "---\nname: ice\nlanguage: zh\ntitle: 路面结冰\ntags: 结冰\n---\n\n撒融雪剂。\n"


class Shell:
    """The command line with a settings file and a database of its own, and two people."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        storage = empty_sqlite(folder / "ledger.db")
        asyncio.run(self._people(storage))
        (folder / "songhua.toml").write_text(
            f'[storage]\nurl = "sqlite+aiosqlite:///{folder / "ledger.db"}"\n', encoding="utf-8"
        )

    def __call__(self, *words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, [*words, "--config", str(self.folder / "songhua.toml")])
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    @staticmethod
    async def _people(storage: Storage) -> None:
        identity = IdentityService(storage, IdentitySettings())
        for name, role in (("qian", Role.SUPERVISOR), ("zhou", Role.SUPERVISOR), ("wang", Role.AGENT)):
            await identity.create_user(User(name, name, frozenset({role}), "zh", None), "songhua-river-2026")
        await storage.close()


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    # Catalogue, words and gazetteer are read once: they are frozen.
    monkeypatch.setattr(cases.room, "knowledge", lambda _settings: known())
    return Shell(tmp_path)


def test_the_articles_of_the_program_are_imported_approved_and_found(shell: Shell) -> None:
    assert "10 new, 0 renewed, 0 unchanged" in shell("import", "--seed", "--submit")
    assert "0 new, 0 renewed, 10 unchanged" in shell("import", "--seed", "--submit")
    assert shell("list") == ""
    assert shell("search", "暖气不热") == ""
    approved = shell("approve", "--all", "--by", "zhou")
    assert approved.count("version 1 is approved") == 10
    assert len(shell("list").splitlines()) == 10
    (hit, *_) = json.loads(shell("search", "暖气", "不热", "--json"))["hits"]
    assert (hit["name"], hit["approved_by"]) == ("heating-water-gas", "zhou")
    assert "暖气" in shell("search", "暖气不热", "--language", "zh")
    assert "title: 通话会录音吗" in shell("show", "call-recorded.zh")


def test_nobody_approves_his_own_words(shell: Shell) -> None:
    file = shell.folder / "ice.md"
    file.write_text(TEXT, encoding="utf-8")
    assert "1 new" in shell("add", str(file), "--by", "qian")
    assert "version 1 is submitted" in shell("submit", "ice.zh", "--by", "qian")
    assert "written by the same person" in shell("approve", "ice.zh", "--by", "qian", code=1)
    assert "needs one of" in shell("approve", "ice.zh", "--by", "wang", code=1)
    assert "nobody has this sign-in name" in shell("approve", "ice.zh", "--by", "nobody", code=1)
    shell("approve", "ice.zh", code=2)
    assert "is approved" in shell("approve", "ice.zh", "--by", "zhou")
    file.write_text(TEXT.replace("撒融雪剂", "撒盐"), encoding="utf-8")
    assert "1 renewed" in shell("add", str(file), "--submit", "--by", "qian")
    shell("approve", "ice.zh", "--by", "zhou")
    assert "撒盐" in shell("show", "ice.zh")
    assert "version 1 is in force" in shell("rollback", "ice.zh", "1", "-m", "盐伤树")
    out = shell.folder / "out"
    assert "1 files" in shell("export", str(out))
    assert (out / "ice.zh.md").read_text(encoding="utf-8") == TEXT
    shell("withdraw", "ice.zh", "--number", "1", "-m", "x")
    assert shell("list") == ""


def test_what_cannot_be_read_is_named_and_nothing_is_written(shell: Shell) -> None:
    folder = shell.folder / "articles"
    folder.mkdir()
    (folder / "good.md").write_text(TEXT, encoding="utf-8")
    (folder / "bad.md").write_bytes(b"\xff\xfe")
    told = shell("import", str(folder), code=1)
    assert "bad.md: line 1: it is not UTF-8" in told.replace("\n", " ")
    assert shell("list", "--all") == ""
    shell("import", code=2)
    assert "how-to-report.zh" in shell("show", "nothing", code=1)
    shell("list", "--language", "fr", code=2)
