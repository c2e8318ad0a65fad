"""`python -m gateway.unit_cli` is `songhua unit`."""

from gateway.unit_cli.commands import app

app()
