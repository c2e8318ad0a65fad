"""`songhua token`: API tokens, by which programs act for a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from core.actor import Role
from gateway.commands.acting import operator
from gateway.commands.common import ConfigOption, JsonOption, fail, load, open_storage, out, print_json, run
from gateway.commands.scope_words import names_by_kind
from gateway.settings import Settings
from identity.model import check_scopes
from identity.service import IdentityService
from identity.tokens.http import view
from identity.tokens.model import READS, ApiToken, WantedToken

T = TypeVar("T")

app = typer.Typer(
    help="API tokens: how programs act for a person. API 令牌：程序代人操作。", no_args_is_help=True
)


@app.command()
def create(
    user: Annotated[str, typer.Argument(help="For whom it acts. 账号。")],
    name: Annotated[str, typer.Option(help="The program's name in the audit trail. 用途名称。")],
    role: Annotated[
        list[Role] | None, typer.Option(help="Of the person's; all without one. More than once.")
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="queue=hotline, district=230102 …, within the person's.")
    ] = None,
    operation: Annotated[
        list[str] | None, typer.Option(help='"GET /api/cases" as docs/rights.md lists them, or "GET *".')
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help='As "GET *" and "WEBSOCKET *".')] = False,
    days: Annotated[
        int | None,
        typer.Option(help="Days of validity, up to the settings' limit. 有效天数。", min=1),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token and print it, this once. 新建令牌，仅显示一次。"""
    settings = load(config)
    wanted = (*(operation or ()), *(READS if read_only else ()))
    scopes = check_scopes(names_by_kind(scope or []))

    async def make(identity: IdentityService) -> tuple[str, ApiToken]:
        # The table imports every room's lines: only this command needs them.
        from gateway.wiring.rights import TABLE, operations_of_tokens  # noqa: PLC0415

        asked = WantedToken(user, name, frozenset(role or ()), scopes, wanted, days)
        return await identity.tokens.make(operator(), asked, operations_of_tokens(TABLE))

    secret, token = run(_with(settings, make))
    if as_json:
        print_json({"secret": secret, **view(token).model_dump(mode="json")})
        return
    out.print(secret, markup=False, highlight=False)
    out.print(f"token {token.token_id} of {user}, valid until {token.expires_at:%Y-%m-%d}", highlight=False)


@app.command("list")
def list_tokens(
    user: Annotated[str | None, typer.Argument(help="Of this person alone. 账号。")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tokens with their owners, rights, end and last use; never the tokens themselves. 列出令牌。"""

    async def look(identity: IdentityService) -> list[ApiToken]:
        return await identity.tokens.listed(user)

    found = run(_with(load(config), look))
    if as_json:
        print_json([view(one).model_dump(mode="json") for one in found])
        return
    for one in found:
        state = "revoked" if one.revoked_at else f"until {one.expires_at:%Y-%m-%d}"
        used = f"{one.used_at:%Y-%m-%d %H:%M} {one.address}" if one.used_at else "never used"
        out.print(
            f"{one.token_id}  {one.user_id:20} {state:16}  {used:34}  {', '.join(sorted(one.roles)):20} "
            f"{one.name}",
            markup=False,
            highlight=False,
        )
    out.print(f"{len(found)} tokens, times in UTC", highlight=False)


@app.command()
def revoke(
    token_id: Annotated[list[str] | None, typer.Argument(help="As `songhua token list` shows them.")] = None,
    all_of: Annotated[str, typer.Option(help="All tokens of this person instead. 撤销某人的全部令牌。")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Revoke tokens: the service refuses them within five seconds. 撤销令牌。"""
    if bool(token_id) == bool(all_of):
        fail("neither a token nor a person is named, or both", "give TOKEN_ID or --all-of USER")

    async def end(identity: IdentityService) -> int:
        if all_of:
            return await identity.tokens.revoke_all(operator(), all_of)
        return await identity.tokens.revoke(operator(), token_id or ())

    count = run(_with(load(config), end))
    if as_json:
        print_json({"revoked": count})
        return
    out.print(f"{count} revoked", highlight=False)


async def _with(settings: Settings, work: Callable[[IdentityService], Awaitable[T]]) -> T:
    async with open_storage(settings) as storage:
        return await work(IdentityService(storage, settings.identity))
