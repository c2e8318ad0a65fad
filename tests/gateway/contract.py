"""The whole application of the role `centre`, built and not started, for tests that walk its contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI

from gateway.settings import Settings
from gateway.wiring.centre import Centre
from tests.peers.asterisk import agent, private_settings

SECRET = "a-secret-of-this-test"  # opens nothing


def application(folder: Path) -> FastAPI:
    switch = private_settings(folder / "asterisk", agents=(agent("agent-1"),))
    told: dict[str, Any] = {
        "storage": {"url": f"sqlite+aiosqlite:///{folder / 'songhua.db'}"},
        "web": {"dist": str(folder / "dist")},
        "ami": {"username": "songhua", "secret": SECRET},
        "asterisk": switch,
        "cdr": {"key_file": str(folder / "ledger.key"), "heads_file": str(folder / "heads.jsonl")},
        "ivr": {"uploads": str(folder / "ivr")},
        "field": {"photos": str(folder / "photos")},
        "cases": {"classifiers": str(folder / "classifiers")},
    }
    return Centre(Settings(**told)).application(lambda: ())
