"""`songhua citizen`: messages to citizens, opt-outs and the rates of follow-ups, from the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar, cast
from uuid import UUID

import typer
from rich.table import Table

from citizen.followup import store as follow_up_store
from citizen.followup.model import FollowUpState, Rates
from citizen.followup.service import FollowUps
from citizen.messages.model import MessageState, StoredMessage
from citizen.messages.service import CitizenMessages, MessageCounts
from gateway.commands.acting import audit_trail, operator
from gateway.commands.common import ConfigOption, JsonOption, load, masked, open_storage, out, print_json, run
from gateway.settings import Settings
from hotline.outbound.follow_ups import store as call_store
from hotline.outbound.follow_ups.policy import FollowUpCall

HELP = "Messages to citizens, opt-outs, follow-ups. 告知市民的短信、退订、回访。"
app = typer.Typer(help=HELP, no_args_is_help=True)
T = TypeVar("T")
Group = Literal["", "district", "category", "source", "department"]


@app.callback()
def citizen() -> None:
    """Messages to citizens, opt-outs, follow-ups. 告知市民的短信、退订、回访。"""


@app.command()
def messages(
    state: Annotated[list[MessageState] | None, typer.Option(help="Only these. 只列这些状态。")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most messages. 最多条数。")] = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List today's counts and the latest messages, numbers masked. 今日与最近的短信和邮件，号码脱敏。"""

    async def read(kept: CitizenMessages, _: FollowUps) -> tuple[MessageCounts, list[StoredMessage]]:
        return await kept.counts(), await kept.latest(state or (), limit)

    counts, found = run(_with(load(config), read))
    if as_json:
        print_json(
            {
                "since": counts.since, "states": dict(counts.states), "opted_out": counts.opted_out,
                "messages": [_told(one) for one in found],
            }
        )  # fmt: skip
        return
    table = Table("created (UTC)", "channel", "number", "template", "state", "parts", "tries", "error")
    for one in found:
        number = masked(one.number) if "@" not in one.number else one.number
        cells = (
            one.channel, number, one.template, one.state.value, str(one.parts), str(one.tries), one.error
        )  # fmt: skip
        table.add_row(f"{one.created_at:%Y-%m-%d %H:%M:%S}", *cells)
    out.print(table)
    today = ", ".join(f"{name} {count}" for name, count in sorted(counts.states.items())) or "none"
    out.print(f"today: {today}; numbers and addresses that opted out: {counts.opted_out}")


