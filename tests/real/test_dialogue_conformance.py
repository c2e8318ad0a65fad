"""FastAGI and AsyncAGI tell the same story: every shipped flow with scripted keys on a real Asterisk.

What is expected comes from the flow itself, run on a line without any telephone. The second half breaks the
real gateway in AsyncAGI mode: nobody takes the channel then, and the caller still reaches a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pytest

from cases.life.numbers import check_digit, is_code
from gateway.agi import AgiCall
from gateway.wiring.ivr import NAMES, AgiLine
from ivr.flows.engine import Engine
from ivr.flows.load import load
from ivr.library import Library
from ivr.ports import Caller, IvrPorts, Line, Said, Span
from ivr.room import flow_files
from ivr.settings import IvrSettings
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, private_settings
from tests.real.dialogues import TRANSPORTS, Transport, ami_link, server_for, with_dialogue
from tests.real.flow_stage import Citizen

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

CODE = "1234567" + check_digit("1234567")
LONGEST_SILENCE = 5.0
SHORT_S = 0.6
PRESS_AFTER_S = 0.25
SPEAKS_FIRST_S = 1.5
VOICE = 500.0


@dataclass(frozen=True, slots=True)
class Script:
    """What the caller presses, and for how many seconds he speaks, when he hears a prompt, once each; who he
    is. `flow`: of another name than the story. `code` is what a machine understands of his words.
    """

    keys: dict[str, str] = field(default_factory=dict)
    speaks: dict[str, float] = field(default_factory=dict)
    flow: str = ""
    code: str | None = None
    caller: Caller = field(default_factory=lambda: Caller(uniqueid="1.1", number="13904510001", round=1))
    variables: dict[str, str] = field(default_factory=dict)


SCRIPTS = {
    "default": Script(),
    "emergency": Script(),
    "out-of-hours": Script({"closed-choice": "1", "callback-check": "1"}),
    "silent": Script({"silent-ask": "5"}),
    "status": Script({"greeting": "2", "language-choice": "2", "case-code-ask": CODE}),
    "status, said": Script(
        {"greeting": "2", "language-choice": "2"}, {"case-code-say": 2.5}, flow="status", code=CODE
    ),
    "status, pressed where it may be said": Script(
        {"greeting": "2", "language-choice": "2", "case-code-say": CODE}, flow="status", code=""
    ),
    "status, pressed while he speaks": Script(
        {"greeting": "2", "language-choice": "2", "case-code-say": CODE},
        {"case-code-say": 6.0},
        flow="status",
        code="",
    ),
    "status, an emergency number while he speaks": Script(
        {"greeting": "2", "language-choice": "2", "case-code-say": "119"},
        {"case-code-say": 6.0},
        flow="status",
        code="",
    ),
    "survey": Script({"survey-agent": "1", "survey-solved": "2", "survey-hotline": "3"}),
    "waiting": Script(),
    "callback-offer": Script({"callback-offer": "1", "callback-check": "1"}),
}


class Desk:
    async def request(self, **_: object) -> Literal["accepted", "refused"]:
        return "accepted"


class Figures:
    def position(self, uniqueid: str) -> tuple[int, float] | None:
        return (3, 130.0) if uniqueid else None


async def received(_code: str) -> str:
    return "received"


PORTS = IvrPorts(
    look_ups={"case-status": received}, checks={"case-code": is_code}, callbacks=Desk(), figures=Figures()
)


class Ear:
    """Fills `ivr.ports.Ear` and `Listening`: understands what the script says, as soon as it is asked."""

    def __init__(self, code: str) -> None:
        self._code = code

    def ready(self, language: str) -> bool:
        return language == "en"

    async def listen(self, caller: Caller, language: str) -> Ear:
        assert language == "en"
        return self

    async def code(self, length: int, within_s: float) -> str:
        return self._code

    def stop(self) -> None:
        """It hears nobody."""


class Noted:
    """Implements `ivr.ports.Line` around another one, and writes down each step with what came of it.

    `pressing(prompt)` is told before a prompt that a key may answer; the keys reach the line by themselves.
    """

    def __init__(self, line: Line, pressing: Callable[[str], None]) -> None:
        self._line = line
        self._pressing = pressing
        self.steps: list[str] = []

    async def play(self, file: Path) -> None:
        await self._line.play(file)
        self.steps.append(f"play {_name(file)}")

    async def hear(self, file: Path) -> str:
        self._pressing(file.stem)
        keys = await self._line.hear(file)
        self.steps.append(f"hear {_name(file)} {keys}")
        return keys

    async def say_digits(self, digits: str) -> None:
        await self._line.say_digits(digits)
        self.steps.append(f"say {digits}")

    async def read_digits(self, file: Path, *, most: int, wait_s: int) -> str:
        self._pressing(file.stem)
        keys = await self._line.read_digits(file, most=most, wait_s=wait_s)
        self.steps.append(f"read {_name(file)} {most} {wait_s} {keys}")
        return keys

    async def ask(self, file: Path, *, most: int) -> Said:
        self._pressing(file.stem)
        said = await self._line.ask(file, most=most)
        self.steps.append(f"ask {_name(file)} {most} {said.keys} {said.spoke}")
        return said

    async def listen(self, file: Path) -> Literal["heard", "silent", "pressed"]:
        self._pressing(file.stem)
        got = await self._line.listen(file)
        self.steps.append(f"listen {_name(file)} {got}")
        return got

    async def record(self, most_s: int) -> Span:
        span = await self._line.record(most_s)
        self.steps.append(f"record {most_s}")
        return span

    async def set_language(self, language: str) -> None:
        await self._do("language", language, self._line.set_language(language))

    async def notice_played(self) -> None:
        await self._do("notice", "", self._line.notice_played())

    async def priority(self, level: int) -> None:
        await self._do("priority", str(level), self._line.priority(level))

    async def survey_after(self) -> None:
        await self._do("survey after", "", self._line.survey_after())

    async def queue(self, name: str) -> None:
        await self._do("queue", name, self._line.queue(name))

    async def stay(self) -> None:
        await self._do("stay", "", self._line.stay())

    async def emergency(self, number: str) -> None:
        await self._do("emergency", number, self._line.emergency(number))

    async def hangup(self) -> None:
        await self._do("hangup", "", self._line.hangup())

    async def finished(self) -> None:
        await self._do("finished", "", self._line.finished())

    async def _do(self, verb: str, value: str, step: Awaitable[None]) -> None:
        await step
        self.steps.append(f"{verb} {value}".strip())


def _name(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


class NoTelephone:
    """A line on which the scripted keys are pressed at once, and everything else succeeds."""

    def __init__(self, script: Script) -> None:
        self._keys = dict(script.keys)
        self._speaks = script.speaks

    async def hear(self, file: Path) -> str:
        return self._keys.pop(file.stem, "")

    async def read_digits(self, file: Path, *, most: int, wait_s: int) -> str:
        del wait_s
        return self._keys.pop(file.stem, "")[:most]

    async def listen(self, file: Path) -> Literal["heard", "silent", "pressed"]:
        return "pressed" if self._keys.pop(file.stem, "") else "silent"

    async def ask(self, file: Path, *, most: int) -> Said:
        keys = self._keys.pop(file.stem, "")[:most]
        return Said(keys, spoke=not keys and file.stem in self._speaks)

    async def record(self, most_s: int) -> Span:
        return Span(0.0, float(most_s))

    async def _done(self, *_: object) -> None:
        """Nobody hears it."""

    play = say_digits = set_language = notice_played = priority = survey_after = _done
    queue = stay = emergency = hangup = finished = _done


def run_by_itself(engine: Engine, script: Script) -> list[str]:
    """The story as the flow has it."""
    noted = Noted(NoTelephone(script), lambda _prompt: None)
    asyncio.run(engine.run(noted, script.caller, script.variables))
    return noted.steps


@dataclass
class Stage:
    """A switch whose dialogue goes by one transport, with short prompts."""

    switch: AsteriskPeer
    transport: Transport
    library: Library
    folder: Path
    calls: int = 0

    def engine(self, name: str, script: Script) -> Engine:
        ports = PORTS if script.code is None else replace(PORTS, ear=Ear(script.code))
        source = load(flow_files(IvrSettings())[script.flow or name].read_bytes())
        return Engine(source.flow, self.library, ports)

    def dial(self) -> Citizen:
        self.calls += 1
        citizen = Citizen(
            self.folder / f"citizen-{self.calls}",
            switch_port=self.switch.ports.sip,
            caller=f"1390451{self.calls:04d}",
            called="12345",
            seconds=60,
        )
        citizen.dial()
        return citizen


def short_prompts(folder: Path) -> Path:
    """Every prompt as a short tone: who listens here counts steps, not words."""
    built_in = Path(__file__).resolve().parents[2] / "ivr" / "prompts"
    tone = audio.tone(folder / "tone.wav", 440, SHORT_S).read_bytes()
    for file in built_in.glob("*/*.wav"):
        target = folder / file.parent.name / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(tone)
    return folder


@pytest.fixture(scope="module", params=TRANSPORTS)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp(request.param)
    prompts = short_prompts(folder / "prompts")
    settings = with_dialogue(
        private_settings(folder / "switch", prompts=prompts, rtp_ports=40), request.param
    )
    switch = AsteriskPeer(settings)
    switch.start()
    yield Stage(switch, request.param, Library(prompts), folder)
    switch.close()


@pytest.fixture
async def alive(stage: Stage) -> AsyncIterator[None]:
    """The heartbeat of a gateway."""
    client = ami_link(stage.switch.settings, stage.switch.settings.ami, heartbeat=True)
    task = asyncio.ensure_future(client.run())
    await asyncio.wait_for(client.ready(), 10)
    async with asyncio.timeout(5):
        while "GW_BEAT=" not in await asyncio.to_thread(stage.switch.rx, "dialplan show globals"):
            await asyncio.sleep(0.1)
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_every_shipped_flow_has_a_script() -> None:
    assert {script.flow or name for name, script in SCRIPTS.items()} == set(flow_files(IvrSettings()))


@pytest.mark.parametrize("name", sorted(SCRIPTS))
async def test_a_flow_takes_the_same_steps_by_either_transport(stage: Stage, alive: None, name: str) -> None:
    del alive
    script = SCRIPTS[name]
    engine = stage.engine(name, script)
    keys, speaks = dict(script.keys), dict(script.speaks)
    told: asyncio.Future[tuple[str, list[str]]] = asyncio.get_running_loop().create_future()
    citizens: list[Citizen] = []

    def press(prompt: str) -> None:
        pressed, seconds, later = keys.pop(prompt, ""), speaks.pop(prompt, 0.0), PRESS_AFTER_S
        if seconds:
            asyncio.get_running_loop().call_later(later, citizens[0].handset.speak, VOICE, seconds)
            later = SPEAKS_FIRST_S
        if pressed:
            asyncio.get_running_loop().call_later(later, citizens[0].press, pressed)

    async def handle(call: AgiCall) -> None:
        noted = Noted(AgiLine(call), press)
        how = await engine.run(noted, script.caller, script.variables)
        if not told.done():
            told.set_result((how, noted.steps))

    server = server_for(stage.switch.settings, handle, NAMES)
    await server.start()
    try:
        async with asyncio.timeout(10):
            while not server.serving:
                await asyncio.sleep(0.02)
        citizens.append(await asyncio.to_thread(stage.dial))
        how, steps = await asyncio.wait_for(told, 60)
    finally:
        for citizen in citizens:
            await asyncio.to_thread(citizen.hang_up)
            citizen.close()
        await server.stop()
    expected = await asyncio.to_thread(run_by_itself, engine, script)
    assert steps == expected
    assert steps[-1] == "finished"
    assert how not in ("handed_over", "failed")
    await asyncio.to_thread(stage.switch.wait_idle, 15)
