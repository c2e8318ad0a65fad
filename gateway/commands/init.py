"""`songhua init`: install Songhua on this machine, from questions to a test call. 安装。

Exit codes: 0 all is there, 1 a step stopped or, with --check, something is missing, 2 wrong use.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from core.log import configure
from gateway.commands.common import FAILED, JsonOption, err, fail, out, print_json
from gateway.installation import answers, questions
from gateway.installation.answers import InstallationAnswers
from gateway.installation.context import Installation, StepOfInstallation
from gateway.installation.errors import InstallationStopped
from gateway.installation.machine import ThisMachine
from gateway.installation.places import InstallationPlaces
from gateway.installation.plan import StepName
from gateway.installation.run import StepDone, all_steps, install, look
from gateway.installation.steps.services import RunningServices

MOST_LINES: Final = 12
"""Of a step; programs get all."""

AnswersFile = Annotated[
    Path | None, typer.Option("--answers", help="TOML file with answers. 回答文件。", dir_okay=False)
]
GivenAnswers = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help=f"An answer; more than once. {', '.join(answers.KEYS)}. 回答。"
    ),
]


def init(
    answers_file: AnswersFile = None,
    given: GivenAnswers = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: take the defaults. 不提问。")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Say what is missing, change nothing. 仅检查。")
    ] = False,
    language: Annotated[str, typer.Option(help="Of the questions: zh or en. 提问语言。")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Install: ask, make what is missing, start everything, place a test call. 安装。"""
    configure(level="error", json=False)
    places = InstallationPlaces()
    told = _told(places, answers_file, given or [])

    @cache
    def asked() -> InstallationAnswers:
        there = places.answers.exists() or places.config.exists()
        quiet = yes or check or as_json or there
        return answers.understood(told) if quiet else questions.ask(told, _prompt, language)

    to, steps = Installation(ThisMachine(), asked, places), all_steps()
    if check:
        _check(to, as_json=as_json)
        return
    if os.geteuid() != 0:
        fail("an installation makes users and starts services", "run it as root: sudo songhua init")
    try:
        asked()
    except InstallationStopped as wrong:
        fail(wrong.detail, wrong.remedy)
    services = next((one for one in steps if isinstance(one, RunningServices)), RunningServices())
    if not _installed(to, steps, services, as_json=as_json):
        raise typer.Exit(FAILED)
    if services.children:
        err.print("systemd does not run here: this command keeps the services up; Ctrl-C ends them")
        services.stay()


def _installed(
    to: Installation, steps: Sequence[StepOfInstallation], services: RunningServices, *, as_json: bool
) -> bool:
    """Do the steps; children of ours go where one of them was not done."""
    progress = _Progress(as_json=as_json)
    try:
        install(to, steps, progress.tell, progress.begin)
    finally:
        # Whatever happens after people were made: nothing else tells their passwords.
        progress.end(to)
        if not progress.good:
            services.close()
    return progress.good


def _told(places: InstallationPlaces, file: Path | None, given: list[str]) -> dict[str, Any]:
    """Answers of an earlier run, of a file and of options; the last count."""
    try:
        earlier = answers.read(places.answers) if places.answers.exists() else {}
        return {**earlier, **(answers.read(file) if file else {}), **answers.given(given)}
    except InstallationStopped as wrong:
        fail(wrong.detail, wrong.remedy)


def _prompt(question: str, default: str) -> str:
    return str(typer.prompt(question, default=default))


def _check(to: Installation, *, as_json: bool) -> None:
    try:
        planned = look(to, all_steps())
    except InstallationStopped as wrong:
        fail(wrong.detail, wrong.remedy)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", "run it as root: sudo songhua init --check")
    if as_json:
        print_json({"missing": {one.step: one.missing for one in planned}})
    for one in [] if as_json else planned:
        out.print(f"{one.step}: {'; '.join(one.missing)}", highlight=False, soft_wrap=True)
    if planned:
        raise typer.Exit(FAILED)
    if not as_json:
        out.print("nothing is missing")


class _Progress:
    """Tells each step as it goes; programs get all of it at the end."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._done: list[StepDone] = []

    @property
    def good(self) -> bool:
        """Whether every step was done."""
        return bool(self._done) and self._done[-1].step is StepName.TEST_CALL and not self._done[-1].stopped

    def begin(self, step: StepName) -> None:
        if not self._as_json:
            out.print(f"{_head(step)}:", highlight=False)

    def tell(self, one: StepDone) -> None:
        self._done.append(one)
        if self._as_json:
            return
        if not one.did and not one.stopped:
            out.print(f"{_head(one.step)}: nothing to do", highlight=False)
        for line in one.did[:MOST_LINES]:
            out.print(f"    {line}", highlight=False, soft_wrap=True)
        if len(one.did) > MOST_LINES:
            out.print(f"    and {len(one.did) - MOST_LINES} more", highlight=False)

    def end(self, to: Installation) -> None:
        """Passwords, what stopped it with its remedy, and where the desk is."""
        if self._as_json:
            steps = [asdict(one) for one in self._done]
            print_json({"steps": steps, "passwords": to.passwords, "ok": self.good})
            return
        for user, password in to.passwords.items():
            out.print(f"password of {user}, told once: {password}", highlight=False, soft_wrap=True)
        for one in self._done:
            if one.stopped:
                err.print(f"songhua: {one.step}: {one.stopped}", style="red", soft_wrap=True)
                err.print(f"remedy: {one.remedy}", style="bold", soft_wrap=True)
        if self.good:
            name, port = to.answers().names[0], to.settings.web.port
            out.print(f"the desk: https://{name}:{port}/desk/", highlight=False, soft_wrap=True)


def _head(step: StepName) -> str:
    order = list(StepName)
    return f"[{order.index(step) + 1}/{len(order)}] {step}"
