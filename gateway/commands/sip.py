"""`songhua sip`: addresses that are shut out of SIP because passwords were guessed from there, listed, added
and lifted while calls go on. The running service follows within seconds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

import typer
from rich.table import Table

from gateway.commands.acting import operator
from gateway.commands.common import (
    ConfigOption,
    JsonOption,
    err,
    fail,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.sip_guard.blocking import Blocking
from gateway.sip_guard.model import AddressBlock
from gateway.wiring.sip_guard import blocking
from identity.service import IdentityService

T = TypeVar("T")
HELP = "Addresses shut out of SIP for guessing passwords. 因猜测话机密码而被挡在 SIP 之外的地址。"
MOST_HOURS = 24 * 30

app = typer.Typer(help=HELP, no_args_is_help=True)


@app.callback()
def sip() -> None:
    """Addresses shut out of SIP for guessing passwords. 因猜测话机密码而被挡在 SIP 之外的地址。"""


@app.command("blocked")
def blocked(
    ended: Annotated[bool, typer.Option("--ended", help="Also those that are over. 包括已结束的。")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List blocked addresses with begin, end and reason. 列出被挡的地址。"""
    now = datetime.now(UTC)

    async def look(held: Blocking) -> list[AddressBlock]:
        return await (held.listed() if ended else held.holding())

    rows = [_shown(one, now) for one in _with(config, look)]
    if as_json:
        print_json({"blocked": rows})
        return
    table = Table("address", "since", "until", "tries", "names", "why", "by", "now")
    for row in rows:
        cells = (
            row["network"], row["since"][:16], row["until"][:16], row["attempts"], row["accounts"],
            row["reason"], row["lifted_by"] or row["added_by"], "shut out" if row["holds"] else "over",
        )  # fmt: skip
        table.add_row(*(str(cell) for cell in cells))
    out.print(table)


@app.command()
def block(
    address: Annotated[str, typer.Argument(help="203.0.113.7, or 2001:db8::7 for its whole /64.")],
    reason: Annotated[str, typer.Option("--reason", "-m", help="Why; it is listed. 原因。")],
    hours: Annotated[float, typer.Option(min=0.01, max=MOST_HOURS, help="For so long. 时长（小时）。")] = 24,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Shut an address out, also one where telephones of ours stand. 挡住一个地址。"""

    async def work(held: Blocking) -> AddressBlock:
        lasts_for = timedelta(hours=hours)
        return await held.by_hand(operator(), address, reason=reason[:200], lasts_for=lasts_for)

    row = _shown(_with(config, work), datetime.now(UTC))
    if as_json:
        print_json(row)
    else:
        out.print(f"{row['network']} is shut out of SIP until {row['until'][:16]} UTC", highlight=False)


@app.command()
def unblock(
    address: Annotated[str, typer.Argument(help="As songhua sip blocked lists it. 列表中的地址。")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let an address in again, within seconds. 几秒之内放行一个地址。"""

    async def work(held: Blocking) -> str:
        return await held.lift(operator(), address)

    network = _with(config, work)
    if as_json:
        print_json({"unblocked": network})
    else:
        out.print(f"{network} may come in again", highlight=False)


def _with(config: Any, work: Callable[[Blocking], Awaitable[T]]) -> T:
    settings = load(config)
    if settings.asterisk is None:
        fail("the settings name no switch", "fill the section [asterisk]: docs/asterisk.md")
    if not settings.asterisk.guard.enabled:
        err.print("asterisk.guard is switched off: the switch shuts nobody out", highlight=False)

    async def do() -> T:
        assert settings.asterisk is not None
        async with open_storage(settings) as storage:
            audit = IdentityService(storage, settings.identity).audit
            return await work(blocking(settings.asterisk, audit))

    try:
        return run(do())
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", "run it as root or as the user that the gateway runs as")


def _shown(block: AddressBlock, now: datetime) -> dict[str, Any]:
    row = asdict(block)
    for name in ("since", "until", "lifted_at"):
        row[name] = row[name].isoformat() if row[name] else None
    return {**row, "holds": block.holds(now)}
