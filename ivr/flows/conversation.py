"""One caller in a flow: prompts in his language, and the keys that work at any time (language, emergency)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

from core.events import Event
from core.ids import call_id
from ivr.flows.elements import EMERGENCY
from ivr.flows.model import Flow
from ivr.library import Library
from ivr.ports import Caller, CallerInput, CallerLine, IvrPorts

MOST_INTERRUPTIONS: Final = 2
"""How often one prompt may be begun anew by a key; then it is played to its end."""


class EmergencyPressed(Exception):
    """The caller has pressed 110, 119, 120 or 122."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number


@dataclass(slots=True)
class Conversation:
    """A flow's verbs for a caller. Each may raise `HandedOver`, `EmergencyPressed`, `NoSuchPrompt`."""

    line: CallerLine
    flow: Flow
    library: Library
    ports: IvrPorts
    caller: Caller
    language: str
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def call_id(self) -> UUID:
        """The call's id, as hotline and ledger derive it from the first Linkedid."""
        return call_id(self.ports.system_name, self.caller.linkedid or self.caller.uniqueid)

    def value(self, text: str) -> str:
        """Literal text, or what the variable holds that `$name` names."""
        return self.variables.get(text[1:], "") if text.startswith("$") else text

    def file(self, prompt: str) -> Path:
        name, _, language = prompt.partition("@")
        return self.library.find(name, language or self.language)

    async def play(self, *prompts: str) -> None:
        """Play one prompt after the other in the caller's language. Raises `HandedOver`."""
        for prompt in prompts:
            await self._play(prompt)

    async def say(self, digits: str) -> None:
        """The digits in a text, one by one; nothing for a text without any."""
        found = "".join(one for one in digits if one in "0123456789")[:32]
        if found:
            await self.line.say_digits(found)

    async def read(self, prompt: str, *, most: int, wait_s: int) -> str:
        pressed = await self.line.read_digits(self.file(prompt), most=most, wait_s=wait_s)
        _no_emergency(pressed)
        return pressed[:most]

    async def ask(self, prompt: str, *, most: int) -> CallerInput:
        said = await self.line.ask(self.file(prompt), most=most)
        _no_emergency(said.keys)
        return CallerInput(said.keys[:most], said.spoke)

    async def speak(self, language: str) -> None:
        self.language = language
        await self.line.set_language(language)

    def keep(self, event: Event) -> None:
        """Hand an event on to be stored; the caller does not wait for it."""
        self.ports.keep(event)

    async def _play(self, prompt: str) -> None:
        for _ in range(MOST_INTERRUPTIONS):
            pressed = await self.line.hear(self.file(prompt))
            if not pressed:
                return
            _no_emergency(pressed)
            await self._language_key(pressed)
        await self.line.play(self.file(prompt))

    async def _language_key(self, pressed: str) -> None:
        languages = self.flow.languages
        if not self.flow.language_keys or pressed not in "123456789":
            return
        place = int(pressed) - 1
        if place >= len(languages):
            return
        self.variables["chosen"] = "yes"
        if languages[place] != self.language:
            await self.speak(languages[place])


def _no_emergency(pressed: str) -> None:
    if pressed in EMERGENCY:
        raise EmergencyPressed(pressed)
