"""`songhua cameras`: the register of cameras, and which of them see a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from core.storage import Storage
from gateway.commands.common import (
    FAILED,
    ConfigOption,
    JsonOption,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.commands.grid_common import point_of
from gateway.commands.retention import operator
from gateway.commands.tables import DryRunOption, import_register
from gateway.settings import Settings
from identity.audit.service import AuditTrail
from sensing.cameras.http import view
from sensing.cameras.service import CameraRegister, KnownCamera
from sensing.gb28181.store import GbDeviceRow
from sensing.gb28181.store import devices as gb_devices

app = typer.Typer(help="Cameras: import, list, find those that see a place. 摄像头。", no_args_is_help=True)


@app.callback()
def cameras() -> None:
    """The register of cameras."""


@app.command("import")
def import_cameras(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8 or GB18030).", exists=True, dir_okay=False)],
    dry_run: DryRunOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every line and add or change the cameras; nothing is changed when a line is refused."""
    settings = load(config)

    async def register(storage: Storage) -> CameraRegister:
        return _register(settings, storage)

    import_register(file, settings, register, dry_run=dry_run, as_json=as_json)


@app.command("list")
def list_cameras(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """All cameras, and whether they answer."""
    settings = load(config)

    async def work() -> Sequence[KnownCamera]:
        async with open_storage(settings) as storage:
            register = _register(settings, storage)
            await register.look()
            return register.listed(operator())

    _tell(run(work()), as_json=as_json)


@app.command()
def nearest(
    place: Annotated[str, typer.Argument(metavar="LON,LAT", help="WGS-84 degrees: 126.65,45.75.")],
    limit: Annotated[int, typer.Option(min=1, max=50, help="So many at most.")] = 8,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """The nearest cameras that see a place: within their range and their angle of view."""
    settings = load(config)
    point = point_of(place)

    async def work() -> Sequence[KnownCamera]:
        async with open_storage(settings) as storage:
            register = _register(settings, storage)
            await register.look()
            return register.near(operator(), point, limit)

    found = run(work())
    _tell(found, as_json=as_json)
    if not found:
        raise typer.Exit(FAILED)


@app.command()
def gb28181(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Devices that register by GB/T 28181, and whether they are there."""
    settings = load(config)

    async def work() -> Sequence[GbDeviceRow]:
        async with open_storage(settings) as storage, storage.read() as connection:
            return await gb_devices(connection)

    known = {one.device: one for one in run(work())}
    named = sorted({*known, *settings.sensing.gb28181.devices})
    rows = [_device(device, known.get(device), settings) for device in named]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        why = f" ({row['why']})" if row["why"] else ""
        made = " ".join(filter(None, (row["maker"], row["model"]))) or "–"
        line = f"{row['device']}  {row['state']}{why}  {made}  {row['cameras']} cameras"
        without = f", {row['without_place']} without a position" if row["without_place"] else ""
        alarms = f", {row['alarms']} alarms" if row["alarms"] else ""
        out.print(line + without + alarms, highlight=False, soft_wrap=True)


def _device(device: str, row: GbDeviceRow | None, settings: Settings) -> dict[str, Any]:
    """As it is recorded; one that the settings do not name any more is no longer let in."""
    if row is None:
        return {"device": device, "state": "away", "why": "never", "maker": "", "model": "", "firmware": "",
                "cameras": 0, "without_place": 0, "alarms": 0, "since": None, "heard_at": None,
                "catalogue_at": None, "alarm_at": None}  # fmt: skip
    named = device in settings.sensing.gb28181.devices
    told = {name: _time(value) for name, value in asdict(row).items()}
    return told if named else {**told, "state": "away", "why": "not-named"}


def _time(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _tell(found: Sequence[KnownCamera], *, as_json: bool) -> None:
    if as_json:
        print_json([view(one).model_dump(mode="json") for one in found])
        return
    for one in found:
        camera, condition = one.camera, one.condition
        away = "" if one.metres is None else f"  {one.metres:.0f} m"
        state = condition.state.value if camera.in_use else "not in use"
        why = f" ({condition.why})" if condition.why else ""
        line = f"{camera.code}  {camera.name}  {camera.kind.value}  {camera.owner or '–'}  {state}{why}{away}"
        out.print(line, highlight=False, soft_wrap=True)


def _register(settings: Settings, storage: Storage) -> CameraRegister:
    return CameraRegister(storage, AuditTrail(storage), settings.sensing.accounts)
