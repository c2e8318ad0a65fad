"""Speech nodes on machines of their own: each joins by starting, and a dead one's calls go to the other."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.peers import audio
from tests.peers.checkout import CHECKOUT
from tests.peers.hosts import Host, Network, lacking
from tests.peers.program import Program
from tests.peers.songhua import to_toml
from tests.real.service import WholeService
from tests.real.tcp_proxy import TcpProxy
from tests.speech.fakes import OBEDIENT
from tests.waiting import wait_for

WHY_NOT = lacking()
pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(400),
    pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "it can be"),
]

PORT = 9093
VOICE = CHECKOUT / "tests" / "audio" / "caller_zh.wav"


class TwoSpeechHosts(WholeService):
    """The centre here, two speech nodes on other machines. The recogniser is a simulated one: it is the way
    that is shown, not the words.
    """

    def __init__(self, folder: Path, *, streams: int = 8) -> None:
        super().__init__(
            folder,
            role="centre",
            needed=("asterisk", "speech", "cdr.import"),
            overrides={"cdr": {"late_poll_s": 1.0, "late_shortest_s": 2.0}},
        )
        self._streams = streams
        self.hosts: dict[str, Host] = {}
        self.nodes: dict[str, Program] = {}

    def bring_speech(self) -> None:
        network = Network()
        self._ends.callback(network.close)
        door = TcpProxy(self.broker.port, host=network.address)
        self._ends.callback(door.close)
        for name in ("speech-a", "speech-b"):
            self.hosts[name] = network.host()
            self.join(name, network.address, door.port)

    def join(self, name: str, broker: str, port: int) -> None:
        """All that a machine needs to take part: where the broker is, and its own address."""
        host, folder = self.hosts[name], self.folder / name
        folder.mkdir()
        config = folder / "songhua.toml"
        config.write_text(to_toml(self._settings_of(name, host, folder, broker, port)), encoding="utf-8")
        config.chmod(0o600)
        argv = [sys.executable, "-m", "gateway.cli", "serve", "--role", "speech", "--config", str(config)]
        self.nodes[name] = host.run(argv, log=folder / "songhua.log", cwd=CHECKOUT)

    def _settings_of(
        self, name: str, host: Host, folder: Path, broker: str, port: int
    ) -> Mapping[str, Mapping[str, Any]]:
        secret = {"user": "speech", "password": self.broker.rendered.passwords["speech"]}
        return {
            "mqtt": {"host": broker, "port": port, "accounts": {"speech": secret}},
            "speech": {
                "node": name,
                "host": host.address,
                "switches": [broker],
                "port": PORT,
                "engine": OBEDIENT,
                "model": str(folder),
                "max_streams": self._streams,
                "spool": str(folder / "spool.sqlite"),
                "announce_every": 1.0,
            },
        }

    def taps_by_host(self) -> dict[str, int]:
        return {name: host.connections(PORT) for name, host in self.hosts.items()}

    def words(self, call: str) -> list[dict[str, Any]]:
        return [one for one in self.transcript(call)["segments"] if one["text"]]


def test_taps_are_spread_and_what_a_dead_machine_heard_goes_on_at_the_other(tmp_path: Path) -> None:
    with TwoSpeechHosts(tmp_path) as city:
        voice = audio.to_ulaw(VOICE, tmp_path / "voice.ulaw")
        citizens = [city.dial(speech=voice), city.dial(speech=voice)]
        calls = [city.talking(citizen) for citizen in citizens]
        wait_for(lambda: sum(city.taps_by_host().values()) == 4, "tap on each leg")
        assert city.taps_by_host() == {"speech-a": 2, "speech-b": 2}
        wait_for(lambda: all(city.words(call) for call in calls), "words of both calls", 40)
        dead = city.words(calls[0])[-1]["node"]
        (other,) = set(city.hosts) - {dead}
        before = len(city.words(calls[0]))
        city.nodes[dead].kill()
        wait_for(lambda: city.taps_by_host()[other] == 4, "taps of the dead machine at the other", 25)
        wait_for(
            lambda: any(one["node"] == other for one in city.words(calls[0])[before:]),
            "next words from the other machine", 40,
        )  # fmt: skip
        gaps = city.transcript(calls[0])["gaps"]
        assert {gap["reason"] for gap in gaps} == {"node_lost"}
        assert all(call["state"] == "talking" for call in city.calls())
        city.hang_up_all(*citizens)
        city.cel_is_complete()

        def fillings() -> list[str | None]:
            return [gap["filling"] for gap in city.record(calls[0])["transcript"]["gaps"]]

        # What nobody said while the taps moved has no sound; what was said is heard afterwards.
        wait_for(lambda: set(fillings()) <= {"filled", "no-sound"}, "gaps that are done with", 200)
        assert "filled" in fillings()
        late = [one for one in city.words(calls[0]) if one["late"]]
        assert late
        assert {one["node"] for one in late} == {other}
