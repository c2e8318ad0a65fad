"""Runs a flow on a line. The caller's safety is in the dialplan: its timer takes the caller to a person when
the flow does not return, fails, or ends without `finished`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final, Literal

from core.log import logger
from core.metrics import counter
from ivr.events import CallerMarked
from ivr.flows import dialogues, spoken
from ivr.flows.conversation import Conversation, EmergencyPressed
from ivr.flows.limits import HourlyLimit
from ivr.flows.model import (
    BranchStep,
    DigitsStep,
    Flow,
    HangupStep,
    LanguageStep,
    LookUpStep,
    MenuStep,
    Play,
    QueueStep,
    SayDigits,
    SetStep,
    Step,
)
from ivr.flows.nodes import (
    CallbackStep,
    EmergencyStep,
    HoursStep,
    MarkStep,
    PositionStep,
    PriorityStep,
    StayStep,
    SurveyStep,
    VoicemailStep,
    VoiceStep,
)
from ivr.library import Library
from ivr.ports import Caller, CallerLine, HandedOver, IvrPorts

_log = logger("ivr")
_ended = counter("ivr_flows", "Flows by how they ended", ["how"])
_limited = counter("ivr_look_ups_limited", "Look-ups refused because the number had asked too often")

MOST_TAKEN: Final = 300
"""Steps that one call may take; beyond that it goes to a person."""
LOOKUP_DEADLINE_S: Final = 1.5
"""Shorter than the dialplan's timer, which runs meanwhile."""
UNAVAILABLE: Final = "unavailable"
LIMITED: Final = "limited"
ASKS_AN_HOUR: Final = 10
HIGHEST: Final = 20

How = Literal["queue", "stay", "emergency", "hangup", "handed_over", "failed"]


