"""The settings of the speech room."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from core.listening import AddressRange
from core.models import Strict
from speech.events import UTTERANCE_MOST_S
from speech.models.folder import located


class SpeechSettings(Strict):
    """Times are seconds. Port 0 takes a free port; the node announces which one it got."""

    node: str = Field(default="speech-1", pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="unique among nodes")
    host: str = Field(default="127.0.0.1", description="address that the AudioSocket server binds")
    port: int = Field(default=0, ge=0, le=65535)
    public_host: str = Field(default="", description="address that Asterisk reaches; empty: same as `host`")
    switches: tuple[AddressRange, ...] = Field(
        default=(), description="addresses of Asterisk, who alone may come; empty: this machine"
    )
    engine: str = Field(default="whisper", description="an installed engine: vosk, whisper, or a plug-in")
    model: Path = Field(
        default=Path(".songhua/models/whisper-base"),
        description="folder of the model, or the name of one in `models`",
    )
    model_sha256: str = Field(
        default="",
        pattern=r"^([0-9a-f]{64})?$",
        description="of the model's folder: another model is not loaded; empty: not compared",
    )
    models: Path = Field(
        default=Path(".songhua/models"), description="where songhua speech models add keeps them"
    )
    languages: list[str] = Field(default=["zh", "en"], min_length=1)
    workers: int = Field(default=1, ge=1, le=64, description="recogniser processes")
    threads_per_worker: int = Field(default=1, ge=1, le=64)
    beam: int = Field(default=5, ge=1, le=10, description="search width of whisper")
    partials: bool = Field(default=True, description="show text while somebody still speaks")
    max_streams: int = Field(default=8, ge=1, le=1000, description="legs transcribed at once; more are shed")
    max_connections: int = Field(default=64, ge=1, le=10_000, description="open AudioSocket connections")
    max_unannounced: int = Field(
        default=64, ge=1, le=1000, description="connections that nobody has announced yet: no place is theirs"
    )
    backlog: int = Field(default=16, ge=1, le=1000, description="utterances that may wait for a worker")
    hello_within: float = Field(default=2.0, gt=0, description="the UUID must come within this time")
    idle_for: float = Field(default=900.0, gt=0, description="a tap that sends nothing for so long is closed")
    unknown_for: float = Field(
        default=5.0, gt=0, description="audio of a tap not yet announced is kept so long"
    )
    stuck_after: float = Field(default=30.0, gt=0, description="a worker silent for so long is killed")
    start_within: float = Field(default=60.0, gt=0, description="a worker must be ready within this time")
    utterance_max: float = Field(default=15.0, ge=2, le=UTTERANCE_MOST_S, description="longer speech is cut")
    announce_every: float = Field(default=5.0, gt=0)
    spool: Path = Field(default=Path(".songhua/speech-spool.sqlite"), description="finals not yet delivered")
    spool_max: int = Field(default=50_000, ge=10, description="when full, the oldest are dropped and counted")

    @property
    def model_folder(self) -> Path:
        """Where the engine's model lies."""
        return located(self.model, self.models)
