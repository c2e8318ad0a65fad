"""A call that is heard in both directions, without a telephone.

Asterisk calls its own hotline: what the citizen's side says is a tone, and where his place in a queue would
be stands an agent who says another one (`asterisk-conf/dialplan/test_call.conf.j2`). Each side must hear the
other: dialplan, dialogue with the gateway, sound and recordings work together. SIP and the network are no
part of it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from gateway.asterisk.tones import TEST_AGENT_HZ, TEST_CITIZEN_HZ
from gateway.installation.errors import InstallationStopped
from gateway.installation.hearing import seconds_of

LEAST_S: Final = 1.0
"""Each tone is heard for so long: a click or a word is none."""
LONGEST_S: Final = 100.0
"""Greetings and both tones end sooner; the dialplan hangs up then at the latest."""
_LOOK_EVERY_S: Final = 0.5
_DOCTOR: Final = "songhua doctor says what is wrong with Asterisk; then songhua init again"


class TrialSwitch(Protocol):
    """What the test call needs of Asterisk."""

    async def place(self) -> str:
        """Originate it once. Why Asterisk did not take it; empty where it did."""

    async def recordings(self) -> tuple[str, str]:
        """Where the citizen's and the agent's side are recorded, as the dialplan wrote it down; empty before
        the first test call.
        """


@dataclass(frozen=True, slots=True)
class SidesHeard:
    """Seconds of the other side's tone that each side heard, and of the citizen's in the call's recording."""

    citizen_hears_agent: float = 0.0
    agent_hears_citizen: float = 0.0
    recorded: float = 0.0

    @property
    def both(self) -> bool:
        """Whether each hears the other and the recording holds it."""
        return min(self.citizen_hears_agent, self.agent_hears_citizen, self.recorded) >= LEAST_S

    @property
    def silent(self) -> list[str]:
        """What was not heard, in words."""
        said = {
            "the citizen does not hear the agent": self.citizen_hears_agent,
            "the agent does not hear the citizen": self.agent_hears_citizen,
            "the recording lacks the citizen": self.recorded,
        }
        return [words for words, seconds in said.items() if seconds < LEAST_S]


async def place_test_call(switch: TrialSwitch, *, longest_s: float = LONGEST_S) -> SidesHeard:
    """Place it once and listen until both tones were heard. It is never placed again by itself.

    Raises `InstallationStopped` where Asterisk does not take it or a side stays silent.
    """
    before = await switch.recordings()
    refused = await switch.place()
    if refused:
        raise InstallationStopped(f"Asterisk does not take the test call: {refused}", remedy=_DOCTOR)
    heard, now = SidesHeard(), before
    try:
        async with asyncio.timeout(longest_s):
            while not heard.both:
                await asyncio.sleep(_LOOK_EVERY_S)
                now = await switch.recordings()
                fresh = [new if new != old else "" for new, old in zip(now, before, strict=True)]
                heard = await asyncio.to_thread(_heard, *fresh)
    except TimeoutError:
        raise _silent(heard, came=now != before) from None
    return heard


def _heard(citizen: str, agent: str) -> SidesHeard:
    return SidesHeard(
        citizen_hears_agent=_seconds(citizen, "out", TEST_AGENT_HZ),
        agent_hears_citizen=_seconds(agent, "in", TEST_CITIZEN_HZ),
        recorded=_seconds(citizen, "in", TEST_CITIZEN_HZ),
    )


def _seconds(recording: str, direction: str, tone_hz: float) -> float:
    """0 where there is no file: Asterisk writes the first bytes after four seconds."""
    if not recording:
        return 0.0
    try:
        return seconds_of(tone_hz, Path(f"{recording}-{direction}.alaw").read_bytes())
    except OSError:
        return 0.0


def _silent(heard: SidesHeard, *, came: bool) -> InstallationStopped:
    if not came:
        return InstallationStopped(
            "the test call did not come through the hotline's dialogue",
            remedy="see Asterisk's log, and whether the hotline is open now; then songhua init again",
        )
    return InstallationStopped(
        f"the test call: {'; '.join(heard.silent)}",
        remedy=_DOCTOR,
    )
