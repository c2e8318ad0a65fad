"""A city with two switches: north leads, south stands beside it. Each has Asterisk, a `centre`, telephones
and citizens: on this machine, or on machines of their own.

`TwoMachines`: each switch has a machine; PostgreSQL and the broker stand on a third, a streaming standby on a
fourth. They are network namespaces on one bridge. `127.0.0.1` of a machine is its own, so the peers are those
of every other test, started and asked `inside` their machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from cdr.audit import init_keys
from cdr.settings import CdrSettings
from gateway.asterisk.settings import QueueSettings
from tests.mqtt.broker import RenderedBroker
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.baresip import BaresipPhone
from tests.peers.checkout import CHECKOUT
from tests.peers.hosts import Host, Network
from tests.peers.postgres import PostgresPeer, tools
from tests.peers.postgres_standby import PostgresStandby
from tests.peers.prepared import add_people, upgrade
from tests.peers.program import PeerFailed, Program
from tests.peers.sipp import SippCaller
from tests.peers.songhua import Broker, Person, SonghuaPeer, Visitor
from tests.peers.world import PeerWorld
from tests.real.tcp_proxy import TcpProxy
from tests.waiting import wait_for

SUPERVISOR = Person("zhao.lei", "赵磊", ("supervisor", "dispatcher", "acceptor", "admin"))
RTP_PORTS = 80
CONNECTIONS = 100
DESCRIPTORS = 4096
TIMES = {"close_after_s": 3.0, "close_poll_s": 0.5, "recording_poll_s": 0.5}
NORTH, SOUTH = "north", "south"


def people_of(name: str) -> list[Person]:
    """The first has a telephone that always answers; the second signs in."""
    phones = (f"{name}-1", f"{name}-2")
    return [Person(f"user.{one}", one, ("agent",), endpoint=one) for one in phones]


EVERYBODY = [(one.user, one.password) for one in (SUPERVISOR, *people_of(NORTH), *people_of(SOUTH))]


def beside(name: str, other: str) -> dict[str, Any]:
    """Section `[switch]` of the switch of this name."""
    return {"beside": [other], "leads": name == NORTH, "speech_nodes": [f"speech-{name}"]}


class Machine(Protocol):
    def inside(self) -> AbstractContextManager[None]: ...


class ThisMachine:
    def inside(self) -> AbstractContextManager[None]:
        return nullcontext()


class Site:
    """One switch and its centre."""

    def __init__(
        self,
        name: str,
        folder: Path,
        machine: Machine,
        settings: Mapping[str, Any],
        *,
        url: str,
        broker: Broker,
        descriptors: int | None = None,
    ) -> None:
        self.name = name
        self.inside = machine.inside
        self.folder = folder
        prompts = short_prompts(folder / "prompts")
        agents = [one.endpoint or "" for one in people_of(name)]
        queue = QueueSettings(name="hotline", ring_seconds=15, fallback_members=(agents[0],))
        self.switch = AsteriskPeer(
            private_settings(
                folder / "asterisk",
                agents=tuple(agent(one) for one in agents),
                queues=(queue,),
                prompts=prompts,
                rtp_ports=RTP_PORTS,
                system_name=name,
            )
        )
        self.service = SonghuaPeer(
            folder / "service",
            asterisk=self.switch,
            broker=broker,
            database=url,
            overrides={"ivr": {"prompts": str(prompts), "uploads": str(folder / "ivr")}, **settings},
            descriptors=descriptors,
        )
        phone = self.switch.settings.agents[0]
        self.phone = BaresipPhone(
            folder / phone.name,
            name=phone.name,
            secret=phone.secret.get_secret_value(),
            switch_port=self.switch.ports.sip,
            speech=audio.tone(folder / "agent.wav", 700, 300),
            answer="auto",
        )
        self._speech = audio.to_ulaw(audio.tone(folder / "c.wav", 1000, 5), folder / "c.ulaw")
        self._citizens: list[SippCaller] = []
        self._numbers: list[str] = []
        self.supervisor: Visitor

    def start(self) -> None:
        with self.inside():
            self.switch.start()
            self.phone.start()
            self.service.start(role="centre")
            self.service.wait_healthy("asterisk", "hotline", "storage", "mqtt")
            self.supervisor = self.service.sign_in(SUPERVISOR)

    def close(self) -> None:
        with self.inside():
            for citizen in self._citizens:
                citizen.close()
            self.phone.close()
            self.service.close()
            self.switch.close()

    def get(self, path: str) -> Any:
        with self.inside():
            return self.supervisor.get(path)

    def part(self, name: str) -> str:
        with self.inside():
            parts = self.service.health()["parts"]
        return next((str(one["state"]) for one in parts if one["part"] == name), "missing")

    def start_centre(self) -> None:
        """Start the centre again after it was killed."""
        with self.inside():
            self.service.start(role="centre")
            self.service.wait_healthy("asterisk", "hotline", "storage", "mqtt")
            self.supervisor = self.service.sign_in(SUPERVISOR)

    def dial(self) -> SippCaller:
        number = f"1390451{1 if self.name == NORTH else 2}{len(self._citizens):03d}"
        self._numbers.append(number)
        with self.inside():
            citizen = SippCaller(
                self.folder / f"citizen-{len(self._citizens)}",
                switch_port=self.switch.ports.sip,
                caller=number,
                speech=self._speech,
                seconds=120,
            )
            citizen.dial()
        self._citizens.append(citizen)
        return citizen

    def number_of(self, citizen: SippCaller) -> str:
        return self._numbers[self._citizens.index(citizen)]

    def legs_in_talk(self) -> int:
        """Telephones that a bridge of the switch connects with each other, by the switch's own word."""
        rows = [line.split("!") for line in self.switch.rx("core show channels concise").splitlines()]
        joined = [row[-2] for row in rows if len(row) > 10 and row[0].startswith("PJSIP/") and row[-2]]
        return sum(joined.count(bridge) > 1 for bridge in joined)

    def citizens_up(self) -> int:
        """Citizens whose call the switch has answered."""
        rows = [line.split("!") for line in self.switch.rx("core show channels concise").splitlines()]
        return sum(row[0].startswith("PJSIP/trunk") and row[4] == "Up" for row in rows if len(row) > 10)

    def talks(self) -> None:
        wait_for(lambda: self.legs_in_talk() == 2, f"a talk at {self.name}", 40)

    def hang_up(self, citizen: SippCaller) -> None:
        with self.inside():
            citizen.hang_up()
            self.switch.wait_idle(20)

    def cel_lines(self) -> int:
        """Lines of calls, and none of taps, that Asterisk has written."""
        lines = self.switch.cel.read_text(errors="replace").splitlines()
        rows = [one.strip('"').split('","') for one in lines]
        return sum(len(row) > 10 and not row[6].startswith("AudioSocket/") for row in rows)


