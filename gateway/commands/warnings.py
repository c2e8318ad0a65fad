"""`songhua warning`: CAP messages and warnings. People release them at the desk, never this command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import typer
from rich.markup import escape

from citizen.messages.service import CitizenMessages
from citizen.messages.warnings import WarningTexts
from core.errors import SonghuaError
from core.storage import Storage
from field.map.store import MapFiles
from gateway.commands.acting import operator
from gateway.commands.common import (
    FAILED,
    ConfigOption,
    JsonOption,
    fail,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.commands.grid_common import grid_of
from gateway.commands.warning_paging import paging
from gateway.commands.warning_recipients import recipients
from gateway.commands.warning_sirens import sirens
from gateway.settings import Settings
from gateway.wiring.warnings import (
    MessagesOfWarnings,
    PlacesOfRecipients,
    UnitsInArea,
    districts_of_map,
)
from identity.audit.service import AuditTrail
from warning.calling.service import RecipientCalls
from warning.cap.errors import NotCap
from warning.errors import WarningRefused
from warning.http import CheckedView, WarningDetail, checked_view, detail, view
from warning.ledger.model import RecordedWarning
from warning.ledger.service import WarningLedger
from warning.paging.service import PagingInArea
from warning.recipients.texting import RecipientTexts
from warning.sending.service import WarningSending
from warning.sirens.service import SirensInArea

app = typer.Typer(
    help="Warnings: CAP messages, recipients, sirens, paging, what became of them. 预警。",
    no_args_is_help=True,
)
app.add_typer(recipients, name="recipients")
app.command()(sirens)
app.command()(paging)
CapFile = Annotated[Path, typer.Argument(help="A CAP 1.2 message.", exists=True, dir_okay=False)]


@app.callback()
def warnings() -> None:
    """Warnings; nothing is sent by these commands."""


@app.command()
def check(file: CapFile, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Say what a message would do, and why it is refused; nothing is changed."""
    settings = load(config)

    async def work() -> CheckedView:
        async with open_storage(settings) as storage:
            try:
                return checked_view(await _ledger(settings, storage).check(operator(), file.read_bytes()))
            except NotCap as error:
                return CheckedView(refusals=[error.reason])

    told = run(work())
    if as_json:
        print_json(told.model_dump(mode="json"))
    else:
        out.print(escape(_line(told)), highlight=False, soft_wrap=True)
        for one in told.refusals:
            said = f"refused ({one.kind}): {one.cause}. Remedy: {one.remedy}"
            out.print(escape(said), highlight=False, soft_wrap=True)
    if told.refusals:
        raise typer.Exit(FAILED)


@app.command("import")
def import_message(file: CapFile, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Keep a message as a draft that people release at the desk."""
    settings = load(config)

    async def work() -> RecordedWarning:
        async with open_storage(settings) as storage:
            return await _ledger(settings, storage).take(operator(), file.read_bytes(), uuid4())

    try:
        told = view(run(work()))
    except WarningRefused as error:
        for one in error.reasons[1:]:
            out.print(escape(f"{one.kind}: {one.cause}. {one.remedy}"), highlight=False, soft_wrap=True)
        fail(f"{error.reasons[0].kind}: {error.detail}", error.remedy)
    except SonghuaError as error:
        fail(error.detail or error.title, error.remedy)
    if as_json:
        print_json(told.model_dump(mode="json"))
    else:
        out.print(escape(f"{told.warning_id}  {told.headline}  waits for {told.people} to release it"))


@app.command("list")
def list_warnings(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """The newest hundred warnings."""
    settings = load(config)

    async def work() -> Sequence[RecordedWarning]:
        async with open_storage(settings) as storage:
            return await _ledger(settings, storage).listed(operator())

    found = [view(one) for one in run(work())]
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    for one in found:
        line = f"{one.warning_id}  {one.state}  {one.status} {one.msg_type}  {one.sender}  {one.headline}"
        out.print(escape(line), highlight=False, soft_wrap=True)


@app.command()
def show(
    warning_id: Annotated[UUID, typer.Argument(help="songhua warning list.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a warning, and whom it would reach; once it is released, what became of it by channel."""
    settings = load(config)

    async def work() -> WarningDetail:
        async with open_storage(settings) as storage:
            sending = await _sending(settings, storage)
            ledger = WarningLedger(storage, AuditTrail(storage), settings.warning, sending)
            return await detail(operator(), warning_id, ledger, sending)

    try:
        told = run(work())
    except SonghuaError as error:
        fail(error.detail or error.title, error.remedy)
    if as_json:
        print_json(told.model_dump(mode="json"))
        return
    one = told.warning
    line = f"{one.warning_id}  {one.state}  {one.status} {one.msg_type}  {one.headline}"
    out.print(escape(line), highlight=False, soft_wrap=True)
    for channel, count in told.audience.items():
        out.print(f"{channel:8} would tell {count}", highlight=False)
    for counts in told.counts:
        numbers = counts.model_dump(exclude={"channel"})
        said = ", ".join(f"{name} {number}" for name, number in numbers.items())
        out.print(f"{counts.channel:8} {said}", highlight=False, soft_wrap=True)


@app.command()
def export(
    warning_id: Annotated[UUID, typer.Argument(help="Of a released warning: songhua warning list.")],
    to: Annotated[Path, typer.Option("--to", help="The file that is written.")],
    config: ConfigOption = None,
) -> None:
    """Write a released warning as a signed CAP message."""
    settings = load(config)

    async def work() -> bytes:
        async with open_storage(settings) as storage:
            return await _ledger(settings, storage).export(operator(), warning_id)

    try:
        to.write_bytes(run(work()))
    except SonghuaError as error:
        fail(error.detail or error.title, error.remedy)


def _line(told: CheckedView) -> str:
    if not told.identifier:
        return "no message"
    proof = "signed" if told.signed else "unsigned"
    what = f"{told.identifier}  {told.status} {told.msg_type}  {told.sender} ({proof})  {told.headline}"
    return f"{what}\nit would: {told.effect}, after {told.people} have released it"


async def _sending(settings: Settings, storage: Storage) -> WarningSending:
    """With every channel; nothing is sent here."""
    grid = await grid_of(settings, storage)
    messages = CitizenMessages(storage, None, AuditTrail(storage), timezone_h=settings.citizen.timezone_h)
    maps = MapFiles(settings.field.maps)
    places = PlacesOfRecipients(maps, lambda: grid)
    texts = RecipientTexts(MessagesOfWarnings(lambda: WarningTexts(None, messages)), places)
    calls = RecipientCalls(places, storage.clock, lambda: "not here")
    sounding = SirensInArea(settings.warning.sirens, settings.warning.siren_programs)
    pages = PagingInArea(settings.warning.paging.groups, lambda: "not here")
    audiences = (UnitsInArea(storage.clock), texts, calls, sounding, pages)
    return WarningSending(storage, audiences, districts_of_map(maps))


def _ledger(settings: Settings, storage: Storage) -> WarningLedger:
    sending = WarningSending(storage, (), lambda _point: ())
    return WarningLedger(storage, AuditTrail(storage), settings.warning, sending)
