"""The switch, the service and hostile parties: batches of fuzzed calls, and what must be true during and
after each: hotline and switch say the same, nobody's call has ended, nothing of a payload became an event.
"""

from __future__ import annotations

import random
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.ids import leg_id
from tests.mqtt.broker import RenderedBroker
from tests.peers.ami_listener import AmiListener
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.hostile_sip import forged
from tests.peers.program import PeerFailed
from tests.peers.sip_fields import ANSWERS, INSIDE, Put, invite_fields
from tests.peers.sip_fuzz import FuzzedCaller, FuzzedPhone, pump_until
from tests.peers.sip_payloads import FORGED, MARK, Payloads
from tests.peers.songhua import Broker, Person, SonghuaPeer, Visitor
from tests.peers.world import PeerWorld
from tests.waiting import wait_for

SUPERVISOR = Person("zhao.lei", "赵磊", ("supervisor", "dispatcher", "acceptor", "admin"))
STATES = {"Up": "up", "Ringing": "ringing"}
RTP_PORTS = 400
FINAL_S = 0.6
"""Who is answered at all is answered within this; most malformed requests are answered by silence."""
RIGHT_WITHIN_S = 10.0
PARTS = ("asterisk", "ivr", "storage")


@dataclass(slots=True)
class Told:
    """What was seen of all calls so far."""

    calls: int = 0
    up: int = 0
    inside: int = 0
    answered: int = 0
    compared: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)


