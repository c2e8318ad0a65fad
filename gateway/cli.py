"""The command `songhua`: one file for each subject in `gateway.commands`."""

from __future__ import annotations

import typer

from gateway.commands import asterisk, broker, config, db, gazetteer, ledger, speech, user
from gateway.commands.serve import serve
from gateway.unit_cli.commands import app as unit

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
app.add_typer(asterisk.app, name="asterisk")
app.add_typer(broker.app, name="broker")
app.add_typer(ledger.cdr, name="cdr")
app.add_typer(ledger.audit, name="audit")
app.add_typer(gazetteer.app, name="gazetteer")
app.add_typer(speech.app, name="speech")
app.add_typer(unit, name="unit")


def main() -> None:
    app()


if __name__ == "__main__":
    main()
