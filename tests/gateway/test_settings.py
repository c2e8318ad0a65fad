"""Settings: the example is valid, a fault is named with its place, a secret is never repeated."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gateway.first_settings import example
from gateway.settings import BadSettings, Settings
from tests.gateway.documents import SCHEMAS, settings_schema

EXAMPLE = re.sub(
    r'(?m)^([^#\n]*)_file = "/etc/songhua/secrets/[a-z0-9-]+"', r'\1 = "0123456789abcdef"', example()
)


def load(folder: Path, text: str | bytes) -> Settings:
    file = folder / "songhua.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return Settings.load(file)


def test_the_example_is_valid_and_complete(tmp_path: Path) -> None:
    settings = load(tmp_path, EXAMPLE)
    assert settings.asterisk is not None
    assert settings.ami is not None
    for section in Settings.model_fields:
        assert f"[{section}" in EXAMPLE or f"\n{section} = " in EXAMPLE


def test_the_kept_schema_is_the_generated_one() -> None:
    """What operators and their editors rely on: no key, default or bound changes unseen."""
    kept = json.loads((SCHEMAS / "settings.json").read_text(encoding="utf-8"))
    assert kept == settings_schema(), "run: python -m tests.gateway.documents"


def test_the_example_keeps_to_the_schema() -> None:
    validator = Draft202012Validator(settings_schema())
    assert [error.message for error in validator.iter_errors(tomllib.loads(example()))] == []


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGHUA__WEB__PORT", "8099")
    assert load(tmp_path, EXAMPLE).web.port == 8099


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[web]\nport = 99999\n", "web.port"),
        ("[web]\nprot = 80\n", "web.prot"),
        ("[wbe]\n", "wbe"),
        ("[web\n", "line 1"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(BadSettings) as bad:
        load(tmp_path, text)
    assert named in str(bad.value)


def test_a_refused_secret_is_not_repeated(tmp_path: Path) -> None:
    secret = "abc def; injected"
    with pytest.raises(BadSettings) as bad:
        load(
            tmp_path,
            EXAMPLE.replace('"agent-1"\nsecret = "0123456789abcdef"', f'"agent-1"\nsecret = "{secret}"'),
        )
    assert "asterisk.agents.0.secret" in str(bad.value)
    assert secret not in str(bad.value)


@given(st.binary(max_size=300))
@budget(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_settings_or_a_named_fault(tmp_path: Path, junk: bytes) -> None:
    try:
        found = load(tmp_path, junk)
    except BadSettings as bad:
        faults = bad.faults
    else:
        faults = []
        assert found.tenant
    assert all(faults)


def test_notices_by_email_need_a_mail_server(tmp_path: Path) -> None:
    file = tmp_path / "songhua.toml"
    told = '[citizen.email]\nenabled = true\nsite = "https://report.city.example"\n'
    file.write_text(told)
    with pytest.raises(BadSettings, match="no mail server"):
        Settings.load(file)
    file.write_text(told + '[mail]\nhost = "mail.city.example"\nsender = "songhua@city.example"\n')
    assert Settings.load(file).citizen.email.enabled


def test_a_queue_that_agents_serve_is_one_of_the_switchs(tmp_path: Path) -> None:
    file = tmp_path / "songhua.toml"
    file.write_text(
        '[hotline]\nqueues = ["hotline", "english"]\n'
        '[asterisk.directories]\netc = "/etc/a"\nprompts = "/p"\nrecordings = "/r"\n'
        '[asterisk.ami]\nsecret = "0123456789abcdef"\n'
    )
    with pytest.raises(BadSettings, match="english"):
        Settings.load(file)


@pytest.mark.parametrize(
    ("told", "key"),
    [
        ('queue = "reports"', "cases.report_offers.queue"),
        ('languages = { en = "hotline-en" }', "cases.report_offers.languages.en"),
    ],
)
def test_a_queue_that_serves_reports_is_one_that_agents_serve(tmp_path: Path, told: str, key: str) -> None:
    file = tmp_path / "songhua.toml"
    file.write_text(f"[cases.report_offers]\n{told}\n")
    with pytest.raises(BadSettings) as refused:
        Settings.load(file)
    assert key in str(refused.value)
    assert "add it to hotline.queues" in str(refused.value)
    served = '[hotline]\nqueues = ["hotline", "reports", "hotline-en"]\n'
    file.write_text(f"{served}[cases.report_offers]\n{told}\n")
    assert Settings.load(file).hotline.queues[0] == "hotline"
