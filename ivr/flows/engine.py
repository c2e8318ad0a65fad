"""Runs a flow on a line. It only asks for things; the caller's safety is in the dialplan, whose timer takes
the caller to a person when the flow does not come back, fails, or ends without its word (`finished`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from core.log import logger
from core.metrics import counter
from ivr.flows.model import (
    BranchStep,
    DigitsStep,
    Flow,
    HangupStep,
    LanguageStep,
    LookUp,
    MenuStep,
    Play,
    QueueStep,
    Say,
    SetStep,
    Step,
)
from ivr.library import Library
from ivr.ports import HandedOver, Line, LookUps

_log = logger("ivr")
_ended = counter("ivr_flows", "Flows by how they ended", ["how"])

MOST_TAKEN: Final = 300
"""Steps that one call may take; beyond that it goes to a person."""
LOOKUP_DEADLINE_S: Final = 1.5
"""Shorter than the dialplan's timer, which runs meanwhile."""
UNAVAILABLE: Final = "unavailable"

How = Literal["queue", "hangup", "handed_over", "failed"]


@dataclass(slots=True)
class _Call:
    line: Line
    language: str
    variables: dict[str, str] = field(default_factory=dict)

    def value(self, text: str) -> str:
        return self.variables.get(text[1:], "") if text.startswith("$") else text


class Engine:
    """One flow, for any number of calls at once."""

    def __init__(self, flow: Flow, library: Library, look_ups: LookUps | None = None) -> None:
        self._flow = flow
        self._library = library
        self._look_ups: LookUps = look_ups or {}

    async def run(self, line: Line, variables: Mapping[str, str] | None = None) -> How:
        """Take the call through the flow. Never raises: what fails here leaves the caller to the dialplan."""
        call = _Call(line, self._flow.languages[0], dict(variables or {}))
        try:
            how = await self._go(call)
        except HandedOver:
            how = "handed_over"
        except Exception as error:  # noqa: BLE001  # the dialplan takes the caller to a person
            _log.error("flow failed", flow=self._flow.flow, error=type(error).__name__)
            how = "failed"
        _ended.labels(how).inc()
        return how

    async def _go(self, call: _Call) -> How:
        name = self._flow.start
        for _ in range(MOST_TAKEN):
            step = self._flow.steps[name]
            if isinstance(step, QueueStep):
                await call.line.queue(step.queue)
                await call.line.finished()
                return "queue"
            if isinstance(step, HangupStep):
                await call.line.hangup()
                await call.line.finished()
                return "hangup"
            name = await self._take(step, call)
        _log.warning("flow took too many steps", flow=self._flow.flow)
        return "failed"

    async def _take(self, step: Step, call: _Call) -> str:  # noqa: PLR0911  # one line a kind
        match step:
            case Play():
                return await self._play(step, call)
            case Say():
                digits = "".join(one for one in call.value(step.say) if one in "0123456789")[:32]
                if digits:
                    await call.line.say_digits(digits)
                return step.next
            case MenuStep():
                return await self._menu(step, call)
            case DigitsStep():
                return await self._digits(step, call)
            case SetStep():
                await self._set(step, call)
                return step.next
            case BranchStep():
                branch = step.branch
                return branch.cases.get(call.variables.get(branch.on, ""), branch.otherwise)
            case LanguageStep():
                call.language = step.language
                await call.line.set_language(step.language)
                return step.next
            case _:
                raise TypeError(type(step).__name__)

    async def _play(self, step: Play, call: _Call) -> str:
        for prompt in step.play:
            await call.line.play(self._library.find(prompt, call.language))
        if step.notice:
            await call.line.notice_played()
        return step.next

    async def _menu(self, step: MenuStep, call: _Call) -> str:
        menu = step.menu
        prompt = self._library.find(menu.prompt, call.language)
        for attempt in range(menu.tries):
            pressed = await call.line.read_digits(prompt, most=1, wait_s=menu.wait_s)
            chosen = menu.choices.get(pressed)
            if chosen is not None:
                return chosen
            if menu.invalid is not None and attempt + 1 < menu.tries:
                await call.line.play(self._library.find(menu.invalid, call.language))
        return menu.otherwise

    async def _digits(self, step: DigitsStep, call: _Call) -> str:
        asked = step.digits
        prompt = self._library.find(asked.prompt, call.language)
        pressed = await call.line.read_digits(prompt, most=asked.most, wait_s=asked.wait_s)
        if not pressed:
            return asked.otherwise
        call.variables[asked.into] = pressed[: asked.most]
        return step.next

    async def _set(self, step: SetStep, call: _Call) -> None:
        if not isinstance(step.set, LookUp):
            call.variables.update({name: call.value(value) for name, value in step.set.items()})
            return
        call.variables[step.set.into] = await self._ask(step.set, call)

    async def _ask(self, asked: LookUp, call: _Call) -> str:
        look_up = self._look_ups.get(asked.ask)
        if look_up is None:
            return UNAVAILABLE
        try:
            async with asyncio.timeout(LOOKUP_DEADLINE_S):
                return await look_up(call.value(asked.about))
        except Exception as error:  # noqa: BLE001  # the flow says what happens when nothing is known
            _log.warning("look-up failed", ask=asked.ask, error=type(error).__name__)
            return UNAVAILABLE
