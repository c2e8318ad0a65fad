"""`songhua user`: an operator's commands for a user's sessions and second factor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, TypeVar

import typer

from gateway.commands.acting import operator
from gateway.commands.common import ConfigOption, JsonOption, load, open_storage, out, print_json, run
from gateway.settings import Settings
from identity.account.service import AccountService, SessionView
from identity.service import IdentityService

T = TypeVar("T")

UserName = Annotated[str, typer.Argument(help="Sign-in name. 账号。")]


def sessions(user: UserName, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Where a person is signed in: since when, last used when, from where, with which program. 登录会话。"""
    settings = load(config)

    async def look(account: AccountService, identity: IdentityService) -> list[SessionView]:
        return await account.sessions((await identity.user(user)).id)

    found = run(_with(settings, look))
    if as_json:
        rows = [asdict(one) for one in found]
        for row in rows:
            del row["is_this"]
        print_json({"user": user, "sessions": rows})
        return
    for one in found:
        used = one.used_at or one.born_at
        out.print(
            f"{one.session_id}  {one.born_at:%Y-%m-%d %H:%M}  {used:%Y-%m-%d %H:%M}  "
            f"{one.address or '-':39}  {one.program or '-'}",
            markup=False,
            highlight=False,
        )
    out.print(f"{len(found)} sessions, times in UTC", highlight=False)


def end_sessions(user: UserName, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """End all sessions of a person: open desks close within a second. 结束全部会话。"""
    settings = load(config)

    async def end(account: AccountService, _identity: IdentityService) -> int:
        return await account.end_all_sessions(operator(), user)

    ended = run(_with(settings, end))
    if as_json:
        print_json({"user": user, "ended": ended})
        return
    out.print(f"{user}: {ended} sessions ended", markup=False, highlight=False)


def reset_second_factor(user: UserName, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Take a person's second factor and recovery codes away, and end all sessions: the next sign-in is by
    password alone, and where the role asks for a second factor, a new one is set up first. 重置第二因素。
    """
    settings = load(config)

    async def reset(account: AccountService, _identity: IdentityService) -> None:
        await account.reset_second_factor(operator(), user)

    run(_with(settings, reset))
    if as_json:
        print_json({"user": user, "second_factor": "none"})
        return
    out.print(f"{user}: the second factor is reset", markup=False, highlight=False)


async def _with(settings: Settings, work: Callable[[AccountService, IdentityService], Awaitable[T]]) -> T:
    async with open_storage(settings) as storage:
        identity = IdentityService(storage, settings.identity)
        return await work(AccountService(identity, storage, settings.identity), identity)
