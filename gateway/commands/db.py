"""`songhua db`: bring the database to this version's schema."""

from __future__ import annotations

import typer

from gateway.commands.common import ConfigOption, JsonOption, load, open_storage, out, print_json, run

app = typer.Typer(help="The database: upgrade, status.", no_args_is_help=True)


@app.command()
def upgrade(config: ConfigOption = None) -> None:
    """Create or upgrade the schema. Safe to repeat."""
    from gateway import database  # noqa: PLC0415  # the database's packages take a second to load

    settings = load(config)
    run(database.upgrade(settings.storage))
    out.print(f"schema {database.head()}")


@app.command()
def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """The schema that the database has, and the one that this version needs."""
    from gateway import database  # noqa: PLC0415  # as above

    settings = load(config)

    async def look() -> dict[str, object]:
        async with open_storage(settings) as storage:
            await storage.ping()
            found = await database.current(storage)
        return {"found": found, "needed": database.head(), "ok": found == database.head()}

    seen = run(look())
    if as_json:
        print_json(seen)
    else:
        out.print(f"found {seen['found'] or 'nothing'}, needed {seen['needed']}")
    if not seen["ok"]:
        raise typer.Exit(1)
