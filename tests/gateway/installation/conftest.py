"""Asterisk's folders of an installation in a test lie below its root; no broker has to be installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.mqtt import mosquitto


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("varlib", "spool", "run", "log"):
        monkeypatch.setenv(
            f"SONGHUA__ASTERISK__DIRECTORIES__{name.upper()}", str(tmp_path / "asterisk" / name)
        )
    monkeypatch.setattr(mosquitto, "find_plugin", lambda: Path("/usr/lib/mosquitto_dynamic_security.so"))
    for variable in ("SONGHUA_ADMIN_PASSWORD", "SONGHUA_AGENT_PASSWORD"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path
