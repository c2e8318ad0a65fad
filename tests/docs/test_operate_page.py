"""docs/operate.md and its Chinese: every command can be given, both say the same, and those that only look
are run on an installation whose service is down.
"""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path

import pytest

from core.storage import StorageSettings
from gateway import database
from tests.docs.commands import block_commands, commands_of, misused
from tests.gateway.command_line import invoke
from tests.peers.checkout import CHECKOUT

PAGE, CHINESE = (CHECKOUT / "docs" / name for name in ("operate.md", "operate.zh.md"))
LOOKS = {
    "approvals list", "audit list", "backup list", "cdr check", "cdr retention", "config diff", "doctor",
    "ports", "status", "support-bundle", "tls status", "token list", "user list",
}  # fmt: skip
"""What changes nothing but the audit trail."""
ENDS = {0, 1, 2, 3}
"""Done, or it found what is to be found where nothing runs."""


def subject(command: str) -> str:
    words = shlex.split(command)[1:]
    return words[0] if len(words) < 2 or words[1].startswith("-") else " ".join(words[:2])


@pytest.mark.parametrize("page", [PAGE, CHINESE], ids=lambda page: page.name)
def test_every_command_can_be_given(page: Path) -> None:
    commands = commands_of(page)
    assert len(commands) > 15
    assert [why for one in commands if (why := misused(one))] == []


def test_both_languages_have_the_same_daily_and_monthly_commands() -> None:
    assert block_commands(PAGE) == block_commands(CHINESE)
    assert len(block_commands(PAGE)) == 12


@pytest.mark.parametrize(
    "wrong",
    [
        "songhua status --no-such",
        "songhua nothing",
        "songhua cdr chek",
        "songhua trace",
        "songhua tls status x",
    ],
)
def test_a_command_that_cannot_be_given_is_found(wrong: str) -> None:
    assert misused(wrong)


async def test_what_only_looks_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'ledger.db'}"
    await database.upgrade(StorageSettings(url=url))
    config = tmp_path / "songhua.toml"
    config.write_text(
        f'[storage]\nurl = "{url}"\n[tls]\nfolder = "{tmp_path}/tls"\n[backup]\nfolder = "{tmp_path}"\n'
        f'[cdr]\nkey_file = "{tmp_path}/chain.key"\nheads_file = "{tmp_path}/heads"\n'
        "[metrics]\nenabled = false\n"
    )
    monkeypatch.setenv("SONGHUA_CONFIG", str(config))
    monkeypatch.chdir(tmp_path)
    run = set()
    for command in commands_of(PAGE):
        if subject(command) not in LOOKS:
            continue
        done = await asyncio.to_thread(invoke, *shlex.split(command)[1:])
        assert done.exit_code in ENDS, (command, done.output)
        assert done.exception is None or isinstance(done.exception, SystemExit), (command, done.exception)
        run.add(subject(command))
    assert run == LOOKS
