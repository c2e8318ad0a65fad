"""`songhua config check` finds every mistake of a list, at once, with key, file, line and remedy."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway import first_settings, online_checks
from gateway.cli import build
from gateway.settings_check.check import examine
from gateway.settings_check.dial_patterns import overlap
from gateway.settings_check.model import PlacedMistake
from gateway.settings_check.toml_lines import lines_of
from gateway.tls.folder import TlsFolder
from tests.gateway.config_mistakes import MadeMistake, mistakes
from tests.peers.checkout import CHECKOUT

MISTAKES = mistakes()


@pytest.fixture(scope="module")
def good_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    first_settings.write(folder)
    file = folder / "songhua.toml"
    text = file.read_text(encoding="utf-8")
    for old, new in (("/usr/share/songhua/", f"{folder}/opt/"), ("/var/", f"{folder}/var/")):
        text = text.replace(old, new)
    text = text.replace("/etc/asterisk", f"{folder}/asterisk").replace("192.0.2.10", "10.9.0.10")
    file.write_text(text.replace("[asterisk.directories]", LOG.format(folder=folder)), encoding="utf-8")
    for name in ("opt/console/desk", "opt/prompts", "opt/models/whisper-base", "asterisk", *WRITTEN):
        (folder / name).mkdir(parents=True, mode=0o770)
    (folder / "opt/console/desk/index.html").touch()
    model = folder / "opt/models/whisper-base"
    for name, said in (("config.json", "{}"), ("tokenizer.json", "{}"), ("vocabulary.json", "[]")):
        (model / name).write_text(said)
    with (model / "model.bin").open("wb") as sparse:
        sparse.truncate(11_000_000)
    for name, begins in (("ended", timedelta(days=-90)), ("future", timedelta(days=90))):
        TlsFolder(folder / name, days=30).init(["localhost"], datetime.now(UTC) + begins)
        for ending in ("pem", "key"):
            shutil.copyfile(folder / name / f"web.{ending}", folder / f"{name}.{ending}")
    return folder


LOG = '[asterisk.directories]\nlog = "{folder}/var/log/asterisk"'
WRITTEN = (
    "var/lib/songhua/photos", "var/spool/songhua/recordings", "var/spool/songhua/ivr",
    "var/log/asterisk/cel-custom",
)  # fmt: skip


@pytest.fixture
def good(good_once: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "s"
    shutil.copytree(good_once, folder)
    file = folder / "songhua.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(str(good_once), str(folder)), encoding="utf-8")
    return folder


def found(file: Path) -> list[PlacedMistake]:
    return list(examine(file, {}).mistakes)


def test_good_settings_have_no_mistake(good: Path) -> None:
    assert [str(one) for one in found(good / "songhua.toml")] == []


@pytest.mark.parametrize("made", MISTAKES, ids=[one.name for one in MISTAKES])
def test_a_mistake_is_named_with_key_line_and_remedy(made: MadeMistake, good: Path) -> None:
    file = made.make(good)
    all_ = found(file)
    told = [f"{one} | {one.remedy} | {one.weight}" for one in all_]
    mine = [one for one in all_ if one.key == made.key]
    assert mine, told
    assert any(made.remedy in one.remedy for one in mine), told
    assert {one.weight for one in mine} == {made.weight}, told
    assert all(one.file == str(file) for one in mine)
    if made.key:
        lines = file.read_text(encoding="utf-8").splitlines()
        assert mine[0].line is not None
        assert 0 < mine[0].line <= len(lines)
    others = [str(one) for one in all_ if one.key not in {made.key, *made.also} and one.weight == "fault"]
    assert others == [], told


def test_there_are_enough_kinds() -> None:
    assert len({one.name for one in MISTAKES}) == len(MISTAKES) >= 74


def test_all_mistakes_are_named_at_once(good: Path) -> None:
    """One of each kind of rule: of the text, of a value, of a section, of files, and between sections."""
    for name in (
        "unknown key",
        "MySQL",
        "web on the manager interface's port",
        "model is missing",
        "placeholder",
    ):
        next(one for one in MISTAKES if one.name == name).make(good)
    keys = {one.key for one in found(good / "songhua.toml")}
    assert keys == {
        "web.prot",
        "storage.url",
        "web.port",
        "speech.model",
        "ami.secret",
        "asterisk.ami.secret",
    }


def shell(*words: str, code: int = 0) -> str:
    told = CliRunner().invoke(build(["config"]), ["config", *words])
    assert told.exit_code == code, told.output
    return told.output


def test_the_command_prints_brackets_and_colons_as_they_are(good: Path) -> None:
    next(one for one in MISTAKES if one.name == "member that is no agent").make(good)
    file = good / "songhua.toml"
    text = file.read_text().replace("\n[hotline]", '\n[hotline]\nqueues = ["key:key:"]', 1)
    file.write_text(text)
    told = shell("check", "--config", str(file), code=3)
    assert "agent-2 is not among [[asterisk.agents]]" in told
    assert "key:key: is not among [[asterisk.queues]]" in told
    assert "asterisk.queues[0].fallback_members[0]" in told
    file.write_text(text.replace('fallback_members = ["agent-2"]', 'fallback_members = ["agent-1"]'))
    assert "not among [[asterisk.queues]]: key:key:" in shell("show", "--config", str(file), code=3)


def test_the_command_tells_programs(good: Path) -> None:
    file = next(one for one in MISTAKES if one.name == "no such port").make(good)
    told = json.loads(shell("check", "--config", str(file), "--json", code=3))
    assert told["ok"] is False
    assert [(one["key"], one["weight"]) for one in told["faults"]] == [("web.port", "fault")]
    line = told["faults"][0]["line"]
    assert file.read_text().splitlines()[line - 1] == "port = 99999"


def test_warnings_end_well_unless_they_may_not(good: Path) -> None:
    file = next(one for one in MISTAKES if one.name == "a role without account").make(good)
    assert "warning: " in shell("check", "--config", str(file))
    shell("check", "--config", str(file), "--strict", code=3)


def test_a_variable_is_named_as_the_place(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGHUA__WEB__PORT", "99999")
    (one,) = found(good / "songhua.toml")
    assert (one.file, one.line, one.key) == ("SONGHUA__WEB__PORT", None, "web.port")


def test_no_message_repeats_a_secret(good: Path) -> None:
    planted = "PLANTED; and-more-0123456789"
    (good / "secrets/agent-1").write_text(planted)
    file = good / "songhua.toml"
    url = f"postgresql+asyncpg://songhua:{planted.replace(' ', '')}@300.1.1.1/songhua"
    file.write_text(file.read_text().replace("[storage]\nurl = ", f'[storage]\nurl = "{url}"\n# '))
    told = [f"{one} {one.remedy}" for one in found(file)]
    assert len(told) >= 2
    assert "PLANTED" not in " ".join(told)


def test_lines_are_those_of_the_keys() -> None:
    text = '''a = 1
[b]
c = """
[not.a.section]
x = 1"""
"d.e" = { f = 1, g = [
  { h = 2 },
  { h = 3 }] }  # [b.z]
[[b.list]]
i = 'x'
[b.list.inner]
j = 2
[[b.list]]
i.k = "]"
'''
    lines = lines_of(text)
    assert lines["a",] == 1
    assert lines["b", "c"] == 3
    assert lines["b", "d.e", "g", 1, "h"] == 8
    assert lines["b", "list", 0, "i"] == 10
    assert lines["b", "list", 0, "inner", "j"] == 12
    assert lines["b", "list", 1, "i", "k"] == 14
    assert ("not", "a", "section") not in lines


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("_1[3-9]XXXXXXXXX", "_13XXXXXXXXX", True),
        ("_95XXX", "_95XXXX!", False),
        ("_95XXXXX", "_95XXXX!", True),
        ("_0[1-9]X!", "_00X!", False),
        ("_NXX", "_1XX", False),
        ("_9.", "_9", False),
        ("_9.", "_91", True),
    ],
)
def test_patterns_that_hold_a_common_number(one: str, other: str, same: bool) -> None:
    assert overlap(one, other) is same
    assert overlap(other, one) is same


def test_what_differs_is_shown_without_secrets(good: Path, tmp_path: Path) -> None:
    file, other = good / "songhua.toml", tmp_path / "other.toml"
    text = file.read_text().replace('tenant = "harbin"', 'tenant = "other"')
    secret = 'username = "songhua"\nsecret'
    assert f"{secret}_file = " in text
    other.write_text(text.replace(f"{secret}_file = ", f'{secret} = "a1b2c3d4e5f60718" # '))
    told = json.loads(shell("diff", str(other), "--config", str(file), "--json"))
    rows = {one["key"]: (one["before"], one["after"]) for one in told["differences"]}
    assert rows == {"tenant": ("harbin", "other"), "ami.secret": ("********", "********")}
    assert "a1b2c3d4" not in shell("diff", str(other), "--config", str(file))
    defaults = shell("diff", "--config", str(file))
    assert "asterisk.agents" in defaults
    assert "tenant" not in defaults
    assert "no difference" in shell("diff", str(file), "--config", str(file))


def commands_of_the_page() -> list[str]:
    page = (CHECKOUT / "docs" / "install.md").read_text(encoding="utf-8")
    section = page.partition("## Check the settings")[2]
    shown = section.partition("```sh")[2].partition("```")[0]
    return [line.partition("#")[0].strip() for line in shown.strip().splitlines()]


@pytest.mark.parametrize("command", commands_of_the_page())
def test_the_commands_of_the_page_work(command: str, good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing runs here: `--online` says so of each peer, and what it could not check."""
    monkeypatch.setattr(online_checks, "LIMIT_S", 0.5)
    program, subject, *words = command.split()
    assert (program, subject) == ("songhua", "config")
    online = "--online" in words
    told = shell(*words, "--config", str(good / "songhua.toml"), code=3 if online else 0)
    for said in ("failed: database: there is no file", "songhua db upgrade", "could not check: ", "disk of "):
        assert (said in told) is online
