"""Finds errors and risks in a well-formed flow: `songhua ivr lint`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from core.translation import gettext_lazy as _
from ivr.flows.elements import GIVEN
from ivr.flows.load import FlowInvalid, FlowProblem, FlowSource, load
from ivr.flows.model import (
    BranchStep,
    DigitsStep,
    Flow,
    HangupStep,
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
    StayStep,
    SurveyStep,
    VoicemailStep,
    VoiceStep,
)
from ivr.library import Library

PERSON: Final = (QueueStep, StayStep, EmergencyStep)
TERMINAL: Final = (*PERSON, HangupStep)
ASKING: Final = (MenuStep, DigitsStep, CallbackStep, VoicemailStep, SurveyStep, VoiceStep)
"""Steps that keep a caller from a person until he has done something."""


def lint_file(path: Path, library: Library | None = None) -> list[FlowProblem]:
    """All problems of a file, by line. Raises `OSError` when it cannot be read."""
    try:
        source = load(path.read_bytes())
    except FlowInvalid as error:
        return error.problems
    return lint(source, library or Library())


def lint(source: FlowSource, library: Library) -> list[FlowProblem]:
    found: list[FlowProblem] = []
    for rule in (
        _prompts,
        _unreachable,
        _endless,
        _no_person,
        _callback_person,
        _menu_first,
        _variables,
        _notice,
        _place,
    ):
        found += rule(source, library)
    return sorted(found, key=lambda problem: (problem.line, problem.code))


def reachable(flow: Flow, start: str, *, automatic: bool = False, ordinary: bool = False) -> list[str]:
    """The steps that can come, `start` first; `automatic`: those that come if the caller does nothing;
    `ordinary`: and nothing is special about him or the time.
    """
    found = [start]
    seen = {start}
    for name in found:
        step = flow.steps[name]
        targets = step.automatic if automatic or ordinary else step.exits
        if ordinary:
            targets = _ordinary(step) or targets
        for target in targets:
            if target not in seen:
                seen.add(target)
                found.append(target)
    return found


def _ordinary(step: Step) -> tuple[str, ...]:
    if isinstance(step, BranchStep):
        return (step.branch.otherwise,)
    return (step.hours.open,) if isinstance(step, HoursStep) else ()


def _prompts(source: FlowSource, library: Library) -> Iterator[FlowProblem]:
    for step, prompt in source.flow.prompts():
        name, _at, only = prompt.partition("@")
        spoken = [only] if only else source.flow.languages
        missing = [language for language in spoken if not library.has(name, language)]
        if missing:
            yield FlowProblem(
                source.line("steps", step), "error", "missing-prompt",
                _("prompt {prompt} is missing in: {missing}", prompt=prompt, missing=missing),
            )  # fmt: skip


def _unreachable(source: FlowSource, _library: Library) -> Iterator[FlowProblem]:
    seen = set(reachable(source.flow, source.flow.start))
    for name in source.flow.steps:
        if name not in seen:
            yield FlowProblem(
                source.line("steps", name), "warning", "unreachable",
                _("step {step} is never reached", step=name),
            )  # fmt: skip


def _endless(source: FlowSource, _library: Library) -> Iterator[FlowProblem]:
    """Loops that a caller cannot leave, or that go round although he does nothing."""
    flow = source.flow
    for name in reachable(flow, flow.start):
        stuck = not _leads_to_end(flow, name)
        silent = any(name in reachable(flow, target, automatic=True) for target in flow.steps[name].automatic)
        if stuck or silent:
            yield FlowProblem(
                source.line("steps", name), "error", "endless",
                _("step {step} is in a loop that has no exit", step=name),
            )  # fmt: skip


def _leads_to_end(flow: Flow, name: str) -> bool:
    return any(isinstance(flow.steps[one], TERMINAL) for one in reachable(flow, name))


def _no_person(source: FlowSource, _library: Library) -> Iterator[FlowProblem]:
    flow = source.flow
    if flow.purpose == "after":
        return
    if not any(isinstance(flow.steps[name], PERSON) for name in reachable(flow, flow.start)):
        yield FlowProblem(
            source.line("start"), "error", "no-person",
            _("no way through the flow reaches a person"),
        )  # fmt: skip


def _callback_person(source: FlowSource, _library: Library) -> Iterator[FlowProblem]:
    """A caller who does not want a callback, or cannot have one, must reach a person by doing nothing."""
    flow = source.flow
    for name, step in flow.steps.items():
        if not isinstance(step, CallbackStep):
            continue
        left = reachable(flow, step.callback.otherwise, automatic=True)
        if not any(isinstance(flow.steps[one], PERSON) for one in left):
            yield FlowProblem(
                source.line("steps", name), "error", "callback-no-person",
                _("who is not called back by step {step} reaches no person", step=name),
            )  # fmt: skip


def _place(source: FlowSource, _library: Library) -> Iterator[FlowProblem]:
    """`stay` needs a queue to stay in; nobody is left to be put into one after the call."""
    flow = source.flow
    for name, step in flow.steps.items():
        lost = isinstance(step, StayStep) and flow.purpose != "waiting"
        if lost or (
            isinstance(step, PERSON) and flow.purpose == "after" and not isinstance(step, EmergencyStep)
        ):
            yield FlowProblem(
                source.line("steps", name), "error", "wrong-end",
                _(
                    "step {step} cannot end a flow whose purpose is {purpose}",
                    step=name, purpose=flow.purpose,
                ),
            )  # fmt: skip


def _menu_first(source: FlowSource, _library: Library) -> Iterator[FlowProblem]:
    """GB/T 33358-2016 advises against interactive menus: who does nothing should reach a person at once."""
    flow = source.flow
    if flow.purpose != "entry":
        return
    for name in reachable(flow, flow.start, ordinary=True):
        if isinstance(flow.steps[name], ASKING):
            yield FlowProblem(
                source.line("steps", name), "warning", "menu-before-person",
                _("GB/T 33358 advises against a menu before a person (step {step})", step=name),
            )  # fmt: skip


def _variables(source: FlowSource, _library: Library) -> Iterator[FlowProblem]:
    flow = source.flow
    given = {*GIVEN, *_given(flow)}
    for name, used in _used(flow):
        if used not in given:
            yield FlowProblem(
                source.line("steps", name), "error", "unknown-variable",
                _("variable {used} is never given a value", used=used),
            )  # fmt: skip


def _given(flow: Flow) -> Iterator[str]:
    for step in flow.steps.values():
        if isinstance(step, DigitsStep):
            yield step.digits.into
        elif isinstance(step, SetStep):
            yield from [step.set.into] if isinstance(step.set, LookUpStep) else step.set


def _used(flow: Flow) -> Iterator[tuple[str, str]]:
    for name, step in flow.steps.items():
        values: Iterable[str] = ()
        if isinstance(step, SayDigits):
            values = [step.say]
        elif isinstance(step, SetStep):
            values = [step.set.about] if isinstance(step.set, LookUpStep) else step.set.values()
        yield from ((name, value[1:]) for value in values if value.startswith("$"))
        branch = getattr(step, "branch", None)
        if branch is not None:
            yield name, branch.on


def _notice(source: FlowSource, _library: Library) -> Iterator[FlowProblem]:
    flow = source.flow
    if flow.purpose in ("waiting", "after"):
        return
    spoken: Callable[[str], bool] = lambda name: isinstance(step := flow.steps[name], Play) and step.notice  # noqa: E731
    if not any(spoken(name) for name in reachable(flow, flow.start, automatic=True)):
        yield FlowProblem(
            source.line("start"), "warning", "no-notice",
            _("the flow does not say that the call is recorded; the dialplan does so "
"before the queue"),
        )  # fmt: skip
