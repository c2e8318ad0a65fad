"""`--expect`: what the draft says beside what somebody expected it to say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from cases.drafting.expectation import KEYS, ComparedField
from cases.drafting.model import Draft, FieldName, FieldValue
from cases.room import knowledge
from cases.settings import CasesSettings
from core.ids import uuid7


def read(file: Path) -> dict[str, Any]:
    """Raises `ValueError` for anything but an object with known keys."""
    try:
        wanted = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{file}: {error}") from error
    if not isinstance(wanted, dict):
        raise ValueError(f"{file}: an object is expected, with any of: {', '.join(KEYS)}")  # noqa: TRY004
    unknown = sorted(set(wanted) - set(KEYS))
    if unknown:
        raise ValueError(f"{file}: unknown keys {', '.join(unknown)}; known: {', '.join(KEYS)}")
    return wanted


def compare(wanted: dict[str, Any], drafts: list[dict[str, Any]]) -> list[ComparedField]:
    """The call's fullest draft beside what was wanted; without a draft every field is empty."""
    none: dict[str, Any] = {"fields": {}}
    fullest = max(drafts, key=lambda draft: len(draft["fields"]), default=none)
    fields = {name: FieldValue() for name in FieldName}
    for name, held in fullest["fields"].items():
        fields[FieldName(name)] = FieldValue(value=held["value"], shown=held["shown"])
    draft = Draft(draft_id=uuid7(), fields=fields)
    return knowledge(CasesSettings()).comparison.compare(wanted, draft)


def show(lines: list[ComparedField], console: Console) -> None:
    table = Table("", "expected", "drafted", "")
    for line in lines:
        mark = "[green]✓[/]" if line.agrees else "[red]✗[/]"
        table.add_row(
            line.key,
            json.dumps(line.expected, ensure_ascii=False),
            json.dumps(line.drafted, ensure_ascii=False),
            mark,
        )
    console.print(table)
