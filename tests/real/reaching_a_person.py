"""The caller reaches a person: calls into a switch whose gateway fails at a set moment, and what was heard.

Whoever holds a gateway to this rule plays `Case`s with `played` and checks each `Outcome` with
`check_reached_a_person`, or `check_left_alone` where nothing was wrong enough to leave the dialogue.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import pytest

from gateway.asterisk.settings import QueueSettings
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.baresip import BaresipPhone
from tests.peers.program import PeerFailed
from tests.peers.sipp import SippCaller
from tests.peers.world import PeerWorld
from tests.real.dialogues import Transport, with_dialogue
from tests.real.gateway_under_test import GatewayUnderTest, SimulatedProcess
from tests.waiting import wait_for

CITIZEN = 1000.0
AGENT = 700.0
PROMPT = 440.0
PROMPT_SECONDS = 2.0
RTP_PORTS = 30
LONGEST_SILENCE = 5.0
TALK_S = 3.0
"""For so long caller and agent talk after the fault before the caller hangs up."""
HEARD_S = 2.0
"""So much of it must be heard at either end."""
VOICE_S = 90.0

Fault = Callable[[GatewayUnderTest], None]
Sends = Literal["speech", "no RTP"]


def nothing(_: GatewayUnderTest) -> None:
    """No fault beyond the way in which the gateway was started."""


def kill(gateway: GatewayUnderTest) -> None:
    gateway.kill()


def freeze(gateway: GatewayUnderTest) -> None:
    gateway.freeze()


@dataclass(frozen=True, slots=True)
class Case:
    """One failure: how the gateway starts, when and how it breaks, and who is on the line.

    `at` is the dialogue's step (`None`: before the call), `lead` the seconds between that and the fault (or
    between the fault and the call). There is one call for each of `callers`, all at once. `seconds` is how
    long a caller stays who is not helped.
    """

    name: str
    fault: Fault
    at: str | None
    start: str = "well"
    delay: float = 0.0
    lead: float = 0.2
    seconds: float = 45.0
    callers: tuple[Sends, ...] = ("speech",)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one call. Seconds; `silence` is the longest stretch in which the caller heard nothing.

    `agent_heard_caller` is only told of a caller who speaks.
    """

    silence: float
    caller_heard_agent: float
    agent_heard_caller: float | None
    agent_answered: bool
    dialogue_finished: bool
    sipp_status: int
    story: str


Outcomes = dict[str, Future[dict[Sends, Outcome]]]
Opening = Callable[[Case, AsteriskPeer, Path], GatewayUnderTest]


def check_reached_a_person(outcome: Outcome) -> None:
    _check_talk(outcome)
    assert outcome.agent_answered, outcome.story
    assert outcome.sipp_status == 0, outcome.story
    assert not outcome.dialogue_finished, "the fault came too late to test anything"


def check_left_alone(outcome: Outcome) -> None:
    """The dialogue came to its end, and then there was a person."""
    _check_talk(outcome)
    assert outcome.dialogue_finished, outcome.story


def _check_talk(outcome: Outcome) -> None:
    assert outcome.silence <= LONGEST_SILENCE, outcome.story
    assert outcome.caller_heard_agent >= HEARD_S, outcome.story
    if outcome.agent_heard_caller is not None:
        assert outcome.agent_heard_caller >= HEARD_S, outcome.story


def case_id(case: object) -> str:
    """A case's name as the id of a test."""
    assert isinstance(case, Case)
    return case.name.replace(" ", "-").replace(",", "")


