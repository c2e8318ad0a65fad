"""Writes docs/schemas/ anew: `python -m tests.gateway.documents`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from cases.exchange.forms import ExchangeForm
from gateway.recorded.documents import DraftDocument, TranscriptDocument
from gateway.secret_sources import with_files
from gateway.settings import Settings
from sensing.feeds.model import FeedEvent

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"
DOCUMENTS: dict[str, type[BaseModel]] = {
    "draft": DraftDocument,
    "transcript": TranscriptDocument,
    "exchange": ExchangeForm,
    "feed-event": FeedEvent,
}


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of what a command prints; of forms that come from outside, what is accepted."""
    received = name in {"exchange", "feed-event"}
    made = DOCUMENTS[name].model_json_schema(mode="validation" if received else "serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def settings_schema() -> dict[str, Any]:
    """The JSON Schema of the settings file: each key with its default and its bounds."""
    made = Settings.model_json_schema()
    untitled: dict[str, Any] = _without_titles(with_files(made))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **untitled}


def _without_titles(node: Any) -> Any:
    """A title repeats the name of its key; a property may itself be called `title`."""
    if isinstance(node, dict):
        return {
            key: _without_titles(value)
            for key, value in node.items()
            if key != "title" or not isinstance(value, str)
        }
    return [_without_titles(one) for one in node] if isinstance(node, list) else node


if __name__ == "__main__":
    for name, made in {**{one: schema(one) for one in DOCUMENTS}, "settings": settings_schema()}.items():
        text = json.dumps(made, ensure_ascii=False, indent=2)
        (SCHEMAS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
