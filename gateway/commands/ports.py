"""`songhua ports`: all listening ports of these settings, and firewall rules for them."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from gateway.commands.common import ConfigOption, JsonOption, load, out, print_json
from gateway.listeners.model import SAID
from gateway.listeners.nft import ruleset
from gateway.listeners.table import LISTENERS


def ports(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    nft: Annotated[bool, typer.Option("--nft", help="Print the nftables file.")] = False,
) -> None:
    """List listening ports of these settings and their clients; --nft prints firewall rules."""
    settings = load(config)
    if nft:
        typer.echo(ruleset(settings), nl=False)
        return
    rows = [
        {
            "name": one.name,
            "process": one.by,
            "protocol": one.protocol,
            "host": where.host,
            "ports": where.ports,
            "transport": one.transport,
            "peers": [peer.value for peer in one.peers],
            "settings": list(one.places),
        }
        for one in LISTENERS
        for where in one.bound(settings)
    ]
    if as_json:
        print_json(rows)
        return
    table = Table("what", "process", "port", "address", "who has to reach it")
    for one in LISTENERS:
        for where in one.bound(settings):
            reach = ", ".join(SAID[peer] for peer in one.peers) or "this machine"
            table.add_row(one.name, one.by, f"{one.protocol} {where.ports}", where.host, reach)
    out.print(table)