class FuzzWorld(PeerWorld):
    """Two citizens wait in the queue all the time: nothing that others write may end their calls."""

    def __init__(self, folder: Path, *, seed: int) -> None:
        super().__init__()
        self.folder = folder
        self.seed = seed
        prompts = short_prompts(folder / "prompts")
        agents = (agent("agent-1"), agent("agent-3"))
        self.switch = AsteriskPeer(
            private_settings(folder / "asterisk", agents=agents, prompts=prompts, rtp_ports=RTP_PORTS)
        )
        self.broker = RenderedBroker(folder / "broker")
        self.told = Told()
        self._prompts = prompts
        self._dice = random.Random(seed)
        self._payloads = Payloads(seed)
        self._read = 0
        self._redirects = False
        """In this batch the hostile telephone answers with 30x."""
        self._unproved = 0.0
        self.service: SonghuaPeer
        self.supervisor: Visitor
        self.listener: AmiListener
        self.phone: FuzzedPhone
        self.witnesses: list[FuzzedCaller] = []

    def start(self) -> None:
        self._ends.callback(self.switch.close)
        self.switch.start()
        self._ends.callback(self.broker.close)
        self.broker.start()
        self.service = SonghuaPeer(
            self.folder / "service",
            asterisk=self.switch,
            broker=Broker(self.broker.port, self.broker.websocket_port, self.broker.rendered.passwords),
            overrides={"ivr": {"prompts": str(self._prompts)}},
        )
        self._ends.callback(self.service.close)
        self.service.prepare([SUPERVISOR, Person("user.1", "agent-1", ("agent",), endpoint="agent-1")])
        self.service.start(role="centre")
        self.service.wait_healthy(*PARTS)
        self.supervisor = self.service.sign_in(SUPERVISOR)
        self.listener = self._ends.enter_context(AmiListener(self.switch))
        self.phone = FuzzedPhone(self.switch.ports.sip, self._account(1))
        self._ends.callback(self.phone.close)
        self.phone.register()
        for _ in range(2):
            caller = self._caller(None)
            caller.dial(lambda request, _: request, b"")
            self.witnesses.append(caller)
        pump_until(self.witnesses, lambda: all(one.up for one in self.witnesses), 10)
        self._compare([])
        # FullyBooted at the log-in bears no seal.
        self._unproved = wait_for(lambda: self._messages("unproved"), "the counters' first words")

    # --- one batch ------------------------------------------------------------------------------

    def batch(self, calls: int) -> None:
        """So many calls at once, each with a payload in one field; those that stand get one more inside."""
        self._redirects = self.told.compared % 10 == 1
        trunk, phones, answers = calls * 6 // 10, calls * 3 // 10, 1
        begun = [self._dial(None) for _ in range(trunk)]
        begun += [self._dial(self._account(0)) for _ in range(phones)]
        # One call at a time rings the hostile telephone: its answer is the payload.
        begun += [self._dial_phone() for _ in range(max(answers, calls - trunk - phones))]
        self._pump(begun, lambda: all(one.status for one in begun), FINAL_S)
        self.told.calls += len(begun)
        self.told.statuses.update(one.status for one in begun)
        standing = self._compare(begun)
        self.told.up += len(standing)
        told = [(one, self._ask_inside(one)) for one in standing]
        self._pump(begun, lambda: False, 0.15)
        self._compare(begun)
        ended = [what for one, (what, ends) in told if one.over and not ends]
        assert not ended, f"calls were ended by {ended}, seed {self.seed}"
        for one in begun:
            one.hang_up()
        self._pump(begun, lambda: self._channels_left() == len(self.witnesses), 10)
        for one in begun:
            one.close()
        self._compare([])
        self._look()

    def _dial(self, account: tuple[str, str] | None) -> FuzzedCaller:
        caller = self._caller(account)
        put = self._choice(invite_fields(account=account is not None))
        caller.dial(put, self._payloads.one(), called=b"queue-hotline" if account else b"12345")
        return caller

    def _dial_phone(self) -> FuzzedCaller:
        answers = {name: one for name, one in ANSWERS.items() if one[0].startswith(b"30") is self._redirects}
        name, (status, put) = self._dice.choice(list(answers.items()))
        self.told.fields[f"answer: {name}"] += 1
        self.phone.answer = (status, put, self._payloads.one())
        rung = self.phone.rung
        caller = self._caller(self._account(0))
        caller.dial(lambda request, _: request, b"", called=b"agent-3")
        self._pump([caller], lambda: self.phone.rung > rung, 2)
        self.told.answered += 1
        return caller

    def _ask_inside(self, caller: FuzzedCaller) -> tuple[str, bool]:
        name, within = self._dice.choice(list(INSIDE.items()))
        self.told.fields[f"inside: {name}"] += 1
        self.told.inside += 1
        caller.ask(within, self._payloads.one())
        return name, within.ends

    def _choice(self, fields: Mapping[str, Put]) -> Put:
        name, put = self._dice.choice(list(fields.items()))
        self.told.fields[name] += 1
        return put

    def _caller(self, account: tuple[str, str] | None) -> FuzzedCaller:
        return FuzzedCaller(self.switch.ports.sip, account)

    def _account(self, number: int) -> tuple[str, str]:
        phone = self.switch.settings.agents[number]
        return phone.name, phone.secret.get_secret_value()

    def _pump(self, callers: list[FuzzedCaller], done: Callable[[], bool], within: float) -> bool:
        return pump_until([*callers, *self.witnesses, self.phone], done, within)

    # --- what must be true ----------------------------------------------------------------------

    def _compare(self, begun: list[FuzzedCaller]) -> list[FuzzedCaller]:
        """Wait until hotline and switch say the same; the calls that stand."""
        seen: tuple[dict[str, str], dict[str, str]] = ({}, {})

        def same() -> bool:
            nonlocal seen
            try:
                seen = (self.shown(), self.channels())
            except (OSError, PeerFailed):
                return False
            return seen[0] == seen[1]

        if not self._pump(begun, same, RIGHT_WITHIN_S):
            raise AssertionError(f"the hotline shows {seen[0]}, the switch has {seen[1]}, seed {self.seed}")
        self.told.compared += 1
        assert [one.over for one in self.witnesses] == [False, False], f"a citizen was cut, seed {self.seed}"
        return [one for one in begun if one.up]

    def channels(self) -> dict[str, str]:
        """The switch's own word: state by the leg's id."""
        rows = [line.split("!") for line in self.switch.rx("core show channels concise").splitlines()]
        return {
            str(leg_id("songhua", row[-1])): STATES.get(row[4], "dialling") for row in rows if len(row) > 10
        }

    def shown(self) -> dict[str, str]:
        """The hotline's word about the same."""
        calls = self.supervisor.get("/api/calls")["calls"]
        return {leg["leg_id"]: leg["state"] for call in calls for leg in call["legs"]}

    def _channels_left(self) -> int:
        return self.switch.channels()

    def _look(self) -> None:
        """Nothing of a payload began a line of an event, and nothing is an emergency."""
        text = self.listener.text[self._read :]
        self._read += len(text)
        # Asterisk tells of a 302 as it came, and follows it nowhere: there the reader alone holds.
        found = [] if self._redirects else forged(text, FORGED)
        assert not found, f"{found[:3]} after {self.told.calls} calls, seed {self.seed}"
        assert self.supervisor.get("/api/emergencies")["emergencies"] == []
        assert self.switch.program.running

    def verdict(self) -> dict[str, Any]:
        """At the end: the ledger, the disk, the counters of refused events."""
        # By line feeds alone, as the ledger reads it: a name may hold U+2028.
        lines = self.switch.cel.read_bytes().split(b"\n")
        broken = [line for line in lines if line and not line.startswith(b'"')]
        assert not broken, f"{broken[:3]}, seed {self.seed}"
        marks = [*Path("/tmp").glob(f"*{MARK.decode()}*"), *self.folder.rglob(f"*{MARK.decode()}*")]
        assert not marks, f"{marks}, seed {self.seed}"
        assert self.switch.rx("core show uptime")
        time.sleep(2.5)  # counters are told with each heartbeat
        counts = {kind: self._messages(kind) for kind in ("event", "unproved", "malformed", "resynchronised")}
        # What 302s made of events is refused and counted; without the seal it would have been taken.
        assert counts["unproved"] >= self._unproved, counts
        return {
            "seed": self.seed, "calls": self.told.calls, "stood": self.told.up, "inside": self.told.inside,
            "answers": self.told.answered, "compared": self.told.compared, "fields": len(self.told.fields),
            "statuses": dict(self.told.statuses.most_common()), "messages": counts,
        }  # fmt: skip

    def _messages(self, kind: str) -> float:
        with_labels = f'songhua_ami_messages_total{{kind="{kind}"}}'
        with urllib.request.urlopen(f"{self.service.address}/metrics", timeout=20) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(with_labels))
