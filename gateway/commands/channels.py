"""`songhua channels`: which channels of citizens are on, and whether their peers accept us."""

from __future__ import annotations

from dataclasses import asdict

import typer

from citizen.channels.installed import examined
from gateway.commands.common import FAILED, ConfigOption, JsonOption, load, out, print_json, run

app = typer.Typer(
    help="Channels of citizens: which are on, and whether they work. 市民渠道。", no_args_is_help=True
)


@app.callback()
def _channels() -> None:
    """Channels of citizens: which are on, and whether they work. 市民渠道。"""


@app.command()
def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Ask the peers of the channels that are on whether they accept us; nobody is sent anything.

    Exit codes: 0 all that are on work, 1 one does not, 3 the settings are wrong.
    """
    found = run(examined(load(config).citizen))
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        for one in found:
            out.print(f"{one.name}: {one.why or ('on' if one.enabled else 'off')}", highlight=False)
    if any(one.why for one in found):
        raise typer.Exit(FAILED)
