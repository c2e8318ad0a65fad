"""Settings of the dialogue, section `ivr`: which flows callers hear, and when."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from core.models import Strict

FlowName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class FlowCondition(Strict):
    """Which caller hears which flow: every given condition must hold. The first entry that matches counts."""

    flow: FlowName
    called: str | None = Field(
        default=None, pattern=r"^\+?[0-9]{1,20}$", description="the number that was dialled ends with this"
    )
    trunk: str | None = Field(default=None, max_length=40, description="the trunk by which the call came")
    hours: Literal["open", "closed"] | None = None


class IvrSettings(Strict):
    flow: Path | None = Field(
        default=None, description="a flow's YAML file in place of the built-in `default`"
    )
    flows: Path | None = Field(
        default=None, description="folder of <name>.yaml: more flows, or others in place of the built-in ones"
    )
    prompts: Path | None = Field(
        default=None,
        description="folder of <language>/<id>.wav; what is not there is taken from the built-in ones",
    )
    uploads: Path = Field(
        default=Path(".songhua/ivr"),
        description="folder for flows and prompts changed at run time; Asterisk must be able to read it",
    )
    fallback_language: str = Field(default="zh", pattern=r"^[a-z]{2}$")
    entries: tuple[FlowCondition, ...] = Field(
        default=(), max_length=100, description="flows by dialled number, trunk, hours"
    )
    hours: Path | None = Field(
        default=None, description="opening hours (TOML or YAML); without it the hotline is open day and night"
    )
    closed_flow: FlowName = Field(default="out-of-hours", description="heard while `hours` says closed")
    survey: bool = Field(default=False, description="ask how it was when the agent has hung up")
    callback_after_s: int = Field(
        default=60,
        ge=0,
        le=3600,
        description="offer a callback to who has waited so long, and every third round",
    )
    asks_an_hour: int = Field(default=10, ge=1, le=1000, description="case codes that one number may try")
    spoken_codes: tuple[Literal["zh", "en"], ...] = Field(
        default=("en",),
        description="who hears these languages may say the code of his case, where a recogniser has time",
    )
    nuisance_numbers: tuple[Annotated[str, Field(pattern=r"^\+?[0-9]{3,20}$")], ...] = Field(
        default=(), max_length=10_000, description="callers who are asked to be polite, and served last"
    )
