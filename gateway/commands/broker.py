"""`songhua broker`: render Mosquitto's configuration and the roles' accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.errors import SonghuaError
from gateway.commands.common import ConfigOption, fail, load, out
from gateway.mqtt.mosquitto import render

app = typer.Typer(help="The MQTT broker: render its configuration.", no_args_is_help=True)


@app.callback()
def broker() -> None:
    """Mosquitto, set up so that nobody is anonymous."""


@app.command("render")
def render_command(
    to: Annotated[Path, typer.Option("--out", help="Folder for the rendered files.", file_okay=False)],
    ws_port: Annotated[int, typer.Option(help="Port for terminals in a browser.")] = 8083,
    config: ConfigOption = None,
) -> None:
    """Write mosquitto.conf and the accounts of the roles; units' accounts that exist are kept."""
    settings = load(config)
    passwords: dict[str, str] = {
        role: one.password.get_secret_value() for role, one in settings.mqtt.accounts.items()
    }
    try:
        rendered = render(
            to,
            tenant=settings.tenant,
            tcp_port=settings.mqtt.port,
            ws_port=ws_port,
            address=settings.mqtt.host,
            passwords=passwords,
        )
    except SonghuaError as error:
        fail(error.detail, error.remedy)
    out.print(f"mosquitto -c {rendered.config}", markup=False, soft_wrap=True)
    if not passwords:
        out.print(f"the roles' passwords are in {to}/passwords.json (0600): put them into [mqtt.accounts]")
