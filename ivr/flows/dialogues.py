"""The steps with several questions: callback, voicemail, survey, position in the queue."""

from __future__ import annotations

import asyncio
import re
from typing import Final, Literal

from core.log import logger
from ivr.events import SurveyAnswered, VoicemailLeft
from ivr.flows.conversation import Conversation
from ivr.flows.nodes import CallbackStep, Survey, Voicemail
from ivr.flows.numbers import MOST, count, number
from ivr.ports import CallbackReason, HandedOver

_log = logger("ivr")

REQUEST_DEADLINE_S: Final = 1.5
"""Shorter than the dialplan's timer, which runs meanwhile."""
SHORTEST_MESSAGE_S: Final = 1.0
TRIES: Final = 3

_DIALABLE: Final = re.compile(r"\+?[0-9]{5,15}")


def dialable(text: str) -> str:
    """The number if it can be one, else nothing. What may be dialled is the callback desk's to say."""
    return text if _DIALABLE.fullmatch(text) else ""


async def callback(step: CallbackStep, call: Conversation) -> str:
    """Offer, agree on the number, hand it over; the step that follows."""
    asked = step.callback
    if asked.offer is not None and await call.read(asked.offer, most=1, wait_s=5) != "1":
        return asked.otherwise
    agreed = await _agreed_number(call)
    if agreed and await request(call, agreed, asked.reason, None) == "accepted":
        await call.play("callback-confirmed")
        return asked.accepted
    await call.play("callback-refused")
    return asked.otherwise


async def _agreed_number(call: Conversation) -> str:
    """The number that the caller has heard digit by digit and confirmed; empty after `TRIES`."""
    proposed = dialable(call.caller.number)
    for _ in range(TRIES):
        if not proposed:
            proposed = dialable(await call.read("callback-number", most=15, wait_s=10))
            continue
        await call.play("callback-this-number")
        await call.say(proposed)
        pressed = await call.read("callback-check", most=1, wait_s=5)
        if pressed == "1":
            return proposed
        if pressed == "2":
            proposed = dialable(await call.read("callback-number", most=15, wait_s=10))
    return ""


async def request(
    call: Conversation, agreed: str, reason: CallbackReason, voicemail: tuple[float, float] | None
) -> Literal["accepted", "refused"]:
    """Once, never again: an answer that does not come in time counts as a refusal."""
    try:
        async with asyncio.timeout(REQUEST_DEADLINE_S):
            return await call.ports.callbacks.request(
                uniqueid=call.caller.uniqueid,
                linkedid=call.caller.linkedid,
                number=agreed,
                language=call.language,
                reason=reason,
                voicemail=voicemail,
            )
    except Exception as error:  # noqa: BLE001  # the caller goes on waiting for a person
        _log.warning("callback not taken", error=type(error).__name__)
        return "refused"


async def voicemail(step: Voicemail, call: Conversation) -> str:
    """Most callers end a message by hanging up: it is kept all the same."""
    await call.play(step.prompt)
    span = await call.line.record(step.most_s)
    if span.end_s - span.start_s >= SHORTEST_MESSAGE_S:
        start, end = round(span.start_s, 2), round(span.end_s, 2)
        call.keep(
            VoicemailLeft(
                at=call.ports.clock.now(),
                call_id=call.call_id,
                uniqueid=call.caller.uniqueid,
                linkedid=call.caller.linkedid,
                start_s=start,
                end_s=end,
                language=call.language,
            )
        )
        await request(call, dialable(call.caller.number), "voicemail", (start, end))
        if not span.gone:
            await call.play("voicemail-kept")
            return step.kept
    if span.gone:
        raise HandedOver
    return step.otherwise


async def survey(step: Survey, call: Conversation) -> None:
    answers: dict[str, str] = {}
    try:
        for question in step.questions:
            for _ in range(step.tries):
                pressed = await call.read(question.prompt, most=1, wait_s=step.wait_s)
                if pressed and pressed in question.digits:
                    answers[question.name] = pressed
                    break
    finally:
        # Whatever ended it, a hang-up most of all: what was answered was answered.
        if answers:
            call.keep(
                SurveyAnswered(
                    at=call.ports.clock.now(),
                    call_id=call.call_id,
                    uniqueid=call.caller.uniqueid,
                    linkedid=call.caller.linkedid,
                    answers=answers,
                    language=call.language,
                )
            )


async def position(call: Conversation) -> None:
    """Say the position or wait only where it is known."""
    try:
        known = call.ports.figures.position(call.caller.uniqueid)
    except Exception as error:  # noqa: BLE001  # a figure less, and the caller goes on
        _log.warning("no position", error=type(error).__name__)
        known = None
    if known is None:
        return
    place, wait_s = known
    if spoken := number(place):
        await call.play("position-before", *spoken, "position-after")
    await call.play(*expected_wait(wait_s))


def expected_wait(seconds: float) -> list[str]:
    """The prompts for it; none when it is not known (not a number, not above zero)."""
    if not 0 < seconds < float("inf"):
        return []
    minutes = -(-int(seconds) // 60) or 1
    if minutes == 1:
        return ["wait-one-minute"]
    if minutes > MOST:
        return ["wait-long"]
    return ["wait-before", *count(minutes), "wait-minutes"]
