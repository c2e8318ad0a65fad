"""`songhua cameras`: the register of cameras, and which of them see a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any

import typer

from core.listening import AddressRange
from core.storage import Storage
from gateway.commands.acting import operator
from gateway.commands.common import (
    FAILED,
    MISUSED,
    ConfigOption,
    JsonOption,
    fail,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.commands.grid_common import point_of
from gateway.commands.tables import DryRunOption, import_register
from gateway.settings import Settings
from identity.audit.service import AuditTrail
from sensing.asking.account import login_of
from sensing.cameras.http import view
from sensing.cameras.service import CameraRegister, KnownCamera
from sensing.gb28181.store import GbDeviceRow
from sensing.gb28181.store import devices as gb_devices
from sensing.onvif.discover import Discovery, DiscoveryLimits, FoundDevice, addresses_of, discover
from sensing.onvif.table import lines_of, table_of
from sensing.recordings import store as clips
from sensing.recordings.http import clip_view
from sensing.recordings.store import RecordedClip

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


@app.command("discover")
def discover_cameras(
    ranges: Annotated[
        list[str], typer.Argument(metavar="RANGE…", help="Within [sensing] networks: 10.1.2.0/24.")
    ],
    account: Annotated[
        str, typer.Option(help="A name of [sensing.accounts]: each device is asked with it once.")
    ] = "",
    port: Annotated[
        list[int] | None, typer.Option(min=1, max=65535, help="Of HTTP, without an answer to a Probe: 80.")
    ] = None,
    per_s: Annotated[float, typer.Option(min=1, max=200, help="Questions a second.")] = 50,
    csv: Annotated[
        Path | None, typer.Option(help="Write a table for songhua cameras import.", dir_okay=False)
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the addresses of these ranges, and no others, for cameras that speak ONVIF; audited."""
    settings = load(config)
    if account and account not in settings.sensing.accounts:
        fail(f"the settings have no account {account}", "add it to [sensing.accounts]", MISUSED)
    named = [_range(one) for one in ranges]

    async def work() -> tuple[Discovery, str]:
        asked = addresses_of(named, settings.sensing.networks)
        async with open_storage(settings) as storage:
            register = _register(settings, storage)
            await register.look()
            detail = {"ranges": [str(one) for one in named], "account": account}
            await AuditTrail(storage).record(operator(), "cameras.discover", "cameras:register", detail)
            login = login_of(settings.sensing, account)
            found = await discover(asked, port or [80], login, limits=DiscoveryLimits(per_s=per_s))
            return found, table_of(found, list(register.index.by_code.values()), account)

    found, table = run(work())
    if csv is not None:
        csv.write_text(table, encoding="utf-8")
    if as_json:
        print_json({
            "asked": found.asked, "devices": [_found(one) for one in found.devices],
            "refused": [asdict(one) for one in found.refused],
        })  # fmt: skip
        return
    for device in found.devices:
        for text in lines_of(device):
            out.print(text, highlight=False, soft_wrap=True)
    for one in found.refused:
        out.print(f"{one.host} names {one.named}: not asked ({one.why})", highlight=False, soft_wrap=True)
    out.print(f"{found.asked} addresses asked, {len(found.devices)} devices", highlight=False)


def _range(text: str) -> AddressRange:
    try:
        return ip_network(text)
    except ValueError:
        fail(f"{text} is no range of addresses", "write it as 10.1.2.0/24", MISUSED)


def _found(one: FoundDevice) -> dict[str, Any]:
    told = asdict(one)
    identity = told.pop("identity")
    return {"address": one.address, **told, **identity}


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


@app.command("clips")
def list_clips(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many at most.")] = 100,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Clips of recordings that were kept with cases, the newest first, with their SHA-256."""
    settings = load(config)

    async def work() -> Sequence[RecordedClip]:
        async with open_storage(settings) as storage, storage.read() as connection:
            return await clips.newest(connection, limit)

    found = run(work())
    if as_json:
        print_json([clip_view(one).model_dump(mode="json") for one in found])
        return
    for one in found:
        why = f" ({one.why})" if one.why else ""
        line = f"{one.case_number}  {one.code}  {one.plays_from.isoformat()}  {one.span.seconds:.0f} s"
        out.print(
            f"{line}  {one.state.value}{why}  {one.asked_by}  {one.sha256 or '–'}",
            highlight=False, soft_wrap=True,
        )  # fmt: skip


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
