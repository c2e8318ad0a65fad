"""Settings of the copies of signed heads."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class HeadsCopies(BaseModel):
    """Where each signed head goes as it is made. Without any, who has every key can rewrite the ledger."""

    model_config = ConfigDict(extra="forbid")

    files: list[Path] = Field(
        default_factory=list,
        max_length=8,
        description="files that only grow, on another mount (chattr +a, or a share that takes appends only)",
    )
    syslog: str = Field(
        default="",
        max_length=200,
        pattern=r"^(|(udp|tcp)://[^/\s:]+:[0-9]{1,5}|(udp|tcp)://\[[0-9a-fA-F:]+\]:[0-9]{1,5}|unix:///[^\s]+)$",
        description="RFC 5424: udp://HOST:514, tcp://HOST:601 (RFC 6587), or unix:///dev/log",
    )
    timestamps: str = Field(
        default="",
        max_length=400,
        pattern=r"^(|https?://[^\s]+)$",
        description="an RFC 3161 authority: the newest head is timestamped there",
    )
    timestamps_file: Path = Field(
        default=Path("songhua-chain.timestamps"), description="heads with the authority's tokens"
    )
    timestamps_ca: Path | None = Field(
        default=None, description="the authority's root certificate (PEM); audit verify checks tokens by it"
    )
    timestamp_every_s: float = Field(default=300.0, gt=0, le=86_400)
    retry_s: float = Field(
        default=5.0, gt=0, le=3_600, description="after a failure; doubled up to 5 minutes"
    )
    late_s: float = Field(
        default=120.0, gt=0, le=86_400, description="health says so when heads wait for longer"
    )
