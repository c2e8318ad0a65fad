"""Settings of the radio networks: the section `[radio]`."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, Field, model_validator

from radio_bridge.drivers.dmr_homebrew.settings import DmrHomebrewSettings
from radio_bridge.drivers.mumble.settings import MumbleSettings
from radio_bridge.drivers.sip_radio.settings import SipRadioSettings
from radio_bridge.drivers.svxreflector.settings import SvxReflectorSettings
from radio_bridge.drivers.tetra_pei.settings import TetraPeiSettings
from radio_bridge.drivers.trunk_recorder.settings import TrunkRecorderSettings
from radio_bridge.drivers.usrp.settings import UsrpSettings
from radio_bridge.floor.settings import FloorSettings
from radio_bridge.sound.settings import SoundSettings
from radio_bridge.switch.recording.settings import RecordingSettings


class RadioSettings(BaseModel):
    tenant: str = Field(
        default="harbin", pattern=r"^[a-z0-9][a-z0-9-]{0,31}$", description="as for the broker"
    )
    voice_hang_s: float = Field(
        default=0.6,
        ge=0.4,
        le=0.8,
        description="how long a telephone that talks by voice may be silent before it listens again",
    )
    standby: bool = Field(
        default=False, description="wait until no other machine has this role; on both (docs/scale.md)"
    )
    floor: FloorSettings = FloorSettings()
    svxreflector: SvxReflectorSettings = SvxReflectorSettings()
    sound: SoundSettings = SoundSettings()
    recording: RecordingSettings = RecordingSettings()
    dmr_homebrew: DmrHomebrewSettings = DmrHomebrewSettings()
    usrp: UsrpSettings = UsrpSettings()
    mumble: MumbleSettings = MumbleSettings()
    sip_radio: SipRadioSettings = SipRadioSettings()
    tetra_pei: TetraPeiSettings = TetraPeiSettings()
    trunk_recorder: TrunkRecorderSettings = TrunkRecorderSettings()

    @model_validator(mode="after")
    def _apart(self) -> Self:
        """Two networks of one name would answer for each other's units."""
        networks = (
            self.svxreflector,
            self.dmr_homebrew,
            self.usrp,
            self.mumble,
            self.sip_radio,
            self.tetra_pei,
            self.trunk_recorder,
        )
        used = [one.network for one in networks if one.talkgroups]
        doubled = [name for name in used if used.count(name) > 1]
        if doubled:
            raise ValueError(f"two radio networks are called {doubled[0]}")
        return self
