"""The application of the role `centre`, built and not started, whose routes are the contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI

from gateway.settings import Settings
from gateway.wiring.centre import Centre

_SECRET = "opens-nothing-at-all-here"  # noqa: S105  # nothing is opened


def application(folder: Path) -> FastAPI:
    """Every path of its settings is below `folder`; nothing is written there."""
    places = ("modules", "etc", "data", "varlib", "spool", "run", "log", "recordings", "prompts")
    told: dict[str, Any] = {
        "storage": {"url": f"sqlite+aiosqlite:///{folder / 'songhua.db'}"},
        "web": {"dist": str(folder)},
        "ami": {"username": "songhua", "secret": _SECRET},
        "asterisk": {
            "ami": {"secret": _SECRET},
            "unit_pages": {"secret": _SECRET * 2},
            "directories": {name: str(folder) for name in places},
            "agents": [{"name": "agent", "secret": _SECRET}],
        },
        "cdr": {"key_file": str(folder / "ledger.key"), "heads_file": str(folder / "heads.jsonl")},
        "ivr": {"uploads": str(folder)},
        "field": {"photos": str(folder)},
        "cases": {"classifiers": str(folder)},
    }
    return Centre(Settings(**told)).application(lambda: ())
