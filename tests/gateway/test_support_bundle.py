"""`songhua support-bundle`: numbers, names and secrets are planted everywhere, and none of them is in it."""

from __future__ import annotations

import json
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from core.metrics import counter
from core.room import Health
from core.storage import Storage, StorageSettings, create_engine
from gateway import database
from gateway.settings import MetricsSettings
from gateway.support.writing import write
from gateway.web.metrics_server import MetricsServer
from identity.store import users
from tests.gateway.command_line import told_json, told_text

_seen = counter("test_bundle", "Planted in this test", ["who"])
NUMBER, FIXED, MAIL = "13904510001", "0451-87654321", "wang.fang@example.org"
STAFF, STAFF_NAME, CITIZEN_NAME = "wang.fang", "王芳", "王小明"
SECRETS = ("broker-pw-8f3a1c2b", "ami-pw-77aa55cc33", "other-token-1234567890ab", "metrics-token-0123456789")
PLANTED = (NUMBER, FIXED, FIXED.replace("-", ""), MAIL, STAFF, STAFF_NAME, CITIZEN_NAME, *SECRETS)
TRACEBACK = (
    'Traceback (most recent call last):\n  File "/opt/core/tasks.py", line 3, in _once\n'
    f"ValueError: {CITIZEN_NAME} {NUMBER}"
)
LOG = (
    {
        "event": "the database is away at start",
        "why": f"{STAFF_NAME} ({STAFF}) called {NUMBER}: {SECRETS[0]}",
    },
    {"event": f"{CITIZEN_NAME} rang from {NUMBER}", "caller": NUMBER},
    {"event": "background task failed", "task": "x", "exception": TRACEBACK},
    {"event": "role is up", CITIZEN_NAME: NUMBER, "by": STAFF, "path": f"/home/{STAFF}/{FIXED}"},
)


@pytest.fixture
async def installed(tmp_path: Path) -> Path:
    """The settings file of an installation whose service is down."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'ledger.db'}"
    await database.upgrade(StorageSettings(url=url))
    storage = Storage(create_engine(StorageSettings(url=url)))
    async with storage.write() as transaction:
        user = {
            "id": STAFF, "name": STAFF_NAME, "roles": ["agent"], "language": "zh", "password_hash": "",
            "active": True, "created_at": datetime.now(UTC),
        }  # fmt: skip
        await transaction.connection.execute(insert(users).values(user))
    await storage.close()
    (tmp_path / "mail.pw").write_text("mail-pw-0a1b2c3d4e\n")
    (tmp_path / "mail.pw").chmod(0o600)
    config = tmp_path / "songhua.toml"
    config.write_text(
        f'[storage]\nurl = "{url}"\n'
        f'[mqtt.accounts]\ncentre = {{ user = "{NUMBER}", password = "{SECRETS[0]}" }}\n'
        f'[ami]\nusername = "songhua"\nsecret = "{SECRETS[1]}"\n'
        f'[metrics]\ntoken = "{SECRETS[3]}"\n'
        f'[ivr]\nnuisance_numbers = ["{NUMBER}", "04511234567"]\n'
        f'[mail]\nhost = "127.0.0.1"\nsender = "{MAIL}"\nuser = "{STAFF}"\n'
        f'password_file = "{tmp_path}/mail.pw"\n'
    )
    config.chmod(0o600)
    now = datetime.now(UTC).isoformat()
    lines = [json.dumps({"timestamp": now, "level": "error", **one}, ensure_ascii=False) for one in LOG]
    (tmp_path / "songhua.log").write_text("\n".join([*lines, f"plain words of {CITIZEN_NAME}"]) + "\n")
    return config


async def made(config: Path, *words: object) -> tuple[dict[str, Any], dict[str, str]]:
    file = config.parent / "bundle.tar.gz"
    told = await told_json(
        "support-bundle", "--out", file, "--log", config.parent / "songhua.log", "--config", config, *words
    )
    texts = {}
    with tarfile.open(file) as archive:
        for member in archive:
            content = archive.extractfile(member)
            assert content is not None
            texts[member.name.partition("/")[2]] = content.read().decode()
    assert (file.stat().st_mode & 0o777) == 0o600
    return told, texts


async def test_nothing_that_was_planted_is_in_it_and_what_helps_is(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGHUA__METRICS__TOKEN", SECRETS[2])
    _seen.labels(f"{STAFF_NAME} {NUMBER}").inc()
    health = Health("floor", "degraded", f"{STAFF} ({STAFF_NAME}) at {NUMBER}, {MAIL}: {SECRETS[0]}")
    role = MetricsServer(MetricsSettings(radio_port=0), "radio", lambda: [health])
    await role.start()
    monkeypatch.setenv("SONGHUA__METRICS__RADIO_PORT", str(role.port))
    try:
        told, texts = await made(installed)
    finally:
        await role.stop()
    for name, content in texts.items():
        for planted in (*PLANTED, "mail-pw-0a1b2c3d4e", "plain words"):
            assert planted not in content, (name, planted)
    assert told["files"] == sorted(texts)
    assert set(texts) >= {
        "about.txt", "versions.json", "settings.json", "status.json", "doctor.json", "schema.json",
        "log.jsonl", "not-read.json", "health-radio.json", "metrics-radio.json",
    }  # fmt: skip
    assert json.loads(texts["health-radio.json"])["health"]["parts"][0]["part"] == "floor"
    assert any(
        name.startswith("songhua_test_bundle_total") for name in json.loads(texts["metrics-radio.json"])
    )
    assert json.loads(texts["versions.json"])["songhua"]
    schema = json.loads(texts["schema.json"])
    assert schema["revision"] == schema["needed"] == database.head()
    assert schema["rows"]["identity_user"] == 1
    assert json.loads(texts["settings.json"])["tenant"] == "harbin"
    assert json.loads(texts["status.json"])["parts"]["role centre"]["state"] == "down"
    lines = [json.loads(line) for line in texts["log.jsonl"].splitlines()]
    assert [line["event"] for line in lines][::3] == ["the database is away at start", "role is up"]
    assert lines[2]["exception"] == ["core/tasks.py:3 _once", "ValueError"]
    assert any("nobody answers" in missing for missing in told["not_read"])


async def test_a_bundle_is_made_while_the_database_is_away_and_says_so(installed: Path) -> None:
    (installed.parent / "ledger.db").unlink()
    told, texts = await made(installed)
    assert "settings.json" in texts
    assert json.loads(texts["status.json"])["parts"]["database"]["state"] == "down"
    assert told["not_read"] == json.loads(texts["not-read.json"])


async def test_nothing_is_overwritten(installed: Path) -> None:
    file = installed.parent / "bundle.tar.gz"
    file.write_text("mine")
    said = await told_text("support-bundle", "--out", file, "--log", file, "--config", installed, code=1)
    assert "--out" in said
    assert file.read_text() == "mine"
    with pytest.raises(OSError, match="there already"):
        write(file, {}, 0)
    assert not file.with_name("bundle.tar.gz.part").exists()
