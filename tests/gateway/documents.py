"""Writes docs/schemas/ anew: `python -m tests.gateway.documents`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from gateway.recorded.documents import DraftDocument, TranscriptDocument

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"
DOCUMENTS: dict[str, type[BaseModel]] = {"draft": DraftDocument, "transcript": TranscriptDocument}


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of what a command prints."""
    made = DOCUMENTS[name].model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


if __name__ == "__main__":
    for one in DOCUMENTS:
        text = json.dumps(schema(one), ensure_ascii=False, indent=2)
        (SCHEMAS / f"{one}.json").write_text(text + "\n", encoding="utf-8")
