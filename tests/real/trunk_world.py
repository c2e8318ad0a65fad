"""A switch between two carriers and its agents' phones, without a gateway: what the dialplan does alone."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from gateway.asterisk.settings import AgentPhone, AsteriskSettings, OutgoingLimits, OutgoingRules, Trunk
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, alarm_prompts, private_settings, short_prompts
from tests.peers.audio import Samples
from tests.peers.carrier import SippCarrier
from tests.peers.dialler import SippDialler
from tests.peers.sipp import SippCaller
from tests.peers.world import PeerWorld
from tests.waiting import wait_for

FIRST_NUMBER, SECOND_NUMBER = "045112345", "045112346"
CARRIER_TONE, CITIZEN_TONE = 620.0, 1000.0
MOBILE = "13904510001"
RTP_PORTS = 200
BOTH = 2

_Peer = TypeVar("_Peer", SippCarrier, SippCaller, SippDialler)


def trunk(name: str, carrier: SippCarrier, **more: Any) -> Trunk:
    """A trunk to a carrier on this machine; only one of them can be known by the machine's address."""
    known = (
        {"match": ("127.0.0.1",)} if name == "first" else {"username": name, "secret": "secret-of-carrier"}
    )
    given: dict[str, Any] = {"contact": "127.0.0.1", "contact_port": carrier.port, "qualify_seconds": 1}
    return Trunk.model_validate({"name": name, **known, **given, **more})


class TrunkWorld(PeerWorld):
    """`first` is the carrier that is tried first, `second` the other. No gateway runs: nobody could help."""

    def __init__(
        self,
        folder: Path,
        *,
        agents: tuple[AgentPhone, ...] = (),
        limits: OutgoingLimits | None = None,
        first: Mapping[str, Any] | None = None,
        second: Mapping[str, Any] | None = None,
        carriers: Mapping[str, Any] | None = None,
        qualified: bool = True,
        **settings: Any,
    ) -> None:
        self.folder = folder
        super().__init__()
        self.speech = {
            law: audio.to_ulaw(audio.tone(folder / f"{law}.wav", CITIZEN_TONE, 5), folder / law, law=law)
            for law in ("u-law", "a-law")
        }
        voice = audio.to_ulaw(audio.tone(folder / "carrier.wav", CARRIER_TONE, 5), folder / "al", law="a-law")
        given = {"speech": voice, **(carriers or {})}
        self.first = self._closing(SippCarrier(folder / "first", **given))
        self.second = self._closing(SippCarrier(folder / "second", **given))
        base = private_settings(
            folder / "switch",
            agents=agents or (agent("agent-1"),),
            prompts=alarm_prompts(short_prompts(folder / "prompts")),
            rtp_ports=RTP_PORTS,
        )
        self.settings = AsteriskSettings.model_validate(
            base.model_dump()
            | {
                "trunks": (
                    trunk(
                        "first", self.first, **{"caller_ids": (FIRST_NUMBER, SECOND_NUMBER), **(first or {})}
                    ),
                    trunk("second", self.second, **(second or {})),
                ),
                "outside": OutgoingRules(
                    area_code="0451",
                    trunks=("first", "second"),
                    caller_ids=(FIRST_NUMBER, SECOND_NUMBER),
                    limits=limits or OutgoingLimits(),
                ),
            }
            | settings
        )
        self.switch = AsteriskPeer(self.settings)
        self._ends.callback(self.switch.close)
        self._people = 0
        self._qualified = qualified

    def start(self) -> None:
        self.first.start()
        self.second.start()
        self.switch.start()
        if self._qualified:
            wait_for(
                lambda: self.switch.rx("pjsip show contacts").count(" Avail ") == BOTH, "both trunks", 20
            )

    def up(self, name: str) -> bool:
        """What the dialplan goes by."""
        return "PJSIP/" in self.switch.rx(f"dialplan eval function PJSIP_DIAL_CONTACTS({name})")

    def phone(self, name: str = "agent-1") -> SippDialler:
        """An agent's telephone that dials by itself."""
        self._people += 1
        phone = next(one for one in self.settings.agents if one.name == name)
        folder = self.folder / f"{name}-{self._people}"
        return self._closing(SippDialler(folder, phone=phone, switch_port=self.switch.ports.sip))

    def citizen(self, **more: Any) -> SippCaller:
        """Calls in on the first trunk, whose address is this machine's."""
        self._people += 1
        folder = self.folder / f"citizen-{self._people}"
        return self._closing(SippCaller(folder, switch_port=self.switch.ports.sip, **more))

    def channels(self, prefix: str) -> list[str]:
        """Names of open channels that begin so."""
        rows = self.switch.rx("core show channels concise").splitlines()
        return [name for row in rows if (name := row.split("!")[0]).startswith(prefix)]

    def events(self, kind: str) -> list[str]:
        """`extra` of the user's events of one kind in the ledger's source."""
        with self.switch.cel.open(newline="") as file:
            return [row[-1] for row in csv.reader(file) if row and row[0] == kind]

    def last_recording(self, direction: str) -> Samples:
        """Of the channel that was recorded last: `in` is what it said, `out` what it heard."""
        files = sorted(
            self.switch.recordings.rglob(f"*-{direction}.alaw"), key=lambda file: file.stat().st_mtime_ns
        )
        return audio.read_alaw(files[-1])

    def _closing(self, peer: _Peer) -> _Peer:
        self._ends.callback(peer.close)
        return peer
