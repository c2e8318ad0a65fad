"""FastAGI and AsyncAGI tell the same story: every shipped flow with scripted keys on a real Asterisk.

What is expected comes from the flow itself, run on a line without any telephone. The calls of one transport
go on at the same time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pytest

from cases.life.numbers import check_digit, is_code
from gateway.agi import AgiCall
from gateway.wiring.ivr import NAMES, AgiLine
from ivr.flows.engine import FlowEngine
from ivr.flows.load import load
from ivr.library import Library
from ivr.ports import Caller, CallerInput, CallerLine, RecordingSpan
from ivr.room import flow_files
from ivr.settings import IvrSettings
from tests.ivr.ports import played_ports
from tests.peers.asterisk import AsteriskPeer, private_settings
from tests.peers.running import running
from tests.real.dialogues import TRANSPORTS, Transport, ami_link, server_for, with_dialogue
from tests.real.flow_stage import Citizen, KnownFigures, NotedDesk, tone_prompts
from tests.waiting import until

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

Story = tuple[str, list[str]]
"""How the flow ended, and its steps."""

CODE = "1234567" + check_digit("1234567")
AT_ONCE = 6
SHORT_S = 1.0
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


SHORT = (
    "default",
    "silent",
    "waiting",
    "callback-offer",
    "status, said",
    "status, an emergency number while he speaks",
)
"""These take each kind of step; the other ones differ in their prompts and keys."""
LONG = pytest.mark.soak(
    rule="Every shipped flow takes the same steps by FastAGI and by AsyncAGI",
    short="tests/real/test_dialogue_conformance.py::test_a_flow_takes_the_same_steps_by_either_transport",
)
NAMED = [pytest.param(name, marks=() if name in SHORT else LONG) for name in sorted(SCRIPTS)]


async def received(_code: str) -> str:
    return "received"


PORTS = played_ports(
    look_ups={"case-status": received},
    checks={"case-code": is_code},
    callbacks=NotedDesk(),
    figures=KnownFigures(),
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
    """Implements `ivr.ports.CallerLine` around another one, and writes down each step with what came of it.

    `pressing(prompt)` is told before a prompt that a key may answer; the keys reach the line by themselves.
    """

    def __init__(self, line: CallerLine, pressing: Callable[[str], None]) -> None:
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

    async def ask(self, file: Path, *, most: int) -> CallerInput:
        self._pressing(file.stem)
        said = await self._line.ask(file, most=most)
        self.steps.append(f"ask {_name(file)} {most} {said.keys} {said.spoke}")
        return said

    async def listen(self, file: Path) -> Literal["heard", "silent", "pressed"]:
        self._pressing(file.stem)
        got = await self._line.listen(file)
        self.steps.append(f"listen {_name(file)} {got}")
        return got

    async def record(self, most_s: int) -> RecordingSpan:
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

    async def ask(self, file: Path, *, most: int) -> CallerInput:
        keys = self._keys.pop(file.stem, "")[:most]
        return CallerInput(keys, spoke=not keys and file.stem in self._speaks)

    async def record(self, most_s: int) -> RecordingSpan:
        return RecordingSpan(0.0, float(most_s))

    async def _done(self, *_: object) -> None:
        """Nobody hears it."""

    play = say_digits = set_language = notice_played = priority = survey_after = _done
    queue = stay = emergency = hangup = finished = _done


def run_by_itself(engine: FlowEngine, script: Script) -> list[str]:
    """The story as the flow has it."""
    noted = Noted(NoTelephone(script), lambda _prompt: None)
    asyncio.run(engine.run(noted, script.caller, script.variables))
    return noted.steps


class Told:
    """Calls on one switch, each with a script of its own by the number that it comes from."""

    def __init__(self, switch: AsteriskPeer, library: Library, folder: Path) -> None:
        self._switch = switch
        self._library = library
        self._folder = folder
        self._citizens: dict[str, Citizen] = {}
        self._scripts: dict[str, str] = {}
        self._few = asyncio.Semaphore(AT_ONCE)
        self._stories: dict[str, asyncio.Future[Story]] = {}

    def engine(self, name: str) -> FlowEngine:
        script = SCRIPTS[name]
        ports = PORTS if script.code is None else replace(PORTS, ear=Ear(script.code))
        source = load(flow_files(IvrSettings())[script.flow or name].read_bytes())
        return FlowEngine(source.flow, self._library, ports)

    async def all(self, names: Iterable[str]) -> dict[str, Story | BaseException]:
        """Every one of these stories as it was told by telephone."""
        settings = self._switch.settings
        heart = ami_link(settings, settings.ami, heartbeat=True)
        beating = asyncio.ensure_future(heart.run())
        server = server_for(settings, self._handle, NAMES)
        loop = asyncio.get_running_loop()
        self._stories = {name: loop.create_future() for name in names}
        try:
            await asyncio.wait_for(heart.ready(), 10)
            await until(lambda: "GW_BEAT=" in self._switch.rx("dialplan show globals"), "a heartbeat")
            await server.start()
            await until(lambda: server.serving, "a server of dialogues")
            told = await asyncio.gather(*map(self._call, self._stories), return_exceptions=True)
        finally:
            await server.stop()
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
        await asyncio.to_thread(self._switch.wait_idle, 15)
        return dict(zip(self._stories, told, strict=True))

    async def _call(self, name: str) -> Story:
        async with self._few:
            number = f"1390451{len(self._scripts):04d}"
            self._scripts[number] = name
            citizen = self._citizens[name] = Citizen(
                self._folder / number, switch_port=self._switch.ports.sip, caller=number, called="12345",
                seconds=90,
            )  # fmt: skip
            try:
                await asyncio.to_thread(citizen.dial)
                return await asyncio.wait_for(self._stories[name], 90)
            finally:
                await asyncio.to_thread(citizen.hang_up)

    async def _handle(self, call: AgiCall) -> None:
        name = self._scripts[call.env.values["callerid"]]
        script, story = SCRIPTS[name], self._stories[name]
        handset = self._citizens[name].handset
        keys, speaks = dict(script.keys), dict(script.speaks)
        loop = asyncio.get_running_loop()

        def press(prompt: str) -> None:
            pressed, seconds, later = keys.pop(prompt, ""), speaks.pop(prompt, 0.0), PRESS_AFTER_S
            if seconds:
                loop.call_later(later, handset.speak, VOICE, seconds)
                later = SPEAKS_FIRST_S
            if pressed:
                loop.call_later(later, handset.key_in, pressed)

        noted = Noted(AgiLine(call), press)
        how = await self.engine(name).run(noted, script.caller, script.variables)
        if not story.done():  # he is in the queue now, and is asked again after his round there
            story.set_result((how, noted.steps))


@dataclass(frozen=True, slots=True)
class Transported:
    """What was told by one transport."""

    told: Told
    stories: dict[str, Story | BaseException]


@pytest.fixture(scope="module", params=TRANSPORTS)
def by(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Transported]:
    """Every chosen script played over one transport."""
    folder = tmp_path_factory.mktemp(request.param)
    prompts = tone_prompts(folder / "prompts", SHORT_S)
    transport: Transport = request.param
    settings = private_settings(folder / "switch", prompts=prompts, rtp_ports=80)
    switch = AsteriskPeer(with_dialogue(settings, transport))
    with running(switch):
        told = Told(switch, Library(prompts), folder)
        items = [item for item in request.session.items if isinstance(item, pytest.Function)]
        mine = [item for item in items if item.module is request.module and hasattr(item, "callspec")]
        names = dict.fromkeys(str(item.callspec.params["name"]) for item in mine)
        yield Transported(told, asyncio.run(told.all(names)))


def test_every_shipped_flow_has_a_script() -> None:
    assert {script.flow or name for name, script in SCRIPTS.items()} == set(flow_files(IvrSettings()))


@pytest.mark.parametrize("name", NAMED)
def test_a_flow_takes_the_same_steps_by_either_transport(by: Transported, name: str) -> None:
    story = by.stories[name]
    if isinstance(story, BaseException):
        raise story
    how, steps = story
    assert steps == run_by_itself(by.told.engine(name), SCRIPTS[name])
    assert steps[-1] == "finished"
    assert how not in ("handed_over", "failed")
