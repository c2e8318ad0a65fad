"""The command `songhua`: one file for each subject in `gateway.commands`."""

from __future__ import annotations

import typer

from gateway.commands import config, db, user
from gateway.commands.serve import serve

app = typer.Typer(
    name="songhua",
    help="The communications core of a city's hotline and field units.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
app.command()(serve)
app.add_typer(config.app, name="config")
app.add_typer(db.app, name="db")
app.add_typer(user.app, name="user")


def main() -> None:
    app()


if __name__ == "__main__":
    main()
