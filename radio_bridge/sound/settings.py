"""Where the switch brings the sound of conferences."""

from __future__ import annotations

from pydantic import Field

from core.listening import AddressRange
from core.models import Strict


class SoundSettings(Strict):
    """Port 0 takes a free port: the role tells which one it got."""

    host: str = Field(default="127.0.0.1", description="address that the AudioSocket server binds")
    port: int = Field(default=0, ge=0, le=65535)
    public_host: str = Field(default="", description="address that Asterisk reaches; empty: same as `host`")
    switches: tuple[AddressRange, ...] = Field(
        default=(), description="addresses of Asterisk, who alone may come; empty: this machine"
    )
    voice_preroll_s: float = Field(
        default=0.2,
        ge=0,
        le=0.3,
        description="of a telephone that talks by voice, what it said before it was noticed",
    )
    notices: bool = Field(
        default=True, description="radios hear a tone when their talkgroup is patched, and when it ends"
    )
    legs_most: int = Field(default=64, ge=1, le=1000, description="conferences with a radio leg at once")
