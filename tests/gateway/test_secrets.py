"""Secrets of the settings: where they may come from, which one counts, and that nothing repeats them."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from core import log
from core.secret import Secret, is_placeholder
from core.storage import StorageSettings
from gateway import first_settings
from gateway.secret_sources import secrets_of
from gateway.settings import BadSettings, Settings
from gateway.tls.folder import SERVICES

PLANTED = "PLANTED-0123456789abcdef"
SECTIONS = """
[ami]
username = "songhua"
{ami}
[asterisk.directories]
etc = "/etc/asterisk"
prompts = "/p"
recordings = "/r"
[asterisk.ami]
secret = "0123456789abcdef"
[[asterisk.agents]]
name = "agent-1"
{agent}
"""
AGENT = 'secret = "fedcba9876543210"'


def load(folder: Path, ami: str, agent: str = AGENT) -> Settings:
    file = folder / "songhua.toml"
    file.write_text(SECTIONS.format(ami=ami, agent=agent))
    return Settings.load(file)


def secret_file(file: Path, text: str, mode: int = 0o600) -> Path:
    file.write_text(text + "\n")
    file.chmod(mode)
    return file


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


def test_the_first_of_environment_credential_file_and_settings_counts(
    tmp_path: Path, credentials: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(told: str) -> tuple[str, str]:
        settings = load(tmp_path, told)
        assert settings.ami is not None
        return settings.ami.secret.get_secret_value(), str(settings.ami.secret)

    file = secret_file(tmp_path / "ami", "of-the-secret-file")
    named = f'secret_file = "{file}"'
    assert found('secret = "of-the-settings"') == ("of-the-settings", "******** (from the settings file)")
    assert found(named) == ("of-the-secret-file", f"******** (from {file})")
    credential = secret_file(credentials / "songhua.ami.secret", "of-the-credential", 0o440)
    assert found(named) == ("of-the-credential", "******** (from the credential songhua.ami.secret)")
    monkeypatch.setenv("SONGHUA__AMI__SECRET", "of-the-environment")
    assert found(named) == ("of-the-environment", "******** (from SONGHUA__AMI__SECRET)")
    monkeypatch.delenv("SONGHUA__AMI__SECRET")
    credential.unlink()
    other = secret_file(tmp_path / "other", "of-the-environments-file")
    monkeypatch.setenv("SONGHUA__AMI__SECRET_FILE", str(other))
    assert found('secret = "of-the-settings"')[0] == "of-the-environments-file"


def test_an_entry_of_a_list_is_called_by_its_name(tmp_path: Path, credentials: Path) -> None:
    secret_file(credentials / "songhua.asterisk.agents.agent-1.secret", "of-the-credential")
    settings = load(tmp_path, 'secret = "of-the-settings"', agent="")
    assert settings.asterisk is not None
    assert settings.asterisk.agents[0].secret.get_secret_value() == "of-the-credential"


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("", "there is no secret"),
        ('secret_file = "{folder}/nowhere"', "cannot be read: No such file"),
        ('secret_file = "{folder}/open"', "chmod o= "),
        ('secret_file = "{folder}/empty"', "holds no secret"),
        ('secret_file = "{folder}/lines"', "holds no secret"),
        ('secret_file = "{folder}/large"', "holds no secret"),
        ('secret_file = "{folder}/good"\nsecret = "PLANTED-0123456789abcdef"', "keep one of the two"),
        ('secret = "change-me-manager"', "which is public"),
        ('secret = "PLANTED-012"', "at least 12 characters"),
        ('secret = ["PLANTED-0123456789abcdef"]', "valid string"),
        ("secret = 123456789012345", "valid string"),
    ],
)
def test_what_is_no_secret_is_refused_and_not_repeated(tmp_path: Path, told: str, why: str) -> None:
    secret_file(tmp_path / "good", PLANTED)
    secret_file(tmp_path / "open", PLANTED, 0o644)
    secret_file(tmp_path / "empty", "")
    secret_file(tmp_path / "lines", f"{PLANTED}\n{PLANTED}")
    secret_file(tmp_path / "large", PLANTED * 200)
    with pytest.raises(BadSettings) as bad:
        load(tmp_path, told.format(folder=tmp_path))
    assert "ami.secret" in str(bad.value)
    assert why in str(bad.value)
    assert "PLANTED" not in repr(bad.value)
    # Nor in what a traceback of it would print.
    assert bad.value.__cause__ is None


def test_a_variable_that_is_no_json_is_a_fault_that_does_not_repeat_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGHUA__MQTT__ACCOUNTS", f'{{"centre": "{PLANTED}"')
    with pytest.raises(BadSettings) as bad:
        load(tmp_path, f'secret = "{PLANTED}"')
    assert "PLANTED" not in str(bad.value)


@pytest.mark.parametrize(
    "word",
    ["change-me-centre", "CHANGE_ME", "changeme", "change-it", "PASSWORD", "<your secret>", "your-secret"],
)
def test_words_of_examples_are_known(word: str) -> None:
    assert is_placeholder(word)
    assert not is_placeholder("x" + word)


def test_a_secret_shows_itself_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    secret = Secret(PLANTED, "from a file")
    log.configure(level="debug", json=True)
    log.logger("test").warning("event", field=secret, many=[secret], inner={"a": secret})
    structlog.get_logger().error("event", exc_info=ValueError(secret))
    told = [repr(secret), str(secret), f"{secret}", f"{secret!r:>90}", json.dumps([secret], default=str)]
    assert PLANTED not in "".join(told) + capsys.readouterr().err
    assert pickle.loads(pickle.dumps(secret)).get_secret_value() == PLANTED  # our own


def test_no_setting_that_is_a_secret_by_its_name_is_plain_text() -> None:
    """A key called so and not in this list would be printed."""
    kept = json.loads((Path("docs/schemas/settings.json")).read_text(encoding="utf-8"))
    plain = {
        name
        for node in _objects(kept)
        for name, one in node.get("properties", {}).items()
        if re.search(r"secret|passw|token|api_?key|passphrase", name)
        and "string" in {one.get("type"), *(kind.get("type") for kind in one.get("anyOf", []))}
        and not re.search(r'"format": "(password|path)"', json.dumps(one))
        and not name.endswith("_file")
    }
    assert plain == set()
    assert len(list(secrets_of(Settings))) >= 13


def _objects(node: object) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for one in node for found in _objects(one)]
    if not isinstance(node, dict):
        return []
    return [node, *(found for one in node.values() for found in _objects(one))]


def test_a_password_in_the_databases_url_is_shown_to_nobody() -> None:
    settings = StorageSettings(url=f"postgresql+asyncpg://songhua:{PLANTED}%21@127.0.0.1/songhua?ssl=require")
    assert PLANTED not in repr(settings) + settings.model_dump_json() + str(settings.address())
    assert settings.address().password == f"{PLANTED}!"
    assert settings.url == "postgresql+asyncpg://songhua@127.0.0.1/songhua?ssl=require"
    asked = StorageSettings(url=f"postgresql+asyncpg://songhua@db/songhua?password={PLANTED}&ssl=require")
    assert asked.url == "postgresql+asyncpg://songhua@db/songhua?ssl=require"
    assert asked.address().password == PLANTED
    beside = StorageSettings(url="postgresql+asyncpg://songhua@[::1]/songhua", password=SecretStr("p/:@"))
    assert beside.address().password == "p/:@"
    with pytest.raises(ValueError, match="no address of a database") as bad:
        StorageSettings(url=f"postgresql//songhua:{PLANTED}@")
    assert PLANTED not in str(bad.value.errors(include_input=False))  # type: ignore[attr-defined]


def test_first_settings_have_fresh_secrets_and_keep_what_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    written = first_settings.write(folder)
    assert not written.kept
    settings = Settings.load(folder / "songhua.toml")
    assert settings.ami is not None
    assert settings.asterisk is not None
    assert settings.ami.secret == settings.asterisk.ami.secret
    words = {file.name: file.read_text() for file in (folder / "secrets").iterdir()}
    assert len(set(words.values())) == len(words) >= 5
    private = [file for file in folder.rglob("*") if file.is_file() and file.suffix != ".pem"]
    assert {file.stat().st_mode & 0o007 for file in [*private, folder / "secrets"]} == {0}
    assert folder.stat().st_mode & 0o006 == 0
    assert {file.name for file in (folder / "tls").glob("*.key")} == {
        f"{one}.key" for one in ("ca", *SERVICES)
    }
    (folder / "secrets" / "ami").unlink()
    again = first_settings.write(folder)
    assert [file.name for file in again.made] == ["ami"]
    assert (folder / "secrets" / "agent-1").read_text() == words["agent-1"]
    assert (folder / "secrets" / "ami").read_text() != words["ami"]
