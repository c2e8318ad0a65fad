"""`songhua cdr erase` and `erasures`: erases a person, store by store, until a search finds nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import typer

from cdr.completeness import Completeness
from core.storage import Storage
from gateway.commands.acting import audit_trail, operator
from gateway.commands.common import (
    FAILED,
    ConfigOption,
    JsonOption,
    err,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.commands.second_person import AloneOption, second_person
from gateway.settings import Settings
from gateway.wiring.ledger_settings import cdr_settings
from gateway.wiring.privacy import erasures as erasing
from privacy import store
from privacy.forms import is_number
from privacy.service import Erasures
from privacy.store import ERASED, Erasure

EVERY_S = 1.0


def erase(
    wanted: Annotated[
        str,
        typer.Argument(
            metavar="CALL|NUMBER", help="A call's id, or a number: its calls, and every place that has it."
        ),
    ],
    reason: Annotated[
        str, typer.Option("--reason", "--why", prompt=True, help="Why, without the number; it stays.")
    ],
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for the service's part.")] = 60.0,
    alone: AloneOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forget a person everywhere; the chain stays whole. Audited. Exit code 1: it is not done yet.

    A second person has to approve it (docs/approvals.md). Exit code 4: nobody has yet; run it again then.
    """
    settings = load(config)

    async def forget() -> Erasure:
        async with open_storage(settings) as storage:
            erasures = erasing(settings, storage)
            ordered = await _order(_Order(settings, storage, erasures), wanted, reason, alone=alone)
            return await _go_on(erasures, ordered, wait)

    _show([run(forget(), as_json=as_json)], as_json=as_json)


def erasures(
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Also those that are done, from this day on."),
    ] = None,
    go_on: Annotated[bool, typer.Option("--go-on", help="Continue unfinished erasures now.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List unfinished erasures and their reasons. Exit code 1 if there is one."""
    settings = load(config)

    async def look() -> Sequence[Erasure]:
        async with open_storage(settings) as storage:
            if go_on:
                await erasing(settings, storage).go_on_with_all()
            async with storage.read() as connection:
                if since is not None:
                    return await store.since(connection, since.replace(tzinfo=UTC))
                return await store.running(connection)

    _show(run(look()), as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Order:
    settings: Settings
    storage: Storage
    erasures: Erasures


async def _order(at: _Order, wanted: str, reason: str, *, alone: bool) -> Erasure:
    """What cannot be erased is refused before anybody is asked."""
    who = operator()
    audit = audit_trail(at.storage, at.settings)
    approved = partial(second_person, at.settings, at.storage, why=reason, alone=alone)
    if is_number(wanted, area_code=cdr_settings(at.settings).area_code):
        number = await at.erasures.check_number(wanted, reason=reason)
        async with approved("erase-number", {"number": number}):
            return await at.erasures.order_number(number, by=who, reason=reason, audit=audit)
    call_id = (await Completeness(at.storage).of_call(wanted))[0]
    await at.erasures.check_call(call_id)
    async with approved("erase-call", {"call": str(call_id)}):
        return await at.erasures.order_call(call_id, by=who, reason=reason, audit=audit)


async def _go_on(erasures: Erasures, ordered: Erasure, wait_s: float) -> Erasure:
    until = time.monotonic() + wait_s
    while True:
        found = await erasures.go_on(ordered.erasure_id)
        if found.state == ERASED or time.monotonic() > until:
            return found
        await asyncio.sleep(EVERY_S)


def _show(found: Sequence[Erasure], *, as_json: bool) -> None:
    if as_json:
        print_json({"erasures": [_shown(one) for one in found]})
    else:
        for one in found:
            out.print(
                f"{one.erasure_id} {one.ordered_at:%Y-%m-%d %H:%M} {one.state}, {len(one.call_ids)} calls",
                highlight=False,
            )
            for name, why in sorted(one.open_steps.items()):
                err.print(f"  {name}: {why}", markup=False, highlight=False, soft_wrap=True)
    if any(one.state != ERASED for one in found):
        raise typer.Exit(FAILED)


def _shown(one: Erasure) -> dict[str, Any]:
    """Without the number."""
    return {
        "erasure_id": str(one.erasure_id),
        "state": one.state,
        "call_ids": [str(call_id) for call_id in one.call_ids],
        "by": one.by,
        "reason": one.reason,
        "ordered_at": one.ordered_at.isoformat(),
        "done_at": None if one.done_at is None else one.done_at.isoformat(),
        "waits_for": dict(one.open_steps),
    }


def add_to(app: typer.Typer) -> None:
    """They stand beside those of the ledger."""
    app.command()(erase)
    app.command()(erasures)