class FlowEngine:
    """One flow, for any number of calls at once."""

    def __init__(
        self,
        flow: Flow,
        library: Library,
        ports: IvrPorts,
        *,
        limit: HourlyLimit | None = None,
        survey_after: bool = False,
    ) -> None:
        self.flow = flow
        self._library = library
        self._ports = ports
        self._limit = limit or HourlyLimit(ASKS_AN_HOUR, self._ports.clock)
        self._survey_after = survey_after

    async def run(
        self, line: CallerLine, caller: Caller | None = None, variables: Mapping[str, str] | None = None
    ) -> How:
        """Take the call through the flow. Never raises: what fails here leaves the caller to the dialplan."""
        who = caller or Caller()
        spoken = who.language if who.language in self.flow.languages else self.flow.languages[0]
        given = {
            "caller": who.number,
            "called": who.called,
            "trunk": who.trunk,
            "waited": str(who.waited_s),
            "round": str(who.round),
            "offer": "no",
            "chosen": "no",
            "hours": "open" if self._open() else "closed",
            **(variables or {}),
        }
        call = Conversation(line, self.flow, self._library, self._ports, who, spoken, given)
        try:
            how = await self._go(call)
        except HandedOver:
            how = "handed_over"
        except Exception as error:  # noqa: BLE001  # the dialplan takes the caller to a person
            _log.error("flow failed", flow=self.flow.flow, error=type(error).__name__)
            how = "failed"
        _ended.labels(how).inc()
        return how

    async def _go(self, call: Conversation) -> How:
        name = self.flow.start
        try:
            for _ in range(MOST_TAKEN):
                step = self.flow.steps[name]
                how = await self._end(step, call)
                if how is not None:
                    return how
                name = await self._take(step, call)
        except EmergencyPressed as pressed:
            return await self._emergency(pressed.number, call)
        _log.warning("flow took too many steps", flow=self.flow.flow)
        return "failed"

    async def _end(self, step: Step, call: Conversation) -> How | None:
        """What the last step of a flow asks for, and the flow's word; None for any other step."""
        how: How
        match step:
            case QueueStep():
                await call.line.queue(step.queue)
                if self._survey_after if step.survey_after is None else step.survey_after:
                    await call.line.survey_after()
                how = "queue"
            case StayStep():
                await call.line.stay()
                how = "stay"
            case HangupStep():
                await call.line.hangup()
                how = "hangup"
            case EmergencyStep():
                return await self._emergency(step.emergency, call)
            case _:
                return None
        await call.line.finished()
        return how

    async def _emergency(self, number: str, call: Conversation) -> How:
        call.keep(CallerMarked(call_id=call.call_id, uniqueid=call.caller.uniqueid, mark="emergency"))
        await call.line.emergency(number)
        await call.line.finished()
        return "emergency"

    async def _take(self, step: Step, call: Conversation) -> str:  # noqa: C901, PLR0911, PLR0912  # one case a kind
        match step:
            case Play():
                await call.play(*step.play)
                if step.notice:
                    await call.line.notice_played()
                return step.next
            case SayDigits():
                await call.say(call.value(step.say))
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
                await call.speak(step.language)
                return step.next
            case HoursStep():
                return step.hours.open if self._open() else step.hours.closed
            case PriorityStep():
                await call.line.priority(await self._level(step, call))
                return step.next
            case PositionStep():
                await dialogues.position(call)
                return step.next
            case CallbackStep():
                return await dialogues.callback(step, call)
            case VoicemailStep():
                return await dialogues.voicemail(step.voicemail, call)
            case SurveyStep():
                await dialogues.survey(step.survey, call)
                return step.next
            case VoiceStep():
                heard = await call.line.listen(call.file(step.voice.prompt))
                return {"heard": step.voice.heard, "pressed": step.voice.pressed}.get(
                    heard, step.voice.silent
                )
            case MarkStep():
                call.keep(CallerMarked(call_id=call.call_id, uniqueid=call.caller.uniqueid, mark=step.mark))
                return step.next
            case _:
                raise TypeError(type(step).__name__)

    async def _menu(self, step: MenuStep, call: Conversation) -> str:
        menu = step.menu
        for attempt in range(menu.tries):
            pressed = await call.read(menu.prompt, most=1, wait_s=menu.wait_s)
            chosen = menu.choices.get(pressed)
            if chosen is not None:
                return chosen
            if menu.invalid is not None and attempt + 1 < menu.tries:
                await call.play(menu.invalid)
        return menu.otherwise

    async def _digits(self, step: DigitsStep, call: Conversation) -> str:
        asked = step.digits
        right = self._ports.checks.get(asked.check) if asked.check is not None else None
        given = await spoken.digits(asked, call, right)
        if given is not None:
            call.variables[asked.into] = given
            return step.next if given else asked.otherwise
        for attempt in range(asked.tries):
            pressed = await call.read(asked.prompt, most=asked.most, wait_s=asked.wait_s)
            if not pressed:
                return asked.otherwise
            if right is None or right(pressed):
                call.variables[asked.into] = pressed
                return step.next
            if asked.wrong is not None and attempt + 1 < asked.tries:
                await call.play(asked.wrong)
        return asked.otherwise

    async def _set(self, step: SetStep, call: Conversation) -> None:
        if not isinstance(step.set, LookUpStep):
            call.variables.update({name: call.value(value) for name, value in step.set.items()})
            return
        call.variables[step.set.into] = await self._ask(step.set, call)

    async def _ask(self, asked: LookUpStep, call: Conversation) -> str:
        if asked.limited and not self._limit.allow(call.caller.number):
            _limited.inc()
            return LIMITED
        return await self._look_up(asked.ask, call.value(asked.about))

    async def _look_up(self, name: str, about: str) -> str:
        look_up = self._ports.look_ups.get(name)
        if look_up is None:
            return UNAVAILABLE
        try:
            async with asyncio.timeout(LOOKUP_DEADLINE_S):
                return await look_up(about)
        except Exception as error:  # noqa: BLE001  # the flow says what happens when nothing is known
            _log.warning("look-up failed", ask=name, error=type(error).__name__)
            return UNAVAILABLE

    async def _level(self, step: PriorityStep, call: Conversation) -> int:
        """The priority that a look-up gives: 1, as for everybody, when it fails or is out of range. Only a
        flow sets 0.
        """
        if isinstance(step.priority, int):
            return step.priority
        said = await self._look_up("priority", call.caller.number)
        return min(max(int(said), 1), HIGHEST) if said.isascii() and said.isdigit() and len(said) < 9 else 1

    def _open(self) -> bool:
        """A calendar that cannot say keeps nobody out."""
        hours = self._ports.hours
        try:
            return hours.is_open(self._ports.clock.now())
        except Exception as error:  # noqa: BLE001
            _log.warning("no opening hours", error=type(error).__name__)
            return True
