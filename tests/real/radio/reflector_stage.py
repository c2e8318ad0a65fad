"""A second talkgroup, which is on a real reflector with a radio."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.peers.audio import tone_seconds
from tests.peers.svxlink import SvxLinkPeer
from tests.peers.svxreflector import SvxReflectorPeer
from tests.real.radio.stage import CREW, OTHER, WANG, TalkgroupStage
from tests.waiting import until

TG: Final = 4011
RADIO_GROUP, US, RADIO = f"svx:{TG}", "SONGHUA-1", "CREW-A"


class ReflectorStage(TalkgroupStage):
    def __init__(self, folder: Path, *, voice: bool, rules: Mapping[str, float] | None = None) -> None:
        self.reflector = SvxReflectorPeer(folder / "reflector", callsigns=[US, RADIO])
        self.radio_set = SvxLinkPeer(
            folder / "radio-set",
            callsign=RADIO,
            password=self.reflector.password,
            reflector_port=self.reflector.port,
            tg=TG,
        )
        talkgroup = {"tg": TG, "callsign": US, "password": self.reflector.password}
        network = {"svxreflector": {"port": self.reflector.port, "talkgroups": [talkgroup]}}
        super().__init__(folder, networks=network, voice=voice, rules=rules)

    def start(self, *, radio: bool = True) -> None:
        self.reflector.start()
        self.radio_set.start()
        super().start(radio=radio)
        self.make_group(self.visitor(WANG), RADIO_GROUP, (CREW, OTHER), name=("无线网 4011", "Radio 4011"))

    def close(self) -> None:
        super().close()
        self.radio_set.close()
        self.reflector.close()

    async def mend(self) -> None:
        if not self.reflector.program.running:
            await asyncio.to_thread(self.reflector.start)
        await super().mend()

    def keyed(self) -> bool:
        """Whether the reflector says that we talk."""
        return bool(self.reflector.nodes().get(US, {}).get("isTalker", False))

    async def until_transmitted(self, seconds: float, hz: float) -> None:
        """Wait until the radio's transmitter has sent this tone for so many seconds from now on."""
        self.radio_set.listen_anew()
        await until(
            lambda: tone_seconds(self.radio_set.transmitted(), hz, share=0.1) >= seconds,
            f"{seconds} s of {hz} Hz at the radio",
            30,
        )

    async def transmitted(self, seconds: float, hz: float) -> float:
        """For how long the radio's transmitter sends this tone, of these seconds from now on."""
        self.radio_set.listen_anew()
        await asyncio.sleep(seconds)
        return tone_seconds(self.radio_set.transmitted(), hz, share=0.1)
