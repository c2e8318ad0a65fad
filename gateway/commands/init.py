"""`songhua init`: install Songhua on this machine, from questions to a test call. 安装。

Exit codes: 0 all is there, 1 a step stopped or, with --check, something is missing, 2 wrong use.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from core.log import configure
from gateway.commands.common import FAILED, JsonOption, err, fail, out, print_json
from gateway.installation import answers, questions
from gateway.installation.answers import InstallationAnswers
from gateway.installation.context import Installation
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
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help=f"An answer; more than once. {', '.join(answers.KEYS)}. 回答。"
    ),
]


def init(
    answers_file: AnswersFile = None,
    given: Set = None,
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
    names = [one.name for one in steps]
    done: list[StepDone] = []

    def tell(one: StepDone) -> None:
        done.append(one)
        if not as_json:
            _tell(one, names.index(one.step) + 1, len(names))

    services = next((one for one in steps if isinstance(one, RunningServices)), RunningServices())
    try:
        install(to, steps, tell)
    except BaseException:
        services.close()
        raise
    finally:
        # Whatever happens after people were made: nothing else tells their passwords.
        _end(to, done, as_json=as_json)
    if done[-1].stopped:
        services.close()
        raise typer.Exit(FAILED)
    if services.children:
        err.print("systemd does not run here: this command keeps the services up; Ctrl-C ends them")
        services.stay()


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


def _tell(one: StepDone, number: int, of: int) -> None:
    head = f"[{number}/{of}] {one.step}"
    if one.stopped:
        return
    if not one.did:
        out.print(f"{head}: nothing to do", highlight=False)
        return
    out.print(f"{head}:", highlight=False)
    for line in one.did[:MOST_LINES]:
        out.print(f"    {line}", highlight=False, soft_wrap=True)
    if len(one.did) > MOST_LINES:
        out.print(f"    and {len(one.did) - MOST_LINES} more", highlight=False)


def _end(to: Installation, done: list[StepDone], *, as_json: bool) -> None:
    stopped = [one for one in done if one.stopped]
    if as_json:
        ok = not stopped and bool(done) and done[-1].step is StepName.TEST_CALL
        print_json({"steps": [asdict(one) for one in done], "passwords": to.passwords, "ok": ok})
        return
    for user, password in to.passwords.items():
        out.print(f"password of {user}, told once: {password}", highlight=False, soft_wrap=True)
    for one in stopped:
        err.print(f"songhua: {one.step}: {one.stopped}", style="red", soft_wrap=True)
        err.print(f"remedy: {one.remedy}", style="bold", soft_wrap=True)
    if done and done[-1].step is StepName.TEST_CALL and not stopped:
        name, port = to.answers().names[0], to.settings.web.port
        out.print(f"the desk: https://{name}:{port}/desk/", highlight=False, soft_wrap=True)
