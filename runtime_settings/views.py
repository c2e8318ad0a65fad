"""What the routes of settings answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from core.csv_table import TableReport
from runtime_settings.model import EffectTime, SettingDifference


class SettingLine(BaseModel):
    """One setting in the list. `fault`: why the newest version does not hold; empty: it does."""

    name: str
    section: str
    number: int
    by: str
    at: datetime
    comment: str
    fault: str
    file_differs: bool
    changeable: bool


class SettingList(BaseModel):
    settings: list[SettingLine]


class SettingView(SettingLine):
    """With its value and the JSON schema of a value."""

    value: Any
    value_schema: dict[str, Any]


class SettingVersionView(BaseModel):
    """`changes` are against the version before; `restores` is the version that an undo went back to."""

    number: int
    by: str
    at: datetime
    comment: str
    restores: int | None
    changes: list[SettingDifference]


class SettingHistory(BaseModel):
    active: int
    versions: list[SettingVersionView]


class SettingValue(BaseModel):
    name: str
    number: int
    value: Any


class EffectNote(BaseModel):
    zh: str
    en: str


class SettingTrialView(BaseModel):
    """What a change would do. `touches` counts by kind; `at_least`: counting was given up; `undoable`: going
    back brings back what was. `restores`: the version whose value it is, when an undo was tried.
    """

    number: int
    changes: list[SettingDifference]
    takes: EffectTime
    touches: dict[str, int]
    at_least: bool
    undoable: bool
    notes: list[EffectNote]
    restores: int | None = None


class TableImportView(BaseModel):
    """What a file does to a setting; `trial` is null while a line is refused, `number` the new version."""

    report: TableReport
    trial: SettingTrialView | None
    number: int | None


class SettingChangeView(BaseModel):
    """The version that holds now. `fault`: it is stored, but could not be applied yet, and why."""

    number: int
    at: datetime
    by: str
    fault: str
    restores: int | None
