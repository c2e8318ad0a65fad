"""`songhua user`: people who sign in at the desk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from core.actor import Role
from core.csv_table import TableReport
from core.scopes import Scopes
from gateway.commands import break_glass, user_account
from gateway.commands.acting import operator
from gateway.commands.common import (
    ConfigOption,
    JsonOption,
    err,
    fail,
    load,
    open_storage,
    out,
    print_json,
    run,
    secret_from,
)
from gateway.commands.good_lines import PartialOption, imported
from gateway.commands.password_file import PasswordFileOption, password_file, tell_file
from gateway.commands.scope_words import names_by_kind
from gateway.commands.tables import DryRunOption, tell_report
from gateway.settings import Settings
from identity.errors import BadSkill
from identity.model import Language, User, check_skills
from identity.people.model import PeopleImported
from identity.people.service import PeopleImport
from identity.service import IdentityService

T = TypeVar("T")

app = typer.Typer(help="People: add, list, switch off, new password.", no_args_is_help=True)
for act in (user_account.sessions, user_account.end_sessions, user_account.reset_second_factor):
    app.command(act.__name__.replace("_", "-"))(act)
app.add_typer(break_glass.app, name="break-glass")
PASSWORD_VARIABLE = "SONGHUA_NEW_PASSWORD"  # noqa: S105  # the variable's name


@app.command()
def add(
    user: Annotated[str, typer.Argument(help="Sign-in name: a-z, 0-9, dot, dash.")],
    name: Annotated[str, typer.Option(help="The displayed name.")],
    role: Annotated[list[Role], typer.Option(help="May be given more than once.")],
    endpoint: Annotated[str | None, typer.Option(help="SIP endpoint of this person's phone.")] = None,
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    skill: Annotated[
        list[str] | None, typer.Option(help="language:en=5, more than once; levels 1 to 5, the best.")
    ] = None,
    department: Annotated[
        list[str] | None,
        typer.Option(help="A department that this person works for, by its id; more than once."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Add a person. The password is asked for, or taken from SONGHUA_NEW_PASSWORD."""
    settings = load(config)
    password = secret_from(PASSWORD_VARIABLE, "Password")
    spoken: Language = "en" if language == "en" else "zh"
    made = User(
        id=user, name=name, roles=frozenset(role), language=spoken, endpoint=endpoint,
        skills=_skills(skill or []), scopes=Scopes(departments=frozenset(department or ())),
    )  # fmt: skip
    if Role.DEPARTMENT in made.roles and not department:
        err.print(
            f"{user} sees no case before a department is named: songhua user scope {user} department=ID"
        )

    async def create(identity: IdentityService) -> User:
        return await identity.create_user(made, password, by=operator())

    out.print(f"added {run(_with(settings, create)).id}")


@app.command("import")
def import_users(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV (UTF-8 or GB18030) or XLSX: id, name, roles (by spaces); where given endpoint, "
            "language, skills (language:en=5, by spaces), password; or the Chinese column names.",
            exists=True,
            dir_okay=False,
        ),
    ],
    dry_run: DryRunOption = False,
    partial: PartialOption = False,
    passwords: PasswordFileOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add and change all people of FILE, or none when a line is refused. Passwords go to a file."""
    settings = load(config)
    data = file.read_bytes()

    async def work(identity: IdentityService) -> tuple[PeopleImported, TableReport]:
        people = PeopleImport(identity, settings.identity.password_words)

        async def once(rows: bytes, op_id: UUID | None) -> PeopleImported:
            return await people.run(operator(), rows, op_id=op_id)

        return await imported(data, once, lambda done: done.report, dry_run=dry_run, partial=partial)

    with nullcontext() if dry_run else password_file(passwords, file) as kept:
        done, report = run(_with(settings, work))
        written = None if kept is None else kept.write(done.passwords)
    if not as_json:
        tell_file(written, len(done.passwords))
    more = {"passwords_file": written and str(written), "stopped": done.stopped}
    tell_report(report, dry_run=dry_run, as_json=as_json, more=more)


@app.command("list")
def list_users(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """All people with their roles."""
    settings = load(config)

    async def look(identity: IdentityService) -> list[User]:
        return await identity.users()

    people = run(_with(settings, look))
    if as_json:
        print_json(
            [
                {
                    "id": u.id,
                    "name": u.name,
                    "roles": sorted(u.roles),
                    "active": u.active,
                    "skills": dict(u.skills),
                    "scopes": u.scopes.as_lists(),
                }
                for u in people
            ]
        )
        return
    for user in people:
        off = "" if user.active else "  (off)"
        out.print(f"{user.id:20} {', '.join(sorted(user.roles)):30} {user.name}{off}", markup=False)


@app.command()
def skills(
    user: str,
    skill: Annotated[
        list[str] | None, typer.Argument(help="language:en=5 district:daoli=3 …; none at all takes all away.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Replace a person's skills: which queues an agent serves follows from them, at once."""
    settings = load(config)
    wanted = _skills(skill or [])

    async def change(identity: IdentityService) -> User:
        return await identity.set_skills(operator(), user, wanted)

    changed = run(_with(settings, change))
    said = ", ".join(f"{name} {level}" for name, level in changed.skills.items())
    out.print(f"{user}: {said or 'no skills'}", markup=False)


