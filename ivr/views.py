"""What the routes of flows and prompts answer, for the contract."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from ivr.flows.model import Purpose


class FlowRow(BaseModel):
    """`active` is the version in force, 0 the built-in one. `versions` is null while the database is away;
    `purpose` while nothing is in force; `fault` says why the version that was activated does not serve.
    """

    name: str
    purpose: Purpose | None
    active: int
    built_in: bool
    versions: int | None
    fault: str | None


class FlowList(BaseModel):
    flows: list[FlowRow]


class FlowTextView(BaseModel):
    """The text in force."""

    name: str
    active: int
    text: str


class FlowVersionText(BaseModel):
    name: str
    number: int
    text: str


class PromptRow(BaseModel):
    """`played_by` are the flows in force that play it."""

    language: str
    name: str
    active: int
    built_in: bool
    versions: int | None
    played_by: list[str]


class PromptList(BaseModel):
    prompts: list[PromptRow]


class IvrVersionView(BaseModel):
    """A version of a flow or a prompt. `seconds` is how long a prompt is."""

    number: int
    sha256: str
    by: str
    at: datetime
    comment: str
    seconds: float | None = None


class ActivationView(BaseModel):
    """`number` was put in force in place of `previous`."""

    number: int
    previous: int
    revision: int
    by: str
    at: datetime
    comment: str


class VersionHistory(BaseModel):
    """`versions` and `history` with the newest first."""

    active: int
    versions: list[IvrVersionView]
    history: list[ActivationView]


class FlowProblemView(BaseModel):
    """`code` never changes once published; `line` counts from 1."""

    line: int
    level: Literal["error", "warning"]
    code: str
    zh: str
    en: str


class FlowProblems(BaseModel):
    problems: list[FlowProblemView]


class NewFlowVersion(IvrVersionView):
    problems: list[FlowProblemView]
