"""What each part of the bench stands on: a switch, phones, the centre, a simulated speech node, desks."""

from __future__ import annotations

import json
import resource
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from gateway.asterisk.settings import AsteriskSettings, QueueSettings, Trunk
from tests.bench.companion import Companion
from tests.bench.hotline.sip import Callers, Phones
from tests.bench.hotline.units import Units
from tests.bench.people import person
from tests.mqtt.broker import RenderedBroker
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.audio import to_ulaw
from tests.peers.checkout import CHECKOUT
from tests.peers.songhua import Broker, Person, SonghuaPeer
from tests.peers.tls import private_authority

DESCRIPTORS = 65_536
IMPORT_AT_ONCE = 100
ALL_DAY = {"from_hour": "00:00:00", "to_hour": "00:00:00", "short_s": 3.0}
ZHAO = Person("zhao.lei", "赵磊", ("supervisor",))


@dataclass(frozen=True, slots=True)
class Plan:
    """`calls` at once is what ports and descriptors are made for. With `signed_in` the agents join by their
    desks and dispose of each call after a wrap-up; without, they are in the queue by its configuration. With
    `callbacks` there are citizens behind the trunk who answer, and agents call back whom they are offered.
    `encrypted`: the web speaks TLS. `entry` is the module that serves, with words of its own; `settings` are
    sections of the service's settings.
    """

    calls: int
    agents: int
    desks: int
    taps: int
    signed_in: bool = False
    ring_s: float = 0.2
    wrap_up_s: tuple[float, float] = (0.0, 0.0)
    callbacks: bool = False
    language: str = "zh"
    encrypted: bool = False
    entry: tuple[str, ...] = ("gateway.cli",)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def raise_limits() -> None:
    """Descriptors for this process and what it starts: each call takes a dozen of them in the switch."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Witness(Companion):
    """A companion that says a word when it is ready and tells what it has seen when it is told to end."""

    def __init__(self, module: str, *words: str, first_line: str, log: Path) -> None:
        super().__init__(module, *words, log=log)
        self.write(first_line)
        self.read()

    def end(self) -> dict[str, Any]:
        self.write("")
        found: dict[str, Any] = self.hear()
        return found

    def close(self) -> None:
        """Without a farewell: the broker is to say that a node is gone."""
        self.terminate()
        super().close()


class Stage:
    """Up when made; `stack` takes it down."""

    def __init__(self, folder: Path, plan: Plan, stack: ExitStack) -> None:
        raise_limits()
        self.folder = folder
        self.plan = plan
        self.units: Units | None = None
        self.authority: Path | None = None
        names = [f"agent-{number}" for number in range(1, plan.agents + 1)]
        prompts = short_prompts(folder / "prompts")
        queue = QueueSettings(
            name="hotline", ring_seconds=20, strategy="rrmemory",
            fallback_members=() if plan.signed_in else tuple(names),
        )  # fmt: skip
        settings = private_settings(
            folder / "asterisk", agents=tuple(agent(name) for name in names), queues=(queue,),
            prompts=prompts, rtp_ports=4 * plan.calls + 200,
        )  # fmt: skip
        if plan.callbacks:
            citizens = Phones(folder / "citizens", None, (), ring_s=2.0)
            stack.callback(citizens.close)
            citizens.start()
            settings = _with_citizens(settings, citizens.port)
        self.switch = AsteriskPeer(settings)
        stack.callback(self.switch.close)
        self.switch.start()
        self.phones = Phones(folder / "phones", self.switch, self.switch.settings.agents, ring_s=plan.ring_s)
        stack.callback(self.phones.close)
        self.phones.start()
        self.broker = RenderedBroker(folder / "broker")
        stack.callback(self.broker.close)
        self.broker.start()
        self.service = self._serve(prompts)
        stack.callback(self.service.close)
        self.service.start(role="centre")
        self.service.wait_healthy("asterisk", "cdr.import", "cdr.recordings")
        self.supervisor = self.service.sign_in(ZHAO)
        self.sink = Witness(
            "tests.bench.hotline.sink", str(self.broker.port), "speech", str(plan.taps),
            first_line=self.broker.rendered.passwords["speech"], log=folder / "sink.log",
        )  # fmt: skip
        stack.callback(self.sink.close)
        desks = [person(number).id for number in range(1, plan.desks + 1)]
        everybody = [person(number).id for number in range(1, plan.agents + 1)]
        order = {
            "password": ZHAO.password, "supervisor": ZHAO.id, "desks": desks,
            "agents": everybody if plan.signed_in else [], "wrap_up_s": plan.wrap_up_s,
            "authority": str(self.authority) if self.authority else "",
        }  # fmt: skip
        self.desks = Witness(
            "tests.bench.hotline.desks", self.service.address, first_line=json.dumps(order),
            log=folder / "desks.log",
        )  # fmt: skip
        stack.callback(self.desks.close)
        self.speech = to_ulaw(CHECKOUT / "tests/audio/caller_zh.wav", folder / "speech.alaw", law="a-law")

    def _serve(self, prompts: Path) -> SonghuaPeer:
        web: dict[str, Any] = {}
        if self.plan.encrypted:
            made = private_authority(self.folder / "tls")
            files, self.authority = made.service("web"), made.authority.certificate
            web = {"tls": {"certificate": str(files.certificate), "key": str(files.key)}}
        overrides: dict[str, dict[str, Any]] = {
            "web": web,
            "ivr": {"prompts": str(prompts)},
            # Whoever has no page here has none on purpose.
            "hotline": {
                "max_taps": self.plan.taps,
                "page_lost_pause_s": 0,
                "missed_to_pause": 0,
                **({"callbacks": ALL_DAY} if self.plan.callbacks else {"callbacks": {"enabled": False}}),
            },
        }
        for name, section in self.plan.settings.items():
            overrides[name] = {**overrides.get(name, {}), **section}
        service = SonghuaPeer(
            self.folder / "service",
            asterisk=self.switch,
            broker=Broker(self.broker.port, self.broker.websocket_port, self.broker.rendered.passwords),
            overrides=overrides,
            authority=self.authority,
            entry=self.plan.entry,
        )
        service.prepare([ZHAO])
        people = [person(number) for number in range(1, self.plan.agents + 1)]
        for first in range(0, len(people), IMPORT_AT_ONCE):
            add_people(service, people[first : first + IMPORT_AT_ONCE])
        return service

    def pids(self) -> dict[str, int]:
        """What is up, part by part."""
        return {
            "switch": self.switch.program.pid, "centre": self.service.program.pid, "phones": self.phones.pid,
            "broker": self.broker.program.pid, "speech": self.sink.pid, "desks": self.desks.pid,
        }  # fmt: skip

    def dial(self, callers: Callers) -> None:
        callers.start()
        if self.units is not None:
            self.units.add("callers", callers.program.pid)

    def process(self) -> psutil.Process:
        """The role `centre`, which is the whole service here."""
        top = psutil.Process(self.service.program.pid)
        for one in [top, *top.children(recursive=True)]:
            words = one.cmdline()
            if "--role" in words and one.children() == []:
                return one
        return top

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        file = f"file:{self.service.folder / 'songhua.db'}?mode=ro"
        link = sqlite3.connect(file, uri=True, timeout=20)
        try:
            return link.execute(query).fetchall()
        finally:
            link.close()

    def keep_logs(self, folder: Path) -> None:
        """What a failed run leaves for somebody to read."""
        folder.mkdir(parents=True, exist_ok=True)
        for file in self.folder.rglob("*.log"):
            if file.stat().st_size:
                name = "-".join(file.relative_to(self.folder).parts)
                shutil.copyfile(file, folder / name)


def _with_citizens(settings: AsteriskSettings, port: int) -> AsteriskSettings:
    """The trunk leads out to telephones that answer."""
    trunk = Trunk(
        name="trunk", match=("127.0.0.1",), contact="127.0.0.1", contact_port=port, qualify_seconds=0
    )
    changed = {"trunks": (trunk,), "outbound_trunk": "trunk", "caller_id": "4518000"}
    return type(settings).model_validate({**dict(settings), **changed})


def add_people(service: SonghuaPeer, people: Sequence[Person]) -> None:
    table = service.folder / "people.csv"
    rows = [
        f"{one.id},{one.name},{' '.join(one.roles)},{one.endpoint},{one.language},{one.password}"
        for one in people
    ]
    table.write_text("id,name,roles,endpoint,language,password\n" + "\n".join(rows) + "\n", encoding="utf-8")
    service.run("user", "import", str(table))


def cpu_seconds(process: psutil.Process) -> float:
    times: Mapping[str, float] = process.cpu_times()._asdict()
    return times["user"] + times["system"]