class TwoSwitches(PeerWorld):
    """Two switches whose centres share one ledger."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.sites: dict[str, Site] = {}

    @property
    def north(self) -> Site:
        return self.sites[NORTH]

    @property
    def south(self) -> Site:
        return self.sites[SOUTH]

    @abstractmethod
    def ask(self, statement: str) -> list[list[str]]:
        """Rows of the database."""

    @cached_property
    def ledger(self) -> dict[str, Any]:
        """Section `[cdr]` of both, whose keys are made with it."""
        seal = self.folder / "keys" / "ledger.key.seal"
        init_keys(CdrSettings(key_file=seal.with_suffix("")))
        return {"key_file": str(seal.with_suffix("")), "seal_key_file": str(seal), **TIMES}

    # --- what is true -----------------------------------------------------------------------------------

    def ended_calls(self) -> dict[str, int]:
        """Calls of the ledger that are over, by their switch."""
        rows = self.ask(
            "SELECT system_name, count(*) FROM cdr_calls WHERE ended_at IS NOT NULL AND merged_into IS NULL "
            "GROUP BY 1"
        )
        return {name: int(count) for name, count in rows}

    def calls_are(self, north: int, south: int, *, within: float = 60) -> None:
        """Wait until the ledger has so many calls that are over, and every line of both switches once."""
        wanted = {NORTH: north, SOUTH: south}
        try:
            wait_for(
                lambda: self.ended_calls() == wanted and self._lines_are_whole(), "all in the ledger", within
            )
        except PeerFailed as late:
            raise AssertionError(f"{self.ended_calls()}, wanted {wanted}; lines {self._lines()}") from late

    def _lines_are_whole(self) -> bool:
        return all(read == written for read, written in self._lines().values())

    def _lines(self) -> dict[str, tuple[int, int]]:
        rows = self.ask("SELECT system_name, count(*) FROM cdr_cel_rows GROUP BY 1")
        read = {name: int(count) for name, count in rows}
        return {name: (read.get(name, 0), site.cel_lines()) for name, site in self.sites.items()}

    def handled(self) -> bool:
        """Whether every event was handed to the rooms of the centre that wrote it."""
        waiting = self.ask(
            "SELECT origin FROM outbox WHERE destination = 'bus' AND done_at IS NULL "
            "AND origin LIKE 'centre%'"
        )
        return not waiting

    def heard_on_boards(self) -> dict[str, bool]:
        """Of each switch: whether its board hears the other."""
        return {name: self.heard_on_boards_of(site) for name, site in self.sites.items()}

    @staticmethod
    def heard_on_boards_of(site: Site) -> bool:
        return all(one["heard"] for one in site.get("/api/board")["others"])

    def ledger_is_proved(self) -> dict[str, Any]:
        """What `songhua audit verify` says of the chain that both centres wrote."""
        found: dict[str, Any] = json.loads(self.north.service.run("audit", "verify", "--json"))
        return found


class TwoMachines(TwoSwitches):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.hosts: dict[str, Host] = {}
        self.database: PostgresPeer
        self.standby: PostgresStandby
        self.promoted = False

    def start(self) -> None:
        network = Network()
        self._ends.callback(network.close)
        self.database = PostgresPeer(connections=CONNECTIONS, network=network.range, address=network.address)
        self._ends.callback(self.database.close)
        self.database.start()
        mosquitto = RenderedBroker(self.folder / "broker")
        self._ends.callback(mosquitto.close)
        mosquitto.start()
        door = TcpProxy(mosquitto.port, host=network.address)
        self._ends.callback(door.close)
        broker = Broker(door.port, mosquitto.websocket_port, mosquitto.rendered.passwords)
        upgrade(self.database.url)
        add_people(self.database.url, EVERYBODY)
        self.hosts = {name: network.host() for name in (NORTH, SOUTH, "standby")}
        self.standby = PostgresStandby(self.database, self.hosts["standby"])
        self._ends.callback(self.standby.close)
        self.standby.start()
        for name, other in ((NORTH, SOUTH), (SOUTH, NORTH)):
            settings = {
                "mqtt": {"host": network.address},
                "switch": beside(name, other),
                "cdr": self.ledger,
            }
            # The limit is also what keeps it from being forked by a process outside of its machine.
            self.sites[name] = Site(
                name, self.folder / name, self.hosts[name], settings, url=self._url(), broker=broker,
                descriptors=DESCRIPTORS,
            )  # fmt: skip
            self._ends.callback(self.sites[name].close)
            self.sites[name].start()

    def _url(self) -> str:
        """Both databases: whichever is the primary is used."""
        nodes = "&".join(f"host={one.address}:{one.port}" for one in (self.database, self.standby))
        return (
            f"postgresql+asyncpg://postgres:{self.database.password}@/postgres"
            f"?{nodes}&target_session_attrs=primary"
        )

    def ask(self, statement: str) -> list[list[str]]:
        """Rows of the primary."""
        said = self.standby.psql(statement) if self.promoted else self.database.psql(statement)
        return [line.split("|") for line in said.splitlines()]

    def promote(self) -> None:
        """The first database is gone for good, and the standby takes its place."""
        self.database.kill()
        self.standby.promote()
        self.promoted = True


class OneMachine(TwoSwitches):
    """Both on this machine, on ports of their own. `url` is of an empty database."""

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder)
        self._url = url

    def start(self) -> None:
        mosquitto = RenderedBroker(self.folder / "broker")
        self._ends.callback(mosquitto.close)
        mosquitto.start()
        broker = Broker(mosquitto.port, mosquitto.websocket_port, mosquitto.rendered.passwords)
        upgrade(self._url)
        add_people(self._url, EVERYBODY)
        for name, other in ((NORTH, SOUTH), (SOUTH, NORTH)):
            settings = {"switch": beside(name, other), "cdr": self.ledger}
            self.sites[name] = Site(
                name, self.folder / name, ThisMachine(), settings, url=self._url, broker=broker
            )
            self._ends.callback(self.sites[name].close)
            self.sites[name].start()

    def ask(self, statement: str) -> list[list[str]]:
        url = self._url.replace("+asyncpg", "")
        argv: list[str | Path] = [tools() / "psql", "--dbname", url, "-At", "-c", statement]
        said = subprocess.run(argv, stdout=subprocess.PIPE, check=True, text=True, timeout=30).stdout
        return [line.split("|") for line in said.splitlines()]

    def another_that_leads(self) -> Program:
        """A third centre, of another switch, that is told to lead as well."""
        switch = AsteriskPeer(private_settings(self.folder / "west" / "asterisk", system_name="west"))
        third = SonghuaPeer(
            self.folder / "west",
            asterisk=switch,
            broker=None,
            database=self._url,
            overrides={"switch": beside(NORTH, SOUTH), "cdr": self.ledger},
        )
        argv: list[str | Path] = [sys.executable, "-m", "gateway.cli", "serve", "--role", "centre"]
        argv += ["--config", third.config]
        program = Program(argv, log=third.folder / "songhua.log", cwd=CHECKOUT)
        self._ends.callback(program.stop)
        return program
