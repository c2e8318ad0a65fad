"""Settings of the ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cdr.chain import seal_keys
from cdr.chain.copies.settings import HeadsCopies
from cdr.retention.model import RetentionRule, TalkgroupRule
from core.models import StrictSettings


class NumberSearchSettings(StrictSettings):
    """What one person may search for, supervisors excepted, who may see every number. The same number again
    counts once.
    """

    of_hour: int = Field(default=60, ge=1, description="different numbers within an hour")
    alike_of_day: int = Field(
        default=5, ge=1, description="different numbers within a day that look alike when they are masked"
    )


class CdrSettings(BaseModel):
    """Where Asterisk leaves its lines and recordings, and how the ledger keeps them.

    With an Asterisk rendered by `songhua asterisk render`, the first four follow from its own settings.
    """

    model_config = ConfigDict(extra="forbid")

    system_name: str = Field(default="songhua", max_length=64, description="Asterisk's systemname")
    cel_file: Path | None = Field(
        default=None, description="the live CEL file; rotated ones stand beside it (calls.csv.1)"
    )
    recordings: Path | None = Field(default=None, description="the folder with a folder for each day")
    trunks: list[str] = Field(
        default_factory=list, description="endpoints behind which citizens are, besides the contexts"
    )
    area_code: str = Field(
        default="", pattern=r"^(0[0-9]{2,3})?$", description="the city's, for numbers sent without one"
    )
    citizen_contexts: list[str] = Field(
        default_factory=lambda: ["hotline"], description="contexts in which a citizen's channel begins"
    )

    key_file: Path = Field(
        default=Path("songhua-chain.key"), description="Ed25519 key, 0600, outside the database"
    )
    seal_key_file: Path | None = Field(
        default=None,
        description="the key that seals entries, 0600, outside the database; else key_file with .seal",
    )
    heads_file: Path = Field(default=Path("songhua-chain.heads"), description="signed heads; it only grows")
    heads_copies: HeadsCopies = HeadsCopies()
    sign_every_s: float = Field(default=2.0, gt=0, le=3_600)

    poll_s: float = Field(default=0.3, gt=0, le=60, description="how often files and marks are looked at")
    running_pause_s: float = Field(
        default=1.0, ge=0, le=60, description="a call that runs is written down anew at most so often"
    )
    recording_poll_s: float = Field(default=2.0, gt=0, le=600)
    recording_still_s: float = Field(default=2.0, ge=0, le=600, description="unchanged for so long: finished")
    recording_missing_s: float = Field(default=60.0, gt=0, description="after the call: missing")
    orphan_after_s: float = Field(default=600.0, gt=0, description="a file of which no call speaks")
    sweep_every_s: float = Field(default=3_600.0, gt=0)
    recordings_key_file: Path = Field(
        default=Path("songhua-recordings.key"),
        description="keys that recordings are encrypted with, 0600, outside the database; copy it",
    )
    encrypt_recordings: Literal["auto", "on", "off"] = Field(
        default="auto", description="auto: as soon as there is a key file (songhua cdr init-key)"
    )

    pause_limit_s: float = Field(
        default=180.0, gt=0, le=3_600, description="a paused recording goes on by itself after so long"
    )
    pause_reasons: list[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]] = Field(
        default_factory=lambda: ["card", "password", "identity", "privacy"],
        description="code words that an agent may give for a pause",
    )

    number_searches: NumberSearchSettings = NumberSearchSettings()

    retention: list[RetentionRule] = Field(
        default_factory=list, description="what is erased when; without a rule it is kept for ever"
    )
    talkgroup_retention: list[TalkgroupRule] = Field(
        default_factory=list, description="the same for recordings of talkgroups"
    )
    talkgroup_silent_h: float = Field(
        default=24.0,
        ge=0,
        le=87_600,
        description="hours that a piece of a recording is kept in which nobody talked; 0: as the others",
    )
    cel_kept_h: float = Field(
        default=72.0,
        ge=0,
        le=8_784,
        description="Asterisk's lines are deleted so long after they were read; 0: you delete them",
    )
    cel_rejects_days: float = Field(
        default=30.0, gt=0, le=3_660, description="damaged lines are kept so long, to find their cause"
    )
    retention_every_s: float = Field(default=86_400.0, ge=60)
    check_every_s: float = Field(
        default=86_400.0, ge=60, description="how often the last days' records are checked to be complete"
    )

    close_poll_s: float = Field(default=5.0, gt=0, le=600)
    close_after_s: float = Field(
        default=15.0,
        gt=0,
        description="a call that Asterisk does not know and that was quiet so long is over",
    )
    close_blind_after_s: float = Field(
        default=21_600.0, gt=0, description="the same while nobody can ask Asterisk"
    )

    late_transcripts: bool = Field(
        default=True,
        description="fill gaps of transcripts from recordings while recognisers have nothing to do",
    )
    late_shortest_s: float = Field(default=3.0, ge=0.5, le=600, description="shorter gaps stay as they are")
    late_within_h: float = Field(default=24.0, gt=0, le=720, description="older gaps stay as they are")
    late_tries: int = Field(default=5, ge=1, le=50, description="attempts at one gap")
    late_poll_s: float = Field(default=5.0, gt=0, le=600, description="how often is looked for gaps and room")

    disk_warn_mb: int = Field(default=500, ge=0, description="less free space than this is said aloud")
    recordings_warn_mb: int = Field(
        default=500, ge=0, description="less free space for recordings is said aloud, and is an alert"
    )
    figures_poll_s: float = Field(
        default=1.0, gt=0, le=60, description="how often the figures of changed calls are made anew"
    )
    time_zone: str = Field(
        default="Asia/Shanghai", max_length=64, description="whose days and weeks the reports count in"
    )
    schedules_poll_s: float = Field(
        default=30.0, gt=0, le=3_600, description="how often is looked for reports that are due by e-mail"
    )
    bulk_rows: int = Field(
        default=10_000,
        ge=1,
        le=10_000_000,
        description="the calls of one report beyond so many need a second person",
    )
    earlier_calls: int = Field(default=10, ge=0, le=100, description="how many the pop shows")

    @property
    def sealing_key(self) -> Path:
        """Where the keys stand that seal entries."""
        return self.seal_key_file or seal_keys.beside(self.key_file)
