"""`songhua user`: people who sign in at the desk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from core.actor import Role
from gateway.commands.common import (
    ConfigOption,
    JsonOption,
    load,
    open_storage,
    out,
    print_json,
    run,
    secret_from,
)
from gateway.settings import Settings
from identity.model import Language, User
from identity.service import Identity

T = TypeVar("T")

app = typer.Typer(help="People: add, list, switch off, new password.", no_args_is_help=True)
PASSWORD_VARIABLE = "SONGHUA_NEW_PASSWORD"  # noqa: S105  # the variable's name


@app.command()
def add(
    user: Annotated[str, typer.Argument(help="Sign-in name: a-z, 0-9, dot, dash.")],
    name: Annotated[str, typer.Option(help="What colleagues read.")],
    role: Annotated[list[Role], typer.Option(help="May be given more than once.")],
    endpoint: Annotated[str | None, typer.Option(help="SIP endpoint of this person's phone.")] = None,
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    config: ConfigOption = None,
) -> None:
    """Add a person. The password is asked for, or taken from SONGHUA_NEW_PASSWORD."""
    settings = load(config)
    password = secret_from(PASSWORD_VARIABLE, "Password")
    spoken: Language = "en" if language == "en" else "zh"
    made = User(id=user, name=name, roles=frozenset(role), language=spoken, endpoint=endpoint)

    async def create(identity: Identity) -> User:
        return await identity.create_user(made, password)

    out.print(f"added {run(_with(settings, create)).id}")


@app.command("list")
def list_users(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """All people with their roles."""
    settings = load(config)

    async def look(identity: Identity) -> list[User]:
        return await identity.users()

    people = run(_with(settings, look))
    if as_json:
        print_json(
            [{"id": u.id, "name": u.name, "roles": sorted(u.roles), "active": u.active} for u in people]
        )
        return
    for user in people:
        off = "" if user.active else "  (off)"
        out.print(f"{user.id:20} {', '.join(sorted(user.roles)):30} {user.name}{off}", markup=False)


@app.command()
def off(user: str, config: ConfigOption = None) -> None:
    """Switch a person off; open sessions end."""
    settings = load(config)

    async def switch(identity: Identity) -> None:
        await identity.switch(user, active=False)

    run(_with(settings, switch))
    out.print(f"{user} is off")


@app.command()
def password(user: str, config: ConfigOption = None) -> None:
    """Set a new password; open sessions end."""
    settings = load(config)
    new = secret_from(PASSWORD_VARIABLE, "New password")

    async def change(identity: Identity) -> None:
        await identity.change_password(user, new)

    run(_with(settings, change))
    out.print(f"{user} has a new password")


async def _with(settings: Settings, work: Callable[[Identity], Awaitable[T]]) -> T:
    async with open_storage(settings) as storage:
        return await work(Identity(storage, settings.identity))
