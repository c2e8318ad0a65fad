"""`songhua mqtt` (also `songhua broker`): render Mosquitto's configuration and the roles' accounts, run
it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core import log
from core.errors import SonghuaError
from core.listening.addresses import is_loopback
from gateway.commands.common import MISUSED, ConfigOption, err, fail, load, out, run
from gateway.mqtt.link import MqttLink
from gateway.mqtt.mosquitto import Tls, render
from gateway.mqtt.runner import BrokerRunner, command
from gateway.processes.notify import ServiceNotifier
from gateway.settings import Settings
from gateway.tls.folder import TlsFolder

app = typer.Typer(help="The MQTT broker: render its configuration.", no_args_is_help=True)


@app.callback()
def broker() -> None:
    """Mosquitto, configured without anonymous access."""


@app.command("render")
def render_command(
    to: Annotated[Path, typer.Option("--out", help="Folder for the rendered files.", file_okay=False)],
    ws_port: Annotated[int, typer.Option(help="Port for terminals in a browser.")] = 8083,
    tls_cert: Annotated[
        Path | None,
        typer.Option(
            help="Certificate chain (PEM) for listeners with TLS, instead of songhua tls's.", dir_okay=False
        ),
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its key (PEM).", dir_okay=False)] = None,
    tls_port: Annotated[int, typer.Option(help="Port for terminals and apps with TLS.")] = 8883,
    tls_ws_port: Annotated[int, typer.Option(help="Port for terminals in a browser with TLS.")] = 8884,
    tls_address: Annotated[str, typer.Option(help="Where those listen.")] = "0.0.0.0",  # noqa: S104
    no_tls: Annotated[bool, typer.Option("--no-tls", help="Plain listeners alone.")] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Plain listeners also beyond this machine: passwords in the open.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Write mosquitto.conf and the roles' accounts; existing units' accounts are kept."""
    settings = load(config)
    if (tls_cert is None) != (tls_key is None):
        err.print("songhua: --tls-cert and --tls-key belong together", highlight=False)
        raise typer.Exit(MISUSED)
    files = None if no_tls else _files(settings, tls_cert, tls_key)
    if settings.mqtt.tls and files is None:
        fail(
            "[mqtt] tls is set, and there is no certificate", "songhua tls init, or --tls-cert and --tls-key"
        )
    if not settings.mqtt.tls and not plain and not is_loopback(settings.mqtt.host):
        fail(
            f"[mqtt] host = {settings.mqtt.host} without TLS: passwords would cross it as plain text",
            "set [mqtt] tls = true with port = 8883 (docs/tls.md); or --plain",
        )
    # Roles that speak TLS find it on their own port, and nothing is left for plain listeners.
    port = settings.mqtt.port if settings.mqtt.tls else tls_port
    tls = None if files is None else Tls(*files, port, tls_ws_port, tls_address)
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
            tls=tls,
            plain=not settings.mqtt.tls,
        )
    except SonghuaError as error:
        fail(error.detail, error.remedy)
    out.print(f"songhua mqtt run {to}", markup=False, soft_wrap=True)
    out.print(f"(or mosquitto -c {rendered.config}: without alarms for who speaks as another)", markup=False)
    if not passwords:
        out.print(f"the roles' passwords are in {to}/passwords.json (0600): put them into [mqtt.accounts]")


def _files(settings: Settings, certificate: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    """Certificate and key: the named ones, else those of the local authority; None without either."""
    if certificate is not None and key is not None:
        for file in (certificate, key):
            if not file.is_file():
                fail(f"{file} is missing", "a PEM file that the broker's user may read")
        return certificate.resolve(), key.resolve()
    local = TlsFolder(settings.tls.folder).service("broker")
    return (local.certificate, local.key) if local.certificate.is_file() else None


@app.command("run")
def run_command(
    folder: Annotated[Path, typer.Argument(help="Where it was rendered to.", exists=True, file_okay=False)],
    config: ConfigOption = None,
) -> None:
    """Run Mosquitto and tell the role radio who wanted to speak as another; ends with the broker's exit
    code.
    """
    settings = load(config)
    rendered = folder / "mosquitto.conf"
    if not rendered.is_file():
        fail(f"{rendered} is missing", f"songhua mqtt render --out {folder}")
    log.configure(level=settings.log.level, json=settings.log.json_lines)

    async def work() -> int:
        account = settings.broker("radio").model_copy(update={"session_expiry_s": 0})
        link = MqttLink(account, client_id="songhua-broker-log")
        return await BrokerRunner(command(rendered), link, ServiceNotifier.asked()).run()

    raise typer.Exit(run(work()))