@app.command("opt-out")
def opt_out(
    number: Annotated[
        str, typer.Argument(help="A mobile telephone or an e-mail address. 手机号码或电子邮箱。")
    ],
    again: Annotated[bool, typer.Option("--in", help="It gets messages again. 恢复接收。")] = False,
    calls: Annotated[
        bool | None,
        typer.Option("--calls/--texts", help="Calls instead of text messages. 改用语音电话，或恢复短信。"),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Opt a number or an address out of messages, or in again. Audited. 退订或恢复短信与邮件，写入审计。"""

    async def change(kept: CitizenMessages, _: FollowUps) -> tuple[datetime | None, datetime | None]:
        if calls is None:
            await kept.opt(operator(), number, out=not again)
        else:
            await kept.choose_calls(operator(), number, chosen=calls)
        return await kept.opted_out(number), await kept.calls_since(number)

    since, calls_since = run(_with(load(config), change))
    if as_json:
        print_json({"opted_out_since": since, "calls_since": calls_since})
    else:
        out.print("it gets messages" if since is None else f"opted out since {since:%Y-%m-%d %H:%M} UTC")
        if calls_since is not None:
            out.print(f"calls instead of text messages since {calls_since:%Y-%m-%d %H:%M} UTC")


@app.command()
def rates(
    days: Annotated[int, typer.Option(min=1, max=3650, help="Closed in so many days. 最近几天结案的。")] = 30,
    by: Annotated[str, typer.Option(help="district, category, source or department. 分组。")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Response, resolution and satisfaction of follow-ups. 回访的响应率、解决率、满意率。"""
    if by not in {"", "district", "category", "source", "department"}:
        raise typer.BadParameter("district, category, source or department")
    until = datetime.now(UTC)

    async def read(_: CitizenMessages, kept: FollowUps) -> dict[str, Rates]:
        return await kept.rates(operator(), until - timedelta(days=days), until, cast("Group", by))

    found = run(_with(load(config), read))
    if as_json:
        rows = [{"group": group, **_figures(one)} for group, one in found.items()]
        print_json({"since": until - timedelta(days=days), "until": until, "by": by, "rates": rows})
        return
    table = Table(by or "all", *_HEADS)
    for group, one in found.items():
        table.add_row(group or "–", *(_cell(value) for value in _figures(one).values()))
    out.print(table)


@app.command("follow-ups")
def follow_ups(
    state: Annotated[str, typer.Option(help="due, asked, dial, call, answered … 只列此状态。")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most follow-ups. 最多条数。")] = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the newest follow-ups with each automatic call, numbers masked. 最近的回访及每次自动呼叫。"""
    if state and state not in set(FollowUpState):
        raise typer.BadParameter(", ".join(FollowUpState))
    found = run(_follow_ups(load(config), state, limit))
    if as_json:
        print_json({"follow_ups": found})
        return
    table = Table("case", "number", "way", "state", "attempts", "calls", "satisfaction")
    for one in found:
        calls = ", ".join(
            f"{call['began_at']:%m-%d %H:%M} {call['outcome'] or call['stage']}" for call in one["calls"]
        )
        cells = (one["case_number"], one["number"], one["way"], one["state"], str(one["attempts"]), calls)
        table.add_row(*cells, str(one["satisfaction"] or "–"))
    out.print(table)


async def _follow_ups(settings: Settings, state: str, limit: int) -> list[dict[str, Any]]:
    async with open_storage(settings) as storage, storage.read() as connection:
        found = await follow_up_store.listed(connection, state, limit)
        calls = await call_store.of_follow_ups(connection, [one.follow_up_id for one in found])
    return [
        {
            "follow_up_id": one.follow_up_id, "case_number": one.case_number, "number": masked(one.number),
            "way": one.way, "state": one.state.value, "due_at": one.due_at, "attempts": one.attempts,
            "satisfaction": one.satisfaction, "answered_by": one.answered_by, "concern": one.concern.value,
            "connected_at": one.connected_at, "taken_by": one.taken_by,
            "calls": [_call(call) for call in calls[one.follow_up_id]],
        }
        for one in found
    ]  # fmt: skip


def _call(one: FollowUpCall) -> dict[str, Any]:
    return {
        "call_id": one.target.call_id, "attempt": one.target.attempt, "stage": one.stage,
        "outcome": one.outcome, "key": one.key, "spoken": one.spoken,
        "began_at": datetime.fromtimestamp(one.began, UTC),
    }  # fmt: skip


_HEADS = ("asked", "answered", "response", "resolution", "satisfaction", "dissatisfied", "to look at")


async def _with(settings: Settings, work: Callable[[CitizenMessages, FollowUps], Awaitable[T]]) -> T:
    async with open_storage(settings) as storage:
        audit, zone = audit_trail(storage, settings), settings.citizen.timezone_h
        area = settings.hotline.callbacks.area_code
        kept = CitizenMessages(storage, None, audit, timezone_h=zone, area_code=area)
        return await work(kept, FollowUps(storage, kept, _nobody, audit, timezone_h=zone))


async def _nobody(_case_id: UUID) -> str:
    """A command plans no follow-up."""
    return ""


def _told(one: StoredMessage) -> dict[str, object]:
    return {
        "message_id": one.message_id, "purpose": one.purpose.value, "channel": one.channel,
        "template": one.template, "number": masked(one.number) if "@" not in one.number else one.number,
        "case_id": one.case_id, "state": one.state.value, "parts": one.parts,
        "tries": one.tries, "error": one.error, "created_at": one.created_at, "sent_at": one.sent_at,
        "ended_at": one.ended_at,
    }  # fmt: skip


def _figures(one: Rates) -> dict[str, float | int | None]:
    return {
        "asked": one.asked, "answered": one.answered, "response": one.response,
        "resolution": one.resolution, "satisfaction": one.satisfaction, "dissatisfied": one.dissatisfied,
        "open_concerns": one.open_concerns,
    }  # fmt: skip


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}" if isinstance(value, float) else str(value)
