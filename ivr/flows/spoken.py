"""Digits that may be spoken or pressed: asked twice while a recogniser listens, then for keys only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from core.metrics import counter
from ivr.flows.conversation import Conversation
from ivr.flows.elements import PLEASE_HOLD
from ivr.flows.model import DigitsAsked
from ivr.ports import AnswerRecognition

_answers = counter(
    "ivr_spoken_answers",
    "Answers where a caller might speak or press; late and unheard: the recogniser had no time",
    ["how"],
)

AT_ONCE_S: Final = 0.6
"""So long a caller hears nothing while what he said is worked out; then he is asked to hold the line."""
LONGER_S: Final = 1.2
"""After that. Both, and the start of listening once more, are shorter than the dialplan's timer."""


async def digits(asked: DigitsAsked, call: Conversation, right: Callable[[str], bool] | None) -> str | None:
    """What he said or pressed, and can be right; empty when he did neither; None: ask him for keys."""
    ear = call.ports.ear
    if asked.spoken is None or right is None:
        return None
    for again, prompt in enumerate((asked.spoken, asked.again or asked.spoken)):
        ready = ear.ready(call.language)
        listening = await ear.listen(call.caller, call.language) if ready else None
        if listening is None:
            if ready or again:
                _answers.labels("unheard").inc()
            return None
        try:
            said = await call.ask(prompt, most=asked.most)
            code = said.keys or await _understood(listening, call, asked.most)
        finally:
            listening.stop()
        if code and right(code):
            _answers.labels("pressed" if said.keys else "understood").inc()
            return code
        if said.keys:
            _answers.labels("pressed wrong").inc()
            if asked.wrong is not None:
                await call.play(asked.wrong)
            return None
        if not code and not said.spoke:
            _answers.labels("silent").inc()
            return ""
        _answers.labels("late" if code is None else "not understood").inc()
    return None


async def _understood(listening: AnswerRecognition, call: Conversation, most: int) -> str | None:
    """The code, empty when there is none; None: the recogniser was not done in time."""
    code = await listening.code(most, AT_ONCE_S)
    if code is None:
        await call.play(PLEASE_HOLD)
        code = await listening.code(most, LONGER_S)
    return code
