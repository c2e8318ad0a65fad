"""Settings of warnings, section `[warning]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from core.models import StrictSettings
from warning.calling.settings import WarningCallRules
from warning.cap.identifier import IssuerCode
from warning.channels import AT_THE_CENTRE, WarningChannel
from warning.paging.settings import PagingSettings
from warning.sirens.settings import SirenName, SirenPrograms, SirenSettings

SenderName = Annotated[str, Field(pattern=r"^[^\s,<&]{1,200}$")]


class WarningSender(StrictSettings):
    """Who may send warnings here: the `sender` of its CAP messages is the name of the section."""

    certificate_file: Path | None = Field(default=None, description="PEM; signs its messages")
    unsigned: bool = Field(default=False, description="its messages are taken without a signature")
    gb_identifiers: bool = Field(default=True, description="its identifiers follow GB/T 35965")


class WarningSigning(StrictSettings):
    """By what our own messages are signed, both PEM."""

    key_file: Path
    certificate_file: Path


class WarningSettings(StrictSettings):
    sender: SenderName = Field(default="songhua@localhost", description="`sender` of our own messages")
    sender_name: str = Field(default="", max_length=200, description="who warns, in words")
    issuer: IssuerCode = Field(default="23010000000000", description="GB/T 35965: district, sector, unit")
    senders: dict[SenderName, WarningSender] = Field(default_factory=dict)
    signing: WarningSigning | None = None
    drafter_may_release: bool = Field(
        default=False, description="of the two who release an actual warning one may have drafted it"
    )
    ahead_s: float = Field(default=300.0, ge=0, le=3600, description="a message may be so far in the future")
    channels: tuple[WarningChannel, ...] = Field(
        default=AT_THE_CENTRE, min_length=1, description="of a received warning"
    )
    calls: WarningCallRules = WarningCallRules()
    sirens: dict[SirenName, SirenSettings] = Field(default_factory=dict)
    siren_programs: SirenPrograms = SirenPrograms()
    paging: PagingSettings = PagingSettings()
    holds_at_most_h: float = Field(default=168.0, gt=0, le=720, description="no warning runs longer")
