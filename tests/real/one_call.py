"""One call into a switch whose gateway fails at a chosen moment, and what was heard of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from gateway.asterisk.settings import QueueSettings
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.baresip import BaresipPhone
from tests.peers.sipp import SippCaller
from tests.real.dialogues import Transport, with_dialogue
from tests.real.gateway_under_test import GatewayUnderTest, SimulatedProcess

CITIZEN = 1000.0
AGENT = 700.0
PROMPT = 440.0
PROMPT_SECONDS = 2.0
RTP_PORTS = 20

Fault = Callable[[GatewayUnderTest], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One failure: how the gateway starts, when and how it breaks; with or without RTP.

    `at` is the dialogue's step (`None`: before the call), `lead` the seconds between that and the fault (or
    between the fault and the call), `seconds` the length of the call: the way to a person and some talk.
    """

    name: str
    fault: Fault
    at: str | None
    start: str = "well"
    delay: float = 0.0
    lead: float = 0.2
    seconds: float = 10.0
    rtp: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. Seconds; `silence` is the longest stretch in which the caller heard nothing."""

    silence: float
    caller_heard_agent: float
    agent_heard_caller: float
    agent_answered: bool
    dialogue_finished: bool
    sipp_status: int
    story: str


Opening = Callable[[Case, AsteriskPeer, Path], GatewayUnderTest]


def simulated(case: Case, switch: AsteriskPeer, folder: Path) -> GatewayUnderTest:
    """The stand-in, which can fail in every way."""
    prompt = audio.tone(folder / "prompt.wav", PROMPT, PROMPT_SECONDS)
    return SimulatedProcess(folder, switch.settings, prompt=prompt, start=case.start, delay=case.delay)


def play(
    case: Case, folder: Path, gateway_for: Opening = simulated, transport: Transport = "fastagi"
) -> Outcome:
    """Start a switch, a phone and a gateway of their own, place the call, break the gateway, listen."""
    with ExitStack() as stack:
        queue = QueueSettings(name="hotline", ring_seconds=10, fallback_members=("agent-1",))
        settings = private_settings(
            folder,
            agents=(agent("agent-1"),),
            queues=(queue,),
            prompts=short_prompts(folder / "prompts"),
            rtp_ports=RTP_PORTS,
        )
        switch = AsteriskPeer(with_dialogue(settings, transport))
        stack.callback(switch.close)
        switch.start()
        phone = BaresipPhone(
            folder / "phone",
            name="agent-1",
            secret=settings.agents[0].secret,
            switch_port=settings.ports.sip,
            speech=audio.tone(folder / "agent.wav", AGENT, case.seconds + 5),
        )
        stack.callback(phone.close)
        phone.start()
        gateway = gateway_for(case, switch, folder)
        stack.callback(gateway.close)
        gateway.start()
        speech = audio.to_ulaw(audio.tone(folder / "citizen.wav", CITIZEN, 5), folder / "citizen.ulaw")
        caller = SippCaller(
            folder / "caller",
            switch_port=settings.ports.sip,
            speech=speech if case.rtp else None,
            seconds=case.seconds,
        )
        stack.callback(caller.close)
        if case.at is None:
            case.fault(gateway)
            time.sleep(case.lead)
            caller.dial()
        else:
            caller.dial()
            gateway.reached(case.at, timeout=15)
            time.sleep(case.lead)
            case.fault(gateway)
        status = caller.wait(case.seconds + 15)
        switch.wait_idle()
        recorded = audio.read_alaw(next(switch.recordings.rglob("*-out.alaw")))
        heard = recorded if case.rtp else caller.heard()
        return _listen(heard, switch, phone, gateway, status)


def _listen(
    heard: audio.Samples, switch: AsteriskPeer, phone: BaresipPhone, gateway: GatewayUnderTest, status: int
) -> Outcome:
    answered = bool(phone.heard())
    return Outcome(
        silence=audio.longest_silence(heard),
        caller_heard_agent=audio.tone_seconds(heard, AGENT),
        agent_heard_caller=audio.tone_seconds(audio.read_wav(phone.heard()[-1]), CITIZEN)
        if answered
        else 0.0,
        agent_answered=answered,
        dialogue_finished=gateway.finished_well(),
        sipp_status=status,
        story="\n".join(f"{span.start:.1f}-{span.end:.1f} s silent" for span in audio.silences(heard)[:5])
        + "\n"
        + switch.messages.read_text(),
    )