def chosen(request: pytest.FixtureRequest) -> list[Case]:
    """The cases of the tests of this file that will run."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    params = [item.callspec.params["case"] for item in items if item.module is request.module]
    return list(dict.fromkeys(case for case in params if isinstance(case, Case)))


def simulated(case: Case, switch: AsteriskPeer, folder: Path) -> GatewayUnderTest:
    """The stand-in, which can fail in every way."""
    prompt = audio.tone(folder / "prompt.wav", PROMPT, PROMPT_SECONDS)
    return SimulatedProcess(folder, switch.settings, prompt=prompt, start=case.start, delay=case.delay)


@contextmanager
def played(
    cases: Iterable[Case],
    new_folder: Callable[[], Path],
    *,
    at_once: int,
    opening: Opening = simulated,
    transport: Transport = "fastagi",
) -> Iterator[Outcomes]:
    """Every case, so many side by side, each of these on a switch with phones of its own."""
    mine = threading.local()
    with ExitStack() as stages, ThreadPoolExecutor(at_once, "call") as pool:

        def play(case: Case) -> dict[Sends, Outcome]:
            if getattr(mine, "stage", None) is None:
                mine.stage = CallStage(new_folder(), phones=2, transport=transport)
                stages.enter_context(mine.stage)
            try:
                outcome: dict[Sends, Outcome] = mine.stage.play(case, new_folder(), opening)
            except BaseException:
                mine.stage = None  # what this case left behind is no other one's affair
                raise
            return outcome

        yield {case.name: pool.submit(play, case) for case in cases}
        pool.shutdown(cancel_futures=True)


def write_table(played: Outcomes, report: Path, *, fault: str) -> None:
    """The measured figures, for docs/reliability.md."""
    rows = [
        f"| {fault} | caller | longest silence heard, s | caller hears agent, s | agent hears caller, s |",
        "|---|---|---|---|---|",
    ]
    for name, future in played.items():
        if not future.done() or future.cancelled() or future.exception() is not None:
            continue
        for sends, outcome in future.result().items():
            back = "–" if outcome.agent_heard_caller is None else f"{outcome.agent_heard_caller:.1f}"
            heard = f"{outcome.caller_heard_agent:.1f} | {back}"
            rows.append(f"| {name} | {sends} | {outcome.silence:.1f} | {heard} |")
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text("\n".join(rows) + "\n")


class CallStage(PeerWorld):
    """A switch whose queue rings its phones from the configuration; the gateway comes with each case."""

    def __init__(self, folder: Path, *, phones: int, transport: Transport) -> None:
        super().__init__()
        self.folder = folder
        self._callers = 0
        names = tuple(f"agent-{number}" for number in range(1, phones + 1))
        settings = private_settings(
            folder,
            agents=tuple(agent(name) for name in names),
            queues=(QueueSettings(name="hotline", ring_seconds=10, fallback_members=names),),
            prompts=short_prompts(folder / "prompts"),
            rtp_ports=RTP_PORTS,
        )
        self.switch = AsteriskPeer(with_dialogue(settings, transport))
        speech = audio.tone(folder / "agent.wav", AGENT, VOICE_S)
        self._phones = [
            BaresipPhone(
                folder / one.name, name=one.name, secret=one.secret.get_secret_value(),
                switch_port=settings.ports.sip, speech=speech,
            )
            for one in settings.agents
        ]  # fmt: skip
        self._speech = audio.to_ulaw(audio.tone(folder / "c.wav", CITIZEN, 5), folder / "c.ulaw")

    def start(self) -> None:
        self._ends.callback(self.switch.close)
        self.switch.start()
        for phone in self._phones:
            self._ends.callback(phone.close)
            phone.start()

    def play(self, case: Case, folder: Path, opening: Opening) -> dict[Sends, Outcome]:
        """Place the calls, break the gateway, listen until they talk."""
        with ExitStack() as ends:
            gateway = opening(case, self.switch, folder)
            ends.callback(gateway.close)
            gateway.start()
            before = {path for phone in self._phones for path in phone.heard()}
            calls = [_Call(self, folder, sends, case.seconds) for sends in case.callers]
            for call in calls:
                ends.callback(call.caller.close)
            if case.at is None:
                case.fault(gateway)
                time.sleep(case.lead)
                _dial(calls)
            else:
                _dial(calls)
                gateway.reached(case.at, calls=len(calls), timeout=30)
                time.sleep(case.lead)
                case.fault(gateway)
            # Who does not come to talk has his story told by the checks.
            with suppress(PeerFailed):
                known = {call.sends: call.heard_agent() for call in calls}
                for call in calls:
                    wait_for(partial(call.talked, known[call.sends] + TALK_S), "talk", within=case.seconds)
            for call in calls:
                call.caller.hang_up()
            self.switch.wait_idle(20)
            said = [path for phone in self._phones for path in phone.heard() if path not in before]
            return {call.sends: call.outcome(gateway, said) for call in calls}

    def caller(self, folder: Path, sends: Sends, seconds: float) -> tuple[str, SippCaller]:
        """A citizen with a number of his own, who has not dialled yet."""
        self._callers += 1
        number = f"1390451{self._callers:04d}"
        speech = self._speech if sends == "speech" else None
        made = SippCaller(
            folder / f"caller-{self._callers}", switch_port=self.switch.ports.sip, caller=number,
            speech=speech, seconds=seconds,
        )  # fmt: skip
        return number, made


class _Call:
    """One citizen's call. Who sends no RTP listens himself: a switch's recording skips what has no frames."""

    def __init__(self, stage: CallStage, folder: Path, sends: Sends, seconds: float) -> None:
        self._switch = stage.switch
        self.sends = sends
        self.number, self.caller = stage.caller(folder, sends, seconds)

    def heard(self) -> audio.Samples:
        if self.sends == "no RTP":
            return self.caller.heard()
        cel = self._switch.cel.read_text(errors="replace") if self._switch.cel.exists() else ""
        line = rf'^"RECORDING","[^"]*","[^"]*","{self.number}",.*?,(/[^"]+)\.alaw"'
        found = re.search(line, cel, re.MULTILINE)
        file = Path(f"{found[1]}-out.alaw") if found else None
        return audio.read_alaw(file) if file and file.exists() else audio.from_alaw(b"")

    def heard_agent(self) -> float:
        return audio.tone_seconds(self.heard(), AGENT)

    def talked(self, seconds: float) -> bool:
        time.sleep(0.2)  # to look is dear
        return self.heard_agent() >= seconds

    def outcome(self, gateway: GatewayUnderTest, said: list[Path]) -> Outcome:
        heard = self.heard()
        told = [audio.tone_seconds(audio.read_wav(path), CITIZEN) for path in said]
        spans = (f"{span.start:.1f}-{span.end:.1f} s silent" for span in audio.silences(heard)[:5])
        return Outcome(
            silence=audio.longest_silence(heard),
            caller_heard_agent=audio.tone_seconds(heard, AGENT),
            agent_heard_caller=max(told, default=0.0) if self.sends == "speech" else None,
            agent_answered=bool(told),
            dialogue_finished=gateway.finished_well(),
            sipp_status=self.caller.program.wait(5),
            story="\n".join([*spans, self._switch.messages.read_text()]),
        )


def _dial(calls: list[_Call]) -> None:
    for call in calls:
        call.caller.dial()
