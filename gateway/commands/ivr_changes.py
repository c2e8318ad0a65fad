"""`songhua ivr`: flows and prompts, their versions, and changing them while calls go on.

They are written into the database; the running service takes them up within two seconds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal, NoReturn, TypeVar
from uuid import uuid4

import typer

import ivr.room
from core.actor import Actor
from core.storage import StorageAway
from gateway.commands.common import (
    MISUSED,
    ConfigOption,
    JsonOption,
    err,
    fail,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.machine_user import machine_user
from gateway.settings import Settings
from identity.service import IdentityService
from ivr.flows.load import FlowInvalid, FlowProblem
from ivr.http import flow_list, prompt_list, shown, told
from ivr.offline import offline_ports
from ivr.upload.convert import Converter
from ivr.upload.render import refuse
from ivr.versions import model
from ivr.versions.active import ActiveVersions
from ivr.versions.files import VersionFolder
from ivr.versions.model import Activation, Subject
from ivr.versions.service import Versions

T = TypeVar("T")
Name = Annotated[str, typer.Argument(help="A flow's name, or LANGUAGE/NAME for a prompt: zh/greeting.")]
Comment = Annotated[str, typer.Option("--comment", "-m", help="Why; colleagues read it.")]
Expected = Annotated[
    int | None, typer.Option(help="The expected active version; with another one nothing changes.")
]
Activate = Annotated[bool, typer.Option("--activate", help="Put it into force at once.")]


def flows(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List all flows with their active versions."""
    rows = with_versions(load(config), flow_list)
    if as_json:
        print_json({"flows": rows})
        return
    for row in rows:
        made = "?" if row["versions"] is None else row["versions"]
        fault = f"  cannot be used: {row['fault']}" if row["fault"] else ""
        line = f"{row['name']:24} {row['purpose'] or '-':8} version {row['active']} of {made}{fault}"
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def prompts(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List prompts that a flow plays or that were uploaded, with their active versions."""
    rows = with_versions(load(config), prompt_list)
    if as_json:
        print_json({"prompts": rows})
        return
    for row in rows:
        made = "?" if row["versions"] is None else row["versions"]
        name = f"{row['language']}/{row['name']}"
        line = f"{name:30} version {row['active']} of {made}  {', '.join(row['played_by'])}"
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def versions(name: Name, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """The versions of one flow or prompt, the newest first; 0 is the one that came with the program."""
    subject = subject_of(name)

    async def look(held: Versions) -> tuple[int, list[dict[str, Any]]]:
        return held.force.number(subject), [shown(one) for one in await held.versions(subject)]

    active, rows = with_versions(load(config), look)
    if as_json:
        print_json({"name": name, "active": active, "versions": rows})
        return
    for row in [*rows, {"number": 0, "at": "", "by": "built in", "comment": ""}]:
        mark = "*" if row["number"] == active else " "
        line = f"{mark} {row['number']:4} {row['at'][:19]:20} {row['by']:20} {row['comment']}"
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def show(
    flow: Annotated[str, typer.Argument(help="A flow's name.")],
    version: Annotated[int | None, typer.Option(help="Another version than the active one.")] = None,
    config: ConfigOption = None,
) -> None:
    """The text of a flow (YAML)."""
    subject = subject_of(flow, "flow")

    async def look(held: Versions) -> bytes:
        held.force.source(subject.plain)
        return await held.content(subject, held.force.number(subject) if version is None else version)

    typer.echo(with_versions(load(config), look).decode(errors="replace"), nl=False)


def upload_flow(
    flow: Annotated[str, typer.Argument(help="The flow's name.")],
    file: Annotated[Path, typer.Argument(help="Its text (YAML).", exists=True, dir_okay=False)],
    comment: Comment = "",
    activate: Activate = False,
    expected: Expected = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a new version of a flow. One with errors is refused, line by line; exit code 1."""
    subject, text = subject_of(flow, "flow"), file.read_bytes()

    async def work(held: Versions) -> tuple[dict[str, Any], list[FlowProblem], Activation | None]:
        made, problems = await held.upload_flow(_me(), subject, text, op_id=uuid4(), comment=comment)
        put = await _activated(held, subject, made.number, expected, comment) if activate else None
        return shown(made), problems, put

    made, problems, put = with_versions(load(config), work, file=str(file))
    _tell(name=flow, made=made, put=put, problems=problems, as_json=as_json)


def upload_prompt(
    prompt: Annotated[str, typer.Argument(help="LANGUAGE/NAME: zh/greeting.")],
    file: Annotated[
        Path | None, typer.Argument(help="A sound file of any kind.", exists=True, dir_okay=False)
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="Render this text instead, where voices are there.")
    ] = None,
    comment: Comment = "",
    activate: Activate = False,
    expected: Expected = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a new version of a prompt: 8 kHz, one loudness for all."""
    subject = subject_of(prompt, "prompt")
    if (file is None) == (text is None):
        err.print("songhua: give either FILE or --text", markup=False)
        raise typer.Exit(MISUSED)

    async def work(held: Versions) -> tuple[dict[str, Any], Activation | None]:
        if file is None:
            refuse()
        got = await Converter().convert(file.read_bytes())
        made = await held.upload_prompt(
            _me(), subject, got.wav, op_id=uuid4(), comment=comment, facts=got.facts
        )
        put = await _activated(held, subject, made.number, expected, comment) if activate else None
        return shown(made), put

    made, put = with_versions(load(config), work)
    _tell(name=prompt, made=made, put=put, problems=[], as_json=as_json)


def activate(
    name: Name,
    number: Annotated[int, typer.Argument(min=0, help="The version; 0 is the built-in one.")],
    expected: Expected = None,
    comment: Comment = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a version into force for the next call. Calls that are in the flow finish with theirs."""
    subject = subject_of(name)

    async def work(held: Versions) -> Activation:
        return await _activated(held, subject, number, expected, comment)

    _tell(name=name, put=with_versions(load(config), work), as_json=as_json)


def rollback(
    name: Name,
    to: Annotated[int | None, typer.Option(min=0, help="Instead of the version before.")] = None,
    expected: Expected = None,
    comment: Comment = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go back to the previously active version, or to any other one."""
    subject = subject_of(name)

    async def work(held: Versions) -> Activation:
        return await held.roll_back(_me(), subject, op_id=uuid4(), to=to, expected=expected, comment=comment)

    _tell(name=name, put=with_versions(load(config), work), as_json=as_json)


def subject_of(name: str, kind: Literal["flow", "prompt"] | None = None) -> Subject:
    language, slash, plain = name.partition("/")
    try:
        if slash and kind != "flow":
            return model.prompt(language, plain)
        if not slash and kind != "prompt":
            return model.flow(name)
    except model.BadName as bad:
        return fail(f"{name}: {bad.detail}", bad.remedy)
    wanted = (
        "a flow has no language before its name"
        if slash
        else "a prompt is named with its language: zh/greeting"
    )
    return fail(f"{name}: {wanted}", "songhua ivr flows and songhua ivr prompts list the names")


def _me() -> Actor:
    """Who works on this machine; the rows of the versions keep it."""
    user = machine_user()
    return Actor(id=f"cli:{user}"[:64], name=user)


async def _activated(
    held: Versions, subject: Subject, number: int, expected: int | None, comment: str
) -> Activation:
    return await held.activate(_me(), subject, number, op_id=uuid4(), expected=expected, comment=comment)


def with_versions(settings: Settings, work: Callable[[Versions], Awaitable[T]], *, file: str = "") -> T:
    """With what is in force by the database; without it the built-in flows, and that is said."""

    async def whole() -> T | FlowInvalid:
        with TemporaryDirectory(prefix="songhua-ivr-") as folder:
            async with open_storage(settings) as storage:
                book = ivr.room.build(settings.ivr, offline_ports()).flows
                built_in = {
                    name: path.read_bytes() for name, path in ivr.room.flow_files(settings.ivr).items()
                }
                audit = IdentityService(storage, settings.identity).audit
                # The files that callers hear are the service's own: a command keeps its hands off them.
                held = Versions(storage, ActiveVersions(book, built_in), VersionFolder(Path(folder)), audit)
                try:
                    await held.look()
                except StorageAway as away:
                    err.print(f"songhua: {away.title}; only built-in flows are seen", markup=False)
                try:
                    return await work(held)
                except FlowInvalid as invalid:
                    return invalid

    got = run(whole())
    if isinstance(got, FlowInvalid):
        refused(got, file)
    return got


def refused(invalid: FlowInvalid, file: str) -> NoReturn:
    for problem in invalid.problems:
        err.print(
            f"{file}:{problem}" if file else str(problem), markup=False, highlight=False, soft_wrap=True
        )
    fail(invalid.title, "mend the lines that are named; songhua ivr lint FILE looks before you upload")


def _tell(
    *,
    name: str,
    as_json: bool,
    made: dict[str, Any] | None = None,
    put: Activation | None = None,
    problems: list[FlowProblem] | None = None,
) -> None:
    if as_json:
        active = None if put is None else {"number": put.number, "previous": put.previous}
        print_json({"name": name, "version": made, "active": active, "problems": told(problems or [])})
        return
    for problem in problems or []:
        err.print(str(problem), markup=False, highlight=False, soft_wrap=True)
    if made is not None:
        loud = (
            f", {made['seconds']} s, {made['rms_db_before']} dB made {made['rms_db']} dB"
            if "seconds" in made
            else ""
        )
        out.print(f"{name} version {made['number']}{loud}", markup=False, highlight=False)
    if put is not None:
        line = f"{name}: version {put.number} is in force (before: {put.previous})"
        out.print(line, markup=False, highlight=False)
