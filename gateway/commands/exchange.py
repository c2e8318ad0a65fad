"""`songhua exchange deliveries|again|reconcile|reconciliations|secret`: forms to departments that do not work
at the desk, and work orders of another system.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from rich.table import Table

from cases.exchange.errors import ReceivesNoForms
from cases.exchange.http import ListedFormDelivery, delivery_view, listed_view
from cases.exchange.model import DeliveryState, FormReceivers
from cases.exchange.order_http import (
    KeptReconciliationView,
    OrdersOfDay,
    ReconciliationView,
    kept_view,
    reconciliation_view,
)
from cases.exchange.ports import NoWebhook
from cases.exchange.receivers import ActiveReceivers
from cases.exchange.reconciliation import Reconciliations
from cases.exchange.service import Exchange
from cases.exchange.store import DeliveryFilter
from core.clock import SystemClock
from core.ids import uuid7
from core.storage import Storage
from gateway.commands.acting import audit_trail, operator
from gateway.commands.common import (
    FAILED,
    ConfigOption,
    JsonOption,
    fail,
    load,
    out,
    print_json,
    run,
)
from gateway.settings import Settings
from gateway.webhooks.transport import SignedWebhooks
from gateway.wiring.storage import open_storage
from runtime_settings import store as settings_store

T = TypeVar("T")
HELP = "Forms to departments without a desk: deliveries, secrets. 与无坐席台部门的表单交换。"
SETTING = "exchange"
MOST_BYTES = 16 * 1024 * 1024
app = typer.Typer(help=HELP, no_args_is_help=True)


@app.callback()
def exchange() -> None:
    """Forms to departments without a desk: deliveries, secrets. 与无坐席台部门的表单交换。"""


@app.command()
def deliveries(
    state: Annotated[DeliveryState | None, typer.Option(help="Only these. 只列此状态。")] = None,
    department: Annotated[str, typer.Option(help="Only to this department. 只列此部门。")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most deliveries. 最多条数。")] = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List forms and what became of them, the newest first. 列出表单及其送达情况，新的在前。"""

    async def read(known: Exchange) -> tuple[list[ListedFormDelivery], dict[str, int]]:
        found, numbers, counts = await known.listed(operator(), DeliveryFilter(state, department), limit)
        return [listed_view(one, numbers) for one in found], {one.value: n for one, n in counts.items()}

    found, counts = run(_with(load(config), read))
    if as_json:
        print_json({**counts, "deliveries": [one.model_dump(mode="json") for one in found]})
        return
    table = Table("delivery", "case", "department", "form", "act", "state", "tries", "error", box=None)
    for one in found:
        table.add_row(
            str(one.delivery_id), one.case_number, one.department_id, one.form.value, one.act,
            one.state.value, str(one.attempts), one.error,
        )  # fmt: skip
    out.print(table if found else "no delivery")
    out.print(f"waiting {counts['waiting']}, dead {counts['dead']}")


@app.command()
def again(
    delivery: Annotated[UUID, typer.Argument(help="As songhua exchange deliveries names it. 送达编号。")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have the service send a form once more, under the same id. Audited. 以同一编号重发表单，写入审计。"""

    async def send(known: Exchange) -> object:
        return delivery_view(await known.send_again(operator(), delivery, uuid7())).model_dump(mode="json")

    told = run(_with(load(config), send))
    if as_json:
        print_json(told)
    else:
        out.print("it waits to be sent")


@app.command()
def reconcile(
    day: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="In the city. 登记日期。")],
    theirs: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="The other side's list as JSON. 对方清单。")
    ],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare another system's work orders of a day with ours; exit code 1: they differ. 与对方系统对账。"""
    settings = load(config)
    if theirs.stat().st_size > MOST_BYTES:
        fail(f"{theirs.name} is larger than {MOST_BYTES} bytes")
    try:
        told = OrdersOfDay.model_validate({**json.loads(theirs.read_bytes()), "day": day.date()})
    except (ValueError, TypeError, RecursionError) as error:  # no JSON, or another form
        fail(f"{theirs.name} is no list of orders: {str(error)[:300]}", "see docs/exchange.md")

    async def compare() -> ReconciliationView:
        storage = open_storage(settings, "centre", (), beside=True)
        try:
            found = await _reconciliations(storage, settings).compare(
                operator(), told.day, told.by_reference()
            )
            return reconciliation_view(found)
        finally:
            await storage.close()

    found = run(compare())
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        table = Table("reference", "difference", "ours", "theirs", box=None)
        for one in found.differences:
            table.add_row(one.reference, one.kind.value, one.ours or "–", one.theirs or "–")
        if found.differences:
            out.print(table)
        out.print(f"ours {found.ours}, theirs {found.theirs}, differences {len(found.differences)}")
    if found.differences:
        raise typer.Exit(FAILED)


@app.command()
def reconciliations(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List what the daily comparisons with 12345 found, the newest first. 列出每日对账结果。"""
    settings = load(config)

    async def look() -> list[KeptReconciliationView]:
        storage = open_storage(settings, "centre", (), beside=True)
        try:
            return [kept_view(one) for one in await _reconciliations(storage, settings).listed(operator())]
        finally:
            await storage.close()

    found = run(look())
    if as_json:
        print_json({"days": [one.model_dump(mode="json") for one in found]})
        return
    table = Table("day", "state", "ours", "theirs", "differences", "tries", "error", box=None)
    for one in found:
        theirs = "–" if one.theirs is None else str(one.theirs)
        table.add_row(
            str(one.day), one.state.value, str(one.ours), theirs, str(one.differing),
            str(one.attempts), one.error,
        )  # fmt: skip
    out.print(table if found else "no comparison")


def _reconciliations(storage: Storage, settings: Settings) -> Reconciliations:
    return Reconciliations(
        storage, ActiveReceivers(), NoWebhook(), settings.cases.exchange,
        timezone_h=settings.cases.timezone_h,
    )  # fmt: skip


@app.command()
def secret(
    department: Annotated[str, typer.Argument(help="Its id, as in Settings, Exchange. 部门编号。")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the secret that a department's system checks signatures with. 输出该部门验证签名的密钥。"""
    settings = load(config)

    async def look(known: Exchange) -> str:
        receiver = known.receivers.of(department)
        if receiver is None:
            raise ReceivesNoForms(remedy="name its address in Settings, Exchange", department=department)
        return SignedWebhooks(settings.webhooks, SystemClock()).secret(receiver)

    found = run(_with(settings, look))
    if as_json:
        print_json({"department_id": department, "secret": found})
    else:
        typer.echo(found)


async def _with(settings: Settings, work: Callable[[Exchange], Awaitable[T]]) -> T:
    storage = open_storage(settings, "centre", (), beside=True)
    try:
        receivers = ActiveReceivers()
        async with storage.read() as connection:
            held = await settings_store.newest(connection, SETTING)
        receivers.use(FormReceivers() if held is None else FormReceivers.model_validate(held.value))
        audit = audit_trail(storage, settings)
        return await work(Exchange(storage, receivers, audit, settings.cases.exchange))
    finally:
        await storage.close()