@app.command()
def scope(
    user: str,
    limit: Annotated[
        list[str] | None,
        typer.Argument(help="queue=hotline district=230102 department=roads talkgroup=app:1 …; none shows."),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Take every limit away.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show or replace a person's scopes: queues, districts, departments, talkgroups (docs/rights.md).

    A kind of which nothing is named limits nothing. Open pages of the person begin anew.
    """
    settings = load(config)
    wanted = names_by_kind(limit or [])
    if clear and wanted:
        fail("--clear takes every limit away", "leave it out, or name no limits")

    async def change(identity: IdentityService) -> User:
        if not wanted and not clear:
            return await identity.user(user)
        return await identity.set_scopes(operator(), user, wanted)

    found = run(_with(settings, change)).scopes.as_lists()
    if as_json:
        print_json({"id": user, "scopes": found})
        return
    said = ", ".join(f"{kind} {name}" for kind, names in found.items() for name in names)
    out.print(f"{user}: {said or 'no limits'}", markup=False)


@app.command()
def rights(
    user: Annotated[str, typer.Argument(help="A person; without one, what --role may do.")] = "",
    role: Annotated[list[Role] | None, typer.Option(help="May be given more than once.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the access rights of a person or role (docs/rights.md)."""
    if bool(user) == bool(role):
        fail("neither a person nor a role is named, or both", "give USER or --role")
    # The table imports every room's lines: only this command needs them.
    from gateway.wiring.rights import TABLE  # noqa: PLC0415

    roles = frozenset(role or ())
    if user:

        async def look(identity: IdentityService) -> User:
            return await identity.user(user)

        roles = run(_with(load(config), look)).roles
    lines = [line for line in TABLE if line.proof == "session" and roles.intersection(line.roles)]
    if as_json:
        print_json(
            [
                {
                    "what": line.what,
                    "operations": list(line.operations),
                    "scope": line.scope,
                    "others": line.others,
                    "rule": line.rule,
                }
                for line in lines
            ]
        )
        return
    for line in lines:
        rule = f"  ({line.rule})" if line.rule else ""
        out.print(f"{line.what}{rule}", markup=False, highlight=False)


@app.command()
def off(user: str, config: ConfigOption = None) -> None:
    """Switch a person off; open sessions end."""
    settings = load(config)

    async def switch(identity: IdentityService) -> None:
        await identity.switch(user, active=False, by=operator())

    run(_with(settings, switch))
    out.print(f"{user} is off")


@app.command()
def password(user: str, config: ConfigOption = None) -> None:
    """Set a new password; open sessions end."""
    settings = load(config)
    new = secret_from(PASSWORD_VARIABLE, "New password")

    async def change(identity: IdentityService) -> None:
        await identity.change_password(user, new, by=operator())

    run(_with(settings, change))
    out.print(f"{user} has a new password")


async def _with(settings: Settings, work: Callable[[IdentityService], Awaitable[T]]) -> T:
    async with open_storage(settings) as storage:
        return await work(IdentityService(storage, settings.identity))


def _skills(words: Sequence[str], where: str = "") -> dict[str, int]:
    """`language:en=5 subject:water=3` as levels by name; ends the command with the word that is wrong."""
    found = {}
    for word in words:
        name, _, level = word.partition("=")
        found[name] = int(level) if level.isascii() and level.isdigit() and len(level) == 1 else 0
    try:
        return check_skills(found)
    except BadSkill as error:
        fail(f"{where}: {error}" if where else str(error), "give skills as language:en=5 or subject:water=3")
