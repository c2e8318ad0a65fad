"""`songhua user break-glass`: the sealed account for when nobody can sign in otherwise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from core.actor import Role
from gateway.commands.acting import operator
from gateway.commands.common import (
    FAILED,
    ConfigOption,
    JsonOption,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.settings import Settings
from identity.break_glass.service import BreakGlass
from identity.service import IdentityService

T = TypeVar("T")

app = typer.Typer(
    help="The sealed account for when a second device or OIDC is away. 应急密封账号。", no_args_is_help=True
)


@app.command()
def seal(
    role: Annotated[list[Role], typer.Option(help="A role of the account; repeat. 角色。")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an envelope's words. They are shown this once: print them, seal the envelope, lock it away.

    An envelope of before counts no more. 生成信封口令，仅显示一次。
    """
    settings = load(config)

    async def make(glass: BreakGlass) -> tuple[str, dict[str, object]]:
        sealed, words = await glass.seal(operator(), frozenset(role))
        return words, {"seal_id": str(sealed.seal_id), "roles": sorted(sealed.roles)}

    words, told = run(_with(settings, make))
    if as_json:
        print_json({**told, "words": words})
        return
    out.print(words, markup=False, highlight=False)
    out.print(
        "print this, seal it in an envelope and lock it away; it opens one session, once, and alarms",
        highlight=False,
        soft_wrap=True,
    )


@app.command()
def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Whether an envelope is sealed, how old it is, when the last one was opened. Exit code 1: none is."""
    settings = load(config)

    async def look(glass: BreakGlass) -> dict[str, object]:
        return await glass.status()

    found = run(_with(settings, look))
    if as_json:
        print_json(found)
    else:
        for line in _lines(found):
            out.print(line, markup=False, highlight=False, soft_wrap=True)
    if found["sealed"] is None:
        raise typer.Exit(FAILED)


@app.command()
def void(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Void a lost or read envelope. Exit code 1: none was sealed."""
    settings = load(config)

    async def end(glass: BreakGlass) -> bool:
        return await glass.void(operator())

    done = run(_with(settings, end))
    if as_json:
        print_json({"voided": done})
    else:
        out.print("the envelope counts no more" if done else "no envelope is sealed")
    if not done:
        raise typer.Exit(FAILED)


def _lines(found: dict[str, object]) -> list[str]:
    sealed, used = found["sealed"], found["used"]
    lines = ["no envelope is sealed: songhua user break-glass seal --role …"]
    if isinstance(sealed, dict):
        roles = ", ".join(sealed["roles"])
        lines = [
            f"sealed {sealed['sealed_at']} ({found['age_days']} days ago) by {sealed['sealed_by']}: {roles}"
        ]
    if isinstance(used, dict):
        state = "in use now" if used["open"] else "closed"
        lines.append(f"last opened {used['used_at']} by {used['used_by']}, {state}")
    return lines


async def _with(settings: Settings, work: Callable[[BreakGlass], Awaitable[T]]) -> T:
    async with open_storage(settings) as storage:
        identity = IdentityService(storage, settings.identity)
        return await work(BreakGlass(identity, storage, settings.identity.break_glass))
